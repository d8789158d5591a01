"""The weights of one attention layer, as ``transformers`` builds it."""

from __future__ import annotations

from dataclasses import dataclass

from planner.networks.weight_module import Module, matrix, vectors


@dataclass(frozen=True, slots=True)
class AttentionShape:
    """Heads of a layer, their widths in values, and which extras its class has.

    ``value_dim`` is the width of a value head. ``gated`` means that the query
    projection makes an output gate too. ``keys_are_values`` means one projection for both.
    """

    heads: int
    kv_heads: int
    head_dim: int
    value_dim: int
    input_bias: bool = False
    output_bias: bool = False
    sinks: bool = False
    head_norms: bool = False
    gated: bool = False
    keys_are_values: bool = False


def attention(hidden: int, s: AttentionShape) -> tuple[Module, ...]:
    """Multi-head, grouped-query or multi-query attention on ``hidden`` values."""
    query, key, value = s.heads * s.head_dim, s.kv_heads * s.head_dim, s.kv_heads * s.value_dim
    extras = s.sinks * s.heads + s.head_norms * 2 * s.head_dim
    projections = [
        matrix("self_attn.q_proj", "mixer", hidden, (1 + s.gated) * query, s.input_bias),
        matrix("self_attn.k_proj", "mixer", hidden, key, s.input_bias),
        matrix("self_attn.o_proj", "mixer", s.heads * s.value_dim, hidden, s.output_bias),
        vectors("self_attn.norms", extras),
    ]
    if not s.keys_are_values:
        projections.append(matrix("self_attn.v_proj", "mixer", hidden, value, s.input_bias))
    return tuple(projections)


@dataclass(frozen=True, slots=True)
class LatentShape:
    """Multi-head latent attention (MLA): the ranks of its projections and widths of its heads.

    ``query_rank`` is None if queries are projected at once. A head of queries and keys is
    ``nope_dim + rope_dim`` wide. ``index_heads`` and ``index_dim`` are those of the indexer that
    picks the tokens of sparse attention; None without one. ``gated`` means an output gate.

    Source: DeepSeek-V2, arXiv 2405.04434, section 2.1 and appendix C; DeepSeek-V3.2, section 2.1.
    """

    heads: int
    query_rank: int | None
    kv_rank: int
    nope_dim: int
    rope_dim: int
    value_dim: int
    index_heads: int | None = None
    index_dim: int | None = None
    gated: bool = False

    @property
    def head_dim(self) -> int:
        """Width of a head of queries and keys."""
        return self.nope_dim + self.rope_dim


def latent_attention(hidden: int, s: LatentShape) -> tuple[Module, ...]:
    """Multi-head latent attention on ``hidden`` values, with its indexer if it has one."""
    query = s.heads * (s.nope_dim + s.rope_dim)
    modules = [
        matrix("self_attn.kv_a_proj_with_mqa", "mixer", hidden, s.kv_rank + s.rope_dim),
        vectors("self_attn.kv_a_layernorm", s.kv_rank),
        matrix("self_attn.kv_b_proj", "mixer", s.kv_rank, s.heads * (s.nope_dim + s.value_dim)),
        matrix("self_attn.o_proj", "mixer", s.heads * s.value_dim, hidden),
    ]
    if s.gated:
        modules.append(matrix("self_attn.g_proj", "mixer", hidden, s.heads * s.value_dim))
    if s.query_rank is None:
        modules.append(matrix("self_attn.q_proj", "mixer", hidden, query))
        return tuple(modules)
    modules += [
        matrix("self_attn.q_a_proj", "mixer", hidden, s.query_rank),
        vectors("self_attn.q_a_layernorm", s.query_rank),
        matrix("self_attn.q_b_proj", "mixer", s.query_rank, query),
    ]
    if s.index_heads and s.index_dim:
        modules += [
            matrix("self_attn.indexer.wq_b", "mixer", s.query_rank, s.index_heads * s.index_dim),
            matrix("self_attn.indexer.wk", "mixer", hidden, s.index_dim),
            vectors("self_attn.indexer.k_norm", 2 * s.index_dim),
            matrix("self_attn.indexer.weights_proj", "mixer", hidden, s.index_heads),
        ]
    return tuple(modules)
