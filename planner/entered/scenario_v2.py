"""A scenario file of version 2 as the fields of ``Scenario``, which are those of version 1.

Version 2 groups the fields and knows several classes of documents. The only class of a file
becomes the flat fields; several become ``classes``, with their total and means beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from planner.catalog.names import quoted
from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.entered.checked_mapping import checked
from planner.entered.cost_item import CostItem
from planner.entered.named_file import named_file
from planner.entered.pydantic_refusal import given
from planner.entered.stated_costs import stated_costs
from planner.entered.stated_lengths import stated_lengths
from planner.errors import InputError
from planner.networks.quantization import Quantization
from planner.workload.arrivals_file import observed_arrivals
from planner.workload.document_class import Targets
from planner.workload.weekly_hours import (
    HOURS_PER_WEEK,
    MAX_PEAK_FACTOR,
    DailyHours,
    hours_with_arrivals,
)

Fields = dict[str, Any]
M = TypeVar("M", bound=BaseModel)

MOST_CLASSES = 50
TARGET_FIELDS = {
    "e2e_p50_s": "latency_p50_s",
    "e2e_p95_s": "latency_p95_s",
    "e2e_p99_s": "latency_p99_s",
    "ttft_p95_s": "ttft_p95_s",
    "tpot_p95_ms": "tpot_p95_ms",
    "done_within_h": "done_within_h",
}
"""The flat field of each target."""

_GROUPS = ("classes", "arrivals", "processing", "growth", "limits", "hardware", "costs")
ONLY_IN_VERSION_2 = frozenset(_GROUPS) - {"classes"}
"""Groups whose names no field of version 1 has."""

_LIMITS = (
    "budget_usd_per_year",
    "confidence",
    "spare_replicas",
    "min_replicas",
    "spread_over",
    "max_utilization",
    "machine_availability",
    "measured_premium",
    "accept_extrapolated",
)
_HARDWARE = (
    *("gpus", "owned", "fleet", "terms", "include_marketplace", "pay_only_for_hours"),
    *("follow_load", "spot_eviction_share", "minimum_billed_h"),
)
_ARRIVALS = ("hours_per_week", "peak_factor", "season")
_NOT_FLAT = ("documents_per_year", "input_tokens", "output_tokens", *_ARRIVALS)
_GROUP_OF = {
    "hours_per_week": "arrivals",
    "peak_factor": "arrivals",
    "season": "arrivals",
    "arrival_hours": "arrivals",
    "processing_hours_per_week": "processing",
    "processing_hours": "processing",
    "growth_per_year": "growth",
    "years": "growth",
    "other_costs": "costs",
    "standard_costs": "costs",
    "input_spread": "a class",
    "output_spread": "a class",
    "class_name": "a class",
    "classes": "a class",
}
"""The group of a flat field that has another name there."""


class Users(BaseModel):
    """People who each send so many requests an hour while documents arrive."""

    model_config = ConfigDict(extra="forbid")

    count: float = Field(gt=0, le=1e10, allow_inf_nan=False)
    requests_per_hour: float = Field(gt=0, le=1e6, allow_inf_nan=False)


class _Hours(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    hours_per_week: float | None = Field(default=None, ge=1, le=HOURS_PER_WEEK, allow_inf_nan=False)
    days: Any = None
    from_: Any = Field(default=None, alias="from")
    to: Any = None

    @property
    def states_days(self) -> bool:
        return not (self.days is None and self.from_ is None and self.to is None)


class _Arrivals(_Hours):
    peak_factor: float | None = Field(default=None, ge=1, le=MAX_PEAK_FACTOR, allow_inf_nan=False)
    file: str | None = Field(default=None, min_length=1, max_length=1000)
    season: Any = None


class _Growth(BaseModel):
    model_config = ConfigDict(extra="forbid")

    per_year: float = Field(ge=-0.9, le=10, allow_inf_nan=False)
    years: int = Field(default=1, ge=1, le=5)


class _Class(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="documents", min_length=1, max_length=200)
    documents_per_year: float | None = Field(default=None, gt=0, le=1e12, allow_inf_nan=False)
    requests_per_s: float | None = Field(default=None, gt=0, le=1e6, allow_inf_nan=False)
    users: Users | None = None
    input_tokens: Any = None
    output_tokens: Any = None
    model: str | None = Field(default=None, min_length=1, max_length=500)
    quantization: Quantization | None = None
    targets: Targets = Targets()


def flat_fields(values: Mapping[str, Any], folder: Path | None, known: tuple[str, ...]) -> Fields:
    """The fields of ``Scenario`` for the values of a file of version 2.

    ``folder`` is where the files are that it names, None if it may name none; ``known`` are the
    fields of ``Scenario``, which may stand beside the groups. Raises InputError, whose ``field``
    is the place in the file (``classes.0.input_tokens``).
    """
    fields: Fields = {}
    for key, value in values.items():
        if key in ("schema_version", *_GROUPS):
            continue
        if key not in stand_alone(known):
            raise InputError(_unknown(key, known), field=key)
        fields[key] = value
    arrivals = _arrivals(values.get("arrivals"), folder)
    if "hour_profile" in fields and "hour_profile" in arrivals:
        raise InputError(
            "hour_profile was given beside arrivals.file, which states it; keep one of them",
            field="hour_profile",
        )
    fields |= arrivals | _processing(values.get("processing"))
    fields |= _growth(values.get("growth"))
    fields |= _group(values, "limits", _LIMITS) | _group(values, "hardware", _HARDWARE)
    fields |= stated_costs(values.get("costs"))
    return fields | _classes(values, fields, folder)


def stand_alone(known: tuple[str, ...]) -> tuple[str, ...]:
    """The fields of ``Scenario`` that may stand beside the groups: those that are in none."""
    grouped = {*_NOT_FLAT, *TARGET_FIELDS.values(), *_LIMITS, *_HARDWARE, *_GROUP_OF}
    return tuple(name for name in known if name not in grouped)


def _unknown(key: str, known: tuple[str, ...]) -> str:
    if key in known:
        where = "a class" if key not in (*_LIMITS, *_HARDWARE) else "limits or hardware"
        where = _GROUP_OF.get(key, where)
        return f"{key} does not stand alone in a file of version 2; put it under {where}"
    return (
        f"{quoted(key)[1:-1]} is not a field; a file of version 2 has name, model, quantization, "
        f"{', '.join(_GROUPS)}"
    )


def _arrivals(value: Any, folder: Path | None) -> Fields:
    if value is None:
        return {}
    found = checked(_Arrivals, value, "arrivals")
    season: Fields = {} if found.season is None else {"season": found.season}
    if found.file is not None:
        others = sorted(found.model_fields_set - {"file", "season"})
        if others:
            raise InputError(
                f"arrivals: {others[0].removesuffix('_')} was given beside file, which states it; "
                "keep one of them",
                field=f"arrivals.{others[0].removesuffix('_')}",
            )
        return _observed(found.file, folder) | season
    fields: Fields = {} if found.peak_factor is None else {"peak_factor": found.peak_factor}
    hours, daily = _hours(found, "arrivals")
    fields |= season | ({} if hours is None else {"hours_per_week": hours})
    return fields if daily is None else fields | {"arrival_hours": daily}


def _observed(file: str, folder: Path | None) -> Fields:
    try:
        return asdict(observed_arrivals(named_file(folder, file, "arrivals.file")))
    except InputError as error:
        raise InputError(f"arrivals.file: {error}", field="arrivals.file") from None


def _processing(value: Any) -> Fields:
    if value is None:
        return {}
    hours, daily = _hours(checked(_Hours, value, "processing"), "processing")
    fields = {} if hours is None else {"processing_hours_per_week": hours}
    return fields if daily is None else fields | {"processing_hours": daily}


def _hours(found: _Hours, place: str) -> tuple[float | None, DailyHours | None]:
    if not found.states_days:
        return found.hours_per_week, None
    if found.hours_per_week is not None:
        raise InputError(
            f"{place}: hours_per_week and days with from and to are two ways to say the same; "
            "keep one",
            field=f"{place}.hours_per_week",
        )
    stated = {"days": found.days, "from": found.from_, "to": found.to}
    stated = {key: value for key, value in stated.items() if value is not None}
    daily = checked(DailyHours, stated, place)
    return daily.hours_per_week, daily


def _growth(value: Any) -> Fields:
    if value is None:
        return {}
    found = checked(_Growth, value, "growth")
    return {"growth_per_year": found.per_year, "years": found.years}


def _group(values: Mapping[str, Any], group: str, allowed: tuple[str, ...]) -> Fields:
    stated = values.get(group)
    if stated is None:
        return {}
    if not isinstance(stated, Mapping):
        raise InputError(
            f"{group}: {given(stated)} was given; it must be a mapping with {', '.join(allowed)}",
            field=group,
        )
    for key in stated:
        if key not in allowed:
            raise InputError(
                f"{group}.{quoted(str(key))[1:-1]} is not a field that can be planned; "
                f"{group} has {', '.join(allowed)}",
                field=f"{group}.{key}",
            )
    return dict(stated)


def _classes(values: Mapping[str, Any], fields: Fields, folder: Path | None) -> Fields:
    stated = values.get("classes")
    if stated is None:
        return {}
    if not isinstance(stated, (list, tuple)) or not 1 <= len(stated) <= MOST_CLASSES:
        raise InputError(
            f"classes: {given(stated)} was given; it must be a list of 1 to {MOST_CLASSES} "
            "classes, each with documents_per_year, input_tokens and output_tokens",
            field="classes",
        )
    found = [
        _class(value, f"classes.{n}", fields, folder, alone=len(stated) == 1)
        for n, value in enumerate(stated)
    ]
    shared = _shared_model(values, found)
    if shared:
        found = [{key: one[key] for key in one if key not in _OF_MODEL} for one in found]
    if len(found) == 1:
        one = dict(found[0])
        targets = one.pop("targets")
        one["class_name"] = one.pop("name")
        return one | shared | {TARGET_FIELDS[name]: value for name, value in targets.items()}
    names = [one["name"] for one in found]
    for n, name in enumerate(names):
        if name in names[:n]:
            raise InputError(
                f"classes.{n}.name: {quoted(name)} is given twice; give each class its own name",
                field=f"classes.{n}.name",
            )
    total = sum(one["documents_per_year"] for one in found)
    means = {
        key: max(1, round(sum(one["documents_per_year"] * one[key] for one in found) / total))
        for key in ("input_tokens", "output_tokens")
    }
    return {"documents_per_year": total, "classes": found} | means | shared


_OF_MODEL = ("model", "quantization")


def _shared_model(values: Mapping[str, Any], classes: list[Fields]) -> Fields:
    """The model and the quantization of all classes; empty if they differ, or none is stated."""
    used = [{key: one.get(key, values.get(key)) for key in _OF_MODEL} for one in classes]
    alike = all(one == used[0] for one in used)
    return {key: value for key, value in used[0].items() if alike and value is not None}


def _class(value: Any, place: str, fields: Fields, folder: Path | None, alone: bool) -> Fields:
    found = checked(_Class, value, place)
    if not alone and "name" not in found.model_fields_set:
        raise InputError(f"{place}.name is missing; name each class", field=f"{place}.name")
    one: Fields = {"name": found.name, "documents_per_year": _volume(found, fields, place)}
    for key in ("input_tokens", "output_tokens"):
        at, stated = f"{place}.{key}", getattr(found, key)
        if stated is None:
            raise InputError(f"{at} is missing; it is the length of a document", field=at)
        mean, spread = stated_lengths(stated, at, folder)
        one[key] = max(1, round(mean)) if alone else mean
        if spread is not None:
            one[key.replace("_tokens", "_spread")] = spread.model_dump(exclude_defaults=True)
    one |= found.model_dump(include={"model", "quantization"}, exclude_none=True)
    one["targets"] = found.targets.model_dump(exclude_none=True)
    return one


def _volume(found: _Class, fields: Fields, place: str) -> float:
    stated = {
        "documents_per_year": found.documents_per_year,
        "requests_per_s": found.requests_per_s,
        "users": found.users,
    }
    given_ones = [name for name, value in stated.items() if value is not None]
    if len(given_ones) != 1:
        what = " and ".join(given_ones) or "no volume"
        raise InputError(
            f"{place}: {what} was given; state one of {', '.join(stated)}",
            field=f"{place}.{given_ones[-1]}" if given_ones else place,
        )
    if found.documents_per_year is not None:
        return found.documents_per_year
    observed = hours_with_arrivals(fields.get("hour_profile")) or HOURS_PER_WEEK
    weekly: float = fields.get("hours_per_week", observed)
    hours = HOURS_PER_YEAR * weekly / HOURS_PER_WEEK
    if found.requests_per_s is not None:
        return found.requests_per_s * 3600.0 * hours
    assert found.users is not None
    return found.users.count * found.users.requests_per_hour * hours


STATED: dict[str, type[BaseModel]] = {
    "class": _Class,
    "arrivals": _Arrivals,
    "processing": _Hours,
    "growth": _Growth,
    "cost": CostItem,
}
"""The models of what a file states, for its schema."""

GROUPED: dict[str, tuple[str, ...]] = {"limits": _LIMITS, "hardware": _HARDWARE}
"""The fields of ``Scenario`` that a group holds under their own names."""
