"""The costs group of a scenario file: items by name, and the standard ones switched on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.entered.checked_mapping import checked
from planner.entered.cost_item import STANDARD, STANDARD_COSTS, CostItem, standard_costs
from planner.entered.pydantic_refusal import given
from planner.errors import InputError


def stated_costs(value: Any) -> dict[str, Any]:
    """``other_costs`` and ``standard_costs`` of a scenario.

    ``standard: true`` or a list of names switches standard items on, ``people: true`` one of
    them, ``people: false`` one of the set off. Everything else is an item with ``amount``,
    ``unit``, ``quantity`` and ``source``; one with the name of a standard item replaces it.
    """
    if not value:
        return {}
    if not isinstance(value, Mapping):
        raise InputError(
            f"costs: {given(value)} was given; it must be a mapping of names to cost items",
            field="costs",
        )
    on = dict.fromkeys(_set(value.get(STANDARD)))
    items = []
    for name, item in value.items():
        if isinstance(item, Mapping):
            found = checked(CostItem, {"name": str(name)} | dict(item), f"costs.{name}")
            items.append(found.model_dump(exclude_defaults=True))
        elif name in STANDARD_COSTS and isinstance(item, bool):
            on.pop(name, None)
            on |= {name: None} if item else {}
        elif name != STANDARD:
            checked(CostItem, item, f"costs.{name}")
    fields: dict[str, Any] = {"other_costs": items} if items else {}
    return fields | ({"standard_costs": tuple(on)} if on else {})


def _set(value: Any) -> tuple[str, ...]:
    if value is None or value is False or isinstance(value, Mapping):
        return ()
    if value is True:
        return standard_costs((STANDARD,), "costs.standard")
    if isinstance(value, (list, tuple)):
        return standard_costs(value, "costs.standard")
    raise InputError(
        f"costs.standard: {given(value)} was given; it must be true, false or a list of "
        f"{', '.join(STANDARD_COSTS)}",
        field="costs.standard",
    )
