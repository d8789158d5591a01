"""Text that others typed is shown and never obeyed."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from planner.report import pdf_safe_text
from planner.report.pdf_safe_text import BREAK, REPLACEMENT, breakable, literal_tree


def test_the_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(pdf_safe_text).failed == 0


@given(st.text(max_size=200))
def test_literal_text_keeps_no_character_that_steers_the_layout(text: str) -> None:
    shown = pdf_safe_text.literal(text)
    assert not any(ord(c) < 32 or 0x202A <= ord(c) <= 0x202E for c in shown)
    assert not any(0xD800 <= ord(c) <= 0xDFFF for c in shown)


def test_plain_text_is_left_as_it_is() -> None:
    for text in ("Claims 2027", "mistralai/Mistral-7B-Instruct-v0.2", "ÄÖÜ – 保険金", "شركة"):
        assert literal_tree(text) == text


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), max_size=300))
def test_no_run_is_longer_than_its_column_and_nothing_visible_changes(text: str) -> None:
    broken = breakable(text, 12)
    assert broken.replace(BREAK, "") == text
    runs = broken.replace("-", " ").replace("/", " ").replace(BREAK, " ").split()
    assert all(len(run) <= 12 for run in runs)


def test_a_control_character_is_shown_as_a_replacement() -> None:
    assert pdf_safe_text.literal("a\x00\u202eb") == f"a{REPLACEMENT}{REPLACEMENT}b"
