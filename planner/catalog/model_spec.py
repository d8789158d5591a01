"""A language model's shape and size, and the formats that its weights come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.catalog.csv_rows import AddedBy
from planner.networks.quantization import QUANTIZATIONS, SIXTEEN_BIT_BYTES, Quantization

__all__ = [
    "QUANTIZATIONS",
    "SIXTEEN_BIT_BYTES",
    "FineTune",
    "Kept",
    "ModelSpec",
    "Quantization",
    "UnsizedModel",
]

Kept = Literal[
    "attention",
    "attention but its output projection",
    "all but the routed experts",
    "all but the feed-forward layers",
    "first and last layer",
]
"""Parts of a network that a quantized checkpoint may keep in 16 bit."""

_PUBLISHERS_OF_FP8_IN_BLOCKS = ("Qwen/", "deepseek-ai/", "MiniMaxAI/", "moonshotai/")
"""Publishers of FP8 weights with a scale for each 128 x 128 (``weight_block_size`` in the
config.json of Qwen/Qwen3.5-27B-FP8, deepseek-ai/DeepSeek-V3, MiniMaxAI/MiniMax-M2 and
moonshotai/Kimi-K2-Instruct)."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """The shape of a decoder-only transformer, as its ``config.json`` states it.

    ``params`` counts all weights, ``active_params`` those that one token uses
    (they differ for mixture-of-experts). ``embedding_params`` is the part that
    weight-only quantization leaves in 16 bit: the input embedding and, if not
    tied, the output head. ``sliding_window`` is in tokens, on
    ``sliding_window_layers`` of the ``layers``; None and 0 if attention is full.
    ``native_quantization`` is the format of the published checkpoint.
    ``vision_params`` are the weights of encoders of images and sound and their projectors,
    which ``params`` does not count and which stay in 16 bit: None for a text-only model,
    0 if the size is not known. ``longrope`` is True if positions use LongRoPE.
    ``read_as`` is the id of the catalogue model whose shape was taken because of the
    name; None if it is that model itself. ``sixteen_bit_parts`` are the parts of the network that
    the checkpoint of this name keeps in 16 bit (``checkpoints.csv``); empty if it is not known to.

    ``value_head_dim`` is the width of a value head if it is not ``head_dim``.
    ``kv_lora_rank`` and ``rope_head_dim`` are set for latent attention (MLA): a token is kept as
    one vector of both widths in a layer, and ``kv_heads`` is 1 because all query heads share it.
    ``index_head_dim`` is the width of the keys that sparse attention keeps beside it, and
    ``index_heads`` how many heads its queries have. ``q_lora_rank`` is the width of the vector that
    latent attention makes queries from; None if they are projected at once, or if not known.
    ``attention_layers`` is the number of layers that keep keys and values, None for all of
    ``layers``; ``sliding_kv_heads`` and ``sliding_head_dim`` are those of the layers with a
    window if they differ. ``state_layers`` layers keep ``state_bytes`` of each sequence, however
    long it is (linear attention, state spaces), over all GPUs together, and
    ``drafted_state_bytes`` more for each token that speculative decoding proposes.
    ``linear_attention_params`` are the weights of its gated delta nets, None without.
    ``caveat`` says why the sizes may be wrong, in a sentence; None if they are checked.
    ``vision_width`` is the width of the image encoder, ``image_tokens`` what the largest image
    becomes and ``patches_per_token`` how many patches a token stands for; None if not known.
    ``patch_values`` are the pixels of a patch, ``position_vectors`` is 1 if each patch has a
    position of the encoder's width, ``image_vectors`` how many vectors of the hidden size an
    image token becomes. ``video_tokens`` is what the longest video becomes, and
    ``frame_pair_tokens`` what two frames become if the context bounds their number; None if a
    video takes no more than an image.
    ``checkpoint_bytes`` are the bytes of the published weights if some of them have another
    format than ``native_quantization``; None if that format and ``params`` give them.
    ``fp8_in_blocks`` is True if FP8 weights have a scale for each block of rows and columns
    (``weight_block_size``); None if only the publisher tells (``has_fp8_blocks``).
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
    value_head_dim: int | None = None
    kv_lora_rank: int | None = None
    rope_head_dim: int | None = None
    index_head_dim: int | None = None
    checkpoint_bytes: float | None = None
    attention_layers: int | None = None
    sliding_kv_heads: int | None = None
    sliding_head_dim: int | None = None
    state_layers: int | None = None
    state_bytes: int | None = None
    drafted_state_bytes: int | None = None
    linear_attention_params: int | None = None
    caveat: str | None = None
    vision_width: int | None = None
    image_tokens: int | None = None
    patches_per_token: int | None = None
    patch_values: int | None = None
    position_vectors: int | None = None
    image_vectors: int | None = None
    video_tokens: int | None = None
    frame_pair_tokens: int | None = None
    fp8_in_blocks: bool | None = None
    q_lora_rank: int | None = None
    index_heads: int | None = None
    added_by: AddedBy = "planner"
    read_as: str | None = None
    sixteen_bit_parts: tuple[Kept, ...] = ()

    @property
    def keeps_attention(self) -> bool:
        """True if the checkpoint of this name keeps queries, keys and values in 16 bit."""
        return any(part != "first and last layer" for part in self.sixteen_bit_parts)

    @property
    def latent_values(self) -> int | None:
        """Values that latent attention keeps of a token in a layer; None without it."""
        if self.kv_lora_rank is None or self.rope_head_dim is None:
            return None
        return self.kv_lora_rank + self.rope_head_dim

    @property
    def has_fp8_blocks(self) -> bool:
        """True if the published weights are FP8 with a scale for each block of 128 x 128."""
        if self.native_quantization != "fp8":
            return False
        if self.fp8_in_blocks is not None:
            return self.fp8_in_blocks
        return self.hf_id.startswith(_PUBLISHERS_OF_FP8_IN_BLOCKS)

    @property
    def kv_layers(self) -> int:
        """Number of layers that keep keys and values."""
        return self.layers if self.attention_layers is None else self.attention_layers

    @property
    def window_kv_share(self) -> float:
        """Share of a token's keys and values that is in layers with a sliding window."""
        width = self.kv_heads * (self.head_dim + (self.value_head_dim or self.head_dim))
        heads = self.sliding_kv_heads or self.kv_heads
        head_dim = self.sliding_head_dim or self.head_dim
        windows = self.sliding_window_layers * heads
        windows *= head_dim + (self.value_head_dim or head_dim)
        return windows / (windows + (self.kv_layers - self.sliding_window_layers) * width)

    @property
    def sequence_state_bytes(self) -> int:
        """Bytes of all layers' states of one sequence; 0 without such layers."""
        return (self.state_layers or 0) * (self.state_bytes or 0)

    @property
    def expert_params(self) -> float:
        """Parameters of the routed experts of a mixture, 0 for a dense model.

        From total and active counts: with E experts of which A work on a token,
        ``total - active = experts * (1 - A / E)``. If every token uses all experts they are
        counted as dense.
        """
        if self.experts is None or self.active_experts in (None, self.experts):
            return 0.0
        return (self.params - self.active_params) / (1 - self.active_experts / self.experts)

    def stored_quantization(self, quantization: Quantization) -> Quantization:
        """Format of the weights in memory: ``none`` keeps the published checkpoint's format."""
        return self.native_quantization if quantization == "none" else quantization


@dataclass(frozen=True, slots=True)
class FineTune:
    """A model with its own name and the shape of ``base_model``, a catalogue model.

    ``vision_params`` counts its own image encoder, not that of the base model.
    ``max_position_embeddings`` is its own context; None if it is the base model's.
    """

    name: str
    base_model: str
    source: str
    source_date: str
    vision_params: float | None = None
    max_position_embeddings: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class UnsizedModel:
    """A model that people serve but whose shape ModelSpec cannot express.

    ``has`` names the reason, such as "state-space layers".
    """

    name: str
    has: str
    source: str
    source_date: str
