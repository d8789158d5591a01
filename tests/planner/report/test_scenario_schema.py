"""The JSON Schema of scenario files: it is one, takes what is read, and refuses the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from command_line import answer
from jsonschema import Draft202012Validator
from paths import REPOSITORY

from planner.errors import InputError
from planner.fleet.scenario_file import read_scenario_file
from planner.report.scenario_schema import fields_of, scenario_schema
from tests.planner.entered.test_scenario_v2 import WHOLE

EXAMPLES = sorted((REPOSITORY / "examples").glob("*.yaml"))
SCHEMA = scenario_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
CLASS = "classes: [{documents_per_year: 1000, input_tokens: 100, output_tokens: 10}]\n"


def refusals(text: str) -> list[str]:
    """What the schema refuses in a file, as an editor would show it."""
    return [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def test_the_command_prints_a_schema_of_its_draft() -> None:
    printed = answer("schema")
    assert printed == SCHEMA
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(printed)


def test_every_field_is_described() -> None:
    assert [place for place, field in fields_of(SCHEMA) if "description" not in field] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_keep_to_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert refusals(text) == []
    read_scenario_file(path)
    # As an editor sees it, whose YAML has no keys that are numbers.
    assert list(VALIDATOR.iter_errors(json.loads(json.dumps(yaml.safe_load(text))))) == []


def test_the_file_that_others_rely_on_keeps_to_the_schema() -> None:
    assert refusals(WHOLE) == []


@pytest.mark.parametrize(
    "lengths",
    [
        "8000",
        "{mean: 8000}",
        "{mean: 8000, p95: 20000}",
        "{fixed: 8000}",
        "{quantiles: {0.5: 6000, 0.95: 20000}}",
        "{sample: lengths.csv}",
        "{sample: lengths.csv, column: input_tokens}",
    ],
)
def test_lengths_have_each_documented_form(lengths: str) -> None:
    assert refusals(CLASS.replace("input_tokens: 100", f"input_tokens: {lengths}")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mean: 8000, p95: 20000", "mean: -1"),
        ("mean: 8000, p95: 20000", "median: 1"),
        ("mean: 8000, p95: 20000", "p95: 1"),
        ("mean: 8000, p95: 20000", "mean: 1, fixed: 1"),
        ("mean: 8000, p95: 20000", "quantiles: {half: 10, 0.9: 20}"),
        ("documents_per_year: 8_000_000", "requests_per_s: yes"),
        ("documents_per_year: 8_000_000", "documents_per_year: 1, requests_per_s: 1"),
        ("documents_per_year: 8_000_000", "model: x"),
        ("e2e_p95_s: 30", "e2e_p90_s: 30"),
        ("hours_per_week: 50", "hours_per_week: 500"),
        ("hours_per_week: 50", "hours_per_week: 50, days: [mon]"),
        ("hours_per_week: 50", "from: '8 am'"),
        ("hours_per_week: 50", "days: [someday]"),
        ("per_year: 0.2", "per_year: 20"),
        ("confidence: 0.8", "confidence: 80"),
        ("confidence: 0.8", "sure: 80"),
        ("terms: [on-demand, reserved-1y]", "terms: [for-ever]"),
        ("unit: usd_per_year", "unit: eur"),
        ("name: Claims back office", "peak_factor: 2"),
        ("name: Claims back office", "growth_per_year: 2"),
        ("name: Claims back office", "class_name: mails"),
        ("schema_version: 2", "schema_version: 3"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(
    tmp_path: Path, before: str, after: str
) -> None:
    assert before in WHOLE
    text = WHOLE.replace(before, after, 1)
    if after.startswith("documents_per_year"):
        text = WHOLE.replace(before, after.replace(", ", "\n    "), 1)
    assert refusals(text) != []
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match="line"):
        read_scenario_file(file)


def test_several_classes_need_names() -> None:
    one = "{documents_per_year: 1, input_tokens: 1, output_tokens: 1}"
    assert refusals(f"classes: [{one}]") == []
    assert refusals(f"classes: [{one}, {one}]") != []
