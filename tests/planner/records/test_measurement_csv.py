"""The measurement CSV: taken whole or refused by file, line and field; read back unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import MEASUREMENT, UNDER_SETTINGS
from strategies import engines

from planner.errors import InputError
from planner.records.measurement import (
    COLUMNS,
    FIRST_COLUMNS,
    LATER_COLUMNS,
    LOADS,
    MODES,
    Measurement,
)
from planner.records.measurement_csv import (
    FLOAT_COLUMNS,
    REQUIRED_COLUMNS,
    parse_measurement_csv,
    read_measurement_csv,
    write_measurement_csv,
)
from planner.vllm.settings_text import settings_text

HEADER = ",".join(FIRST_COLUMNS)
GOOD = {
    "source_id": "lab",
    "gpu": "T4",
    "gpu_count": "1.0",
    "model": "m",
    "engine": "vllm",
    "load": "closed_loop",
    "source": "notebook",
}


def csv_text(*rows: dict[str, str]) -> str:
    out = io.StringIO(newline="")
    columns = [*FIRST_COLUMNS, *(c for c in LATER_COLUMNS if any(c in row for row in rows))]
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def refusal(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_measurement_csv(text, "f.csv")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 900
    return caught.value


texts = (
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1)
    .map(str.strip)
    .filter(bool)
)
formulas = st.builds(lambda sign, rest: f"{sign}{rest}".strip(), st.sampled_from("=+-@'"), texts)
words = st.one_of(texts, formulas)
numbers = st.floats(min_value=1e-9, max_value=1e12)


def values(column: str) -> st.SearchStrategy[object]:
    if column == "load":
        return st.sampled_from(LOADS)
    if column == "mode":
        return st.sampled_from((None, *MODES))
    if column == "date":
        return st.none() | st.dates().map(str) | st.sampled_from(("2026", "2026-08", "20260807"))
    if column == "gpu_count":
        return st.integers(1, 1024)
    if column == "engine_settings":
        return engines.map(settings_text)
    known = numbers if column in FLOAT_COLUMNS else words
    return known if column in REQUIRED_COLUMNS else st.none() | known


measurements = st.builds(Measurement, **{column: values(column) for column in COLUMNS})


@pytest.mark.slow
@given(st.lists(measurements, max_size=3))
def test_what_is_written_is_read_back_unchanged(rows: list[Measurement]) -> None:
    out = io.StringIO(newline="")
    write_measurement_csv(out, rows)
    assert parse_measurement_csv(out.getvalue(), "f.csv") == tuple(rows)


@pytest.mark.slow
@given(st.lists(measurements, min_size=1, max_size=3))
def test_no_cell_starts_a_formula(rows: list[Measurement]) -> None:
    out = io.StringIO(newline="")
    write_measurement_csv(out, rows)
    cells = [cell for row in csv.reader(io.StringIO(out.getvalue(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


def test_a_formula_is_written_behind_an_apostrophe() -> None:
    out = io.StringIO(newline="")
    write_measurement_csv(out, [replace(MEASUREMENT, notes='=HYPERLINK("x")', model="'tis")])
    row = next(csv.DictReader(io.StringIO(out.getvalue())))
    assert row["notes"] == '\'=HYPERLINK("x")'
    assert row["model"] == "'tis"


@pytest.mark.parametrize("text", ["a\x1b[2Jb", "two\nlines", "a\u202eb", "a\x7fb", "x" * 2001])
@pytest.mark.parametrize("column", ["gpu", "notes", "source"])
def test_control_characters_and_endless_texts_are_refused(column: str, text: str) -> None:
    told = refusal(csv_text(GOOD | {column: text}))
    assert told.field == column
    assert f", {column}: is '" in str(told)
    assert "must be one line of at most 2000 characters; remove control characters" in str(told)


def test_a_space_that_does_not_break_is_a_space() -> None:
    (row,) = parse_measurement_csv(csv_text(GOOD | {"notes": "8\u00a0GPUs"}), "f.csv")
    assert row.notes == "8\u00a0GPUs"


def test_the_header_is_in_the_agreed_order(tmp_path: Path) -> None:
    write_measurement_csv(tmp_path / "f.csv", [])
    assert (tmp_path / "f.csv").read_text() == (
        "source_id,gpu,gpu_memory_gb,gpu_count,model,base_model,params_b,quantization,engine,"
        "engine_version,mode,load,input_tokens,output_tokens,concurrency,request_rate_per_s,"
        "requests,output_tokens_per_s,requests_per_s,ttft_ms_mean,ttft_ms_median,tpot_ms_mean,"
        "e2e_s_mean,peak_memory_gb,power_w,quality,date,source,notes\n"
    )


def test_engine_settings_are_a_column_only_where_a_row_states_some() -> None:
    plain, stated = io.StringIO(), io.StringIO()
    write_measurement_csv(plain, [MEASUREMENT])
    write_measurement_csv(stated, [MEASUREMENT, UNDER_SETTINGS])
    assert plain.getvalue().splitlines()[0] == HEADER
    assert [line.rpartition(",")[2] for line in stated.getvalue().splitlines()] == [
        "engine_settings",
        "",
        "max_num_seqs=64; prefix_hit_share=0.5",
    ]


def test_engine_settings_are_read_in_any_order() -> None:
    (row,) = parse_measurement_csv(
        csv_text(GOOD | {"engine_settings": "prefix_hit_share=0.50; max_num_seqs=64"}), "f.csv"
    )
    assert row.engine_settings == "max_num_seqs=64; prefix_hit_share=0.5"


def test_whole_numbers_may_be_written_as_floats() -> None:
    (row,) = parse_measurement_csv(csv_text(GOOD | {"gpu_count": "2.0", "requests": "64.0"}), "f")
    assert (row.gpu_count, row.requests) == (2, 64.0)


def test_blank_is_not_stated() -> None:
    (row,) = parse_measurement_csv(csv_text(GOOD), "f.csv")
    assert row.quantization is None
    assert row.output_tokens_per_s is None
    assert row.notes is None


def test_a_row_without_a_card_count_is_read_as_one_card_and_says_so() -> None:
    (row,) = parse_measurement_csv(csv_text(GOOD | {"gpu_count": "", "notes": "n"}), "f.csv")
    assert (row.gpu_count, row.notes) == (1, "n; gpu_count not stated, read as 1")


def test_words_for_the_quantization_are_kept_as_given() -> None:
    (row,) = parse_measurement_csv(csv_text(GOOD | {"quantization": "fp16+kv_fp8"}), "f.csv")
    assert row.quantization == "fp16+kv_fp8"


def test_an_unknown_gpu_and_model_are_taken() -> None:
    (row,) = parse_measurement_csv(csv_text(GOOD | {"gpu": "Abacus 9000", "model": "?"}), "f.csv")
    assert (row.gpu, row.model) == ("Abacus 9000", "?")


def test_columns_may_come_in_another_order_and_after_a_byte_order_mark(tmp_path: Path) -> None:
    lines = list(csv.reader(io.StringIO(csv_text(GOOD))))
    text = "\n".join(",".join(reversed(line)) for line in lines)
    (tmp_path / "f.csv").write_text("\ufeff" + text + "\r\n\r\n", encoding="utf-8")
    assert read_measurement_csv(tmp_path / "f.csv") == parse_measurement_csv(csv_text(GOOD), "f")


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("output_tokens_per_s", "fast", "'fast' is not a positive number up to 1e+12"),
        ("output_tokens_per_s", "nan", "'nan' is not a positive number"),
        ("output_tokens_per_s", "inf", "'inf' is not a positive number"),
        ("output_tokens_per_s", "1e999", "'1e999' is not a positive number"),
        ("output_tokens_per_s", "0", "'0' is not a positive number"),
        ("input_tokens", "-5", "'-5' is not a positive number"),
        ("input_tokens", "1_000", "'1_000' is not a positive number"),
        ("input_tokens", "٣", "'٣' is not a positive number"),
        ("input_tokens", "1,5", "'1,5' is not a positive number"),
        ("gpu_count", "1.5", "'1.5' is not a whole number"),
        ("load", "fast_loop", "'fast_loop' is not one of closed_loop, static_batch, burst,"),
        ("load", "", "'' is not one of closed_loop"),
        ("mode", "Online", "'Online' is not one of offline, online"),
        ("date", "soon", "'soon' is not an ISO date"),
        ("date", "2026-02-30", "'2026-02-30' is not an ISO date"),
        ("date", "07/08/2026", "'07/08/2026' is not an ISO date"),
        ("source", " ", "is blank, but every row must state it"),
        ("gpu", "", "is blank, but every row must state it"),
        ("engine_settings", "fast=1", "'fast=1' is not an engine setting; give name=value,"),
        ("engine_settings", "max_num_seqs=0", "engine setting max_num_seqs: '0' was given;"),
    ],
)
def test_a_cell_that_is_not_understood_is_refused(column: str, cell: str, reason: str) -> None:
    error = refusal(csv_text(GOOD, GOOD | {column: cell}))
    assert str(error).startswith(f"f.csv, line 3, {column}: {reason}")
    assert error.field == column


def test_a_missing_column_is_refused_by_name() -> None:
    error = refusal(HEADER.replace("power_w,", ""))
    assert str(error).startswith("f.csv, line 1: the header lacks column 'power_w';")
    assert error.field == "power_w"


def test_an_unknown_column_is_refused_by_name() -> None:
    assert "has unknown column 'speed'" in str(refusal(HEADER + ",speed"))


def test_a_repeated_column_is_refused_by_name() -> None:
    assert "repeats column 'gpu'" in str(refusal(HEADER + ",gpu"))


def test_a_file_of_something_else_names_a_few_columns() -> None:
    assert "lacks column 'source_id', 'gpu'" in str(refusal("a;b;c\n1;2;3\n"))


def test_a_row_of_another_width_is_refused() -> None:
    told = str(refusal(csv_text(GOOD) + "a,b\n"))
    assert told.startswith("f.csv, line 3: 2 cells, but the header has 29;")


def test_an_empty_file_says_what_should_be_there() -> None:
    assert str(refusal("")).startswith("f.csv is empty; its first line must be: source_id,")


def test_a_quote_that_does_not_end_is_refused() -> None:
    assert "not readable as CSV" in str(refusal(csv_text(GOOD) + '"abc\n'))


@pytest.mark.slow
def test_an_endless_cell_is_refused() -> None:
    assert "line 2: not readable as CSV" in str(refusal(csv_text(GOOD | {"notes": "x" * 10**7})))


def test_an_endless_column_name_is_cut_in_the_message() -> None:
    assert "has unknown column" in str(refusal(f"{HEADER},{'y' * 100_000}\n"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n\xff\xfe", "line 2: not UTF-8 text; save it as UTF-8"),
        (b"a,b\nc\x00", "line 2: contains a NUL byte"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_measurement_csv(tmp_path / "f.csv")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _path: None, "No such file"),
        (lambda path: path.mkdir(), "Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / "f.csv")
    with pytest.raises(InputError, match=reason):
        read_measurement_csv(tmp_path / "f.csv")


def test_an_export_replaces_the_file_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("old")
    write_measurement_csv(tmp_path / "f.csv", [MEASUREMENT])
    assert read_measurement_csv(tmp_path / "f.csv") == (MEASUREMENT,)
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text("old")

    def rows() -> object:
        yield MEASUREMENT
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        write_measurement_csv(tmp_path / "f.csv", rows())  # type: ignore[arg-type]
    assert (tmp_path / "f.csv").read_text() == "old"


def test_an_export_into_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be written .No such file or directory."):
        write_measurement_csv(tmp_path / "none" / "f.csv", [])
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written .Not a directory."):
        write_measurement_csv(tmp_path / "file" / "f.csv", [])
