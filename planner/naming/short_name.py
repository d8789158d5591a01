"""A name that leaves words out: ``Qwen3 235B`` for Qwen3-235B-A22B, ``deepseek-r1:70b``.

It must state a size, and each of its words must stand in the full name; a family may stand without
its version (``Llama 70B``), which then has several. The words that it leaves out may say how a
model was tuned, which release it is or what it was made from, but not that it is another network.
Whether all full names that fit have one shape is for the caller to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from planner.naming.fine_tune_name import says_other_network
from planner.naming.model_name import model_name, shape_words

_WORD = re.compile(r"\d+x\d+b|a?\d+(?:\.\d+)?[bm](?![a-z])|[a-z]+\d*(?:\.\d+)*|\d+(?:\.\d+)*")
_SIZE = re.compile(r"\d+x\d+b|\d+(?:\.\d+)?[bm]")
_NUMBER = re.compile(r"\d{1,2}(?:\.\d+)*")
SIZE_TOLERANCE = 0.05
"""People round the size of a model whose name states none: phi4:14b has 14.7 billion parameters."""


def full_names(written: str, sizes: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """The names that ``written`` shortens, those first whose first word is its first.

    ``sizes`` are full names with their parameters, which decide for a name that states no size.
    Empty if ``written`` states no size or more than one.
    """
    words = _words(shape_words(model_name(written).own))
    stated = [word for word in words if _SIZE.fullmatch(word)]
    rest = frozenset(words) - set(stated)
    if len(stated) != 1 or not rest:
        return ()
    found = [
        name
        for name, params in sizes
        if _is_left_out_of(rest, stated[0], _words(shape_words(model_name(name).own)), params)
    ]
    first = [name for name in found if _is_word(words[0], _words(model_name(name).own)[0])]
    return tuple(first or found)


def _is_left_out_of(rest: frozenset[str], size: str, full: tuple[str, ...], params: float) -> bool:
    """True if ``full`` holds all words of ``rest``, has the size and names no other network."""
    if not all(any(_is_word(word, of_full) for of_full in full) for word in rest):
        return False
    sizes = [word for word in full if _SIZE.fullmatch(word)]
    if sizes and size not in sizes:
        return False
    if not sizes and abs(_parameters(size) / params - 1) > SIZE_TOLERANCE:
        return False
    return not says_other_network(" ".join(word for word in full if word not in rest))


def _is_word(word: str, of_full: str) -> bool:
    """True if both are one word, or one with a version that the other leaves out: llama, llama3."""
    version = of_full.removeprefix(word)
    return version == "" or (
        word.isalpha() and version != of_full and _NUMBER.fullmatch(version) is not None
    )


def _parameters(size: str) -> float:
    """Parameters of a size; infinity for experts (8x7b), which share a part."""
    if "x" in size:
        return float("inf")
    return float(size[:-1]) * (1e9 if size[-1] == "b" else 1e6)


@lru_cache(maxsize=8192)
def _words(own: str) -> tuple[str, ...]:
    """The words of a name; a version belongs to the word before it: hermes-3 is hermes3."""
    words: list[str] = []
    for word in _WORD.findall(own):
        if words and _NUMBER.fullmatch(word) and words[-1].isalpha():
            words[-1] += word
        else:
            words.append(word)
    return tuple(words)
