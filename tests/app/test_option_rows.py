"""Options as rows and as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from sample_plan import A100, EMPTY_PLAN, FEASIBLE_PLAN, INFEASIBLE_PLAN, L4, T4, less_sure

from app.option_rows import csv_of, machines_of, name_of, rows_of
from planner.fleet.plan import Option


def cells(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def with_provider(option: Option, provider: str) -> Option:
    [item] = option.fleet
    return replace(
        option,
        fleet=(replace(item, price_offer=replace(item.price_offer, provider=provider)),),
    )


def test_the_verdict_names_the_recommended_one_and_what_others_miss() -> None:
    unsure = less_sure(A100, 0.55)
    rows = rows_of(FEASIBLE_PLAN, [A100, T4, unsure])
    assert list(rows["Verdict"]) == [
        "recommended",
        "misses volume and answer time",
        "not sure enough",
    ]


def test_an_option_that_is_not_measured_says_what_nobody_has_measured() -> None:
    other = replace(A100, cost_usd_per_year=30_000.0)
    assert other.provenance is not None
    known = replace(other.provenance, of_kind=0)
    options = [
        other,
        replace(other, provenance=replace(known, model_size=0)),
        replace(other, provenance=replace(known, gpu_count=0)),
        replace(other, provenance=known),
        replace(other, provenance=replace(known, quantization=0)),
        replace(other, provenance=replace(known, gpu=0, quantization=0)),
    ]
    first, *others = rows_of(FEASIBLE_PLAN, options)["Why not"]
    assert first != first  # a cell without a reason is NaN
    assert others == [
        "this GPU is measured, but with models of other sizes",
        "this GPU is measured, but not with 1 GPU a replica",
        "this GPU is measured, but a model of this size not with 1 GPU a replica",
        "this GPU is measured, but not with this quantization",
        "nobody has published a measurement of this GPU",
    ]


def test_a_row_rounds_forecasts_and_keeps_a_missing_answer_time_missing() -> None:
    rows = rows_of(FEASIBLE_PLAN, [A100, T4]).to_dict("records")
    assert rows[0]["Configuration"] == "1 x A100 80GB"
    assert rows[0]["$ a year"] == 29_756
    assert rows[0]["Million a year"] == "26.1 (22 to 30.4)"
    assert rows[0]["Sure"] == "93 %"
    assert rows[0]["Rests on"] == "■ reference"
    assert rows[1]["p95, s"] != rows[1]["p95, s"]


def test_the_csv_has_every_option_with_unrounded_cost() -> None:
    found = cells(csv_of(INFEASIBLE_PLAN, INFEASIBLE_PLAN.options))
    assert len(found) == 6
    assert found[0]["cost_usd_per_year"] == "29755.97"
    assert found[-1]["latency_p95_s"] == ""
    assert found[0]["price_as_of"] == "2026-07-20"


def test_no_cell_of_the_csv_is_run_as_a_formula() -> None:
    nasty = with_provider(A100, '=HYPERLINK("http://example.org")')
    [row] = cells(csv_of(FEASIBLE_PLAN, [nasty]))
    assert row["price_provider"].startswith("'=")


def test_options_are_named_apart_by_price() -> None:
    assert name_of(A100) == (
        "1 x A100 80GB, awq · Fixture Cloud eu-test-1, on-demand · $29,756 a year"
    )


MIXED = replace(A100, fleet=(*A100.fleet, *L4.fleet))


def test_each_part_of_a_fleet_of_several_kinds_can_be_measured() -> None:
    mixed = replace(FEASIBLE_PLAN, recommended=MIXED, options=(MIXED, T4))
    assert list(machines_of(mixed).items()) == [
        ("1 x A100 80GB, awq · part of 1 x A100 80GB + 5 x L4", A100.fleet[0]),
        ("1 x L4, awq · part of 1 x A100 80GB + 5 x L4", L4.fleet[0]),
        (name_of(T4), T4.fleet[0]),
    ]
    assert machines_of(EMPTY_PLAN) == {}


def test_the_csv_has_the_offer_and_the_command_of_each_part_of_a_fleet() -> None:
    mixed = replace(FEASIBLE_PLAN, recommended=MIXED, options=(MIXED,))
    [row] = cells(csv_of(mixed, [MIXED]))
    assert row["concurrency"] == "16 + 4"
    assert row["price_instance"] == "fx.1x + fx.1x"
    assert row["price_region"] == "eu-test-1 + eu-test-1"
    assert row["price_terms"] == "on-demand + on-demand"
    assert row["price_usd_per_hour"] == "3.3968 + 0.8048"
    assert row["price_as_of"] == "2026-07-20 + 2026-07-20"
    assert row["price_age_days"] == "– + –"
    assert row["vllm_command"].count("vllm serve") == 2
