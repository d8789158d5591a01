"""The section "To deploy": the command, the reason for each setting, the first measurements."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario import Scenario
from planner.forecast.worth_measuring import Worth
from planner.report.replica_container import PORT
from planner.vllm.serve_command import checkpoint_note
from planner.vllm.setting_flags import DRAFT_PLACEHOLDER, placeholder_notes
from planner.vllm.speculative_decoding import DRAFTED_BY_ANOTHER_MODEL
from planner.wording.formatting import counted
from planner.wording.model_sentences import start_steps

SCENARIO_FILE = "scenario.yaml"

MEASUREMENT_COLUMNS = ("Step", "Tokens in", "Tokens out", "In parallel", "Then within a factor of")

_LINE = 98
"""Characters of a command line that fit the page."""

_LONGEST_VALUE = 30
"""Characters of an option's value that fit its column."""

_REASON: dict[str, str] = {
    "--quantization": "the format of the checkpoint's weights, which the forecast assumes",
    "--tensor-parallel-size": "GPUs that share one replica",
    "--pipeline-parallel-size": "stages that the layers are divided into",
    "--distributed-executor-backend": "Ray joins the machines that a replica spans",
    "--enable-lora": "adapters are loaded beside the model",
    "--max-loras": "adapters that run together",
    "--max-lora-rank": "largest rank of an adapter, for which memory is reserved",
    "--limit-mm-per-prompt": "no images, so that their encoder takes no memory",
    "--max-model-len": "room for one document and its answer; more would reserve memory",
    "--max-num-seqs": "requests that run together; more would wait and gain no throughput",
    "--max-num-batched-tokens": "prompt tokens per step; more than the default gets no credit",
    "--gpu-memory-utilization": "share of the GPU's memory that vLLM may fill",
    "--kv-cache-dtype": "bytes per cached token, which set how many requests fit",
    "--dtype": "the 16-bit format that this GPU computes in",
    "--enable-prefix-caching": "prompts that share a beginning are read once",
    "--enable-chunked-prefill": "prompts are read in parts, between the steps of other answers",
    "--speculative-config": "tokens are proposed and verified several at a time",
    "--speculative-model": "tokens are proposed and verified several at a time",
    "--num-speculative-tokens": "tokens that are proposed a step",
    "--ngram-prompt-lookup-max": "longest piece of the prompt that is looked up",
    "--rope-scaling": "stretches positions beyond the length that the model was trained for",
    "--hf-overrides": "stretches positions beyond the length that the model was trained for",
    "--no-enable-prefix-caching": "the forecast assumes that prompts share nothing",
    "--attention-backend": "the attention kernel that this GPU supports",
    "--enforce-eager": "no CUDA graphs, to leave their memory to the KV cache",
    "--host": "who may connect; 127.0.0.1 is this machine alone",
    "--port": "where the engine listens",
}


def command_lines(command: Sequence[str]) -> list[str]:
    """The command over several lines, still one command when it is copied.

    >>> command_lines(["vllm", "serve", "m", "--max-num-seqs", "16"])
    ['vllm serve m --max-num-seqs 16']
    """
    lines: list[str] = []
    for part in map(shlex.join, _parts(command)):
        if lines and len(lines[-1]) + len(part) + 3 <= _LINE:
            lines[-1] += f" {part}"
        else:
            lines.append(f"    {part}" if lines else part)
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def start_lines(item: FleetItem) -> list[str]:
    """The command that starts a replica; on several machines, the commands for each of them."""
    *before, (where, _) = start_steps(item)
    lines = [line for place, command in before for line in (f"# {place}", command)]
    return [*lines, *([f"# {where}"] if where else []), *command_lines(item.vllm_command)]


def settings(command: Sequence[str]) -> list[dict[str, str]]:
    """Each option of the command with its value and its reason; an empty one if none is known."""
    rows = []
    if (note := checkpoint_note(command)) is not None:
        rows.append({"flag": "model", "value": "yours", "reason": note})
    for part in _parts(command)[1:]:
        flag, value = part[0], shlex.join(part[1:])
        shown = value if len(value) <= _LONGEST_VALUE else "as above"
        rows.append({"flag": flag, "value": shown, "reason": _REASON.get(flag, "")})
    return rows


def calibrate_command(plan: Plan, item: FleetItem, workload: str | None = None) -> tuple[str, ...]:
    """The words of the command that makes the first measurements on the real GPU.

    ``workload`` is the file that holds the plan's scenario, ``SCENARIO_FILE`` if none is known.
    """
    workload = workload or (None if _is_default_size(plan) else SCENARIO_FILE)
    words = ["planner", "calibrate", "--model", item.model or plan.scenario.model]
    if item.quantization != "none":
        words += ["--quantization", item.quantization]
    if item.gpu_count > 1:
        words += ["--gpu-count", str(item.gpu_count)]
    if item.stages > 1:
        words += ["--pipeline-parallel-size", str(item.stages)]
    if plan.scenario.enforce_eager:
        words.append("--enforce-eager")
    if item.price_offer.machines > 1:  # which only runs once Ray has joined them
        words += ["--base-url", f"http://127.0.0.1:{PORT}", "--gpu", item.gpu]
    words += ["--suite", "quick"]
    for option, value in _engine_options(plan.scenario).items():
        words += [option, f"{value:g}" if isinstance(value, float) else str(value)]
    if workload is not None:
        words += ["--workload", workload]
    return tuple(words)


def _engine_options(scenario: Scenario) -> dict[str, object]:
    """The options of ``planner calibrate`` for the settings that are not at their defaults."""
    default = Scenario()
    stated = {
        option: getattr(scenario, field)
        for option, field in _SPELLED.items()
        if getattr(scenario, field) != getattr(default, field)
    }
    if scenario.speculative_method in DRAFTED_BY_ANOTHER_MODEL:
        stated["--speculative-model"] = DRAFT_PLACEHOLDER
    return stated


_SPELLED = {
    "--prefix-share": "prefix_hit_share",
    "--max-num-batched-tokens": "max_num_batched_tokens",
    "--kv-cache-dtype": "kv_cache_dtype",
    "--rope-scaling": "rope_scaling",
    "--speculative-method": "speculative_method",
    "--speculative-tokens": "speculative_tokens",
    "--speculative-acceptance": "speculative_acceptance",
    "--speculative-draft-share": "speculative_draft_share",
}
"""The option of ``planner calibrate`` for each engine setting of a scenario."""


def calibrate_notes(command: Sequence[str]) -> list[str]:
    """What to provide for the names in a command that stand for files of the user's own."""
    notes = list(placeholder_notes(command))
    if SCENARIO_FILE in command:
        notes.append(
            f"{SCENARIO_FILE} states this scenario: download it on the Model page, or write its "
            "fields there, one 'field: value' per line."
        )
    return notes


def _is_default_size(plan: Plan) -> bool:
    """True if `planner calibrate` measures around the plan's document size by default."""
    asked, default = plan.scenario, Scenario()
    sizes = (asked.input_tokens, asked.output_tokens)
    return sizes == (default.input_tokens, default.output_tokens)


def first_measurement(worth: Worth) -> str:
    """What to measure before ordering, and how much narrower that makes the forecast."""
    first, last = worth.steps[0], worth.steps[-1]
    sentences = [
        "Where it is least certain, the throughput of a replica is known to within a factor of "
        f"{1 + worth.interval:.2f}.",
        f"Measuring {first.input_tokens:,} tokens in and {first.output_tokens:,} out with "
        f"{counted(first.concurrency, 'request')} in parallel helps most for the time that it "
        f"takes; {counted(len(worth.steps), 'point')} on your own machine bring the factor to "
        f"about {1 + last.interval:.2f}.",
    ]
    if first.interval > worth.interval:
        sentences.append(
            "The first point alone says less than the measurements of others on this GPU, which "
            "it replaces."
        )
    return " ".join(sentences)


def measurement_rows(worth: Worth) -> list[tuple[str, ...]]:
    """Number, tokens in, tokens out, requests in parallel, and the factor after each point."""
    return [
        (
            str(number),
            f"{step.input_tokens:,}",
            f"{step.output_tokens:,}",
            str(step.concurrency),
            f"{1 + step.interval:.2f}",
        )
        for number, step in enumerate(worth.steps, start=1)
    ]


def _parts(command: Sequence[str]) -> list[list[str]]:
    """The program with its arguments, then each option with its value."""
    parts: list[list[str]] = [[]]
    for word in command:
        if word.startswith("--"):
            parts.append([])
        parts[-1].append(word)
    return parts
