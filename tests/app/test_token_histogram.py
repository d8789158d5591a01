"""What a screen reader says of the histogram of measured documents."""

from __future__ import annotations

import pytest

from app import charts
from planner.documents.measured_lengths import measured_lengths
from planner.documents.sample_file import CountedFile


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (
            (100,),
            "of 1 document: 100 to 100 tokens. 1 document, the most, has 100 to 100",
        ),
        ((100, 101, 900), "100 to 900 tokens. 2 documents, the most, have 100 to 199"),
    ],
)
def test_the_longest_bar_is_said_in_words(tokens: tuple[int, ...], said: str) -> None:
    measured = measured_lengths([CountedFile("a", tokens)])
    assert said in charts.token_histogram(measured, charts.palette("light")).alt
