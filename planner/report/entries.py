"""How the fields of a scenario were entered, for a report that says who set what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SetBy = Literal["you", "preset", "default"]
"""The user, an example that was there already, or the planner's own value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who set a field, and what was typed if that is something else than its value.

    Nine pages stay nine pages: ``typed`` says so, and the tokens are derived.
    """

    set_by: SetBy
    typed: str | None = None


Entries = Mapping[str, Entry]
"""By the names of the scenario's fields. What is not in it was set by the user if it is not the
planner's own value.
"""
