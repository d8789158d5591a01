"""Mistral's own description of a model, ``params.json``, in the words of a ``config.json``.

vLLM reads it with ``--config-format mistral`` (vllm-project/vllm,
vllm/transformers_utils/configs/mistral.py, read 2026-11-27). Mistral Large 3 is published with
this file alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NAMES = {
    "dim": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "n_kv_heads": "num_key_value_heads",
    "hidden_dim": "intermediate_size",
    "tied_embeddings": "tie_word_embeddings",
}
_NAMES_OF_EXPERTS = {
    "num_experts": "n_routed_experts",
    "num_experts_per_tok": "num_experts_per_tok",
    "num_shared_experts": "n_shared_experts",
    "expert_hidden_dim": "moe_intermediate_size",
    "first_k_dense_replace": "first_k_dense_replace",
    "route_every_n": "expert_layer_period",
}
_LONGEST_CONTEXT = 128_000
"""The value that vLLM takes if the file states none."""


def is_mistral_params(config: Mapping[str, Any]) -> bool:
    """True if an object is a ``params.json``."""
    return "model_type" not in config and {"dim", "n_layers", "n_heads"} <= config.keys()


def as_config(params: Mapping[str, Any]) -> dict[str, Any]:
    """The same model as a ``config.json`` says it."""
    config = {_NAMES.get(key, key): value for key, value in params.items()}
    experts = config.pop("moe", None)
    if isinstance(experts, Mapping):
        config |= {_NAMES_OF_EXPERTS.get(str(key), str(key)): experts[key] for key in experts}
    config["model_type"] = "deepseek_v3" if config.get("kv_lora_rank") else "mistral"
    vision = config.pop("vision_encoder", None)
    if isinstance(vision, Mapping):
        config["vision_config"] = {**vision, "model_type": "pixtral"}
    scaling = config.pop("yarn", None)
    if isinstance(scaling, Mapping):
        config["rope_scaling"] = {"type": "yarn", **scaling}
    stated = params.get("max_position_embeddings") or params.get("max_seq_len")
    config["max_position_embeddings"] = stated or _LONGEST_CONTEXT
    quantization = config.pop("quantization", None)
    if isinstance(quantization, Mapping):
        fp8 = quantization.get("qformat_weight") == "fp8_e4m3"
        config["quantization_config"] = {"quant_method": "fp8"} if fp8 else quantization
    return config
