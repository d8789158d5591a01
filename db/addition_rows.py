"""Table ``additions``: GPUs, models and price offers that the user added, as JSON."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, delete, insert, select

from db.tables import AdditionRow
from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.errors import StoreError

Addition = GPU | ModelSpec | PriceOffer
Kind = TypeVar("Kind", GPU, ModelSpec, PriceOffer)

AdditionKind = Literal["gpu", "model", "offer"]

# The kind of each type, and the field that identifies a row.
KINDS: dict[type[Any], tuple[AdditionKind, str]] = {
    GPU: ("gpu", "name"),
    ModelSpec: ("model", "hf_id"),
    PriceOffer: ("offer", "id"),
}


def add(connection: Connection, value: Addition) -> None:
    """Store the value as the user's; it replaces an earlier one of the same name."""
    kind, field = KINDS[type(value)]
    name = getattr(value, field)
    remove(connection, type(value), name)
    facts = asdict(replace(value, added_by="user"))
    connection.execute(
        insert(AdditionRow).values(kind=kind, name=name, facts=facts, added_at=now())
    )


def remove(connection: Connection, kind: type[Addition], name: str) -> bool:
    """Remove the row of that name; True if there was one."""
    statement = delete(AdditionRow).where(
        AdditionRow.kind == KINDS[kind][0], AdditionRow.name == name
    )
    return connection.execute(statement).rowcount > 0


def read(connection: Connection, kind: type[Kind]) -> tuple[Kind, ...]:
    """All values of one kind, sorted by name. Raises StoreError if one cannot be restored."""
    statement = (
        select(AdditionRow.name, AdditionRow.facts)
        .where(AdditionRow.kind == KINDS[kind][0])
        .order_by(AdditionRow.name)
    )
    return tuple(_restored(kind, name, facts) for name, facts in connection.execute(statement))


def now() -> str:
    """The current time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _restored(kind: type[Kind], name: str, facts: dict[str, Any]) -> Kind:
    try:
        return TypeAdapter(kind).validate_python(facts)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise StoreError(
            f"The stored {KINDS[kind][0]} {name!r} does not fit this planner "
            f"({where}: {problem['msg']}); remove it and add it again."
        ) from error
