"""From fields to a scenario and back."""

from __future__ import annotations

import pytest

from app.scenario_from_fields import ARTICLE_CASE, DEFAULTS, field_values_of, read_fields
from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.scenario import Scenario


def test_the_defaults_are_the_articles_case() -> None:
    scenario = read_fields(DEFAULTS).scenario
    assert scenario == ARTICLE_CASE
    assert scenario is not None
    assert scenario.documents_per_year == 20_000_000
    assert (scenario.input_tokens, scenario.output_tokens) == (8_000, 150)
    assert scenario.quantization == "awq"
    assert scenario.budget_usd_per_year == 30_000


def test_documents_a_month_and_a_day_become_documents_a_year() -> None:
    monthly = read_fields(DEFAULTS | {"documents": "1,000", "per": "month"}).scenario
    daily = read_fields(DEFAULTS | {"documents": "1,000", "per": "day"}).scenario
    assert monthly is not None
    assert daily is not None
    assert monthly.documents_per_year == 12_000
    assert daily.documents_per_year == 365_000


def test_pages_become_tokens_by_the_stated_assumption() -> None:
    entered = DEFAULTS | {"size": "pages", "pages": "8", "tokens_per_page": "900"}
    scenario = read_fields(entered).scenario
    assert scenario is not None
    assert scenario.input_tokens == 7_200


def test_empty_limits_are_no_limits() -> None:
    scenario = read_fields(DEFAULTS | {"budget": "", "answer_within": "  "}).scenario
    assert scenario is not None
    assert scenario.budget_usd_per_year is None
    assert scenario.latency_p95_s is None


def test_every_wrong_entry_is_told_at_its_own_field() -> None:
    entered = DEFAULTS | {
        "documents": "-1",
        "input": "eight",
        "output": "0",
        "budget": "0",
        "answer_within": "-3",
        "busiest": "0.5",
        "hours": "169",
        "spare": "1.5",
        "confidence": "100",
        "memory": "120",
        "engine": "9" * 60,
        "cached": "101",
        "batched": "8",
        "rope": "yarn",
        "speculation": "draft_model",
        "proposed": "40",
        "accepted": "",
        "draft": "120",
        "other_costs": "storage 5",
        "terms": [],
    }
    read = read_fields(entered)
    assert read.scenario is None
    assert set(read.wrong) == {
        "documents", "input", "output", "budget", "answer_within", "busiest", "hours", "spare",
        "confidence", "memory", "engine", "other_costs", "terms", "cached", "batched", "rope",
        "proposed", "accepted", "draft",
    }  # fmt: skip
    assert all("\n" not in message for message in read.wrong.values())


@pytest.mark.parametrize("pages", ["0", "1e9", "many"])
def test_pages_that_make_no_document_are_told_at_the_pages(pages: str) -> None:
    read = read_fields(DEFAULTS | {"size": "pages", "pages": pages})
    assert list(read.wrong) == ["pages"]


def test_more_tokens_than_any_model_holds_are_told_at_the_pages() -> None:
    read = read_fields(DEFAULTS | {"size": "pages", "pages": "90,000", "tokens_per_page": "900"})
    assert "2,000,000 tokens" in read.wrong["pages"]


def test_other_costs_are_read_line_by_line() -> None:
    scenario = read_fields(
        DEFAULTS | {"other_costs": "Logs: 2,400\n\nPeople: part time: $30k"}
    ).scenario
    assert scenario is not None
    assert scenario.other_costs == (
        CostItem(name="Logs", amount=2_400),
        CostItem(name="People: part time", amount=30_000),
    )


def test_a_scenario_survives_its_fields() -> None:
    scenario = Scenario(
        name="Claims 2027",
        documents_per_year=1_234_567.5,
        input_tokens=4_321,
        output_tokens=77,
        model="meta-llama/Llama-3.1-8B-Instruct",
        quantization=None,
        gpus=("L4", "A100 80GB"),
        budget_usd_per_year=12_345.67,
        latency_p95_s=0.25,
        peak_factor=2.5,
        hours_per_week=40,
        terms=("spot", "reserved-1y"),
        include_marketplace=True,
        pay_only_for_hours=True,
        spare_replicas=1,
        min_replicas=2,
        spread_over="region",
        confidence=0.95,
        engine_version="0.11.0",
        gpu_memory_utilization=0.85,
        prefix_hit_share=0.0625,
        max_num_batched_tokens=4_096,
        kv_cache_dtype="fp8",
        speculative_method="draft_model",
        speculative_tokens=3,
        speculative_acceptance=0.65,
        speculative_draft_share=0.02,
        rope_scaling="yarn:4:32768",
        other_costs=(
            CostItem(name="Logs", amount=240.5),
            CostItem(
                name="People: part time",
                amount=150_000,
                unit="usd_per_fte_year",
                quantity=0.5,
                source="HR: 2026; loaded",
            ),
        ),
        standard_costs=("storage", "tax"),
        owned=(OwnedHardware(gpu="RTX 3090", count=2, price_usd=700.5, watts=210),),
        discount_rate=0.07,
        spot_eviction_share=0.35,
        minimum_billed_h=10,
    )
    assert read_fields(field_values_of(scenario), "Claims 2027").scenario == scenario


def test_what_speculation_needs_is_not_asked_where_it_is_off() -> None:
    scenario = read_fields(DEFAULTS | {"proposed": "many", "accepted": "?"}).scenario
    assert scenario == ARTICLE_CASE


def test_speculation_without_its_acceptance_is_missing_and_not_wrong() -> None:
    read = read_fields(DEFAULTS | {"speculation": "eagle"})
    assert read.scenario == ARTICLE_CASE
    assert (dict(read.wrong), list(read.missing)) == ({}, ["accepted"])
    half = read_fields(DEFAULTS | {"speculation": "eagle", "draft": "5"})
    assert (list(half.wrong), dict(half.missing)) == (["accepted"], {})


def test_ngrams_are_meant_where_a_scenario_names_no_method() -> None:
    entered = field_values_of(Scenario(speculative_tokens=5, speculative_acceptance=0.7))
    assert (entered["speculation"], entered["proposed"], entered["accepted"]) == (
        "ngram",
        "5",
        "70",
    )


def test_how_the_engine_is_started_is_read_from_its_fields() -> None:
    entered = DEFAULTS | {
        "sequences": "32",
        "length": "16,384",
        "adapters": "2",
        "rank": "64",
        "eager": True,
        "text_only": True,
    }
    scenario = read_fields(entered).scenario
    assert scenario is not None
    assert (scenario.max_num_seqs, scenario.max_model_len) == (32, 16_384)
    assert (scenario.lora_adapters, scenario.lora_rank) == (2, 64)
    assert scenario.enforce_eager
    assert scenario.text_only
    assert field_values_of(scenario)["length"] == "16,384"


def test_a_rank_that_vllm_refuses_is_told_at_its_field() -> None:
    reading = read_fields(DEFAULTS | {"rank": "17"})
    assert reading.scenario is None
    assert "LoRA rank 17 was given" in reading.wrong["rank"]


def test_a_range_of_the_volume_is_in_the_period_of_the_documents() -> None:
    entered = DEFAULTS | {"documents": "1,000", "per": "month", "shortfall": "0.5"}
    scenario = read_fields(entered | {"volume_low": "500", "volume_high": "2,000"}).scenario
    assert scenario is not None
    assert (scenario.volume_low, scenario.volume_high) == (6_000, 24_000)
    assert scenario.shortfall_usd_per_document == 0.5
    assert read_fields(field_values_of(scenario)).scenario == scenario


def test_a_range_that_does_not_hold_the_volume_is_told_at_its_field() -> None:
    wrong = read_fields(DEFAULTS | {"volume_low": "30 million", "volume_high": "10 million"}).wrong
    assert set(wrong) == {"volume_low", "volume_high"}
    assert "give at most as many" in wrong["volume_low"]


def test_a_name_that_is_too_long_is_refused_at_its_field() -> None:
    read = read_fields(DEFAULTS | {"model": "x" * 501})
    assert read.scenario is None
    assert list(read.wrong) == ["model"]
    assert read.wrong["model"].endswith("was given; it must have at most 500 characters.")
