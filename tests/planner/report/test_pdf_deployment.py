"""The commands of the section "To deploy"."""

from __future__ import annotations

import doctest
import shlex
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sample_plan import A100, FEASIBLE_PLAN, SCENARIO

from planner.fleet.plan import FleetItem
from planner.report import pdf_deployment
from planner.report.pdf_deployment import (
    calibrate_command,
    calibrate_notes,
    command_lines,
    settings,
    start_lines,
)

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\n\r"), min_size=1)


def test_the_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(pdf_deployment).failed == 0


@given(st.lists(st.tuples(st.sampled_from(["--a", "--bb", "--ccc"]), WORDS), max_size=6), WORDS)
def test_a_command_over_several_lines_is_still_the_same_command(flags, model) -> None:
    words = ["vllm", "serve", model, *(word for pair in flags for word in pair)]
    lines = command_lines(words)
    assert all(line.endswith(" \\") for line in lines[:-1])
    joined = "\n".join(lines).replace(" \\\n", " ")  # what a shell makes of a continued line
    assert shlex.split(joined) == words


def test_settings_come_with_their_reason_and_unknown_ones_without() -> None:
    rows = settings(
        ("vllm", "serve", "m", "--max-num-seqs", "16", "--enforce-eager", "--new-flag", "a b")
    )
    assert [(row["flag"], row["value"]) for row in rows] == [
        ("--max-num-seqs", "16"),
        ("--enforce-eager", ""),
        ("--new-flag", "'a b'"),
    ]
    assert [bool(row["reason"]) for row in rows] == [True, True, False]


def test_the_calibration_command_quotes_what_a_user_typed() -> None:
    item: FleetItem = replace(A100.fleet[0], gpu_count=2)
    scenario = SCENARIO.model_copy(update={"model": "/models/my model; id"})
    command = calibrate_command(replace(FEASIBLE_PLAN, scenario=scenario), item)
    assert shlex.join(command) == (
        "planner calibrate --model '/models/my model; id' --quantization awq --gpu-count 2 "
        "--suite quick"
    )


def test_a_replica_over_two_machines_is_started_on_each_and_measured_where_it_runs() -> None:
    joined = replace(A100.fleet[0].price_offer, machines=2, gpu_count=16)
    item = replace(A100.fleet[0], gpu_count=16, stages=2, price_offer=joined)
    assert start_lines(item)[:5] == [
        "# On the first of the 2 machines of a replica:",
        "ray start --head --port=6379",
        "# On the other one, with the address of the first for FIRST_MACHINE:",
        "ray start --address=FIRST_MACHINE:6379 --block",
        "# Then on the first:",
    ]
    assert shlex.join(calibrate_command(FEASIBLE_PLAN, item)).endswith(
        "--gpu-count 16 --pipeline-parallel-size 2 --base-url http://127.0.0.1:8000 "
        "--gpu 'A100 80GB' --suite quick"
    )


def test_the_calibration_asks_for_no_draft_if_the_model_proposes_tokens_itself() -> None:
    changed = {"speculative_method": "mtp", "speculative_tokens": 1, "speculative_acceptance": 0.8}
    scenario = SCENARIO.model_copy(update=changed)
    command = calibrate_command(replace(FEASIBLE_PLAN, scenario=scenario), A100.fleet[0])
    assert shlex.join(command).endswith("--speculative-tokens 1 --speculative-acceptance 0.8")
    assert calibrate_notes(command) == []


def test_the_calibration_is_under_the_engine_settings_of_the_scenario() -> None:
    changed = {
        "prefix_hit_share": 0.0625,
        "kv_cache_dtype": "fp8",
        "speculative_method": "eagle",
        "speculative_tokens": 4,
        "speculative_acceptance": 0.7,
    }
    scenario = SCENARIO.model_copy(update=changed)
    command = calibrate_command(replace(FEASIBLE_PLAN, scenario=scenario), A100.fleet[0])
    assert shlex.join(command).endswith(
        " --suite quick --prefix-share 0.0625 --kv-cache-dtype fp8 --speculative-method eagle "
        "--speculative-tokens 4 --speculative-acceptance 0.7 --speculative-model ./draft-model"
    )
    assert calibrate_notes(command) == [
        "./draft-model stands for your draft: a folder, or its Hugging Face id."
    ]


def test_the_calibration_is_around_the_scenario_where_that_is_given() -> None:
    item = A100.fleet[0]
    assert calibrate_command(FEASIBLE_PLAN, item)[-2:] == ("--suite", "quick")
    given = calibrate_command(FEASIBLE_PLAN, item, "my claims.yaml")
    assert given[-2:] == ("--workload", "my claims.yaml")
    assert calibrate_notes(given) == []
    longer = SCENARIO.model_copy(update={"input_tokens": 9_000})
    unnamed = calibrate_command(replace(FEASIBLE_PLAN, scenario=longer), item)
    assert unnamed[-2:] == ("--workload", "scenario.yaml")
    assert "scenario.yaml states this scenario" in calibrate_notes(unnamed)[0]


def test_the_calibration_starts_the_stages_that_the_plan_chose() -> None:
    item = replace(A100.fleet[0], gpu_count=8, stages=2)
    scenario = FEASIBLE_PLAN.scenario.model_copy(update={"enforce_eager": True})
    command = calibrate_command(replace(FEASIBLE_PLAN, scenario=scenario), item)
    at = command.index("--gpu-count")
    assert command[at : at + 5] == (
        *("--gpu-count", "8", "--pipeline-parallel-size", "2", "--enforce-eager"),
    )
