"""Scenarios from YAML: what a field may be, and what a hostile file gets."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scenario_files import read, refusal

from planner.entered.cost_item import CostItem
from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import (
    FIELDS,
    read_scenario_file,
    scenario_file_text,
    scenario_from,
    scenario_of_text,
)


def test_fields_that_are_left_out_keep_their_defaults_and_count_as_unset(tmp_path: Path) -> None:
    scenario = read(
        tmp_path,
        "documents_per_year: 5_000_000\ngpus: [T4, L4]\nother_costs:\n"
        "  - name: Storage\n    usd_per_year: 1200\n",
    )
    assert scenario.documents_per_year == 5e6
    assert scenario.gpus == ("T4", "L4")
    assert scenario.other_costs == (CostItem(name="Storage", amount=1200),)
    assert scenario.input_tokens == Scenario().input_tokens
    assert scenario.model_fields_set == {"documents_per_year", "gpus", "other_costs"}


def test_every_field_of_a_scenario_can_be_in_the_file(tmp_path: Path) -> None:
    whole = Scenario(name="Claims: 2027, “A&B” #1", budget_usd_per_year=30_000, gpus=("T4",))
    text = yaml.safe_dump(whole.model_dump(mode="json"), allow_unicode=True)
    assert read(tmp_path, text) == whole


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("documents_per_yaer: 3", "documents_per_yaer", "did you mean documents_per_year?"),
        ("zzzzzzz: 1", "zzzzzzz", f"the fields are {', '.join(FIELDS)}"),
        ("budget_usd_per_year: .nan", "budget_usd_per_year", "nan was given; it must be a finite"),
        ("budget_usd_per_year: -.inf", "budget_usd_per_year", "it must be a finite number"),
        ("documents_per_year: 1e18", "documents_per_year", "it must be at most 1,000,000,000,000"),
        ("input_tokens: -1", "input_tokens", "-1 was given; it must be greater than 0"),
        ("input_tokens: 8000.5", "input_tokens", "8000.5 was given; it must be a valid integer"),
        ("input_tokens: yes", "input_tokens", "yes was given; put a number or a text there"),
        ("gpus: T4", "gpus", "'T4' was given; it must be a list"),
        ("gpus: {a: 1}", "gpus", "a mapping was given; it must be a list"),
        ("name: 2024-01-01", "name", "it must be a valid string"),
        ("terms: [spot, daily]", "terms", "terms.1: 'daily' was given; it must be 'on-demand'"),
        ("other_costs: [{name: x}]", "other_costs", "other_costs.0.amount is missing"),
        ("quantization: q4", "quantization", "'q4' was given; it must be 'none', 'awq'"),
        ("model: ''", "model", "'' was given; it must have at least 1 character"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_given(
    tmp_path: Path, text: str, field: str, said: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.field == field
    assert said in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a scenario"),
        ("- 1", "is not a scenario"),
        ("1: 2", "is not a scenario"),
        ("name: [1,2", "line 1: not readable as YAML"),
        ("a: &a [1]\nb: *a", "line 2: not readable as YAML (aliases"),
        ("name: a\nname: b", "line 2: not readable as YAML ('name' is given twice)"),
        ("name: !!python/object:os.system x", "tags are not allowed"),
        ("input_tokens: " + "9" * 5000, "not readable as YAML"),
        ("name: 2001-99-99", "not readable as YAML"),
        ("? [a, b]\n: c", "not readable as YAML"),
        ("[" * 50_000, "not readable as YAML"),
        ("name: a\0b", "NUL byte"),
        ("#" * 100_001, "larger than 100 kB"),
    ],
)
def test_what_is_no_plain_scenario_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in str(refusal(tmp_path, text))


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(InputError, match="line 1: not UTF-8 text"):
        read_scenario_file(tmp_path / "scenario.yaml")


@pytest.mark.parametrize("name", [".", "missing.yaml"])
def test_a_folder_or_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_scenario_file(tmp_path / name)


def test_options_are_named_as_they_were_typed() -> None:
    with pytest.raises(InputError, match=r"^--budget: 0 was given; it must be greater than 0"):
        scenario_from({"budget_usd_per_year": 0}, spelled={"budget_usd_per_year": "--budget"})


@pytest.mark.fuzz
@given(
    st.text(alphabet="abz: -\n[]{},.'\"#|>&*!%@0159_e+~?=<\t\0é", max_size=80)
    | st.sampled_from(["!!int ''", "!!bool x", "<<: 1", "= : 1", "0b_", "1:2:3", ".e5", "~: ~"])
)
def test_any_text_is_a_scenario_or_a_refusal(text: str) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        with contextlib.suppress(InputError):
            assert isinstance(read_scenario_file(Path(file.name)), Scenario)


def test_the_options_names_are_understood_too(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("budget: 30000\nlatency_p95: 60\ngpu: T4\nmarketplace: true\n")
    scenario = read_scenario_file(file)
    assert scenario.budget_usd_per_year == 30_000
    assert scenario.latency_p95_s == 60
    assert scenario.gpus == ("T4",)
    assert scenario.include_marketplace


def test_a_field_under_both_its_names_is_refused(tmp_path: Path) -> None:
    assert "are the same" in str(refusal(tmp_path, "budget: 1\nbudget_usd_per_year: 2"))


def test_a_scenario_that_was_written_is_read_again(tmp_path: Path) -> None:
    scenario = Scenario(
        name="Schäden: 2027",
        gpus=("L4", "A100 80GB"),
        latency_p95_s=30,
        rope_scaling="yarn:4",
        other_costs=(CostItem(name="Logs", amount=240),),
    )
    file = tmp_path / "scenario.yaml"
    file.write_text(scenario_file_text(scenario), encoding="utf-8")
    assert read_scenario_file(file) == scenario


@pytest.mark.parametrize("value", ["0x10", "1:30:00", "0b11", "1:30.5"])
def test_a_number_of_another_base_is_refused_in_a_class_too(value: str) -> None:
    text = f"classes: [{{name: a, documents_per_year: {value}, input_tokens: 9, output_tokens: 9}}]"
    with pytest.raises(InputError, match=f"'{value}' was given; it must be a valid number"):
        scenario_of_text(text, "f.yaml")


def test_times_need_no_quotes_and_leading_zeros_count_for_nothing() -> None:
    text = (
        "classes:\n  - {name: a, documents_per_year: 010_000, input_tokens: 9, output_tokens: 9}\n"
        "arrivals: {days: [mon], from: 08:00, to: 18:00}\n"
    )
    scenario = scenario_of_text(text, "f.yaml")
    assert scenario.documents_per_year == 10_000
    assert scenario == scenario_of_text(text.replace("18:00", '"18:00"'), "f.yaml")
