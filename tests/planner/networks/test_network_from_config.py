"""Parameter counts of published models, and what each kind of layer keeps of a sequence."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.config_json import model_from_config
from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.vllm.compatibility import check
from planner.vllm.deployment import Deployment
from planner.vllm.kv_cache import kv_bytes_per_token

PUBLISHED = Path(__file__).parents[2] / "data" / "published_parameters.csv"
SEEN = re.compile(r"PyPI [a-z0-9-]+==[0-9.]+:|[\w.-]+/[\w.-]+@[0-9a-f]{12}:")
"""A place that can be opened: a file of a released package or of a repository at a commit."""


def published() -> list[dict[str, str]]:
    with PUBLISHED.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", published(), ids=lambda row: row["model"])
def test_a_published_model_has_the_parameters_that_its_publisher_states(
    row: dict[str, str],
) -> None:
    model = model_from_config(json.loads(row["config"]))
    assert model.params + (model.vision_params or 0) == pytest.approx(int(row["params"]), rel=0.01)


def test_the_published_models_are_of_every_kind_and_have_a_source() -> None:
    rows = published()
    assert len({row["model"] for row in rows}) == len(rows) >= 60
    assert all(SEEN.match(row["source"]) for row in rows)
    assert {row["kind"] for row in rows} == {
        *("dense", "mixture of experts", "latent attention", "states and attention"),
        *("layers of different shapes", "vision", "quantized"),
    }


BASE: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 8,
    "num_attention_heads": 16,
    "num_key_value_heads": 16,
    "vocab_size": 1000,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
}
LINEAR = {
    "model_type": "qwen3_next",
    "head_dim": 64,
    "num_key_value_heads": 2,
    "full_attention_interval": 4,
    "linear_num_key_heads": 4,
    "linear_num_value_heads": 8,
    "linear_key_head_dim": 32,
    "linear_value_head_dim": 64,
    "linear_conv_kernel_dim": 4,
}
MAMBA = {
    "model_type": "nemotron_h",
    "num_key_value_heads": 2,
    "hybrid_override_pattern": "M*-M",
    "mamba_num_heads": 8,
    "mamba_head_dim": 32,
    "ssm_state_size": 16,
    "n_groups": 2,
    "conv_kernel": 4,
}


@pytest.mark.parametrize(
    ("kind", "change", "expected"),
    [
        ("multi-head", {}, 8 * 2 * 16 * 64 * 2),  # 8 layers, keys and values, 16 heads of 64
        ("grouped-query", {"num_key_value_heads": 4}, 8 * 2 * 4 * 64 * 2),
        ("multi-query", {"num_key_value_heads": 1}, 8 * 2 * 1 * 64 * 2),
        (
            "latent",
            {
                "model_type": "deepseek_v3",
                "kv_lora_rank": 256,
                "qk_nope_head_dim": 64,
                "qk_rope_head_dim": 32,
                "v_head_dim": 64,
            },
            8 * (256 + 32) * 2,  # one vector a layer, whatever the number of heads
        ),
        (
            "sliding window with heads of another shape",
            {
                "model_type": "gemma4_text",
                "num_key_value_heads": 8,
                "head_dim": 64,
                "num_global_key_value_heads": 2,
                "global_head_dim": 128,
                "sliding_window": 512,
                "layer_types": [*["sliding_attention"] * 3, "full_attention"] * 2,
            },
            6 * 2 * 8 * 64 * 2 + 2 * 2 * 2 * 128 * 2,
        ),
        (
            "keys and values of different width",
            {"head_dim": 96, "v_head_dim": 64, "num_key_value_heads": 2},
            8 * 2 * (96 + 64) * 2,
        ),
        ("linear attention in 3 layers of 4", LINEAR, 2 * 2 * 2 * 64 * 2),
        ("state spaces", MAMBA, 1 * 2 * 2 * 64 * 2),
        (
            "linear attention by a list",
            {"model_type": "minimax_m1", "attn_type_list": [0, 0, 0, 1] * 2},
            2 * 2 * 16 * 64 * 2,
        ),
        (
            "the same list with attention alone",
            {"model_type": "minimax_m2", "attn_type_list": [1] * 8},
            8 * 2 * 16 * 64 * 2,
        ),
        (
            "a hybrid type with attention alone",
            {
                "model_type": "granitemoehybrid",
                "layer_types": ["attention"] * 8,
                "mamba_d_state": 256,
                "mamba_n_heads": 32,
                "shared_intermediate_size": 4096,
            },
            8 * 2 * 16 * 64 * 2,
        ),
        (
            "some layers without attention",
            {
                "model_type": "nemotron-nas",
                "block_configs": [
                    {"attention": {"n_heads_in_group": 8}, "ffn": {"ffn_mult": 2.0}},
                    {"attention": {"no_op": True}, "ffn": {"ffn_mult": 1.0}},
                ]
                * 4,
            },
            4 * 2 * 2 * 64 * 2,
        ),
    ],
)
def test_a_token_takes_room_only_in_layers_that_keep_it(
    kind: str, change: dict[str, Any], expected: int
) -> None:
    assert kv_bytes_per_token(model_from_config(BASE | change), 1, "auto") == expected, kind


def test_a_state_is_the_convolutions_last_inputs_and_the_recurrent_state() -> None:
    linear = model_from_config(BASE | LINEAR)
    # 2 x 4 x 32 + 8 x 64 = 768 inputs x 3 x 2 bytes + 8 heads x 64 x 32 x 2 bytes
    assert (linear.state_layers, linear.state_bytes) == (6, 4_608 + 32_768)
    wide = model_from_config(BASE | LINEAR | {"mamba_ssm_dtype": "float32"})
    assert wide.state_bytes == 4_608 + 65_536
    mamba = model_from_config(BASE | MAMBA)
    # 8 x 32 + 2 x 2 x 16 = 320 inputs x 3 x 2 bytes + 256 x 16 x 2 bytes
    assert (mamba.state_layers, mamba.state_bytes) == (2, 1_920 + 8_192)
    lightning = {"model_type": "minimax_m1", "attn_type_list": [0, 0, 0, 1] * 2}
    assert model_from_config(BASE | lightning).state_bytes == 16 * 64 * 64 * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (MAMBA | {"hybrid_override_pattern": "M?"}, "hybrid_override_pattern has '?'"),
        (MAMBA | {"hybrid_override_pattern": "M-M-"}, "no layer has attention"),
        (LINEAR | {"layer_types": ["linear_attention"]}, "one entry for each layer"),
        ({"block_configs": [{"attention": {}, "ffn": {"ffn_mult": "x"}}]}, "the ffn_mult 'x'"),
        ({"block_configs": [{"attention": {"replace_with_linear": True}, "ffn": {}}]}, "linear"),
        ({"block_configs": 3}, "a list of layers is needed"),
        ({"compress_ratios": [0, 4]}, "compressed attention"),
        ({"sparse_attention_config": {"a": 1}}, "sparse attention"),
        ({"mamba_d_state": 128}, "state-space layers"),
        ({"attn_type_list": [0, 1]}, "linear attention"),
    ],
)
def test_a_network_that_is_not_known_says_why(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as error:
        model_from_config(BASE | change)
    assert said in str(error.value)


def test_the_thinker_of_a_model_that_speaks_is_what_vllm_serves() -> None:
    text = BASE | {"model_type": "qwen3_omni_moe_text", "num_experts": 4, "num_experts_per_tok": 2}
    nested = {
        "model_type": "qwen3_omni_moe",
        "thinker_config": {"text_config": text, "audio_config": {"d_model": 1280}},
        "talker_config": {"text_config": BASE},
    }
    model, plain = model_from_config(nested), model_from_config(text)
    assert (model.params, model.experts) == (plain.params, 4)
    assert model.caveat == "its audio encoder is not counted"
    assert plain.caveat is None


def test_a_type_that_is_not_checked_says_so_wherever_it_is_deployed(catalog: Catalog) -> None:
    model = model_from_config(BASE | {"model_type": "brandnew"}, name="New-1B")
    notes = check(Deployment(catalog.gpu("L4"), 1, model, "none")).notes
    expected = "its weights are counted like Llama's, which is not checked for this type"
    assert f"Sizes of New-1B may be wrong: {expected}." in notes
    known = model_from_config(BASE, name="Known-1B")
    notes = check(Deployment(catalog.gpu("L4"), 1, known, "none")).notes
    assert not any("may be wrong" in note for note in notes)


@pytest.mark.parametrize(
    ("change", "published"),
    [
        # huggingface.co/google/gemma-3n-E4B and -E2B (safetensors total); image and audio encoders
        # have 983,281,504 of them
        ({"intermediate_size": [16384] * 35}, 7_849_978_192),
        (
            {
                "num_hidden_layers": 30,
                "intermediate_size": [8192] * 30,
                "num_kv_shared_layers": 10,
            },
            5_439_438_272,
        ),
    ],
)
def test_gemma_3n_by_the_defaults_of_its_class(change: dict[str, Any], published: int) -> None:
    model = model_from_config({"model_type": "gemma3n_text"} | change)
    assert model.params + 983_281_504 == published
    # the layers that share a cache keep none; 4 of 5 others have the window
    assert (model.kv_layers, model.sliding_window_layers, model.sliding_window) == (20, 16, 512)
    assert kv_bytes_per_token(model, 1, "auto") == 20 * 2 * 2 * 256 * 2


def test_a_mixture_that_uses_all_of_its_experts_counts_as_dense() -> None:
    model = model_from_config(BASE | {"num_local_experts": 2, "num_experts_per_tok": 2})
    assert model.active_params == model.params
    assert model.expert_params == 0.0
