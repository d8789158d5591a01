"""Page, PDF, CSV, JSON and command line tell the same decision, for random scenarios."""

from __future__ import annotations

import csv
import datetime
import io
import random
from typing import Any

import pytest

from app.option_rows import csv_of, rows_of
from planner.catalog.lookup import Catalog
from planner.commands.plan_tables import COLUMNS, option_cells
from planner.errors import InputError
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.forecaster import Forecaster
from planner.mixing.whole_plan import whole_plan
from planner.report.json_output import plan_json
from planner.report.pdf_content import content
from planner.report.pdf_evidence import evidence_for
from planner.report.shortlist import MOST_IN_REPORT, every_option, shortlist
from planner.wording.explanation import headline
from planner.wording.formatting import probability, usd

Told = tuple[str, str, str, str]
"""Fleet, cost, verdict and probability, as they are printed."""

GPUS = ("A100 80GB", "L4", "T4", "H100 SXM")


def scenario_of(rng: random.Random) -> Scenario:
    return Scenario(
        documents_per_year=10 ** rng.uniform(5, 8.5),
        gpus=tuple(rng.sample(GPUS, 2)),
        quantization=rng.choice([None, "awq"]),
        budget_usd_per_year=rng.choice([None, 10 ** rng.uniform(3.5, 6)]),
        latency_p95_s=rng.choice([None, 10 ** rng.uniform(0, 2.5)]),
        peak_factor=rng.choice([1.0, 3.0]),
        spare_replicas=rng.choice([0, 0, 1]),
        confidence=rng.choice([0.5, 0.8, 0.95]),
        measured_premium=rng.choice([1.0, 1.25, 3.0]),
        fleet=rng.choice([(), (), (), (FleetPart(gpu="L4", replicas=3),)]),
    )


def on_the_page(plan: Plan) -> list[Told]:
    rows = rows_of(plan, shortlist(plan)).to_dict("records")
    return [
        (row["Configuration"], usd(row["$ a year"]), row["Verdict"], row["Sure"]) for row in rows
    ]


def in_the_csv(plan: Plan) -> list[Told]:
    text = csv_of(plan, shortlist(plan)).decode("utf-8-sig")
    return [
        (
            row["configuration"],
            usd(round(float(row["cost_usd_per_year"]))),
            row["verdict"],
            _least(row["probability_meets_volume"], row["probability_latency"]),
        )
        for row in csv.DictReader(io.StringIO(text))
    ]


def in_the_json(plan: Plan) -> list[Told]:
    found = plan_json(plan)
    return [_of_json(found["options"][place]) for place in found["shortlist"]]


def _of_json(option: dict[str, Any]) -> Told:
    return (
        " + ".join(
            f"{item['replicas']} x {item['gpu']}"
            if item["gpu_count"] == 1
            else f"{item['replicas']} replica{'s' if item['replicas'] > 1 else ''} of "
            f"{item['gpu_count']} x {item['gpu']}"
            for item in option["fleet"]
        ),
        usd(round(option["cost_usd_per_year"])),
        option["verdict"],
        _least(option["probability"]["volume"], option["probability"]["latency"]),
    )


def _least(*found: Any) -> str:
    return probability(min(float(value) for value in found if value not in (None, "")))


def on_the_command_line(plan: Plan) -> list[Told]:
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in option_cells(plan)]
    return [
        (
            row["Configuration"].rpartition(",")[0],
            _whole(row["USD a year"]),
            row["Verdict"],
            row["Sure"],
        )
        for row in rows
    ]


def in_the_pdf(found: dict[str, Any]) -> list[Told]:
    return [
        (row["configuration"], _whole(row["cost"]), row["verdict"], row["sure"])
        for row in found["options"]
    ]


def _whole(printed: str) -> str:
    return usd(round(float(printed.strip("$").replace(",", ""))))


@pytest.mark.slow
def test_everything_that_shows_a_plan_tells_the_same_decision(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    rng, told, advised = random.Random(15), 0, 0
    for _ in range(15):
        scenario = scenario_of(rng)
        try:
            plan = whole_plan(scenario, forecaster, catalog)
        except InputError:
            continue
        pdf = content(
            plan, evidence_for(plan, catalog, forecaster.measurements), datetime.date(2026, 11, 27)
        )
        page = on_the_page(plan)
        assert in_the_csv(plan) == page, scenario
        assert in_the_json(plan) == page, scenario
        assert on_the_command_line(plan) == page, scenario
        assert in_the_pdf(pdf) == page[:MOST_IN_REPORT], scenario
        assert every_option(plan)[:1] == shortlist(plan)[:1]
        told += 1
        if plan.recommended is None:
            assert plan_json(plan)["recommended"] is None
            assert "recommended" not in {row[2] for row in page}
            continue
        advised += 1
        fleet, _, verdict, sure = page[0]
        assert _of_json(plan_json(plan)["recommended"]) == page[0]
        assert verdict == ("meets all limits" if scenario.fleet else "recommended")
        assert [row[2] for row in page[1:]].count("recommended") == 0
        said = headline(plan).removeprefix("Your fleet is enough: ")
        assert said.startswith(f"{fleet} at {usd(plan.recommended.cost_usd_per_year)} a year")
        assert f", {sure} sure" in said
        assert pdf["summary"]["headline"] == fleet
        assert pdf["summary"]["figures"][0]["value"] == usd(plan.recommended.cost_usd_per_year)
        assert all(
            (row["verdict"] == "yes") is (getattr(plan.recommended.meets, limit) is True)
            for row, limit in zip(
                pdf["summary"]["verdicts"], ("volume", "latency", "budget"), strict=True
            )
        )
    assert told > 12
    assert 4 < advised < told
