"""Mean, quantiles and histogram of a sample, and the spread that a scenario takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.documents.measured_lengths import Bin, measured_lengths
from planner.documents.sample_file import CountedFile
from planner.errors import InputError


def test_all_documents_count_and_the_template_is_added_to_each() -> None:
    files = [CountedFile("a", (100, 300)), CountedFile("b", (200,)), CountedFile("c", refused="x")]
    found = measured_lengths(files, template_tokens=50)
    assert (found.documents, found.mean, found.shortest, found.longest) == (3, 250, 150, 350)
    assert found.quantile(0.5) == 250
    assert found.quantile(0.95) == 350  # beyond the last of three, of which each is a third


def test_the_spread_is_that_of_the_sample_and_ends_with_its_longest() -> None:
    found = measured_lengths([CountedFile("a", (100, 200, 300, 400))])
    assert found.spread is not None
    assert found.spread.none_longer
    assert [one.tokens for one in found.spread.quantiles] == [100, 200, 300, 400]
    shares = [one.probability for one in found.spread.quantiles]
    assert shares == pytest.approx([0.125, 0.375, 0.625, 0.875])


def test_one_document_says_nothing_about_the_spread() -> None:
    found = measured_lengths([CountedFile("a", (100,))])
    assert (found.mean, found.spread) == (100, None)
    assert found.histogram == (Bin(100, 100, 1),)


def test_bins_are_round() -> None:
    found = measured_lengths([CountedFile("a", (120, 180, 990))])
    assert found.histogram[0] == Bin(100, 199, 2)
    assert found.histogram[-1] == Bin(900, 999, 1)
    assert len(found.histogram) == 9


@given(st.lists(st.integers(1, 2_000_000), min_size=1, max_size=40))
def test_every_document_is_in_the_bin_of_its_length(tokens: list[int]) -> None:
    bins = measured_lengths([CountedFile("a", tuple(tokens))]).histogram
    assert 1 <= len(bins) <= 16
    for one in bins:
        assert one.documents == sum(one.first <= count <= one.last for count in tokens)
    assert sum(one.documents for one in bins) == len(tokens)


def test_nothing_counted_and_a_prompt_beyond_any_model_are_refused() -> None:
    with pytest.raises(InputError, match="No document was counted"):
        measured_lengths([CountedFile("a", refused="a is broken")])
    with pytest.raises(InputError, match="has 2,000,001 tokens"):
        measured_lengths([CountedFile("a", (2_000_000,))], template_tokens=1)
