"""Lists of module names in a quantization config: which modules they mean.

An entry is a name, the name of a parent, a name with ``*``, or ``re:`` and a regular
expression. Checkpoints put different prefixes before the same module, so prefixes are left
out of the comparison.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from planner.errors import InputError
from planner.networks.weight_module import Module

_PREFIX = re.compile(r"^(?:(?:model|language_model|text_model|backbone|transformer|decoder|h)\.)+")
_EXPRESSION_PREFIXES = ("model.", "model.language_model.", "language_model.model.", "")
_LONGEST_EXPRESSION = 1_000
_MOST_REPETITIONS = 4
_MOST_EXPRESSIONS = 1_000
"""Published checkpoints have a few."""
_REPETITION = re.compile(r"(?<!\\)[*+{]")
_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+{]")


class ModulePatterns:
    """Entries of one list. Raises InputError (field ``model``) for one that cannot be applied."""

    def __init__(self, entries: Iterable[object]) -> None:
        texts = list(dict.fromkeys(entry for entry in entries if isinstance(entry, str)))
        searched = sum(text.startswith("re:") or "*" in text[:-1] for text in texts)
        if searched > _MOST_EXPRESSIONS:
            raise InputError(
                f"model config: its quantization has {searched:,} patterns, more than the "
                f"{_MOST_EXPRESSIONS:,} that are tried; name the modules without patterns",
                field="model",
            )
        self._expressions = tuple(_expressions(texts))
        own = [_PREFIX.sub("", text) for text in texts if not text.startswith("re:")]
        self._names = frozenset(name for name in own if "*" not in name)
        starts = [name[:-1] for name in own if name.find("*") == len(name) - 1]
        self._starts = tuple(starts)
        globs = [name for name in own if "*" in name[:-1]]
        self._globs = tuple(re.compile(_glob(name)) for name in globs)

    def names(self, module: Module) -> bool:
        """True if an entry names the module, or a part of the network that it is in."""
        name = module.name
        return (
            any(parent in self._names for parent in _with_parents(name))
            or (bool(self._starts) and name.startswith(self._starts))
            or any(glob.fullmatch(name) for glob in self._globs)
            or any(
                expression.match(prefix + name)
                for expression in self._expressions
                for prefix in _EXPRESSION_PREFIXES
            )
        )

    @property
    def searches(self) -> int:
        """Number of expressions that are tried on each module."""
        return len(self._globs) + len(_EXPRESSION_PREFIXES) * len(self._expressions)

    @cached_property
    def empty(self) -> bool:
        """True if no entry names anything."""
        return not (self._names or self._starts or self._globs or self._expressions)


def _with_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]


def _glob(name: str) -> str:
    """The regular expression of a name with stars, repeated stars as one."""
    parts = re.split(r"\*+", name)
    if len(parts) - 1 > _MOST_REPETITIONS:
        raise _error(name)
    return ".*".join(re.escape(part) for part in parts)


def _expressions(entries: list[str]) -> Iterator[re.Pattern[str]]:
    """Compiled expressions; those that could take exponential time are refused."""
    for entry in entries:
        if not entry.startswith("re:"):
            continue
        text = entry.removeprefix("re:")
        if (
            len(text) > _LONGEST_EXPRESSION
            or len(_REPETITION.findall(text)) > _MOST_REPETITIONS
            or _REPEATED_GROUP.search(text)
        ):
            raise _error(entry)
        try:
            yield re.compile(text)
        except (re.error, OverflowError) as error:
            raise _error(entry) from error


def _error(entry: str) -> InputError:
    return InputError(
        f"model config: the module pattern {entry!r:.80} cannot be applied; names, names with a "
        f"few * and simple regular expressions can",
        field="model",
    )
