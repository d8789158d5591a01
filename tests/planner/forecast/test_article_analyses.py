"""The article's six analyses: the names of the suite, the rows that count, what is stated."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_samples import MEASUREMENT

from benchmarks.design.suite import read_suite
from planner.forecast.article_analyses import ANALYSES
from planner.records.article_statements import article_statements
from planner.records.measurement import Measurement

OFFLINE = replace(MEASUREMENT, load="static_batch", mode="offline")
AT_A_RATE = replace(MEASUREMENT, load="poisson_rate", concurrency=None, request_rate_per_s=2.0)


def test_the_analyses_are_those_that_the_suite_measures() -> None:
    assert [a.name for a in ANALYSES] == [a.name for a in read_suite("article").analyses]


def test_the_article_states_something_of_every_analysis_and_of_no_other() -> None:
    assert {s.analysis for s in article_statements()} == {a.name for a in ANALYSES}


@pytest.mark.parametrize(
    ("measurement", "counts_for"),
    [
        (MEASUREMENT, {"input-length", "output-length", "parallel"}),
        (
            replace(MEASUREMENT, concurrency=1.0),
            {"transformers", "input-length", "output-length", "gpus", "parallel"},
        ),
        (OFFLINE, {"input-length", "output-length", "batch-size"}),
        (replace(OFFLINE, engine="transformers", concurrency=1.0), {"transformers"}),
        (AT_A_RATE, set()),
    ],
)
def test_a_measurement_counts_for_the_analyses_that_its_load_answers(
    measurement: Measurement, counts_for: set[str]
) -> None:
    assert {a.name for a in ANALYSES if a.counts(measurement)} == counts_for
