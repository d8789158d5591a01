"""Measures the rows of the README's table of processor time on this machine, and some more.

They are printed in seconds of a processor with the name of the machine, and as ratios to a fixed
calculation in the same run, so that two machines can be compared. What others run on the machine
matters less to them than to seconds of a clock:

    python -m benchmarks.checks.speed
"""

from __future__ import annotations

import gc
import itertools
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from planner.catalog.lookup import Catalog, load_catalog
from planner.fleet.make_plan import make_plan
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import observe
from planner.learning.throughput import ThroughputModel
from planner.mixing.class_programme import Assignment, MachineKind, cheapest_machines
from planner.records.reference import reference_measurements

APP = Path(__file__).parents[2] / "app" / "main.py"
ROUNDS = 5
ROWS_TO_FIT = 5_000
VOLUMES = itertools.count(20_000_001)
"""One for each plan of all rows: a row must not find what another one has kept of a volume."""
LIMIT_S, PEAK = 30.0, 2.0
"""The limit of the answer time of 95 % of the documents, and the busiest hour over the average."""


def median_s(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median seconds of a processor in a call over ``rounds`` calls, those of its children too."""
    times = []
    for _ in range(rounds):
        start = cpu_s()
        work()
        times.append(cpu_s() - start)
    return median(times)


def cpu_s() -> float:
    """Seconds that this process and its finished children have kept a processor busy."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def yardstick() -> object:
    """A fixed calculation: solve a dense 1,000 x 1,000 system."""
    matrix = np.random.default_rng(0).normal(size=(1000, 1000)) + 1000.0 * np.eye(1000)
    return np.linalg.solve(matrix, np.ones(1000))


def fit_of(rows: int) -> Callable[[], object]:
    """A fit of the model to ``rows`` points: the packaged ones, repeated with small noise."""
    observed, _ = observe(reference_measurements(), load_catalog())
    points = [observed[i % len(observed)].observation for i in range(rows)]
    noise = np.exp(np.random.default_rng(0).normal(0.0, 0.02, rows))
    seconds = [observed[i % len(observed)].seconds_per_request * noise[i] for i in range(rows)]
    return lambda: ThroughputModel().fit(points, seconds)


def whole_process(*arguments: str) -> Callable[[], object]:
    """A complete `planner` command."""
    command = [sys.executable, "-m", "planner", *arguments]
    return lambda: subprocess.run(command, check=False, capture_output=True)


def new_volume(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog
) -> Callable[[], object]:
    """A plan that was made before, with another volume each time: nothing of it is kept."""
    make_plan(scenario, forecaster, catalog)

    def plan() -> object:
        other = scenario.model_copy(update={"documents_per_year": float(next(VOLUMES))})
        return make_plan(other, forecaster, catalog)

    return plan


def page_rerun() -> Callable[[], object]:
    """A rerun of the Plan page after the first, with another volume each time."""
    from streamlit.testing.v1 import AppTest

    page = AppTest.from_file(str(APP), default_timeout=60).run()
    gc.collect()
    gc.freeze()  # as the server does when it has started

    def rerun() -> object:
        return page.text_input(key="documents").set_value(str(next(VOLUMES))).run()

    return rerun


def fleet_of_several_kinds(kinds: int, classes: int) -> Callable[[], Assignment]:
    """The cheapest machines of made-up kinds, of which a third must not serve a class."""
    random = np.random.default_rng(0)
    usd = random.uniform(3e3, 9e4, kinds)
    speed = usd / 1e4 * random.uniform(0.6, 1.6, kinds)
    work = random.uniform(0.2, 3.0, classes) * random.uniform(0.7, 1.4, (kinds, classes))
    seconds = work / speed[:, None]
    seconds[random.random((kinds, classes)) < 1 / 3] = math.inf
    seconds[0] = work[0] / speed[0]
    made_up = [
        MachineKind(float(usd[n]), int(random.choice([1, 2, 4])), tuple(seconds[n].tolist()))
        for n in range(kinds)
    ]
    return lambda: cheapest_machines(made_up)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: its words, the way to begin, and the number of calls."""

    name: str
    prepared: Callable[[], Callable[[], object]]
    rounds: int = ROUNDS


def readme_rows(forecaster: Forecaster, catalog: Catalog) -> tuple[Row, ...]:
    """The rows of the README's table, in its words and order."""
    every, quick = Scenario(), Scenario(latency_p95_s=LIMIT_S, peak_factor=PEAK)
    awq = quick.model_copy(update={"quantization": "awq"})
    limit = f"a limit for the answer time ({LIMIT_S:g} s, a peak of {PEAK:g} times the average)"
    return (
        Row(
            "a plan over the catalogue, all formats of the weights, planned before with another "
            "volume",
            lambda: new_volume(every, forecaster, catalog),
        ),
        Row(f"the same with {limit}", lambda: new_volume(quick, forecaster, catalog)),
        Row("the same with that limit in AWQ alone", lambda: new_volume(awq, forecaster, catalog)),
        Row("a rerun of the Plan page with another volume", page_rerun),
        Row(
            "`planner plan --json`, whole process, all formats",
            lambda: whole_process("plan", "--json"),
            3,
        ),
        Row(
            "the same in AWQ alone",
            lambda: whole_process("plan", "--quantization", "awq", "--json"),
            3,
        ),
    )


def more_rows() -> tuple[Row, ...]:
    """The rows that the README leaves out."""
    return (
        Row(f"fit of {ROWS_TO_FIT:,} measurements", lambda: fit_of(ROWS_TO_FIT), 3),
        Row("a mix of 30 offers for 20 classes", lambda: fleet_of_several_kinds(30, 20), 3),
        Row("a mix of 100 offers for 20 classes", lambda: fleet_of_several_kinds(100, 20), 1),
        Row("`planner --help`, whole process", lambda: whole_process("--help"), 3),
    )


def main() -> None:
    catalog = load_catalog()
    forecaster = Forecaster(reference_measurements(), catalog)
    unit = median_s(yardstick)
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; the yardstick takes {unit:.3f} s"
    )
    for title, rows in (
        ("The README's rows", readme_rows(forecaster, catalog)),
        ("More", more_rows()),
    ):
        print("", f"{title}:", "", "| | seconds | relative |", "|---|---:|---:|", sep="\n")
        for row in rows:
            seconds = median_s(row.prepared(), row.rounds)
            shown = f"{seconds:.2f}" if seconds < 1 else f"{seconds:.1f}"
            print(f"| {row.name} | {shown} | {seconds / unit:.1f} |", flush=True)
    for kinds in (30, 100):
        print(f"{kinds} offers for 20 classes: {fleet_of_several_kinds(kinds, 20)().solver}")


if __name__ == "__main__":
    main()
