"""Entries of the page that are read as values of the planner."""

from __future__ import annotations

import pytest

from app.field_parsers import weights
from planner.errors import InputError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("16 bit", "none"),
        ("16-bit", "none"),
        ("16bits", "none"),
        ("16  bit", "none"),
        ("float-16", "none"),
        ("BF16", "none"),
        ("float16", "none"),
        (" AWQ ", "awq"),
        ("", None),
    ],
)
def test_weights_are_read_as_people_write_them(text: str, found: str | None) -> None:
    assert weights(text) == found


def test_other_weights_are_refused_with_what_is_allowed() -> None:
    with pytest.raises(InputError, match="“116 bit” is no format of weights") as error:
        weights("116 bit")
    assert "give one of none (16 bit), awq, gptq, " in str(error.value)
