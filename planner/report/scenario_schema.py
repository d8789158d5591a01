"""The JSON Schema of scenario files of version 2, from the models that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from planner.entered.cost_item import STANDARD, STANDARD_COSTS
from planner.entered.scenario_v2 import GROUPED, MOST_CLASSES, STATED, stand_alone
from planner.entered.stated_lengths import LENGTH_FIELDS
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import FIELDS
from planner.wording.scenario_field_sentences import FIELD_SENTENCES
from planner.workload.length_spread import MOST_QUANTILES
from planner.workload.weekly_hours import DailyHours

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_VOLUMES = ("documents_per_year", "requests_per_s", "users")
_TIME = r"^([01]?[0-9]|2[0-4]):[0-5][0-9]$"


def scenario_schema() -> Json:
    """The schema (draft 2020-12); every field has its meaning, limits and default."""
    whole = Scenario.model_json_schema(by_alias=True)
    stated = whole["properties"]
    properties: Json = {"schema_version": {"const": 2}}
    properties |= {name: stated[name] for name in stand_alone(FIELDS)}
    properties |= {
        "classes": _classes(),
        "arrivals": _arrivals(stated["season"]),
        "processing": _object(STATED["processing"]) | _one_way_to_state_hours(),
        "growth": _object(STATED["growth"]),
        "costs": _costs(),
    }
    for group, names in GROUPED.items():
        properties[group] = _closed({name: stated[name] for name in names})
    models = whole.get("$defs", {})
    properties = {name: _inlined(field, models) for name, field in properties.items()}
    schema = {
        "$schema": DRAFT,
        "title": "Scenario of planner, version 2",
        "description": "What documents are to be processed, within which limits, on what.",
        **_closed(properties),
        "$defs": {"lengths": _lengths(), "cost": _cost()},
    }
    return _described(_without_titles(schema))


def _arrivals(season: Json) -> Json:
    found = _object(STATED["arrivals"])
    found["properties"]["season"] = season | {"minItems": 12, "maxItems": 12}
    return found | _one_way_to_state_hours()


def _classes() -> Json:
    one = _object(STATED["class"])
    one["properties"] |= {key: {"$ref": "#/$defs/lengths"} for key in _LENGTHS}
    one["required"] = list(_LENGTHS)
    one["oneOf"] = [{"required": [volume]} for volume in _VOLUMES]
    return {
        "type": "array",
        "items": one,
        "minItems": 1,
        "maxItems": MOST_CLASSES,
        "if": {"minItems": 2},
        "then": {"items": {"required": ["name"]}},
    }


def _costs() -> Json:
    """Items by name; standard ones may also be switched on or off."""
    item: Json = {"$ref": "#/$defs/cost"}
    names = {"type": "array", "items": {"enum": [STANDARD, *STANDARD_COSTS]}}
    properties: Json = {STANDARD: {"anyOf": [{"type": "boolean"}, names]}}
    properties |= {name: {"anyOf": [{"type": "boolean"}, item]} for name in STANDARD_COSTS}
    return {"type": "object", "properties": properties, "additionalProperties": item}


def _cost() -> Json:
    """An item in either form; its name is the key."""
    fields = _object(STATED["cost"])["properties"]
    del fields["name"]
    amount = fields["amount"]
    item = _closed(fields) | {"required": ["amount"]}
    short = _closed({"usd_per_year": amount}) | {"required": ["usd_per_year"]}
    return {"description": "One cost.", "anyOf": [item, short]}


_LENGTHS = ("input_tokens", "output_tokens")


def _lengths() -> Json:
    """A length in each form that it may have."""
    form = LENGTH_FIELDS.model_json_schema()["properties"]
    tokens = _not_null(form["mean"])
    quantiles = {
        "type": "object",
        "propertyNames": {"pattern": r"^0?\.[0-9]+$"},
        "additionalProperties": tokens,
        "minProperties": 2,
        "maxProperties": MOST_QUANTILES,
    }
    described = {
        "mean": tokens | {"description": "Mean number of tokens."},
        "p95": tokens | {"description": "Tokens that 95 % of the documents do not exceed."},
        "fixed": tokens | {"description": "Tokens of every document."},
        "quantiles": quantiles | {"description": "Tokens that a share does not exceed."},
        "longest": tokens
        | {"description": "No document is longer than the last quantile, these tokens."},
        "sample": _not_null(form["sample"])
        | {"description": "CSV or JSON Lines file with token counts, beside this file."},
        "column": _not_null(form["column"])
        | {"description": "Column of the token counts; left out: the field's name."},
    }

    def having(*names: str, needed: int = 1) -> Json:
        return _closed({name: described[name] for name in names}) | {
            "required": list(names[:needed])
        }

    return {
        "description": "Number of tokens: the mean alone, with the default spread around it, or "
        "a distribution.",
        "oneOf": [
            tokens,
            having("mean", "p95"),
            having("fixed"),
            having("quantiles"),
            having("mean", "quantiles", "longest", needed=2),
            having("sample", "column"),
        ],
    }


def _one_way_to_state_hours() -> Json:
    """Hours a week, or days and times of day, but not both."""
    by_day = [{"required": [name]} for name in ("days", "from", "to")]
    return {"not": {"allOf": [{"required": ["hours_per_week"]}, {"anyOf": by_day}]}}


def _object(model: type[BaseModel]) -> Json:
    """The schema of a model, its own models written where they are used."""
    found = model.model_json_schema(by_alias=True)
    inner = found.pop("$defs", {})
    properties = {name: _inlined(value, inner) for name, value in found["properties"].items()}
    hours = DailyHours.model_json_schema(by_alias=True)["properties"]
    for name in ("days", "from", "to"):
        if name in properties:
            properties[name] = {key: v for key, v in hours[name].items() if key != "default"}
            properties[name] |= {} if name == "days" else {"pattern": _TIME}
    required = found.get("required")
    return _closed(properties) | ({} if required is None else {"required": required})


def _inlined(value: Any, models: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if "$ref" in value:
            name = value["$ref"].rpartition("/")[2]
            if name not in models:
                return dict(value)
            named = models[name]
            rest = {key: inner for key, inner in value.items() if key != "$ref"}
            return _inlined(named, models) | rest
        return {key: _inlined(inner, models) for key, inner in value.items()}
    return [_inlined(inner, models) for inner in value] if isinstance(value, list) else value


def _closed(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _not_null(schema: Json) -> Json:
    """The alternative of a field that is not null."""
    return next(one for one in schema["anyOf"] if one != {"type": "null"})


def _without_titles(value: Any) -> Any:
    """The schema without the titles that pydantic makes of field names."""
    if isinstance(value, Mapping):
        return {
            key: _without_titles(inner)
            for key, inner in value.items()
            if key != "title" or "$schema" in value
        }
    return [_without_titles(inner) for inner in value] if isinstance(value, list) else value


def fields_of(schema: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    """Each field with its place, ``classes.users.count``; ``*`` is a name of the user's."""
    for name, field in schema.get("properties", {}).items():
        yield f"{place}{name}", field
        yield from _fields_within(field, f"{place}{name}.")


def _fields_within(field: Json, place: str) -> Iterator[tuple[str, Json]]:
    yield from fields_of(field, place)
    for alternative in field.get("anyOf", ()):
        yield from fields_of(alternative, place)
    if "items" in field:
        yield from fields_of(field["items"], place)
    if isinstance(named := field.get("additionalProperties"), dict) and "properties" in named:
        yield f"{place}*", named
        yield from fields_of(named, f"{place}*.")


def _described(schema: Json) -> Json:
    """The schema with the sentence of each field."""
    costs = _fields_within(schema["$defs"]["cost"], "costs.*.")
    for place, field in (*fields_of(schema), *costs):
        if place in FIELD_SENTENCES:
            field["description"] = FIELD_SENTENCES[place]
    return schema
