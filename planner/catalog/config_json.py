"""A model's shape and size from its ``config.json``.

Reads the fields that ``transformers`` and vLLM read; a missing field has the
default of the model's class. Models whose size cannot be computed (latent
attention, state-space layers, encoders) are refused, not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from planner.catalog import names
from planner.catalog.checkpoint_quantization import checkpoint_quantization
from planner.catalog.config_fields import ConfigFields
from planner.catalog.context_length import context_tokens, has_longrope
from planner.catalog.model_spec import ModelSpec
from planner.catalog.parameter_count import Shape, count_parameters
from planner.catalog.sliding_window import sliding_window
from planner.catalog.vision_encoder import vision_parameters
from planner.errors import InputError

MAX_CONFIG_BYTES = 4_000_000
"""A config.json has a few kB; with the largest quantization lists a few hundred kB."""

_TEXT_CONFIGS = ("text_config", "llm_config", "language_config")
_NOT_SIZED = {
    "kv_lora_rank": "latent attention (MLA), whose KV cache has another shape",
    "q_lora_rank": "latent attention (MLA), whose KV cache has another shape",
    "block_configs": "layers of different shapes",
    "hybrid_override_pattern": "state-space layers",
    "ssm_cfg": "state-space layers",
    "mamba_d_state": "state-space layers",
    "ssm_state_size": "state-space layers",
    "state_size": "state-space layers",
    "attn_layer_period": "state-space layers",
    "linear_num_key_heads": "linear attention",
    "linear_attn_config": "linear attention",
    "global_head_dim": "attention layers of different shapes",
    "swa_num_key_value_heads": "attention layers of different shapes",
    "cross_attention_layers": "cross-attention layers",
    "blocksparse_block_size": "block-sparse attention",
    "num_kv_shared_layers": "layers that share a KV cache",
}
_NOT_DECODERS = frozenset({"bert", "roberta", "xlm-roberta", "distilbert", "t5", "vit", "clip"})
_UNGATED = frozenset(
    {
        *("starcoder2", "gpt2", "gptj", "gpt_neox", "gpt_bigcode", "opt", "bloom", "falcon"),
        *("phi", "mpt", "codegen", "nemotron"),
    }
)
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
        *("gemma3", "gemma3_text", "olmo2"),
    }
)
_CHECKED = frozenset(
    {
        *("llama", "mistral", "mixtral", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "phi3"),
        *("gemma", "gemma2", "gemma3_text", "gpt_oss", "starcoder2", "llama4_text", "glm4_moe"),
        *("opt", "gptj", "gpt_neox", "bloom", "falcon", "mpt", "phi", "deci", "aquila"),
        *("internlm2", "baichuan", "chatglm", "granite", "olmo2", "qwen3_vl_text"),
        *("qwen3_vl_moe_text", "qwen2_vl", "qwen2_5_vl", "minimax_m2", "deepseek"),
    }
)
_FOUR_NORMS = frozenset({"gemma2", "gemma3", "gemma3_text", "glm4"})


def model_from_config(
    source: Path | Mapping[str, Any], name: str | None = None, base_model: str | None = None
) -> ModelSpec:
    """The model that a ``config.json`` describes.

    ``source`` is the file, the folder that holds it, or its content. ``name``
    overrides the name (default: the folder's), ``base_model`` is the catalogue
    model that a fine-tune comes from. Raises InputError (field ``model``) if the
    config cannot be read or the model's size cannot be computed.
    """
    config, path = (source, None) if isinstance(source, Mapping) else _read(Path(source))
    text = _language_model(config)
    model_type = text.get("model_type")
    model_type = model_type if isinstance(model_type, str) else "not stated"
    _refuse_what_is_not_sized(text, model_type)
    fields = ConfigFields(text, model_type)
    shape = _shape(fields, model_type)
    count = count_parameters(shape)
    window, window_layers = sliding_window(fields, model_type, shape.layers)
    quantization, quantization_note = checkpoint_quantization(text)
    vision = vision_parameters(text, shape.hidden_size)
    own_name = name or (path.parent.name if path else None) or _stated_name(config) or "config.json"
    return ModelSpec(
        name=own_name,
        hf_id=str(path.parent) if path else own_name,
        params=float(count.total),
        active_params=float(count.active),
        embedding_params=float(count.embedding),
        layers=shape.layers,
        hidden_size=shape.hidden_size,
        intermediate_size=shape.intermediate_size,
        attention_heads=shape.attention_heads,
        kv_heads=shape.kv_heads,
        head_dim=shape.head_dim,
        vocab_size=shape.vocab_size,
        max_position_embeddings=context_tokens(fields, model_type),
        sliding_window=window,
        sliding_window_layers=window_layers,
        experts=shape.experts,
        active_experts=shape.active_experts,
        tied_embeddings=shape.tied_embeddings,
        native_quantization=quantization,
        source=f"config.json of {own_name}",
        source_date=date.fromtimestamp(path.stat().st_mtime).isoformat() if path else "not stated",
        base_model=base_model,
        vision_params=vision,
        longrope=has_longrope(fields),
        note=_note(text, model_type, quantization_note, vision),
        added_by="user",
    )


def _read(given: Path) -> tuple[Mapping[str, Any], Path]:
    shown = names.quoted(str(given))
    try:
        path = given.expanduser().absolute()
        path = path / "config.json" if path.is_dir() else path
        if not path.is_file():
            raise _error(f"{shown} is not a file; give a model's config.json or its folder")
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise _error(
                f"{shown} is over {MAX_CONFIG_BYTES:,} bytes, no config.json is that large"
            )
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _error(f"{shown} cannot be read: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: nested too deeply, unknown ~user
        raise _error(f"{shown} is not JSON; give a model's config.json") from error
    if not isinstance(config, dict):
        raise _error(f"{shown} holds no JSON object; give a model's config.json")
    return config, path


def _language_model(config: Mapping[str, Any]) -> dict[str, Any]:
    """The text part of a multimodal config, with the fields that only the outer config has."""
    for key in _TEXT_CONFIGS:
        if isinstance(config.get(key), Mapping):
            return {**{k: v for k, v in config.items() if k not in _TEXT_CONFIGS}, **config[key]}
    return dict(config)


def _refuse_what_is_not_sized(text: Mapping[str, Any], model_type: str) -> None:
    found = [why for key, why in _NOT_SIZED.items() if text.get(key)]
    kinds = text.get("layer_types")
    if isinstance(kinds, list):
        known = ("full_attention", "sliding_attention", "attention", "chunked_attention")
        found += [f"{kind!s:.40} layers" for kind in kinds if kind not in known][:1]
    if text.get("is_encoder_decoder") or model_type in _NOT_DECODERS:
        found.append("an encoder")
    if found:
        raise _error(
            f"model type {names.quoted(model_type)} has {found[0]}, which cannot be sized; "
            "use a decoder-only transformer with standard attention"
        )


def _shape(fields: ConfigFields, model_type: str) -> Shape:
    layers = fields.count("num_hidden_layers", limit=2_000)
    hidden = fields.count("hidden_size")
    heads = fields.count("num_attention_heads", limit=10_000)
    kv_heads = fields.kv_heads(heads)
    if not 1 <= kv_heads <= heads or heads % kv_heads:
        raise _error(f"{heads} attention heads cannot be shared by {kv_heads} KV heads")
    head_dim = fields.optional_count("head_dim")
    if head_dim is None:
        if hidden % heads:
            raise _error(f"hidden_size {hidden} does not divide into {heads} heads; state head_dim")
        head_dim = hidden // heads
    dense_width = fields.count("intermediate_size", default=4 * hidden)
    all_biased = fields.flag("attention_bias", model_type in _ALL_BIAS)
    return Shape(
        layers=layers,
        hidden_size=hidden,
        attention_heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        vocab_size=fields.count("vocab_size", limit=10**8),
        tied_embeddings=fields.flag("tie_word_embeddings", model_type in _TIED),
        gated=model_type not in _UNGATED,
        qkv_bias=all_biased or fields.flag("add_qkv_bias", model_type in _QKV_BIAS),
        output_bias=all_biased,
        mlp_bias=fields.flag("mlp_bias", model_type in _ALL_BIAS),
        router_bias=model_type == "gpt_oss",
        attention_sinks=model_type == "gpt_oss",
        qk_norm=fields.flag("use_qk_norm", model_type in _QK_NORM),
        norms_per_layer=4 if model_type in _FOUR_NORMS else 2,
        norm_bias=model_type in _UNGATED,
        learned_positions=fields.count("max_position_embeddings")
        if model_type in ("gpt2", "gpt_bigcode", "opt")
        else 0,
        **_feed_forward(fields, layers, dense_width),
    )


def _feed_forward(fields: ConfigFields, layers: int, dense_width: int) -> dict[str, Any]:
    experts = fields.optional_count("experts", limit=100_000, zero_is_none=True)
    if experts is None:
        return {"intermediate_size": dense_width}
    active = fields.count("active_experts", limit=100_000)
    if active > experts:
        raise _error(f"{active} active experts are more than the {experts} experts")
    width = fields.count("moe_intermediate_size", default=dense_width)
    shared = fields.optional_count("shared_expert_intermediate_size", zero_is_none=True)
    shared_experts = fields.optional_count("n_shared_experts", limit=1_000, zero_is_none=True)
    return {
        "intermediate_size": width,
        "experts": experts,
        "active_experts": active,
        "dense_layers": fields.dense_layers(layers),
        "dense_intermediate_size": fields.count("intermediate_size_mlp", default=dense_width),
        "shared_intermediate_size": shared or (shared_experts or 0) * width,
        "shared_expert_gate": shared is not None,
    }


def _stated_name(config: Mapping[str, Any]) -> str | None:
    stated = config.get("_name_or_path")
    usable = isinstance(stated, str) and stated.isprintable() and len(stated) <= 200
    return stated or None if usable else None


def _note(
    text: Mapping[str, Any], model_type: str, quantization_note: str | None, vision: int | None
) -> str:
    notes = [f"model type {model_type[:60]}"]
    if model_type not in _CHECKED:
        notes.append("its weights are counted like Llama's, which is not checked for this type")
    if vision == 0:
        notes.append("the size of its image encoder is not stated and not counted")
    if text.get("attention_chunk_size"):
        notes.append("chunked attention, counted as full")
    if isinstance(text.get("num_key_value_heads_per_layer"), list):
        notes.append("KV heads differ by layer, counted as the most of any, as vLLM pads them")
    scaling = text.get("rope_scaling") or text.get("rope_parameters")
    if isinstance(scaling, Mapping) and (scaling.get("factor") or "long_factor" in scaling):
        kind = str(scaling.get("rope_type") or scaling.get("type") or "type not stated")
        notes.append(
            f"rope scaling {kind[:40]}, factor {scaling.get('factor', 'by position')!s:.20}"
        )
    if quantization_note:
        notes.append(quantization_note)
    return "; ".join(notes)


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
