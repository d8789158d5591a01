"""Options that several commands share, written once as the keys of a ``TypedDict``."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Any, TypeVar, get_args, get_type_hints

Command = TypeVar("Command", bound=Callable[..., None])


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
