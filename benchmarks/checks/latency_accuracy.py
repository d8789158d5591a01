"""Errors of forecasts of answer times, each without its own source's data.

    python -m benchmarks.checks.latency_accuracy [FILE.csv]

Two checks on a measurement file, or on the packaged reference measurements:

*Arrivals*: a row with arrivals at a rate is forecast from the rate, once its
group's other rows are taken as a calibration; the mean time to the last token,
below 80 % load.

*First token*: the rows of a closed loop that state a time to the first token,
before any is measured, and after four that the calibration design chose.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np

from benchmarks.checks.evaluation import CLOSE, calibrate, own_sources
from planner.catalog.lookup import Catalog, load_catalog
from planner.errors import PlannerError
from planner.forecast.accuracy_record import (
    ARRIVALS,
    FIRST_TOKEN_AFTER,
    FIRST_TOKEN_BEFORE,
    AccuracyRow,
)
from planner.forecast.answer_times import poisson_arrivals
from planner.forecast.evidence import CALIBRATION_NOISE_SD
from planner.forecast.forecaster import Forecaster
from planner.forecast.measured_first_token import (
    STRAY_TTFT,
    TTFT_NOISE_SD,
    measured_ttft,
    stated_ttft_s,
    ttft_of_rows,
)
from planner.learning.from_measurements import (
    Observed,
    group_name,
    is_open_loop,
    mean_e2e_s,
    observe,
)
from planner.learning.observation import points_of
from planner.learning.posterior import Posterior
from planner.learning.throughput import Z90
from planner.physics.load_points import every_concurrency
from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv
from planner.records.reference import reference_measurements

MOST_LOAD = 0.8
"""Above this, a run of a few hundred requests ends before it reaches a steady state."""

POINTS = 4
FEWEST_ROWS = POINTS + 4
FEWEST_ARRIVAL_ROWS = 3


@dataclass(frozen=True, slots=True)
class Timed:
    """Forecast time over measured time, and whether the 90 % interval contains the measured."""

    stage: str
    source_id: str
    group: str
    ratio: float
    inside: bool

    @property
    def error(self) -> float:
        return abs(self.ratio - 1.0)


def check_times(
    measurements: Iterable[Measurement], reference: Sequence[Measurement], catalog: Catalog
) -> Iterator[Timed]:
    """Both checks on every group with enough rows; a group's own source is left out."""
    groups: dict[str, list[Observed]] = {}
    for row in observe(measurements, catalog)[0]:
        groups.setdefault(group_name(row.measurement), []).append(row)
    forecasters: dict[frozenset[str], Forecaster] = {}
    for name, rows in groups.items():
        source = rows[0].measurement.source_id
        arriving = [row for row in rows if _is_arrival(row)]
        timed = [row for row in rows if stated_ttft_s(row) is not None]
        if len(arriving) < FEWEST_ARRIVAL_ROWS and len(timed) < FEWEST_ROWS:
            continue
        own = own_sources([row.measurement for row in rows], reference, {})
        if own not in forecasters:
            others = [row for row in reference if row.source_id not in own]
            forecasters[own] = Forecaster(others, catalog)
        prior = forecasters[own].prior_like(rows[0])
        if len(arriving) >= FEWEST_ARRIVAL_ROWS:
            yield from _arrivals(source, name, arriving, prior)
        if len(timed) >= FEWEST_ROWS:
            yield from _first_token(source, name, timed, prior)


def _is_arrival(row: Observed) -> bool:
    m = row.measurement
    return is_open_loop(m) and bool(m.request_rate_per_s) and mean_e2e_s(m) is not None


def _arrivals(
    source: str, name: str, rows: Sequence[Observed], prior: Posterior
) -> Iterator[Timed]:
    load = points_of([row.observation for row in rows])
    log_seconds = np.log([row.seconds_per_request for row in rows])
    for i, row in enumerate(rows):
        others = [j for j in range(len(rows)) if j != i]
        known = prior.updated(load[others], log_seconds[others], CALIBRATION_NOISE_SD)
        at = row.observation
        points = every_concurrency(at.work, at.input_tokens, at.output_tokens)
        terms = known.seconds(points)
        spread = np.exp(Z90 * known.log_sd(points, CALIBRATION_NOISE_SD))[:, None]
        rate, measured = row.measurement.request_rate_per_s, mean_e2e_s(row.measurement)
        assert rate is not None, "checked by _is_arrival"
        assert measured is not None, "checked by _is_arrival"
        forecast, fast, slow = (
            poisson_arrivals(rate, pace, at.output_tokens, at.work.prompts_apart)
            for pace in (terms, terms / spread, terms * spread)
        )
        if forecast.times is None or forecast.utilization >= MOST_LOAD:
            continue
        low = 0.0 if fast.times is None else fast.times.e2e_s.mean
        high = np.inf if slow.times is None else slow.times.e2e_s.mean
        ratio = forecast.times.e2e_s.mean / measured
        yield Timed(ARRIVALS, source, name, ratio, bool(low <= measured <= high))


def _first_token(
    source: str, name: str, rows: Sequence[Observed], prior: Posterior
) -> Iterator[Timed]:
    load = points_of([row.observation for row in rows])
    log_seconds = np.log([row.seconds_per_request for row in rows])
    measured = np.log([stated_ttft_s(row) or np.nan for row in rows])
    before = measured - np.log(ttft_of_rows(prior, rows))
    open_sd = np.hypot(np.sqrt(STRAY_TTFT.variance), prior.log_sd(load, CALIBRATION_NOISE_SD))
    posterior, chosen = calibrate(prior, load, log_seconds, POINTS)
    residual = measured_ttft(posterior, [rows[i] for i in chosen])
    assert residual is not None, "each row states its time"
    after = measured - np.log(ttft_of_rows(posterior, rows)) - residual.correction(load.where)
    left_sd = np.sqrt(
        residual.variance(load.where)
        + TTFT_NOISE_SD**2
        + posterior.log_sd(load, CALIBRATION_NOISE_SD) ** 2
    )
    for i in range(len(rows)):
        inside = bool(abs(before[i]) <= Z90 * open_sd[i])
        yield Timed(FIRST_TOKEN_BEFORE, source, name, float(np.exp(-before[i])), inside)
        if i not in chosen:
            inside = bool(abs(after[i]) <= Z90 * left_sd[i])
            yield Timed(FIRST_TOKEN_AFTER, source, name, float(np.exp(-after[i])), inside)


def latency_rows(times: Sequence[Timed]) -> list[AccuracyRow]:
    """The record over all rows and by source; ``median_mape`` is the median error over the rows."""
    rows = []
    for stage in (ARRIVALS, FIRST_TOKEN_BEFORE, FIRST_TOKEN_AFTER):
        of_stage = [time for time in times if time.stage == stage]
        rows += [_row(stage, "all", "", of_stage)] if of_stage else []
        for source in sorted({time.source_id for time in of_stage}):
            rows.append(
                _row(stage, "source", source, [t for t in of_stage if t.source_id == source])
            )
    return rows


def _row(stage: str, kind: str, name: str, times: Sequence[Timed]) -> AccuracyRow:
    return AccuracyRow(
        stage=stage,
        kind=kind,
        name=name,
        groups=len({time.group for time in times}),
        rows=len(times),
        median_mape=round(median(time.error for time in times), 4),
        share_within_5pct=round(mean(float(time.error <= CLOSE) for time in times), 4),
        coverage90=round(mean(float(time.inside) for time in times), 4),
    )


def main() -> None:
    """Print both tables."""
    reference = reference_measurements()
    rows = read_measurement_csv(sys.argv[1]) if len(sys.argv) > 1 else reference
    print(f"{'check':19} {'source':8} {'groups':>6} {'rows':>5} {'median error':>12} {'holds':>6}")
    for row in latency_rows(list(check_times(rows, reference, load_catalog()))):
        print(
            f"{row.stage:19} {row.name or 'all':8} {row.groups:6} {row.rows:5} "
            f"{row.median_mape:12.1%} {row.coverage90:6.0%}"
        )


if __name__ == "__main__":
    try:
        main()
    except PlannerError as error:
        sys.exit(f"Error: {error}")
