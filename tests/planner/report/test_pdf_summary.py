"""What the first page and the Plan page say of the measurements behind the advised option."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sample_plan import A100, FEASIBLE_PLAN

from app.html_pieces import rests_on
from planner.catalog.lookup import load_catalog
from planner.fleet.plan import Option
from planner.forecast.own_runs import OwnRun
from planner.forecast.provenance import Provenance
from planner.report.pdf_evidence import evidence_for
from planner.report.pdf_summary import summary
from planner.workload.backlog import Backlog
from planner.workload.document_class import DocumentClass, Targets

SHARED = Provenance(
    gpus_asked=1,
    gpu=57,
    quantization=5,
    model_shape=0,
    model_size=0,
    gpu_count=5,
    engine=None,
    kv_format=5,
    alike=0,
    of_kind=0,
    engine_stated=5,
    engines=("0.6 to 0.7",),
)
SENTENCE = (
    "57 published measurements of this GPU; 5 with this quantization, all of models of other "
    "sizes; all on 1 GPU; vLLM 0.6 to 0.7 only."
)
RUNS = (
    OwnRun("run-2", "2026-11-20", 2, "speaks", 1.0, 0.025),
    OwnRun("<b>'; rm", "2026-01-10", 3, "disagrees", 0.5, 0.025),
    OwnRun("run-0", None, 4, "supports", 1.01, 0.025),
)
OPTION = replace(A100, provenance=SHARED, own_runs=RUNS)


def test_the_report_says_what_is_like_and_what_is_not_and_which_run_is_not_used() -> None:
    plan = replace(FEASIBLE_PLAN, recommended=OPTION, options=(OPTION, *FEASIBLE_PLAN.options[1:]))
    said = summary(plan, evidence_for(plan, load_catalog(), ()))["rests_on"]
    assert SENTENCE in said
    assert (
        "Your run <b>'; rm of 2026-01-10 (3 points) measured 0.5 times the speed of your " in said
    )
    assert said.endswith("set it aside: planner measurements set-aside run-2.")
    assert "run-0" not in said


def test_the_page_says_the_same_and_escapes_it() -> None:
    html = rests_on(OPTION, ())
    assert SENTENCE in html
    assert "Your run &lt;b&gt;&#x27;; rm of 2026-01-10" in html
    assert "<b>" not in html


def test_the_first_page_says_by_when_documents_must_be_done() -> None:
    letters = DocumentClass(
        name="Letters", documents_per_year=12e6, input_tokens=900, output_tokens=150,
        targets=Targets(done_within_h=14),
    )  # fmt: skip
    bills = DocumentClass(name="Bills", documents_per_year=8e6, input_tokens=900, output_tokens=150)
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"done_within_h": 24.0}, "done within 24 h"),
        ({"classes": (letters, bills)}, "Letters done within 14 h"),
    )
    for changed, deadline in changes:
        scenario = FEASIBLE_PLAN.scenario.model_copy(update=changed)
        plan = replace(FEASIBLE_PLAN, scenario=scenario)
        rows = summary(plan, evidence_for(plan, load_catalog(), ()))["verdicts"]
        assert rows[0]["detail"].startswith(f"20,000,000 documents a year, {deadline}; capacity")


def test_the_first_page_says_that_nothing_is_committed_and_how_long_documents_wait() -> None:
    def of(option: Option) -> dict[str, Any]:
        plan = replace(FEASIBLE_PLAN, recommended=option, options=(option,))
        return summary(plan, evidence_for(plan, load_catalog(), ()))

    waits = of(replace(A100, backlog=Backlog(documents=2_310.0, longest_h=0.335)))
    said = {row["what"]: row["detail"] for row in waits["verdicts"]}["Answer time"]
    assert said.endswith(
        "from a document's turn on; each is done within 20.1 minutes of its arrival"
    )
    none_waits = of(replace(A100, backlog=Backlog(documents=0.4, longest_h=0.0)))
    said = {row["what"]: row["detail"] for row in none_waits["verdicts"]}["Answer time"]
    assert said.endswith("from a document's turn on, in the hour in which it arrives")
    assert "Nothing is committed: " in waits["price"]
    [item] = A100.fleet
    reserved = replace(item, price_offer=replace(item.price_offer, terms="reserved-1y"))
    committed = of(replace(A100, fleet=(reserved,)))
    assert "Nothing is committed" not in committed["price"]
    assert "reserved for 1 year: " in committed["price"]
