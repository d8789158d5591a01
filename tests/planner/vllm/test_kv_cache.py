"""The KV cache, worked out by hand from a model's shape."""

from __future__ import annotations

from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.kv_cache import KvLayout, kv_bytes_per_token, kv_layout
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.vllm.version_rules import rules_for


@pytest.mark.parametrize(
    ("gpu_count", "dtype", "expected"),
    [
        (1, "auto", 131_072),  # 2 (key, value) x 32 layers x 8 KV heads x 128 x 2 bytes
        (2, "auto", 65_536),  # 4 KV heads per GPU
        (4, "auto", 32_768),  # 2 KV heads per GPU
        (16, "auto", 16_384),  # 8 KV heads over 16 GPUs: one each, replicated
        (1, "fp8", 65_536),  # one byte instead of two
        (2, "fp8_e5m2", 32_768),
    ],
)
def test_a_token_of_llama_3_1_8b(
    catalog: Catalog, gpu_count: int, dtype: str, expected: int
) -> None:
    model = catalog.model("Llama-3.1-8B-Instruct")
    assert kv_bytes_per_token(model, gpu_count, dtype) == expected


@pytest.mark.parametrize("gpu_count", [1, 8])
@pytest.mark.parametrize(
    ("name", "dtype", "expected"),
    [
        # a vector of 512 + 64 values in each of 61 layers, whole on every GPU
        ("deepseek-ai/DeepSeek-R1-0528", "auto", 61 * 576 * 2),
        ("deepseek-ai/DeepSeek-R1-0528", "fp8", 61 * 576),
        ("moonshotai/Kimi-K2.5", "auto", 61 * 576 * 2),
        ("deepseek-ai/DeepSeek-V2-Lite", "auto", 27 * 576 * 2),
        # sparse: 512 FP8 values with 4 fp32 scales, 64 values in 16 bit; the indexer's 128 and one
        ("deepseek-ai/DeepSeek-V3.2", "fp8", 61 * (512 + 16 + 128 + 128 + 4)),
        ("zai-org/GLM-5", "fp8", 78 * 788),
        # the same in 16 bit: 576 values beside the indexer's
        ("deepseek-ai/DeepSeek-V3.2", "auto", 61 * (576 * 2 + 128 + 4)),
        ("zai-org/GLM-5", "auto", 78 * 1_284),
    ],
)
def test_latent_attention_keeps_one_vector_on_every_gpu(
    catalog: Catalog, name: str, gpu_count: int, dtype: str, expected: int
) -> None:
    assert kv_bytes_per_token(catalog.model(name), gpu_count, dtype) == expected


def test_a_request_takes_whole_blocks_of_16_tokens() -> None:
    layout = KvLayout(layer_bytes=4_096, full_layers=32, sliding_layers=0, window_tokens=0)
    # 8,192 tokens x 32 layers x 4,096 bytes = 1 GiB; one more token takes a block of 16 more
    assert layout.request_bytes(8_192) == 1_073_741_824
    assert layout.request_bytes(8_193) == 1_073_741_824 + 16 * 32 * 4_096


def test_sliding_layers_keep_their_window_only() -> None:
    layout = KvLayout(layer_bytes=100, full_layers=2, sliding_layers=3, window_tokens=64)
    # 100 bytes x (2 layers x 1,600 tokens + 3 layers x 64 tokens)
    assert layout.request_bytes(1_600) == 339_200
    # the pool minus 3 x 64 x 100 bytes of windows leaves 320,000: 100 blocks of 2 x 16 x 100
    assert layout.longest_request(339_200) == 1_600
    # counted as if all 5 layers kept every token: 42 blocks of 5 x 16 x 100 bytes
    assert layout.tokens(339_200) == 672


def test_a_block_of_attention_is_as_large_as_a_state(catalog: Catalog) -> None:
    model = catalog.model("Qwen/Qwen3.6-27B")
    deployment = Deployment(catalog.gpu("RTX 5090"), 2, model, "fp8")
    layout = kv_layout(deployment, rules_for("0.21.0"), 2_048)
    # 16 layers of 2 KV heads x 256 x 2 x 2 bytes on each GPU; a state of 3 x 10,240 inputs x 2
    # bytes and 48 heads x 128 x 128 x 4 bytes: half of it, 1,603,584, in blocks of 16 tokens
    assert layout.layer_bytes == 2_048
    assert layout.block_tokens == 16 * 49  # ceil(1,603,584 / 32,768) = 49
    assert (layout.full_layers, layout.state_layers) == (16, 48)
    # 784 tokens in each of 16 layers, and 48 states padded to as much
    assert layout.request_bytes(784) == 64 * 784 * 2_048
    assert layout.request_bytes(785) == (2 * 16 + 48) * 784 * 2_048
    # the states leave room for one block of 16 layers
    assert layout.longest_request(80 * 784 * 2_048) == 2 * 784


@pytest.mark.parametrize(
    ("version", "engine", "states"),
    [
        ("0.26.0", {}, 1),
        ("0.26.0", {"prefix_caching": True}, 2),
        ("0.26.0", {"prefix_hit_share": 0.5}, 2),
        ("0.27.0", {}, 2),
        ("0.27.0", {"prefix_caching": False}, 1),
    ],
)
def test_cached_prefixes_keep_a_second_state(
    catalog: Catalog, version: str, engine: dict[str, Any], states: int
) -> None:
    model = catalog.model("Qwen/Qwen3.6-27B")
    deployment = Deployment(catalog.gpu("RTX 5090"), 2, model, "fp8", EngineConfig(**engine))
    layout = kv_layout(deployment, rules_for(version), 2_048)
    # 16 layers of attention, and 48 with states of a block each
    assert layout.request_bytes(784) == (16 + 48 * states) * 784 * 2_048


def test_tokens_that_may_be_refused_need_states_and_a_layer_of_their_own(catalog: Catalog) -> None:
    # start-up log of Qwen3.8-27B on one card: 18.53 GiB hold 1.061 requests of 262,144 tokens
    engine = EngineConfig(speculative=SpeculativeDecoding("mtp", 1, 1.0))
    deployment = Deployment(
        catalog.gpu("A100 80GB"), 1, catalog.model("Qwen/Qwen3.6-27B"), "none", engine
    )
    layout = kv_layout(deployment, rules_for("0.27.0"), 2_048)
    # 17 layers share a block; 3 groups of 16 layers with states are padded to 17
    assert (layout.full_layers, layout.state_layers, layout.group_layers) == (17, 51, 17)
    # a state of 3 + 1 x 10,240 inputs x 2 bytes and 48 x 128 x 128 x 4 bytes in blocks of 16 tokens
    assert layout.block_tokens == 16 * 50  # ceil(3,227,648 / 65,536) = 50
    # 328 blocks of 800 tokens, and three states of each group
    assert layout.request_bytes(262_144) == (328 + 3 * 3) * 17 * 800 * 4_096
    assert 18.53 * 2**30 / layout.request_bytes(262_144) == pytest.approx(1.061, abs=0.003)


def test_two_drafted_tokens_fit_what_two_h200_logged(catalog: Catalog) -> None:
    # start-up log: 110.59 GiB on each card hold 3,233,564 tokens, in requests of 184,320
    engine = EngineConfig(speculative=SpeculativeDecoding("mtp", 2, 1.0))
    deployment = Deployment(
        catalog.gpu("H200"), 2, catalog.model("Qwen/Qwen3.6-27B"), "fp8", engine
    )
    layout = kv_layout(deployment, rules_for("0.27.0"), 8_192)
    # 231 blocks of 800 tokens and four states of each of three groups; 17 layers x 2,048 bytes
    assert layout.request_bytes(184_320) == 243 * 17 * 800 * 2_048
    # 4,263 such blocks fit into 110.59 GiB, and 4,263 / 243 x 184,320 tokens are what was logged
    assert 110.59 * 2**30 // (17 * 800 * 2_048) == 4_263
    assert 4_263 * 184_320 // 243 == 3_233_564


def test_windows_and_full_attention_of_different_shapes_share_a_pool(catalog: Catalog) -> None:
    model = catalog.model("google/gemma-4-31B-it")
    layout = kv_layout(
        Deployment(catalog.gpu("A100 80GB"), 1, model, "awq"), rules_for("0.21.0"), 2_048
    )
    # 10 layers of 4 KV heads x 512 x 2 x 2 bytes, 50 of 16 x 256 x 2 x 2 for 1,024 + 2,048 tokens
    assert layout.request_bytes(32_768) == 10 * 8_192 * 32_768 + 50 * 16_384 * 3_072
    # counted by the wider layers: 60 x 16,384 x 16 bytes a block
    assert layout.tokens(10 * 60 * 16_384 * 16) == 160
