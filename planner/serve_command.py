"""The `vllm serve` command that a plan recommends, safe to paste into a shell."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from planner.deployment import Deployment


def vllm_command(deployment: Deployment, concurrency: int, card_flags: Sequence[str]) -> str:
    """The command for one replica of ``deployment`` that runs ``concurrency`` requests together.

    ``card_flags`` are those that the card needs (``compatibility.check``).
    ``--max-model-len`` is set to what the documents need, so that no KV cache
    is kept for longer ones.
    """
    engine = deployment.engine
    parts = ["vllm", "serve", deployment.model.hf_id]
    native = deployment.model.native_quantization == deployment.quantization
    if deployment.quantization != "none" and not native:
        parts += [
            "--quantization",
            _VLLM_NAMES.get(deployment.quantization, deployment.quantization),
        ]
    if deployment.gpu_count > 1:
        parts += ["--tensor-parallel-size", str(deployment.gpu_count)]
    if engine.max_model_len is not None:
        parts += ["--max-model-len", str(engine.max_model_len)]
    parts += ["--max-num-seqs", str(concurrency)]
    if engine.gpu_memory_utilization is not None:
        parts += ["--gpu-memory-utilization", f"{engine.gpu_memory_utilization:g}"]
    if engine.kv_cache_dtype != "auto":
        parts += ["--kv-cache-dtype", engine.kv_cache_dtype]
    command = " ".join(shlex.quote(part) for part in parts)
    return " ".join([command, *card_flags])


_VLLM_NAMES = {"int8": "compressed-tensors"}
"""Where vLLM's word for a quantization differs from the catalogue's."""
