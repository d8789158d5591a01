"""A name that leaves words out: ``Qwen3 235B`` for Qwen3-235B-A22B, ``deepseek-r1:70b``.

It must state a size, and each of its words must stand in the full name. It is sure what is meant
if only words for tuning, a date or the active parameters are left out, or if two words or more stay
and none lost its version. A family alone may have a first generation or a variant that is a network
of its own: ``internlm-20b`` is not internlm2-20b, ``nemotron 8b`` not Nemotron-Orchestrator-8B.
Whether all full names that fit have one shape is for the caller to see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from planner.naming.fine_tune_name import says_other_network
from planner.naming.model_name import (
    model_name,
    release_date,
    shape_words,
    sizes_in,
    unversioned,
)

_WORD = re.compile(r"\d+x\d+b|a?\d+(?:\.\d+)?[bm](?![a-z])|[a-z]+\d*(?:\.\d+)*|\d+(?:\.\d+)*")
_SIZE = re.compile(r"\d+x\d+b|\d+(?:\.\d+)?[bm]")
_NUMBER = re.compile(r"\d{1,2}(?:\.\d+)*")
_UNDERSCORE = re.compile(r"(?<=\d)_(?=\d)")
_ACTIVE = re.compile(r"a\d+(?:\.\d+)?[bm]|\d+e")
SIZE_TOLERANCE = 0.05
"""People round the size of a model whose name states none: phi4:14b has 14.7 billion parameters."""


def full_names(written: str, sizes: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """The names that ``written`` shortens, only those whose first word is its first if any is."""
    return that_begin_alike(written, fitting_names(written, sizes))


def fitting_names(written: str, sizes: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """The names that ``written`` shortens, wherever its words stand in them.

    ``sizes`` are full names with their parameters, which decide for a name that states no size.
    Empty if ``written`` states no size or more than one.
    """
    rest, size = _rest_and_size(written)
    return tuple(name for name, params in sizes if size and _fits(rest, size, name, params))


def near_names(written: str, sizes: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """The names that state nearly the size of ``written``, and hold its other words."""
    rest, size = _rest_and_size(written)
    return tuple(
        name
        for name, params in sizes
        if size
        and (own := _largest_size(_full_words(name)))
        and abs(_parameters(size) / _parameters(own) - 1) <= SIZE_TOLERANCE
        and _fits(rest, own, name, params)
    )


def that_begin_alike(written: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names whose first word is that of ``written``; all if there are none."""
    first = _words(shape_words(model_name(written).own))[:1]
    alike = tuple(name for name in names if first and _is_word(first[0], _full_words(name)[0]))
    return alike or names


def as_it_was_tuned(written: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names with all words for tuning in ``written``; all if there are none."""
    own = model_name(written).own
    words = frozenset(_words(own)) - frozenset(_words(shape_words(own)))
    tuned = tuple(name for name in names if words <= frozenset(_words(model_name(name).own)))
    return tuned or names


def is_all_but_tuning(written: str, name: str, any_version: bool = False) -> bool:
    """True if ``written`` has all words of ``name`` but those that never tell a network.

    With ``any_version`` that after the size (``-v1.0``) may be left out, too.
    """
    own = shape_words(_own(name))
    words = _words(shape_words(model_name(written).own))
    release = _is_same_release(written, name)
    return all(
        _ACTIVE.fullmatch(one)
        or _SIZE.fullmatch(one)
        or one in words
        or (release and any(_is_word(word, one) for word in words))
        for one in _words(unversioned(own) if any_version else own)
    )


def says_which(written: str, name: str) -> bool:
    """True if ``written`` has two words of ``name`` or more beside the size, and their versions."""
    rest, _ = _rest_and_size(written)
    kept = _is_same_release(written, name) or rest <= frozenset(_full_words(name))
    return len(rest) > 1 and kept


def names_with_words(written: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that hold all words of ``written``, for a question which one is meant."""
    words = frozenset(_words(shape_words(model_name(written).own)))
    return tuple(name for name in names if words and _holds(words, _full_words(name)))


def _holds(words: frozenset[str], full: tuple[str, ...]) -> bool:
    return all(any(_is_word(word, of_full) for of_full in full) for word in words)


def _rest_and_size(written: str) -> tuple[frozenset[str], str | None]:
    """The words of a name without its size, and its size; None if it has none, or several."""
    own = shape_words(model_name(written).own)
    words = _words(own)
    stated = [word for word in words if _SIZE.fullmatch(word)]
    rest = frozenset(words) - set(stated)
    one = len(stated) == 1 and stated[0] in sizes_in(own) and bool(rest)
    return rest, stated[0] if one else None


def _fits(rest: frozenset[str], size: str, name: str, params: float) -> bool:
    """True if the name holds all words of ``rest``, has the size and names no other network."""
    full = _full_words(name)
    if not _holds(rest, full):
        return False
    own = _largest_size(full)
    if own and size != own:
        return False
    if not own and abs(_parameters(size) / params - 1) > SIZE_TOLERANCE:
        return False
    return not says_other_network(" ".join(word for word in full if word not in rest))


def _largest_size(full: tuple[str, ...]) -> str | None:
    """The size of a name: of OLMoE-1B-7B, 7b, since the other is the active part."""
    return max((word for word in full if _SIZE.fullmatch(word)), key=_parameters, default=None)


def _own(name: str) -> str:
    """A full name's own part; 1_8b is 1.8b."""
    return _UNDERSCORE.sub(".", model_name(name).own)


@lru_cache(maxsize=8192)
def _full_words(name: str) -> tuple[str, ...]:
    return _words(shape_words(_own(name)))


def _is_word(word: str, of_full: str) -> bool:
    """True if both are one word, or one with a version that the other leaves out: llama, llama3."""
    version = of_full.removeprefix(word)
    return version == "" or (
        word.isalpha() and version != of_full and _NUMBER.fullmatch(version) is not None
    )


def _is_same_release(written: str, name: str) -> bool:
    """True if both state the same date, which tells a release as a version does.

    ``ministral-14b-2512`` is Ministral-3-14B-...-2512.
    """
    date = release_date(model_name(written).own)
    return date is not None and date == release_date(model_name(name).own)


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
