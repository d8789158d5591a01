"""A forecast as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.commands.screen import print_table, print_text
from planner.forecast.answer_times import AnswerTimes
from planner.forecast.cited_sources import Cited
from planner.forecast.forecast_values import ArrivalForecast, Forecast
from planner.forecast.replica_advice import Advice
from planner.physics.terms import CAUSES
from planner.queueing.percentiles import Distribution
from planner.wording.advice_sentences import batch_size_sentence, time_sentence
from planner.wording.formatting import (
    BASIS_MEANING,
    BINDING_MEANING,
    MISSING,
    count,
    counted,
    percent,
    seconds,
    significant,
)
from planner.wording.own_run_sentences import disagreements
from planner.wording.provenance_sentence import provenance_sentence
from planner.wording.setting_sentences import setting_sentence

MOST_AUTHORS = 5
_INTERVAL = ("Forecast", "90 % from", "to")
_STATISTICS = {"mean": "mean", "p50": "50 % within", "p95": "95 % within", "p99": "99 % within"}


def show_arrivals(forecast: ArrivalForecast, what: str) -> None:
    """Answer times of requests that arrive at random, or that their queue keeps growing."""
    arrivals, slow = forecast.value, forecast.slow
    rate, busy = significant(arrivals.requests_per_s), percent(arrivals.utilization)
    if arrivals.times is None:
        print_text(
            f"Overload: {rate} requests a second that arrive at random are {busy} of what this "
            "replica can process. The queue would keep growing: use more replicas or a lower rate."
        )
        print_text()
        return
    print_table(
        f"{what}, {rate} requests a second that arrive at random (utilization {busy})",
        ("", *_INTERVAL),
        list(_arrival_rows(forecast, arrivals.times)),
        numbers=_INTERVAL,
    )
    if slow.times is None:
        print_text(
            "At the slow end of the 90 % interval the replica could not keep up with this rate: "
            "answers would take longer and longer."
        )
    else:
        print_text(
            f"95 % of answers are complete within {significant(arrivals.times.e2e_s.p95)} s, at "
            f"the slow end of the 90 % interval within {significant(slow.times.e2e_s.p95)} s."
        )
    print_text()


def _arrival_rows(forecast: ArrivalForecast, times: AnswerTimes) -> Iterator[tuple[str, ...]]:
    for name, field in _figures():
        for statistic, meaning in _STATISTICS.items():
            ends = (
                MISSING
                if end.times is None
                else significant(getattr(getattr(end.times, field), statistic))
                for end in (forecast.fast, forecast.slow)
            )
            value = significant(getattr(getattr(times, field), statistic))
            yield f"{name}, {meaning}", value, *ends


def _figures() -> Iterator[tuple[str, str]]:
    yield "Seconds to the last token", "e2e_s"
    yield "Seconds to the first token", "ttft_s"
    yield "Milliseconds per further token", "tpot_ms"


def show_forecast(forecast: Forecast, advice: Advice, title: str, authors: Sequence[Cited]) -> None:
    """Speed and answer times at a concurrency, where the time goes, and who measured."""
    figures = (
        ("Output tokens per second", forecast.output_tokens_per_s),
        ("Requests per second", forecast.requests_per_s),
        ("Seconds to the last token, mean", forecast.e2e_s_mean),
        ("Seconds to the first token, mean", forecast.ttft_s_mean),
        ("Milliseconds per further token", forecast.tpot_ms_mean),
    )
    print_table(
        title,
        ("", *_INTERVAL),
        [(name, *map(significant, (i.value, i.low, i.high))) for name, i in figures],
        numbers=_INTERVAL,
    )
    times = forecast.answer_times
    spreads: list[tuple[str, Distribution]] = [
        ("Seconds to the first token", times.ttft_s),
        ("Milliseconds per further token", times.tpot_ms),
        ("Seconds to the last token", times.e2e_s),
    ]
    print_table(
        "Over the requests, if all are of this size",
        ("", *_STATISTICS),
        [
            (name, *(significant(getattr(spread, s)) for s in _STATISTICS))
            for name, spread in spreads
        ],
        numbers=tuple(_STATISTICS),
    )
    causes = forecast.seconds_per_request
    whole = sum(causes.values())
    print_table(
        "Time of the replica that a request takes, by cause",
        ("", "Time", "Share"),
        [(BINDING_MEANING[c], seconds(causes[c]), percent(causes[c] / whole)) for c in CAUSES],
        numbers=("Time", "Share"),
    )
    print_text(time_sentence(advice))
    print_text(batch_size_sentence(advice.batch_size))
    print_text(f"Requests that run together: {significant(forecast.effective_concurrency)}.")
    for setting in forecast.settings:
        print_text(setting_sentence(setting))
    print_text(f"Basis: {forecast.basis}, {BASIS_MEANING[forecast.basis]}.")
    if forecast.provenance is not None:
        print_text(provenance_sentence(forecast.provenance))
    _show_authors(forecast, authors)
    for sentence in disagreements(forecast.own_runs):
        print_text(sentence)


def _show_authors(forecast: Forecast, authors: Sequence[Cited]) -> None:
    print_text(f"Sources (model {forecast.model_version}):")
    for author in authors[:MOST_AUTHORS]:
        stated = f"{', '.join(author.source_ids)}, {counted(author.measurements, 'measurement')}"
        print_text(f"- {author.name} ({stated})")
    if len(authors) > MOST_AUTHORS:
        more = count(len(authors) - MOST_AUTHORS)
        print_text(f"- and {more} more: planner catalog sources lists all, --json names these")
