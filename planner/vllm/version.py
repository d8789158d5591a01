"""Versions of vLLM: the whole version, or the release number that it begins with."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from planner.catalog.names import quoted
from planner.errors import InputError

Release = tuple[int, ...]


def parse_version(stated: str) -> Version:
    """A version such as ``0.6.3.post1``. Raises InputError (field ``engine_version``)."""
    try:
        return Version(stated)
    except InvalidVersion as error:
        raise _refused(stated) from error


def release_of(stated: str) -> Release:
    """The release number at the start of the text, at least three parts: ``(0, 6, 0)``.

    Measured versions may go on with other words ("0.6.3 (nightly)"), which are ignored.
    Raises InputError (field ``engine_version``) if no number is at the start.
    """
    match = re.match(r"v?(\d+(?:\.\d+)*)", stated.strip())
    if match is None:
        raise _refused(stated)
    parts = tuple(int(part) for part in match[1].split("."))
    return parts + (0,) * (3 - len(parts))


def is_untagged_build(version: Version) -> bool:
    """True for ``0.1.devN``, as vLLM built from a checkout without tags calls itself."""
    return version.is_devrelease and version.release == (0, 1)


def _refused(stated: str) -> InputError:
    return InputError(
        f"engine version {quoted(stated)} is not a version; give vLLM's, such as 0.15.1",
        field="engine_version",
    )
