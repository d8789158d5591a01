"""The load points that could be measured, those that matter, and which one comes next."""

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
from planner.physics.load_points import LoadPoints, load_points
from planner.physics.request_terms import Work, effective_concurrency, work_of
from planner.vllm.deployment import Deployment

Array = NDArray[np.float64]

INPUT_SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
OUTPUT_SHARES = (1 / 4, 1 / 2, 1.0, 2.0)
"""Shorter prompts cost less to measure and tell arithmetic from attention apart; longer and
shorter answers tell decoding from prefill."""

AHEAD = 4
"""So many points are chosen together, and anew after each: with four a calibration says most of
what it will say. Beyond them each is chosen on its own."""

LARGEST_CONCURRENCY = 64
PROCESSOR_CONCURRENCY = 8


@dataclass(frozen=True, slots=True)
class Space:
    """``targets`` are the load points whose forecast matters."""

    candidates: tuple[LoadPoint, ...]
    targets: tuple[LoadPoint, ...]

    @property
    def longest_tokens(self) -> int:
        return max(point.input_tokens + point.output_tokens for point in self.candidates)

    @property
    def largest_concurrency(self) -> int:
        return max(point.concurrency for point in self.candidates)

    def within(self, longest_tokens: int) -> Space:
        """The same targets, with the candidates whose requests fit into ``longest_tokens``."""
        fitting = (p for p in self.candidates if p.input_tokens + p.output_tokens <= longest_tokens)
        return replace(self, candidates=tuple(fitting))


def around(input_tokens: int, output_tokens: int, deployment: Deployment) -> Space:
    """A grid around one workload, which is the target at every concurrency."""
    targets = _grid([input_tokens], [output_tokens], deployment)
    inputs = _scaled(input_tokens, INPUT_SHARES)
    return Space(_grid(inputs, _scaled(output_tokens, OUTPUT_SHARES), deployment), targets)


def over(
    inputs: Sequence[int],
    outputs: Sequence[int],
    concurrency: Sequence[int],
    deployment: Deployment,
) -> Space:
    """A grid over a range, which is the target throughout."""
    points = _grid(inputs, outputs, deployment, concurrency)
    return Space(points, points)


def _grid(
    inputs: Sequence[int],
    outputs: Sequence[int],
    deployment: Deployment,
    concurrency: Sequence[int] | None = None,
) -> tuple[LoadPoint, ...]:
    """Points that the model's context holds; concurrency up to what really runs together."""
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
    """Powers of two up to the first that cannot run together: more would only queue."""
    processor = deployment.gpu.architecture == "CPU"
    most = PROCESSOR_CONCURRENCY if processor else LARGEST_CONCURRENCY
    lengths = np.array([float(inputs)]), np.array([float(outputs)])
    fits = float(effective_concurrency(_work(deployment), *lengths, np.array([np.inf]))[0])
    powers = wanted or [2**n for n in range(LARGEST_CONCURRENCY.bit_length())]
    return [c for c in powers if c <= most and c / 2 < fits]


def _scaled(tokens: int, shares: Sequence[float]) -> list[int]:
    return sorted({max(1, round(tokens * share)) for share in shares})


def _work(deployment: Deployment) -> Work:
    """Where our memory model says that nothing fits, the engine has the last word."""
    work = work_of(deployment)
    return work if work.kv_capacity_tokens > 0 else replace(work, kv_capacity_tokens=np.inf)


class Chooser:
    """Chooses points for one deployment by the forecast as it is now."""

    def __init__(
        self, space: Space, deployment: Deployment, forecaster: Forecaster, steady_load: SteadyLoad
    ) -> None:
        self._space = space
        self._work = _work(deployment)
        self._posterior = forecaster.new_machine(deployment)
        self._steady_load = steady_load

    def seconds_per_request(self, points: Sequence[LoadPoint]) -> Array:
        """The forecast of 1 / throughput at each point, shape (n,)."""
        return np.asarray(self._posterior.seconds(self._load(points)).sum(axis=1))

    def expected_s(self, points: Sequence[LoadPoint]) -> Array:
        """What measuring each point is expected to take, shape (n,)."""
        seconds = self.seconds_per_request(points)
        return np.array(
            [
                self._steady_load.expected_s(point.concurrency, each)
                for point, each in zip(points, seconds, strict=True)
            ]
        )

    def next(self, taken: Collection[LoadPoint]) -> LoadPoint | None:
        """The point that narrows the forecast most per second; None where none is left."""
        candidates = self._space.candidates
        if not candidates:
            return None
        index = next_point(
            self._posterior,
            self._load(candidates),
            self._load(self._space.targets),
            CALIBRATION_NOISE_SD,
            count=max(1, AHEAD - len(taken)),
            taken=[i for i, point in enumerate(candidates) if point in taken],
            cost_s=self.expected_s(candidates),
        )
        return None if index is None else candidates[index]

    def ends(self) -> tuple[LoadPoint, LoadPoint]:
        """The quickest target at the least and at the largest concurrency."""
        targets = self._space.targets
        quickest = [targets[i] for i in np.argsort(self.expected_s(targets), kind="stable")]
        least = min(quickest, key=lambda point: point.concurrency)
        return least, max(quickest, key=lambda point: point.concurrency)

    def interval(self) -> float:
        """Half the widest 90 % interval at the targets, as forecasts state it: 0.15 is x 1.15."""
        spread = self._posterior.log_sd(self._load(self._space.targets), CALIBRATION_NOISE_SD)
        return float(np.exp(Z90 * spread.max()) - 1.0)

    def imagine(self, point: LoadPoint) -> None:
        """Go on as if ``point`` had been measured and the forecast had been right."""
        load = self._load([point])
        seconds = self._posterior.log_seconds(load)
        self._posterior = self._posterior.updated(load, seconds, CALIBRATION_NOISE_SD)

    def _load(self, points: Sequence[LoadPoint]) -> LoadPoints:
        inputs, outputs, concurrency = np.array(
            [(p.input_tokens, p.output_tokens, p.concurrency) for p in points], dtype=float
        ).T
        return load_points(self._work, inputs, outputs, concurrency)
