"""How a user states the spread of lengths around their mean."""

from __future__ import annotations

import math
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planner.workload.length_distribution import (
    LengthDistribution,
    fixed,
    lognormal,
    mean_and_p95,
    through_quantiles,
)

MOST_TOKENS = 2_000_000
MOST_QUANTILES = 60


class Quantile(BaseModel):
    """So many tokens are not exceeded by this share of the documents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    probability: float = Field(gt=0, lt=1, allow_inf_nan=False)
    tokens: float = Field(gt=0, le=MOST_TOKENS, allow_inf_nan=False)


class LengthSpread(BaseModel):
    """One of: a p95, all documents alike (``fixed``), or quantiles.

    No document is longer than the largest quantile if ``none_longer`` (they are of a sample).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    p95: float | None = Field(default=None, gt=0, le=MOST_TOKENS, allow_inf_nan=False)
    fixed: bool = False
    quantiles: tuple[Quantile, ...] = Field(default=(), max_length=MOST_QUANTILES)
    none_longer: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.p95 is not None) + self.fixed + bool(self.quantiles) != 1:
            raise ValueError("it must state one of p95, fixed and quantiles")
        return self

    def around(self, mean: float) -> LengthDistribution:
        """The distribution with this spread and mean. Raises InputError if there is none."""
        if self.fixed:
            return fixed(mean)
        if self.p95 is not None:
            return mean_and_p95(mean, self.p95)
        found = through_quantiles({q.probability: q.tokens for q in self.quantiles})
        return LengthDistribution(mean, found.knots, self.none_longer)

    def times(self, factor: float) -> LengthSpread:
        """The spread of documents that are ``factor`` times as long."""
        longer = tuple(
            Quantile(probability=q.probability, tokens=q.tokens * factor) for q in self.quantiles
        )
        p95 = None if self.p95 is None else self.p95 * factor
        return self.model_copy(update={"p95": p95, "quantiles": longer})

    def rounded(self) -> LengthSpread:
        """The quantiles in five digits, or in whole tokens from 10,000 on, so that they are short.

        A probability has five digits of itself or, in the other tail, of its distance to 1.
        """
        shorter = tuple(
            Quantile(
                probability=round(q.probability, _decimals(min(q.probability, 1 - q.probability))),
                tokens=round(q.tokens, max(0, _decimals(q.tokens))),
            )
            for q in self.quantiles
        )
        return self.model_copy(update={"quantiles": shorter})


def _decimals(value: float) -> int:
    """The decimals with which ``value`` has five digits."""
    return 4 - math.floor(math.log10(value))


def around_mean(
    mean: float, spread: LengthSpread | None, default_log_sd: float
) -> LengthDistribution:
    """Lengths with this mean and spread; lognormal with the default spread if none is stated."""
    return lognormal(mean, default_log_sd) if spread is None else spread.around(mean)


def spread_of(found: LengthDistribution) -> LengthSpread:
    """The spread that states a distribution by its knots."""
    if found.is_fixed:
        return LengthSpread(fixed=True)
    return LengthSpread(
        quantiles=tuple(Quantile(probability=p, tokens=t) for p, t in found.quantiles()),
        none_longer=found.ends,
    )
