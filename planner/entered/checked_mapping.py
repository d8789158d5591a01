"""A mapping of a file as a pydantic model, refused with its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from planner.entered.pydantic_refusal import given, refusal
from planner.errors import InputError

M = TypeVar("M", bound=BaseModel)


def checked(model: type[M], value: Any, place: str) -> M:
    """The mapping as ``model``. Raises InputError, whose ``field`` is ``place`` and the key."""
    if not isinstance(value, Mapping):
        raise InputError(
            f"{place}: {given(value)} was given; it must be a mapping with the fields of "
            f"{', '.join(_names(model))}",
            field=place,
        )
    for key, inner in value.items():
        if isinstance(inner, bool):
            raise InputError(
                f"{place}.{key}: {'yes' if inner else 'no'} was given; put a number or a text "
                "there",
                field=f"{place}.{key}",
            )
    try:
        return model.model_validate(dict(value))
    except ValidationError as error:
        inner_place = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = refusal(error, {}, tuple(_names(model)))
        raise InputError(f"{place}.{message}", field=f"{place}.{inner_place}") from None


def _names(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]
