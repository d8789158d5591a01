"""Files of every tool with something else somewhere: read, or refused in one line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import DATA

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement_csv import COLUMNS

ON = ImportContext(gpu="L4", model="mistralai/Mistral-7B-Instruct-v0.2", quantization="none")
FILES = sorted(
    path for path in DATA.rglob("*") if path.suffix in (".json", ".jsonl", ".csv", ".yaml")
)
SMALL = [path for path in FILES if path.stat().st_size < 30_000]
CELL = st.text(max_size=8) | st.sampled_from(
    ["1e999", "-1", "0", "nan", "9" * 5000, "0x10", "1:2", "none", '"', "\x1b[2J", "=1", ""]
)


def read_or_refused(text: str) -> None:
    told = ""
    try:
        parse_measurements(text, "f", ON)
    except InputError as error:
        told = str(error)
    assert "\n" not in told
    assert len(told) < 3_000


@pytest.mark.fuzz
@given(st.sampled_from(SMALL), st.data())
def test_a_good_file_with_a_piece_exchanged_is_read_or_refused(
    path: Path, data: st.DataObject
) -> None:
    text = path.read_text("utf-8", "replace")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    read_or_refused(text[:start] + data.draw(CELL) + text[end:])


@pytest.mark.fuzz
@given(st.text(alphabet="{}[]\":,-0123456789.eE \nabcnultrfs#&*!'|>%@\t\0é", max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refused(text)


@pytest.mark.slow
@pytest.mark.fuzz
@given(st.lists(st.lists(CELL, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=3))
def test_any_cells_under_the_right_header_are_read_or_refused(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *rows])
    read_or_refused(out.getvalue())
