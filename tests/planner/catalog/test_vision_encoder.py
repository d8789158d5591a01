"""Weights of image encoders, against the totals of published checkpoints."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import load_catalog
from planner.catalog.vision_encoder import largest_image, vision_parameters

QWEN_2_VL = {
    "model_type": "qwen2_vl",
    "vision_config": {
        "depth": 32,
        "embed_dim": 1280,
        "mlp_ratio": 4,
        "hidden_size": 3584,
        "spatial_merge_size": 2,
        "patch_size": 14,
    },
}
QWEN_2_5_VL = {
    "model_type": "qwen2_5_vl",
    "vision_config": {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "out_hidden_size": 3584,
        "spatial_merge_size": 2,
        "patch_size": 14,
    },
}
QWEN_3_VL_8B = {
    "model_type": "qwen3_vl_text",
    "vision_config": {
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "out_hidden_size": 4096,
        "spatial_merge_size": 2,
        "patch_size": 16,
        "deepstack_visual_indexes": [8, 16, 24],
    },
}
GEMMA_3 = {
    "model_type": "gemma3_text",
    "vision_config": {
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 27,
        "patch_size": 14,
        "model_type": "siglip_vision_model",
    },
}
GRANITE_DOCLING = {
    "scale_factor": 4,
    "vision_config": {
        "model_type": "idefics3_vision",
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "patch_size": 16,
    },
}
DOTS_OCR = {
    "model_type": "dots_ocr",
    "vision_config": {
        "embed_dim": 1536,
        "intermediate_size": 4224,
        "num_hidden_layers": 42,
        "patch_size": 14,
        "spatial_merge_size": 2,
    },
}
INTERN_VL_3_8B = {
    "downsample_ratio": 0.5,
    "vision_config": {
        "model_type": "intern_vit_6b",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "patch_size": 14,
    },
}
LFM_2_VL = {
    "downsample_factor": 2,
    "projector_hidden_size": 2560,
    "vision_config": {
        "model_type": "siglip2_vision_model",
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "patch_size": 16,
    },
}
PIXTRAL = {"vision_config": {"model_type": "pixtral", "hidden_act": "silu", "patch_size": 16}}
PHI_3_VISION = {"img_processor": {"model_name": "openai/clip-vit-large-patch14-336"}}


@pytest.mark.parametrize(
    ("config", "text_hidden_size", "published"),
    [
        (QWEN_2_VL, 3584, 8_291_375_616 - 7_615_616_512),  # checkpoint less language model
        (QWEN_2_5_VL, 3584, 8_292_166_656 - 7_615_616_512),
        (QWEN_3_VL_8B, 4096, 8_767_123_696 - 8_190_735_360),
        (GEMMA_3, 2560, 4_300_079_472 - 3_880_263_168),
        (PHI_3_VISION, 3072, 4_146_621_440 - 3_821_079_552),
        (GRANITE_DOCLING, 576, 257_517_120 - 164_006_208),
        (DOTS_OCR, 1536, 3_039_179_264 - 1_777_088_000),
        (LFM_2_VL, 1024, 450_822_656 - 354_483_968),
        (INTERN_VL_3_8B, 3584, 7_944_373_760 - 7_612_820_992),  # vocabulary of 151,674
    ],
)
def test_the_encoder_is_what_a_checkpoint_has_beyond_its_language_model(
    config: dict[str, Any], text_hidden_size: int, published: int
) -> None:
    assert vision_parameters(config, text_hidden_size) == pytest.approx(published, rel=0.035)


def test_pixtrals_matrices_by_hand_with_the_defaults_of_its_class() -> None:
    layers = 24 * (4 * 1024**2 + 3 * 1024 * 4096)
    around = 3 * 1024 * 16**2 + 1024 * 5120 + 5120**2
    assert vision_parameters(PIXTRAL, 5120) == layers + around


def test_no_encoder_is_none_and_one_of_unknown_size_is_0() -> None:
    assert vision_parameters({"model_type": "llama"}, 4096) is None
    assert vision_parameters({"vision_config": {"hidden_size": 1152}}, 4096) == 0
    assert vision_parameters({"vision_config": {"depth": True, "embed_dim": "x"}}, 4096) == 0
    assert vision_parameters({"img_processor": {"model_name": ["?"]}}, 3072) == 0


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, -1, 0, "27", None, [27]])
@pytest.mark.parametrize("field", ["hidden_size", "intermediate_size", "num_hidden_layers"])
def test_a_size_that_cannot_be_is_not_stated(field: str, value: object) -> None:
    shape = GEMMA_3["vision_config"]
    assert isinstance(shape, dict)
    assert vision_parameters({**GEMMA_3, "vision_config": {**shape, field: value}}, 2560) == 0


def test_a_fine_tune_has_its_own_encoder_or_none() -> None:
    catalog = load_catalog()
    vision = catalog.model_of("microsoft/Phi-3-vision-128k-instruct")
    devstral = catalog.model_of("mistralai/Devstral-Small-2505")
    assert vision is not None
    assert devstral is not None
    assert (vision.name, vision.vision_params) == ("Phi-3-mini-128k-instruct", 315_174_912)
    assert devstral.vision_params is None
    assert catalog.model("Mistral-Small-3.1-24B-Instruct-2503").vision_params is not None


SIGLIP = {
    "vision_width": 1152,
    "image_tokens": 256,
    "patches_per_token": 16,
    "patch_values": 588,  # 3 colours, 14 x 14 pixels
    "position_vectors": None,
    "image_vectors": 1,
    "video_tokens": None,
    "frame_pair_tokens": None,
}


@pytest.mark.parametrize(
    ("model_type", "expected"),
    [
        ("gemma3", SIGLIP),
        ("gemma3_text", SIGLIP),
        ("gemma3n", {}),  # MobileNet instead of SigLIP
        (
            "qwen3_vl_moe",
            {
                "vision_width": 1152,
                "image_tokens": 16_384,
                "patches_per_token": 4,
                "patch_values": 1_536,  # 3 colours, 2 frames, 16 x 16 pixels
                "position_vectors": 1,
                "image_vectors": 4,  # of the last layer and three before
                "video_tokens": 12_288,
                "frame_pair_tokens": None,
            },
        ),
    ],
)
def test_the_largest_image_is_that_of_the_whole_model_type(
    model_type: str, expected: dict[str, int | None]
) -> None:
    assert largest_image(GEMMA_3 | {"model_type": model_type}) == expected
