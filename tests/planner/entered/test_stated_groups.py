"""A scenario that is written as a file of version 2 is the same scenario when it is read."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.scenario import FleetPart, Scenario
from planner.fleet.scenario_file import scenario_file_text, scenario_of_text
from planner.workload.document_class import DocumentClass, Targets
from planner.workload.length_spread import LengthSpread, Quantile
from planner.workload.weekly_hours import DailyHours

QUANTILES = LengthSpread(
    quantiles=(Quantile(probability=0.5, tokens=6000), Quantile(probability=0.95, tokens=20_000.5)),
)
SAMPLED = QUANTILES.model_copy(update={"none_longer": True})
CLAIMS = DocumentClass(
    name="claims: “A&B” #1",
    documents_per_year=8e6,
    input_tokens=8000.5,
    output_tokens=150,
    input_spread=SAMPLED,
    targets=Targets(e2e_p95_s=30, tpot_p95_ms=60),
)
BILLS = DocumentClass(
    name="=bills", documents_per_year=2e6, input_tokens=2000, output_tokens=100,
    output_spread=LengthSpread(fixed=True),
)  # fmt: skip


def written(scenario: Scenario) -> dict[str, Any]:
    text = scenario_file_text(scenario)
    assert scenario_of_text(text, "written") == scenario
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_what_is_written_has_the_groups_of_version_2() -> None:
    whole = Scenario(
        name="Schäden: 2027",
        quantization="awq",
        documents_per_year=8e6,
        input_spread=QUANTILES,
        output_spread=LengthSpread(p95=260),
        class_name="claims",
        latency_p95_s=30,
        latency_p99_s=90,
        done_within_h=12,
        peak_factor=2,
        arrival_hours=DailyHours(days=("mon", "tue"), from_="08:00", to="18:00"),
        hours_per_week=20,
        season=tuple(range(1, 13)),
        processing_hours_per_week=168,
        growth_per_year=0.2,
        years=3,
        budget_usd_per_year=60_000,
        spare_replicas=1,
        gpus=("L4", "A100 80GB"),
        owned=(OwnedHardware(gpu="RTX 3090", count=2, watts=210),),
        fleet=(FleetPart(gpu="L4", replicas=2),),
        terms=("on-demand", "reserved-1y"),
        other_costs=(CostItem(name="=storage", amount=1200, source="an invoice"),),
        standard_costs=("people",),
        volume_high=9e6,
        max_num_seqs=64,
    )
    found = written(whole)
    assert list(found) == [
        *("schema_version", "name", "quantization", "volume_high", "max_num_seqs", "classes"),
        *("arrivals", "processing", "growth", "limits", "hardware", "costs"),
    ]
    assert found["schema_version"] == 2
    assert found["classes"] == [
        {
            "name": "claims",
            "documents_per_year": 8e6,
            "input_tokens": {"mean": 8000, "quantiles": {0.5: 6000.0, 0.95: 20_000.5}},
            "output_tokens": {"mean": 150, "p95": 260.0},
            "targets": {"e2e_p95_s": 30.0, "e2e_p99_s": 90.0, "done_within_h": 12.0},
        }
    ]
    assert found["costs"] == {
        "standard": ["people"],
        "=storage": {"amount": 1200.0, "source": "an invoice"},
    }


def test_several_classes_are_written_with_all_that_they_state() -> None:
    found = written(
        Scenario(
            documents_per_year=1e7,
            input_tokens=6800,
            output_tokens=140,
            classes=(CLAIMS, BILLS),
        )
    )
    assert found["schema_version"] == 2
    assert found["classes"][0]["input_tokens"] == {
        "mean": 8000.5,
        "quantiles": {0.5: 6000.0, 0.95: 20_000.5},
        "longest": 20_000.5,
    }
    assert found["classes"][1]["output_tokens"] == {"fixed": 100.0}


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(other_costs=(CostItem(name="a", amount=1), CostItem(name="a", amount=2))),
        Scenario(other_costs=(CostItem(name="standard", amount=1),), standard_costs=("tax",)),
        Scenario(documents_per_year=3e6, classes=(CLAIMS, BILLS)),
    ],
)
def test_what_version_2_cannot_state_is_written_in_version_1(scenario: Scenario) -> None:
    assert written(scenario)["schema_version"] == 1


scenarios = st.builds(
    Scenario,
    name=st.text(max_size=20),
    documents_per_year=st.floats(1, 1e12),
    input_tokens=st.integers(1, 100_000),
    input_spread=st.sampled_from([None, QUANTILES, SAMPLED, LengthSpread(fixed=True)]),
    budget_usd_per_year=st.none() | st.floats(0.01, 1e12),
    hours_per_week=st.floats(1, 168),
    season=st.sampled_from([(), tuple(range(12))]),
    growth_per_year=st.floats(-0.9, 10),
    years=st.integers(1, 5),
    processing_hours_per_week=st.none() | st.floats(1, 168),
    confidence=st.floats(0.5, 0.99),
    gpus=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    rope_scaling=st.none() | st.text(max_size=8),
    other_costs=st.lists(
        st.builds(CostItem, name=st.text(min_size=1, max_size=5), amount=st.floats(0, 1e9)),
        max_size=3,
    ).map(tuple),
)


@pytest.mark.slow
@settings(max_examples=20)  # PyYAML takes milliseconds for each
@example(Scenario(name="next\x85line"))
@given(scenarios)
def test_any_scenario_is_the_same_after_export_and_import(scenario: Scenario) -> None:
    written(scenario)


@pytest.mark.parametrize(
    "named",
    ["input_tokens: {sample: /etc/passwd, column: x}, output_tokens: 1}]",
     "input_tokens: 1, output_tokens: 1}]\narrivals: {file: /etc/passwd}"],
)  # fmt: skip
def test_a_text_without_a_folder_names_no_file(named: str) -> None:
    text = f"schema_version: 2\nclasses: [{{documents_per_year: 1, {named}\n"
    with pytest.raises(InputError, match="a file of figures is named"):
        scenario_of_text(text, "upload.yaml")


def test_the_longest_document_is_the_last_quantile() -> None:
    text = scenario_file_text(Scenario(input_spread=SAMPLED)).replace(
        "longest: 20000.5", "longest: 30000"
    )
    with pytest.raises(InputError, match="must be the tokens of the last quantile"):
        scenario_of_text(text, "written")
