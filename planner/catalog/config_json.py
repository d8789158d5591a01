"""A model's shape and size from its ``config.json``.

Reads the fields that ``transformers`` and vLLM read; a missing field has the
default of the model's class. A model whose size cannot be computed from these
fields is refused with the reason, not guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from planner.catalog import names
from planner.catalog.audio_encoder import audio_parameters
from planner.catalog.context_length import context_tokens, has_longrope
from planner.catalog.mistral_params import as_config, is_mistral_params
from planner.catalog.model_spec import ModelSpec
from planner.catalog.vision_encoder import largest_image, vision_parameters
from planner.errors import InputError
from planner.networks.attention_modules import LatentShape
from planner.networks.checked_types import CHECKED_TYPES
from planner.networks.checkpoint_format import checkpoint_format
from planner.networks.class_defaults import INSIDE_DEFAULTS
from planner.networks.config_fields import ConfigFields
from planner.networks.layer_kinds import STATE_NAMES, STATES
from planner.networks.network_from_config import network_from_config

MAX_CONFIG_BYTES = 4_000_000
"""A config.json has a few kB; with the largest quantization lists a few hundred kB."""

_TEXT_CONFIGS = ("thinker_config", "text_config", "llm_config", "language_config")
"""Where the language model is described. Of a speaking model vLLM serves the thinker alone."""
_NOT_SIZED_TYPES = {
    **dict.fromkeys(
        ("mamba", "mamba2", "falcon_mamba"), "state-space layers alone and no KV cache"
    ),
    **dict.fromkeys(("zamba", "zamba2"), "layers that share their weights"),
    "bailing_hybrid": "lightning attention beside latent attention",
    "plamo2": "state-space layers of another kind",
}
_NOT_SIZED = {
    "ssm_cfg": "state-space layers",
    "compress_ratios": "compressed attention, whose KV cache differs by layer",
    "sparse_attention_config": "sparse attention of another kind",
    "cross_attention_layers": "cross-attention layers",
    "blocksparse_block_size": "block-sparse attention",
}
_NOT_SIZED_ELSEWHERE = {
    "hybrid_override_pattern": "state-space layers",
    "mamba_d_state": "state-space layers",
    "ssm_state_size": "state-space layers",
    "state_size": "state-space layers",
    "attn_layer_period": "state-space layers",
    "num_kv_shared_layers": "layers that share a KV cache",
    "linear_num_key_heads": "linear attention",
    "linear_attn_config": "linear attention of another kind",
}
"""Fields of networks that are sized only for the types in ``layer_kinds.STATES`` and Gemma."""
_SHARE_A_CACHE = frozenset({"gemma3n_text", "gemma4_text", "gemma4_unified_text"})
_NOT_DECODERS = frozenset({"bert", "roberta", "xlm-roberta", "distilbert", "t5", "vit", "clip"})


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
    described = network_from_config(fields, model_type)
    network, heads = described.network, described.heads
    latent = heads if isinstance(heads, LatentShape) else None
    sliding = described.sliding_heads
    attending = len(network.layers) - network.count("nothing")
    quantized = _quantization_config(text, path)
    checkpoint = checkpoint_format(quantized, network)
    vision = vision_parameters(text, described.hidden_size)
    image = largest_image(text)
    audio = audio_parameters(text, described.hidden_size)
    caveat = _caveat(model_type, vision, audio)
    own_name = name or (path.parent.name if path else None) or _stated_name(config) or "config.json"
    return ModelSpec(
        name=own_name,
        hf_id=str(path.parent) if path else own_name,
        params=float(network.params),
        active_params=float(network.active_params),
        embedding_params=float(network.embedding_params),
        layers=len(network.layers),
        hidden_size=described.hidden_size,
        intermediate_size=described.intermediate_size,
        attention_heads=heads.heads,
        kv_heads=1 if isinstance(heads, LatentShape) else heads.kv_heads,
        head_dim=heads.head_dim,
        vocab_size=described.vocab_size,
        max_position_embeddings=context_tokens(fields, model_type),
        sliding_window=described.window_tokens,
        sliding_window_layers=network.count("window"),
        experts=network.experts,
        active_experts=network.active_experts,
        tied_embeddings=described.tied_embeddings,
        native_quantization=checkpoint.quantization,
        source=f"config.json of {own_name}",
        source_date=date.fromtimestamp(path.stat().st_mtime).isoformat() if path else "not stated",
        base_model=base_model,
        vision_params=None if vision is None and audio is None else (vision or 0) + (audio or 0),
        longrope=has_longrope(fields),
        note=_note(text, checkpoint.note, caveat),
        value_head_dim=None if heads.value_dim == heads.head_dim else heads.value_dim,
        kv_lora_rank=latent.kv_rank if latent else None,
        rope_head_dim=latent.rope_dim if latent else None,
        index_head_dim=latent.index_dim if latent else None,
        q_lora_rank=latent.query_rank if latent else None,
        index_heads=latent.index_heads if latent else None,
        checkpoint_bytes=checkpoint.total_bytes,
        attention_layers=attending if attending < len(network.layers) else None,
        sliding_kv_heads=sliding.kv_heads if sliding else None,
        sliding_head_dim=sliding.head_dim if sliding else None,
        state_layers=len(network.states) or None,
        state_bytes=max(network.states, default=None),
        drafted_state_bytes=network.drafted_state_bytes or None,
        linear_attention_params=network.linear_attention_params or None,
        caveat=caveat,
        fp8_in_blocks=None if quantized is None else bool(quantized.get("weight_block_size")),
        added_by="user",
        **image,
    )


def _quantization_config(text: Mapping[str, Any], path: Path | None) -> Mapping[str, Any] | None:
    """The quantization of the checkpoint where vLLM looks for it; None if it is not quantized."""
    by_mlx = text.get("quantization")
    if isinstance(by_mlx, Mapping) and "bits" in by_mlx:
        raise _error("its weights are quantized by MLX, which vLLM does not serve")
    for key in ("quantization_config", "compression_config"):
        if stated := text.get(key):
            if not isinstance(stated, Mapping):
                raise _error(f"{key} is not an object")
            return stated
    beside = path.with_name("hf_quant_config.json") if path else None
    return _read(beside)[0] if beside and beside.is_file() else None


def _read(given: Path) -> tuple[Mapping[str, Any], Path]:
    shown = names.quoted(str(given))
    try:
        path = given.expanduser().absolute()
        path = _in_folder(path) if path.is_dir() else path
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


def _in_folder(folder: Path) -> Path:
    """The file of a model's folder that describes it."""
    found = folder / "config.json"
    if (folder / "adapter_config.json").is_file() and not found.is_file():
        raise _error(
            f"{names.quoted(folder.name)} holds an adapter (adapter_config.json) and no model; "
            "give the model that it is added to, with --enable-lora"
        )
    mistral = folder / "params.json"
    return mistral if mistral.is_file() and not found.is_file() else found


def _language_model(config: Mapping[str, Any]) -> dict[str, Any]:
    """The text part of a multimodal config, with the fields that only the outer config has."""
    if is_mistral_params(config):
        return as_config(config)
    for key in _TEXT_CONFIGS:
        if isinstance(config.get(key), Mapping):
            outer = {k: v for k, v in config.items() if k not in _TEXT_CONFIGS}
            defaults = INSIDE_DEFAULTS.get(str(config[key].get("model_type")), {})
            return _language_model({**defaults, **outer, **config[key]})
    if config.get("model_type") == "dbrx":  # its shape is in two objects
        parts = [config.get(key) for key in ("attn_config", "ffn_config")]
        return {k: v for part in parts if isinstance(part, Mapping) for k, v in part.items()} | {
            **config
        }
    return dict(config)


def _refuse_what_is_not_sized(text: Mapping[str, Any], model_type: str) -> None:
    sized = model_type in STATES or model_type in _SHARE_A_CACHE
    refused = _NOT_SIZED | ({} if sized else _NOT_SIZED_ELSEWHERE)
    found = [_NOT_SIZED_TYPES[model_type]] if model_type in _NOT_SIZED_TYPES else []
    found += [why for key, why in refused.items() if text.get(key)]
    by_layer = text.get("attn_type_list")
    if model_type not in STATES and isinstance(by_layer, list) and 0 in by_layer:
        found.append("linear attention")
    kinds = text.get("layer_types")
    if isinstance(kinds, list):
        known = {"full_attention", "sliding_attention", "attention", "chunked_attention"}
        sparse = {"deepseek_sparse_attention", "indexed_attention"}
        known |= sparse if text.get("index_head_dim") else set()
        known |= STATE_NAMES if model_type in STATES else set()
        found += [f"{kind!s:.40} layers" for kind in kinds if str(kind) not in known][:1]
    if text.get("is_encoder_decoder") or model_type in _NOT_DECODERS:
        found.append("an encoder")
    if found:
        raise _error(
            f"model type {names.quoted(model_type)} has {found[0]}, which cannot be sized; "
            "use a decoder-only transformer with standard attention"
        )


def _stated_name(config: Mapping[str, Any]) -> str | None:
    stated = config.get("_name_or_path")
    usable = isinstance(stated, str) and stated.isprintable() and len(stated) <= 200
    return stated or None if usable else None


def _note(text: Mapping[str, Any], quantization_note: str | None, caveat: str | None) -> str:
    notes = [f"model type {str(text.get('model_type', 'not stated'))[:60]}"]
    if caveat:
        notes.append(caveat)
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


def _caveat(model_type: str, vision: float | None, audio: float | None) -> str | None:
    """What makes the computed sizes doubtful; None if nothing does."""
    doubts = []
    if model_type not in CHECKED_TYPES:
        doubts.append("its weights are counted like Llama's, which is not checked for this type")
    if vision == 0:
        doubts.append("the size of its image encoder is not stated and not counted")
    if audio == 0:
        doubts.append("its audio encoder is not counted")
    return "; ".join(doubts) or None


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
