"""The published measurements, from which forecasts are made before the user measures any."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from planner.errors import CatalogError, InputError
from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv

_WHERE_IN_IT = re.compile(
    r"""
      (?P<kept>,\ in\ PyPI\ [\w-]+)\ .*                   # version, file and row in a package
    | @(?:[\w-]+\()?[0-9a-f]{7,40}\)?:.*                  # @commit:path, @branch(commit):path
    | (?<=[\w.-]):\ [\w-]+/.*                            # : path
    | \ commit\ [0-9a-f]{7,40}\ .*
    | ;\ file\ ids\ [^)]*
    """,
    re.VERBOSE,
)
REFERENCE_CSV = Path(__file__).parent.parent / "data" / "reference_measurements.csv"


def reference_measurements(path: Path = REFERENCE_CSV) -> tuple[Measurement, ...]:
    """The packaged reference rows; each states its source and its date.

    Raises CatalogError with line and field if a row is not sound.
    """
    try:
        rows = read_measurement_csv(path)
    except InputError as error:
        raise CatalogError(str(error)) from error
    for number, row in enumerate(rows, start=1):
        if row.date is None:
            raise CatalogError(f"{path}, row {number} ({row.source}), date: is blank; state it.")
    return rows


def reference_version(path: Path = REFERENCE_CSV) -> str:
    """A hash of the packaged file, which changes with any of its rows."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise CatalogError(f"{path} cannot be read ({error.strerror}); reinstall.") from error


def source_name(source: str) -> str:
    """A short name to show: whose figures they are, without the commit, the file and the row.

    >>> source_name("owner/repo@4211f5d:results/all.csv")
    'owner/repo'
    >>> source_name("InferenceX results, in PyPI aiconfigurator-core 0.12.0 (Apache-2.0) id 7")
    'InferenceX results, in PyPI aiconfigurator-core'
    """
    return _WHERE_IN_IT.sub(r"\g<kept>", source)
