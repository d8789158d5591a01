"""The figures of a server under a scenario's arrivals, beside their forecasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from scipy.stats import binom

from benchmarks.load.open_loop import AnsweredRequest
from planner.fleet.answer_targets import AnswerTarget, Figure, Percentile, target_figure_s
from planner.forecast.forecast_values import Interval
from planner.forecast.pace import Pace
from planner.learning.throughput import Z90

WARM_UP_SHARE = 0.1
"""The first requests find an empty server, which the forecast of a steady state does not."""

Verdict = Literal["as forecast", "better", "worse", "not forecast"]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure as measured and as forecast, each with its 90 % interval, in ``unit``.

    The interval of the measured one is that of the sample. The forecast is None if it is that
    requests arrive faster than they are processed.
    """

    name: str
    unit: str
    measured: Interval
    forecast: Interval | None
    more_is_better: bool = False

    @property
    def verdict(self) -> Verdict:
        """As forecast if the intervals have values in common."""
        if self.forecast is None:
            return "not forecast"
        if self.measured.low > self.forecast.high:
            return "better" if self.more_is_better else "worse"
        if self.measured.high < self.forecast.low:
            return "worse" if self.more_is_better else "better"
        return "as forecast"


_TIMES: tuple[tuple[str, Figure, Percentile], ...] = (
    ("Answer time (p50)", "e2e", "p50"),
    ("Answer time (p95)", "e2e", "p95"),
    ("First token (p50)", "ttft", "p50"),
    ("First token (p95)", "ttft", "p95"),
    ("Time per token (p95)", "tpot", "p95"),
)
_SHARE: dict[Percentile, float] = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def rows_of(answered: Sequence[AnsweredRequest], pace: Pace) -> tuple[Row, ...]:
    """One row for each figure; none if fewer than two requests were answered."""
    good = [one for one in counted(answered) if one.failure is None]
    if len(good) < 2:
        return ()
    per_s = _arrival_rate(answered)
    times = [
        _time_row(name, figure, percentile, good, pace, per_s)
        for name, figure, percentile in _TIMES
    ]
    return (*_throughput_rows(answered, pace, per_s), *times)


def counted(answered: Sequence[AnsweredRequest]) -> Sequence[AnsweredRequest]:
    """The requests after the warm-up."""
    return answered[round(WARM_UP_SHARE * len(answered)) :]


def _arrival_rate(answered: Sequence[AnsweredRequest]) -> float:
    """Requests sent per second, which differs from what was asked for by chance."""
    sent = [one.sent_s for one in answered]
    return (len(sent) - 1) / (sent[-1] - sent[0])


def _throughput_rows(
    answered: Sequence[AnsweredRequest], pace: Pace, per_s: float
) -> tuple[Row, Row]:
    """Requests and tokens that were done per second, while requests arrived after the warm-up."""
    start_s, end_s = counted(answered)[0].sent_s, answered[-1].sent_s
    done = [one for one in answered if one.done_s is not None and start_s < one.done_s <= end_s]
    tokens = sum(one.request.output_tokens for one in answered) / len(answered)
    span_s = end_s - start_s
    chance = Z90 * sqrt(max(len(done), 1))  # a Poisson number, whose variance is its mean
    rate = Interval(
        len(done) / span_s, max(len(done) - chance, 0.0) / span_s, (len(done) + chance) / span_s
    )
    most = pace.requests_per_s
    forecast = Interval(
        min(per_s, most),
        min(per_s, most / pace.slowdown(Z90)),
        min(per_s, most / pace.slowdown(-Z90)),
    )
    return (
        Row("Requests per second", "1/s", rate, forecast, more_is_better=True),
        Row(
            "Output tokens per second",
            "1/s",
            _times(rate, tokens),
            _times(forecast, tokens),
            more_is_better=True,
        ),
    )


def _time_row(
    name: str,
    figure: Figure,
    percentile: Percentile,
    good: Sequence[AnsweredRequest],
    pace: Pace,
    per_s: float,
) -> Row:
    # The limit of a target plays no part: only its figure is asked for.
    target = AnswerTarget(
        "all", f"{figure}_{percentile}", figure, percentile, 1.0, pace.inputs, pace.outputs
    )
    values = [target_figure_s(target, pace, error, per_s, 1) for error in (0.0, -Z90, Z90)]
    value, fast, slow = values
    if value is None or fast is None:
        forecast = None
    else:
        forecast = Interval(value, fast, float("inf") if slow is None else slow)
    measured = _quantile([_SECONDS[figure](one) for one in good], _SHARE[percentile])
    if figure == "tpot":
        forecast = None if forecast is None else _times(forecast, 1e3)
        return Row(name, "ms", _times(measured, 1e3), forecast)
    return Row(name, "s", measured, forecast)


def _first_token_s(one: AnsweredRequest) -> float:
    assert one.first_token_s is not None, "it was answered"
    return one.first_token_s - one.sent_s


def _whole_s(one: AnsweredRequest) -> float:
    assert one.done_s is not None, "it was answered"
    return one.done_s - one.sent_s


def _per_token_s(one: AnsweredRequest) -> float:
    return (_whole_s(one) - _first_token_s(one)) / max(one.request.output_tokens - 1, 1)


_SECONDS: dict[Figure, Callable[[AnsweredRequest], float]] = {
    "e2e": _whole_s,
    "ttft": _first_token_s,
    "tpot": _per_token_s,
}


def _quantile(values: Sequence[float], share: float) -> Interval:
    """The quantile of a sample, and its 90 % interval by order statistics.

    The number of values below the true quantile is binomial (David and Nagaraja, "Order
    Statistics", 2003).
    """
    ordered = np.sort(values)
    ranks = [float(binom.ppf(p, len(ordered), share)) for p in (0.05, 0.95)]
    low, high = (ordered[min(max(int(rank) - 1, 0), len(ordered) - 1)] for rank in ranks)
    value = float(np.quantile(ordered, share))
    return Interval(value, min(float(low), value), max(float(high), value))


def _times(interval: Interval, factor: float) -> Interval:
    return Interval(interval.value * factor, interval.low * factor, interval.high * factor)
