"""The KV cache, worked out by hand from a model's shape."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.vllm.kv_cache import KvLayout, kv_bytes_per_token


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
        ("deepseek-ai/DeepSeek-V3.2", "auto", 61 * (512 + 16 + 128 + 128 + 4)),
        ("zai-org/GLM-5", "auto", 78 * 788),
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
