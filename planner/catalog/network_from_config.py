"""The network that a ``config.json`` describes, layer by layer.

A missing field has the default of the model's class in ``transformers``.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.attention_modules import (
    AttentionShape,
    LatentShape,
    attention,
    latent_attention,
)
from planner.catalog.config_fields import ConfigFields
from planner.catalog.feed_forward_modules import ExpertShape, dense_block, expert_block
from planner.catalog.network import Layer, Network
from planner.catalog.sliding_window import sliding_window
from planner.catalog.weight_module import Module, vectors
from planner.errors import InputError

_UNGATED = frozenset(
    {
        *("starcoder2", "gpt2", "gptj", "gpt_neox", "gpt_bigcode", "opt", "bloom", "falcon"),
        *("phi", "mpt", "codegen", "nemotron", "apertus", "arcee"),
    }
)
"""Classes whose MLP has one projection in, not two."""
_UNGATED_WITH_RMS_NORM = frozenset({"apertus", "arcee"})
_TIED = frozenset(
    {
        *("gemma", "gemma2", "gemma3", "gemma3_text", "cohere", "cohere2", "starcoder2"),
        *("gpt2", "gpt_bigcode", "opt", "bloom", "falcon", "mpt", "smollm3"),
    }
)
"""Classes whose ``tie_word_embeddings`` is true by default."""
_QKV_BIAS = frozenset({"qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl"})
_ALL_BIAS = frozenset(
    {"gpt_oss", "starcoder2", "gpt2", "gpt_bigcode", "gpt_neox", "opt", "bloom", "phi"}
)
_QK_NORM = frozenset(
    {
        *("qwen3", "qwen3_moe", "qwen3_vl_text", "qwen3_vl_moe_text"),
        *("gemma3", "gemma3_text", "olmo2", "apertus"),
    }
)
_FOUR_NORMS = frozenset({"gemma2", "gemma3", "gemma3_text", "glm4"})
_LEARNED_POSITIONS = ("gpt2", "gpt_bigcode", "opt")
LATENT_ATTENTION = frozenset(
    {
        *("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "glm_moe_dsa"),
        *("glm4_moe_lite", "pangu_ultra_moe", "mistral_large_3"),
    }
)
"""Classes that vLLM runs with latent attention (``is_deepseek_mla`` in vllm-project/vllm,
vllm/config/model.py, read 2026-11-27). Others with a ``kv_lora_rank`` keep whole heads."""


@dataclass(frozen=True, slots=True)
class Described:
    """The network of a config, and the sizes that all of its layers share.

    ``intermediate_size`` is the width of one feed-forward block, of one expert in a mixture.
    """

    network: Network
    heads: AttentionShape | LatentShape
    hidden_size: int
    intermediate_size: int
    vocab_size: int
    tied_embeddings: bool
    window_tokens: int | None


def network_from_config(fields: ConfigFields, model_type: str) -> Described:
    """The network of a config. Raises InputError (field ``model``) if a field cannot be used."""
    layers = fields.count("num_hidden_layers", limit=2_000)
    hidden = fields.count("hidden_size")
    gated = model_type not in _UNGATED
    bias = fields.flag("mlp_bias", model_type in _ALL_BIAS)
    norm = hidden * (2 if not gated and model_type not in _UNGATED_WITH_RMS_NORM else 1)
    norms = vectors("norms", (4 if model_type in _FOUR_NORMS else 2) * norm)
    heads = _heads(fields, model_type, hidden)
    mixer = (
        latent_attention(hidden, heads)
        if isinstance(heads, LatentShape)
        else attention(hidden, heads)
    )
    window, windowed = sliding_window(fields, model_type, layers)
    dense_width = fields.count("intermediate_size", default=4 * hidden)
    experts = _experts(fields, dense_width, model_type)
    dense = fields.dense_layers(layers) if experts else frozenset(range(layers))
    wide = fields.count("intermediate_size_mlp", default=dense_width)
    dense_modules = dense_block(hidden, wide if experts else dense_width, gated, bias)
    sparse_modules = expert_block(hidden, experts, gated, bias) if experts else ()
    vocab = fields.count("vocab_size", limit=10**8)
    tied = fields.flag("tie_word_embeddings", model_type in _TIED)
    return Described(
        network=Network(
            outer=_outer(vocab, hidden, tied, norm, _positions(fields, model_type)),
            layers=tuple(
                Layer(
                    (*mixer, *(dense_modules if i in dense else sparse_modules), norms),
                    "window" if i < windowed else "tokens",
                )
                for i in range(layers)
            ),
            experts=experts.experts if experts else None,
            active_experts=experts.active if experts else None,
        ),
        heads=heads,
        hidden_size=hidden,
        intermediate_size=experts.width if experts else dense_width,
        vocab_size=vocab,
        tied_embeddings=tied,
        window_tokens=window,
    )


def _outer(vocab: int, hidden: int, tied: bool, norm: int, positions: int) -> tuple[Module, ...]:
    head = () if tied else (Module("lm_head", vocab * hidden, "head"),)
    return (
        Module("embed_tokens", vocab * hidden, "embedding"),
        *head,
        vectors("norm", norm + positions * hidden),
    )


def _positions(fields: ConfigFields, model_type: str) -> int:
    """Number of learned position embeddings."""
    return fields.count("max_position_embeddings") if model_type in _LEARNED_POSITIONS else 0


def _heads(fields: ConfigFields, model_type: str, hidden: int) -> AttentionShape | LatentShape:
    heads = fields.count("num_attention_heads", limit=10_000)
    if fields.value("kv_lora_rank") is not None:
        return _latent_heads(fields, model_type, heads)
    kv_heads = fields.kv_heads(heads)
    if not 1 <= kv_heads <= heads or heads % kv_heads:
        raise _error(f"{heads} attention heads cannot be shared by {kv_heads} KV heads")
    head_dim = fields.optional_count("head_dim")
    if head_dim is None:
        if hidden % heads:
            raise _error(f"hidden_size {hidden} does not divide into {heads} heads; state head_dim")
        head_dim = hidden // heads
    all_biased = fields.flag("attention_bias", model_type in _ALL_BIAS)
    return AttentionShape(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        value_dim=head_dim,
        input_bias=all_biased or fields.flag("add_qkv_bias", model_type in _QKV_BIAS),
        output_bias=all_biased,
        sinks=model_type == "gpt_oss",
        head_norms=fields.flag("use_qk_norm", model_type in _QK_NORM),
    )


def _latent_heads(fields: ConfigFields, model_type: str, heads: int) -> LatentShape:
    if model_type not in LATENT_ATTENTION:
        raise _error(
            f"model type {model_type!r:.60} has latent attention, and it is not known whether "
            "vLLM keeps its latent vectors or whole heads, so its KV cache cannot be sized"
        )
    return LatentShape(
        heads=heads,
        query_rank=fields.optional_count("q_lora_rank", zero_is_none=True),
        kv_rank=fields.count("kv_lora_rank"),
        nope_dim=fields.count("qk_nope_head_dim"),
        rope_dim=fields.count("qk_rope_head_dim"),
        value_dim=fields.count("v_head_dim"),
        index_heads=fields.optional_count("index_n_heads", limit=10_000),
        index_dim=fields.optional_count("index_head_dim", limit=100_000),
    )


def _experts(fields: ConfigFields, dense_width: int, model_type: str) -> ExpertShape | None:
    experts = fields.optional_count("experts", limit=100_000, zero_is_none=True)
    if experts is None:
        return None
    active = fields.count("active_experts", limit=100_000)
    if active > experts:
        raise _error(f"{active} active experts are more than the {experts} experts")
    width = fields.count("moe_intermediate_size", default=dense_width)
    shared = fields.optional_count("shared_expert_intermediate_size", zero_is_none=True)
    shared_experts = fields.optional_count("n_shared_experts", limit=1_000, zero_is_none=True)
    return ExpertShape(
        experts=experts,
        active=active,
        width=width,
        shared_width=shared or (shared_experts or 0) * width,
        shared_gate=shared is not None,
        router_bias=model_type == "gpt_oss",
    )


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
