"""How long prompts or answers are: the distribution of their tokens over the documents."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from planner.errors import InputError

Array = NDArray[np.float64]

_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.95)
LARGEST_P95 = math.exp(_Z95**2 / 2.0)
"""p95 of a lognormal distribution is at most 3.87 times its mean."""

_FARTHEST = 8.0
"""Normal score beyond which no document is looked for: one in 10^15."""

_GRID = np.linspace(-_FARTHEST, _FARTHEST, 4001)
_DENSITY = np.exp(-0.5 * _GRID**2)
_DENSITY /= _DENSITY.sum()


@dataclass(frozen=True, slots=True)
class LengthDistribution:
    """Tokens of a document's prompt or answer.

    The log of the quantile is linear in the normal score between the ``knots``, pairs of
    normal score and log tokens: one line is a lognormal distribution. Beyond the knots the
    lines go on, or are level if ``ends`` (a sample says nothing about longer documents).
    ``mean`` is stated, because it decides the volume of tokens.
    """

    mean: float
    knots: tuple[tuple[float, float], ...]
    ends: bool = False

    @property
    def is_fixed(self) -> bool:
        """True if all documents have the same length."""
        return self.knots[0][1] == self.knots[-1][1]

    def quantile(self, probability: float) -> float:
        """The tokens that this share of the documents does not exceed."""
        return float(self._tokens(np.array([_NORMAL.inv_cdf(probability)]))[0])

    def share_above(self, tokens: float) -> float:
        """Share of the documents with more tokens."""
        low, high = -_FARTHEST, _FARTHEST
        if float(self._tokens(np.array([high]))[0]) <= tokens:
            return 0.0
        while high - low > 1e-12:
            middle = (low + high) / 2.0
            if float(self._tokens(np.array([middle]))[0]) > tokens:
                high = middle
            else:
                low = middle
        return _NORMAL.cdf(-high)

    def values(self) -> tuple[Array, Array]:
        """Tokens on a fine grid with the share of each, both (n,); their mean is ``mean``."""
        if self.is_fixed:
            return np.array([self.mean]), np.ones(1)
        tokens = self._tokens(_GRID)
        return tokens * (self.mean / float(tokens @ _DENSITY)), _DENSITY

    def quantiles(self) -> list[tuple[float, float]]:
        """The knots as probability and tokens."""
        return [
            (round(_NORMAL.cdf(score), 12), round(math.exp(log_tokens), 6))
            for score, log_tokens in self.knots
        ]

    def _tokens(self, scores: Array) -> Array:
        if self.is_fixed:
            return np.full_like(scores, self.mean)
        at, logs = (np.array(column) for column in zip(*self.knots, strict=True))
        inside = np.interp(scores, at, logs)
        if not self.ends:
            low, high = ((logs[i + 1] - logs[i]) / (at[i + 1] - at[i]) for i in (0, len(at) - 2))
            inside += np.minimum(scores - at[0], 0.0) * low
            inside += np.maximum(scores - at[-1], 0.0) * high
        return np.asarray(np.exp(inside))


def fixed(tokens: float) -> LengthDistribution:
    """All documents have this length."""
    return LengthDistribution(float(tokens), ((0.0, math.log(tokens)),))


def lognormal(mean: float, log_sd: float) -> LengthDistribution:
    """Lognormal lengths, whose logs have standard deviation ``log_sd``: the mean is
    exp(mu + log_sd^2 / 2).
    """
    if log_sd == 0.0:
        return fixed(mean)
    mu = math.log(mean) - log_sd**2 / 2.0
    return LengthDistribution(float(mean), ((0.0, mu), (1.0, mu + log_sd)))


def mean_and_p95(mean: float, p95: float) -> LengthDistribution:
    """The lognormal distribution with this mean and p95.

    ln(p95 / mean) = 1.645 s - s^2 / 2 has two solutions s; the smaller is the usual one.
    """
    ratio = p95 / mean
    if not 1.0 <= ratio <= LARGEST_P95:
        raise InputError(
            f"p95 {p95:,.15g} was given for a mean of {mean:,.15g}; the p95 of a lognormal "
            f"distribution is 1 to {LARGEST_P95:.2f} times the mean ({mean:,.15g} to "
            f"{mean * LARGEST_P95:,.0f}); leave it out for the usual spread, or state other "
            "lengths in a scenario file, by quantiles or a sample"
        )
    return lognormal(mean, _Z95 - math.sqrt(max(0.0, _Z95**2 - 2.0 * math.log(ratio))))


def through_quantiles(quantiles: dict[float, float]) -> LengthDistribution:
    """Lognormal between two or more quantiles (probability: tokens) and beyond them."""
    points = sorted(quantiles.items())
    if len(points) < 2:
        raise InputError("one quantile says nothing about the spread; give at least two")
    if not all(0.0 < p < 1.0 for p, _ in points):
        raise InputError("a quantile's probability must be above 0 and below 1, for example 0.95")
    tokens = [t for _, t in points]
    if sorted(tokens) != tokens:
        raise InputError("quantiles must not fall from one probability to a higher one")
    knots = tuple((_NORMAL.inv_cdf(p), math.log(t)) for p, t in points)
    shape = LengthDistribution(tokens[0], knots)
    if shape.is_fixed:
        return fixed(tokens[0])
    return LengthDistribution(float(shape._tokens(_GRID) @ _DENSITY), knots)


def means_between(quantiles: dict[float, float], longest: float) -> tuple[float, float]:
    """The least and the largest mean of lengths with these quantiles, none above ``longest``.

    Least if all documents between two quantiles are as short as the lower one, and those below
    the first have no length; largest if they are as long as the higher one.
    """
    points = [(0.0, 0.0), *sorted(quantiles.items()), (1.0, longest)]
    shares = [(after[0] - before[0], before[1], after[1]) for before, after in pairwise(points)]
    return sum(n * low for n, low, _ in shares), sum(n * high for n, _, high in shares)


MOST_KNOTS = 50


def of_sample(tokens: list[float]) -> LengthDistribution:
    """The distribution of counted documents; none is longer than the longest of them."""
    ordered = np.sort(np.array(tokens, dtype=float))
    mean = float(ordered.mean())
    if ordered[0] == ordered[-1]:
        return fixed(mean)
    shares = (np.arange(len(ordered)) + 0.5) / len(ordered)
    if len(ordered) > MOST_KNOTS:  # even in the normal score, so that the tail stays
        low, high = (_NORMAL.inv_cdf(float(p)) for p in (shares[0], shares[-1]))
        at = np.linspace(low, high, MOST_KNOTS)
        wanted = np.array([_NORMAL.cdf(z) for z in at])
        ordered, shares = np.interp(wanted, shares, ordered), wanted
    scores = (_NORMAL.inv_cdf(float(p)) for p in shares)
    return LengthDistribution(mean, tuple(zip(scores, np.log(ordered).tolist(), strict=True)), True)


@lru_cache(maxsize=256)
def quantile_of_sum(
    inputs: LengthDistribution, outputs: LengthDistribution, probability: float
) -> float:
    """Quantile of prompt plus answer, which are taken as independent of each other."""
    if outputs.is_fixed:
        return inputs.quantile(probability) + outputs.mean
    low, high = 0.0, inputs.quantile(1.0 - 1e-9) + outputs.quantile(1.0 - 1e-9)
    while high - low > 0.5:
        middle = (low + high) / 2.0
        if share_of_sum_above(inputs, outputs, middle) > 1.0 - probability:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=4096)
def share_of_sum_above(
    inputs: LengthDistribution, outputs: LengthDistribution, tokens: float
) -> float:
    """Share of the documents whose prompt and answer together have more tokens."""
    prompts, shares = inputs.values()
    order = np.concatenate([[0.0], np.cumsum(shares)])
    answers, weights = outputs.values()
    below = order[np.searchsorted(prompts, tokens - answers, side="right")]
    return max(0.0, 1.0 - float(below @ weights))
