"""One line for a value that pydantic refuses: what was given, what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from planner.catalog.names import nearest, quoted


def refusal(error: ValidationError, spelled: Mapping[str, str], known: tuple[str, ...]) -> str:
    """The first thing that ``error`` refuses, without a full stop.

    ``spelled`` is how the user wrote a field (``--budget``) if not by its own
    name; ``known`` are the names of all fields.
    """
    first = error.errors(include_url=False)[0]
    field = _spelled(first["loc"], spelled)
    if first["type"] == "extra_forbidden":
        return f"{field} is not a field; {_meant(str(first['loc'][-1]), known)}"
    if first["type"] == "missing":
        return f"{field} is missing"
    return f"{field}: {given(first['input'])} was given; {requirement(first)}"


def given(value: Any) -> str:
    """The value that a user gave, short and on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple, set, dict)):
        return {list: "a list", dict: "a mapping"}.get(type(value), "several values")
    if value is None:
        return "nothing"
    if isinstance(value, int) and abs(value) >= 10**80:  # its digits may be too many to print
        return "a number of more than 80 digits"
    return str(value)[:80]


def requirement(refused: ErrorDetails) -> str:
    """What is allowed, by the kind of error; pydantic's own sentence for a kind not in the table.

    >>> requirement({"type": "greater_than", "loc": (), "msg": "", "input": 0, "ctx": {"gt": 0}})
    'it must be greater than 0'
    """
    allowed = _ALLOWED.get(refused["type"])
    if allowed is None:
        return refused["msg"].removeprefix("Value error, ")  # pydantic's, of our own sentence
    return f"it must {allowed.format(**refused.get('ctx', {}))}"


_WHOLE_NUMBER = "be a valid integer"
_NUMBER = "be a valid number"
_YES_OR_NO = "be a valid boolean"
_ALLOWED = {
    "greater_than": "be greater than {gt:,.15g}",
    "greater_than_equal": "be at least {ge:,.15g}",
    "less_than_equal": "be at most {le:,.15g}",
    "finite_number": "be a finite number",
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "bool_parsing": _YES_OR_NO,
    "bool_type": _YES_OR_NO,
    "string_type": "be a valid string",
    "string_too_short": "have at least {min_length} character",
    "string_too_long": "have at most {max_length} characters",
    "too_long": "have at most {max_length} entries",
    "tuple_type": "be a list",
    "model_type": "be a mapping with the fields of {class_name}",
    "literal_error": "be {expected}",
}
"""What pydantic requires, by the type of its error."""


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
