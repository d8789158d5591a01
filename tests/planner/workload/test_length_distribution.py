"""Distributions of lengths: quantiles worked out by hand, moments, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import InputError
from planner.workload.length_distribution import (
    LengthDistribution,
    fixed,
    lognormal,
    mean_and_p95,
    of_sample,
    quantile_of_sum,
    share_of_sum_above,
    through_quantiles,
)


def test_the_quantile_of_a_lognormal_is_exp_of_mu_plus_z_sigma() -> None:
    # mu = ln 1000 - 0.5^2 / 2; z of 0.999 is 3.090232.
    assert lognormal(1000, 0.5).quantile(0.999) == pytest.approx(
        1000 * math.exp(-0.125 + 0.5 * 3.090232), rel=1e-6
    )


def test_mean_and_p95_give_the_lognormal_that_has_both() -> None:
    found = mean_and_p95(8000, 20000)
    # 1.644854 - sqrt(1.644854^2 - 2 ln 2.5) = 0.710530; mu = ln 8000 - 0.710530^2 / 2 = 8.734770.
    assert found.quantile(0.5) == pytest.approx(math.exp(8.734770), rel=1e-5)
    assert found.quantile(0.95) == pytest.approx(20000)
    assert found.share_above(20000) == pytest.approx(0.05, abs=1e-6)


def test_a_p95_at_the_mean_is_a_fixed_length() -> None:
    assert mean_and_p95(8000, 8000) == fixed(8000)


@pytest.mark.parametrize("p95", [7999.0, 31000.0])
def test_a_p95_that_no_lognormal_has_is_refused_with_what_is_allowed(p95: float) -> None:
    with pytest.raises(InputError, match=r"1 to 3.87 times the mean \(8,000 to 30,945\)"):
        mean_and_p95(8000, p95)


def test_two_quantiles_give_the_lognormal_through_both() -> None:
    found = through_quantiles({0.5: 6000, 0.95: 20000})
    sd = math.log(20000 / 6000) / 1.644854
    assert found.mean == pytest.approx(6000 * math.exp(sd**2 / 2), rel=1e-5)
    assert found.quantile(0.5) == pytest.approx(6000)
    assert found.quantile(0.999) == pytest.approx(6000 * math.exp(3.090232 * sd), rel=1e-5)


def test_between_several_quantiles_the_log_is_linear_in_the_normal_score() -> None:
    found = through_quantiles({0.5: 1000, 0.8413447460685429: 2000, 0.9772498680518208: 8000})
    assert found.quantile(0.9331927987311419) == pytest.approx(4000)  # z 1.5, between 1 and 2
    assert found.quantile(0.9986501019683699) == pytest.approx(32000)  # z 3, the last line goes on


@pytest.mark.parametrize(
    ("quantiles", "said"),
    [
        ({0.5: 100.0}, "at least two"),
        ({0.5: 100.0, 1.0: 200.0}, "above 0 and below 1"),
        ({0.5: 200.0, 0.9: 100.0}, "must not fall"),
    ],
)
def test_quantiles_that_are_no_distribution_are_refused(
    quantiles: dict[float, float], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        through_quantiles(quantiles)


def test_a_sample_keeps_its_mean_and_has_nothing_longer_than_its_longest() -> None:
    found = of_sample([100, 200, 300, 1000])
    assert found.mean == 400
    assert found.quantile(0.9999) == pytest.approx(1000)
    assert found.share_above(1000.001) == 0
    values, shares = found.values()
    assert values @ shares == pytest.approx(400)


def test_a_large_sample_has_the_quantiles_of_what_was_drawn() -> None:
    drawn = np.random.default_rng(1).lognormal(8.0, 0.7, 5000)
    found = of_sample(drawn.tolist())
    for p in (0.05, 0.5, 0.95, 0.99):
        assert found.quantile(p) == pytest.approx(np.quantile(drawn, p), rel=0.03)
    assert found.mean == pytest.approx(drawn.mean())


def test_a_fixed_answer_is_added_to_the_prompts_quantile() -> None:
    prompts = lognormal(8000, 0.62)
    assert quantile_of_sum(prompts, fixed(150), 0.999) == pytest.approx(
        prompts.quantile(0.999) + 150
    )
    assert quantile_of_sum(fixed(8000), fixed(150), 0.999) == 8150


def test_the_sum_of_prompt_and_answer_is_that_of_independent_draws() -> None:
    prompts, answers = lognormal(1000, 0.8), lognormal(800, 0.5)
    rng = np.random.default_rng(2)
    mu = [math.log(m) - sd**2 / 2 for m, sd in ((1000, 0.8), (800, 0.5))]
    drawn = rng.lognormal(mu[0], 0.8, 400_000) + rng.lognormal(mu[1], 0.5, 400_000)
    assert quantile_of_sum(prompts, answers, 0.99) == pytest.approx(
        np.quantile(drawn, 0.99), rel=0.02
    )
    assert share_of_sum_above(prompts, answers, 4000) == pytest.approx(
        (drawn > 4000).mean(), rel=0.05
    )


DISTRIBUTIONS = st.one_of(
    st.builds(lognormal, st.floats(1, 1e5), st.floats(0, 1.5)),
    st.builds(fixed, st.floats(1, 1e5)),
    st.builds(of_sample, st.lists(st.floats(1, 1e5), min_size=2, max_size=30)),
)


@given(DISTRIBUTIONS, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_quantiles_rise(lengths: LengthDistribution, p: float, q: float) -> None:
    low, high = sorted((p, q))
    assert lengths.quantile(low) <= lengths.quantile(high) * (1 + 1e-12)
    assert 0.0 <= lengths.share_above(lengths.quantile(high) * 1.0001) <= 1.0001 - high
