"""Rows of the packaged files that do not load: no source, no date, an impossible number."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from paths import REPOSITORY

from planner.catalog import csv_rows
from planner.catalog.checkpoint import Checkpoint
from planner.catalog.gpu import GPU
from planner.catalog.model_spec import FineTune, ModelSpec, UnsizedModel
from planner.catalog.price_offer import PriceOffer
from planner.errors import CatalogError

DATA = REPOSITORY / "planner" / "data"


@pytest.mark.parametrize(
    ("file", "record", "field"),
    [
        ("gpus.csv", GPU, "source"),
        ("gpus.csv", GPU, "source_date"),
        ("models.csv", ModelSpec, "source"),
        ("models.csv", ModelSpec, "source_date"),
        ("fine_tunes.csv", FineTune, "source"),
        ("fine_tunes.csv", FineTune, "source_date"),
        ("checkpoints.csv", Checkpoint, "source"),
        ("checkpoints.csv", Checkpoint, "source_date"),
        ("unsized_models.csv", UnsizedModel, "source"),
        ("unsized_models.csv", UnsizedModel, "source_date"),
        ("prices.csv", PriceOffer, "source"),
        ("prices.csv", PriceOffer, "as_of"),
    ],
)
def test_a_row_without_source_or_date_does_not_load(
    tmp_path: Path, file: str, record: type, field: str
) -> None:
    planted = _with_field(tmp_path / file, file, line=3, field=field, value="")
    complete = None if file != "prices.csv" else (lambda row: row | {"usd_per_year": "1"})
    with pytest.raises(CatalogError, match=rf"^{file}, line 3: {field} is blank"):
        csv_rows.read_records(planted, record, complete)


@pytest.mark.parametrize("value", ["lots", "-1", "0", "nan", "inf", "1e999"])
def test_a_row_with_an_impossible_number_does_not_load(tmp_path: Path, value: str) -> None:
    planted = _with_field(tmp_path / "gpus.csv", "gpus.csv", 2, "fp16_tflops", value)
    with pytest.raises(CatalogError, match=r"^gpus.csv, line 2: fp16_tflops is"):
        csv_rows.read_records(planted, GPU)


def test_a_file_with_a_wrong_column_or_no_text_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "gpus.csv"
    wrong.write_text((DATA / "gpus.csv").read_text().replace("fp16_tflops", "tflops", 1))
    with pytest.raises(CatalogError, match=r"gpus.csv, line 1: .*fp16_tflops, tflops"):
        csv_rows.read_records(wrong, GPU)
    wrong.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogError, match=r"gpus.csv cannot be read"):
        csv_rows.read_records(wrong, GPU)


def _with_field(path: Path, original: str, line: int, field: str, value: str) -> Path:
    import csv

    shutil.copy(DATA / original, path)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    rows[line - 1][rows[0].index(field)] = value
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path
