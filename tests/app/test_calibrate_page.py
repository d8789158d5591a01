"""The Calibrate page, run without a browser, and calibrations that it starts."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path

import pytest
from app_page import html, problems
from own_csv import as_csv, own_rows
from paths import REPOSITORY, SUPPORT
from stand_ins import PROCESSOR
from streamlit.testing.v1 import AppTest

from app.scenario_from_fields import ARTICLE_CASE
from app.services import calibration_design, opened_store, plans, started_calibration
from app.services.started_calibration import ALLOW_VARIABLE, CalibrationState
from planner.errors import InputError
from planner.report.pdf_deployment import calibrate_command

CALIBRATE = REPOSITORY / "app" / "pages" / "calibrate_page.py"
SMALL = ARTICLE_CASE.model_copy(
    update={"gpus": ("L4",), "quantization": "awq", "input_tokens": 200, "output_tokens": 20}
)

pytestmark = pytest.mark.slow  # each runs the page, or a calibration with a stand-in for vLLM


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(CALIBRATE), default_timeout=60).run()


def test_the_design_has_the_points_of_a_quick_calibration_with_their_minutes() -> None:
    plan = plans.answer(SMALL)
    design = calibration_design.calibration_design(SMALL, plan.options[0].fleet[0])
    assert 1 <= len(design.points) <= 6
    assert design.points[0].minutes is not None
    # The engine's start, two minutes, comes on top of the points.
    minutes = sum(point.minutes or 0.0 for point in design.points)
    assert design.minutes == pytest.approx(minutes + 2.0)


def test_the_page_shows_hardware_command_and_points_and_starts_nothing(page: AppTest) -> None:
    assert not page.exception
    plan = plans.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    assert page.code[0].value == shlex.join(calibrate_command(plan, plan.recommended.fleet[0]))
    for words in ("This server has no GPU", "Load points in their order", "None yet", "=1"):
        assert words in html(page)
    assert [b.key for b in page.button if b.key == "calibration_start"] == []
    with pytest.raises(InputError, match="starts no calibrations"):
        started_calibration.start(plan, plan.recommended.fleet[0])


@pytest.mark.usefixtures("own_store")
def test_an_import_shows_its_effect_and_a_source_is_set_aside_and_used_again(page: AppTest) -> None:
    page.button(key="measurement_files_import").click().run()
    assert "No file is selected" in problems(page)[0]
    file = ("mine.csv", as_csv(own_rows()), "text/csv")
    page.file_uploader(key="measurement_files_files").set_value([file])
    page.button(key="measurement_files_import").click().run()
    assert not page.exception
    assert f"mine.csv: {len(own_rows())} measurements" in html(page)
    assert "with the 90 % interval" in html(page)
    page.button(key="own_source_change").click().run()
    assert opened_store.store().set_aside() == {"mine"}
    assert "mine is set aside: no forecast uses it." in html(page)
    page.button(key="own_source_undo").click().run()
    assert opened_store.store().set_aside() == frozenset()
    page.button(key="measurement_files_undo").click().run()
    assert opened_store.store().own_source_ids() == frozenset()


@pytest.fixture
def stand_in_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `vllm` on PATH that answers at once, on a processor that counts as this server's GPU."""
    monkeypatch.setenv("STAND_IN_FOLDER", str(tmp_path))
    monkeypatch.setenv(ALLOW_VARIABLE, "1")
    program = tmp_path / "vllm"
    stand_in = shlex.join([sys.executable, str(SUPPORT / "stand_in_vllm.py")])
    program.write_text(f'#!/bin/sh\nexec {stand_in} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    opened_store.store().add_gpu(PROCESSOR)
    monkeypatch.setattr(started_calibration, "_started", [])


def ended() -> CalibrationState:
    for _ in range(600):
        state = started_calibration.state()
        assert state is not None
        if not state.is_running:
            return state
        time.sleep(0.2)
    raise AssertionError("the calibration did not end within two minutes")


@pytest.mark.usefixtures("own_store", "stand_in_engine")
def test_a_calibration_is_started_followed_by_point_and_compared() -> None:
    plan = plans.answer(SMALL)
    started_calibration.start(plan, plan.options[0].fleet[0])
    with pytest.raises(InputError, match="A calibration is running on this server"):
        started_calibration.start(plan, plan.options[0].fleet[0])
    state = ended()
    assert (state.exit_status, state.run and state.run.gpu) == (0, "cpu"), state.says
    assert any(point.status == "ok" for point in state.points)
    assert state.change is not None
    page = AppTest.from_file(str(CALIBRATE), default_timeout=60).run()
    assert not page.exception
    assert "The calibration has ended" in html(page)
    assert "Points of the calibration" in html(page)


@pytest.mark.usefixtures("own_store", "stand_in_engine")
def test_a_calibration_is_stopped_and_resumed(tmp_path: Path) -> None:
    (tmp_path / "trouble").write_text("slow")
    plan = plans.answer(SMALL)
    started_calibration.start(plan, plan.options[0].fleet[0])
    while (state := started_calibration.state()) and state.is_running and state.run is None:
        time.sleep(0.2)
    started_calibration.stop()
    state = ended()
    assert state.run is not None, state.says
    assert state.run.stopped == "interrupted"
    (tmp_path / "trouble").write_text("")
    assert [run.run_id for run in started_calibration.resumable()] == [state.run.run_id]
    started_calibration.resume(state.run.run_id, SMALL)
    again = ended()
    assert again.run is not None, again.says
    assert again.run.run_id == state.run.run_id
    assert any(point.status == "ok" for point in again.points)
