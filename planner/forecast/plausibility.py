"""Measured throughputs against the most that their GPU can do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.catalog.gpu import PROCESSOR, gpu_group
from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.learning.from_measurements import Observed, observe
from planner.physics.concurrency import effective_concurrency
from planner.physics.request_terms import request_terms
from planner.physics.terms import PHYSICAL_LIMIT
from planner.physics.work import Work
from planner.records.measurement import Measurement
from planner.records.measurement_csv import check_storable

MOST_EXCESS = 4.0
"""Published figures exceed the datasheet's limit by up to 3.5 times if prompts come from a
prefix cache, lengths are nominal or several replicas answer together. Beyond that the GPU, the
model or the unit is wrong."""

NOTABLE_EXCESS = 1.1
"""Boost clocks and rounded lengths account for a tenth."""


@dataclass(frozen=True, slots=True)
class Excess:
    """``times`` is the stated throughput over the most that datasheet and model shape allow."""

    measurement: Measurement
    times: float


def check_before_storing(rows: Iterable[Measurement], catalog: Catalog) -> tuple[Excess, ...]:
    """What is asked of measurements before they are stored, imported and calibrated ones alike.

    Returns the rows that are notably faster than their GPU can be. Raises InputError for a row
    that could not be exported and imported again, or that is too fast to be true.
    """
    kept = tuple(rows)
    for row in kept:
        check_storable(row)
    return excesses(kept, catalog)


def excesses(rows: Iterable[Measurement], catalog: Catalog) -> tuple[Excess, ...]:
    """Rows that are notably faster than their GPU can be.

    Rows whose GPU or model is not in the catalogue are passed over. Raises InputError for the
    first row that exceeds the limit by more than ``MOST_EXCESS``.
    """
    found = []
    observed = observe(rows, catalog)[0]
    for row, times in zip(observed, _times(observed), strict=True):
        if row.deployment.gpu.architecture == PROCESSOR or times <= NOTABLE_EXCESS:
            continue
        if times > MOST_EXCESS:
            raise InputError(_refusal(row.measurement, times), field="output_tokens_per_s")
        found.append(Excess(row.measurement, times))
    return tuple(found)


def in_words(excess: Excess) -> str:
    """A note for a row that is kept."""
    return (
        f"{excess.times:.1f} times what the GPU's datasheet allows: were prompts cached (then "
        "state prefix_hit_share in engine_settings), or did several replicas answer?"
    )


def _times(rows: Sequence[Observed]) -> list[float]:
    """The factor by which each row is faster than its GPU allows, those of one work at once."""
    times = [0.0] * len(rows)
    of_work: dict[Work, list[int]] = {}
    for number, row in enumerate(rows):
        of_work.setdefault(row.observation.work, []).append(number)
    for work, numbers in of_work.items():
        points = [rows[number].observation for number in numbers]
        inputs = np.array([at.input_tokens for at in points])
        outputs = np.array([at.output_tokens for at in points])
        together = np.array([at.concurrency for at in points])
        running = effective_concurrency(work, inputs, outputs, together)
        at_best = replace(work, prompts_apart=False)
        least_s = request_terms(at_best, inputs, outputs, running) @ PHYSICAL_LIMIT
        for number, seconds in zip(numbers, least_s, strict=True):
            times[number] = float(seconds) / rows[number].seconds_per_request
    return times


def _refusal(row: Measurement, times: float) -> str:
    rate = row.output_tokens_per_s or row.requests_per_s or 0.0
    unit = "output tokens/s" if row.output_tokens_per_s else "requests/s"
    return (
        f"{row.source}: {rate:,.6g} {unit} at {row.input_tokens:g} tokens in and "
        f"{row.output_tokens or 0:g} out is {times:,.3g} times the most that "
        f"{gpu_group(row.gpu_count, row.gpu)} can do with {row.model}: "
        "check the GPU, the number of GPUs, the model and the units"
    )
