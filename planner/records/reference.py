"""The published measurements, from which forecasts are made before the user measures any."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from planner.errors import CatalogError, InputError
from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv

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
    """A short name to show: ``owner/repo@commit:path`` becomes ``owner/repo``."""
    repository = re.match(r"([\w.-]+/[\w.-]+)@[0-9a-f]{7,40}:", source)
    return repository[1] if repository else source
