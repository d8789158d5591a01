"""Estimates the standard deviation of each random effect and writes effect_sd.csv; then fits the
performance model once and writes the result to fit_start.csv.

EM for the variance components of the crossed random effects, on the reference
measurements (Laird and Ware 1982, at the Gauss-Newton linearization): the
variance of an effect is the mean, over its levels, of the squared estimate of the
level plus its posterior variance. A weak prior, worth a few levels, prevents that
the variance of an effect with few levels collapses to 0. Takes about a minute:

    python -m benchmarks.checks.estimate_effects
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.catalog.lookup import load_catalog
from planner.learning.fit_start import FIT_START_CSV, write_start
from planner.learning.from_measurements import observe
from planner.learning.random_effects import (
    EFFECT_SD_CSV,
    EFFECTS,
    LABEL_NAMES,
    LEVEL,
    Effects,
    Labels,
    read_effect_sd,
)
from planner.learning.throughput import ThroughputModel
from planner.physics.terms import TERM_NAMES
from planner.records.reference import reference_measurements

Array = NDArray[np.float64]

ROUNDS = 12
PRIOR_LEVELS = 4.0
"""Weight of the starting value, in levels."""

SOURCE_SHARE = 0.5
"""Factor on EM's standard deviation of the sources. What the sweeps of one author have in common
is partly due to what they measured, and other authors do not confirm it. Half of it gives the
best forecasts of left-out sources (median error 15.8 % over 165 deployments, 16.8 % with all)."""

STARTING_SD = {
    "everything": 1.0,
    "architecture": 0.6,
    "gpu": 0.35,
    "quantization": 0.6,
    "kernel": 0.4,
    "era": 0.6,
    "engine": 0.4,
    "engine_kernel": 0.4,
    "parallel": 0.4,
    "kv_format": 0.4,
    "mode": 0.4,
    "network": 0.6,
    "deployment": 0.3,
    "source": 0.6,
    "run": 0.4,
}
STARTING_LEVEL_SD = {
    "everything": 0.3,
    "architecture": 0.15,
    "gpu": 0.1,
    "quantization": 0.15,
    "kernel": 0.1,
    "era": 0.2,
    "engine": 0.15,
    "engine_kernel": 0.1,
    "parallel": 0.15,
    "kv_format": 0.15,
    "mode": 0.1,
    "network": 0.15,
    "deployment": 0.1,
    "source": 0.15,
    "run": 0.15,
}
STARTING_TERM_SD = np.array([0.4, 0.5, 0.3, 0.5, 0.6, 0.6, 0.6, 1.0, 1.0, 1.0, 1.0])


def starting_effects() -> Effects:
    """The starting values of EM, which are also the prior if the data say little."""
    sd = {name: STARTING_SD[name] * STARTING_TERM_SD for name in EFFECTS}
    return Effects({name: np.append(sd[name], STARTING_LEVEL_SD[name]) for name in EFFECTS})


def levels(labels: list[Labels], name: str) -> list[list[int]]:
    """Indices of deployments by level of an effect; each one without a label is its own level."""
    found: dict[str, list[int]] = {}
    for i, one in enumerate(labels):
        found.setdefault(getattr(one, name) or f"#{i}", []).append(i)
    return list(found.values())


def with_sum(by_term: Array) -> Array:
    """By term, then their sum: what pulls at each term, and at the level of all."""
    return np.append(by_term, by_term.sum())


def updated(model: ThroughputModel, start: Effects) -> Effects:
    """One M step; ``everything`` has a single level and keeps its value."""
    sd = {"everything": start.sd["everything"]}
    for name in LABEL_NAMES:
        variance = model.effects_.sd[name] ** 2
        total = PRIOR_LEVELS * start.sd[name] ** 2
        members = levels(model.labels_, name)
        for group in members:
            mean = variance * with_sum(model.weights_[group].sum(axis=0))
            block = model.sums_.within(group)
            precision = np.append(np.diagonal(block), block.sum())
            total = total + mean**2 + np.maximum(variance - variance**2 * precision, 0.0)
        sd[name] = np.sqrt(total / (len(members) + PRIOR_LEVELS))
    return Effects(sd)


def estimate(rounds: int = ROUNDS) -> Effects:
    """The effects after ``rounds`` of EM on the reference measurements."""
    observed, _ = observe(reference_measurements(), load_catalog())
    points = [row.observation for row in observed]
    seconds = [row.seconds_per_request for row in observed]
    start = effects = starting_effects()
    for number in range(1, rounds + 1):
        model = ThroughputModel(effects=effects).fit(points, seconds)
        new = updated(model, start)
        change = max(float(np.abs(np.log(new.sd[n] / effects.sd[n])).max()) for n in EFFECTS)
        effects = new
        print(f"round {number}: largest change {change:.3f}", file=sys.stderr)
        if change < 0.02:
            break
    return effects


def write(effects: Effects, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["effect", *TERM_NAMES, LEVEL])
        for name in EFFECTS:
            writer.writerow([name, *(f"{sd:.3f}" for sd in effects.sd[name])])


def forecasting(effects: Effects) -> Effects:
    """The effects for forecasts: as EM estimates them, but less variance between sources."""
    return Effects(effects.sd | {"source": SOURCE_SHARE * effects.sd["source"]})


def keep_fit(path: Path = FIT_START_CSV) -> None:
    """Fit the reference measurements from scratch, and write the result."""
    observed, _ = observe(reference_measurements(), load_catalog())
    points = [row.observation for row in observed]
    model = ThroughputModel(max_iterations=40, effects=Effects(read_effect_sd()))
    model.fit(points, [row.seconds_per_request for row in observed])
    write_start(model.labels_, model.weights_, path)


if __name__ == "__main__":
    write(forecasting(estimate()), EFFECT_SD_CSV)
    keep_fit()
    print({name: sd.round(2).tolist() for name, sd in read_effect_sd().items()})
