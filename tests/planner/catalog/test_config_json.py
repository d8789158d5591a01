"""A config.json read as a model: parameters, attention, windows, weights and context."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from model_configs import (
    GEMMA_2_2B,
    GEMMA_3_4B,
    GPT_OSS_20B,
    LLAMA_3_8B,
    MISTRAL_7B,
    MIXTRAL,
    QWEN_2_5_7B,
    QWEN_3_30B_A3B,
)

from planner.catalog.config_json import model_from_config
from planner.catalog.lookup import load_catalog
from planner.errors import InputError


@pytest.mark.parametrize(
    ("config", "params", "active_params"),
    [
        (MISTRAL_7B, 7_241_732_096, 7_241_732_096),
        (LLAMA_3_8B, 8_030_261_248, 8_030_261_248),
        (QWEN_2_5_7B, 7_615_616_512, 7_615_616_512),  # with bias on q, k and v
        (MIXTRAL, 46_702_792_704, 12_879_925_248),
        (QWEN_3_30B_A3B, 30_532_122_624, 3_353_032_704),
        (GPT_OSS_20B, 20_914_757_184, 4_187_440_704),
        (GEMMA_2_2B, 2_614_341_888, 2_614_341_888),  # tied, four norms a layer
    ],
)
def test_parameters_add_up_to_the_published_total(
    config: dict[str, Any], params: int, active_params: int
) -> None:
    model = model_from_config(config)
    assert (model.params, model.active_params) == (params, active_params)


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (MISTRAL_7B, "Mistral-7B-Instruct-v0.2"),
        (QWEN_2_5_7B, "Qwen2.5-7B-Instruct"),
        (MIXTRAL, "Mixtral-8x7B-Instruct-v0.1"),
        (QWEN_3_30B_A3B, "Qwen3-30B-A3B"),
        (GPT_OSS_20B, "gpt-oss-20b"),
        (GEMMA_2_2B, "Gemma-2-2b-it"),
    ],
)
def test_a_config_gives_the_same_shape_as_the_catalogue(config: dict[str, Any], name: str) -> None:
    read, known = model_from_config(config), load_catalog().model(name)
    for field in (
        *("layers", "hidden_size", "intermediate_size", "attention_heads", "kv_heads"),
        *("head_dim", "vocab_size", "sliding_window", "sliding_window_layers", "experts"),
        *("active_experts", "tied_embeddings", "native_quantization", "embedding_params"),
    ):
        assert getattr(read, field) == getattr(known, field), field
    assert read.params == pytest.approx(known.params, rel=1e-6)


def test_a_multimodal_config_gives_its_language_model_with_its_class_defaults() -> None:
    model = model_from_config(GEMMA_3_4B)
    assert (model.attention_heads, model.kv_heads, model.head_dim) == (8, 4, 256)
    assert (model.sliding_window, model.sliding_window_layers) == (1024, 29)
    assert model.tied_embeddings
    assert model.params == pytest.approx(3.88e9, rel=0.001)
    assert model.vision_params == 0.0
    assert "image encoder is not stated" in (model.note or "")


def test_longrope_is_read_in_both_spellings() -> None:
    scaling = {"long_factor": [1.0], "short_factor": [1.0]}
    for kind in ("su", "longrope"):
        assert model_from_config({**LLAMA_3_8B, "rope_scaling": {"type": kind, **scaling}}).longrope
    assert not model_from_config(LLAMA_3_8B).longrope
    assert load_catalog().model("microsoft/Phi-3-mini-128k-instruct").longrope


def test_kv_heads_are_read_in_every_spelling() -> None:
    chatglm = {
        **LLAMA_3_8B,
        "model_type": "chatglm",
        "num_key_value_heads": None,
        "multi_query_attention": True,
        "multi_query_group_num": 2,
        "kv_channels": 128,
    }
    falcon = {**chatglm, "model_type": "falcon", "new_decoder_architecture": True, "n_head_kv": 8}
    assert model_from_config(chatglm).kv_heads == 2
    assert model_from_config(falcon).kv_heads == 8
    assert model_from_config({**LLAMA_3_8B, "model_type": "falcon"}).kv_heads == 1


def test_kv_heads_that_differ_by_layer_count_as_the_most_of_any() -> None:
    config = {**LLAMA_3_8B, "model_type": "deci", "num_key_value_heads": None}
    model = model_from_config({**config, "num_key_value_heads_per_layer": [4, 2, 1] * 10})
    assert model.kv_heads == 4
    assert "KV heads differ by layer" in (model.note or "")


def test_chunked_attention_counts_as_full_and_shared_and_dense_layers_are_counted() -> None:
    maverick = {
        **LLAMA_3_8B,
        "model_type": "llama4_text",
        "attention_chunk_size": 8192,
        "layer_types": ["chunked_attention", "full_attention"] * 16,
        "hidden_size": 5120,
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "head_dim": 128,
        "intermediate_size": 8192,
        "intermediate_size_mlp": 16384,
        "interleave_moe_layer_step": 2,
        "num_local_experts": 128,
        "num_experts_per_tok": 1,
        "vocab_size": 202048,
    }
    model = model_from_config(maverick)
    assert model.params == pytest.approx(400.7e9, rel=1e-3)
    assert model.active_params == pytest.approx(17.18e9, rel=1e-3)
    assert model.sliding_window is None
    assert "chunked attention, counted as full" in (model.note or "")


def test_without_kv_heads_every_attention_head_has_its_own() -> None:
    config = {k: v for k, v in LLAMA_3_8B.items() if k != "num_key_value_heads"}
    assert model_from_config(config).kv_heads == 32


@pytest.mark.parametrize(
    ("model_type", "tied"),
    [("llama", False), ("mistral", False), ("qwen2", False), ("gemma2", True), ("cohere", True)],
)
def test_tied_embeddings_default_to_what_the_class_does(model_type: str, tied: bool) -> None:
    config = {**LLAMA_3_8B, "model_type": model_type}
    del config["tie_word_embeddings"]
    assert model_from_config(config).tied_embeddings is tied


@pytest.mark.parametrize(
    ("change", "window", "layers"),
    [
        ({"sliding_window": 4096}, 4096, 32),
        ({"sliding_window": 32768}, None, 0),
        ({"sliding_window": None}, None, 0),
        ({"model_type": "qwen2", "sliding_window": 4096}, None, 0),
        (
            {
                "model_type": "qwen2",
                "sliding_window": 4096,
                "use_sliding_window": True,
                "max_window_layers": 20,
            },
            4096,
            12,
        ),
        ({"sliding_window": 512, "sliding_window_pattern": 4}, 512, 24),
        ({"sliding_window": 512, "layer_types": ["full_attention"] * 32}, None, 0),
    ],
)
def test_a_window_counts_only_on_layers_that_use_it(
    change: dict[str, Any], window: int | None, layers: int
) -> None:
    model = model_from_config({**MISTRAL_7B, **change})
    assert (model.sliding_window, model.sliding_window_layers) == (window, layers)


@pytest.mark.parametrize(
    ("quantization_config", "quantization"),
    [
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq"),
        ({"quant_method": "awq_marlin", "bits": 4}, "awq"),
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"quant_method": "gptq", "bits": 8}, "int8"),
        ({"quant_method": "fp8", "activation_scheme": "dynamic"}, "fp8"),
        ({"quant_method": "mxfp4"}, "mxfp4"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "bitsandbytes"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {
            "weights": {"num_bits": 4, "type": "int"}, "input_activations": None}}}, "gptq"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {
            "weights": {"num_bits": 8, "type": "int"},
            "input_activations": {"num_bits": 8, "type": "int"}}}}, "int8"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": {
            "weights": {"num_bits": 8, "type": "float"}}}}, "fp8"),
        ({}, "none"),
        (None, "none"),
    ],
)  # fmt: skip
def test_the_checkpoints_quantization_is_read(quantization_config: Any, quantization: str) -> None:
    config = {**MISTRAL_7B, "quantization_config": quantization_config}
    assert model_from_config(config).native_quantization == quantization


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ({"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}, 131_072),
        ({"type": "yarn", "factor": 4.0}, 32_768),  # what it was stretched from is not said
        ({"type": "linear", "factor": 2.0}, 65_536),
        ({"rope_type": "dynamic", "factor": 2.5}, 81_920),
        ({"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192}, 32_768),
        ({"type": "longrope", "long_factor": [1.0], "short_factor": [1.0]}, 32_768),
        ({"rope_type": "default", "rope_theta": 1e6}, 32_768),
        (None, 32_768),
    ],
)
def test_rope_scaling_stretches_the_context(scaling: dict[str, Any] | None, expected: int) -> None:
    for field in ("rope_scaling", "rope_parameters"):
        assert model_from_config(MISTRAL_7B | {field: scaling}).max_position_embeddings == expected


def test_gemma_3_states_its_stretched_context() -> None:
    scaled = MISTRAL_7B | {
        "model_type": "gemma3_text",
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
    }
    assert model_from_config(scaled).max_position_embeddings == 32_768


@pytest.mark.parametrize("factor", ["4.0", -1, 0, True, float("nan"), [4]])
def test_a_scaling_without_a_number_is_refused(factor: Any) -> None:
    with pytest.raises(InputError, match=r"factor of rope_scaling is .* a number above 0") as told:
        model_from_config(MISTRAL_7B | {"rope_scaling": {"type": "linear", "factor": factor}})
    assert told.value.field == "model"


def test_rope_scaling_and_an_unknown_type_are_noted() -> None:
    assert "rope scaling yarn, factor 32.0" in (model_from_config(GPT_OSS_20B).note or "")
    strange = model_from_config({**LLAMA_3_8B, "model_type": "brandnew"})
    assert "not checked for this type" in (strange.note or "")


def test_a_folder_or_a_file_can_be_given_and_a_fine_tune_names_its_base(tmp_path: Path) -> None:
    folder = tmp_path / "our-documents-7b"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(MISTRAL_7B))
    by_folder = load_catalog().model(str(folder))
    assert by_folder.name == "our-documents-7b"
    assert by_folder.hf_id == str(folder)
    assert by_folder.added_by == "user"
    assert load_catalog().model(str(folder / "config.json")) == by_folder
    base = "mistralai/Mistral-7B-Instruct-v0.2"
    assert model_from_config(folder, name="mine", base_model=base).base_model == base


CLIP = {
    "model_type": "clip_vision_model",
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "patch_size": 14,
}


@pytest.mark.parametrize(
    ("text", "published"),
    [
        # safetensors totals of llava-hf/llava-1.5-7b-hf and llava-1.5-13b-hf
        ({"model_type": "llama", "vocab_size": 32_064}, 7_063_427_072),
        (
            {
                "model_type": "llama",
                "vocab_size": 32_064,
                "hidden_size": 5120,
                "intermediate_size": 13_824,
                "num_hidden_layers": 40,
                "num_attention_heads": 40,
            },
            13_351_494_656,
        ),
    ],
)
def test_a_language_model_inside_another_config_has_the_defaults_of_its_class(
    text: dict[str, Any], published: int
) -> None:
    model = model_from_config({"model_type": "llava", "text_config": text, "vision_config": CLIP})
    assert model.params + (model.vision_params or 0) == pytest.approx(published, rel=0.003)
    assert model.kv_heads == model.attention_heads


def test_a_window_that_is_switched_off_inside_another_config_stays_off() -> None:
    text = {"model_type": "mistral", "max_position_embeddings": 32_768}
    windowed = model_from_config({"text_config": text})
    assert (windowed.sliding_window, windowed.kv_heads) == (4096, 8)
    off = model_from_config({"text_config": text | {"sliding_window": None}})
    assert off.sliding_window is None


def test_a_language_model_alone_must_state_its_shape() -> None:
    with pytest.raises(InputError, match="num_hidden_layers is missing"):
        model_from_config({"model_type": "llama", "vocab_size": 32_000})
