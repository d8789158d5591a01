"""Which packages stand beside a command, read from their metadata without starting anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def installed_version(command: Sequence[str], distribution: str) -> str | None:
    """The version of a package in the environment of ``command``'s program, ``0.32.0+cpu``.

    None where the program stands in no environment, or the package not in it.
    """
    prefix = Path(command[0]).absolute().parent.parent
    found = sorted(prefix.glob(f"lib/python*/site-packages/{distribution}-*.dist-info"))
    return found[0].name.removesuffix(".dist-info").partition("-")[2] if found else None


def is_processor_build(command: Sequence[str]) -> bool:
    """Whether the vLLM behind an engine command was built for processors: its version says so."""
    return "cpu" in (installed_version(command, "vllm") or "")
