"""The Model page, run without a browser: what it says of the forecasts and from what."""

from __future__ import annotations

import shlex
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import plotly.graph_objects as go
import pytest
from paths import REPOSITORY
from pypdf import PdfReader
from store_samples import MEASUREMENT
from streamlit.testing.v1 import AppTest

from app import charts
from app.changelog import changed_results
from app.forecast_weaknesses import weaknesses
from app.scenario_from_fields import ARTICLE_CASE
from app.services import curves, opened_store, plans
from benchmarks.design.informative_points import worth_measuring
from planner.catalog.lookup import Catalog
from planner.forecast.accuracy_record import (
    AccuracyRow,
    LeftOut,
    accuracy_rows,
    left_out_rows,
    overall,
)
from planner.forecast.forecast_values import Interval
from planner.forecast.forecaster import Forecaster
from planner.records.calibration_record import CalibrationRun
from planner.report.pdf_deployment import calibrate_command, first_measurement
from planner.vllm.deployment import Deployment
from planner.wording.formatting import percent

MODEL = REPOSITORY / "app" / "pages" / "model_page.py"
MAIN = MODEL.parent.parent / "main.py"

RUN = CalibrationRun(
    run_id="r1",
    started_at="2026-11-20T09:30:00Z",
    finished_at="2026-11-20T09:45:00Z",
    suite="quick",
    model="mistralai/<b>Mistral</b>",
    base_model=None,
    gpu="L4",
    gpu_count=1,
    quantization="awq",
    engine="vllm",
    engine_version="0.11.0",
    environment={},
    design={},
    stopped="design complete",
    source_id="run-r1",
)


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_file(str(MODEL), default_timeout=60).run()


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def row(name: str, kind: str = "gpu", **figures: float) -> AccuracyRow:
    stated = {"groups": 5, "rows": 50, "median_mape": 0.2, "coverage90": 0.9} | figures
    return AccuracyRow(
        stage="zero_shot",
        kind=kind,
        name=name,
        groups=int(stated["groups"]),
        rows=int(stated["rows"]),
        median_mape=stated["median_mape"],
        share_within_5pct=0.1,
        coverage90=stated["coverage90"],
    )


def point(ratio: float, gpu: str = "T4") -> LeftOut:
    sample = left_out_rows()[0]
    forecast = Interval(100 * ratio, 90 * ratio, 110 * ratio)
    return replace(sample, gpu=gpu, measured=100.0, forecast=forecast)


@pytest.mark.slow
def test_the_headline_is_the_stored_error_before_and_after_four_points(page: AppTest) -> None:
    assert not page.exception
    before, after = overall("zero_shot"), overall("calibrated_4")
    assert f"Median error {percent(before.median_mape)} before any measurement" in html(page)
    assert f"{percent(after.median_mape)} after four measured points" in html(page)
    assert [e.value for e in page.header][:4] == [
        "Forecast against measured",
        "By GPU",
        "By kind of deployment",
        "By source",
    ]


@pytest.mark.slow
def test_the_tables_have_a_row_for_every_gpu_and_source(page: AppTest) -> None:
    gpus, quantizations, sizes, engines, sources = (frame.value for frame in page.dataframe)
    for frame in (quantizations, sizes, engines):
        assert sum(frame["Points"]) == len(left_out_rows())
    assert set(gpus["GPU"]) == {r.name for r in accuracy_rows() if r.kind == "gpu"}
    assert len(sources) == len({p.source_id for p in left_out_rows()})
    assert sum(gpus["Points"]) == len(left_out_rows())


@pytest.mark.slow
def test_the_errors_of_answer_times_are_told(page: AppTest) -> None:
    [row] = [r for r in accuracy_rows() if r.stage == "arrivals" and r.kind == "all"]
    assert "Answer times" in [e.value for e in page.header]
    told = html(page).split("Mean time to the last token")[1].split("</tr>")[0]
    assert str(row.rows) in told
    assert percent(row.median_mape) in told
    assert percent(row.coverage90) in told


@pytest.mark.slow
def test_one_gpu_can_be_selected(page: AppTest) -> None:
    page.button_group(key="by").set_value("One GPU")
    page.run()
    page.selectbox(key="gpu").set_value("L4")
    page.run()
    assert not page.exception
    number = sum(p.gpu == "L4" for p in left_out_rows())
    assert f"of {number} load points, L4" in page.caption[0].value


@pytest.mark.slow
def test_the_next_measurement_is_for_the_plan_that_was_answered(page: AppTest) -> None:
    plan = plans.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    worth = curves.worth_measuring(ARTICLE_CASE, plan.recommended.fleet[0])
    assert first_measurement(worth) in html(page)
    command = calibrate_command(plan, plan.recommended.fleet[0], "scenario.yaml")
    assert page.code[0].value == shlex.join(command)
    assert command[-2:] == ("--workload", "scenario.yaml")


@pytest.mark.slow
def test_the_report_and_the_page_say_the_same_of_what_to_measure_first(page: AppTest) -> None:
    plan = plans.answer(ARTICLE_CASE)
    assert plan.recommended is not None
    said = first_measurement(curves.worth_measuring(ARTICLE_CASE, plan.recommended.fleet[0]))
    pdf = PdfReader(BytesIO(plans.report(plan)))
    report = " ".join(" ".join(p.extract_text() for p in pdf.pages).split())
    assert said in html(page)
    assert said in report
    assert page.code[0].value in report.replace("\\ ", "")


@pytest.mark.slow
def test_a_workload_of_its_own_goes_along_with_the_command() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    page.text_input(key="input").set_value("4,000").run()
    page.switch_page("pages/model_page.py").run()
    assert page.code[0].value.endswith("--suite quick --workload scenario.yaml")


@pytest.mark.slow
def test_the_draft_of_speculative_decoding_is_named_beside_the_command() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    page.selectbox(key="speculation").set_value("eagle").run()
    page.text_input(key="accepted").set_value("70").run()
    page.switch_page("pages/model_page.py").run()
    assert not page.exception
    assert "--speculative-method eagle --speculative-tokens" in page.code[0].value
    assert page.code[0].value.endswith("--speculative-model ./draft-model --workload scenario.yaml")
    assert "./draft-model stands for your draft" in html(page)


@pytest.mark.slow
@pytest.mark.usefixtures("own_store")
def test_own_runs_are_listed_as_data(page: AppTest) -> None:
    assert "None yet: all forecasts rest on published measurements" in html(page)
    opened_store.store().create_run(RUN)
    again = AppTest.from_file(str(MODEL), default_timeout=60).run()
    assert "2026-11-20 09:30" in html(again)
    assert "design complete" in html(again)
    assert "<b>Mistral</b>" not in html(again)
    mine = replace(MEASUREMENT, source_id="<b>mine</b>", model="mistralai/Mistral-7B-Instruct-v0.2")
    opened_store.store().add_measurements([mine, replace(mine, source_id="wrong", concurrency=4.0)])
    opened_store.store().set_source_aside("wrong")
    again = AppTest.from_file(str(MODEL), default_timeout=60).run()
    assert "&lt;b&gt;mine&lt;/b&gt;" in html(again)
    assert "newest, used" in html(again)
    assert "Set aside, in no forecast: wrong." in html(again)


@pytest.mark.slow
def test_the_version_in_use_and_the_changed_results_are_told(page: AppTest) -> None:
    assert opened_store.forecaster().model_version in html(page)
    [changes] = [e.value for e in page.markdown if "Model revision" in e.value]
    assert changes.splitlines() == [f"- {change.text}" for change in changed_results()]
    assert "Not released yet" in [e.value for e in page.subheader]
    assert "Unreleased" not in html(page)


def test_only_changed_results_are_read_from_a_changelog(tmp_path: Path) -> None:
    (tmp_path / "C.md").write_text(
        "# Changelog\n\n## 1.1\n\n### Changed results\n- Revision 2: terms\n  differ.\n\n"
        "### Added\n- x\n\n## 1.0\n### Changed results\n- Revision 1.\n"
    )
    changes = changed_results(tmp_path / "C.md")
    assert [(c.release, c.text) for c in changes] == [
        ("1.1", "Revision 2: terms differ."),
        ("1.0", "Revision 1."),
    ]
    assert changed_results(tmp_path / "none.md") == ()


def test_gpus_with_weak_forecasts_are_named_with_their_figures() -> None:
    rows = [row("T4", median_mape=0.8, groups=4), row("L4", coverage90=0.5), row("A2", groups=1)]
    points = [point(1.6)] * 5 + [point(1.0, "L4")] * 5
    said = " ".join(weaknesses(rows, points, {}, ["T4", "L4", "A2", "B200"]))
    assert "the largest errors: T4 (80 %, 4 deployments)" in said
    assert "too high on T4 (1.6 x)" in said
    assert "holds too few points on L4 (50 %)" in said
    assert "at most 3 deployments, so their figures say little: A2 (1)" in said
    assert said.endswith("so the error there is unknown: B200.")


def test_where_nothing_is_weak_nothing_is_said_but_the_largest_errors() -> None:
    assert weaknesses([row("T4")], [point(1.0)] * 5, {}, ["T4"]) == (
        "By GPU, before any measurement on it, the largest errors: T4 (20 %, 5 deployments).",
    )


def test_hollow_points_are_those_outside_their_interval() -> None:
    points = [point(1.0), point(1.05), point(2.0)]
    chart = charts.forecast_against_measured(points, [], "all", charts.palette("dark"))
    symbols = {t.name: (t.marker.symbol, len(t.x)) for t in go.Figure(chart.figure).data if t.text}
    basis = points[0].basis
    assert symbols[f"{basis}, inside its interval"] == ("square", 2)
    assert symbols[f"{basis}, outside its interval"] == ("square-open", 1)
    assert "67 % of the forecasts are within 25 % of the measured figure" in chart.alt
    assert "67 % of the measured figures are within the 90 % interval" in chart.alt


@pytest.mark.slow
def test_every_measurement_narrows_the_forecast(forecaster: Forecaster, catalog: Catalog) -> None:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    deployment = Deployment(catalog.gpu("L4"), 1, model, "awq")
    worth = worth_measuring(forecaster, deployment, 2000, 150)
    widths = [worth.interval, *(step.interval for step in worth.steps)]
    assert len(widths) == 5
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 0.6 * widths[0]


@pytest.mark.slow
def test_the_entries_of_the_plan_page_outlive_a_visit_to_the_model_page() -> None:
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    page.text_input(key="documents").set_value("7,000,000").run()
    page.switch_page("pages/model_page.py").run()
    assert "How far to trust the forecasts" in [t.value for t in page.title]
    page.switch_page("pages/plan_page.py").run()
    assert page.text_input(key="documents").value == "7,000,000"
