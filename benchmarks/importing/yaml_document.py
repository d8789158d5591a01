"""Reads the YAML that GuideLLM writes as the same object as its JSON."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from benchmarks.importing.json_document import Document
from planner.catalog.names import quoted
from planner.errors import InputError

MOST_DEPTH = 100
MAX_CHARACTERS = 10_000_000
"""Reading 1 MB takes half a second or more; the JSON of the same run is read much faster."""

_KEY = re.compile(r"[\w.-]+:(?:\s|$)")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_SPECIAL = {".nan": math.nan, ".inf": math.inf, "-.inf": -math.inf}
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,4})?", re.ASCII)


def is_yaml(text: str) -> bool:
    """True if the first line with content is ``key:``, as no CSV header is."""
    for line in io.StringIO(text):
        if line.strip() and not line.startswith(("#", "---")):
            return _KEY.match(line) is not None
    return False


def yaml_document(text: str, name: str) -> Document:
    """The object of a YAML file with JSON's values: dates, for example, stay texts.

    Raises InputError with the line for what is not YAML, and for aliases, tags, repeated keys and
    deep nesting, which no report has and which can make a short file huge.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"{name} is YAML of more than {MAX_CHARACTERS // 10**6} MB; give the JSON of this run."
        )
    try:
        events = yaml.parse(text, Loader=yaml.CSafeLoader)
        value = _value(_content(events), events, 0)
        following = next(events)
        if not isinstance(following, yaml.DocumentEndEvent) or isinstance(
            next(events), yaml.DocumentStartEvent
        ):
            raise _problem("it holds several documents", following)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = " ".join(str(error.problem).split())
        raise InputError(
            f"{name}{line}: not readable as YAML ({problem}); give the file as GuideLLM wrote it."
        ) from None
    except yaml.YAMLError as error:
        raise InputError(f"{name}: not readable as YAML ({quoted(str(error))}).") from None
    if not isinstance(value, dict):
        raise InputError(f"{name}: holds {quoted(str(value))} instead of a benchmark's object.")
    return Document(value, name)


def _content(events: Iterator[yaml.Event]) -> yaml.Event:
    """The first event that is not the start of the stream or of a document."""
    starts = (yaml.StreamStartEvent, yaml.DocumentStartEvent)
    return next(event for event in events if not isinstance(event, starts))


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Any:
    """The value that begins with ``event``."""
    if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) is not None:
        raise _problem("aliases and tags are not allowed", event)
    if depth > MOST_DEPTH:
        raise _problem(f"more than {MOST_DEPTH} levels", event)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if isinstance(event, yaml.SequenceStartEvent):
        listed = []
        while not isinstance(entry := next(events), yaml.SequenceEndEvent):
            listed.append(_value(entry, events, depth + 1))
        return listed
    values: dict[str, Any] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent):
            raise _problem("a key is not a text", key)
        if key.value in values:
            raise _problem(f"{quoted(key.value)} is given twice", key)
        values[key.value] = _value(next(events), events, depth + 1)
    return values


def _scalar(event: yaml.ScalarEvent) -> Any:
    text = event.value
    if not event.implicit[0]:  # it is quoted
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text.lower() in _SPECIAL:
        return _SPECIAL[text.lower()]
    if (number := _NUMBER.fullmatch(text)) is None:
        return text
    if number[1] is None and number[2] is None and len(text) < 20:
        return int(text)
    return float(text)


def _problem(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    mark: Any = event.start_mark  # the C parser has marks of its own
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
