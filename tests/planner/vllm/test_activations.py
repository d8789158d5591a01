"""What the profiling step takes for images, with start-up logs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog
from planner.networks.quantization import Quantization
from planner.vllm.activations import activation_bytes
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import GIB, estimate
from planner.vllm.version_rules import rules_for


def activations(catalog: Catalog, model: str, gpu_count: int, version: str, **engine: int) -> float:
    deployment = Deployment(
        catalog.gpu("L40S"),
        gpu_count,
        catalog.model(model),
        "none",
        EngineConfig(version=version, max_num_seqs=6, **engine),
    )
    return activation_bytes(deployment, rules_for(version), 2_048)


@pytest.mark.parametrize(
    ("gpu_count", "version", "vectors"),
    [(1, "0.11.0", 19), (2, "0.11.0", 11), (1, "0.16.1", 11), (2, "0.16.1", 7)],
)
def test_the_largest_image_of_qwen_is_encoded(
    catalog: Catalog, gpu_count: int, version: str, vectors: int
) -> None:
    # 16,384 tokens of 2 x 2 patches, vectors of 1,152 in 16 bit: the patches, the residual and
    # its norm on every card; 16 or 8 others divided over the cards
    found = activations(catalog, "Qwen/Qwen3.5-27B", gpu_count, version)
    assert found == 65_536 * 1_152 * 2 * vectors


def test_as_many_small_images_as_fill_a_step_are_encoded(catalog: Catalog) -> None:
    # gemma-3: 256 tokens of 16 patches each; 2,048 tokens are 8 images
    found = activations(catalog, "google/gemma-3-27b-it", 1, "0.16.1")
    assert found == 8 * 4_096 * 1_152 * 2 * 11


@pytest.mark.parametrize(
    ("name", "quantization", "gpu_count", "workspaces"),
    [
        # a row for each of 8 experts of a token, 2,048 wide (2 x 768 is less) in both workspaces
        ("Qwen/Qwen3-30B-A3B", "none", 1, 2_048 * 8 * (2_048 + 2_048) * 2),
        # of Mixtral's 14,336 each of 4 cards has 3,584: 4,096 and 2 x 3,584 columns
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "fp8", 4, 2_048 * 2 * (4_096 + 7_168) * 2),
        ("Qwen/Qwen3-8B", "none", 1, 0),
    ],
)
def test_workspaces_of_experts_stay_while_tokens_are_sampled(
    catalog: Catalog, name: str, quantization: Quantization, gpu_count: int, workspaces: int
) -> None:
    deployment = Deployment(
        catalog.gpu("L40S"), gpu_count, catalog.model(name), quantization, EngineConfig()
    )
    kept = activation_bytes(deployment, rules_for("0.14.0"), 2_048)
    # both versions sample 256 sequences, which takes more than a layer
    assert kept - activation_bytes(deployment, rules_for("0.13.0"), 2_048) == workspaces


@pytest.mark.parametrize(
    ("version", "quantization", "columns"),
    [
        ("0.13.0", "none", 2_048 + 768),  # what the experts return, and the product
        ("0.14.0", "none", 2_048 + 2_048),  # two workspaces
        ("0.14.0", "nvfp4", 3 * 768),  # kernels that are not known: projections and product
    ],
)
def test_a_layer_of_experts_has_buffers_for_each_expert_of_a_token(
    catalog: Catalog, version: str, quantization: Quantization, columns: int
) -> None:
    engine = EngineConfig(max_num_seqs=1)
    model = catalog.model("Qwen/Qwen3-30B-A3B")
    deployment = Deployment(catalog.gpu("L40S"), 1, model, quantization, engine)
    # 8 experts, and 4 vectors of 2,048, for each of 8,192 tokens in 16 bit
    found = activation_bytes(deployment, rules_for(version), 8_192)
    assert found == 8_192 * (8 * columns + 4 * 2_048) * 2


def test_two_l40s_hold_what_qwen_3_5_logged_beside_its_encoder(catalog: Catalog) -> None:
    # start-up log of 0.16.1: 36.73 GiB of weights, 1.73 GiB of KV cache on 44.39 GiB at 0.9
    engine = EngineConfig(
        version="0.16.1",
        max_model_len=131_072,
        max_num_seqs=6,
        max_num_batched_tokens=8_192,
        kv_cache_dtype="fp8",
        prefix_caching=True,
    )
    model = replace(catalog.model("Qwen/Qwen3.5-122B-A10B"), checkpoint_bytes=2 * 36.73 * GIB)
    model = replace(model, vision_params=0.0, native_quantization="gptq")
    found = estimate(Deployment(catalog.gpu("L40S"), 2, model, "gptq", engine))
    assert found.weights_gib == pytest.approx(36.73)
    assert found.kv_cache_gib == pytest.approx(1.73, abs=0.3)
