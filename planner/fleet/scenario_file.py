"""Scenarios from a YAML file of version 1 or 2, and from options.

The keys of a file of version 1 are the fields of ``Scenario``; for version 2 see
``scenario_v2.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from planner.catalog.names import quoted
from planner.entered.pydantic_refusal import given, refusal
from planner.entered.scenario_v2 import ONLY_IN_VERSION_2, flat_fields
from planner.entered.stated_groups import grouped_fields
from planner.entered.stated_lengths import stated_lengths
from planner.errors import InputError
from planner.files import decode_text, read_at_most
from planner.fleet.scenario import Scenario

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
        field = ".".join(str(part) for part in error.errors()[0]["loc"][:1])
        message = refusal(error, spelled or {}, FIELDS)
        raise InputError(f"{message}; {advice}", field=field) from None


def read_scenario_file(path: Path) -> Scenario:
    """The scenario in a YAML file; fields that it leaves out keep their defaults.

    Raises InputError with file and field. The file is data: no tags, no
    aliases, at most 100 kB.
    """
    return scenario_of_text(_text(path), str(path), path.parent)


def states_scenario(path: Path | None, scenario: Scenario) -> bool:
    """True if there is a file and it states exactly this scenario."""
    return path is not None and read_scenario_file(path) == scenario


def scenario_of_text(text: str, called: str, folder: Path | None = None) -> Scenario:
    """The scenario in the text of a file that is ``called`` so.

    ``folder`` is where the files are that it names; None: it may name none. Raises InputError.
    """
    if len(text.encode()) > MAX_FILE_BYTES:
        raise InputError(
            f"{called} is larger than {MAX_FILE_BYTES // 1000} kB; a scenario is a short YAML file."
        )
    values = _mapping(text, called)
    try:
        return scenario_from(_fields(values, folder), advice="correct the file and try again")
    except InputError as error:
        line = line_of(text, error.field)
        place = called if line is None else f"{called}, line {line}"
        raise InputError(f"{place}: {error}", field=error.field) from None


@contextmanager
def naming_the_line(path: Path | None, overridden: Collection[str] = ()) -> Iterator[None]:
    """Errors about a value that stands in the file say file and line.

    A name that is no GPU's, for example, is refused only when the scenario is planned. Fields
    that were ``overridden`` by an option are not the file's.
    """
    try:
        yield
    except InputError as error:
        field = AS_ON_THE_COMMAND_LINE.get(error.field or "", error.field)
        if path is None or field in overridden:
            raise
        line = line_of(_text(path), field)
        if line is None:
            raise
        raise InputError(f"{path}, line {line}: {error}", field=error.field) from None


def _fields(values: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    is_grouped = not ONLY_IN_VERSION_2.isdisjoint(values)
    version = values.get("schema_version", 2 if is_grouped else 1)
    if version == 2:
        return flat_fields(values, folder, FIELDS)
    if version != 1:
        raise InputError(
            f"schema_version: {given(version)} was given; it must be 1 or 2",
            field="schema_version",
        )
    flat = {key: value for key, value in values.items() if key != "schema_version"}
    return with_stated_lengths(_under_field_names(flat), folder)


def with_stated_lengths(fields: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """The fields with lengths that are stated as distributions as their mean and spread."""
    for key, spread_key in (("input_tokens", "input_spread"), ("output_tokens", "output_spread")):
        if isinstance(fields.get(key), dict):
            mean, spread = stated_lengths(fields[key], key, folder)
            fields = fields | {key: max(1, round(mean))}
            fields |= {} if spread is None else {spread_key: spread.model_dump()}
    return fields


def scenario_file_text(scenario: Scenario) -> str:
    """The text of a file that states exactly this scenario, without fields at their defaults.

    It is of version 2, or of version 1 if version 2 cannot state it: two costs of one name, for
    example, or classes whose total is not the scenario's.
    """
    stated = scenario.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    whole = scenario.model_dump(mode="json", by_alias=True)
    text = _as_yaml(grouped_fields(stated, whole))
    try:
        is_same = scenario_of_text(text, "") == scenario
    except InputError:
        is_same = False
    return text if is_same else _as_yaml({"schema_version": 1} | stated)


def _as_yaml(values: Mapping[str, Any]) -> str:
    text = yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False)
    # Unless it is escaped, the character "next line" is read as a line break with spaces.
    return yaml.safe_dump(dict(values), sort_keys=False) if "\x85" in text else text


def _under_field_names(values: dict[str, Any]) -> dict[str, Any]:
    """The values under the fields' own names; ``gpu`` may name one GPU without a list."""
    for option, field in AS_ON_THE_COMMAND_LINE.items():
        if option in values and field in values:
            raise InputError(f"{option} and {field} are the same; keep one of them", field=field)
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


def line_of(text: str, field: str | None) -> int | None:
    """The line of a field such as ``classes.0.input_tokens``, or of the nearest one around it.

    A field of version 2 that stands in a group is found by its name.
    """
    if not field:
        return None
    node = yaml.compose(text, Loader=_PlainLoader)
    found: int | None = None
    for part in field.split("."):
        inner = _entry(node, part)
        if inner is None:
            break
        node, found = inner[1], inner[0].start_mark.line + 1
    return _line_within(node, field.split(".")[0]) if found is None else found


def _line_within(node: yaml.Node | None, key: str) -> int | None:
    """The line of the first entry of this name, however deep."""
    entry = _entry(node, key) if isinstance(node, yaml.MappingNode) else None
    if entry is not None:
        return entry[0].start_mark.line + 1
    inner = [pair[1] for pair in node.value] if isinstance(node, yaml.MappingNode) else []
    inner = list(node.value) if isinstance(node, yaml.SequenceNode) else inner
    return next((line for one in inner if (line := _line_within(one, key)) is not None), None)


def _entry(node: yaml.Node | None, part: str) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value of an entry of a mapping, or an item of a list."""
    if isinstance(node, yaml.MappingNode):
        names = {part, *(opt for opt, field in AS_ON_THE_COMMAND_LINE.items() if field == part)}
        return next((pair for pair in node.value if pair[0].value in names), None)
    if isinstance(node, yaml.SequenceNode) and part.isdecimal() and int(part) < len(node.value):
        return node.value[int(part)], node.value[int(part)]
    return None


_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")


class _PlainLoader(yaml.SafeLoader):
    """YAML without tags, aliases (which can make a short file huge) and repeated keys.

    What YAML 1.1 reads as a number in base 60, 16, 8 or 2 (``18:00``, ``0x10``, ``010``) is a text.
    """

    def whole_number(self, node: yaml.ScalarNode) -> int | str:
        """The number of decimal digits, or the text of anything else."""
        plain = _DECIMAL.fullmatch(node.value) is not None
        return self.construct_yaml_int(node) if plain else node.value

    def decimal_number(self, node: yaml.ScalarNode) -> float | str:
        """The number, or the text of one in base 60."""
        return node.value if ":" in node.value else self.construct_yaml_float(node)

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


_PlainLoader.add_constructor("tag:yaml.org,2002:int", _PlainLoader.whole_number)
_PlainLoader.add_constructor("tag:yaml.org,2002:float", _PlainLoader.decimal_number)


def _refuse_yes_for_a_number(values: Mapping[str, Any]) -> None:
    """Refuse YAML's ``yes`` in place of a number; it would pass as 1."""
    for field, value in values.items():
        if isinstance(value, bool) and field in FIELDS and field not in _YES_OR_NO:
            word = "yes" if value else "no"
            raise InputError(
                f"{field}: {word} was given; put a number or a text there.", field=field
            )
