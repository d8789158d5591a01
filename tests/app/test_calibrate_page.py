"""The Calibrate page, run without a browser, and calibrations that it starts."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from app_page import html, problems
from own_csv import as_csv, own_rows
from paths import REPOSITORY, SUPPORT
from stand_ins import PROCESSOR
from store_samples import POINT, RUN
from streamlit.testing.v1 import AppTest

from app.scenario_from_fields import ARTICLE_CASE
from app.services import calibration_design, opened_store, plans, started_calibration
from app.services.started_calibration import ALLOW_VARIABLE, CalibrationState
from planner.errors import InputError, StoreError
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import read_scenario_file
from planner.forecast.own_runs import Role
from planner.report.pdf_deployment import calibrate_command
from planner.wording.own_run_sentences import use_of_source

CALIBRATE = REPOSITORY / "app" / "pages" / "calibrate_page.py"
SMALL = ARTICLE_CASE.model_copy(
    update={"gpus": ("L4",), "quantization": "awq", "input_tokens": 200, "output_tokens": 20}
)
ON_A100 = ARTICLE_CASE.model_copy(update={"gpus": ("A100 80GB",), "quantization": "awq"})

pytestmark = pytest.mark.slow  # each runs the page, or a calibration with a stand-in for vLLM


def page_for(scenario: Scenario) -> AppTest:
    """The page of a visitor whose last plan was of that scenario."""
    page = AppTest.from_file(str(CALIBRATE), default_timeout=60)
    page.session_state["answered"] = plans.answer(scenario)
    return page.run()


def test_the_design_has_the_points_of_a_quick_calibration_with_their_minutes() -> None:
    plan = plans.answer(SMALL)
    design = calibration_design.calibration_design(SMALL, plan.options[0].fleet[0])
    assert 1 <= len(design.points) <= 6
    assert design.points[0].minutes is not None
    # The engine's start, two minutes, comes on top of the points.
    minutes = sum(point.minutes or 0.0 for point in design.points)
    assert design.minutes == pytest.approx(minutes + 2.0)


def test_the_page_shows_hardware_command_and_points_and_starts_nothing() -> None:
    page, plan = page_for(ON_A100), plans.answer(ON_A100)
    assert not page.exception
    assert plan.recommended is not None
    command = calibrate_command(plan, plan.recommended.fleet[0], "scenario.yaml")
    assert page.code[0].value == shlex.join(command)
    assert command[-2:] == ("--workload", "scenario.yaml")
    for words in ("This server has no GPU", "Load points in their order", "None yet", "=1"):
        assert words in html(page)
    assert [b.key for b in page.button if b.key == "calibration_start"] == []
    with pytest.raises(InputError, match="starts no calibrations"):
        started_calibration.start(plan, plan.recommended.fleet[0])


@pytest.mark.usefixtures("own_store")
def test_a_server_of_joined_machines_is_measured_on_its_own_gpu_not_on_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan, started = plans.answer(ON_A100), list[Sequence[str]]()
    assert plan.recommended is not None
    [item] = plan.recommended.fleet
    pair = replace(item, price_offer=replace(item.price_offer, machines=2))
    monkeypatch.setenv(ALLOW_VARIABLE, "1")
    monkeypatch.setattr(started_calibration, "_launch", lambda words, *_: started.append(words))
    started_calibration.start(plan, pair)
    started_calibration.start(plan, item)
    named = [[words[n + 1] for n, one in enumerate(words) if one == "--gpu"] for words in started]
    assert named == [["A100 80GB"], ["cpu"]]


def test_where_no_price_is_current_the_model_is_not_called_unable() -> None:
    page = page_for(ARTICLE_CASE.model_copy(update={"gpus": ("L4",), "terms": ("reserved",)}))
    assert not page.exception
    assert "has a current price offer on these terms, so there is nothing to" in html(page)


@pytest.mark.usefixtures("own_store")
def test_an_import_shows_its_effect_and_a_source_is_set_aside_and_used_again() -> None:
    page = page_for(ON_A100)
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


@pytest.mark.parametrize(
    ("aside", "roles", "use"),
    [
        (True, {"speaks"}, "set aside"),
        (False, {"speaks", "supports"}, "used"),
        (False, {"disagrees"}, "not used"),
        (False, {"speaks", "disagrees"}, "used in part"),
        (False, set(), "no run that forecasts can use"),
    ],
)
def test_a_source_is_called_used_only_if_its_runs_are(
    aside: bool, roles: set[Role], use: str
) -> None:
    assert use_of_source(aside, roles) == use


@pytest.fixture
def stand_in_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A `vllm` on PATH that answers at once, on a processor that counts as this server's GPU."""
    monkeypatch.setenv("STAND_IN_FOLDER", str(tmp_path))
    monkeypatch.setenv(ALLOW_VARIABLE, "1")
    program = tmp_path / "vllm"
    stand_in = shlex.join([sys.executable, str(SUPPORT / "stand_in_vllm.py")])
    program.write_text(f'#!/bin/sh\nexec {stand_in} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    opened_store.store().add_gpu(PROCESSOR)
    opened_store.store().save_scenario("small", SMALL)  # the run ends with a plan of this one
    started: list[Any] = []
    monkeypatch.setattr(started_calibration, "_started", started)
    yield
    for one in started:
        one.process.stop()


def any_measured(state: CalibrationState) -> bool:
    return any(point.status == "ok" for point in state.points)


def waited_for(reached: Callable[[CalibrationState], bool]) -> CalibrationState:
    """The state once it is reached; the test fails after some minutes."""
    for _ in range(1200):
        state = started_calibration.state()
        assert state is not None
        if reached(state):
            return state
        time.sleep(0.2)
    started_calibration.stop()
    raise AssertionError(f"not reached: {state.says}")


@pytest.mark.usefixtures("own_store", "stand_in_engine")
def test_a_calibration_is_started_followed_by_point_stopped_and_compared(tmp_path: Path) -> None:
    (tmp_path / "trouble").write_text("4 more, then stuck")  # so that it is there to be stopped
    plan = plans.answer(SMALL)
    started_calibration.start(plan, plan.options[0].fleet[0])
    with pytest.raises(InputError, match="A calibration is running on this server"):
        started_calibration.start(plan, plan.options[0].fleet[0])
    state = waited_for(lambda state: not state.is_running or any_measured(state))
    assert state.is_running, state.says
    page = page_for(SMALL)
    assert "The calibration is running: " in html(page)
    page.button(key="calibration_stop").click().run()
    state = waited_for(lambda state: not state.is_running)
    assert (state.exit_status, state.run and state.run.gpu) == (130, "cpu"), state.says
    assert state.change is not None
    page.run()
    assert not page.exception
    assert "The calibration has ended (interrupted)" in html(page)
    assert "Points of the calibration" in html(page)
    [run] = started_calibration.resumable()
    assert run.stopped == "interrupted"


class EndedProcess:
    """Stands in for a process that has ended."""

    def poll(self) -> int:
        return 0

    def stop(self) -> None:
        """Nothing runs."""


class UnknownModel:
    """Stands in for a plan that cannot be made again, as its model was removed."""

    plan = SimpleNamespace(scenario=SMALL)

    def change(self) -> None:
        raise InputError("model 'our-org/<b>' is not in the catalogue")


@pytest.mark.usefixtures("own_store")
def test_a_calibration_shows_its_points_although_its_model_was_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = opened_store.store()
    own.create_run(RUN)
    own.record_point(RUN.run_id, POINT)
    (log := tmp_path / "log.txt").write_text(f"Run {RUN.run_id}; quick\n")
    started: Any = started_calibration._Started
    monkeypatch.setattr(
        started_calibration, "_started", [started(EndedProcess(), log, UnknownModel())]
    )
    state = started_calibration.state()
    assert state is not None
    assert (state.exit_status, len(state.points), state.change) == (0, 1, None)
    page = AppTest.from_function(_only_the_progress).run()
    assert not page.exception
    assert "Points of the calibration" in html(page)
    [told] = problems(page)
    assert "cannot be shown: model &#x27;our-org/&lt;b&gt;&#x27; is not in" in told


@pytest.mark.usefixtures("own_store")
def test_progress_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise StoreError("The store cannot be read.")

    monkeypatch.setattr(started_calibration, "state", refuse)
    page = AppTest.from_function(_only_the_progress).run()
    assert not page.exception
    assert "The store cannot be read." in problems(page)[0]


def _only_the_progress() -> None:
    from app.components import calibration_here

    calibration_here._progress()


class RecordedProcess:
    """Stands in for a process that runs for ever: it remembers its command."""

    commands: ClassVar[list[list[str]]] = []
    group = None

    def __init__(self, command: Sequence[str], *, log: Path) -> None:
        self.commands.append(list(command))
        log.write_text("")

    def poll(self) -> int | None:
        return None

    def stop(self) -> None:
        """Nothing runs."""


def test_a_calibration_gets_its_arguments_as_a_list_and_its_scenario_as_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ALLOW_VARIABLE, "1")
    monkeypatch.setattr(started_calibration, "_started", [])
    monkeypatch.setattr(started_calibration, "GuardedProcess", RecordedProcess)
    plan = plans.answer(SMALL.model_copy(update={"name": "$(touch x); `y`"}))
    started_calibration.start(plan, plan.options[0].fleet[0])
    [[python, *words]] = RecordedProcess.commands
    assert python == sys.executable
    assert words[:5] == ["-m", "planner", "calibrate", "--model", SMALL.model]
    assert words[-3:] == ["--gpu", "cpu", "--yes"]
    workload = Path(words[words.index("--workload") + 1])
    assert read_scenario_file(workload) == plan.scenario
    state = started_calibration.state()
    assert state is not None
    assert (state.is_running, state.run, state.points) == (True, None, ())


def test_a_calibration_with_a_draft_is_not_started_as_nobody_said_which_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ALLOW_VARIABLE, "1")
    monkeypatch.setattr(started_calibration, "_started", [])
    monkeypatch.setattr(RecordedProcess, "commands", [])
    monkeypatch.setattr(started_calibration, "GuardedProcess", RecordedProcess)
    plan = plans.answer(SMALL)
    drafted = replace(plan, scenario=SMALL.model_copy(update={"speculative_method": "eagle"}))
    with pytest.raises(InputError, match=r"yourself: \./draft-model stands for your draft"):
        started_calibration.start(drafted, plan.options[0].fleet[0])
    assert RecordedProcess.commands == []


@pytest.mark.usefixtures("own_store")
def test_a_run_of_the_store_is_resumed_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOW_VARIABLE, "1")
    monkeypatch.setattr(started_calibration, "_started", [])
    monkeypatch.setattr(started_calibration, "GuardedProcess", RecordedProcess)
    with pytest.raises(InputError, match="No calibration run '--help' in the store"):
        started_calibration.resume("--help", SMALL)
    opened_store.store().create_run(RUN)
    assert started_calibration.resumable() == (RUN,)
    started_calibration.resume(RUN.run_id, SMALL)
    assert RecordedProcess.commands[-1][1:] == [
        *("-m", "planner", "calibrate", "--resume", RUN.run_id)
    ]
