"""What is asked of measurements before they are stored, and what to know once they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.importing.failed_requests import failures_noted
from planner.catalog.gpu import CPU, GPU
from planner.catalog.lookup import Catalog
from planner.forecast.plausibility import Excess, check_before_storing, in_words
from planner.learning.from_measurements import Skipped, group_name, observe, run_in_words
from planner.learning.measured_processor import processor_of, states_processor
from planner.records.measurement import Measurement


@dataclass(frozen=True, slots=True)
class CheckedImport:
    """Measurements by file that may be stored, all or none.

    ``implausible`` are faster than their GPU can be. ``unusable`` are groups that no forecast can
    use: a measurement of each with the reason. ``processor`` is to be added to the catalogue; None
    if none is.
    """

    files: Mapping[str, tuple[Measurement, ...]]
    implausible: tuple[Excess, ...]
    unusable: tuple[Skipped, ...]
    processor: GPU | None

    @property
    def rows(self) -> tuple[Measurement, ...]:
        """The measurements of all files."""
        return tuple(row for rows in self.files.values() for row in rows)

    @property
    def failed_requests(self) -> tuple[tuple[str, Measurement, str], ...]:
        """File and note of each measurement that was accepted although requests failed."""
        return tuple(
            (file, row, told)
            for file, rows in self.files.items()
            for row in rows
            if (told := failures_noted(row)) is not None
        )

    def published(self, stored: Collection[str], own: Collection[str]) -> tuple[str, ...]:
        """Sources of these rows that are ``stored`` and not the user's ``own``."""
        return tuple(sorted({row.source_id for row in self.rows} & set(stored) - set(own)))

    def sentences(self, published: Collection[str]) -> Iterator[str]:
        """What to know about the stored measurements."""
        for file, row, told in self.failed_requests:
            yield f"Accepted although requests failed: {file}: {run_in_words(row)}: {told}"
        for one in self.unusable:
            run = run_in_words(one.measurement)
            yield f"Stored, but not used in forecasts: {run}: {one.reason}"
        for source_id in published:
            yield (
                f"{source_id} is a published source that comes with planner, so these rows do not "
                "count as yours. If they are yours, give them another source id (--source-id, or "
                "the column source_id)."
            )
        for excess in self.implausible:
            yield f"Stored, but check it: {run_in_words(excess.measurement)}: {in_words(excess)}"


def checked_import(files: Mapping[str, tuple[Measurement, ...]], catalog: Catalog) -> CheckedImport:
    """The measurements of ``files``, by name. Raises InputError if one must not be stored."""
    rows = [row for of_file in files.values() for row in of_file]
    implausible = check_before_storing(rows, catalog)
    stated = next((processor_of(row, catalog) for row in rows if states_processor(row)), None)
    added = stated if stated and stated.name == CPU and stated not in catalog.gpus else None
    known = catalog if added is None else catalog.with_additions(gpus=[added])
    skipped = observe(rows, known)[1]
    unusable = {(group_name(one.measurement), one.reason): one for one in skipped}
    return CheckedImport(files, implausible, tuple(unusable.values()), added)
