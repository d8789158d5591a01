from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import Quantization
from planner.errors import InputError
from planner.vllm.compatibility import Compatibility, check
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.gpu_flags_and_refusals import rules

MISTRAL = "mistralai/Mistral-7B-Instruct-v0.2"


def verdict(
    gpu: str,
    quantization: Quantization = "none",
    model: str = MISTRAL,
    gpu_count: int = 1,
    **engine: str | int,
) -> Compatibility:
    catalog = load_catalog()
    return check(
        Deployment(
            catalog.gpu(gpu),
            gpu_count,
            catalog.model(model),
            quantization,
            EngineConfig(**engine),  # type: ignore[arg-type]
        )
    )


def test_a_t4_refuses_bfloat16_and_says_why() -> None:
    answer = verdict("T4")
    assert answer.compatible
    assert answer.flags == ("--dtype half",)
    assert answer.notes[0] == (
        "T4 has no bfloat16 (compute capability 7.5, 8.0 is needed): the model runs in float16."
    )


@pytest.mark.parametrize("gpu", ["T4", "V100 16GB", "V100 32GB"])
def test_cards_before_ampere_run_without_flash_attention_2(gpu: str) -> None:
    assert any("FlashAttention-2" in note for note in verdict(gpu).notes)
    assert verdict(gpu).flags == ("--dtype half",)


@pytest.mark.parametrize("gpu", ["A100 80GB", "RTX 3090", "L4", "H100 SXM"])
def test_cards_from_ampere_on_need_no_flags_and_no_excuses(gpu: str) -> None:
    answer = verdict(gpu, "awq")
    assert answer == Compatibility(True, (), None, (), ())


@pytest.mark.parametrize("version", [None, "0.6.3.post1", "0.15.1", "0.20.0"])
def test_a_v100_refuses_awq_in_every_version_and_names_it(version: str | None) -> None:
    engine = {} if version is None else {"version": version}
    answer = verdict("V100 16GB", "awq", **engine)
    assert not answer.compatible
    assert "compute capability 7.5" in answer.reasons[0]
    assert "0.15.1" in answer.reasons[0]
    assert answer.instead == "gptq or none"


def test_a_v100_is_refused_from_0_21_on_and_noted_before() -> None:
    refused = verdict("V100 32GB", version="0.21.0")
    assert not refused.compatible
    assert refused.reasons[0].startswith("vLLM 0.21.0 needs compute capability 7.5 or higher")
    assert verdict("V100 32GB", version="0.20.2").compatible
    assert "before 0.21.0 only" in verdict("V100 32GB").notes[0]


def test_awq_on_turing_came_with_0_2_1() -> None:
    assert verdict("T4", "awq").compatible
    assert verdict("T4", "awq", version="0.2.1").compatible
    refused = verdict("T4", "awq", version="0.2.0")
    assert refused.reasons == (
        "vLLM runs AWQ on compute capability 7.5 from 0.2.1 on; 0.2.0 asks for 8.0.",
    )
    assert refused.instead == "vLLM 0.2.1 or later"


def test_marlin_on_turing_came_with_0_16() -> None:
    def mentions_old_kernels(version: str) -> bool:
        notes = verdict("T4", "awq", version=version).notes
        return any("older AWQ kernels" in note for note in notes)

    assert mentions_old_kernels("0.15.1")
    assert not mentions_old_kernels("0.16.0")


@pytest.mark.parametrize(
    ("gpu", "version", "compatible", "said"),
    [
        ("H100 SXM", None, True, None),
        ("L4", None, True, None),
        ("B200", None, True, None),
        ("A100 80GB", None, True, "weight-only (W8A16 through Marlin)"),
        ("RTX 3090", "0.5.0", False, "from 0.5.1 on"),
        ("T4", "0.17.1", True, "weight-only (W8A16 through Marlin)"),
        ("T4", "0.15.1", False, "from 0.16.0 on"),
        ("T4", None, False, "from 0.16.0 on"),
        ("V100 16GB", None, False, "weight-only FP8 7.5"),
    ],
)
def test_fp8_is_native_from_ada_weight_only_below_and_refused_on_volta(
    gpu: str, version: str | None, compatible: bool, said: str | None
) -> None:
    answer = verdict(gpu, "fp8", **({} if version is None else {"version": version}))
    assert answer.compatible is compatible
    if said is None:
        assert answer.notes == ()
    else:
        assert said in " ".join((*answer.reasons, *answer.notes))


@pytest.mark.parametrize(
    ("gpu", "compatible", "instead"),
    [("V100 16GB", False, "gptq or none"), ("T4", True, None), ("A100 80GB", True, None),
     ("H100 SXM", True, None), ("B200", False, "fp8"), ("RTX 5090", False, "fp8")],
)  # fmt: skip
def test_int8_runs_from_turing_to_hopper(gpu: str, compatible: bool, instead: str | None) -> None:
    answer = verdict(gpu, "int8")
    assert (answer.compatible, answer.instead) == (compatible, instead)


@pytest.mark.parametrize("gpu", [gpu.name for gpu in load_catalog().gpus])
@pytest.mark.parametrize("quantization", ["none", "gptq", "bitsandbytes"])
def test_every_card_of_the_catalogue_runs_these(gpu: str, quantization: Quantization) -> None:
    assert verdict(gpu, quantization).compatible


def test_what_vllms_table_does_not_cover_is_allowed_with_a_note() -> None:
    answer = verdict("RTX 5090", "awq")
    assert answer.compatible
    assert "stops at Hopper" in answer.notes[0]


def test_gpt_oss_runs_as_published_or_not_at_all() -> None:
    assert verdict("H100 SXM", "mxfp4", "gpt-oss-20b").compatible
    assert verdict("A100 80GB", "none", "gpt-oss-20b").compatible
    answer = verdict("H100 SXM", "awq", "gpt-oss-20b")
    assert answer.reasons == ("gpt-oss-20b is published in mxfp4 and cannot be loaded as awq.",)
    assert answer.instead == "mxfp4, or a checkpoint published in awq"


@pytest.mark.parametrize("quantization", ["none", "mxfp4"])
def test_a_t4_refuses_mxfp4_however_it_is_asked_for(quantization: Quantization) -> None:
    answer = verdict("T4", quantization, "gpt-oss-20b")
    assert answer.reasons == ("MXFP4 needs compute capability 8.0 or higher; T4 has 7.5.",)


def test_mxfp4_came_with_0_10_1() -> None:
    assert not verdict("H100 SXM", "mxfp4", "gpt-oss-20b", version="0.9.2").compatible
    assert verdict("H100 SXM", "mxfp4", "gpt-oss-20b", version="0.10.1").compatible


@pytest.mark.parametrize("model", ["Gemma-2-9b-it", "Gemma-3-4b-it"])
def test_gemma_is_refused_where_only_float16_is_left(model: str) -> None:
    answer = verdict("T4", model=model)
    assert not answer.compatible
    assert "numerically unstable" in answer.reasons[0]
    assert verdict("L4", model=model).compatible


@pytest.mark.parametrize("model", ["google/gemma-2b", "google/gemma-7b"])
def test_the_first_gemma_is_no_gemma_2_of_its_size(model: str) -> None:
    assert verdict("T4", model=model).compatible


@pytest.mark.parametrize(
    ("gpu", "compatible", "noted"),
    [("H100 SXM", True, False), ("L4", True, False), ("A100 80GB", True, True),
     ("T4", True, True), ("V100 32GB", False, False)],
)  # fmt: skip
def test_an_fp8_kv_cache_depends_on_the_card(gpu: str, compatible: bool, noted: bool) -> None:
    answer = verdict(gpu, kv_cache_dtype="fp8")
    assert answer.compatible is compatible
    assert any("FlashInfer" in note for note in answer.notes) is noted


@pytest.mark.parametrize(
    ("model", "gpu_count", "compatible"),
    [
        (MISTRAL, 8, True),  # 32 heads, 8 KV heads
        (MISTRAL, 3, False),
        ("Qwen2.5-7B-Instruct", 4, True),  # 28 heads, 4 KV heads
        ("Qwen2.5-7B-Instruct", 8, False),
        ("Qwen3-30B-A3B", 8, True),  # 4 KV heads, each held twice
        ("Qwen2.5-14B-Instruct", 16, False),  # 40 heads
    ],
)
def test_heads_must_split_evenly_over_the_cards(
    model: str, gpu_count: int, compatible: bool
) -> None:
    answer = verdict("A100 80GB", "none", model, gpu_count)
    assert answer.compatible is compatible


def test_heads_that_do_not_split_come_with_sizes_that_do() -> None:
    answer = verdict("A100 80GB", "none", "Qwen2.5-7B-Instruct", 8)
    assert answer.reasons == ("28 attention heads and 4 KV heads cannot be split over 8 GPUs.",)
    assert answer.instead == ("a tensor-parallel size of 1, 2, 4, or --pipeline-parallel-size 2")


def test_quantization_groups_that_do_not_split_are_noted() -> None:
    # 13,824 inputs / (8 cards x 128 a group) = 13.5
    notes = verdict("A100 80GB", "awq", "Llama-2-13b-chat-hf", 8).notes
    assert "do not split into whole groups of 128" in notes[0]
    assert verdict("A100 80GB", "awq", "Llama-2-13b-chat-hf", 4).notes == ()


def test_cards_below_volta_are_refused() -> None:
    catalog = load_catalog()
    p100 = replace(catalog.gpu("V100 16GB"), name="P100", compute_capability=(6, 0))
    answer = check(Deployment(p100, 1, catalog.model(MISTRAL), "none"))
    assert answer.reasons[0] == "vLLM needs compute capability 7.0 or higher; P100 has 6.0."


def test_braces_in_a_users_card_name_are_text() -> None:
    catalog = load_catalog()
    odd = replace(catalog.gpu("T4"), name="{capability} {0}")
    answer = check(Deployment(odd, 1, catalog.model(MISTRAL), "none"))
    assert answer.notes[0].startswith("{capability} {0} has no bfloat16")


@pytest.mark.parametrize("version", ["latest", "", "0.x", "0.15.1; rm -rf"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(InputError, match="is not a version") as error:
        verdict("T4", version=version)
    assert error.value.field == "engine_version"


def test_a_build_without_a_version_of_its_own_counts_as_not_stated() -> None:
    assert verdict("T4", "awq", version="0.1.dev10446+g2dcd12d35") == verdict("T4", "awq")


@pytest.mark.parametrize(
    ("gpu", "version", "compatible", "told"),
    [
        ("A100 80GB", "0.7.2", False, "vLLM 0.7.2 has no option for the largest step"),
        ("T4", "0.10.0", True, "vLLM 0.10.0 runs its V0 engine on T4, which captures steps of up"),
        ("A100 80GB", "0.11.0", True, "vLLM 0.11.0 has --cuda-graph-sizes in place of"),
        ("A100 80GB", "0.11.1", True, None),
        ("A100 80GB", None, True, None),
    ],
)
def test_a_largest_graph_that_a_version_does_not_know_is_told(
    gpu: str, version: str | None, compatible: bool, told: str | None
) -> None:
    stated = {} if version is None else {"version": version}
    answer = verdict(gpu, max_cudagraph_capture_size=128, **stated)
    said = [text for text in (*answer.reasons, *answer.notes) if text not in verdict(gpu).notes]
    assert answer.compatible == compatible
    assert any(text.startswith(told) for text in said) if told else not said


def test_every_refusal_has_a_reason_and_every_rule_a_source() -> None:
    for rule in rules():
        assert rule.source
        assert rule.source_date
        assert rule.reason.endswith(".")
        assert rule.verdict == "note" or rule.instead
        assert (
            rule.capability_from is None
            or rule.capability_below is None
            or (rule.capability_from < rule.capability_below)
        )
    assert len({rule.rule for rule in rules()}) == len(rules())
