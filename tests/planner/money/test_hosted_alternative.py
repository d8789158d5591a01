"""Which hosted models stand beside a fleet, and from which volume on the fleet costs less."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.money.hosted_alternative import (
    BreakEven,
    Hosted,
    break_even,
    hosted_alternatives,
)
from planner.money.hosted_bill import Requests

SHORT = [Requests(100_000, 3000, 0, 300)]


def found(catalog: Catalog, model: str, longest: int = 3300) -> tuple[Hosted, ...]:
    return hosted_alternatives(catalog, catalog.model(model), SHORT, longest, False)


def test_the_same_model_at_every_provider_the_cheapest_first(catalog: Catalog) -> None:
    hosted = found(catalog, "meta-llama/Meta-Llama-3.1-8B-Instruct")
    assert (hosted[0].likeness, hosted[0].bill.provider) == ("same model", "DeepInfra")
    costs = [one.usd_per_year for one in hosted]
    assert costs == sorted(costs)
    assert {one.bill.provider for one in hosted if one.likeness == "same model"} >= {
        "DeepInfra", "AWS Bedrock", "Novita", "Fireworks", "Databricks",
    }  # fmt: skip
    assert [one.model for one in hosted if not one.is_open] == ["gpt-4.1", "gpt-4o"]


def test_a_checkpoint_of_another_format_has_the_same_shape(catalog: Catalog) -> None:
    hosted = found(catalog, "TheBloke/Mistral-7B-Instruct-v0.2-AWQ")
    shapes = [(one.bill.provider, one.likeness) for one in hosted if one.likeness == "same shape"]
    assert shapes == [("AWS Bedrock", "same shape")]


def test_without_the_same_model_there_are_three_of_like_size(catalog: Catalog) -> None:
    hosted = found(catalog, "google/gemma-2-9b-it", longest=16_000)  # hosted with 8,192 tokens
    assert {one.likeness for one in hosted} == {"like size", "GPT-4 class"}
    assert sum(one.likeness == "like size" for one in hosted) == 3


def test_a_provider_that_cannot_hold_the_documents_is_left_out(catalog: Catalog) -> None:
    short, long = (found(catalog, "meta-llama/Meta-Llama-3.1-8B-Instruct", n) for n in (16e3, 17e3))
    assert "Novita" in {one.bill.provider for one in short}  # 16,384 tokens
    assert "Novita" not in {one.bill.provider for one in long if one.likeness == "same model"}


def test_a_context_of_32_thousand_tokens_is_one_of_32_768(catalog: Catalog) -> None:
    hosted = found(catalog, "mistralai/Mistral-7B-Instruct-v0.2", longest=32_768)
    assert "AWS Bedrock" in {one.bill.provider for one in hosted if one.likeness == "same model"}


def test_the_break_even_is_the_fleets_cost_over_the_price_of_a_document() -> None:
    # $4,380 a year against $7.20 for 100,000 documents: 60.83 million; of 50 million 122 %.
    even = break_even(4380.0, 50e6, 7.2, 100_000)
    assert even == BreakEven(pytest.approx(60_833_333.3), pytest.approx(1.216667))


def test_an_api_that_costs_nothing_has_no_break_even() -> None:
    assert break_even(4380.0, 50e6, 0.0, 100_000) is None


def test_what_rises_with_the_documents_does_not_pay_for_the_machines() -> None:
    # $4,380 are $4,000 whatever the volume and $3.80 a 1,000 documents; the API takes $5 a 1,000.
    # 4,000 / (0.005 - 0.0038) = 3,333,333 documents.
    even = break_even(4380.0, 10e6, 500.0, 100_000, usd_of_documents=380.0)
    assert even == BreakEven(pytest.approx(3_333_333.3), pytest.approx(0.3333333))
    assert break_even(4380.0, 10e6, 300.0, 100_000, usd_of_documents=380.0) is None
