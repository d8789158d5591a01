"""Whatever a file holds: one clear line, exit status 2, in bounded time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = "documents_per_year: 1000000\ninput_tokens: 1000\noutput_tokens: 100\n"
LLAMA = (
    '{"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096, '
    '"intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, '
    '"num_key_value_heads": 8, "vocab_size": 128256, "max_position_embeddings": 131072, '
    '"rope_scaling": {"rope_type": "linear", "factor": 1e-09}}'
)
TWICE = [f'"k{i}": 1' for i in range(60_000)] * 2
CPU_S = 10
MEMORY_BYTES = 2**30
EACH = f"""
import sys, time
from planner.cli import main
command, files = sys.argv[1].split(), sys.argv[2:]
for name in files:
    sys.argv = ["planner", *(name if word == "FILE" else word for word in command)]
    start = time.process_time()
    try:
        main()
        status = 0
    except SystemExit as end:
        status = end.code
    print(name, status, time.process_time() - start < {CPU_S}, file=sys.stderr)
"""


def bounded() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))


def python(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        preexec_fn=bounded,
        timeout=240,
    )


def planner(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return python("-m", "planner", *arguments, folder=folder)


READERS = (
    "plan FILE",
    "import FILE --gpu L4",
    "catalog import-prices FILE --provider AWS --dry-run",
    "evaluate --measurements FILE",
    "memory --gpu L4 --model FILE",
    "calibrate --dry-run --gpu L4 --workload FILE",
)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_any_hostile_file_is_refused_in_one_line(reader: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    contents = {
        "integer.yaml": "documents_per_year: " + 5_000 * "9",
        "hex.yaml": "documents_per_year: 0x" + 5_000 * "f",
        "sexagesimal.yaml": "budget: " + ":".join(3_000 * "1"),
        "rope.json": LLAMA,
        "integer.json": '{"hidden_size": ' + 5_000 * "9" + "}",
        "objects.json": 200_000 * "{}\n",
        "array.json": "[" + ",".join(200_000 * ["{}"]) + "]",
        "twice.json": "{" + ",".join(TWICE) + "}",
        "twice.yaml": "\n".join(TWICE).replace('"', ""),
        "deep.json": 100_000 * "[",
        "deep.yaml": 20_000 * "[",
        "cards.yaml": SCENARIO + "gpus: [" + ", ".join(15_000 * ["L4"]) + "]",
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    files = [*(f"./{name}" for name in (*contents, "pipe.json")), "/dev/zero"]
    run = python("-c", EACH, reader, *files, folder=tmp_path)
    assert run.returncode == 0, run.stderr[-1000:]
    lines = run.stderr.splitlines()
    assert lines[1::2] == [f"{name} 2 True" for name in files], run.stderr[-3000:]
    assert all(line.startswith("Error: ") for line in lines[::2])


@pytest.mark.slow
def test_fifteen_thousand_cards_on_the_command_line_are_refused_in_one_line(tmp_path: Path) -> None:
    run = planner("plan", *(15_000 * ["--gpu", "L4"]), folder=tmp_path)
    assert run.returncode == 2
    assert run.stderr.startswith("Error: --gpu: a list was given; it must have at most 500 entries")


@pytest.mark.slow
def test_twenty_thousand_rows_of_one_deployment_are_evaluated(tmp_path: Path) -> None:
    header = (
        "source_id,gpu,gpu_memory_gb,gpu_count,model,base_model,params_b,quantization,engine,"
        "engine_version,mode,load,input_tokens,output_tokens,concurrency,request_rate_per_s,"
        "requests,output_tokens_per_s,requests_per_s,ttft_ms_mean,ttft_ms_median,tpot_ms_mean,"
        "e2e_s_mean,peak_memory_gb,power_w,quality,date,source,notes"
    )
    rows = [
        "s,L4,24,1,mistralai/Mistral-7B-Instruct-v0.2,,,none,vllm,0.6.0,online,closed_loop,"
        f"{100 + i % 3_000},{50 + i % 400},{1 + i % 8},,100,{8 + i % 100},,,,,,,,B,2026-01-01,us,"
        for i in range(20_000)
    ]
    (tmp_path / "rows.csv").write_text("\n".join([header, *rows]))
    run = planner("evaluate", "--measurements", "rows.csv", folder=tmp_path)
    assert run.returncode == 0, run.stderr[-500:]
    assert "20000 rows: 400 of them, spread evenly over the file, are scored" in " ".join(
        run.stdout.split()
    )
