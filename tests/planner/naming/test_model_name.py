"""Names taken apart: owner, own name, format of the weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.errors import InputError
from planner.naming.model_name import exact_key, loose, model_name, shape_words, whole_key
from planner.naming.weight_format import WeightFormat, split_format
from planner.networks.quantization import Quantization


def shape_key(written: str) -> str:
    return exact_key(shape_words(model_name(written).own))


def test_a_models_key_leaves_the_publisher_out_and_the_size_in() -> None:
    assert whole_key("meta-llama/Meta-Llama-3.1-8B-Instruct") == "llama3.1-8binstruct"


@pytest.mark.parametrize(
    "name",
    [
        *("TheBloke/CodeLlama-13B-Instruct-AWQ", "codellama/CodeLlama-13b-hf"),
        *("CodeLlama-13B (ours)", "CodeLlama-13B-unsloth-bnb-4bit", "CodeLlama-13b-FP8-block"),
        *("CodeLlama-13B-GPTQ-4b-128g", "CodeLlama-13B-quantized.w4a16", "CodeLlama-13B-FP8-KV"),
        *("https://huggingface.co/codellama/CodeLlama-13b-hf/", "codellama:13b"),
    ],
)
def test_tuning_and_quantization_leave_the_architecture_alone(name: str) -> None:
    assert shape_key(name) == "codellama13b"


def test_versions_and_sizes_do_not() -> None:
    keys = ["Mistral-7B-v0.1", "Mistral-7B-v0.3", "Qwen3-8B", "Qwen3-4B", "Qwen3-VL-8B"]
    assert len({shape_key(key) for key in keys}) == 5


def test_what_separates_digits_tells_sizes_apart_until_it_is_lost() -> None:
    assert whole_key("facebook/opt-1.3b") == "opt1.3b"
    assert whole_key("facebook/opt-13b") == "opt13b"
    assert whole_key("meta-llama-31-70b") == "llama31-70b"
    assert loose("llama31-70b") == loose("llama3.1-70b") == "llama3170b"


def test_a_date_is_dropped_only_where_a_size_is_stated() -> None:
    assert shape_key("Qwen3-4B-Instruct-2507") == shape_key("Qwen3-4B")
    assert shape_key("Mistral-Small-2409") != shape_key("Mistral-Small-2503")


def test_a_known_publisher_before_the_name_may_be_left_out() -> None:
    publishers = frozenset({"nvidia"})
    copies = model_name("ArtusDev/nvidia_Llama-3.1-Nemotron-70B").spellings(publishers)
    assert list(copies) == ["nvidia_llama-3.1-nemotron-70b", "llama-3.1-nemotron-70b"]
    ours = model_name("ours/legal_Llama-3.1-8B").spellings(publishers)
    assert list(ours) == ["legal_llama-3.1-8b"]


@pytest.mark.parametrize(
    ("name", "quantization"),
    [
        ("qwen2.5-32b-instruct", None),
        ("qwen2.5-32b-instruct-awq", "awq"),
        ("x-awq-int4", "awq"),
        ("x-int4-awq-block", "awq"),
        ("x-w4a16-awq", "awq"),
        ("x-gptq", "gptq"),
        ("x-gptq-int4", "gptq"),
        ("x-gptq-4b-128g", "gptq"),
        ("x-autoawq", "awq"),
        ("x-quantized.w4a16", "gptq"),
        ("x-w4a16-g128", "gptq"),
        ("x-int4-autoround", "gptq"),
        ("x-gptq-int8", "int8"),
        ("x-gptq-8-bit", "int8"),
        ("x-quantized.w8a8", "int8"),
        ("x-w8a16", "int8"),
        ("x-bnb-8bit", "int8"),
        ("x-bnb-4bit", "bitsandbytes"),
        ("x-unsloth-bnb-4bit", "bitsandbytes"),
        ("x-fp8", "fp8"),
        ("x-fp8-dynamic", "fp8"),
        ("x-fp8-kv", "fp8"),
        ("x-fp8_e4m3", "fp8"),
        ("x-mxfp4", "mxfp4"),
        ("x-bf16", "none"),
        ("x-qat-q4_0-unquantized", "none"),
        ("x-mtp-nvfp4", "nvfp4"),
    ],
)
def test_the_words_for_the_weights_name_the_quantization(
    name: str, quantization: Quantization | None
) -> None:
    rest, weights = split_format(name)
    assert (weights.quantization, weights.problem) == (quantization, None)
    assert weights.in_groups == (quantization == "int8" and "gptq" in name)
    assert rest in ("x", "qwen2.5-32b-instruct")


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("falcon3-10b-instruct-1.58bit", "neither 4 nor 8 bits"),
        ("glm-4.5-air-awq-fp16mix", "weights of several formats"),
        ("qwen3.8-27b-bpw2.8-autoround", "neither 4 nor 8 bits"),
        ("qwen3.8-27b-escha-w2", "neither 4 nor 8 bits"),
        ("nemotron-3-super-120b-a12b-tq3", "neither 4 nor 8 bits"),
        ("nemotron-3-nano-omni-30b-a3b-jangtq4", "MLX weights"),
        ("gemma4-31b-it-prismaquant-5.5bit", "neither 4 nor 8 bits"),
        ("qwen3.6-27b-oq3", "MLX weights"),
        ("qwen3.8-27b-jang_2d", "MLX weights"),
        ("qwen3.8-27b-mtplx-q8", "MLX weights"),
        ("qwen3.5-9b-paro", "ParoQuant weights"),
        ("gemma-3-12b-it-qat-compressed-tensors", "not in which format"),
        ("mistral-medium-3.5-128b-prismaquant-4.75-vllm", "not in which format"),
    ],
)
def test_weights_that_cannot_be_sized_are_named(name: str, weights: str) -> None:
    assert weights in (split_format(name)[1].problem or "")


def test_the_owner_states_the_format_where_all_of_its_repositories_have_it() -> None:
    assert "ONNX" in (model_name("onnx-community/Qwen2.5-0.5B-Instruct").weights.problem or "")


def test_a_draft_without_a_format_stays_a_draft() -> None:
    assert split_format("qwen3.6-27b-mtp")[0] == "qwen3.6-27b-mtp"


OWNERS = ["unsloth", "TheBloke", "RedHatAI", "neuralmagic", "nm-testing", "casperhansen", "acme-ai"]
SUFFIXES = {
    **{"": None, "-AWQ": "awq", "-GPTQ": "gptq", "-GPTQ-Int4": "gptq", "-GPTQ-Int8": "int8"},
    **{"-FP8": "fp8", "-FP8-dynamic": "fp8", "-FP8-KV": "fp8", "-quantized.w8a8": "int8"},
    **{"-quantized.w4a16": "gptq", "-bnb-4bit": "bitsandbytes", "-AWQ-INT4": "awq"},
    **{"-unsloth-bnb-4bit": "bitsandbytes", "-int4-awq-block": "awq", "-MXFP4": "mxfp4"},
}


UNQUANTIZED = [m for m in load_catalog().models if model_name(m.hf_id).weights == WeightFormat()]


@given(st.sampled_from(UNQUANTIZED), st.sampled_from(OWNERS), st.sampled_from([*SUFFIXES]))
def test_an_owner_or_a_format_never_changes_the_size(
    model: ModelSpec, owner: str, suffix: str
) -> None:
    own = model.hf_id.rpartition("/")[2]
    read = load_catalog().model(f"{owner}/{own}{suffix}")
    assert (read.params, read.layers, read.kv_heads) == (model.params, model.layers, model.kv_heads)
    assert read.native_quantization == (SUFFIXES[suffix] or model.native_quantization)
    assert read.read_as == model.hf_id


@pytest.mark.parametrize(
    ("written", "own", "quantization"),
    [
        ("nvidia/DeepSeek-R1-0528-NVFP4-v2", "deepseek-r1-0528", "nvfp4"),
        ("amd/DeepSeek-R1-0528-MXFP4-Preview", "deepseek-r1-0528", "mxfp4"),
        ("OPEA/Qwen2.5-14B-Instruct-int4-sym-inc", "qwen2.5-14b-instruct", "gptq"),
        ("google/gemma-4-E4B-it-qat-w4a16-ct", "gemma-4-e4b-it", "gptq"),
        ("google/gemma-3-12b-it-qat-int4-unquantized", "gemma-3-12b-it", "none"),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", "llama-3_3-nemotron-super-49b-v1", None),
        ("agentica-org/DeepCoder-14B-Preview", "deepcoder-14b-preview", None),
    ],
)
def test_the_revision_of_a_quantized_copy_is_no_part_of_the_models_name(
    written: str, own: str, quantization: str | None
) -> None:
    name = model_name(written)
    assert (name.own, name.weights.quantization) == (own, quantization)


def test_ov_means_openvino_but_not_in_onevision() -> None:
    assert model_name("llava-hf/llava-onevision-qwen2-7b-ov-hf").weights.problem is None
    for name in ("OpenVINO/Qwen3-8B-int4-cw-ov", "OpenVINO/Phi-4", "x/Qwen3-8B-int4-ov"):
        assert "OpenVINO" in str(model_name(name).weights.problem)


def test_a_qat_tag_of_ollama_is_gguf_and_a_repository_is_not() -> None:
    assert "GGUF" in str(model_name("gemma3:12b-it-qat").weights.problem)
    assert model_name("google/gemma-3-12b-it-qat").weights.problem is None
    assert model_name("llama3.2:latest").own == "llama3.2"


def test_a_text_only_copy_has_no_encoder_for_images() -> None:
    whole = load_catalog().model("google/gemma-3-4b-it")
    copy = load_catalog().model("someone/gemma-3-4b-it-text-only")
    assert (copy.params, copy.vision_params) == (whole.params, None)
    assert whole.vision_params is not None


def test_the_card_that_a_copy_was_made_for_is_no_part_of_its_name() -> None:
    model = load_catalog().model("someone/Qwen3-Coder-Next-NVFP4-GB10")
    assert (model.read_as, model.native_quantization) == ("Qwen/Qwen3-Coder-Next", "nvfp4")


@pytest.mark.parametrize(
    "name",
    [
        *("RedHatAI/GLM-5.3-Flash-NVFP4", "nvidia/Qwen3.8-Flash-Next-NVFP4"),
        *("deepseek-ai/DeepSeek-V4.1-Flash", "poolside/Laguna-XS.2-FP8"),
        *("baidu/ERNIE-4.5-VL-28B-A3B-Thinking", "deepseek-ai/deepseek-vl2-small"),
    ],
)
def test_a_model_of_another_architecture_says_so(name: str) -> None:
    with pytest.raises(InputError, match=r"has (an architecture|experts) of .*cannot be sized"):
        load_catalog().model(name)


def test_a_model_of_another_family_is_not_taken_for_its_namesake() -> None:
    """M-Prometheus is Qwen2.5, Prometheus is Mistral."""
    assert load_catalog().model("Unbabel/M-Prometheus-7B").read_as == "Qwen/Qwen2.5-7B-Instruct"
