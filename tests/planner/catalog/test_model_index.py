"""Models by their own names and those of copies, quantizations and fine-tunes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.errors import InputError

MISTRAL = "mistralai/Mistral-7B-Instruct-v0.2"


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
        *("Qwen/Qwen3-Embedding-8B", "Qwen/Qwen3-Reranker-4B", "acme/Qwen2.5-Omni-14B"),
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
        *("deepcogito/cogito-v1-preview-qwen-14B", "acme/claims-gemma-2b", "acme/x-llama-7b"),
        *("google/gemma-3n-7b", "acme/Mixtral-7B", "Mistral-8x7B-v0.1", "Llama-3.1-1B"),
        *("zai-org/glm-4v-9b", "zai-org/GLM-4.7-Air", "ibm-granite/granite-3.0-2b-a400m-base"),
    ],
)
def test_other_networks_and_sizes_are_never_taken_for_a_base_model(name: str) -> None:
    assert load_catalog().model_of(name) is None
    with pytest.raises(InputError) as error:
        load_catalog().model(name)
    assert error.value.field == "model"


@pytest.mark.parametrize("name", ["(" * 10**5, "llama-3.1-" * 10**4 + "8b", "1" * 10**5, "a/" * 9])
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
        *("mistral-small-2503", "Qwen/Qwen3-Embedding-8B"),
        *("meta-llama/Llama-3.2-11B-Vision-Instruct", "deepseek-ai/DeepSeek-V4-Pro"),
    ],
)
def test_an_unknown_architecture_is_never_guessed(model: str) -> None:
    assert load_catalog().model_of(model) is None


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
    ("written", "shape", "weights"),
    [
        ("google/gemma-4-26B-A4B", "google/gemma-4-26B-A4B-it", "none"),
        ("gemma-4-26B-A4B", "google/gemma-4-26B-A4B-it", "none"),
        ("nvidia/Gemma-4-26B-A4B-NVFP4", "nvidia/Gemma-4-26B-A4B-NVFP4", "nvfp4"),
        ("Qwen/Qwen3-235B-A22B", "Qwen/Qwen3-235B-A22B", "none"),
    ],
)
def test_a_name_without_a_format_is_not_read_as_a_quantized_copy(
    written: str, shape: str, weights: str
) -> None:
    found = load_catalog().model_of(written)
    assert isinstance(found, ModelSpec)
    assert (found.hf_id, found.native_quantization) == (shape, weights)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Qwen/Qwen3-Embedding-8B", "an embedding model"),
        ("Qwen/Qwen3-Reranker-0.6B", "a model that ranks documents"),
        ("openai/whisper-large-v3", "a model of speech or sound"),
        ("RedHatAI/Qwen3-32B-speculator.eagle3", "a draft for speculative decoding"),
        ("Qwen/Qwen2.5-Math-PRM-7B", "a model that grades answers and writes none"),
        ("RLHFlow/ArmoRM-Llama3-8B-v0.1", "a model that grades answers and writes none"),
        ("CIR-AMS/BTRM_Qwen2_7b_0613", "a model that grades answers and writes none"),
        ("ours/Qwen3-8B-lora", "an adapter that is added to a model"),
        ("Qwen/Qwen-Image-Edit", "a model that makes images or video"),
        ("google/embeddinggemma-300m", "an embedding model"),
        ("microsoft/VibeVoice-1.5B", "a model of speech or sound"),
        ("tencent/HunyuanVideo", "a model that makes images or video"),
        ("google/diffusiongemma-26B-A4B-it", "a model that writes text by diffusion"),
        ("inclusionAI/LLaDA2.0-mini", "a model that writes text by diffusion"),
        ("google/flan-t5-xl", "an encoder-decoder model"),
    ],
)
def test_a_model_that_writes_no_text_is_refused_for_what_it_is(
    name: str, kind: str, catalog: Catalog
) -> None:
    with pytest.raises(InputError, match=f"is {kind}, by its name"):
        catalog.model(name)


@pytest.mark.parametrize("name", ["ours/InvoiceOCR-3B", "baidu/Unlimited-OCR", "x/OCRFlux-9B"])
def test_an_unknown_reader_of_pages_is_asked_for_its_config(name: str, catalog: Catalog) -> None:
    with pytest.raises(InputError, match="reads page images, by its name, and is not in the cata"):
        catalog.model(name)


@pytest.mark.parametrize("word", ["GPT5", "GPT-5", "Robert", "Albert"])
def test_a_fine_tune_has_its_bases_shape_whoever_it_is_named_after(
    word: str, catalog: Catalog
) -> None:
    assert catalog.model(f"someone/Qwen3-8B-{word}-Distill").read_as == "Qwen/Qwen3-8B"


@pytest.mark.parametrize(
    ("name", "shape", "context", "encoders"),
    [
        ("allenai/olmOCR-2-7B-1025-FP8", "Qwen/Qwen2.5-VL-7B-Instruct", 128_000, 675_281_920),
        ("lightonai/LightOnOCR-2-1B", "Qwen/Qwen3-0.6B", 16_384, 409_597_872),
        ("OPEA/Molmo-7B-D-0924-int4-sym-inc", "Qwen/Qwen2-7B-Instruct", 4_096, 405_408_280),
        ("Qwen/Qwen3-Omni-30B-A3B-Thinking", "Qwen/Qwen3-30B-A3B", 65_536, 1_187_082_488),
    ],
)
def test_a_model_with_encoders_has_its_decoders_shape_and_its_own_encoders(
    name: str, shape: str, context: int, encoders: int, catalog: Catalog
) -> None:
    found = catalog.model(name)
    assert (found.read_as, found.max_position_embeddings) == (shape, context)
    assert found.vision_params == pytest.approx(encoders, abs=1_000)


def test_a_name_without_the_version_that_decides_is_answered_with_the_versions(
    catalog: Catalog,
) -> None:
    with pytest.raises(InputError, match=r"versions of different shapes; give one of .*v0\.1, .*3"):
        catalog.model("mistralai/Mistral-7B")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("deepseek-ai/DeepSeek-V4-Flash-0731", "compressed attention"),
        ("nvidia/DeepSeek-V4-Flash-0731-NVFP4", "compressed attention"),
        ("deepseek-ai/DeepSeek-V4-Flash-DSpark", "a draft for speculative decoding"),
        ("OPEA/Llama-3.2-11B-Vision-cot-int4-sym-inc", "cross-attention layers"),
        ("google/recurrentgemma-9b-it", "recurrent layers"),
    ],
)
def test_a_variant_of_a_model_that_cannot_be_sized_is_refused_for_the_same_reason(
    name: str, why: str, catalog: Catalog
) -> None:
    with pytest.raises(InputError, match=why):
        catalog.model(name)


@pytest.mark.parametrize(
    "name",
    ["someone/DeepSeek-V4-Flash-8B-Distill", "someone/DeepSeek-V4-Pro-Distill-30B-A3B"],
)
def test_a_distillation_of_a_stated_size_is_not_refused_for_its_teachers_network(
    name: str, catalog: Catalog
) -> None:
    assert catalog.unsized_model(name) is None
    with pytest.raises(InputError) as error:
        catalog.model(name)
    assert "compressed attention" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("deepseek-ai/DeepSeek-V2.5-1210", "deepseek-ai/DeepSeek-V2"),
        ("Qwen/Qwen3.8-2.4T-A95B-0807", "Qwen/Qwen3.8-2.4T-A95B"),
        ("deepseek-ai/DeepSeek-R1-0528", "deepseek-ai/DeepSeek-R1-0528"),
        ("mistralai/Mistral-Small-1210", None),  # its releases have different shapes
        ("zai-org/GLM-4-32B-0520", None),  # its only known release is another day's
    ],
)
def test_a_day_at_the_end_of_a_name_is_left_out_if_the_rest_is_known(
    name: str, shape: str | None, catalog: Catalog
) -> None:
    found = catalog.model_of(name)
    assert (found.hf_id if found else None) == shape


def test_the_publisher_before_a_name_may_be_left_out(catalog: Catalog) -> None:
    found = catalog.model("unsloth/Nemotron-3-Nano-30B-A3B")
    assert found.read_as == "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"


def test_a_published_format_is_not_taken_from_a_copy_in_another(catalog: Catalog) -> None:
    # moonshotai/Kimi-K2.6 is INT4 in groups of 32, nvidia's copy NVFP4
    assert catalog.model("moonshotai/Kimi-K2.6").native_quantization == "gptq"
    assert catalog.model("nvidia/Kimi-K2.6-NVFP4").native_quantization == "nvfp4"


@pytest.mark.parametrize("word", ["Storm", "Brainstorm", "Farm", "Swarm", "PlatForm", "LayerNorm"])
def test_a_word_that_ends_like_a_reward_model_is_no_other_network(
    catalog: Catalog, word: str
) -> None:
    found = catalog.model(f"ours/Llama-3.1-{word}-8B")
    assert found.params == catalog.model("Llama-3.1-8B").params


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        # 6,476,272,000 weights of half a byte and 2.5 bytes a group, 262,144,000 of two bytes
        ("ours/Llama-2-7b-AWQ-g32", 4_268_382_750),
        ("TheBloke/Llama-2-7B-GPTQ:gptq-4bit-32g-actorder_True", 4_268_382_750),
        ("ours/Llama-2-7b-w4g64", 4_015_403_375),
        ("ours/Llama-2-7b-GPTQ-Int8-g32", 7_607_710_500),  # 1 byte and 3 bytes a group
        ("ours/Llama-2-7b-AWQ-g128", None),
        ("ours/Llama-2-7b-AWQ", None),
    ],
)
def test_the_group_size_in_a_name_decides_how_many_scales_are_stored(
    name: str, stored: int | None, catalog: Catalog
) -> None:
    assert catalog.model(name).checkpoint_bytes == stored


def test_a_hybrid_is_never_taken_for_the_plain_transformer_of_its_name(catalog: Catalog) -> None:
    assert catalog.model("ibm-granite/granite-4.0-h-350m").state_layers == 28
    assert catalog.model("ibm-granite/granite-4.0-350m").state_layers is None
    with pytest.raises(InputError):
        catalog.model("ibm-granite/granite-4.1-h-3b")
