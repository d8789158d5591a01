"""``--limit-mm-per-prompt`` in both spellings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.entered.text_only import without_images
from planner.errors import InputError


@pytest.mark.parametrize(
    ("limits", "text_only"),
    [
        (None, False),
        ("image=0", True),
        ("image=0, video=0", True),
        ("image=2,video=0", False),
        ('{"image": 0, "video": 0}', True),
        ('{"image": {"count": 0, "width": 512}}', True),
        ('{"image": 1}', False),
    ],
)
def test_text_alone_is_left_if_every_limit_is_0(limits: str | None, text_only: bool) -> None:
    assert without_images(limits) is text_only


@pytest.mark.parametrize("limits", ["", "0", "image", "{}", "[]", '{"image": true}', "image=-1"])
def test_other_texts_are_refused(limits: str) -> None:
    with pytest.raises(InputError, match="give a number for each kind") as refused:
        without_images(limits)
    assert refused.value.field == "limit_mm_per_prompt"


def refusal(limits: str) -> InputError | None:
    try:
        without_images(limits)
    except InputError as error:
        return error
    return None


@pytest.mark.fuzz
@given(st.text())
def test_any_text_is_understood_or_refused_in_one_line(limits: str) -> None:
    assert "\n" not in str(refusal(limits))
