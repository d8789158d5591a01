"""Text that others typed, made safe to typeset: shown, never obeyed.

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

LONGEST_RUN = 30
"""Characters without a place for a line break that fit a column."""

_RUN_IN = {"commands": 98, "prices": 12, "measurements": 14, "options": 16, "settings": 14}
"""The same for parts of the report whose columns are wider or narrower."""

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
    """``text`` in which runs too long for a column may break, at punctuation if there is some.

    Spaces, hyphens and slashes break by themselves. Text that needs no break is
    left alone, so that it can be found and copied.
    """
    return re.sub(
        rf"[^\s/-]{{{longest_run + 1},}}", lambda run: _with_breaks(run[0], longest_run), text
    )


def literal_tree(value: Any, longest_run: int = LONGEST_RUN) -> Any:
    """All strings in nested lists and dictionaries made literal and breakable.

    Keys are the template's own names.
    """
    if isinstance(value, str):
        return breakable(literal(value), longest_run)
    if isinstance(value, list | tuple):
        return [literal_tree(item, longest_run) for item in value]
    if isinstance(value, dict):
        return {
            key: literal_tree(item, _RUN_IN.get(key, longest_run)) for key, item in value.items()
        }
    return value


def shortened(text: str, most: int) -> str:
    """At most ``most`` characters, the last an ellipsis if some were cut.

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


def _with_breaks(run: str, longest_run: int) -> str:
    parts = re.sub(r"([_.=@:,&?])(?=.)", rf"\1{BREAK}", run).split(BREAK)
    pieces = [part[i : i + longest_run] for part in parts for i in range(0, len(part), longest_run)]
    return BREAK.join(pieces)
