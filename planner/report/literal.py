"""Text that others typed, made safe to set: shown, never obeyed.

The template receives text as data, so markup in it is inert. What remains are
characters that have no glyph or steer the layout.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

REPLACEMENT = "\ufffd"
BREAK = "\u200b"
"""Zero-width space: a line may break here, and nothing is shown."""

LONGEST_RUN = 24
"""Characters without a space that fit the narrowest column."""

COMMAND_RUN = 90
"""Characters without a space that fit a line of a command."""

MOST_MARKS = 4
"""Combining marks kept on one character; no language stacks more."""

_JOINERS = "\u200c\u200d"  # needed to shape Persian and the scripts of India
_MARK = r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_TOO_MANY_MARKS = re.compile(f"({_MARK}{{{MOST_MARKS}}}){_MARK}+")


def literal(text: str) -> str:
    """``text`` on one line; controls, bidi overrides and lone surrogates become U+FFFD.

    >>> literal("a\\tb\\u202ec\\x00")
    'a b\\ufffdc\\ufffd'
    """
    shown = "".join(_shown(character) for character in text)
    return _TOO_MANY_MARKS.sub(r"\1", shown)


def breakable(text: str, longest_run: int = LONGEST_RUN) -> str:
    """``text`` in which runs too long for a column may break across lines."""
    return re.sub(rf"\S{{{longest_run}}}(?=\S)", lambda run: run[0] + BREAK, text)


def literal_tree(value: Any) -> Any:
    """All strings in nested lists and dictionaries made literal and breakable.

    Keys are the template's own names. Lines under ``commands`` are meant to be
    copied, so nothing invisible is put into them unless they exceed the page.
    """
    if isinstance(value, str):
        return breakable(literal(value))
    if isinstance(value, list | tuple):
        return [literal_tree(item) for item in value]
    if isinstance(value, dict):
        return {key: _entry(key, item) for key, item in value.items()}
    return value


def _entry(key: str, value: Any) -> Any:
    if key == "commands":
        return [[breakable(literal(line), COMMAND_RUN) for line in command] for command in value]
    return literal_tree(value)


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters, the last an ellipsis where some were cut.

    >>> shortened("Claims 2027", 7)
    'Claims…'
    """
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _shown(character: str) -> str:
    if character.isspace() or unicodedata.category(character) in ("Zl", "Zp"):
        return " "
    if unicodedata.category(character).startswith("C") and character not in _JOINERS:
        return REPLACEMENT
    return character
