"""What a saved scenario states and the Plan page has no field for: it is kept, not dropped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.document_classes import COLUMNS, Row, rows_of
from app.scenario_from_fields import FieldValues, field_values_of, read_fields
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass

CLASS_ROWS = "class_rows"

_STANDS_WITH: dict[str, tuple[str, ...]] = {
    "arrival_hours": ("hours_per_week", "hour_profile"),
    "processing_hours": ("processing_hours_per_week",),
    "input_spread": ("input_tokens",),
    "output_spread": ("output_tokens",),
    "classes": ("documents_per_year",),
}
"""Fields that mean something else once another one has changed."""


@dataclass(frozen=True, slots=True)
class Base:
    """A scenario that the fields were filled with, and what they say of it."""

    scenario: Scenario
    entered: FieldValues
    read: Scenario | None

    @classmethod
    def of(cls, scenario: Scenario, typed: Mapping[str, Any] | None = None) -> Base:
        """``read`` is None if the page refuses an entry of the scenario.

        ``typed`` is what was typed for what is derived, as far as it still says the same.
        """
        entered = field_values_of(scenario)
        read = read_fields(entered).scenario
        as_typed = entered | {key: value for key, value in (typed or {}).items() if key in TYPED}
        if scenario.classes:
            rows = _typed_rows((typed or {}).get(CLASS_ROWS))
            as_typed[CLASS_ROWS] = rows or rows_of(scenario, str(as_typed["per"]))
        if read_fields(as_typed).scenario == read:
            entered = as_typed
        return cls(scenario, entered, read)

    def is_said_by(self, entered: FieldValues) -> bool:
        """True if ``entered`` says the same, in other digits or with other hidden fields too."""
        if entered == self.entered:
            return True
        read = read_fields(entered).scenario
        if read is None:
            return False
        return (
            read == self.read
            or read.model_copy(update={"name": self.scenario.name}) == self.scenario
        )


TYPED = (
    "documents",
    "per",
    "size",
    "input",
    "pages",
    "tokens_per_page",
    "volume_low",
    "volume_high",
)
"""Fields of the page from which a scenario's figures are derived."""


def typed_of(entered: Mapping[str, Any], scenario: Scenario) -> dict[str, Any]:
    """The typed words that the scenario itself does not keep: nine pages, or 1,000 a month.

    As the store gives it back: the rows of the table are lists.
    """
    derived = field_values_of(scenario)
    typed = {key: entered[key] for key in TYPED if entered[key] != derived[key]}
    if scenario.classes and entered[CLASS_ROWS] != derived[CLASS_ROWS]:
        typed[CLASS_ROWS] = [list(row) for row in entered[CLASS_ROWS]]
    return typed


_OF_LENGTHS = ("size", "input", "pages", "tokens_per_page")
_CELLS_OF_LENGTHS = ("input", "input_p95", "output", "output_p95")


def typed_beside_lengths(
    typed: Mapping[str, Any], kind: str | None, measured: Scenario, per: str
) -> dict[str, Any]:
    """The typed words that still hold in a scenario whose lengths were measured.

    ``kind`` is the row of the table that they are of; None if the scenario has no kinds. Its
    lengths are those of ``measured``, and all other cells stay as they were typed.
    """
    still = {key: value for key, value in typed.items() if key not in _OF_LENGTHS}
    of_kind = [row for row in rows_of(measured, per) if row[0] == kind]
    if CLASS_ROWS in still and of_kind:
        places = [list(COLUMNS).index(column) for column in _CELLS_OF_LENGTHS]
        lengths = {place: of_kind[0][place] for place in places}
        still[CLASS_ROWS] = [
            [lengths.get(n, cell) for n, cell in enumerate(row)] if row[0].strip() == kind else row
            for row in still[CLASS_ROWS]
        ]
    return still


def _typed_rows(stored: Any) -> tuple[Row, ...]:
    """The rows of the table as they were stored; none if they are not of this table."""
    if not isinstance(stored, (list, tuple)):
        return ()
    whole = all(isinstance(row, (list, tuple)) and len(row) == len(COLUMNS) for row in stored)
    return tuple(tuple(map(str, row)) for row in stored) if whole else ()


def over(base: Base, entered: Scenario) -> Scenario:
    """The scenario of the fields; what was not touched is as the base states it."""
    if base.read is None:
        return entered
    return entered.model_copy(update=dict(_kept(base.scenario, base.read, entered)))


def beyond_the_page(base: Base, whole: Scenario) -> tuple[str, ...]:
    """The fields of ``whole`` that it has from the base alone, because the page has none."""
    if base.read is None:
        return ()
    return tuple(
        name
        for name in Scenario.model_fields
        if name != "name"
        and getattr(whole, name) == getattr(base.scenario, name) != getattr(base.read, name)
    )


def _kept(base: Scenario, read: Scenario, entered: Scenario) -> Iterator[tuple[str, Any]]:
    for name in Scenario.model_fields:
        together = (name, *_STANDS_WITH.get(name, ()))
        if name != "name" and all(getattr(entered, n) == getattr(read, n) for n in together):
            yield name, getattr(base, name)
        elif name == "classes" and entered.classes:
            yield name, tuple(_kept_classes(base.classes, read.classes, entered.classes))


def _kept_classes(
    base: Sequence[DocumentClass],
    read: Sequence[DocumentClass],
    entered: Sequence[DocumentClass],
) -> Iterator[DocumentClass]:
    """Each row that was not touched, its volume aside, as the base states it."""
    stated = {row.name: (row, whole) for row, whole in zip(read, base, strict=False)}
    for one in entered:
        row, whole = stated.get(one.name, (None, one))
        volume = {"documents_per_year": one.documents_per_year}
        if row is not None and row.model_copy(update=volume) == one:
            yield whole.model_copy(update=volume)
        else:
            yield one
