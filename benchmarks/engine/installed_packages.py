"""Versions of packages in the environment of a command, read without starting anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def installed_version(command: Sequence[str], distribution: str) -> str | None:
    """Version of a package in the environment of ``command``'s program, such as ``0.32.0+cpu``.

    None if the program belongs to no environment, or the package is not in it.
    """
    prefix = Path(command[0]).absolute().parent.parent
    found = sorted(prefix.glob(f"lib/python*/site-packages/{distribution}-*.dist-info"))
    return found[0].name.removesuffix(".dist-info").partition("-")[2] if found else None


def is_processor_build(command: Sequence[str]) -> bool:
    """True if the vLLM of an engine command was built for processors, as its version says."""
    return "cpu" in (installed_version(command, "vllm") or "")
