"""The requests of a scenario's busiest hour."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from benchmarks.load.scenario_arrivals import arriving_requests
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass
from planner.workload.length_spread import LengthSpread

FIXED = LengthSpread(fixed=True)
LETTERS = DocumentClass(
    name="letters",
    documents_per_year=3,
    input_tokens=100,
    output_tokens=10,
    input_spread=FIXED,
    output_spread=FIXED,
)
CLAIMS = LETTERS.model_copy(update={"name": "claims", "documents_per_year": 1, "input_tokens": 400})
TWO = Scenario(documents_per_year=4, classes=(LETTERS, CLAIMS))


def test_classes_come_in_their_proportion_at_the_rate() -> None:
    requests = arriving_requests(TWO, 5.0, 4000, seed=1, longest_tokens=8192)
    assert requests[-1].at_s == pytest.approx(4000 / 5.0, rel=0.05)
    assert Counter(one.class_name for one in requests)["claims"] == pytest.approx(1000, rel=0.1)
    assert {(one.class_name, one.input_tokens, one.output_tokens) for one in requests} == {
        ("letters", 100, 10),
        ("claims", 400, 10),
    }


def test_gaps_are_those_of_random_arrivals() -> None:
    moments = [one.at_s for one in arriving_requests(TWO, 2.0, 4000, 1, 8192)]
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps) / len(gaps)
    # The standard deviation of exponential gaps is their mean.
    assert variance**0.5 == pytest.approx(mean, rel=0.1)


@pytest.mark.slow
def test_lengths_are_spread_as_stated_and_cut_to_the_context() -> None:
    scenario = Scenario(input_tokens=8000, output_tokens=150)
    requests = arriving_requests(scenario, 1.0, 4000, 1, 20_000)
    lengths = [one.input_tokens for one in requests]
    assert sum(lengths) / len(lengths) == pytest.approx(8000, rel=0.08)
    assert max(one.input_tokens + one.output_tokens for one in requests) <= 20_000


def test_the_same_seed_gives_the_same_requests() -> None:
    assert arriving_requests(TWO, 1.0, 10, 7, 8192) == arriving_requests(TWO, 1.0, 10, 7, 8192)
    assert arriving_requests(TWO, 1.0, 10, 7, 8192) != arriving_requests(TWO, 1.0, 10, 8, 8192)
