"""The heads of each attention layer of a config: how many, how wide, and with which extras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from planner.errors import InputError
from planner.networks.attention_modules import AttentionShape, LatentShape
from planner.networks.config_fields import ConfigFields

ALL_BIAS = frozenset(
    {
        *("gpt_oss", "starcoder2", "gpt2", "gpt_bigcode", "gpt_neox", "opt", "bloom", "phi"),
        "persimmon",
    }
)
"""Classes with a bias in every linear layer."""
_QKV_BIAS = frozenset({"qwen", "qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl", "mimo"})
_QK_NORM = frozenset(
    {
        *("qwen3", "qwen3_moe", "qwen3_vl_text", "qwen3_vl_moe_text"),
        *("gemma3", "gemma3_text", "gemma3n_text", "gemma4_text", "gemma4_unified_text"),
        *("olmo2", "apertus", "qwen3_next", "lfm2", "lfm2_moe"),
        *("qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "qwen3_omni_moe_text"),
    }
)
_GATED_ATTENTION = frozenset(
    {"qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "afmoe"}
)
"""Classes whose queries come with an output gate."""
_LATENT = frozenset(
    {
        *("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "kimi_linear", "glm_moe_dsa"),
        *("glm4_moe_lite", "pangu_ultra_moe", "mistral_large_3", "longcat_flash", "axk1"),
        "mistral4",
    }
)
"""Classes that vLLM runs with latent attention (``is_deepseek_mla`` in vllm-project/vllm,
vllm/transformers_utils/model_arch_config_convertor.py; read 2026-11-27). It reads Mistral's
models by their ``params.json``, as DeepSeek-V3."""
_LATENT_KEPT_WHOLE = frozenset({"minicpm3"})
"""Classes with latent projections of which vLLM keeps whole heads, values as wide as keys
(vllm/model_executor/models/minicpm3.py, read 2026-11-27)."""


@dataclass(frozen=True, slots=True)
class LayerHeads:
    """Heads of the layers that attend to the whole context, and of those with a window.

    ``sliding`` is None if they are the same. ``kept`` are the heads whose keys and values the
    cache holds, ``by_layer`` the query heads of each layer if they differ.
    """

    full: AttentionShape | LatentShape
    kept: AttentionShape | LatentShape
    sliding: AttentionShape | None = None
    by_layer: tuple[int, ...] | None = None

    def of_layer(self, number: int, in_window: bool) -> AttentionShape | LatentShape:
        """The heads of one layer.

        A layer that shares a cache has keys and values all the same: checkpoints have their
        weights, and vLLM loads them (vllm/model_executor/models/gemma4.py, read 2026-11-27).
        """
        own = self.sliding if in_window and self.sliding else self.full
        if self.by_layer is None or isinstance(own, LatentShape):
            return own
        return replace(own, heads=self.by_layer[number])


def layer_heads(fields: ConfigFields, model_type: str, hidden: int, layers: int) -> LayerHeads:
    """The heads of each kind of layer. Raises InputError (field ``model``)."""
    heads = fields.count("num_attention_heads", limit=10_000)
    if fields.value("kv_lora_rank") is not None:
        latent = _latent_heads(fields, model_type, heads)
        if model_type not in _LATENT_KEPT_WHOLE:
            return LayerHeads(latent, latent)
        return LayerHeads(latent, AttentionShape(heads, heads, latent.head_dim, latent.head_dim))
    full = _full_heads(fields, model_type, hidden, heads)
    sliding = _sliding_heads(fields, model_type, full)
    return LayerHeads(full, full, sliding, _heads_by_layer(fields, full, layers))


def _full_heads(fields: ConfigFields, model_type: str, hidden: int, heads: int) -> AttentionShape:
    kv_heads = fields.kv_heads(heads)
    head_dim = fields.optional_count("head_dim")
    keys_are_values = False
    if _has_global_heads(model_type):
        keys_are_values = fields.flag("attention_k_eq_v", False)
        overrides = _global_overrides(fields)
        head_dim = overrides.optional_count("head_dim") or fields.count("global_head_dim")
        own = overrides.optional_count("num_key_value_heads")
        if own is None and keys_are_values:
            own = fields.optional_count("num_global_key_value_heads")
        kv_heads = own or kv_heads
    if not 1 <= kv_heads <= heads or heads % kv_heads:
        raise _error(f"{heads} attention heads cannot be shared by {kv_heads} KV heads")
    if head_dim is None:
        if hidden % heads:
            raise _error(f"hidden_size {hidden} does not divide into {heads} heads; state head_dim")
        head_dim = hidden // heads
    all_biased = fields.flag("attention_bias", model_type in ALL_BIAS)
    return AttentionShape(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        value_dim=fields.optional_count("v_head_dim", zero_is_none=True) or head_dim,
        input_bias=all_biased or fields.flag("add_qkv_bias", model_type in _QKV_BIAS),
        output_bias=all_biased,
        sinks=model_type == "gpt_oss",
        head_norms=fields.flag("use_qk_norm", model_type in _QK_NORM),
        gated=model_type in _GATED_ATTENTION and fields.flag("attn_output_gate", True),
        keys_are_values=keys_are_values,
    )


def _has_global_heads(model_type: str) -> bool:
    """True if layers without a window have heads of another shape (Gemma 4)."""
    return model_type in ("gemma4_text", "gemma4_unified_text")


def _global_overrides(fields: ConfigFields) -> ConfigFields:
    """The fields that ``per_layer_config`` states of layers without a window; empty if none.

    ``transformers`` 5 writes it in place of ``global_head_dim``.
    """
    stated = fields.value("per_layer_config")
    if not isinstance(stated, Mapping):
        return ConfigFields({}, "")
    own: list[Any] = list(stated.values())
    if not all(isinstance(one, Mapping) and one == own[0] for one in own):
        raise _error("per_layer_config cannot be used; one shape for all of its layers is needed")
    return ConfigFields(own[0] if own else {}, "")


def _heads_by_layer(
    fields: ConfigFields, full: AttentionShape, layers: int
) -> tuple[int, ...] | None:
    """Query heads of each layer; None if all have the same number."""
    stated = fields.value("num_attention_heads_per_layer")
    if stated is None:
        return None
    usable = isinstance(stated, list) and len(stated) == layers
    if not usable or any(type(heads) is not int or not 1 <= heads <= 10_000 for heads in stated):
        raise _error("num_attention_heads_per_layer cannot be used; a number a layer is needed")
    return None if set(stated) == {full.heads} else tuple(stated)


def _sliding_heads(
    fields: ConfigFields, model_type: str, full: AttentionShape
) -> AttentionShape | None:
    """Heads of the layers with a window; None if they are those of the others."""
    if _has_global_heads(model_type):
        own = replace(
            full,
            kv_heads=fields.kv_heads(full.heads),
            head_dim=fields.count("head_dim", default=256),
            value_dim=fields.count("head_dim", default=256),
            keys_are_values=False,
        )
    elif (kv_heads := fields.optional_count("swa_num_key_value_heads")) is not None:
        own = replace(full, kv_heads=kv_heads)
    elif fields.value("attention_other_setting") is not None:
        other = fields.nested("attention_other_setting")
        heads = other.count("num_attention_heads", default=full.heads, limit=10_000)
        own = replace(full, heads=heads, kv_heads=other.count("num_key_value_heads"))
    else:
        return None
    if own.heads % own.kv_heads:
        raise _error(f"{own.heads} attention heads cannot be shared by {own.kv_heads} KV heads")
    return None if own == full else own


def _latent_heads(fields: ConfigFields, model_type: str, heads: int) -> LatentShape:
    if model_type not in _LATENT | _LATENT_KEPT_WHOLE:
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
        gated=fields.flag("mla_use_output_gate", False),
    )


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
