"""Parses and runs command lines in this process, with a store that is filled once and copied."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer
import typer.main
from click.testing import CliRunner, Result

from db.connection import FILE_NAME
from db.storage import open_storage
from planner.cli import app

MISTRAL = "mistralai/Mistral-7B-Instruct-v0.2"
LLAMA_7B = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "vocab_size": 32000,
    "max_position_embeddings": 4096,
    "torch_dtype": "float16",
}


def run(*words: str) -> Result:
    """What ``planner`` answers to these words."""
    return CliRunner().invoke(ROOT, list(words), prog_name="planner")


def answer(*words: str, status: int = 0) -> Any:
    """The one JSON document on standard output."""
    result = run(*words, "--json")
    assert result.exit_code == status, result.stderr
    return json.loads(result.stdout, parse_constant=_refuse)


def complaint(*words: str) -> str:
    """The one line on standard error of a command line that is refused."""
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    return line


def fill_store() -> None:
    """Put a filled store where PLANNER_DATA_DIR says."""
    shutil.copy(filled_store(), Path(os.environ["PLANNER_DATA_DIR"]) / FILE_NAME)


@cache
def filled_store() -> Path:
    """The file of a store as it is after the first start; nobody writes to it."""
    path = Path(tempfile.mkdtemp()) / FILE_NAME
    open_storage(f"sqlite:///{path}").close()
    return path


def _refuse(constant: str) -> Iterator[None]:
    raise ValueError(f"{constant} is not JSON")


def leaves(command: Any, *path: str) -> list[tuple[tuple[str, ...], Any]]:
    """Every command that is not a group, with the words that name it."""
    below = getattr(command, "commands", None)
    if below is None:
        return [(path, command)]
    return [leaf for name, sub in below.items() for leaf in leaves(sub, *path, name)]


ROOT = typer.main.get_command(app)
COMMANDS = dict(leaves(ROOT))


def parse(line: str) -> None:
    """Refuse a line that ``planner`` would refuse (a usage error), without running it."""
    name, *words = shlex.split(line.replace("\\\n", " "))
    assert name == "planner"
    command: Any = ROOT
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    with contextlib.suppress(typer.Exit):  # --help and --version
        command.make_context(name, words).close()
