"""The fields of ``Scenario`` as the groups of a file of version 2: what ``flat_fields`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.entered.cost_item import STANDARD
from planner.entered.scenario_v2 import GROUPED, TARGET_FIELDS, Fields, stand_alone


def grouped_fields(stated: Mapping[str, Any], whole: Mapping[str, Any]) -> Fields:
    """The values of a file of version 2.

    ``stated`` are the fields that are not at their defaults, ``whole`` all of them; both as
    they stand in JSON.
    """
    found: Fields = {"schema_version": 2}
    found |= {name: stated[name] for name in stand_alone(tuple(whole)) if name in stated}
    found["classes"] = _classes(stated, whole)
    arrivals = _hours(stated, "hours_per_week", "arrival_hours")
    arrivals |= {name: stated[name] for name in ("peak_factor", "season") if name in stated}
    growth = {"per_year": whole["growth_per_year"], "years": whole["years"]}
    groups = {
        "arrivals": arrivals,
        "processing": _hours(stated, "processing_hours_per_week", "processing_hours"),
        "growth": growth if {"growth_per_year", "years"} & stated.keys() else {},
        **{
            group: {name: stated[name] for name in names if name in stated}
            for group, names in GROUPED.items()
        },
        "costs": _costs(stated),
    }
    return found | {group: values for group, values in groups.items() if values}


def _classes(stated: Mapping[str, Any], whole: Mapping[str, Any]) -> list[Fields]:
    if "classes" in stated:
        return [stated_class(one) for one in stated["classes"]]
    name = {"name": stated["class_name"]} if "class_name" in stated else {}
    targets = {one: stated[flat] for one, flat in TARGET_FIELDS.items() if flat in stated}
    return [name | _work({**whole, **stated}) | ({"targets": targets} if targets else {})]


def stated_class(one: Mapping[str, Any]) -> Fields:
    """A class as a file states it, of the fields of a ``DocumentClass`` that are not defaults."""
    others = ("model", "quantization", "targets")
    stated = {key: one[key] for key in others if one.get(key)}
    return {"name": one["name"]} | _work(one) | stated


def _work(one: Mapping[str, Any]) -> Fields:
    return {
        "documents_per_year": one["documents_per_year"],
        "input_tokens": stated_length(one["input_tokens"], one.get("input_spread")),
        "output_tokens": stated_length(one["output_tokens"], one.get("output_spread")),
    }


def stated_length(mean: float, spread: Mapping[str, Any] | None) -> float | Fields:
    """A length as a file states it, of its mean and the fields of a ``LengthSpread``."""
    if spread is None:
        return mean
    if spread.get("fixed"):
        return {"fixed": mean}
    if spread.get("p95") is not None:
        return {"mean": mean, "p95": spread["p95"]}
    quantiles = {one["probability"]: one["tokens"] for one in spread["quantiles"]}
    longest = {"longest": max(quantiles.values())} if spread.get("none_longer") else {}
    return {"mean": mean, "quantiles": quantiles} | longest


def _hours(stated: Mapping[str, Any], hours: str, daily: str) -> Fields:
    """Days and times of day, which state the hours a week too; else the hours a week."""
    if daily in stated:
        return dict(stated[daily])
    return {"hours_per_week": stated[hours]} if hours in stated else {}


def _costs(stated: Mapping[str, Any]) -> Fields:
    costs: Fields = {}
    if "standard_costs" in stated:
        costs[STANDARD] = list(stated["standard_costs"])
    for item in stated.get("other_costs", ()):
        costs[item["name"]] = {key: value for key, value in item.items() if key != "name"}
    return costs
