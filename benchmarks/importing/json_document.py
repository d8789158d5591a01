"""Reads figures from the JSON of other tools, and names the field in every refusal."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from planner.catalog.names import quoted
from planner.errors import InputError

# Far above any count or time a benchmark can hold, far below where arithmetic overflows.
MAX_FIGURE = 1e15
MOST_RESULTS = 10_000
"""Results of one file; more would take minutes."""
_BLANKS = re.compile(r"\s*")
_TOO_MUCH = "a number too long, or nested too deeply"


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object, and its name in messages (a file, or a part of one).

    ``notes`` say what the file cannot state, for the measurement's notes.
    """

    values: dict[str, Any]
    name: str
    notes: tuple[str, ...] = ()

    def at(self, path: str) -> Any:
        """The value at a dotted path; None if there is none."""
        value: Any = self.values
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def figure(self, path: str) -> float:
        """A number from 0 to ``MAX_FIGURE``. Raises InputError if there is none."""
        value = self.at(path)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refusal(f"{path} is {_brief(value)}, not a number")
        if not 0 <= value <= MAX_FIGURE:
            raise self.refusal(f"{path} is {_brief(value)}, not between 0 and {MAX_FIGURE:g}")
        return float(value)

    def count(self, path: str) -> int:
        """A whole number, 0 or more. Raises InputError if there is none."""
        value = self.figure(path)
        if not value.is_integer():
            raise self.refusal(f"{path} is {_brief(value)}, not a whole number")
        return int(value)

    def positive(self, path: str) -> float | None:
        """A number over 0; None if it is absent, NaN or 0, which both tools write for "none"."""
        value = self.at(path)
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        return self.figure(path) or None

    def text(self, path: str) -> str | None:
        """A text; None if it is absent or blank. Raises InputError for anything else."""
        value = self.at(path)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self.refusal(f"{path} is {_brief(value)}, not a text")
        return value

    def refusal(self, reason: str) -> InputError:
        """The error that refuses this document."""
        return InputError(f"{self.name} is refused: {reason}.")


def json_documents(text: str, name: str) -> Iterator[Document]:
    """The JSON objects of a file: one, several one after another, or an array of them.

    ``--append-result`` writes them one after another, ``vllm bench sweep`` writes an array.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_without_repeats)
    position, number = 0, 0
    while (start := _end_of_blanks(text, position)) < len(text):
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", start)) + 1
            reason = getattr(error, "msg", None) or _TOO_MUCH
            if isinstance(error, _RepeatedKeyError):
                reason = str(error)
            raise InputError(f"{name}, line {line}: not readable as JSON ({reason}).") from error
        for element in value if isinstance(value, list) and value else [value]:
            number += 1
            if number > MOST_RESULTS:
                raise InputError(f"{name} holds more than {MOST_RESULTS:,} results; split it.")
            if not isinstance(element, dict):
                raise InputError(
                    f"{name}: holds {_brief(element)} instead of a benchmark's object."
                )
            yield Document(element, name if number == 1 else f"{name}, result {number}")


def _end_of_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


class _RepeatedKeyError(ValueError):
    """One key has two values, and nothing says which one is meant."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _RepeatedKeyError(f"the key {quoted(key)} is there twice in one object")
            seen.add(key)
    return values


def _brief(value: Any) -> str:
    return "absent" if value is None else quoted(json.dumps(value, default=str))
