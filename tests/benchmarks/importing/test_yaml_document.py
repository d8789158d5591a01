"""GuideLLM's YAML is read as its JSON is."""

from __future__ import annotations

import json

import pytest
import yaml
from paths import DATA

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError

REPORT = json.loads((DATA / "benchmarks" / "guidellm_0_8.json").read_text())
ON = ImportContext(gpu="L4", source_id="s", source="ours")


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_measurements(text, "f.yaml", ON)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("start", ["", "---\n", "# a report\n\n---\n"])
def test_the_yaml_of_a_report_gives_the_same_measurements(start: str) -> None:
    text = start + yaml.safe_dump(REPORT)
    expected = parse_measurements(json.dumps(REPORT), "f.json", ON)
    assert parse_measurements(text, "f.yaml", ON) == expected
    assert expected[0].output_tokens_per_s == 96.709677


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("benchmarks:\n  - metrics: {}\n", "f.yaml, benchmark 1 is refused: metrics.request_tot"),
        ("benchmarks: 5\n", "f.yaml is JSON or YAML, but not of a known kind"),
        ("a: &x [1]\nb: *x\n", "f.yaml, line 2: not readable as YAML (aliases and tags"),
        (
            "a: !!python/name:os.system x\n",
            "f.yaml, line 1: not readable as YAML (aliases and",
        ),
        ("a: 1\na: 2\n", "f.yaml, line 2: not readable as YAML ('a' is given twice)"),
        ("a: " + "[" * 200 + "]" * 200 + "\n", "more than 100 levels"),
        ("a: [\n", "f.yaml, line 2: not readable as YAML"),
        ("a: 1\n---\nb: 1\n", "f.yaml, line 2: not readable as YAML (it holds several documents)"),
        ("? [1]\n: 1\n", "f.yaml, line 1"),
        ("a: 2026-99-99\n", "f.yaml is JSON or YAML, but not of a known kind"),
        ("a: " + "x" * 10_000_000, "f.yaml is YAML of more than 10 MB; give the JSON"),
    ],
)
def test_what_is_no_report_is_refused(text: str, reason: str) -> None:
    assert reason in refusal(text)
