"""Published checkpoints that keep a part of the network in 16 bit, and how many bytes they have.

Their names state a format as if all weights had it. With a ``config.json`` at hand its lists are
read instead (``planner.networks.checkpoint_format``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES, Kept, ModelSpec, Quantization
from planner.naming.model_name import model_name, whole_key
from planner.networks.bytes_per_param import BYTES_PER_PARAM

_GATED = 3
"""Projections of a feed-forward layer with a gate, as those of all dense networks listed have."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Checkpoints of one publisher that are stored alike.

    ``owner`` is the publisher on Hugging Face, ``names`` are the repositories. ``sixteen_bit`` and
    ``and_sixteen_bit`` are the parts that stay in 16 bit beside the embeddings, whatever
    ``quantization`` the rest has.
    """

    owner: str
    names: tuple[str, ...]
    quantization: Quantization
    sixteen_bit: Kept
    source: str
    source_date: str
    and_sixteen_bit: Kept | None = None
    note: str | None = None

    @property
    def kept(self) -> tuple[Kept, ...]:
        """The parts that stay in 16 bit."""
        return (self.sixteen_bit, *((self.and_sixteen_bit,) if self.and_sixteen_bit else ()))

    def weights_bytes(self, model: ModelSpec) -> float:
        """Bytes of the language model's weights, if ``model`` is the shape of the checkpoint."""
        kept = model.embedding_params + kept_params(model, self.kept)
        return SIXTEEN_BIT_BYTES * kept + BYTES_PER_PARAM[self.quantization] * (model.params - kept)


def checkpoint_named(checkpoints: Iterable[Checkpoint], written: str) -> Checkpoint | None:
    """The checkpoint that a name means; None if none is listed.

    Without an owner it is the first of this name.
    """
    owner, key = model_name(written).owner, whole_key(written)
    for checkpoint in checkpoints:
        if owner in ("", checkpoint.owner.lower()) and key in map(whole_key, checkpoint.names):
            return checkpoint
    return None


def kept_params(model: ModelSpec, kept: Iterable[Kept]) -> float:
    """Number of weights in these parts, without embeddings and none counted twice."""
    inner = model.params - model.embedding_params
    parts = frozenset(kept)
    if "all but the routed experts" in parts:
        return inner - model.expert_params
    if "all but the feed-forward layers" in parts:
        return inner - model.layers * _GATED * model.hidden_size * model.intermediate_size
    count = 0.0
    if "attention" in parts:
        count = model.kv_layers * _attention_params(model)
    elif "attention but its output projection" in parts:
        count = model.kv_layers * (_attention_params(model) - _output_params(model))
    if "first and last layer" in parts:
        count += (inner - count) * 2 / model.layers
    return count


def _attention_params(model: ModelSpec) -> float:
    """Weights of one layer's projections of queries, keys, values and output.

    Latent attention projects queries and keys down and up again (``latent_attention`` in
    ``planner.networks.attention_modules``).
    """
    value_dim = model.value_head_dim or model.head_dim
    if model.latent_values is None:
        read = model.attention_heads * model.head_dim
        kept = model.kv_heads * (model.head_dim + value_dim)
        return model.hidden_size * (read + kept) + _output_params(model)
    queries = model.attention_heads * model.head_dim
    rank = model.q_lora_rank
    into_queries = model.hidden_size * queries
    if rank is not None:
        into_queries = rank * (model.hidden_size + queries)
    unrotated = model.head_dim - (model.rope_head_dim or 0)
    up = (model.kv_lora_rank or 0) * model.attention_heads * (unrotated + value_dim)
    return into_queries + model.hidden_size * model.latent_values + up + _output_params(model)


def _output_params(model: ModelSpec) -> float:
    """Weights of one layer's projection from its heads back to the hidden size."""
    value_dim = model.value_head_dim or model.head_dim
    return model.hidden_size * model.attention_heads * value_dim
