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
            SIXTEEN_BIT + (ATTENTION + MLP) * (1 + 2 + 2 * (0.5 + 2.5 / 128)),
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


def test_prefixes_of_published_checkpoints_mean_the_same_module() -> None:
    sizes = {
        model_from_config(
            config(quant_method="fp8", modules_to_not_convert=[f"{prefix}layers.0.mlp"])
        ).checkpoint_bytes
        for prefix in ("model.", "model.language_model.", "language_model.model.", "")
    }
    assert sizes == {SIXTEEN_BIT + 4 * ATTENTION + 3 * MLP + 2 * MLP}
