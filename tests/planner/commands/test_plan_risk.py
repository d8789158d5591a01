"""``planner plan --risk``: its JSON, its tables, and that a plan without it does not have it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import answer, complaint, fill_store, run
from pypdf import PdfReader

CASE = (
    *("plan", "--quantization", "awq", "--gpu", "A100 80GB", "--documents-per-year", "200000000"),
    *("--volume-low", "150000000", "--volume-high", "300000000"),
    *("--shortfall-usd-per-document", "0.01"),
)


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


@pytest.mark.slow
def test_the_json_has_the_risk_if_it_is_asked_for() -> None:
    assert "risk" not in answer(*CASE)
    risk = answer(*CASE, "--risk")["risk"]
    best = risk["recommended"]
    assert risk["options"][0] == best
    assert set(best["probability"]) == {"volume", "latency", "budget", "all"}
    assert best["expected_shortfall_usd_per_year"] == pytest.approx(
        best["expected_documents_short_per_year"] * 0.01
    )
    assert risk["least_regret"] in risk["options"]
    assert risk["cheapest_sure"] in risk["options"]
    assert {one["input"] for one in risk["sensitivity"]} >= {"volume", "speed", "price"}
    assert set(risk["calibration"]) == {
        *("log_sd_before", "log_sd_after", "saves_usd_per_year", "costs_usd"),
    }
    assert (risk["samples"], risk["seed"]) == (2000, 13)


@pytest.mark.slow
def test_the_tables_and_the_report_show_it(tmp_path: Path) -> None:
    report = tmp_path / "sizing.pdf"
    shown = run(*CASE, "--risk", "--pdf", str(report)).stdout
    assert "What if it is wrong:" in shown
    assert "The inputs, the one that moves the cost most first" in shown
    pages = " ".join(page.extract_text() for page in PdfReader(report).pages)
    assert "What if it is wrong" in pages
    assert "speed, times the forecast" in pages
    assert "150,000,000 to 300,000,000" in pages


@pytest.mark.slow
def test_a_plan_that_recommends_nothing_says_why_it_has_no_risk() -> None:
    impossible = (*CASE, "--risk", "--latency-p95", "0.001")
    found = answer(*impossible, status=1)["risk"]
    assert found == {
        "explanation": "The risk is that of a recommended fleet, and none is recommended."
    }


def test_a_low_volume_above_the_expected_one_is_refused_under_its_option() -> None:
    assert complaint(*CASE, "--volume-low", "3e8") == (
        "Error: --volume-low: 300000000.0 was given; it must be at most documents_per_year, "
        "200,000,000; see: planner plan --help"
    )
