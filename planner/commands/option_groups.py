"""Options that several commands share, written once as the keys of a ``TypedDict``, and the
reading of options whose values have several spellings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Any, TypeVar, get_args, get_type_hints

from typer import BadParameter

Command = TypeVar("Command", bound=Callable[..., None])


def one_of(meanings: Mapping[str, str | None]) -> Callable[[str], str | None]:
    """The parser of an option with these values, in any case; it returns what they mean.

    None means the default. The parser raises BadParameter for any other value, which lists
    those without the spellings of others.
    """
    listed = ", ".join(repr(value) for value, meant in meanings.items() if meant == value)

    def meant(typed: str) -> str | None:
        if typed.lower() not in meanings:
            raise BadParameter(f"{typed!r:.80} is not one of {listed}")
        return meanings[typed.lower()]

    return meant


def with_option_group(command: Command) -> Command:
    """``command`` with an option for each key of its ``**group: Unpack[SomeTypedDict]``.

    Typer makes options of named parameters only, so the keys become such parameters of the
    signature that it reads. They stand before ``as_json`` in the help. An option that is not
    given is None.
    """
    own = signature(command, eval_str=True)
    *named, group = own.parameters.values()
    [keys] = get_args(group.annotation)
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in get_type_hints(keys, include_extras=True).items()
    ]
    before = [p.name for p in named].index("as_json")
    as_named: list[Any] = [
        p.replace(kind=Parameter.KEYWORD_ONLY) for p in (*named[:before], *options, *named[before:])
    ]
    vars(command)["__signature__"] = own.replace(parameters=as_named)
    return command
