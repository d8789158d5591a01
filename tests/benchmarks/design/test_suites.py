"""The suites as data, and what a dry run makes of them."""

from __future__ import annotations

import shlex
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from command_line import MISTRAL, answer, complaint, fill_store, run
from pydantic import ValidationError

from benchmarks.design.points import LoadPoint
from benchmarks.design.suite import SUITES, Analysis, Suite, read_suite
from benchmarks.hardware.nvml import Card, Cards
from planner.errors import InputError

A100 = ("calibrate", "--dry-run", "--gpu", "A100 80GB")


@pytest.fixture(autouse=True)
def store() -> None:
    fill_store()


def test_quick_is_about_6_points_and_standard_about_20() -> None:
    points = {name: suite.design.points for name in SUITES if (suite := read_suite(name)).design}
    assert points == {"quick": 6, "standard": 20}


def test_the_article_has_six_analyses() -> None:
    analyses = {analysis.name: analysis for analysis in read_suite("article").analyses}
    assert list(analyses) == [
        "transformers",
        "input-length",
        "output-length",
        "batch-size",
        "gpus",
        "parallel",
    ]
    assert analyses["transformers"].methods == ("throughput", "transformers")
    assert analyses["transformers"].quantizations == ("none", "awq")
    assert analyses["batch-size"].methods == ("latency",)
    assert max(analyses["batch-size"].concurrency) > 64
    assert analyses["parallel"].concurrency == (1, 2, 4, 8, 16, 32, 64)
    assert [name for name, analysis in analyses.items() if analysis.every_gpu] == ["gpus"]


def test_the_concurrency_of_an_analysis_grows_until_something_fails() -> None:
    for analysis in read_suite("article").analyses:
        sweeps = groupby(analysis.points, key=lambda p: (p.input_tokens, p.output_tokens))
        for _, sweep in sweeps:
            concurrency = [point.concurrency for point in sweep]
            assert concurrency == sorted(concurrency)


def test_an_analysis_is_every_combination_of_its_lists() -> None:
    analysis = Analysis(
        name="x",
        title="x",
        methods=("online",),
        quantizations=("none",),
        input_tokens=(1, 2),
        output_tokens=(3,),
        concurrency=(4, 5),
    )
    assert analysis.points == (
        LoadPoint(1, 3, 4),
        LoadPoint(1, 3, 5),
        LoadPoint(2, 3, 4),
        LoadPoint(2, 3, 5),
    )


@pytest.mark.parametrize("fields", [{}, {"design": {"points": 1}, "analyses": [{}]}])
def test_a_suite_is_a_design_or_analyses(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Suite.model_validate({"summary": "x", **fields})


def test_a_suite_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match="quick, standard, article"):
        read_suite("../quick")


@pytest.mark.slow
def test_a_dry_run_of_the_article_lists_points_and_minutes_without_a_gpu() -> None:
    expected = answer(*A100, "--suite", "article", "--max-minutes", "120")
    measured = [point for point in expected["points"] if point["minutes"] is not None]
    # 2 with transformers' points left out, 5 + 8 + 1 + 7 online, 16 batches, 4 of throughput
    assert len(measured) == 41
    assert sum(point["minutes"] for point in measured) < expected["minutes"] < 120
    skipped = [point["reason"] for point in expected["points"] if point["minutes"] is None]
    assert len(skipped) == 4
    assert all("transformers needs the weights" in reason for reason in skipped)
    served = [command for command in expected["commands"] if " serve " in command]
    assert sum(" bench serve " in command for command in served) == 21


@pytest.mark.slow
def test_a_dry_run_prints_commands_that_a_shell_takes() -> None:
    printed = run(*A100, "--quantization", "awq", "--points", "3").stdout.splitlines()
    commands = [line for line in printed if not line.startswith("#")]
    assert len(commands) == 4
    start = commands[0]
    assert f" serve {MISTRAL} --load-format dummy --max-model-len 84" in start
    assert "--no-enable-prefix-caching" in start
    assert """--hf-overrides '{"quantization_config": {"quant_method": "awq",""" in start
    assert all("--ignore-eos" in command for command in commands[1:])
    assert printed[-1].startswith("# 3 points, about ")


@pytest.mark.slow
def test_a_dry_run_says_which_analysis_a_command_is_for_and_what_it_really_runs() -> None:
    printed = run(*A100, "--suite", "article").stdout.splitlines()
    pairs = [p for p in pairwise(printed) if p[0].startswith("# ") and not p[1].startswith("#")]
    latency = [p for p in pairs if "batch-size/A100 80GB/latency/awq: 8,000 tokens in" in p[0]]
    assert len(latency) == 8
    for remark, command in latency:
        words = dict(pairwise(shlex.split(command)))
        requests = int(words["--batch-size"]) * int(words["--num-iters"])
        assert f" at once, {requests} requests: " in remark
    files = [word for _, command in pairs for word in command.split() if word.endswith(".json")]
    assert len(files) == len(set(files)) == 41


def test_a_dry_run_for_a_card_shows_no_command_of_a_processors_vllm(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "vllm"
    build = tmp_path / "lib" / "python3.11" / "site-packages" / "vllm-0.32.0+cpu.dist-info"
    build.mkdir(parents=True)
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found = answer(*A100, "--engine-command", f"{program} serve", "--points", "1")
    assert found["commands"][0].startswith("vllm serve ")


def test_a_dry_run_is_for_the_card_that_is_named_whatever_this_machine_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nothing: dict[str, Any] = dict.fromkeys(Card.__slots__)
    t4 = Card(**nothing | {"index": 0, "name": "Tesla T4", "mig_slices_gib": ()})
    monkeypatch.setattr("planner.commands.calibration_setup.find_cards", lambda: Cards((t4,), None))
    assert answer(*A100, "--points", "1")["gpu"] == "A100 80GB"


def test_a_dry_run_for_another_server_starts_none() -> None:
    server = ("--base-url", "http://10.0.0.5:8000", "--suite", "article")
    found = answer(*A100, *server)
    assert not any("vllm serve" in command for command in found["commands"])
    assert all("--base-url http://10.0.0.5:8000" in command for command in found["commands"])
    assert len(found["commands"]) == 21


def test_a_dry_run_stops_where_the_minutes_end() -> None:
    expected = answer(*A100, "--max-minutes", "3")
    assert len(expected["points"]) < 4
    assert expected["minutes"] <= 3


def test_a_card_gets_the_flags_that_it_needs() -> None:
    printed = run("calibrate", "--dry-run", "--gpu", "T4", "--quantization", "awq").stdout
    assert "--dtype half" in printed


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gpu", "A100 8GB"], "'A100 8GB' is not one GPU of the catalogue"),
        (["--gpu", "V100 16GB", "--quantization", "awq"], "vLLM refuses"),
        (["--gpu", "L4", "--suite", "long"], "--suite"),
        (["--gpu", "L4", "--points", "0"], "--points"),
        (["--gpu", "L4", "--model", "no/such-model"], "no/such-model"),
        (["--gpu", "L4", "--engine-command", "sh -c"], "does not end in 'serve'"),
        (["--gpu", "L4", "--workload", "missing.yaml"], "missing.yaml cannot be read"),
        (["--resume", "no-such-run"], "No calibration run 'no-such-run'"),
        (["--resume", "x", "--gpu", "L4"], "--gpu is given too"),
        (["--gpu", "L4", "--quantization", "int8"], "is not a checkpoint in int8"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(words: list[str], message: str) -> None:
    assert message in complaint("calibrate", "--dry-run", *words)


def test_a_machine_without_a_gpu_says_so() -> None:
    line = complaint("calibrate", "--gpu", "L4", "--engine-command", "true serve")
    assert "no GPU was found" in line
    assert "--gpu cpu" in line


def test_another_server_needs_the_name_of_its_hardware() -> None:
    line = complaint(
        "calibrate", "--base-url", "http://127.0.0.1:9", "--engine-command", "true serve"
    )
    assert "give --gpu NAME too" in line
