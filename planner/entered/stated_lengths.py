"""The lengths of documents as a scenario file states them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from planner.entered.checked_mapping import checked
from planner.entered.named_file import named_file
from planner.entered.pydantic_refusal import given
from planner.errors import InputError
from planner.workload.length_distribution import (
    LengthDistribution,
    means_between,
    through_quantiles,
)
from planner.workload.length_sample import sampled_lengths
from planner.workload.length_spread import (
    MOST_QUANTILES,
    MOST_TOKENS,
    LengthSpread,
    Quantile,
    spread_of,
)


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mean: float | None = Field(default=None, gt=0, le=MOST_TOKENS, allow_inf_nan=False)
    p95: float | None = Field(default=None, gt=0, le=MOST_TOKENS, allow_inf_nan=False)
    fixed: float | None = Field(default=None, gt=0, le=MOST_TOKENS, allow_inf_nan=False)
    quantiles: Any = None
    sample: str | None = Field(default=None, min_length=1, max_length=1000)
    column: str | None = Field(default=None, min_length=1, max_length=200)
    longest: float | None = Field(default=None, gt=0, le=MOST_TOKENS, allow_inf_nan=False)


_FORMS = (
    "a number (the mean), {mean, p95}, {fixed}, {quantiles: {0.5: ..., 0.95: ...}}, also with "
    "{mean, longest}, or {sample: file, column: name}"
)


ROUNDED_TOKENS = 0.5
"""A mean may be off by this much: a scenario of one class has whole tokens."""


def stated_lengths(
    value: Any, place: str, folder: Path | None
) -> tuple[float, LengthSpread | None]:
    """The mean, and the spread around it if one is stated. Raises InputError."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(checked(_Stated, {"mean": value}, place).mean or 0.0), None
    if not isinstance(value, Mapping):
        raise InputError(f"{place}: {given(value)} was given; it must be {_FORMS}", field=place)
    found = checked(_Stated, value, place)
    forms = found.model_fields_set
    try:
        if forms == {"mean"} and found.mean is not None:
            return found.mean, None
        if forms == {"mean", "p95"} and found.mean is not None:
            spread = LengthSpread(p95=found.p95)
            spread.around(found.mean)
            return found.mean, spread
        if forms == {"fixed"} and found.fixed is not None:
            return found.fixed, LengthSpread(fixed=True)
        if forms == {"quantiles"}:
            return _mean_and_spread(through_quantiles(_quantiles(found.quantiles)))
        if {"mean", "quantiles"} <= forms <= {"mean", "quantiles", "longest"}:
            return _with_mean(found, _quantiles(found.quantiles))
        if forms <= {"sample", "column"} and found.sample is not None:
            column = found.column or place.rsplit(".", 1)[-1]
            return _mean_and_spread(
                sampled_lengths(named_file(folder, found.sample, place), column)
            )
    except InputError as error:
        raise InputError(f"{place}: {error}", field=place) from None
    raise InputError(f"{place} has {', '.join(sorted(forms))}; it must be {_FORMS}", field=place)


def _mean_and_spread(found: LengthDistribution) -> tuple[float, LengthSpread]:
    return found.mean, spread_of(found)


def _with_mean(found: _Stated, pairs: dict[float, float]) -> tuple[float, LengthSpread]:
    """Quantiles beside the mean that was counted; ``longest`` says that they end there."""
    if found.mean is None:
        raise InputError(
            "mean: nothing was given; it must be the mean of the tokens, or be left out: the "
            "quantiles have one of their own"
        )
    if found.longest is not None and found.longest != max(pairs.values()):
        raise InputError(
            f"longest: {given(found.longest)} was given; it must be the tokens of the last quantile"
        )
    spread = LengthSpread(
        quantiles=tuple(Quantile(probability=p, tokens=tokens) for p, tokens in pairs.items()),
        none_longer=found.longest is not None,
    )
    least, most = means_between(pairs, max(pairs.values()) if spread.none_longer else MOST_TOKENS)
    if not least - ROUNDED_TOKENS <= found.mean <= most + ROUNDED_TOKENS:
        raise InputError(
            f"mean: {found.mean:,.15g} was given; documents with these quantiles have a mean of "
            f"{least:,.0f} to {most:,.0f} tokens; correct it, or leave it out"
        )
    return found.mean, spread


def _quantiles(value: Any) -> dict[float, float]:
    if not isinstance(value, Mapping) or not 2 <= len(value) <= MOST_QUANTILES:
        raise InputError(
            f"quantiles: {given(value)} was given; it must be a mapping of 2 to "
            f"{MOST_QUANTILES} probabilities to tokens"
        )
    pairs: dict[float, float] = {}
    for probability, tokens in value.items():
        for number in (probability, tokens):
            if isinstance(number, bool) or not isinstance(number, (int, float)):
                raise InputError(f"quantiles: {given(number)} was given; it must be a number")
        if not 0 < tokens <= MOST_TOKENS:
            raise InputError(
                f"quantiles: {given(tokens)} tokens was given; it must be 1 to {MOST_TOKENS:,}"
            )
        pairs[float(probability)] = float(tokens)
    through_quantiles(pairs)  # refuses what is no distribution
    return pairs


LENGTH_FIELDS: type[BaseModel] = _Stated
"""The model of a stated length, for the schema of scenario files."""
