"""Number of weights of a decoder-only transformer, from its shape.

Counted matrix by matrix, as ``transformers`` builds the model; the results are
the published totals (Mistral-7B 7,241,732,096; gpt-oss-20b 20,914,757,184).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What determines the number of weights. Sizes are widths, counts are per model.

    ``intermediate_size`` is the width of one feed-forward block, or of one expert
    in a mixture of experts, where ``dense_intermediate_size`` is the width in the
    ``dense_layers`` without experts. ``shared_intermediate_size`` is the width of
    the expert that every token uses; 0 without one.
    """

    layers: int
    hidden_size: int
    intermediate_size: int
    attention_heads: int
    kv_heads: int
    head_dim: int
    vocab_size: int
    tied_embeddings: bool
    experts: int | None = None
    active_experts: int | None = None
    dense_layers: int = 0
    dense_intermediate_size: int = 0
    shared_intermediate_size: int = 0
    gated: bool = True
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    router_bias: bool = False
    shared_expert_gate: bool = False
    attention_sinks: bool = False
    qk_norm: bool = False
    norms_per_layer: int = 2
    norm_bias: bool = False
    learned_positions: int = 0


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """Numbers of all weights, of those that one token uses, and of embedding and output head."""

    total: int
    active: int
    embedding: int


def count_parameters(shape: Shape) -> ParameterCount:
    """The weights of ``shape``, all layers included."""
    s = shape
    embedding = s.vocab_size * s.hidden_size * (1 if s.tied_embeddings else 2)
    norm = s.hidden_size * (2 if s.norm_bias else 1)
    fixed = embedding + norm + s.learned_positions * s.hidden_size
    per_layer = _attention(s) + s.norms_per_layer * norm
    total = fixed + s.layers * per_layer
    if s.experts is None or s.active_experts is None:
        total += s.layers * _feed_forward(s, s.intermediate_size)
        return ParameterCount(total, total, embedding)
    expert = _feed_forward(s, s.intermediate_size)
    sparse_layers = s.layers - s.dense_layers
    total += s.dense_layers * _feed_forward(s, s.dense_intermediate_size)
    total += sparse_layers * (s.experts * expert + _router(s) + _shared_expert(s))
    idle = sparse_layers * (s.experts - s.active_experts) * expert
    return ParameterCount(total, total - idle, embedding)


def _attention(s: Shape) -> int:
    query, key_value = s.attention_heads * s.head_dim, s.kv_heads * s.head_dim
    weights = s.hidden_size * (2 * query + 2 * key_value)
    biases = s.qkv_bias * (query + 2 * key_value) + s.output_bias * s.hidden_size
    return weights + biases + s.attention_sinks * s.attention_heads + s.qk_norm * 2 * s.head_dim


def _feed_forward(s: Shape, width: int) -> int:
    inputs = 2 if s.gated else 1
    biases = s.mlp_bias * (inputs * width + s.hidden_size)
    return (inputs + 1) * s.hidden_size * width + biases


def _router(s: Shape) -> int:
    experts = s.experts or 0
    return s.hidden_size * experts + s.router_bias * experts


def _shared_expert(s: Shape) -> int:
    if not s.shared_intermediate_size:
        return 0
    gate = s.hidden_size if s.shared_expert_gate else 0
    return _feed_forward(s, s.shared_intermediate_size) + gate
