"""GPUs, models and price offers: facts, each with its source and date.

The built-in rows are in ``data/gpus.csv``, ``data/models.csv`` and
``data/prices.csv``; a user's additions come from the store and carry
``added_by="user"``. A row without a source does not load.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quantization = Literal["none", "awq", "gptq", "fp8", "int8", "mxfp4", "bitsandbytes"]
QUANTIZATIONS: tuple[Quantization, ...] = (
    "none",
    "awq",
    "gptq",
    "fp8",
    "int8",
    "mxfp4",
    "bitsandbytes",
)
AddedBy = Literal["planner", "user"]


@dataclass(frozen=True, slots=True)
class GPU:
    """One card, by its datasheet. Rates are dense and at the datasheet's peak.

    ``memory_gb`` is the size on the box, ``memory_gib`` what the driver
    reports as total (an "80 GB" H100 reports 79.2). ``fp16_tflops`` is with
    fp32 accumulation, the rate vLLM's kernels see.
    """

    name: str
    memory_gb: float
    memory_gib: float
    bandwidth_gb_per_s: float
    fp16_tflops: float
    fp8_tflops: float | None
    int8_tops: float | None
    tdp_w: float | None
    compute_capability: tuple[int, int]
    architecture: str
    link_gb_per_s: float | None
    aliases: tuple[str, ...]
    source: str
    source_date: str
    note: str | None = None
    added_by: AddedBy = "planner"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The shape of a decoder-only transformer, as its ``config.json`` has it.

    ``params`` counts all weights, ``active_params`` those that one token uses
    (they differ for mixture-of-experts). ``embedding_params`` is the part that
    weight-only quantization leaves in 16 bit (input embedding and, where not
    tied, the output head). ``sliding_window`` is in tokens, on
    ``sliding_window_layers`` of the ``layers``; None and 0 where attention is
    full. ``native_quantization`` is what the published checkpoint already has.
    """

    name: str
    hf_id: str
    params: float
    active_params: float
    embedding_params: float
    layers: int
    hidden_size: int
    intermediate_size: int
    attention_heads: int
    kv_heads: int
    head_dim: int
    vocab_size: int
    max_position_embeddings: int
    sliding_window: int | None
    sliding_window_layers: int
    experts: int | None
    active_experts: int | None
    tied_embeddings: bool
    native_quantization: Quantization
    source: str
    source_date: str
    base_model: str | None = None
    note: str | None = None
    added_by: AddedBy = "planner"


@dataclass(frozen=True, slots=True)
class PriceOffer:
    """What ``gpu_count`` cards of one kind cost together, where, when, and who says so.

    Exactly one of ``usd_per_hour`` (as sold) and ``usd_per_year`` (as the
    source states it) may be the stated figure; the other follows from it with
    8,760 hours. ``terms`` is ``on-demand``, ``spot``, ``reserved-1y``,
    ``reserved-3y`` or ``reserved``. ``tier`` says how far to rely on it:
    ``list`` a provider's published price, ``marketplace`` third-party hosts or
    a floor price, ``stale`` overtaken by a later price change, ``article`` the
    yearly costs of the article that the default scenario reproduces.
    """

    id: str
    provider: str
    instance: str
    gpu: str
    gpu_count: int
    terms: str
    region: str
    usd_per_hour: float
    usd_per_year: float
    tier: Literal["list", "marketplace", "stale", "article"]
    as_of: str
    source: str
    note: str | None = None
    added_by: AddedBy = "planner"
