"""vLLM's own spellings of settings, on the command line of planner."""

from __future__ import annotations

import json

import pytest

from planner.cli import app
from planner.entered.vllm_words import planner_words
from planner.errors import InputError

OWN = {
    *("--gpu", "--model", "--quantization", "--max-model-len", "--tensor-parallel-size"),
    *("--engine-version", "--pipeline-parallel-size"),
    *("--max-num-batched-tokens", "--rope-scaling", "--gpu-memory-utilization"),
}


def read(line: str) -> list[str]:
    return list(planner_words(line.split(), OWN).words)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-tp 2", "--tensor-parallel-size 2"),
        ("-tp=2", "--tensor-parallel-size=2"),
        ("--tensor_parallel_size=2", "--tensor-parallel-size=2"),
        ("--gpu_memory_utilization .9", "--gpu-memory-utilization .9"),
        ("-q awq --gpu L4", "--quantization awq --gpu L4"),
        ("--max-model-len 32k", "--max-model-len 32000"),
        ("--max_model_len=32K", "--max-model-len=32768"),
        ("--max-model-len 25.6k", "--max-model-len 25600"),
        ("--max-num-batched-tokens 1m", "--max-num-batched-tokens 1000000"),
        ("--max-model-len 1.0001k", "--max-model-len 1.0001k"),  # 1,000.1 tokens
        ("--model a_b/c --max-model-len 8", "--model a_b/c --max-model-len 8"),
        (
            '--rope-scaling {"rope_type":"yarn","factor":4.0,'
            '"original_max_position_embeddings":32768}',
            "--rope-scaling yarn:4.0:32768",
        ),
        ("--rope-scaling yarn:4", "--rope-scaling yarn:4"),
        ("--unknown_thing 3", "--unknown_thing 3"),
        ("--max-model-len 1t", "--max-model-len 1000000000000"),
        ("--served-model-name a b --gpu L4", "--gpu L4"),
        ("--served-model-name a b plan.yaml", "plan.yaml"),
        ("-O3 --engine-version 0.9.0", "--engine-version 0.9.0"),
        ("-O2 --engine-version=0.13.0", "--engine-version=0.13.0"),
        ("--engine-version 0.7.2 -O 0", "--engine-version 0.7.2"),
        ('-O {"level":3} --engine-version 0.9.0', "--engine-version 0.9.0"),
        ("--enable-chunked-prefill --gpu T4", "--gpu T4"),
        ("--enable-chunked-prefill=True --gpu T4", "--gpu T4"),
        (
            "--enable-chunked-prefill --engine-version 0.6.3 --max-num-batched-tokens 512",
            "--engine-version 0.6.3 --max-num-batched-tokens 512",
        ),
        ("--distributed-executor-backend mp --gpu L4", "--gpu L4"),
        ("-pp 2 --distributed-executor-backend ray", "--pipeline-parallel-size 2"),
    ],
)
def test_vllms_spelling_is_read_as_the_option_of_planner(line: str, words: str) -> None:
    assert read(line) == words.split()


def test_options_without_effect_are_left_out_with_their_values() -> None:
    line = "--port 8000 --trust-remote-code -O3 -O 2 --dtype half --api_key=x --model m --host h"
    found = planner_words(line.split(), OWN)
    assert found.words == ("--model", "m")
    assert found.left_out == (
        *("--port", "--trust-remote-code", "-O", "--dtype", "--api-key", "--host"),
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--cpu-offload-gb 10", "--cpu-offload-gb is an option of vLLM that may change"),
        ("-dcp 2", "--decode-context-parallel-size is an option of vLLM"),
        ("--dtype float32", "'float32' was given; weights of 16 bits are counted"),
        ("-O0", "give --enforce-eager for an engine without CUDA graphs"),
        ("-O", "compiles less than vLLM does by default"),
        ("--max-model-len auto", "'auto' lets vLLM take the longest context that fits"),
        ("--max-model-len=-1", "'-1' lets vLLM take the longest context that fits"),
        (
            "--max-num-batched-tokens auto",
            "--max-num-batched-tokens: 'auto' was given; give a number of tokens",
        ),
        ("--max-model-len 1.5K", "no decimals before K (1,024); give 1.5k for 1,500"),
        ("-O2 --engine-version 0.9.0", "-O 2 compiles less than vLLM 0.9.0 does by default"),
        ("-O3 --engine-version 0.7.2", "-O 3 compiles more than vLLM 0.7.2 does by default"),
        ("-O --gpu L4", "compiles less than vLLM does by default"),
        ('-O {"level":2}', "is vLLM's compilation config, which is not counted"),
        (
            '--rope-scaling {"rope_type":"yarn","original_max_position_embeddings":512}',
            "states no factor; give both",
        ),
        ('--rope-scaling {"factor":4}', "states no rope_type; give both"),
        ("--enable-chunked-prefill=False", "--enable-chunked-prefill is an option of vLLM that"),
        (
            "--enable-chunked-prefill --engine-version 0.6.3",
            "is counted for vLLM 0.6.3 only with the tokens of a step",
        ),
        ("--distributed-executor-backend ray", "--distributed-executor-backend is an option"),
    ],
)
def test_what_is_not_counted_is_refused(line: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read(line)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("plan -tp 2", "as in --fleet GPU:2:1 for one replica of two GPUs"),
        ("plan -dp 2", "leave it out, or give it to planner predict"),
        ("calibrate -tp 2", "planner calibrate takes no --tensor-parallel-size: GPUs of a replica"),
        ("calibrate --max-model-len 32k", "state the lengths with --workload SCENARIO.yaml"),
        ("calibrate --revision main", "planner calibrate takes no --revision: give a folder"),
        ("calibrate --tokenizer=a/b", "planner calibrate takes no --tokenizer: give a folder"),
        ("calibrate --trust_remote_code", "planner calibrate takes no --trust-remote-code"),
        ("calibrate --chat-template a", "planner calibrate takes no --chat-template"),
        ("calibrate --served-model-name a", "has the name of --model: leave it out"),
        ("calibrate --api-key x", "set the environment variable OPENAI_API_KEY"),
        ("calibrate --hf-token x", "set the environment variable HF_TOKEN instead"),
    ],
)
def test_a_command_says_what_to_type_for_an_option_that_it_lacks(
    line: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        app(line.split())
    assert done.value.code == 2
    assert told in capsys.readouterr().err


def test_a_calibration_leaves_out_what_it_chooses_itself() -> None:
    found = planner_words(["--port", "8000", "--gpu", "L4"], OWN, "calibrate")
    assert (found.words, found.left_out) == (("--gpu", "L4"), ("--port",))


def test_a_value_that_is_missing_is_left_to_the_command() -> None:
    assert read("--max-model-len") == ["--max-model-len"]
    assert planner_words(["--port"], OWN).left_out == ("--port",)


def test_an_option_of_the_command_is_its_own() -> None:
    assert planner_words(["--seed", "3"], {"--seed"}).words == ("--seed", "3")


def test_the_command_takes_them(capsys: pytest.CaptureFixture[str]) -> None:
    line = "memory --gpu L4 --model Qwen/Qwen3-4B -tp 2 --max_model_len 8k --port 1 --json"
    with pytest.raises(SystemExit) as done:
        app(line.split())
    printed = capsys.readouterr()
    assert done.value.code == 0
    assert 3.7 < json.loads(printed.out)["weights_gib"] < 3.8  # half of 4.02 billion x 2 bytes
    assert printed.err == "Left out, because no figure depends on it: --port.\n"
