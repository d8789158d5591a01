"""The accuracy table over logged starts: what is read, skipped and counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.checks.memory_accuracy import (
    LOGS,
    TOLERANCE,
    cases,
    deployment_of,
    logged_catalog,
    main,
    read_logs,
    report,
)
from planner.vllm.lora import LoraAdapters

COLUMNS = [
    "gpu",
    "gpu_memory_gb",
    "tensor_parallel",
    "model",
    "quantization",
    "gpu_memory_utilization",
    "max_model_len",
    "kv_cache_dtype",
    "vllm_version",
    "total_gpu_memory_gib",
    "kv_cache_gib",
    "kv_cache_tokens",
    "outcome",
    "message",
    "url",
    "grade",
    "notes",
]


def row(**stated: str) -> dict[str, str]:
    plain = dict.fromkeys(COLUMNS, "")
    return plain | {"gpu": "A10G", "tensor_parallel": "1", "outcome": "ok", "grade": "A"} | stated


def test_the_packaged_logs_meet_the_target() -> None:
    scored = cases(read_logs(LOGS), logged_catalog())
    exact = [case.error for case in scored if case.error is not None and case.grade != "B"]
    judged = [case.right_start for case in scored if case.right_start is not None]
    assert len(exact) >= 35
    assert sum(abs(error) <= TOLERANCE for error in exact) / len(exact) >= 0.80
    assert sum(judged) / len(judged) >= 0.95


def test_settings_are_read_from_the_columns_and_the_notes() -> None:
    deployment = deployment_of(
        row(
            model="Qwen/Qwen2.5-7B-Instruct-AWQ",
            quantization="awq_marlin",
            vllm_version="0.17.1",
            max_model_len="2048.0",
            total_gpu_memory_gib="22.06",
            notes="--max-num-seqs 16; max_num_batched_tokens 4096; default util 0.95",
        ),
        logged_catalog(),
    )
    assert deployment.quantization == "awq"
    assert deployment.model.read_as == "Qwen/Qwen2.5-7B-Instruct"
    assert deployment.gpu.memory_gib == 22.06
    assert deployment.engine.version == "0.17.1"
    assert deployment.engine.max_model_len == 2048
    assert deployment.engine.max_num_seqs == 16
    assert deployment.engine.max_num_batched_tokens == 4096
    assert deployment.engine.gpu_memory_utilization == 0.95


PARTS = {"weights_gib": "10", "activation_gib": "2", "non_torch_gib": "0.5", "kv_cache_gib": "7.5"}


@pytest.mark.parametrize(
    ("stated", "utilization", "memory_gib"),
    [
        # 20 GiB in all: 0.8 of 25, whatever is noted, and 0.9 of 22.2.
        (
            {**PARTS, "gpu_memory_utilization": "0.9", "total_gpu_memory_gib": "25"},
            0.8,
            25.0,
        ),
        ({**PARTS, "gpu_memory_utilization": "0.9"}, 0.9, 20 / 0.9),
        ({**PARTS, "kv_cache_gib": "", "gpu_memory_utilization": "0.9"}, 0.9, 22.06),
    ],
)
def test_the_parts_that_vllm_logged_say_what_it_planned_with(
    stated: dict[str, str], utilization: float, memory_gib: float
) -> None:
    deployment = deployment_of(
        row(model="Qwen/Qwen3-8B", vllm_version="0.9.0", **stated), logged_catalog()
    )
    assert deployment.engine.gpu_memory_utilization == utilization
    assert deployment.gpu.memory_gib == pytest.approx(memory_gib)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"model": "Qwen/Qwen3-8B"}, "version is not stated"),
        ({"model": "Qwen/Qwen3-8B", "vllm_version": "0.1.dev10446+g2dcd12d35"}, "not stated"),
        ({"model": "nobody/nothing", "vllm_version": "0.10.0"}, "is not in the catalogue"),
        ({"model": "Qwen/Qwen3-8B", "vllm_version": "0.10.0", "gpu": "some card"}, "some card"),
    ],
)
def test_a_row_that_does_not_say_enough_is_skipped_by_name(
    stated: dict[str, str], reason: str
) -> None:
    (case,) = cases([row(**stated)], logged_catalog())
    assert case.skipped is not None
    assert reason in case.skipped
    assert case.label in report([case])


def test_a_refusal_for_another_reason_says_nothing_about_memory() -> None:
    (case,) = cases(
        [
            row(
                gpu="T4",
                model="Qwen/Qwen3-8B",
                vllm_version="0.10.0",
                outcome="refused to start",
                message="Bfloat16 is only supported on GPUs with compute capability 8.0",
            )
        ],
        logged_catalog(),
    )
    assert case.right_start is None


def test_a_file_of_another_kind_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main([str(other)])
    assert stopped.value.code == 2
    assert "is no CSV of logged starts" in capsys.readouterr().err


def test_the_table_ends_with_the_two_shares(capsys: pytest.CaptureFixture[str]) -> None:
    main([])
    last = capsys.readouterr().out.splitlines()[-2:]
    assert last[0].startswith("KV cache within 3% of the log:")
    assert last[1].startswith("starts or refuses as logged:")


@pytest.mark.parametrize(
    "stated",
    [
        {
            "enforce_eager": "True",
            "pipeline_parallel": "2.0",
            "max_num_seqs": "8",
            "lora": "1:16",
            "vllm_version": "0.6.3",
        },
        {
            "notes": "(0.6.3); --enforce-eager --pipeline-parallel-size 2 --max-num-seqs 8",
            "lora": "1:16",
        },
    ],
)
def test_options_are_read_from_columns_and_from_notes(stated: dict[str, str]) -> None:
    given = row(model="Qwen/Qwen2.5-7B-Instruct", tensor_parallel="2") | stated
    deployment = deployment_of(given, logged_catalog())
    assert (deployment.gpu_count, deployment.tensor_parallel) == (4, 2)
    engine = deployment.engine
    assert (engine.version, engine.enforce_eager, engine.max_num_seqs) == ("0.6.3", True, 8)
    assert engine.lora == LoraAdapters(1, 16)


def test_an_option_that_is_noted_as_off_is_off() -> None:
    notes = "max_num_seqs 256, enforce_eager False, chunked_prefill None"
    given = row(model="Qwen/Qwen2.5-7B-Instruct", vllm_version="0.6.3", notes=notes)
    assert not deployment_of(given, logged_catalog()).engine.enforce_eager


@pytest.mark.parametrize(("weights", "kernel"), [("64.38", "triton"), ("65.9651", "marlin")])
def test_the_weights_of_mxfp4_tell_the_kernel_that_ran(weights: str, kernel: str) -> None:
    given = row(model="openai/gpt-oss-120b", gpu="H100", gpu_memory_gb="80", vllm_version="0.11.0")
    deployment = deployment_of(given | {"weights_gib": weights}, logged_catalog())
    assert deployment.engine.moe_backend == kernel
