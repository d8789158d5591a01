"""The sizing PDF as its reader gets it: what it says, how it is set, what cannot break it."""

from __future__ import annotations

import datetime
import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sample_plan import A100, EMPTY_PLAN, FEASIBLE_PLAN, INFEASIBLE_PLAN, MEASUREMENTS, SCENARIO

from planner.catalog.lookup import Catalog
from planner.entered.cost_item import CostItem
from planner.fleet.plan import Plan, Year
from planner.forecast.forecast_values import Interval
from planner.forecast.worth_measuring import Step, Worth
from planner.report import pdf as typesetting
from planner.report.pdf import sizing_pdf
from planner.report.pdf_content import content
from planner.report.pdf_evidence import Accuracy, Curve, evidence_for
from planner.report.pdf_safe_text import literal_tree

pytestmark = pytest.mark.slow

CREATED = datetime.date(2026, 11, 22)


def render(plan: Plan, catalog: Catalog, **evidence: object) -> bytes:
    return sizing_pdf(plan, evidence_for(plan, catalog, MEASUREMENTS, **evidence), created=CREATED)


def read(pdf: bytes) -> str:
    """All text with every run of white space as one space."""
    reader = PdfReader(io.BytesIO(pdf))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def named(name: str) -> Plan:
    return replace(FEASIBLE_PLAN, scenario=SCENARIO.model_copy(update={"name": name}))


def test_the_first_page_says_what_to_take_what_it_costs_and_what_it_meets(
    catalog: Catalog,
) -> None:
    first = PdfReader(io.BytesIO(render(FEASIBLE_PLAN, catalog))).pages[0].extract_text()
    text = " ".join(first.split())
    for said in (
        "Claims 2027",
        "2026-11-22",
        "forecast model version fixture-1",
        "RECOMMENDED",
        "1 x A100 80GB",
        "$29,756 a year",
        "$1.49 per 1,000 documents",
        "77 % utilization",
        "Volume ✓ yes 93 % sure",
        "20,000,000 documents a year; capacity 26.1 million (22 to 30.4 million)",
        "Answer time ✓ yes 93 % sure of 30 s 95 % of answers within 21.4 s",
        "Budget ✓ yes limit $30,000",
        "Prompt processing is the bottleneck",
        "18 measurements on this GPU, by Fixture Lab",
        "In 93 of 100 cases this fleet does what is asked: it keeps up with the busiest hour, and "
        "95 % of the answers come within 30 s.",
        "N + 1 is not included: while a machine is down, its documents wait. One spare machine "
        "costs $29,756 a year more.",
        "Approval Name Signature Date Prepared by Approved by operations Approved by finance",
        "page 1 of 3",
    ):
        assert said in text


def test_the_files_to_deploy_are_named_if_something_is_recommended(catalog: Catalog) -> None:
    assert "planner plan --deploy FOLDER" in read(render(FEASIBLE_PLAN, catalog))
    assert "--deploy" not in read(render(INFEASIBLE_PLAN, catalog))


def test_prices_and_measurements_carry_who_when_and_where_from(catalog: Catalog) -> None:
    text = read(render(FEASIBLE_PLAN, catalog))
    assert "Fixture Cloud, fx.1x on-demand eu-test-1 $3.40 $29,756 2026-07-20 [1]" in text
    assert "[1] example.org/price-list (test fixture)" in text
    assert "awq 0.6.1 Fixture Lab, made-up sweep 2024-10-02 to 2024-10-19 18" in text
    assert "Further points: 7 on 1 GPU by 1 source" in text


def test_the_command_the_settings_and_the_first_measurement_close_the_report(
    catalog: Catalog,
) -> None:
    worth = Worth(0.62, (Step(4000, 75, 8, 0.4), Step(8000, 150, 2, 0.21)))
    text = read(render(FEASIBLE_PLAN, catalog, worth=worth))
    assert "vllm serve mistralai/Mistral-7B-Instruct-v0.2 --quantization awq" in text
    assert "--max-model-len 8192" in text
    assert "planner calibrate --model mistralai/Mistral-7B-Instruct-v0.2" in text
    assert "known to within a factor of 1.62. Measuring 4,000 tokens in and 75 out with 8" in text
    assert "2 points on your own machine bring the factor to about 1.21" in text
    assert "2 8,000 150 2 1.21" in text


def test_a_plan_without_a_feasible_option_names_the_nearest_and_what_would_help(
    catalog: Catalog,
) -> None:
    text = read(render(INFEASIBLE_PLAN, catalog))
    assert "NO CONFIGURATION MEETS EVERY LIMIT Closest: 1 x A100 80GB" in text
    assert "Budget ✗ no limit $15,000 costs $29,756 a year" in text
    assert "What would make it feasible • raise the budget to $29,756 a year: 1 x A100 80GB" in text


def test_a_plan_without_any_option_gives_the_reasons(catalog: Catalog) -> None:
    text = read(render(EMPTY_PLAN, catalog))
    assert "None of the GPUs considered can run this model" in text
    assert "AWQ needs compute capability 7.5 in vLLM 0.11.0; this card has 7.0." in text
    assert "Nothing to deploy" in text


def test_an_unchecked_forecast_says_so_and_a_checked_one_shows_its_error(
    catalog: Catalog,
) -> None:
    assert "Nobody has checked this forecast" in read(render(FEASIBLE_PLAN, catalog))
    checked = render(
        FEASIBLE_PLAN, catalog, accuracy=Accuracy("Twelve groups.", (("Median error", "19 %"),))
    )
    assert "Twelve groups. Check Result Check Result Median error 19 %" in read(checked)
    assert "Nobody has checked" not in read(checked)


def test_the_forecast_curve_is_drawn_where_it_is_given(catalog: Catalog) -> None:
    curve = Curve(
        "Throughput of one replica",
        tuple((float(n), Interval(50.0 + n, 40.0 + n, 60.0 + n)) for n in (1, 2, 4, 8)),
        ((4.0, 52.0),),
    )
    text = read(render(FEASIBLE_PLAN, catalog, curve=curve))
    assert "Throughput of one replica" in text
    assert "Circles: measured" in text


@pytest.mark.parametrize("plan", [FEASIBLE_PLAN, INFEASIBLE_PLAN, EMPTY_PLAN])
def test_it_is_two_or_three_a4_pages_each_with_its_number(plan: Plan, catalog: Catalog) -> None:
    pages = PdfReader(io.BytesIO(render(plan, catalog))).pages
    assert 2 <= len(pages) <= 3
    for number, page in enumerate(pages, start=1):
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
        assert f"page {number} of {len(pages)}" in page.extract_text()


def test_it_may_be_set_on_letter_paper(catalog: Catalog) -> None:
    evidence = evidence_for(FEASIBLE_PLAN, catalog, MEASUREMENTS)
    pdf = sizing_pdf(FEASIBLE_PLAN, evidence, created=CREATED, paper="letter")
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert 2 <= len(pages) <= 4
    for page in pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [612, 792]
    assert "Approved by finance" in pages[0].extract_text()


def test_the_years_are_a_table_if_there_are_several(catalog: Catalog) -> None:
    years = tuple(
        Year(n, 20e6 * 1.2 ** (n - 1), A100.fleet, 29_756.0, 26.1e6, enough=n == 1) for n in (1, 2)
    )
    grown = replace(FEASIBLE_PLAN, years=years, next_machine_month=9)
    text = read(render(grown, catalog))
    assert "Year Documents Replicas Machines Capacity USD a year Enough" in text
    assert "1 20 million 1 1 26.1 million $29,756 yes 2 24 million 1 1 26.1 million" in text
    assert "The next machine is due in 9 months. Prices are those of today." in text
    assert "more documents each year" not in text
    assert "Year by year" not in read(render(FEASIBLE_PLAN, catalog))


def test_nobody_signs_what_is_not_advised(catalog: Catalog) -> None:
    assert "Approv" not in read(render(INFEASIBLE_PLAN, catalog))


@pytest.mark.parametrize("rows", range(0, 40, 4))
def test_what_belongs_together_stands_on_one_page_however_long_the_report(
    rows: int, catalog: Catalog
) -> None:
    costs = tuple(CostItem(name=f"Cost {n}", amount=100.0) for n in range(rows))
    plan = replace(FEASIBLE_PLAN, scenario=SCENARIO.model_copy(update={"other_costs": costs}))
    worth = Worth(0.62, (Step(4000, 75, 8, 0.4), Step(8000, 150, 2, 0.21)))
    accuracy = Accuracy("Twelve groups.", tuple((f"Error {n}", "19 %") for n in range(6)))
    pdf = PdfReader(io.BytesIO(render(plan, catalog, worth=worth, accuracy=accuracy)))
    pages = [page.extract_text() for page in pdf.pages]
    for together in (
        ("To deploy", "vllm serve", "Measure first", "planner calibrate", "Then within a factor"),
        ("How far to trust the forecast", "Twelve groups.", "Error 0", "Error 5"),
        ("Datasheets", "312 TFLOP/s"),
    ):
        assert [page for page in pages if all(words in page for words in together)], together


def test_the_same_plan_gives_the_same_bytes_from_any_process(catalog: Catalog) -> None:
    first = render(FEASIBLE_PLAN, catalog)
    typesetting._compiler.cache_clear()
    assert render(FEASIBLE_PLAN, catalog) == first


def test_the_date_is_the_callers_and_not_the_clocks(catalog: Catalog) -> None:
    information = PdfReader(io.BytesIO(render(FEASIBLE_PLAN, catalog))).metadata
    assert information is not None
    assert information.creation_date == datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)


def test_threads_may_ask_for_reports_at_once(catalog: Catalog) -> None:
    plans = [named(f"Scenario {number}") for number in range(6)]
    alone = [render(plan, catalog) for plan in plans]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda plan: render(plan, catalog), plans)) == alone


def test_every_font_is_embedded(catalog: Catalog) -> None:
    reader = PdfReader(io.BytesIO(render(named("保険金 한국어 العربية 😀"), catalog)))
    fonts = {
        str(font["/BaseFont"]): font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        for page in reader.pages
        for font in (entry.get_object() for entry in page["/Resources"]["/Font"].values())
    }
    assert {name.partition("+")[2] for name in fonts} >= {
        "DejaVuSansCondensed",
        "DejaVuSansCondensed-Bold",
        "DroidSansFallback",
    }
    for descriptor in fonts.values():
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.get_object())


@pytest.mark.parametrize("plan", [FEASIBLE_PLAN, INFEASIBLE_PLAN, EMPTY_PLAN])
def test_it_is_tagged_so_that_a_screen_reader_can_read_it(plan: Plan, catalog: Catalog) -> None:
    root = PdfReader(io.BytesIO(render(plan, catalog))).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    evidence = evidence_for(plan, catalog, MEASUREMENTS)
    data = json.dumps(literal_tree(content(plan, evidence, CREATED)))
    typesetting._compiler().compile(  # raises where PDF/UA-1 does not hold
        format="pdf", sys_inputs={"data": data}, timestamp=0, pdf_standards="ua-1"
    )


@pytest.mark.parametrize(
    "name",
    [
        '#import "x": *',
        '#read("/etc/hostname")',
        "$x^2$ *bold* _it_ `raw` <label> @ref // no /* no",
        r"\u{1F600} \ #sys.inputs",
        "<script>alert(1)</script>&amp;",
        "\"quotes' \\ and {{braces}} %s",
    ],
)
def test_markup_in_a_name_is_shown_and_not_run(name: str, catalog: Catalog) -> None:
    assert " ".join(name.split()) in read(render(named(name), catalog))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "W" * 200,
        "保険金請求書類" * 28,
        "क" * 200,
        "شركة التأمين",
        "😀👩\u200d👩\u200d👧",
        "a\x00b\x07\x1b[31m\n\td\ud800",
        "abc\u202egpj.exe\u2066",
        "Z" + "\u0301" * 199,
        "\u200b" * 200,
    ],
)
def test_no_name_breaks_the_report_or_its_layout(name: str, catalog: Catalog) -> None:
    pages = PdfReader(io.BytesIO(render(named(name), catalog))).pages
    assert len(pages) <= 4
    assert "1 x A100 80GB" in pages[0].extract_text()


def test_a_hostile_model_name_stays_one_argument_of_the_commands(catalog: Catalog) -> None:
    [item] = FEASIBLE_PLAN.options[0].fleet
    hostile = replace(
        item, vllm_command=("vllm", "serve", "m; rm -rf $HOME", "--max-num-seqs", "16")
    )
    option = replace(FEASIBLE_PLAN.options[0], fleet=(hostile,))
    text = read(render(replace(FEASIBLE_PLAN, recommended=option, options=(option,)), catalog))
    assert "vllm serve 'm; rm -rf $HOME' --max-num-seqs 16" in text


def test_the_typesetter_is_not_loaded_before_a_report_is_asked_for() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, planner.report; print('typst' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "False"
