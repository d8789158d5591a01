"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from planner.errors import InputError


def replace_file(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` in one step; if that fails, the old file stays.

    Raises InputError if the file cannot be written.
    """
    # A pipe or /dev/stdout must be written to: replacing it would destroy it.
    special = path.exists() and not path.is_file()
    written = path if special else path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        written.write_bytes(content)
        if not special:
            os.replace(written, path)
    except OSError as error:
        if not special:
            with contextlib.suppress(OSError):
                written.unlink()
        raise InputError(
            f"{path} cannot be written ({error.strerror}); choose a writable place."
        ) from error
