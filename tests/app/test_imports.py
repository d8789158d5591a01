"""Measurement files uploaded to the Calibrate page: checks, what they change, and undo."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from app_page import html, problems
from command_line import complaint
from own_csv import as_csv, own_rows
from paths import DATA
from stand_ins import PROCESSOR
from store_samples import MEASUREMENT, OFFER
from streamlit.testing.v1 import AppTest

from app.scenario_from_fields import ARTICLE_CASE
from app.services import imports, opened_store
from app.services.forecast_change import ForecastChange
from app.services.imports import NUMBERS, TEXTS, Imported
from planner.errors import InputError
from planner.records.measurement import Measurement

pytestmark = pytest.mark.usefixtures("own_store")

STATED = dict.fromkeys((*TEXTS, *NUMBERS, "gpu_memory_gb", "allowed_failed"), "")
BENCHMARKS = DATA / "benchmarks"
SCENARIO = ARTICLE_CASE.model_copy(update={"gpus": ("A100 80GB",)})


@pytest.mark.slow
def test_own_measurements_move_the_forecast_and_undo_moves_it_back() -> None:
    imported = imports.import_files([("mine.csv", as_csv(own_rows()))], STATED, SCENARIO)
    assert imported.files == (("mine.csv", len(own_rows())),)
    assert len(imported.added) == len(own_rows())
    [one] = [c for c in imported.change.changed if "awq" in c.configuration]
    assert (one.before.basis, one.after.basis) != ("measured", "measured")
    assert one.after.basis in ("measured", "calibrated")
    assert one.after.output_tokens_per_s.value > 1.05 * one.before.output_tokens_per_s.value
    assert imports.undo(imported) == len(own_rows())
    assert opened_store.store().own_source_ids() == frozenset()


@pytest.mark.slow
def test_undo_leaves_what_was_there_before() -> None:
    first, *others = own_rows()
    imports.import_files([("first.csv", as_csv([first]))], STATED, SCENARIO)
    again = imports.import_files([("all.csv", as_csv([first, *others]))], STATED, SCENARIO)
    assert len(again.added) == len(others)
    imports.undo(again)
    kept = [row for row in opened_store.store().measurements() if row.source_id == "mine"]
    assert [row.concurrency for row in kept] == [first.concurrency]


UNMOVED = ForecastChange((), 0, "a plan", "a plan")
ON_CPU = replace(MEASUREMENT, gpu="cpu", quantization="none")


@pytest.mark.parametrize("needed_by", ["a measurement", "a price", "nothing"])
def test_undo_keeps_the_processor_that_something_else_needs(needed_by: str) -> None:
    own, before = opened_store.store(), replace(ON_CPU, source_id="before")
    own.add_measurements([ON_CPU, *([before] if needed_by == "a measurement" else [])])
    own.add_gpu(PROCESSOR)
    if needed_by == "a price":
        own.add_offer(replace(OFFER, gpu=PROCESSOR.name))
    imported = Imported((("mine.csv", 1),), (ON_CPU,), PROCESSOR, (), UNMOVED)
    assert imports.undo(imported) == 1
    kept = [gpu.name for gpu in own.gpus()]
    assert kept == ([] if needed_by == "nothing" else [PROCESSOR.name])


@pytest.mark.slow
def test_undo_leaves_what_somebody_else_imported_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    def also_by_another(rows: Iterable[Measurement]) -> int:
        return add([MEASUREMENT]) + add(rows)

    own = opened_store.store()
    add = own.add_measurements
    monkeypatch.setattr(own, "add_measurements", also_by_another)
    monkeypatch.setattr(imports, "forecasts_now", lambda _: SimpleNamespace(change=lambda: UNMOVED))
    imported = imports.import_files([("mine.csv", as_csv(own_rows()))], STATED, SCENARIO)
    assert len(imported.added) == len(own_rows())
    assert own.own_source_ids() == {"mine", MEASUREMENT.source_id}
    imports.undo(imported)
    assert own.own_source_ids() == {MEASUREMENT.source_id}


def test_an_import_that_stores_nothing_leaves_the_undo_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = Imported((("mine.csv", 1),), (MEASUREMENT,), None, (), UNMOVED)
    wrong = InputError("No file is selected.")
    outcomes = Mock(side_effect=[first, replace(first, added=()), wrong])
    monkeypatch.setattr(imports, "import_files", outcomes)
    page = AppTest.from_function(_only_the_upload).run()
    for _ in range(2):  # pressed twice
        page.button(key="measurement_files_import").click().run()
        assert page.session_state["measurement_files_imported"] == first
    assert "were stored before" in html(page)
    page.button(key="measurement_files_import").click().run()
    assert "No file is selected" in problems(page)[0]
    assert page.session_state["measurement_files_imported"] == first
    page.button(key="measurement_files_undo").click().run()
    assert "measurement_files_imported" not in page.session_state


def _only_the_upload() -> None:
    from app.components.measurement_upload import measurement_upload
    from app.scenario_from_fields import ARTICLE_CASE

    measurement_upload(["L4"], ARTICLE_CASE)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["guidellm_0_8.json", "vllm_closed_loop_plain.json"])
def test_a_result_file_needs_what_it_does_not_state(name: str) -> None:
    content = (BENCHMARKS / name).read_bytes()
    with pytest.raises(InputError, match="does not state the gpu") as refusal:
        imports.import_files([(name, content)], STATED, SCENARIO)
    assert refusal.value.field == "gpu"
    on = {"gpu": "L4", "model": SCENARIO.model, "quantization": "awq"}
    imported = imports.import_files([(name, content)], STATED | on, SCENARIO)
    assert {(row.gpu, row.model) for row in imported.added} == {("L4", SCENARIO.model)}


def test_one_bad_file_keeps_all_of_them_out_with_the_words_of_the_command(tmp_path: Path) -> None:
    good = as_csv(own_rows())
    bad = good.replace(b",gpu,", b",card,", 1)
    with pytest.raises(InputError) as refusal:
        imports.import_files([("good.csv", good), ("a/bad.csv", bad)], STATED, SCENARIO)
    (file := tmp_path / "bad.csv").write_bytes(bad)
    assert complaint("import", str(file)).endswith(str(refusal.value))
    assert "bad.csv, line 1" in str(refusal.value)
    assert opened_store.store().own_source_ids() == frozenset()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"{", "not readable as JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a\0b", "NUL byte"),
        (b"\xc3(", "not UTF-8"),
        (b" " * 20_000_001, "larger than 20 MB"),
    ],
)
def test_a_hostile_file_is_one_line_and_stores_nothing(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        imports.import_files([("../<b>x</b>\x1b[2J", content)], STATED, SCENARIO)
    assert str(refusal.value).isprintable()
    assert opened_store.store().own_source_ids() == frozenset()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gpu_count": "0"}, "out of range"),
        ({"gpu_count": "two"}, "cannot be read as a number"),
        ({"allowed_failed": "60"}, "out of range"),
        ({"gpu_memory_gb": "nan"}, "cannot be read as a number"),
    ],
)
def test_a_wrong_field_is_refused_at_its_place(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        imports.import_files([("a.csv", b"x")], STATED | wrong, SCENARIO)
    assert refusal.value.field in wrong


def test_measurements_that_are_too_fast_to_be_true_are_refused() -> None:
    row = next(row for row in own_rows() if row.concurrency == 32)
    fast = replace(row, output_tokens_per_s=1e7, requests_per_s=None)
    with pytest.raises(InputError, match="times the most that"):
        imports.import_files([("fast.csv", as_csv([fast]))], STATED, SCENARIO)
    with pytest.raises(InputError, match="No file is selected"):
        imports.import_files([], STATED, SCENARIO)
