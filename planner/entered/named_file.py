"""A file that a scenario names: it lies beside the scenario's own file."""

from __future__ import annotations

from pathlib import Path

from planner.errors import InputError


def named_file(folder: Path | None, name: str, place: str) -> Path:
    """The path of the file. ``folder`` None: the scenario is no file here, so it may name none.

    Raises InputError with the ``place``.
    """
    if folder is None:
        raise InputError(
            f"{place}: a file of figures is named, which is not part of this scenario; state the "
            "figures themselves, or plan it with planner plan, where the file is",
            field=place,
        )
    return folder / name
