"""Reads the YAML that GuideLLM writes as the same object as its JSON."""

from __future__ import annotations

import io
import re
from collections.abc import Hashable
from typing import Any

import yaml

from benchmarks.importing.json_document import Document
from planner.catalog.names import quoted
from planner.errors import InputError

MOST_DEPTH = 100
_KEY = re.compile(r"[\w.-]+:(?:\s|$)")


def is_yaml(text: str) -> bool:
    """True if the first line with content is ``key:``, as no CSV header is."""
    for line in io.StringIO(text):
        if line.strip() and not line.startswith(("#", "---")):
            return _KEY.match(line) is not None
    return False


def yaml_document(text: str, name: str) -> Document:
    """The object of a YAML file.

    Raises InputError with the line for what is not YAML, and for aliases, tags, repeated keys and
    deep nesting, which no report has and which can make a short file huge.
    """
    try:
        _check_events(text)
        value = yaml.load(text, Loader=_Loader)  # a SafeLoader that takes less
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = " ".join(str(error.problem).split())
        raise InputError(
            f"{name}{line}: not readable as YAML ({problem}); give the file as GuideLLM wrote it."
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{name}: not readable as YAML ({quoted(str(error))}).") from None
    if not isinstance(value, dict):
        raise InputError(f"{name}: holds {quoted(str(value))} instead of a benchmark's object.")
    return Document(value, name)


def _check_events(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        tagged = isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None
        if isinstance(event, yaml.AliasEvent) or tagged or depth > MOST_DEPTH:
            raise yaml.MarkedYAMLError(
                problem=f"aliases, tags and more than {MOST_DEPTH} levels are not allowed",
                problem_mark=event.start_mark,  # type: ignore[arg-type]  # two kinds of marks
            )


class _Loader(yaml.CSafeLoader):
    """YAML without repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{quoted(key.value)} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)
