"""Checks of a catalogue row, the same for built-in rows and for the user's."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

MAX_TEXT = 2_000
_MAY_BE_ZERO = frozenset({"sliding_window_layers", "effect_sd", "log_sd"})


def problem_with(record: Any) -> tuple[str, str] | None:
    """The first invalid field of a dataclass and what is wrong with it; None if all are valid.

    Numbers must be finite and above 0; texts must be one line, not blank and not
    longer than ``MAX_TEXT``. None ("not stated") is always valid.
    """
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        why = _problem(value, field.name in _MAY_BE_ZERO)
        if why is not None:
            return field.name, why
    return None


def _problem(value: Any, may_be_zero: bool) -> str | None:
    if isinstance(value, str):
        return _problem_with_text(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and not (0 < value < math.inf or (value == 0 and may_be_zero)):
        return f"is {value}; a finite number above 0 is needed"
    return None


def _problem_with_text(text: str) -> str | None:
    if not text.strip():
        return "is blank; every row must state it"
    if len(text) > MAX_TEXT or not text.isprintable():
        return f"must be one line of at most {MAX_TEXT} characters"
    return None
