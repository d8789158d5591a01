"""Bytes of weights, worked out by hand from a model's shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.config_json import model_from_config
from planner.catalog.gpu import GPU
from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import QUANTIZATIONS, ModelSpec, Quantization
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import GIB
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.vllm.weights import loaded_buffers_bytes, replica_weights_bytes, weights_bytes

MISTRAL_7B_PARAMS = 7_241_732_096
"""Weights of Mistral-7B, matrix by matrix:

    embedding and output head   2 x 32,000 x 4,096                   262,144,000
    query, output, key, value   4,096 x (2 x 32 + 2 x 8) x 128        41,943,040
    gate, up, down              3 x 4,096 x 14,336                   176,160,768
    norms of a layer            2 x 4,096                                  8,192
    32 layers                   32 x 218,112,000                   6,979,584,000
    last norm                                                              4,096
"""

SHAPE = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
}
"""As Llama 3's 8B states it in its ``config.json``."""


@pytest.fixture
def mistral(catalog: Catalog) -> ModelSpec:
    return replace(catalog.model("Mistral-7B-Instruct-v0.2"), params=MISTRAL_7B_PARAMS)


@pytest.fixture
def a100(catalog: Catalog) -> GPU:
    return catalog.gpu("A100 80GB")


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        # 2 bytes x 7,241,732,096
        ("none", 14_483_464_192),
        # 2 x 262,144,000 embeddings + 6,979,588,096 others at 4 + (16 + 4) / 128 bit:
        # 524,288,000 + 6,979,588,096 x 0.51953125 = 524,288,000 + 3,626,114,128.
        # The published file has 4.15 GB (huggingface.co/TheBloke/Mistral-7B-Instruct-v0.2-AWQ).
        ("awq", 4_150_402_128),
        ("gptq", 4_150_402_128),
        # 524,288,000 + 6,979,588,096 x 1
        ("fp8", 7_503_876_096),
        ("int8", 7_503_876_096),
    ],
)
def test_weights_of_mistral_7b(
    mistral: ModelSpec, quantization: Quantization, expected: float
) -> None:
    assert weights_bytes(mistral, quantization) == expected


def test_none_keeps_the_format_of_the_published_checkpoint(mistral: ModelSpec) -> None:
    published = replace(mistral, native_quantization="awq")
    assert weights_bytes(published, "none") == 4_150_402_128


def test_mxfp4_pads_the_experts(catalog: Catalog) -> None:
    # 64.38 GiB logged for gpt-oss-120b (llm-d-incubation/llm-d-planner:
    # docs/empirical-vllm-memory-results.md), 13.72 for gpt-oss-20b (myoceane.fr)
    large, small = catalog.model("gpt-oss-120b"), catalog.model("gpt-oss-20b")
    assert weights_bytes(large, "none") / GIB == pytest.approx(64.38, 0.01)
    assert weights_bytes(small, "none") / GIB == pytest.approx(13.72, 0.03)


def test_a_draft_adds_its_share_of_the_weights(mistral: ModelSpec, a100: GPU) -> None:
    # 14,483,464,192 x (1 + 0.25)
    engine = EngineConfig(speculative=SpeculativeDecoding("draft_model", 4, 0.7, 0.25))
    assert replica_weights_bytes(Deployment(a100, 1, mistral, "none", engine)) == 18_104_330_240


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
def test_an_image_encoder_takes_two_bytes_a_weight_under_every_quantization(
    mistral: ModelSpec, a100: GPU, quantization: Quantization
) -> None:
    text, images = (
        replica_weights_bytes(
            Deployment(a100, 1, replace(mistral, vision_params=params), quantization)
        )
        for params in (None, 400_000_000.0)
    )
    assert images - text == pytest.approx(800_000_000.0)


def test_eight_bits_of_gptq_have_a_scale_and_a_zero_point_for_each_group(catalog: Catalog) -> None:
    # "Model loading took 8.31 GiB" (mrefaat87/vLLM-Inference-Lab: stage2_exp1_server_logs.txt)
    model = catalog.model("Qwen/Qwen2.5-7B-Instruct-GPTQ-Int8")
    # 7,615,616,512 parameters, of them 2 x 152,064 x 3,584 embeddings; 3 bytes for 128 weights
    grouped = 2 * 1_089_994_752 + 6_525_621_760 * (1 + 3 / 128)
    assert weights_bytes(model, "int8") == pytest.approx(grouped, rel=1e-6)
    w8a8 = catalog.model("RedHatAI/Qwen2.5-7B-Instruct-quantized.w8a8")
    whole = 2 * 1_089_994_752 + 6_525_621_760
    assert weights_bytes(w8a8, "int8") == pytest.approx(whole, rel=1e-6)


def test_kimis_experts_have_four_bits_and_a_scale_for_32_weights(catalog: Catalog) -> None:
    experts = 60 * 384 * 3 * 7_168 * 2_048
    others = 2 * (1_026_408_209_408 - experts)
    for name in ("moonshotai/Kimi-K2-Thinking", "moonshotai/Kimi-K2.5"):
        assert weights_bytes(catalog.model(name), "gptq") == experts * (0.5 + 2 / 32) + others


def test_gptq_leaves_gated_delta_nets_in_16_bit(catalog: Catalog) -> None:
    model = catalog.model("Qwen/Qwen3-Next-80B-A3B-Instruct")
    # 16 key and 32 value heads of 128, a convolution of 4 inputs
    mixed = (2 * 16 + 32) * 128
    layer = 2_048 * (mixed + 4_096 + 2 * 32) + 4_096 * 2_048 + mixed * 4 + 2 * 32 + 128
    assert model.linear_attention_params == 36 * layer
    difference = weights_bytes(model, "gptq") - weights_bytes(model, "awq")
    assert difference == pytest.approx(36 * layer * (2.0 - 0.5 - 2.5 / 128))


@pytest.mark.parametrize("format_and_groups", [("GPTQ-Int4", 0.5, 2.5), ("GPTQ-Int8", 1.0, 3.0)])
def test_finer_groups_are_never_smaller(
    catalog: Catalog, format_and_groups: tuple[str, float, float]
) -> None:
    written, weight_bytes, group_bytes = format_and_groups
    names = [f"ours/Qwen3.5-27B-{written}{group}" for group in ("", "-g128", "-g64", "-g32")]
    sizes = [weights_bytes(catalog.model(name), "none") for name in names]
    assert sizes == sorted(sizes)
    model = catalog.model("Qwen/Qwen3.5-27B")
    assert model.linear_attention_params
    quantized = model.params - model.embedding_params - model.linear_attention_params
    assert sizes[0] == pytest.approx(
        2 * (model.params - quantized) + quantized * (weight_bytes + group_bytes / 128)
    )


def test_a_multi_token_prediction_module_is_a_layer_and_a_projection(catalog: Catalog) -> None:
    # vllm-project/recipes pull 810: 14.28 GiB of weights on each of two RTX 5090
    engine = EngineConfig(speculative=SpeculativeDecoding("mtp", 2, 0.8))
    model = catalog.model("Qwen/Qwen3.8-27B-FP8")
    with_module = Deployment(catalog.gpu("RTX 5090"), 2, model, "none", engine)
    assert replica_weights_bytes(with_module) / 2 / GIB == pytest.approx(14.28, abs=0.1)
    layer = (model.params - model.embedding_params) / 64 + 2 * 5_120**2
    assert with_module.draft_share == pytest.approx(layer / model.params)


@pytest.mark.parametrize(
    ("gpu", "name", "scales"),
    [
        ("RTX 3090", "Qwen/Qwen3.8-27B-FP8", True),
        ("L4", "Qwen/Qwen3.8-27B-FP8", False),
        ("RTX 3090", "moonshotai/Kimi-K2-Instruct", True),
        ("RTX 3090", "unsloth/DeepSeek-V3.1", True),  # a copy
        ("RTX 3090", "RedHatAI/Qwen3-8B-FP8-dynamic", False),  # weights of its own
        ("RTX 3090", "mistralai/Devstral-2-123B-Instruct-2512", False),
    ],
)
def test_marlin_repeats_the_scales_of_fp8_blocks(
    catalog: Catalog, gpu: str, name: str, scales: bool
) -> None:
    model = catalog.model(name)
    found = replica_weights_bytes(Deployment(catalog.gpu(gpu), 2, model, "none"))
    found -= replica_weights_bytes(Deployment(catalog.gpu("H200"), 2, model, "none"))
    # 16 bit for each of 128 weights of a column
    assert found == pytest.approx(scales * 2 * (model.params - model.embedding_params) / 128)


@pytest.mark.parametrize(
    ("name", "gpu_count", "repeats", "latent"),
    [
        ("Qwen/Qwen3-30B-A3B", 4, 0, 0),
        ("Qwen/Qwen3-30B-A3B", 8, 4, 0),  # 4 KV heads
        # latent attention: the projection to 512 + 64 values, in 27 layers
        ("deepseek-ai/DeepSeek-V2-Lite", 8, 0, 7 * 2_048 * 576 * 27 * 2),
    ],
)
def test_each_card_holds_a_kv_head_at_least(
    catalog: Catalog, name: str, gpu_count: int, repeats: int, latent: int
) -> None:
    model = catalog.model(name)
    found = replica_weights_bytes(Deployment(catalog.gpu("H100 SXM"), gpu_count, model, "none"))
    # a key and a value of 128 from 2,048 in each of 48 layers, in 16 bit
    heads = repeats * 2 * 128 * 2_048 * 48 * 2
    # every card holds the routers whole
    routers = (gpu_count - 1) * (model.experts or 0) * 2_048 * model.layers * 2
    assert found - weights_bytes(model, "none") == heads + routers + latent


def test_each_card_holds_what_projects_down_to_latent_vectors(catalog: Catalog) -> None:
    # "Model loading took 89.39 GiB" of GLM-5.1-FP8 on eight H200 (public bisection of vLLM 0.19)
    model = catalog.model("zai-org/GLM-5.1")
    one, eight = (
        replica_weights_bytes(Deployment(catalog.gpu("H200"), cards, model, "fp8"))
        for cards in (1, 8)
    )
    # FP8: queries of rank 2,048, keys and values of 512 + 64, the indexer's 32 heads and key of
    # 128; 16 bit: the weights of its heads; 256 experts' routers; in 78 layers of 6,144
    down = 6_144 * (2_048 + 576 + 128) + 2_048 * 32 * 128
    again = 7 * 78 * (down + 2 * 6_144 * 32 + 2 * 6_144 * 256)
    assert eight - one == again
    # keys of 192 and values of 256 of 64 heads from 512, unpacked to 16 bit
    assert one - weights_bytes(model, "fp8") == 2 * 78 * 512 * 64 * (192 + 256)
    assert eight / 8 / GIB == pytest.approx(89.39, rel=0.01)


def test_latent_attention_stays_in_16_bit_beside_experts_in_four(catalog: Catalog) -> None:
    model = catalog.model("moonshotai/Kimi-K2.5")
    one, eight = (
        replica_weights_bytes(Deployment(catalog.gpu("H200"), cards, model, "none"))
        for cards in (1, 8)
    )
    # rank 1,536 and 512 + 64 from 7,168, and routers of 384 experts, in 61 layers
    assert eight - one == 7 * 61 * 2 * 7_168 * (1_536 + 576 + 384)
    assert one == weights_bytes(model, "none") + 2 * (model.vision_params or 0)


@pytest.mark.parametrize(("block", "scales"), [([128, 128], True), (None, False)])
def test_an_own_config_says_whether_fp8_is_in_blocks(
    catalog: Catalog, block: list[int] | None, scales: bool
) -> None:
    quantized = {"quant_method": "fp8", "weight_block_size": block}
    model = model_from_config({**SHAPE, "model_type": "llama", "quantization_config": quantized})
    found = replica_weights_bytes(Deployment(catalog.gpu("A100 80GB"), 1, model, "none"))
    extra = 2 * (model.params - model.embedding_params) / 128
    assert found - weights_bytes(model, "none") == pytest.approx(scales * extra)


@pytest.mark.parametrize(
    ("config", "parts"),
    [
        ({"model_type": "qwen2_5_vl", "vision_config": {"spatial_merge_size": 2}}, 4),
        ({"model_type": "internvl_chat", "downsample_ratio": 0.5, "vision_config": {}}, 1),
        ({"model_type": "llava", "vision_config": {"model_type": "pixtral"}}, 1),
        ({"model_type": "mistral3", "spatial_merge_size": 2, "vision_config": {}}, 1),
    ],
)
def test_only_qwens_positions_have_three_parts_whatever_patches_are_merged(
    catalog: Catalog, config: dict[str, object], parts: int
) -> None:
    """Heads of 4,096 / 32 = 128 values, 8,192 positions, 2 bytes."""
    encoder = {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "patch_size": 14,
    }
    stated = config["vision_config"]
    assert isinstance(stated, dict)
    model = model_from_config({**SHAPE, **config, "vision_config": {**encoder, **stated}})
    deployment = Deployment(catalog.gpu("A100 80GB"), 1, model, "none")
    assert loaded_buffers_bytes(deployment, 2_048) == parts * 2 * 8_192 * 128
