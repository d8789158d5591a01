from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import REPOSITORY

from planner.catalog import csv_rows
from planner.catalog.api_prices import load_api_prices
from planner.catalog.gpu import GPU
from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import FineTune, ModelSpec, UnsizedModel
from planner.catalog.price_offer import PriceOffer
from planner.errors import CatalogError, InputError
from planner.vllm.kv_cache import kv_bytes_per_token

DATA = REPOSITORY / "planner" / "data"
MISTRAL = "mistralai/Mistral-7B-Instruct-v0.2"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA A100-SXM4-40GB", "A100 40GB"),
        ("NVIDIA A100 80GB PCIe", "A100 80GB PCIe"),
        ("NVIDIA A100-PCIE-40GB", "A100 40GB PCIe"),
        ("a100-80gb", "A100 80GB"),
        ("Tesla T4", "T4"),
        ("Tesla V100-SXM2-32GB", "V100 32GB"),
        ("Tesla V100-PCIE-16GB", "V100 16GB"),
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("rtx3090", "RTX 3090"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA H100 NVL", "H100 NVL"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA A10G", "A10G"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("NVIDIA GH200 480GB", "GH200"),
    ],
)
def test_a_card_is_known_by_its_nvml_name_and_in_any_spelling(written: str, meant: str) -> None:
    assert load_catalog().gpu(written).name == meant


@pytest.mark.parametrize(
    ("family", "memory_gb", "meant"),
    [("A100", 40, "A100 40GB"), ("A100", 80, "A100 80GB"), ("V100", 32, "V100 32GB"),
     ("H100", 80, "H100 SXM"), ("H100", 94, "H100 NVL")],
)  # fmt: skip
def test_a_family_name_needs_the_memory_size(family: str, memory_gb: float, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {family} ") as error:
        load_catalog().gpu(family)
    assert error.value.field == "gpu"
    assert load_catalog().gpu(family, memory_gb).name == meant


def test_an_unknown_card_is_refused_with_the_nearest_names_on_one_line() -> None:
    with pytest.raises(InputError, match="RTX 3090") as error:
        load_catalog().gpu("RTX 3099")
    assert error.value.field == "gpu"
    assert "\n" not in str(error.value)


@given(st.text(max_size=200))
def test_any_text_for_a_card_is_answered_or_refused(text: str) -> None:
    try:
        answer = load_catalog().gpu(text).name
    except InputError as error:
        answer = str(error)
    assert answer.isprintable()


def test_datasheet_figures_are_the_dense_rates_with_fp32_accumulation() -> None:
    rates = {gpu.name: gpu.fp16_tflops for gpu in load_catalog().gpus}
    assert rates["RTX 3090"] == 71  # 142 accumulates in fp16
    assert rates["A10G"] == 70  # 125 is the A10's
    assert rates["H100 SXM"] == 989  # 1979 is with sparsity
    assert rates["A100 80GB"] == 312


def test_memory_is_what_the_driver_reports() -> None:
    catalog = load_catalog()
    assert catalog.gpu("H100 SXM").memory_gib == 79.18
    assert catalog.gpu("A100 40GB").memory_gib == 39.5
    for gpu in catalog.gpus:
        assert 0.85 * gpu.memory_gb * 1e9 < gpu.memory_gib * 2**30 < 1.10 * gpu.memory_gb * 1e9


def test_the_default_model_comes_first_with_its_computed_size() -> None:
    model = load_catalog().models[0]
    assert model.hf_id == MISTRAL
    assert model.params == model.active_params == 7_241_732_000
    assert model.embedding_params == 2 * 32000 * 4096
    assert (model.layers, model.kv_heads, model.head_dim) == (32, 8, 128)


@pytest.mark.parametrize(
    "written", [MISTRAL, MISTRAL.lower(), "Mistral-7B-Instruct-v0.2", "mistral-7b-instruct-v0.2"]
)
def test_a_model_is_known_by_id_and_short_name_in_any_case(written: str) -> None:
    assert load_catalog().model(written).hf_id == MISTRAL


def test_both_ids_of_a_renamed_repository_are_known() -> None:
    catalog = load_catalog()
    assert catalog.model("meta-llama/Llama-3.1-8B-Instruct") is catalog.model(
        "meta-llama/Meta-Llama-3.1-8B-Instruct"
    )


def test_another_publishers_copy_has_the_shape_and_the_format_that_its_name_states() -> None:
    catalog = load_catalog()
    copy = catalog.model("TheBloke/Mistral-7B-Instruct-v0.2-AWQ")
    assert copy == replace(
        catalog.model(MISTRAL),
        name="Mistral-7B-Instruct-v0.2-AWQ",
        hf_id="TheBloke/Mistral-7B-Instruct-v0.2-AWQ",
        native_quantization="awq",
        read_as=MISTRAL,
    )


def test_a_bare_name_is_the_catalogues_model() -> None:
    found = load_catalog().model("llama 3.1 8B")
    assert (found.hf_id, found.read_as) == ("meta-llama/Meta-Llama-3.1-8B-Instruct",) * 2


def test_a_copy_in_16_bit_of_a_model_published_in_4_bit_is_sized_in_16_bit() -> None:
    assert load_catalog().model("lmsys/gpt-oss-20b-bf16").native_quantization == "none"
    assert load_catalog().model("unsloth/gpt-oss-20b").native_quantization == "mxfp4"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("bartowski/Meta-Llama-3.1-8B-Instruct-GGUF:Q4_K_M", "GGUF files, which vLLM serves only"),
        ("mlx-community/Qwen3-8B-4bit", "MLX weights"),
        ("ISTA-DASLab/Meta-Llama-3-8B-Instruct-AQLM-2Bit-1x16", "AQLM weights"),
        ("someone/Qwen3-8B-4bit", "not whether awq, gptq or bitsandbytes"),
        ("QuantTrio/GLM-4.7-GPTQ-Int4-Int8Mix", "weights of several formats"),
    ],
)
def test_weights_that_cannot_be_sized_are_refused_and_the_shapes_id_named(
    name: str, why: str
) -> None:
    with pytest.raises(InputError, match=re.escape(why)) as error:
        load_catalog().model(name)
    assert error.value.field == "model"
    assert "its shape is that of " in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        *("Qwen/Qwen3-Embedding-8B", "Qwen/Qwen3-Reranker-4B", "Qwen/Qwen2.5-Omni-7B"),
        *("Qwen/Qwen2.5-Math-RM-72B", "Qwen/Qwen2.5-Math-PRM-7B", "Skywork-Reward-Llama-3.1-8B"),
        *("yuhuili/EAGLE3-LLaMA3.1-Instruct-8B", "RedHatAI/Qwen3-8B-speculator.eagle3"),
        *("nvidia/Llama-3.1-Minitron-4B-Width-Base", "ibm-ai-platform/llama3-8b-accelerator"),
        *("acme/claims-lora-Llama-3.1-8B", "tiiuae/falcon-rw-7b", "tiiuae/falcon-mamba-7b"),
        *("meta-llama/Llama-3-80B", "Qwen/Qwen3-15B", "Qwen/Qwen2.5-VL-32B-embed", "llava-v1.6-7b"),
        *("openlm-research/open_llama_3b_v2", "acme/Mistral-NeMo-Minitron-4B-Instruct"),
        *("incoai/Qwen3.8-27B-DFlash2", "Huang2020/Qwen3-4B-Domino-b16", "x/Qwen3-8b-dflare"),
        *("bknyaz/Qwen3.5-122B-A10B-REAM", "AIDC-AI/Ovis1.6-Llama3.2-3B", "x/blip2-opt-6.7b"),
        *("JLKang/ViSpec-Qwen2.5-VL-3B-Instruct", "acme/decision-qwen3.6-35b-a3b-fp8-36l"),
        *("fixie-ai/ultravox-v0_5-llama-3_1-8b", "BAAI/Bunny-Llama-3-8B-V", "URM-LLaMa-3.1-8B"),
        *("google/gemma-3-27b-it-assistant", "McGill-NLP/LLM2Vec-Meta-Llama-3-8B-Instruct-mntp"),
        *("someone/Llama-3.1-8B-draft-1B", "cerebras/Qwen3-Coder-REAP-25B-A3B"),
        *("acme/x-Qwen2.5-15B", "unsloth/Qwen3-30B", "Qwen/Qwen3-4B-A3B", "acme/Mistral-7B"),
        *("google/gemma-3n-7b", "acme/Mixtral-7B", "Mistral-8x7B-v0.1", "Llama-3.1-1B"),
        *("zai-org/glm-4v-9b", "zai-org/GLM-4.7-Air", "ibm-granite/granite-3.0-2b-a400m-base"),
    ],
)
def test_other_networks_and_sizes_are_never_taken_for_a_base_model(name: str) -> None:
    assert load_catalog().model_of(name) is None
    with pytest.raises(InputError) as error:
        load_catalog().model(name)
    assert error.value.field == "model"


@pytest.mark.parametrize("name", ["(" * 10**6, "llama-3.1-" * 10**5 + "8b", "1" * 10**6, "a/" * 9])
def test_what_is_no_name_is_refused_at_once(name: str) -> None:
    with pytest.raises(InputError, match="is not in the catalogue"):
        load_catalog().model(name)


@pytest.mark.parametrize(
    ("name", "meant", "context"),
    [
        ("togethercomputer/LLaMA-2-7B-32K", "Llama-2-7b-chat-hf", 32_768),
        ("NousResearch/Yarn-Llama-2-13b-128k", "Llama-2-13b-chat-hf", 131_072),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "Llama-3.1-8B-Instruct", 131_072),
        ("solidrust/dolphin-2.8-mistral-7b-v02", "Mistral-7B-Instruct-v0.2", 32_768),
        ("acme/claims-opt-13b", "opt-13b", 2_048),
        ("acme/claims-opt-1.3b", "opt-1.3b", 2_048),
        ("allenai/Llama-3.1-Tulu-3-70B-DPO", "Llama-3.1-70B-Instruct", 131_072),
        ("deepseek-ai/DeepSeek-R1-0528-Qwen3-8B", "Qwen3-8B", 131_072),
    ],
)
def test_a_fine_tune_has_its_bases_shape_and_the_context_that_it_states(
    name: str, meant: str, context: int
) -> None:
    catalog = load_catalog()
    found, base = catalog.model(name), catalog.model(meant)
    assert (found.params, found.layers, found.kv_heads) == (base.params, base.layers, base.kv_heads)
    assert (found.read_as, found.max_position_embeddings) == (base.hf_id, context)


@pytest.mark.parametrize(
    ("model", "base_model", "meant"),
    [
        ("bofenghuang/vigostral-7b-chat (Mistral-7B)", MISTRAL, "Mistral-7B-Instruct-v0.2"),
        ("our-own-fine-tune", "meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B-Instruct"),
        ("TheBloke/CodeLlama-13B-AWQ", None, "CodeLlama-13b-Instruct-hf"),
        ("hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4", None, "Llama-3.1-70B-Instruct"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", None, "Qwen3-235B-A22B"),
        ("meta-llama/Llama-2-7b-hf", None, "Llama-2-7b-chat-hf"),
        ("RedHatAI/Llama-3.2-1B-Instruct-FP8", None, "Llama-3.2-1B-Instruct"),
        ("casperhansen/llama-3-8b-instruct-awq", None, "Llama-3-8B-Instruct"),
        ("neuralmagic/Meta-Llama-3-8B-Instruct-FP8-KV", None, "Llama-3-8B-Instruct"),
        ("unsloth/Qwen2.5-7B-Instruct-unsloth-bnb-4bit", None, "Qwen2.5-7B-Instruct"),
        ("Qwen_Qwen3-8B-AWQ", None, "Qwen3-8B"),
        ("Qwen/Qwen2-72B", None, "Qwen2-72B-Instruct"),
        ("facebook/opt-1.3b", None, "opt-1.3b"),
        ("facebook/opt-13b", None, "opt-13b"),
        ("hugging-quants/meta-llama-31-70b-instruct-awq-int4", None, "Llama-3.1-70B-Instruct"),
        (
            "mistralai/mistral-small-3-1-24b-instruct-2503",
            None,
            "Mistral-Small-3.1-24B-Instruct-2503",
        ),
        ("TheBloke/vicuna-13B-v1.5-AWQ", None, "Llama-2-13b-chat-hf"),
        ("lmsys/vicuna-13b-v1.3", None, "llama-13b"),
        ("TheBloke/zephyr-7B-beta-AWQ", None, "Mistral-7B-Instruct-v0.1"),
        ("TheBloke/OpenHermes-2.5-Mistral-7B-GPTQ", None, "Mistral-7B-Instruct-v0.1"),
        ("neuralmagic/Llama-3.1-Nemotron-70B-Instruct-HF-FP8", None, "Llama-3.1-70B-Instruct"),
        ("mistralai_Devstral-Small-2507-AWQ", None, "Mistral-Small-3.1-24B-Instruct-2503"),
        ("Qwen/Qwen2.5-Coder-32B-Instruct-AWQ", None, "Qwen2.5-32B-Instruct"),
        ("RedHatAI/Mistral-Small-24B-Instruct-2501-FP8", None, "Mistral-Small-24B-Instruct-2501"),
    ],
)
def test_a_measured_checkpoint_is_traced_to_its_architecture(
    model: str, base_model: str | None, meant: str
) -> None:
    found = load_catalog().model_of(model, base_model)
    assert found is not None
    assert found.name == meant


@pytest.mark.parametrize(
    "model",
    [
        *("Deci/DeciLM-6b", "some 7B model", "Qwen/Qwen3-80B", "", "Mistral-7B", "opt-1-3b"),
        *("mistral-small-2503", "RedHatAI/Mistral-Small-4-119B-2603-NVFP4"),
        *("mistralai/Mistral-Large-3-675B-Instruct-2512", "Qwen/Qwen3-Embedding-8B"),
        *("meta-llama/Llama-3.2-11B-Vision-Instruct", "deepseek-ai/DeepSeek-V4-Pro"),
    ],
)
def test_an_unknown_architecture_is_never_guessed(model: str) -> None:
    assert load_catalog().model_of(model) is None


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
    ("name", "why"),
    [
        ("microsoft/Phi-3-small-8k-instruct", "block-sparse attention"),
        ("meta-llama/Llama-3.2-11B-Vision-Instruct", "cross-attention layers"),
    ],
)
def test_a_known_model_that_cannot_be_sized_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(InputError, match=re.escape(why)) as error:
        load_catalog().model(name)
    assert error.value.field == "model"


def test_every_fine_tune_has_a_catalogue_model_and_no_name_of_its_own_there() -> None:
    catalog = load_catalog()
    ids = {model.hf_id for model in catalog.models}
    for tune in catalog.fine_tunes:
        assert tune.base_model in ids, tune
        found = catalog.model_of(tune.name)
        assert found is not None
        assert found.hf_id == tune.base_model
    for unsized in catalog.unsized:
        assert catalog.model_of(unsized.name) is None, unsized


def test_every_model_is_found_by_its_own_id() -> None:
    catalog = load_catalog()
    for model in catalog.models:
        assert catalog.model(model.hf_id) is model
        assert catalog.model_of(model.hf_id) is model


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


def test_every_model_is_consistent_in_itself() -> None:
    for model in load_catalog().models:
        copies = 1 if model.tied_embeddings else 2
        looked_up = model.params - model.active_params if model.experts is None else 0
        own = copies * model.vocab_size * model.hidden_size
        assert model.embedding_params == own + looked_up
        assert own < model.active_params <= model.params
        per_layer_embeddings = "gemma-3n" in model.hf_id
        sparse = model.experts is not None or per_layer_embeddings
        assert (model.active_params < model.params) == sparse
        assert model.attention_heads % model.kv_heads == 0
        assert (model.sliding_window is None) == (model.sliding_window_layers == 0)
        assert model.sliding_window_layers <= model.layers


def test_names_and_ids_are_unique_and_offers_are_for_known_cards() -> None:
    catalog = load_catalog()
    assert len({gpu.name for gpu in catalog.gpus}) == len(catalog.gpus) >= 24
    assert len({model.hf_id for model in catalog.models}) == len(catalog.models) >= 40
    assert len({offer.id for offer in catalog.offers}) == len(catalog.offers) >= 130
    assert {offer.gpu for offer in catalog.offers} <= {gpu.name for gpu in catalog.gpus}


def test_every_built_in_row_names_a_public_source() -> None:
    catalog = load_catalog()
    for shipped in (*catalog.gpus, *catalog.models, *catalog.offers):
        assert shipped.added_by == "planner"
    rows = (*catalog.gpus, *catalog.models, *catalog.offers, *catalog.fine_tunes, *catalog.unsized)
    for row in rows:
        assert row.source
        assert "/work" not in row.source


def test_the_articles_yearly_costs_are_exact_and_its_contradiction_is_kept() -> None:
    article = {o.id: o for o in load_catalog().offers if o.tier == "article"}
    assert {i: o.usd_per_year for i, o in article.items()} == {
        "article-a100-80gb": 30000.0,
        "article-t4-table": 10000.0,
        "article-t4-summary": 5000.0,
        "article-rtx-3090": 5000.0,
    }
    assert article["article-a100-80gb"].usd_per_hour == pytest.approx(3.4247, abs=1e-4)
    assert "CONFLICT" in (article["article-t4-table"].note or "")
    assert "CONFLICT" in (article["article-t4-summary"].note or "")


def test_tiers_say_how_far_a_price_can_be_relied_on() -> None:
    tier = {offer.id: offer.tier for offer in load_catalog().offers}
    assert tier["aws-g4dn-xlarge-t4-x1-on-demand"] == "list"
    assert tier["aws-g6-xlarge-l4-x1-reserved-1y"] == "stale"
    assert tier["runpod-community-h100-sxm-x1-on-demand"] == "marketplace"
    assert tier["akash-starting-at-t4-x1-on-demand"] == "marketplace"
    assert all(
        offer.tier == "marketplace"
        for offer in load_catalog().offers
        if offer.provider in ("Vast.ai", "Akash")
    )


def test_every_price_states_its_date() -> None:
    for offer in load_catalog().offers:
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", offer.as_of), offer.id


def test_offers_are_found_under_any_name_of_the_card() -> None:
    catalog = load_catalog()
    assert catalog.offers_for("NVIDIA A100-SXM4-80GB") == catalog.offers_for("A100 80GB")
    assert {o.gpu for o in catalog.offers_for("A100 80GB PCIe")} == {"A100 80GB PCIe"}
    assert catalog.offers_for("T4")


@pytest.mark.parametrize(
    ("file", "record", "field"),
    [
        ("gpus.csv", GPU, "source"),
        ("gpus.csv", GPU, "source_date"),
        ("models.csv", ModelSpec, "source"),
        ("models.csv", ModelSpec, "source_date"),
        ("fine_tunes.csv", FineTune, "source"),
        ("fine_tunes.csv", FineTune, "source_date"),
        ("unsized_models.csv", UnsizedModel, "source"),
        ("unsized_models.csv", UnsizedModel, "source_date"),
        ("prices.csv", PriceOffer, "source"),
        ("prices.csv", PriceOffer, "as_of"),
    ],
)
def test_a_row_without_source_or_date_does_not_load(
    tmp_path: Path, file: str, record: type, field: str
) -> None:
    planted = _with_field(tmp_path / file, file, line=3, field=field, value="")
    complete = None if file != "prices.csv" else (lambda row: row | {"usd_per_year": "1"})
    with pytest.raises(CatalogError, match=rf"^{file}, line 3: {field} is blank"):
        csv_rows.read_records(planted, record, complete)


@pytest.mark.parametrize("value", ["lots", "-1", "0", "nan", "inf", "1e999"])
def test_a_row_with_an_impossible_number_does_not_load(tmp_path: Path, value: str) -> None:
    planted = _with_field(tmp_path / "gpus.csv", "gpus.csv", 2, "fp16_tflops", value)
    with pytest.raises(CatalogError, match=r"^gpus.csv, line 2: fp16_tflops is"):
        csv_rows.read_records(planted, GPU)


def test_a_file_with_a_wrong_column_or_no_text_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "gpus.csv"
    wrong.write_text((DATA / "gpus.csv").read_text().replace("fp16_tflops", "tflops", 1))
    with pytest.raises(CatalogError, match=r"gpus.csv, line 1: .*fp16_tflops, tflops"):
        csv_rows.read_records(wrong, GPU)
    wrong.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogError, match=r"gpus.csv cannot be read"):
        csv_rows.read_records(wrong, GPU)


def test_user_rows_replace_built_in_ones_and_are_marked() -> None:
    catalog = load_catalog()
    faster = replace(catalog.gpu("T4"), bandwidth_gb_per_s=400.0, source="our own measurement")
    extended = catalog.with_additions(gpus=[faster])
    assert extended.gpu("Tesla T4").bandwidth_gb_per_s == 400.0
    assert extended.gpu("T4").added_by == "user"
    assert len(extended.gpus) == len(catalog.gpus)
    assert catalog.gpu("T4").added_by == "planner"


def test_a_users_offer_is_kept_under_the_cards_catalogue_name() -> None:
    catalog = load_catalog()
    mine = replace(catalog.offers[0], id="mine", gpu="NVIDIA A100-SXM4-80GB")
    extended = catalog.with_additions(offers=[mine])
    assert [o.added_by for o in extended.offers_for("A100 80GB") if o.id == "mine"] == ["user"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": " "}, "source"),
        ({"source_date": ""}, "source_date"),
        ({"memory_gib": float("nan")}, "memory_gib"),
        ({"bandwidth_gb_per_s": -1.0}, "bandwidth_gb_per_s"),
        ({"fp16_tflops": 0.0}, "fp16_tflops"),
        ({"name": "two\nlines"}, "name"),
    ],
)
def test_an_unsound_user_row_is_refused_by_field(change: dict[str, object], field: str) -> None:
    catalog = load_catalog()
    planted = replace(catalog.gpu("T4"), **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=rf"^GPU to add: {field} ") as error:
        catalog.with_additions(gpus=[planted])
    assert error.value.field == field


def test_an_offer_for_an_unknown_card_is_refused() -> None:
    catalog = load_catalog()
    with pytest.raises(InputError, match="RTX 1234"):
        catalog.with_additions(offers=[replace(catalog.offers[0], id="x", gpu="RTX 1234")])


def test_hosted_prices_are_per_million_tokens_with_source_and_date() -> None:
    prices = {(price.provider, price.model): price for price in load_api_prices()}
    assert len(prices) >= 30
    assert prices["openai", "gpt-4o-mini"].usd_per_m_input == 0.15
    assert prices["openai", "gpt-4o-mini"].usd_per_m_output == 0.6
    assert all(p.deprecation_date is None or p.deprecation_date > "2027" for p in prices.values())


def _with_field(path: Path, original: str, line: int, field: str, value: str) -> Path:
    import csv

    shutil.copy(DATA / original, path)
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    rows[line - 1][rows[0].index(field)] = value
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def test_a_catalogue_is_a_value() -> None:
    catalog = load_catalog()
    assert catalog is load_catalog()
    assert replace(catalog) == catalog
