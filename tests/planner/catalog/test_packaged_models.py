"""The packaged models: their sizes, caches and windows, as published."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import load_catalog
from planner.vllm.kv_cache import kv_bytes_per_token

MISTRAL = "mistralai/Mistral-7B-Instruct-v0.2"


def test_the_default_model_comes_first_with_its_computed_size() -> None:
    model = load_catalog().models[0]
    assert model.hf_id == MISTRAL
    assert model.params == model.active_params == 7_241_732_000
    assert model.embedding_params == 2 * 32000 * 4096
    assert (model.layers, model.kv_heads, model.head_dim) == (32, 8, 128)


@pytest.mark.parametrize(
    ("name", "params", "kv_bytes"),
    [
        # KV bytes: 2 (key and value) x layers x KV heads x head size x 2, from the config.json
        ("facebook/opt-1.3b", 1_315_753_984, 196_608),
        ("facebook/opt-13b", 12_853_463_040, 819_200),
        ("EleutherAI/gpt-j-6b", 6_050_423_808, 458_752),
        ("bigscience/bloom-7b1", 7_069_007_872, 491_520),
        ("tiiuae/falcon-7b", 6_921_868_416, 8_192),  # one KV head
        ("tiiuae/falcon-40b", 41_303_293_952, 122_880),
        ("01-ai/Yi-34B", 34_388_917_248, 245_760),
        ("google/gemma-2b", 2_506_172_416, 18_432),
        ("Qwen/Qwen2-72B-Instruct", 72_706_203_648, 327_680),
        ("Deci/DeciLM-7B", 7_108_038_656, 65_536),  # vLLM pads every layer to 4 KV heads
        ("THUDM/chatglm3-6b", 6_243_584_000, 28_672),
        ("ibm-granite/granite-3.1-8b-instruct", 8_170_848_256, 163_840),
        ("mistralai/Mistral-Large-Instruct-2407", 122_610_069_504, 360_448),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 107_770_000_000, 196_608),
    ],
)
def test_shapes_give_the_published_size_and_the_kv_bytes_of_their_config(
    name: str, params: int, kv_bytes: int
) -> None:
    model = load_catalog().model(name)
    assert model.params == pytest.approx(params, rel=1e-4)
    assert kv_bytes_per_token(model, 1, "auto") == kv_bytes


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 109e9, 17e9),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct", 400e9, 17e9),
        ("Qwen/Qwen3-Coder-480B-A35B-Instruct", 480e9, 35e9),
        ("zai-org/GLM-4.5-Air", 106e9, 12e9),
        ("MiniMaxAI/MiniMax-M2.5", 229e9, 10e9),
        ("deepseek-ai/DeepSeek-V2-Lite", 15.7e9, 2.7e9),
        ("deepseek-ai/DeepSeek-R1-0528", 671e9, 37e9),
        ("moonshotai/Kimi-K2-Instruct", 1.026e12, 32e9),
        ("zai-org/GLM-5", 744e9, 40e9),
    ],
)
def test_mixtures_of_experts_have_the_total_and_the_active_size_of_their_name(
    name: str, total: float, active: float
) -> None:
    model = load_catalog().model(name)
    assert model.params == pytest.approx(total, rel=0.02)
    assert model.active_params == pytest.approx(active, rel=0.13)


@pytest.mark.parametrize(
    ("name", "window", "layers"),
    [
        ("Mistral-7B-Instruct-v0.1", 4096, 32),
        ("Gemma-2-9b-it", 4096, 21),
        ("Gemma-3-12b-it", 1024, 40),
        ("gpt-oss-20b", 128, 12),
        ("starcoder2-15b", 4096, 40),
        (MISTRAL, None, 0),
        ("Phi-3-mini-128k-instruct", None, 0),
    ],
)
def test_sliding_windows_cover_the_layers_that_have_them(
    name: str, window: int | None, layers: int
) -> None:
    model = load_catalog().model(name)
    assert (model.sliding_window, model.sliding_window_layers) == (window, layers)


@pytest.mark.parametrize(
    ("name", "key_heads", "value_heads"),
    [
        ("Qwen/Qwen3.5-27B", 16, 48),
        ("Qwen/Qwen3.5-9B", 16, 32),
        ("Qwen/Qwen3.5-4B", 16, 32),
        ("Qwen/Qwen3.5-2B", 16, 16),
        ("Qwen/Qwen3.5-0.8B", 16, 16),
    ],
)
def test_qwen_3_5_keeps_its_states_in_32_bit(name: str, key_heads: int, value_heads: int) -> None:
    # mamba_ssm_dtype of the config.json; the last 3 inputs of the convolution are in 16 bit
    inputs = (2 * key_heads + value_heads) * 128
    states = value_heads * 128 * 128
    assert load_catalog().model(name).state_bytes == 3 * inputs * 2 + states * 4


def test_every_model_is_consistent_in_itself() -> None:
    for model in load_catalog().models:
        copies = 1 if model.tied_embeddings else 2
        looked_up = model.params - model.active_params if model.experts is None else 0
        own = copies * model.vocab_size * model.hidden_size
        assert model.embedding_params == own + looked_up
        assert own < model.active_params <= model.params
        per_layer_embeddings = "gemma-3n" in model.hf_id or "gemma-4-E" in model.hf_id
        sparse = model.experts is not None or per_layer_embeddings
        assert (model.active_params < model.params) == sparse
        assert model.attention_heads % model.kv_heads == 0
        assert (model.sliding_window is None) == (model.sliding_window_layers == 0)
        assert model.sliding_window_layers <= model.layers


def test_kinds_of_layers_that_the_source_does_not_state_are_said_not_to_be_from_a_config() -> None:
    """llmfit's list has totals, heads and hidden sizes, but no kinds of layers and no states."""
    hybrids = [m for m in load_catalog().models if m.state_layers or m.attention_layers]
    from_totals = [
        model
        for model in hybrids
        if all(part.strip().startswith("PyPI llmfit") for part in model.source.split(";"))
    ]
    assert from_totals
    for model in from_totals:
        assert "not from a published config.json" in (model.note or ""), model.name
