"""Bytes of published checkpoints whose layers have different formats, worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.catalog.config_json import model_from_config
from planner.catalog.model_spec import Quantization
from planner.errors import InputError
from planner.vllm.weights import weights_bytes

SMALL: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 512,
    "intermediate_size": 1024,
    "num_hidden_layers": 4,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "vocab_size": 1000,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": False,
}
EMBEDDINGS = 2 * 1000 * 512  # 1,024,000: input embedding and output head
ATTENTION = 512 * 512 * 2 + 512 * 256 * 2  # 786,432 a layer: q, o of 512 x 512; k, v of 512 x 256
MLP = 3 * 512 * 1024  # 1,572,864 a layer
NORMS = 4 * 2 * 512 + 512  # 4,608
SIXTEEN_BIT = 2 * (EMBEDDINGS + NORMS)


def config(**quantization: Any) -> dict[str, Any]:
    return {**SMALL, "quantization_config": quantization}


def group(bits: int, kind: str, targets: list[str], **more: Any) -> dict[str, Any]:
    return {"weights": {"num_bits": bits, "type": kind, **more}, "targets": targets}


ATTENTION_4_MLP_8 = {
    "first": group(4, "int", ["re:.*self_attn.*"], group_size=128),
    "second": group(8, "float", ["re:.*mlp.*"]),
}


@pytest.mark.parametrize(
    ("stated", "quantization", "expected"),
    [
        # all linear layers at one byte
        (
            {"quant_method": "bitsandbytes", "load_in_8bit": True},
            "bitsandbytes",
            SIXTEEN_BIT + 4 * (ATTENTION + MLP),
        ),
        # the attention alone at one byte
        (
            {
                "quant_method": "modelopt",
                "quant_algo": "MIXED_PRECISION",
                "quantized_layers": {
                    f"model.layers.{layer}.self_attn.{name}_proj": {"quant_algo": "FP8"}
                    for layer in range(4)
                    for name in "qkvo"
                },
            },
            "fp8",
            SIXTEEN_BIT + 4 * (ATTENTION + 2 * MLP),
        ),
        # quark: MLP at 4 bit and a byte for 32, attention at one byte, but the last one at two
        (
            {
                "quant_method": "quark",
                "global_quant_config": {"weight": {"dtype": "fp8_e4m3", "qscheme": "per_channel"}},
                "layer_quant_config": {
                    "*.mlp.*": {
                        "weight": {"dtype": "fp4", "qscheme": "per_group", "group_size": 32}
                    }
                },
                "exclude": ["lm_head", "re:.*layers.3.self_attn.*"],
            },
            "mxfp4",
            SIXTEEN_BIT + 4 * MLP * (0.5 + 1 / 32) + (3 + 2) * ATTENTION,
        ),
        # attention at 4 bit and a 16-bit scale for 128, MLP at one byte
        (
            {"quant_method": "compressed-tensors", "config_groups": ATTENTION_4_MLP_8},
            "fp8",
            SIXTEEN_BIT + 4 * (ATTENTION * (0.5 + 2 / 128) + MLP),
        ),
        # one layer's attention stays in 16 bit; the first of two groups that match decides
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": ATTENTION_4_MLP_8,
                "ignore": ["lm_head", "model.layers.2.self_attn.q_proj"],
            },
            "fp8",
            SIXTEEN_BIT + (4 * ATTENTION - 512 * 512) * (0.5 + 2 / 128) + 2 * 512 * 512 + 4 * MLP,
        ),
        # NVFP4: 4 bit and an FP8 scale for 16; attention is excluded by a star
        (
            {
                "quant_method": "modelopt",
                "quant_algo": "NVFP4",
                "exclude_modules": ["lm_head", "model.layers.*.self_attn*"],
            },
            "nvfp4",
            SIXTEEN_BIT + 4 * (2 * ATTENTION + MLP * 0.5625),
        ),
        # each layer named, the output head among them
        (
            {
                "quant_method": "modelopt",
                "quant_algo": "MIXED_PRECISION",
                "quantized_layers": {
                    "lm_head": {"quant_algo": "FP8"},
                    "model.layers.1.mlp": {"quant_algo": "W4A16_NVFP4"},
                },
            },
            "nvfp4",
            SIXTEEN_BIT - 512_000 + 2 * 4 * ATTENTION + 2 * 3 * MLP + 0.5625 * MLP,
        ),
        # groups of 32: 0.5 + 2.5 / 32 bytes
        (
            {"quant_method": "gptq", "bits": 4, "group_size": 32},
            "gptq",
            SIXTEEN_BIT + 4 * (ATTENTION + MLP) * (0.5 + 2.5 / 32),
        ),
        # GPTQModel's rules by module: the first layer in 8 bit, the last in 16
        (
            {
                "quant_method": "gptq",
                "bits": 4,
                "group_size": 128,
                "dynamic": {r"+:.*\.layers\.0\..*": {"bits": 8}, r"-:.*\.layers\.3\..*": {}},
            },
            "gptq",
            SIXTEEN_BIT + (ATTENTION + MLP) * (1 + 3 / 128 + 2 + 2 * (0.5 + 2.5 / 128)),
        ),
        # AutoRound stores AWQ's or GPTQ's layout
        (
            {
                "quant_method": "auto-round",
                "bits": 4,
                "group_size": 64,
                "packing_format": "auto_round:auto_awq",
            },
            "awq",
            SIXTEEN_BIT + 4 * (ATTENTION + MLP) * (0.5 + 2.5 / 64),
        ),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {
                    "g": {
                        **group(4, "int", ["Linear"], group_size=64),
                        "input_activations": {"num_bits": 8, "type": "float"},
                    }
                },
            },
            "w4a8",
            SIXTEEN_BIT + 4 * (ATTENTION + MLP) * (0.5 + 2 / 64),
        ),
    ],
)
def test_each_module_is_counted_in_the_format_that_the_config_gives_it(
    stated: dict[str, Any], quantization: Quantization, expected: float
) -> None:
    model = model_from_config(config(**stated))
    assert model.native_quantization == quantization
    assert weights_bytes(model, "none") == pytest.approx(expected, rel=1e-9)
    assert weights_bytes(model, quantization) == weights_bytes(model, "none")


@pytest.mark.parametrize("name", ["quantization_config", "compression_config"])
def test_the_old_name_of_the_field_is_read(name: str) -> None:
    groups = {"group_0": group(8, "int", ["Linear"])}
    stated = {"quant_method": "compressed-tensors", "config_groups": groups}
    assert model_from_config({**SMALL, name: stated}).native_quantization == "int8"


@pytest.mark.parametrize(
    ("algorithm", "quantization", "per_param"), [("FP8", "fp8", 1.0), ("NVFP4", "nvfp4", 0.5625)]
)
def test_modelopts_file_beside_the_config_is_read(
    tmp_path: Path, algorithm: str, quantization: str, per_param: float
) -> None:
    stated = {"quant_algo": algorithm, "exclude_modules": ["lm_head"]}
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    (tmp_path / "hf_quant_config.json").write_text(json.dumps({"quantization": stated}))
    model = model_from_config(tmp_path)
    assert model.native_quantization == quantization
    expected = SIXTEEN_BIT + per_param * 4 * (ATTENTION + MLP)
    assert weights_bytes(model, "none") == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "pattern",
    [
        "re:(a+)+b",
        "re:(.*a){30}",
        "re:.*.*.*.*.*x",
        "re:(",
        "re:" + "a" * 5_000,
        "*a*b*c*d*e*",
    ],
)
def test_a_pattern_that_could_run_for_ever_is_refused(pattern: str) -> None:
    stated = config(quant_method="fp8", ignored_layers=[pattern])
    with pytest.raises(InputError, match=r"the module pattern .* cannot be applied"):
        model_from_config(stated)


@pytest.mark.slow
def test_too_many_patterns_are_refused_and_many_names_are_not() -> None:
    expressions = [f"re:.*layer{number}.*" for number in range(60_000)]
    with pytest.raises(InputError, match="60,000 patterns, more than the 1,000"):
        model_from_config(config(quant_method="fp8", ignored_layers=expressions))
    deep = config(quant_method="fp8", ignored_layers=expressions[:1_000])
    with pytest.raises(InputError, match="4,000 patterns for 18,003 modules"):
        model_from_config(deep | {"num_hidden_layers": 2_000})
    names = [f"model.layers.{number}.mlp*" for number in range(60_000)]
    model = model_from_config(config(quant_method="fp8", ignored_layers=names))
    assert model.checkpoint_bytes == SIXTEEN_BIT + 4 * ATTENTION + 2 * 4 * MLP


def test_prefixes_of_published_checkpoints_mean_the_same_module() -> None:
    sizes = {
        model_from_config(
            config(quant_method="fp8", modules_to_not_convert=[f"{prefix}layers.0.mlp"])
        ).checkpoint_bytes
        for prefix in ("model.", "model.language_model.", "language_model.model.", "")
    }
    assert sizes == {SIXTEEN_BIT + 4 * ATTENTION + 3 * MLP + 2 * MLP}


LLAMA_70B: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 8192,
    "intermediate_size": 28672,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
}
LLAMA_8B = LLAMA_70B | {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
}
QWEN_235B: dict[str, Any] = {
    "model_type": "qwen3_moe",
    "hidden_size": 4096,
    "num_hidden_layers": 94,
    "num_attention_heads": 64,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "num_experts": 128,
    "num_experts_per_tok": 8,
    "moe_intermediate_size": 1536,
    "intermediate_size": 12288,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": False,
}


@pytest.mark.parametrize(
    ("config", "quantization_config", "gib"),
    [
        # 68.45e9 weights at one byte and 2.10e9 at two
        (LLAMA_70B, {"quant_method": "bitsandbytes", "load_in_8bit": True}, 67.67),
        (LLAMA_70B, {"quant_method": "modelopt", "quant_algo": "FP8"}, 67.67),
        # 233.85e9 at 0.5625 bytes and 1.24e9 at two
        (QWEN_235B, {"quant_method": "modelopt", "quant_algo": "NVFP4"}, 124.8),
        # 32 x 41,943,040 of attention at 0.516 bytes, 32 x 176,160,768 at one, 1.05e9 at two
        (
            LLAMA_8B,
            {"quant_method": "compressed-tensors", "config_groups": ATTENTION_4_MLP_8},
            7.85,
        ),
        # 6.98e9 at one byte and 1.05e9 at two
        (
            LLAMA_8B,
            {"quant_method": "compressed-tensors", "config_groups": {"g": group(8, "int", [])}},
            8.46,
        ),
    ],
)
def test_published_sizes(
    config: dict[str, Any], quantization_config: dict[str, Any], gib: float
) -> None:
    model = model_from_config(config | {"quantization_config": quantization_config})
    assert weights_bytes(model, "none") / 2**30 == pytest.approx(gib, rel=2e-3)
