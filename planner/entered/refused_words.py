"""Options of ``vllm serve`` that one command of ``planner`` does not take, and what to type."""

from __future__ import annotations

from planner.errors import InputError

CALIBRATE = "calibrate"
"""The command that starts vLLM, so that what it loads and answers matters."""

_LOADED = (
    "revision code-revision tokenizer tokenizer-mode tokenizer-revision trust-remote-code "
    "chat-template chat-template-content-format generation-config override-generation-config"
)
_FOLDER = (
    "give a folder with the config.json, tokenizer and weights that are meant as --model, or start "
    "that server yourself and measure it with --base-url http://HOST:PORT, without this option"
)
_IN_STAGES = "GPUs of a replica are --gpu-count here, those of all stages together: give that"
_NOT_STARTED = "vLLM is not started with it here, and a measurement would not state it"
_ONE_REPLICA = "leave it out, or give it to planner predict for one replica"

INSTEAD: dict[tuple[str, str], str] = {
    ("plan", "--tensor-parallel-size"): (
        "the number of GPUs of a replica is found; leave it out, or state it with the fleet, as "
        "in --fleet GPU:2:1 for one replica of two GPUs"
    ),
    ("plan", "--data-parallel-size"): _ONE_REPLICA,
    ("plan", "--enable-expert-parallel"): _ONE_REPLICA,
    (CALIBRATE, "--tensor-parallel-size"): _IN_STAGES,
    (CALIBRATE, "--data-parallel-size"): f"{_NOT_STARTED}; leave it out",
    (CALIBRATE, "--enable-expert-parallel"): f"{_NOT_STARTED}; leave it out",
    (CALIBRATE, "--max-model-len"): (
        "the context follows from the longest request that is measured; leave it out, and state "
        "the lengths with --workload SCENARIO.yaml"
    ),
    (CALIBRATE, "--api-key"): (
        "a server that is started here answers this machine alone: leave it out; for one at "
        "--base-url set the environment variable OPENAI_API_KEY"
    ),
    (CALIBRATE, "--served-model-name"): (
        "a server that is started here has the name of --model: leave it out; for one at "
        "--base-url give its name as --model, and as --base-model the catalogue's"
    ),
    (CALIBRATE, "--hf-token"): "set the environment variable HF_TOKEN instead",
    (CALIBRATE, "--download-dir"): "set the environment variable HF_HUB_CACHE instead",
} | {(CALIBRATE, f"--{name}"): _FOLDER for name in _LOADED.split()}
"""The advice for each option that a command lacks."""


def check_is_taken(command: str, option: str) -> None:
    """Raise InputError if the command has no such option and cannot do without it."""
    instead = INSTEAD.get((command, option))
    if instead is not None:
        raise InputError(f"planner {command} takes no {option}: {instead}.")
