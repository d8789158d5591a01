"""Configs that cannot be sized, hostile ones, and any at all: a sound model or one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_configs import (
    GEMMA_3_4B,
    GPT_OSS_20B,
    MISTRAL_7B,
    QWEN_2_5_7B,
    QWEN_3_30B_A3B,
)

from planner.catalog.config_json import MAX_CONFIG_BYTES, model_from_config
from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.errors import InputError


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hidden_size": "4096"}, "hidden_size is '4096'; a whole number"),
        ({"hidden_size": None}, "hidden_size is missing"),
        ({"num_hidden_layers": -1}, "num_hidden_layers is -1"),
        ({"num_hidden_layers": 0}, "num_hidden_layers is 0"),
        ({"num_hidden_layers": 1e308}, "num_hidden_layers is 1e"),
        ({"num_hidden_layers": float("nan")}, "num_hidden_layers is nan"),
        ({"num_hidden_layers": True}, "num_hidden_layers is True"),
        ({"vocab_size": [1]}, "vocab_size is"),
        ({"num_attention_heads": 31}, "31 attention heads cannot be shared by 8 KV heads"),
        ({"num_key_value_heads": 64}, "32 attention heads cannot be shared by 64 KV heads"),
        ({"num_attention_heads": 24}, "does not divide into 24 heads"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings is 'no'; true or false"),
        ({"num_local_experts": 8}, "active_experts is missing"),
        ({"num_local_experts": 2, "num_experts_per_tok": 4}, "4 active experts are more"),
        ({"kv_lora_rank": 512}, "latent attention"),
        ({"layer_types": ["mamba"] * 32}, "mamba layers"),
        ({"linear_num_key_heads": 16}, "linear attention"),
        ({"cross_attention_layers": [3, 8]}, "cross-attention layers"),
        ({"blocksparse_block_size": 64}, "block-sparse attention"),
        ({"num_kv_shared_layers": 15}, "layers that share a KV cache"),
        ({"num_key_value_heads_per_layer": "4"}, "num_key_value_heads_per_layer cannot be used"),
        ({"num_key_value_heads_per_layer": []}, "cannot be shared by 0 KV heads"),
        ({"is_encoder_decoder": True}, "an encoder"),
        ({"quantization_config": {"quant_method": "exl2"}}, "method 'exl2' is not known"),
        ({"quantization": {"group_size": 64, "bits": 4}}, "quantized by MLX, which vLLM does not"),
        ({"quantization_config": {"quant_method": "quark"}}, "quark without a layer that states"),
        (
            {
                "quantization_config": {
                    "quant_method": "quark",
                    "global_quant_config": {"weight": {"dtype": "int4", "group_size": 128}},
                }
            },
            "quark with weights of 'int4' in groups of 128 cannot be sized",
        ),
        ({"quantization_config": {"quant_method": "gptq", "bits": 3}}, "3 bits"),
        ({"quantization_config": [1]}, "quantization_config is not an object"),
    ],
)
def test_what_cannot_be_sized_is_refused_in_one_clear_line(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError) as error:
        model_from_config({**MISTRAL_7B, **change})
    assert said in str(error.value)
    assert error.value.field == "model"
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"not json", "is not JSON"),
        (b"\xff\xfe", "is not JSON"),
        (b"[1, 2]", "holds no JSON object"),
        (b"{}", "num_hidden_layers is missing"),
        (b'{"a":' * 100_000, "is not JSON"),
        (b'{"num_hidden_layers": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b" " * (MAX_CONFIG_BYTES + 1), "bytes, no config.json is that large"),
    ],
    ids=["empty", "text", "binary", "list", "no fields", "nested", "huge number", "huge file"],
)
def test_a_hostile_file_is_refused_in_one_clear_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as error:
        load_catalog().model(str(path))
    assert error.value.field == "model"
    assert str(error.value).isprintable()


@pytest.mark.parametrize("path", ["/nonexistent/config.json", "/dev/zero", "~nobody-here/x.json"])
def test_a_path_that_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(InputError) as error:
        load_catalog().model(path)
    assert error.value.field == "model"


HYBRID: dict[str, Any] = MISTRAL_7B | {
    "model_type": "nemotron_h",
    "hybrid_override_pattern": "M*-E",
    "mamba_num_heads": 8,
    "mamba_head_dim": 32,
    "ssm_state_size": 16,
    "n_groups": 2,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
}
LATENT: dict[str, Any] = MISTRAL_7B | {
    "model_type": "deepseek_v3",
    "q_lora_rank": 64,
    "kv_lora_rank": 32,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 16,
}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_FIELDS = (
    *QWEN_3_30B_A3B, *GPT_OSS_20B, "use_sliding_window", "max_window_layers", "text_config",
    "n_shared_experts", "shared_expert_intermediate_size", "first_k_dense_replace", "multi_query",
    "sliding_window_pattern", "mlp_bias", "rope_parameters", "_name_or_path", "is_encoder_decoder",
    "num_key_value_heads_per_layer", "kv_channels", "intermediate_size_mlp", "attention_chunk_size",
    *HYBRID, *LATENT, "block_configs", "hybrid_override_pattern", "attn_type_list", "layer_types",
    "full_attention_interval", "thinker_config", "moe_layer_freq", "hybrid_layer_pattern",
    "swa_num_key_value_heads", "v_head_dim", "quantization_config", "compression_config",
    "mamba_ssm_dtype", "moe_latent_size", "index_n_heads", "index_head_dim", "attn_layer_period",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.fuzz
@given(
    base=st.sampled_from(
        [{}, MISTRAL_7B, QWEN_2_5_7B, QWEN_3_30B_A3B, GPT_OSS_20B, GEMMA_3_4B, HYBRID, LATENT]
    ),
    changes=st.dictionaries(st.sampled_from(sorted(set(_FIELDS))), _JSON, max_size=4),
)
def test_any_config_gives_a_sound_model_or_a_refusal(
    base: dict[str, Any], changes: dict[str, Any]
) -> None:
    _assert_sound_or_refused({**base, **changes})


@pytest.mark.fuzz
@given(st.dictionaries(st.sampled_from(sorted(set(_FIELDS))), st.integers(1, 300)))
def test_any_small_whole_numbers_give_a_sound_model_or_a_refusal(config: dict[str, int]) -> None:
    _assert_sound_or_refused(config)


def _assert_sound_or_refused(config: dict[str, Any]) -> None:
    try:
        model = model_from_config(config)
    except InputError as refusal:
        assert refusal.field == "model"  # noqa: PT017 (a sound model is as right as a refusal)
    else:
        _assert_sound(model)


def _assert_sound(model: ModelSpec) -> None:
    assert 0 < model.embedding_params < model.active_params <= model.params < 1e40
    assert model.attention_heads % model.kv_heads == 0
    assert 0 <= model.sliding_window_layers <= model.layers
    assert model.name
    assert isinstance(hash(model), int)


def test_a_folder_with_an_adapter_alone_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"r": 16}')
    with pytest.raises(InputError, match=r"holds an adapter .*give the model that it is added to"):
        model_from_config(tmp_path)


def test_a_path_of_another_machine_may_end_in_a_known_name() -> None:
    with pytest.raises(InputError, match="its name is one of Qwen/Qwen3-8B: give that id"):
        load_catalog().model("/data/no-such-folder/Qwen3-8B")
    with pytest.raises(
        InputError, match=r"is not a file; give a model's config\.json or its folder$"
    ):
        load_catalog().model("/data/no-such-folder/mine")
