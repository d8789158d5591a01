"""The load points that can be measured, those whose forecast matters, and the next one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.design.optimal_design import next_point
from benchmarks.design.points import LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from planner.forecast.evidence import CALIBRATION_NOISE_SD
from planner.forecast.forecaster import Forecaster
from planner.learning.throughput import Z90
from planner.physics.concurrency import effective_concurrency
from planner.physics.load_points import LoadPoints, load_points
from planner.physics.work import Work, work_of
from planner.vllm.deployment import Deployment

Array = NDArray[np.float64]

INPUT_SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
OUTPUT_SHARES = (1 / 4, 1 / 2, 1.0, 2.0)
"""Shorter prompts take less time and separate arithmetic from attention; longer and shorter
answers separate decoding from prefill."""

SHORT_ANSWER = 16
"""Output tokens of an answer that is mostly the front end's work, which grows with the requests."""

POINTS_TOGETHER = 4
"""The first points are chosen together, and again after each measurement, because four give most
of what a calibration gives. Every further point is chosen on its own."""

LARGEST_CONCURRENCY = 256
"""What V1 runs together by default, see ``scheduler``."""

PROCESSOR_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Space:
    """``targets`` are the load points whose forecast matters."""

    candidates: tuple[LoadPoint, ...]
    targets: tuple[LoadPoint, ...]

    def within(self, longest_tokens: int) -> Space:
        """The same targets, with the candidates whose requests fit into ``longest_tokens``."""
        fitting = (p for p in self.candidates if p.tokens <= longest_tokens)
        return replace(self, candidates=tuple(fitting))


def grid_around(input_tokens: int, output_tokens: int, deployment: Deployment) -> Space:
    """A grid around one workload; the targets are the workload at every concurrency."""
    targets = _grid([input_tokens], [output_tokens], deployment)
    inputs = _scaled(input_tokens, INPUT_SHARES)
    outputs = sorted({*_scaled(output_tokens, OUTPUT_SHARES), SHORT_ANSWER})
    return Space(_grid(inputs, outputs, deployment), targets)


def grid_over(
    inputs: Sequence[int],
    outputs: Sequence[int],
    concurrency: Sequence[int],
    deployment: Deployment,
) -> Space:
    """A grid over a range of lengths and concurrencies; all its points are targets."""
    points = _grid(inputs, outputs, deployment, concurrency)
    return Space(points, points)


def _grid(
    inputs: Sequence[int],
    outputs: Sequence[int],
    deployment: Deployment,
    concurrency: Sequence[int] | None = None,
) -> tuple[LoadPoint, ...]:
    """The combinations that fit the model's context, up to the concurrency that runs together."""
    longest = deployment.context_tokens
    points = []
    for i in inputs:
        for o in outputs:
            if i + o > longest:
                continue
            points += [LoadPoint(i, o, c) for c in _concurrency(i, o, deployment, concurrency)]
    return tuple(points)


def _concurrency(
    inputs: int, outputs: int, deployment: Deployment, wanted: Sequence[int] | None
) -> list[int]:
    """Powers of two up to the first that cannot run together; more requests would only queue."""
    processor = deployment.gpu.architecture == "CPU"
    most = PROCESSOR_CONCURRENCY if processor else LARGEST_CONCURRENCY
    fits = _together(_work(deployment), inputs, outputs)
    powers = wanted or [2**n for n in range(LARGEST_CONCURRENCY.bit_length())]
    return [c for c in powers if c <= most and c / 2 < fits]


def _together(work: Work, input_tokens: int, output_tokens: int) -> float:
    """Requests of these lengths that run together, however many there are."""
    inputs, outputs = np.array([float(input_tokens)]), np.array([float(output_tokens)])
    return float(effective_concurrency(work, inputs, outputs, np.array([np.inf]))[0])


def _has_a_short_answer(point: LoadPoint) -> bool:
    return point.output_tokens <= SHORT_ANSWER


def _scaled(tokens: int, shares: Sequence[float]) -> list[int]:
    return sorted({max(1, round(tokens * share)) for share in shares})


def _work(deployment: Deployment) -> Work:
    """The terms of a request. If our memory model says that nothing fits, the engine decides."""
    work = work_of(deployment)
    return work if work.kv_capacity_tokens > 0 else replace(work, kv_capacity_tokens=np.inf)


class Chooser:
    """Chooses points for one deployment from the current forecast."""

    def __init__(
        self, space: Space, deployment: Deployment, forecaster: Forecaster, steady_load: SteadyLoad
    ) -> None:
        self._space = space
        self._work = _work(deployment)
        self._posterior = forecaster.prior_for_calibration(deployment)
        known = forecaster.evidence(deployment)
        self._noise_sd = known.noise_sd if known.basis == "calibrated" else CALIBRATION_NOISE_SD
        self._steady_load = steady_load

    def seconds_per_request(self, points: Sequence[LoadPoint]) -> Array:
        """Forecast of 1 / throughput at each point, shape (n,)."""
        return np.asarray(self._posterior.seconds(self._load(points)).sum(axis=1))

    def expected_s(self, points: Sequence[LoadPoint]) -> Array:
        """Expected seconds of measuring each point, shape (n,)."""
        seconds = self.seconds_per_request(points)
        return np.array(
            [
                self._steady_load.expected_s(point.concurrency, each)
                for point, each in zip(points, seconds, strict=True)
            ]
        )

    def next(self, taken: Collection[LoadPoint]) -> LoadPoint | None:
        """The point that narrows the forecast most per second; None if none is left.

        After the first points it is one that checks what the forecast takes for certain: that
        requests beyond the KV cache wait, and what a request costs beside its tokens.
        """
        candidates = self._space.candidates
        if len(taken) >= POINTS_TOGETHER:
            candidates = self._unchecked(taken) or candidates
        if not candidates:
            return None
        index = next_point(
            self._posterior,
            self._load(candidates),
            self._load(self._space.targets),
            self._noise_sd,
            count=max(1, POINTS_TOGETHER - len(taken)),
            taken=[i for i, point in enumerate(candidates) if point in taken],
            cost_s=self.expected_s(candidates),
        )
        return None if index is None else candidates[index]

    def _unchecked(self, taken: Collection[LoadPoint]) -> tuple[LoadPoint, ...]:
        """Candidates beyond the KV cache, else with a short answer; none if both are taken."""
        for checks in (self._beyond_the_cache, _has_a_short_answer):
            found = tuple(point for point in self._space.candidates if checks(point))
            if found and not any(checks(point) for point in taken):
                return found
        return ()

    def _beyond_the_cache(self, point: LoadPoint) -> bool:
        return point.concurrency > _together(self._work, point.input_tokens, point.output_tokens)

    def least_and_most(self) -> tuple[LoadPoint, LoadPoint]:
        """The quickest target at the least and at the largest concurrency."""
        targets = self._space.targets
        quickest = [targets[i] for i in np.argsort(self.expected_s(targets), kind="stable")]
        least = min(quickest, key=lambda point: point.concurrency)
        return least, max(quickest, key=lambda point: point.concurrency)

    def interval(self) -> float:
        """Upper half of the widest 90 % interval at the targets: 0.15 is a factor of 1.15."""
        spread = self._posterior.log_sd(self._load(self._space.targets), self._noise_sd)
        return float(np.exp(Z90 * spread.max()) - 1.0)

    def imagine(self, point: LoadPoint) -> None:
        """Update the forecast as if ``point`` had been measured exactly as forecast."""
        load = self._load([point])
        seconds = self._posterior.log_seconds(load)
        self._posterior = self._posterior.updated(load, seconds, self._noise_sd)

    def _load(self, points: Sequence[LoadPoint]) -> LoadPoints:
        inputs, outputs, concurrency = np.array(
            [(p.input_tokens, p.output_tokens, p.concurrency) for p in points], dtype=float
        ).T
        return load_points(self._work, inputs, outputs, concurrency)
