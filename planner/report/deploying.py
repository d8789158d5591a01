"""From the paper to a running engine: the command, why its settings, what to measure first."""

from __future__ import annotations

import shlex

from planner.formatting import count
from planner.plan import FleetItem, Plan
from planner.serve_command import checkpoint_note

_LINE = 88
"""Characters of a command line that fit the page."""

_LONGEST_VALUE = 30
"""Characters of an option's value that fit its column."""

_REASON: dict[str, str] = {
    "--quantization": "the format of the checkpoint's weights, which the forecast assumes",
    "--tensor-parallel-size": "cards that share one replica",
    "--max-model-len": "room for one document and its answer; more reserves memory",
    "--max-num-seqs": "requests that run together; more would wait and gain no throughput",
    "--max-num-batched-tokens": "prompt tokens per step; bounds the memory for activations",
    "--gpu-memory-utilization": "share of the card's memory that vLLM may fill",
    "--kv-cache-dtype": "bytes per cached token, which set how many requests fit",
    "--dtype": "the 16-bit format that this card computes in",
    "--enable-prefix-caching": "prompts that share a beginning are read once",
    "--enable-chunked-prefill": "prompts are read in parts, between the steps of other answers",
    "--speculative-config": "tokens are proposed and verified several at a time",
    "--speculative-model": "tokens are proposed and verified several at a time",
    "--num-speculative-tokens": "tokens that are proposed a step",
    "--ngram-prompt-lookup-max": "longest piece of the prompt that is looked up",
    "--rope-scaling": "stretches positions beyond the length the model was trained for",
    "--hf-overrides": "stretches positions beyond the length the model was trained for",
    "--no-enable-prefix-caching": "the forecast assumes that prompts share nothing",
    "--attention-backend": "the attention kernel that this card supports",
    "--enforce-eager": "no CUDA graphs, to leave their memory to the KV cache",
    "--host": "who may connect; 127.0.0.1 is this machine alone",
    "--port": "where the engine listens",
}


def command_lines(command: str) -> list[str]:
    """The command over several lines, still one command when it is copied.

    >>> command_lines("vllm serve m --max-num-seqs 16")
    ['vllm serve m --max-num-seqs 16']
    """
    lines: list[str] = []
    for part in _parts(command):
        if lines and len(lines[-1]) + len(part) + 3 <= _LINE:
            lines[-1] += f" {part}"
        else:
            lines.append(f"    {part}" if lines else part)
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def settings(command: str) -> list[dict[str, str]]:
    """Each option of the command with its value and its reason; no reason where none is known."""
    rows = []
    if (note := checkpoint_note(command)) is not None:
        rows.append({"flag": "model", "value": "yours", "reason": note})
    for part in _parts(command)[1:]:
        flag, _, value = part.partition(" ")
        shown = value if len(value) <= _LONGEST_VALUE else "as above"
        rows.append({"flag": flag, "value": shown, "reason": _REASON.get(flag, "")})
    return rows


def calibrate_command(plan: Plan, item: FleetItem) -> str:
    """The measurement to make first on the real card, safe to paste into a shell."""
    words = ["planner", "calibrate", "--model", plan.scenario.model]
    if item.quantization != "none":
        words += ["--quantization", item.quantization]
    if item.gpu_count > 1:
        words += ["--gpu-count", str(item.gpu_count)]
    return shlex.join([*words, "--suite", "quick"])


def first_measurement(plan: Plan, item: FleetItem) -> str:
    """What to look at before the order is signed."""
    s = plan.scenario
    return (
        f"A few minutes on one {item.gpu} replace this forecast by a calibrated one. Look first at "
        f"{count(s.input_tokens)} tokens in, {count(s.output_tokens)} out and "
        f"{count(item.concurrency)} parallel requests, with your own checkpoint; "
        "then plan again and compare."
    )


def _parts(command: str) -> list[str]:
    """The program with its arguments, then each option with its value, quoted for a shell."""
    parts: list[list[str]] = [[]]
    for word in shlex.split(command):
        if word.startswith("--"):
            parts.append([])
        parts[-1].append(word)
    return [shlex.join(part) for part in parts]
