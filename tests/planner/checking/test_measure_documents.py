"""``planner measure-documents``: tokens of a sample, and lengths that a scenario file takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from command_line import answer, complaint, run
from sample_documents import WORDS_TOKENIZER, blank_pdf

from planner.fleet.scenario_file import scenario_of_text


@pytest.fixture
def sample(tmp_path: Path) -> list[str]:
    """Documents of 10, 20, 30 and 40 words, and a scan; the options to count their words."""
    rows = "".join(f'"{"confidential " * words}"\n' for words in (10, 20, 30, 40))
    (tmp_path / "claims.jsonl").write_text(rows)
    (tmp_path / "scan.pdf").write_bytes(blank_pdf(2))
    (tmp_path / "tokenizer.json").write_bytes(WORDS_TOKENIZER)
    names = [str(tmp_path / name) for name in ("claims.jsonl", "scan.pdf")]
    return [*names, "--tokenizer", str(tmp_path / "tokenizer.json"), "--template-tokens", "5"]


def test_the_figures_of_a_sample(sample: list[str]) -> None:
    found = answer("measure-documents", *sample)
    assert (found["documents"], found["mean_tokens"], found["longest_tokens"]) == (4, 30, 45)
    assert found["quantiles"] == {"p50": 30, "p95": 45, "p99.9": 45}
    assert [one["documents"] for one in found["files"]] == [4, 0]
    assert "run OCR" in found["files"][1]["refused"]


def test_the_lengths_can_be_pasted_into_a_scenario_file(sample: list[str]) -> None:
    result = run("measure-documents", *sample)
    assert "confidential" not in result.stdout + result.stderr
    assert "scan.pdf has no text" in result.stderr
    block = result.stdout.partition("For a scenario file:\n")[2]
    scenario = scenario_of_text(block, "pasted.yaml")
    assert scenario.input_tokens == 30
    assert scenario.input_spread is not None
    assert scenario.input_spread.around(30).quantile(0.999) == pytest.approx(45)
    assert yaml.safe_load(block)["input_tokens"]["longest"] == 45


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in complaint("measure-documents", str(tmp_path / "none.pdf"))
    (tmp_path / "large.txt").write_bytes(bytes(20_000_001))
    said = complaint("measure-documents", str(tmp_path / "large.txt"))
    assert said == "Error: large.txt is larger than 20 MB; split it."


def test_answers_of_a_sample_are_output_tokens(tmp_path: Path) -> None:
    rows = "".join(f'{{"text": "a b", "answer": "{"x " * words}"}}\n' for words in (10, 30))
    (tmp_path / "chats.jsonl").write_text(rows)
    (tmp_path / "tokenizer.json").write_bytes(WORDS_TOKENIZER)
    sample = [str(tmp_path / "chats.jsonl"), "--tokenizer", str(tmp_path / "tokenizer.json")]
    found = answer("measure-documents", *sample)
    assert (found["mean_tokens"], found["answers"]["mean_tokens"]) == (2, 20)
    block = run("measure-documents", *sample).stdout.partition("For a scenario file:\n")[2]
    assert scenario_of_text(block, "pasted.yaml").output_tokens == 20
