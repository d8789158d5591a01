"""Scenarios from a YAML file whose keys are the fields of ``Scenario``, and from options."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from planner.catalog.names import quoted
from planner.errors import InputError
from planner.files import read_at_most
from planner.fleet.pydantic_refusal import refusal
from planner.fleet.scenario import Scenario
from planner.records.measurement_csv import decode_text

_FORM = "write one 'field: value' per line"
MAX_FILE_BYTES = 100_000
FIELDS = tuple(Scenario.model_fields)
AS_ON_THE_COMMAND_LINE = {
    "budget": "budget_usd_per_year",
    "latency_p95": "latency_p95_s",
    "gpu": "gpus",
    "marketplace": "include_marketplace",
}
"""The names of command-line options, which a file may use too."""
_YES_OR_NO = tuple(n for n, field in Scenario.model_fields.items() if field.annotation is bool)


def scenario_from(
    values: Mapping[str, Any],
    spelled: Mapping[str, str] | None = None,
    advice: str = "correct it and try again",
) -> Scenario:
    """A scenario of these fields; InputError with the field for the first that cannot be used.

    ``spelled`` is how the user wrote a field (``--budget``), ``advice`` ends the message.
    """
    try:
        _refuse_yes_for_a_number(values)
        return Scenario.model_validate(dict(values))
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        message = refusal(error, spelled or {}, FIELDS)
        raise InputError(f"{message}; {advice}", field=field) from None


def read_scenario_file(path: Path) -> Scenario:
    """The scenario in a YAML file; fields that it leaves out keep their defaults.

    Raises InputError with file and field. The file is data: no tags, no
    aliases, at most 100 kB.
    """
    values = _under_field_names(_mapping(_text(path), str(path)), str(path))
    try:
        return scenario_from(values, advice="correct the file and try again")
    except InputError as error:
        raise InputError(f"{path}: {error}", field=error.field) from None


def scenario_file_text(scenario: Scenario) -> str:
    """The scenario as the text of such a file, without the fields at their defaults."""
    fields = scenario.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False) if fields else ""


def _under_field_names(values: dict[str, Any], name: str) -> dict[str, Any]:
    """The values under the fields' own names; ``gpu`` may name one GPU without a list."""
    for option, field in AS_ON_THE_COMMAND_LINE.items():
        if option in values and field in values:
            raise InputError(f"{name}: {option} and {field} are the same; keep one of them.")
    if isinstance(values.get("gpu"), str):
        values = values | {"gpu": [values["gpu"]]}
    return {AS_ON_THE_COMMAND_LINE.get(key, key): value for key, value in values.items()}


def _text(path: Path) -> str:
    try:
        content = read_at_most(path, MAX_FILE_BYTES)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); give a scenario as a YAML file."
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise InputError(
            f"{path} is larger than {MAX_FILE_BYTES // 1000} kB; a scenario is a short YAML file."
        )
    return decode_text(content, str(path))


def _mapping(text: str, name: str) -> dict[str, Any]:
    try:
        values = yaml.load(text, Loader=_PlainLoader)  # a SafeLoader that takes less
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(
            f"{name}{line}: not readable as YAML ({error.problem}); {_FORM}."
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: not readable as YAML ({quoted(str(error))}); {_FORM}.") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise InputError(f"{name} is not a scenario; {_FORM}, with the fields {', '.join(FIELDS)}.")
    return values


class _PlainLoader(yaml.SafeLoader):
    """YAML without tags, aliases (which can make a short file huge) and repeated keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has few types
        if isinstance(event, yaml.AliasEvent) or event.tag is not None:
            raise yaml.MarkedYAMLError(
                problem="aliases and tags are not allowed", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{quoted(key.value)} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _refuse_yes_for_a_number(values: Mapping[str, Any]) -> None:
    """Refuse YAML's ``yes`` in place of a number; it would pass as 1."""
    for field, value in values.items():
        if isinstance(value, bool) and field in FIELDS and field not in _YES_OR_NO:
            word = "yes" if value else "no"
            raise InputError(
                f"{field}: {word} was given; put a number or a text there.", field=field
            )
