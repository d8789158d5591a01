"""A language model's shape and size, and the formats that its weights come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.catalog.csv_rows import AddedBy

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


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The shape of a decoder-only transformer, as its ``config.json`` has it.

    ``params`` counts all weights, ``active_params`` those that one token uses
    (they differ for mixture-of-experts). ``embedding_params`` is the part that
    weight-only quantization leaves in 16 bit (input embedding and, where not
    tied, the output head). ``sliding_window`` is in tokens, on
    ``sliding_window_layers`` of the ``layers``; None and 0 where attention is
    full. ``native_quantization`` is what the published checkpoint already has.
    ``vision_params`` are further weights of an image encoder and its projector,
    16 bit under every quantization: None for a model of text alone, 0 where the
    encoder's size is not known. ``longrope``: its positions are those of LongRoPE.
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
    vision_params: float | None = None
    longrope: bool = False
    note: str | None = None
    added_by: AddedBy = "planner"


@dataclass(frozen=True, slots=True)
class FineTune:
    """A model that has the shape of ``base_model``, a catalogue model, under a name of its own.

    ``vision_params`` are those of its own image encoder, whatever its base model has.
    """

    name: str
    base_model: str
    source: str
    source_date: str
    vision_params: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class UnsizedModel:
    """A model that people serve and whose shape ModelSpec cannot express, and what it has."""

    name: str
    has: str
    source: str
    source_date: str
