"""A cost beside the GPUs as a user enters it: amount, unit, quantity and source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from planner.catalog.names import quoted
from planner.errors import InputError

CostUnit = Literal[
    "usd_per_year",
    "usd_per_month",
    "usd_per_gpu_hour",
    "usd_per_gpu_year",
    "share_of_gpu_cost",
    "usd_per_fte_year",
    "usd_per_gb_month",
    "usd_per_gb",
    "usd_per_1000_documents",
    "percent_tax",
]

StandardCost = Literal["people", "storage", "egress", "non-production", "licences", "tax"]
STANDARD_COSTS: tuple[StandardCost, ...] = get_args(StandardCost)

STANDARD_SET: tuple[StandardCost, ...] = ("people", "storage", "egress", "non-production")
"""What every deployment in a cloud has. vLLM itself needs no licence, and businesses mostly get
their value added tax back, so that these two are counted only if they are named."""

STANDARD = "standard"
"""The name of the set."""


class CostItem(BaseModel):
    """A cost besides the GPUs: people, storage, licences.

    ``amount`` is multiplied by ``quantity``, the number of what the unit names: full-time
    equivalents, GB stored, GB a year. None is 1, and with storage and traffic the text of the
    documents and answers (``planner.money.cost_of_items``). ``percent_tax`` is added to all
    other lines but people. ``usd_per_year: 5`` is short for an amount of 5 in that unit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    amount: float = Field(ge=0, le=1e12, allow_inf_nan=False)
    unit: CostUnit = "usd_per_year"
    quantity: float | None = Field(default=None, ge=0, le=1e12, allow_inf_nan=False)
    source: str | None = Field(default=None, max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _yearly_amount(cls, values: Any) -> Any:
        if isinstance(values, dict) and "usd_per_year" in values and not values.keys() & _STATED:
            rest = {key: value for key, value in values.items() if key != "usd_per_year"}
            return rest | {"amount": values["usd_per_year"]}
        return values


_STATED = frozenset({"amount", "unit"})


def standard_costs(stated: Iterable[str], place: str) -> tuple[StandardCost, ...]:
    """The standard items of these names; ``standard`` is the whole set.

    Raises InputError with the ``place`` for another name.
    """
    found: dict[StandardCost, None] = {}
    for name in stated:
        known = next((one for one in STANDARD_COSTS if one == name), None)
        if known is None and name != STANDARD:
            raise InputError(
                f"{place}: {quoted(str(name))} was given; it must be {STANDARD} (which is "
                f"{', '.join(STANDARD_SET)}) or one of {', '.join(STANDARD_COSTS)}",
                field=place,
            )
        found |= dict.fromkeys(STANDARD_SET if known is None else (known,))
    return tuple(found)
