"""The tables of the page as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from sample_plan import A100, FEASIBLE_PLAN, SCENARIO

from app.table_csv import costs_csv, hosted_csv, unusable_csv
from planner.money.cost_line import CostLine
from planner.money.hosted_alternative import Hosted
from planner.money.hosted_bill import Bill


def cells(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_cost_lines_have_their_cost_per_document_and_token() -> None:
    option = replace(A100, cost_lines=(CostLine("=GPUs", 20_000.0, "invoice, page 2"),))
    # 20,000 USD over 20 million documents of 8,150 tokens
    [row] = cells(costs_csv(FEASIBLE_PLAN, option))
    assert row["cost"] == "'=GPUs"
    assert float(row["usd_per_1000_documents"]) == pytest.approx(1.0)
    assert float(row["usd_per_million_tokens"]) == pytest.approx(20_000 / 163_000)
    assert row["source"] == "invoice, page 2"


def test_hosted_models_have_their_break_even() -> None:
    bill = Bill("Fixture AI", 59_511.936, False, "2026-11-10", "example.org")
    plan = replace(
        FEASIBLE_PLAN,
        scenario=SCENARIO.model_copy(update={"other_costs": ()}),
        hosted=(Hosted("same model", "fixture-7b", bill),),
    )
    # The A100 costs 29,755.968 USD a year, half of it: half of the documents.
    [row] = cells(hosted_csv(plan))
    assert float(row["break_even_documents_per_year"]) == pytest.approx(10e6)
    assert (row["provider"], row["as_of"], row["batch"]) == ("Fixture AI", "2026-11-10", "False")


def test_what_cannot_run_says_why() -> None:
    [row] = cells(unusable_csv(FEASIBLE_PLAN))
    assert row["quantization"] == "awq"
    assert "compute capability 7.5" in row["reason"]
    assert row["remedy"] == "GPTQ, or another card"
