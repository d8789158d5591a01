"""One line for a value that pydantic refuses: what was given, what is allowed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from planner.catalog.names import nearest, quoted


def refusal(error: ValidationError, spelled: Mapping[str, str], known: tuple[str, ...]) -> str:
    """The first thing that ``error`` refuses, without a full stop.

    ``spelled`` is how the user wrote a field (``--budget``) if not by its own
    name; ``known`` are the names of all fields.
    """
    first = error.errors(include_url=False, include_context=False)[0]
    field = _spelled(first["loc"], spelled)
    if first["type"] == "extra_forbidden":
        return f"{field} is not a field; {_meant(str(first['loc'][-1]), known)}"
    if first["type"] == "missing":
        return f"{field} is missing"
    return f"{field}: {given(first['input'])} was given; {requirement(first['msg'])}"


def given(value: Any) -> str:
    """The value that a user gave, short and on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple, set, dict)):
        return {list: "a list", dict: "a mapping"}.get(type(value), "several values")
    if value is None:
        return "nothing"
    return str(value)[:80]


def requirement(message: str) -> str:
    """What is allowed, from pydantic's own sentence.

    >>> requirement("Input should be greater than 0")
    'it must be greater than 0'
    """
    text = message.removeprefix("Value error, ").rstrip(".")
    text = text.partition(", unable to parse")[0]
    text = re.sub(r"^'.*' is not one of ", "it must be one of ", text, flags=re.DOTALL)
    text = text.replace("a valid tuple", "a list")
    return re.sub(r"^[A-Z][a-z]+ should ", "it must ", text)


def _spelled(location: tuple[int | str, ...], spelled: Mapping[str, str]) -> str:
    first, *rest = location or ("the scenario",)
    parts = [spelled.get(str(first), str(first)), *(str(part) for part in rest)]
    # A position within an option's values says nothing to who typed it.
    if str(first) in spelled:
        return parts[0]
    return quoted(".".join(parts))[1:-1]


def _meant(name: str, known: tuple[str, ...]) -> str:
    near = nearest(name, known, 1)
    if near:
        return f"did you mean {near[0]}?"
    return f"the fields are {', '.join(known)}"
