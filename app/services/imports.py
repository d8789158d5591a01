"""Measurement files that users upload: checked as the command line does, stored, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.numbers import read_number
from app.services.forecast_change import ForecastChange, forecasts_now
from app.services.opened_store import catalog, store
from app.services.price_lists import plain_name
from benchmarks.importing.checked_import import checked_import
from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.catalog.gpu import GPU
from planner.catalog.names import gpu_key
from planner.commands.replica_options import MAX_CARDS, MAX_TOKENS
from planner.errors import InputError
from planner.files import decode_text
from planner.fleet.scenario import Scenario
from planner.records.measurement import Measurement

MAX_UPLOAD_MB = 20
"""A file of ten thousand benchmarks has about 10 MB; larger ones are for the command line."""

MOST_FILES = 50

TEXTS = (
    "gpu", "model", "base_model", "quantization", "engine", "engine_version", "engine_settings",
    "source_id", "source", "notes",
)  # fmt: skip
NUMBERS = {
    "gpu_count": (1, MAX_CARDS, "GPUs"),
    "output_tokens": (1, MAX_TOKENS, "tokens"),
    "input_tokens": (1, MAX_TOKENS, "tokens"),
    "batch_size": (1, 100_000, "requests"),
}
"""Fields with whole numbers, as the options of ``planner import`` limit them."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an upload: measurements by file, the new ones, and what to know of them."""

    files: tuple[tuple[str, int], ...]
    added: tuple[Measurement, ...]
    processor: GPU | None
    sentences: tuple[str, ...]
    change: ForecastChange


def import_files(
    files: Iterable[tuple[str, bytes]], stated: Mapping[str, str], scenario: Scenario
) -> Imported:
    """Store the measurements of all files or of none. Raises InputError with file, line or field.

    ``stated`` is what the files do not say themselves; a blank is "not stated". ``scenario`` is
    the one whose forecasts are compared before and after.
    """
    context, known = _context(stated), catalog()
    found: dict[str, tuple[Measurement, ...]] = {}
    for name, content in _named_apart(files):
        if len(content) > MAX_UPLOAD_MB * 10**6:
            raise InputError(
                f"{name} is larger than {MAX_UPLOAD_MB} MB; split it, or use planner import."
            )
        found[name] = parse_measurements(decode_text(content, name), name, context)
    checked = checked_import(found, known)
    before, own = forecasts_now(scenario), store()
    stored, of_files = set(own.measurements()), set(checked.rows)
    own.add_measurements(checked.rows)
    if checked.processor is not None:
        own.add_gpu(checked.processor)
    # Others may have stored rows meanwhile: those are not of this import, and no Undo removes them.
    added = tuple(row for row in own.measurements() if row in of_files and row not in stored)
    published = checked.published({row.source_id for row in added}, own.own_source_ids())
    return Imported(
        files=tuple((name, len(rows)) for name, rows in found.items()),
        added=added,
        processor=checked.processor,
        sentences=tuple(checked.sentences(published)),
        change=before.change(),
    )


def undo(imported: Imported) -> int:
    """Remove what an import added; returns the number of measurements removed.

    The processor stays if other measurements or prices of the user's need it.
    """
    own = store()
    removed = own.remove_measurements(imported.added)
    if imported.processor is not None and not _is_needed(imported.processor.name):
        own.remove_gpu(imported.processor.name)
    return removed


def _is_needed(gpu: str) -> bool:
    own, key = store(), gpu_key(gpu)
    sources = own.own_source_ids()
    return any(gpu_key(offer.gpu) == key for offer in own.offers()) or any(
        gpu_key(row.gpu) == key and row.source_id in sources for row in own.measurements()
    )


def _named_apart(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Plain names, a number after one that occurs twice. Raises InputError for too many files."""
    named: dict[str, bytes] = {}
    for number, (file_name, content) in enumerate(files, start=1):
        if number > MOST_FILES:
            raise InputError(f"At most {MOST_FILES} files are imported together; select fewer.")
        name = plain_name(file_name)
        named[f"{name} ({number})" if name in named else name] = content
    if not named:
        raise InputError("No file is selected; select at least one.", field="files")
    return list(named.items())


def _context(stated: Mapping[str, str]) -> ImportContext:
    values: dict[str, Any] = {field: stated[field] or None for field in TEXTS}
    for field, limits in NUMBERS.items():
        if stated[field]:
            values[field] = int(_number(field, stated[field], *limits, whole=True))
    if memory := stated["gpu_memory_gb"]:
        values["gpu_memory_gb"] = _number("gpu_memory_gb", memory, 1, 10_000, "GB")
    if share := stated["allowed_failed"].removesuffix("%"):
        values["allowed_failed"] = _number("allowed_failed", share, 0, 50, "percent") / 100
    return ImportContext(**values)


def _number(
    field: str, text: str, least: float, most: float, unit: str, whole: bool = False
) -> float:
    try:
        return read_number(text, least=least, most=most, unit=unit, whole=whole)
    except InputError as error:
        raise InputError(str(error), field=field) from error
