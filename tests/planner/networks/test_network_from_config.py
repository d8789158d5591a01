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


def test_deepseek_ocr_attends_without_latent_attention() -> None:
    # its config.json states the heads of latent attention as 0; of 3,336,106,240 weights 0.4 B are
    # encoders, and keys and values of 12 layers have 10 heads of 128
    model = model_from_config(
        {
            "model_type": "deepseek_vl_v2",
            "language_config": {
                "model_type": "deepseek",
                **{"hidden_size": 1280, "intermediate_size": 6848, "num_hidden_layers": 12},
                **{"num_attention_heads": 10, "num_key_value_heads": 10, "vocab_size": 129280},
                **{"n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6},
                **{"moe_intermediate_size": 896, "first_k_dense_replace": 1, "use_mla": False},
                **{"kv_lora_rank": None, "q_lora_rank": None, "v_head_dim": 0},
                **{"qk_nope_head_dim": 0, "qk_rope_head_dim": 0},
                "max_position_embeddings": 8192,
            },
        }
    )
    assert model.params == pytest.approx(2.935e9, rel=0.001)
    assert (model.kv_heads, model.head_dim, model.value_head_dim) == (10, 128, None)


def test_molmo_states_the_width_of_gate_and_up_projection_together() -> None:
    # 7,615,616,512 as Qwen2-7B, whose network it is: 37,888 is twice 18,944
    molmo = {
        "model_type": "molmo",
        **{"hidden_size": 3584, "intermediate_size": 37888, "num_hidden_layers": 28},
        **{"num_attention_heads": 28, "num_key_value_heads": 4, "vocab_size": 152064},
        **{"max_position_embeddings": 4096, "tie_word_embeddings": False},
    }
    assert model_from_config(molmo).params == pytest.approx(7_615_616_512, rel=0.001)


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

SHORT_CONVOLUTIONS = {
    "model_type": "lfm2",
    "num_key_value_heads": 4,
    "conv_L_cache": 3,
    "full_attn_idxs": [2, 5],
}
KIMI_LINEAR: dict[str, Any] = {
    "model_type": "kimi_linear",
    "kv_lora_rank": 256,
    "qk_nope_head_dim": 64,
    "qk_rope_head_dim": 32,
    "v_head_dim": 64,
    "linear_attn_config": {
        "full_attn_layers": [4, 8],
        "num_heads": 8,
        "head_dim": 64,
        "short_conv_kernel_size": 4,
    },
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
                "attention_k_eq_v": True,  # only then are the global KV heads those that vLLM uses
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
        ("short convolutions beside attention", SHORT_CONVOLUTIONS, 2 * 2 * 4 * 64 * 2),
        (
            "linear attention beside latent",
            KIMI_LINEAR,
            2 * (256 + 32) * 2,  # 2 of 8 layers keep a latent vector
        ),
        (
            "latent projections that vLLM keeps as whole heads",
            {
                "model_type": "minicpm3",
                "kv_lora_rank": 256,
                "qk_nope_head_dim": 64,
                "qk_rope_head_dim": 32,
                "v_head_dim": 64,
            },
            8 * 16 * (96 + 96) * 2,  # values are padded to the width of keys
        ),
        (
            "layers that share a cache",
            {
                "model_type": "gemma4_text",
                "num_key_value_heads": 2,
                "head_dim": 64,
                "global_head_dim": 128,
                "sliding_window": 512,
                "layer_types": [*["sliding_attention"] * 3, "full_attention"] * 2,
                "num_kv_shared_layers": 4,
                "hidden_size_per_layer_input": 0,
            },
            3 * 2 * 2 * 64 * 2 + 1 * 2 * 2 * 128 * 2,
        ),
        (
            "two attentions in each layer",
            {
                "model_type": "longcat_flash",
                "kv_lora_rank": 256,
                "qk_nope_head_dim": 64,
                "qk_rope_head_dim": 32,
                "v_head_dim": 64,
                "n_routed_experts": 4,
                "moe_topk": 2,
                "expert_ffn_hidden_size": 512,
                "zero_expert_num": 4,
            },
            2 * 8 * (256 + 32) * 2,
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


def test_a_drafted_token_adds_an_input_of_the_convolution_to_a_state() -> None:
    # 768 inputs of the gated delta net, 320 of Mamba-2 and 3 x 512 of Kimi's, in 16 bit
    assert model_from_config(BASE | LINEAR).drafted_state_bytes == 768 * 2
    assert model_from_config(BASE | MAMBA).drafted_state_bytes == 320 * 2
    assert model_from_config(BASE | KIMI_LINEAR).drafted_state_bytes == 3 * 512 * 2
    # vLLM does not widen it for LFM2, and without states there is none
    assert model_from_config(BASE | SHORT_CONVOLUTIONS).drafted_state_bytes is None
    assert model_from_config(BASE).drafted_state_bytes is None


def test_a_state_is_the_convolutions_last_inputs_and_the_recurrent_state() -> None:
    linear = model_from_config(BASE | LINEAR)
    # 2 x 4 x 32 + 8 x 64 = 768 inputs x 3 x 2 bytes + 8 heads x 64 x 32 x 2 bytes
    assert (linear.state_layers, linear.state_bytes) == (6, 4_608 + 32_768)
    wide = model_from_config(BASE | LINEAR | {"mamba_ssm_dtype": "float32"})
    assert wide.state_bytes == 4_608 + 65_536
    mamba = model_from_config(BASE | MAMBA)
    # 8 x 32 + 2 x 2 x 16 = 320 inputs x 3 x 2 bytes + 256 x 16 x 2 bytes
    assert (mamba.state_layers, mamba.state_bytes) == (2, 1_920 + 8_192)
    short = model_from_config(BASE | SHORT_CONVOLUTIONS)
    # the last 2 inputs of 1024 values, nothing recurrent
    assert (short.state_layers, short.state_bytes) == (6, 1024 * 2 * 2)
    kimi = model_from_config(BASE | KIMI_LINEAR)
    # queries, keys and values of 512 values x 3 x 2 bytes + 8 heads x 64 x 64 in 32 bit
    assert (kimi.state_layers, kimi.state_bytes) == (6, 9_216 + 131_072)
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
        ({"linear_attn_config": {"num_heads": 8}}, "linear attention of another kind"),
        ({"model_type": "mamba2", "state_size": 128}, "state-space layers alone and no KV cache"),
        ({"model_type": "zamba2", "mamba_d_state": 64}, "layers that share their weights"),
        ({"model_type": "bailing_hybrid"}, "lightning attention beside latent attention"),
        ({"model_type": "brandnew", "kv_lora_rank": 512}, "it is not known whether vLLM keeps"),
        (
            {
                "model_type": "gemma4_text",
                "per_layer_config": {"5": {"head_dim": 512}, "7": {"head_dim": 256}},
            },
            "one shape for all of its layers",
        ),
        ({"num_attention_heads_per_layer": [16, 32]}, "a number a layer is needed"),
        ({"intermediate_size": [4096] * 7 + [0]}, "intermediate_size is 0"),
        ({"model_type": "lfm2", "block_ffn_dim_multiplier": "x"}, "block_ffn_dim_multiplier"),
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


@pytest.mark.parametrize(
    ("told", "same"),
    [
        # transformers 5 lists what older configs count
        ({"mlp_layer_types": ["dense", *["sparse"] * 7]}, {"first_k_dense_replace": 1}),
        ({"num_dense_layers": 2}, {"first_k_dense_replace": 2}),
        ({"moe_layers_enum": "1,2,3,4,5,6,7"}, {"first_k_dense_replace": 1}),
    ],
)
def test_dense_layers_of_a_mixture_are_found_however_they_are_told(
    told: dict[str, Any], same: dict[str, Any]
) -> None:
    experts = BASE | {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 512}
    assert model_from_config(experts | told).params == model_from_config(experts | same).params


def test_wider_blocks_and_global_heads_are_found_however_they_are_told() -> None:
    gemma = BASE | {
        "model_type": "gemma4_text",
        "num_key_value_heads": 2,
        "head_dim": 64,
        "sliding_window": 512,
        "layer_types": [*["sliding_attention"] * 3, "full_attention"] * 2,
        "num_kv_shared_layers": 2,
        "hidden_size_per_layer_input": 0,
    }
    named = model_from_config(gemma | {"global_head_dim": 128, "use_double_wide_mlp": True})
    by_layer = {"3": {"head_dim": 128}, "7": {"head_dim": 128}}
    widths = [*[4096] * 6, *[8192] * 2]
    listed = model_from_config(gemma | {"per_layer_config": by_layer, "intermediate_size": widths})
    assert (named.params, named.head_dim, named.sliding_head_dim) == (listed.params, 128, 64)
    plain = model_from_config(gemma | {"global_head_dim": 128})
    assert named.params - plain.params == 2 * 3 * 1024 * 4096  # two layers of twice the width
    assert named.intermediate_size == 8192


def test_windows_are_on_the_layers_that_the_pattern_names() -> None:
    command = BASE | {"model_type": "cohere2", "sliding_window": 4096}
    model = model_from_config(command)  # every 4th of 8 layers attends to the whole context
    assert (model.sliding_window, model.sliding_window_layers) == (4096, 6)
    assert model_from_config(BASE | {"sliding_window": 0}).sliding_window is None


def test_query_heads_may_differ_by_layer() -> None:
    same = model_from_config(BASE | {"head_dim": 64, "num_key_value_heads": 4})
    more = [16] * 7 + [32]
    wide = model_from_config(
        BASE | {"head_dim": 64, "num_key_value_heads": 4, "num_attention_heads_per_layer": more}
    )
    assert wide.params - same.params == 2 * 1024 * 16 * 64  # queries and output of 16 more heads
    assert kv_bytes_per_token(wide, 1, "auto") == kv_bytes_per_token(same, 1, "auto")


def test_zero_experts_have_no_weights_and_take_their_share_of_the_choices() -> None:
    flash = {
        "model_type": "longcat_flash",
        "num_layers": 2,
        "kv_lora_rank": 256,
        "qk_nope_head_dim": 64,
        "qk_rope_head_dim": 32,
        "v_head_dim": 64,
        "n_routed_experts": 8,
        "zero_expert_num": 8,
        "moe_topk": 4,
        "expert_ffn_hidden_size": 512,
    }
    config = {key: value for key, value in BASE.items() if key != "num_hidden_layers"} | flash
    model = model_from_config(config)
    assert (model.experts, model.active_experts, model.layers) == (8, 2, 4)
    assert model.expert_params == 2 * 8 * 3 * 1024 * 512


def test_a_longest_context_of_the_tokenizer_goes_before_the_positions() -> None:
    # vLLM's derive_max_model_len_and_key: Command-R has 8192 positions and 131072 tokens
    model = model_from_config(BASE | {"model_max_length": 131_072})
    assert model.max_position_embeddings == 131_072


def test_modules_of_multi_token_prediction_are_not_weights_that_vllm_loads() -> None:
    # load_weights of vllm/model_executor/models/deepseek_v2.py skips the layers after the last
    latent = BASE | {
        "model_type": "deepseek_v3",
        "kv_lora_rank": 256,
        "qk_nope_head_dim": 64,
        "qk_rope_head_dim": 32,
        "v_head_dim": 64,
    }
    predicting = model_from_config(latent | {"num_nextn_predict_layers": 1})
    assert predicting.params == model_from_config(latent).params
    longer = ["full_attention", *["sliding_attention"] * 7, "sliding_attention"]
    windows = BASE | {"layer_types": longer, "sliding_window": 512}  # one entry more than layers
    assert model_from_config(windows).sliding_window_layers == 7


def test_gates_of_linear_and_latent_attention_have_weights() -> None:
    # vllm/models/kimi_k3: a gate of full rank in place of two matrices, and one in latent layers
    plain = model_from_config(BASE | KIMI_LINEAR)
    whole = KIMI_LINEAR["linear_attn_config"] | {"use_full_rank_gate": True}
    linear = model_from_config(BASE | KIMI_LINEAR | {"linear_attn_config": whole})
    assert linear.params - plain.params == 6 * (1024 * 512 - 1024 * 64 - 64 * 512)
    latent = model_from_config(BASE | KIMI_LINEAR | {"mla_use_output_gate": True})
    assert latent.params - plain.params == 2 * 1024 * 16 * 64
