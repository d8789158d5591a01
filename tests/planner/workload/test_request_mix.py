"""A mix stands for all documents: its moments are theirs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.workload.length_distribution import fixed, lognormal
from planner.workload.request_mix import RequestMix, blend, gauss_nodes, mix_of


def test_two_nodes_of_a_coin_are_the_coin() -> None:
    assert gauss_nodes(np.array([1.0, 3.0]), np.array([0.25, 0.75]), 3) == [
        pytest.approx((1.0, 0.25)),
        pytest.approx((3.0, 0.75)),
    ]


@given(st.lists(st.integers(1, 100), min_size=4, max_size=20, unique=True))
def test_three_nodes_have_the_first_five_moments(values: list[int]) -> None:
    drawn, even = np.array(values, dtype=float), np.full(len(values), 1 / len(values))
    nodes = np.array(gauss_nodes(drawn, even, 3))
    for power in range(6):
        assert nodes[:, 1] @ nodes[:, 0] ** power == pytest.approx(even @ drawn**power, rel=1e-6)


def test_a_mix_of_lognormal_prompts_has_their_mean_and_their_square() -> None:
    # E[X^2] = mean^2 exp(s^2): 8000^2 x 1.46874 for s = 0.62.
    mix = mix_of(lognormal(8000, 0.62), fixed(150), 1e9)
    inputs, outputs, shares = mix.arrays
    assert mix.input_tokens == pytest.approx(8000)
    assert shares @ inputs**2 == pytest.approx(8000**2 * 1.46874, rel=1e-4)
    assert outputs.tolist() == [150, 150, 150]


def test_documents_beyond_the_longest_are_counted_as_cut_to_it() -> None:
    assert mix_of(fixed(9000), fixed(192), 8192).kinds == (pytest.approx((8000, 192, 1)),)


def test_classes_blend_by_their_volumes() -> None:
    both = blend([(3e6, RequestMix.of_equal(2000, 100)), (1e6, RequestMix.of_equal(12000, 200))])
    assert both.kinds == ((2000.0, 100.0, 0.75), (12000.0, 200.0, 0.25))
    assert both.input_tokens == 4500
    assert both.output_tokens == 125


@given(st.floats(1.0, 1e12))
def test_a_single_class_is_the_same_mix_whatever_its_volume(documents: float) -> None:
    # forecasts are kept by mix: the last digit must not depend on the volume
    mix = RequestMix(((4000.0, 120.0, 0.39), (12_000.0, 180.0, 0.61)))
    assert blend([(documents, mix)]) == mix
