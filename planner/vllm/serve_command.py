"""The `vllm serve` command that a plan recommends, as words; ``shlex.join`` quotes them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from planner.catalog.model_spec import ModelSpec, Quantization
from planner.vllm.deployment import Deployment
from planner.vllm.setting_flags import parallel_options, placeholder_notes, setting_options

QUANTIZED_WHILE_LOADING: tuple[Quantization, ...] = ("fp8", "bitsandbytes")
"""Formats that vLLM makes from 16-bit weights itself, on --quantization (vLLM documentation,
"Quantization"). The others need a quantized checkpoint: vLLM reads the format from it and picks
the fastest kernel, which it could not do if the option named the format."""

RAY_PORT = 6379
"""Ray's default port (docs.ray.io, "Configuring Ray")."""

FIRST_MACHINE = "FIRST_MACHINE"
"""A placeholder for the address of the machine that runs a replica's command."""

OWN_CHECKPOINT = "./"
"""The start of a placeholder for a checkpoint that the user has to provide."""


def checkpoint_of(model: ModelSpec, quantization: Quantization) -> str:
    """The model's id, or the name of a folder for a quantized checkpoint of it."""
    if quantization in ("none", model.native_quantization, *QUANTIZED_WHILE_LOADING):
        return model.hf_id
    return f"{OWN_CHECKPOINT}{model.name.rsplit('/', 1)[-1]}-{quantization}"


def checkpoint_note(command: Sequence[str]) -> str | None:
    """What to put for the placeholders among a serve command's words; None if there are none."""
    model = command[2]
    notes = list(placeholder_notes(command))
    if model.startswith(OWN_CHECKPOINT):
        note = f"{model} stands for your quantized checkpoint: a folder, or its Hugging Face id."
        notes.insert(0, note)
    return " ".join(notes) or None


def cluster_commands(machines: int) -> tuple[str, ...]:
    """The commands that join a replica's machines before its own; none if it is on one machine.

    The first is for the machine that runs the replica's command, the second for each of the
    others. Source: docs.vllm.ai, "Parallelism and Scaling", and docs.ray.io (read 2026-11-28).
    """
    if machines == 1:
        return ()
    return (
        f"ray start --head --port={RAY_PORT}",
        f"ray start --address={FIRST_MACHINE}:{RAY_PORT} --block",
    )


def vllm_command(
    deployment: Deployment, concurrency: int, card_flags: Sequence[str]
) -> tuple[str, ...]:
    """The words that start one replica of ``deployment`` with ``concurrency`` requests together.

    ``card_flags`` are those that the GPU needs (``compatibility.check``).
    ``--max-model-len`` is what the documents need, so that no KV cache is kept
    for longer ones.
    """
    engine, model = deployment.engine, deployment.model
    words = ["vllm", "serve", checkpoint_of(model, deployment.quantization)]
    native = deployment.quantization == model.native_quantization
    if deployment.quantization in QUANTIZED_WHILE_LOADING and not native:
        words += ["--quantization", deployment.quantization]
    words += parallel_options(deployment)
    if engine.max_model_len is not None:
        words += ["--max-model-len", str(engine.max_model_len)]
    words += ["--max-num-seqs", str(concurrency)]
    if engine.gpu_memory_utilization is not None:
        words += ["--gpu-memory-utilization", f"{engine.gpu_memory_utilization:g}"]
    words += setting_options(deployment)
    for flag in card_flags:
        words += shlex.split(flag)  # a flag with its value, as the table of rules writes it
    return tuple(words)
