"""Errors that a user can correct: one line on standard error, exit status 2, no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from planner.commands.screen import say
from planner.entered.vllm_words import planner_words
from planner.errors import InputError, PlannerError

BAD_INPUT = 2
TAKES_SETTINGS = "--max-num-seqs"
"""An option that each command with engine settings has."""


class OneLineErrors(TyperGroup):
    """The root of the commands. Exceptions that are bugs keep their traceback."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run a command line and exit with 0 (done), 1 (the answer is no) or 2 (bad input)."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")
        try:
            words = self._planner_words(_text(sys.argv[1:] if args is None else args))
            status = super().main(words, *more, **extra | {"standalone_mode": False})
            print(end="", flush=True)
        except typer.TyperException as error:
            status = _refused(_usage(error))
        except PlannerError as error:
            status = _refused(str(error))
        except BrokenPipeError:
            # Otherwise Python reports an error when it flushes at exit (docs, "Note on SIGPIPE").
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = 1
        except OSError as error:
            status = _refused(
                f"{error.filename or 'the output'} cannot be read or written ({error.strerror}); "
                "check the path, its permissions and the space left."
            )
        sys.exit(status if isinstance(status, int) else 0)

    def _planner_words(self, words: list[str]) -> list[str]:
        """The words with vLLM's spellings of settings as those of the command that takes them."""
        command = self.commands.get(words[0]) if words else None
        options = [] if command is None else command.params
        own = {name for option in options for name in (*option.opts, *option.secondary_opts)}
        if TAKES_SETTINGS not in own:
            return words
        read = planner_words(words, own, words[0])
        if read.left_out:
            say(f"Left out, because no figure depends on it: {', '.join(read.left_out)}.")
        return list(read.words)


@contextmanager
def fields_as_options() -> Iterator[None]:
    """Let a message that begins with the name of a field begin with that of its option."""
    try:
        yield
    except InputError as error:
        field, said = error.field or "", str(error)
        if field and said.startswith((f"{field}: ", f"{field} is ")):
            option = f"--{field.replace('_', '-')}"
            raise InputError(option + said.removeprefix(field), field) from error
        raise


def _text(words: Sequence[str]) -> list[str]:
    """The words. Raises InputError for bytes that are not UTF-8 (PEP 383's surrogates)."""
    for word in words:
        if any("\ud800" <= character <= "\udfff" for character in word):
            raise InputError(f"{word!r} is not UTF-8 text; type it again in UTF-8.")
    return list(words)


def _refused(message: str) -> int:
    say(f"Error: {message}")
    return BAD_INPUT


def _usage(error: typer.TyperException) -> str:
    """What was given, what is allowed, and which help to read."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "planner"
    message = _refused_value(error) or error.format_message()
    return f"{message.rstrip('.')}; see: {command} --help"


def _refused_value(error: typer.TyperException) -> str | None:
    from pydantic import ValidationError

    from planner.entered.pydantic_refusal import given, requirement

    cause = error.__cause__
    if not isinstance(error, typer.BadParameter):
        return None
    name = error.param.get_error_hint().strip("'") if error.param else "a value"
    if not isinstance(cause, ValidationError):
        return f"{name}: {error.message}" if " is not one of " in error.message else None
    first = cause.errors(include_url=False)[0]
    if first["type"] == "value_error":  # typer's own check of a choice
        return f"{name}: {first['ctx']['error']}"
    return f"{name}: {given(first['input'])} was given; {requirement(first)}"
