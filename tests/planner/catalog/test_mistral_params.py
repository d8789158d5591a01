"""Mistral's params.json is read as the config.json that vLLM makes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from planner.catalog.config_json import model_from_config

SMALL: dict[str, Any] = {
    "dim": 1024,
    "n_layers": 8,
    "n_heads": 16,
    "n_kv_heads": 4,
    "head_dim": 64,
    "hidden_dim": 4096,
    "vocab_size": 1000,
    "tied_embeddings": False,
    "max_position_embeddings": 32_768,
}
SAME: dict[str, Any] = {
    "model_type": "mistral",
    "hidden_size": 1024,
    "num_hidden_layers": 8,
    "num_attention_heads": 16,
    "num_key_value_heads": 4,
    "head_dim": 64,
    "intermediate_size": 4096,
    "vocab_size": 1000,
    "max_position_embeddings": 32_768,
}
LATENT: dict[str, Any] = {
    "q_lora_rank": 512,
    "kv_lora_rank": 256,
    "qk_nope_head_dim": 64,
    "qk_rope_head_dim": 32,
    "v_head_dim": 64,
}


def test_a_dense_model_is_the_same_in_both_files(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text(json.dumps(SMALL))
    told, same = model_from_config(tmp_path), model_from_config(SAME)
    assert (told.params, told.layers, told.kv_heads) == (same.params, 8, 4)
    assert told.max_position_embeddings == 32_768
    assert told.caveat is None


def test_a_config_json_in_the_folder_goes_first(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text(json.dumps(SMALL | {"n_layers": 9}))
    (tmp_path / "config.json").write_text(json.dumps(SAME))
    assert model_from_config(tmp_path).layers == 8


def test_experts_latent_attention_and_encoder_are_found() -> None:
    moe = {"num_experts": 8, "num_experts_per_tok": 2, "num_shared_experts": 1}
    moe |= {"expert_hidden_dim": 512, "first_k_dense_replace": 1, "route_every_n": 1}
    encoder = {"hidden_size": 256, "num_hidden_layers": 4, "intermediate_size": 1024}
    model = model_from_config(SMALL | LATENT | {"moe": moe, "vision_encoder": encoder})
    assert (model.latent_values, model.experts, model.active_experts) == (288, 8, 2)
    assert model.expert_params == 7 * 8 * 3 * 1024 * 512
    assert model.vision_params is not None
    assert model.vision_params > 4 * (4 * 256**2 + 3 * 256 * 1024)


def test_scaling_and_weight_format_are_read() -> None:
    yarn = {"factor": 36, "original_max_position_embeddings": 8192, "beta": 32, "alpha": 1}
    model = model_from_config(
        SMALL | {"yarn": yarn, "quantization": {"qformat_weight": "fp8_e4m3"}}
    )
    assert model.max_position_embeddings == 294_912
    assert model.native_quantization == "fp8"
