"""LoRA adapters: what is stated about them, and the bytes that vLLM reserves for them.

vLLM allocates all slots when the engine starts, at the largest rank, whether or not an
adapter is loaded. Source: vllm-project/vllm, ``create_lora_weights`` in
vllm/lora/layers.py (read 2026-11-27).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES, ModelSpec
from planner.catalog.names import quoted
from planner.errors import InputError

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Values of ``--max-lora-rank`` (vllm/config/lora.py, ``MaxLoRARanks``)."""

DEFAULT_ADAPTERS, DEFAULT_RANK = 1, 16
"""vLLM's defaults of ``--max-loras`` and ``--max-lora-rank``."""

MOST_ADAPTERS = 1_000


@dataclass(frozen=True, slots=True)
class LoraAdapters:
    """``adapters`` that run together at most, each up to ``rank``.

    Raises InputError (fields ``lora_adapters``, ``lora_rank``) for values that vLLM refuses.
    """

    adapters: int = DEFAULT_ADAPTERS
    rank: int = DEFAULT_RANK

    def __post_init__(self) -> None:
        if not 1 <= self.adapters <= MOST_ADAPTERS:
            raise InputError(
                f"{self.adapters} LoRA adapters were given; give 1 to {MOST_ADAPTERS:,}",
                field="lora_adapters",
            )
        if self.rank not in RANKS:
            raise InputError(
                f"LoRA rank {self.rank} was given; give the next larger of "
                f"{', '.join(map(str, RANKS))}",
                field="lora_rank",
            )

    def __str__(self) -> str:
        """``4:16``, as ``lora_adapters_from`` reads it."""
        return f"{self.adapters}:{self.rank}"


def lora_adapters_from(text: str) -> LoraAdapters:
    """Adapters and rank from ``4:16``. Raises InputError (field ``lora_adapters``)."""
    match = re.fullmatch(r"(\d{1,6}):(\d{1,6})", text.strip(), re.ASCII)
    if match is None:
        raise InputError(
            f"LoRA adapters {quoted(text)} were given; give adapters:rank, such as 1:16",
            field="lora_adapters",
        )
    return LoraAdapters(int(match[1]), int(match[2]))


def lora_stated(enabled: bool, adapters: int | None, rank: int | None) -> LoraAdapters | None:
    """The adapters that options state, the rest at vLLM's defaults; None if they state none."""
    if not enabled and adapters is None and rank is None:
        return None
    return LoraAdapters(
        DEFAULT_ADAPTERS if adapters is None else adapters, DEFAULT_RANK if rank is None else rank
    )


def adapter_bytes(model: ModelSpec, gpu_count: int, lora: LoraAdapters) -> float:
    """Bytes per GPU of all adapter slots, on every layer of a dense model and on the vocabulary.

    Each linear layer gets two matrices, in x rank and rank x out. Tensor parallelism splits the
    side that the layer itself splits: the outputs of the query, key, value, gate and up
    projections, the inputs of the other two. vLLM adapts no experts here: their MLP is left out.
    """
    hidden, heads = model.hidden_size, model.attention_heads * model.head_dim
    kv = model.kv_heads * model.head_dim
    entering, leaving = 3 * hidden, (heads + 2 * kv) / gpu_count
    attention = entering + leaving + heads / gpu_count + hidden
    inner = model.intermediate_size / gpu_count
    mlp = 0.0 if model.experts else 2 * hidden + 2 * inner + inner + hidden
    vocabulary = 2 * (model.vocab_size + hidden)
    rows = model.layers * (attention + mlp) + vocabulary
    return SIXTEEN_BIT_BYTES * lora.adapters * lora.rank * rows
