"""Starts and refusals that people reported with vLLM's log, with the options that they used."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from planner.catalog.lookup import Catalog
from planner.networks.quantization import Quantization
from planner.vllm.compatibility import check
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.lora import LoraAdapters
from planner.vllm.memory import GIB, Memory, estimate, sized
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.vllm.weights import replica_weights_bytes


def deployed(
    catalog: Catalog,
    gpu: str,
    gpu_count: int,
    model: str,
    quantization: Quantization = "none",
    **engine: Any,
) -> Deployment:
    settings = EngineConfig(**engine)
    return Deployment(
        catalog.gpu(gpu),
        gpu_count,
        catalog.model(model),
        quantization,
        settings,
    )


def memory(catalog: Catalog, *replica: Any, **engine: Any) -> Memory:
    return estimate(deployed(catalog, *replica, **engine))


GPT_OSS = ("H100 SXM", 1, "gpt-oss-120b")


def test_gpt_oss_runs_on_marlin_until_tritons_kernels_are_in_the_wheel(catalog: Catalog) -> None:
    # vllm-project/vllm issue 23278: "Model loading took 65.9651 GiB", "-2.14 GiB"
    marlin = memory(catalog, *GPT_OSS, version="0.10.1")
    assert marlin.weights_gib == pytest.approx(65.9651, abs=0.2)
    assert not marlin.fits
    assert marlin.reason is not None
    assert marlin.reason.startswith("No available memory for the cache blocks")
    # issue 33155: "Using Triton backend", "Model loading took 64.38 GiB"
    triton = deployed(catalog, *GPT_OSS, version="0.14.1")
    assert replica_weights_bytes(triton) / GIB == pytest.approx(64.38, abs=0.1)
    by_hand = deployed(catalog, *GPT_OSS, version="0.11.0", moe_backend="triton")
    assert replica_weights_bytes(by_hand) / GIB == pytest.approx(64.38, abs=0.1)
    on_ampere = memory(catalog, "A100 80GB", 1, "gpt-oss-120b", version="0.14.1")
    assert on_ampere.weights_gib == marlin.weights_gib


def test_gpt_oss_is_refused_at_its_own_length_on_one_h100(catalog: Catalog) -> None:
    # issue 27508: "Available KV cache memory: 1.71 GiB", 131,072 refused
    found = memory(
        catalog,
        *GPT_OSS,
        version="0.11.0",
        gpu_memory_utilization=0.95,
        max_num_batched_tokens=1024,
    )
    assert not found.fits
    assert found.kv_cache_gib == pytest.approx(1.71, abs=0.3)


TWO_3090 = ("RTX 3090", 2, "Qwen2.5-32B-Instruct", "int8")


@pytest.mark.parametrize(
    ("version", "sequences", "starts"),
    [("0.8.1", None, False), ("0.8.1", 8, True), ("0.8.1", 4, True), ("0.8.4", None, True)],
)
def test_v1_ran_1024_sequences_by_default_before_0_8_4(
    catalog: Catalog, version: str, sequences: int | None, starts: bool
) -> None:
    # issue 17238: no memory for cache blocks with 0.8.1; starts with max_num_seqs 4 or 8
    engine = {"version": version, "max_model_len": 4096, "enforce_eager": True}
    assert memory(catalog, *TWO_3090, max_num_seqs=sequences, **engine).fits == starts


@pytest.mark.parametrize("version", ["0.6.3.post1", "0.6.4.post1"])
def test_graphs_are_captured_when_the_activations_are_free_again(
    catalog: Catalog, version: str
) -> None:
    # issue 11251: both start at 0.98 with a LoRA adapter of rank 16
    found = memory(
        catalog,
        *("V100 16GB", 2, "Llama-3.1-8B-Instruct"),
        version=version,
        gpu_memory_utilization=0.98,
        max_model_len=40_000,
        lora=LoraAdapters(1, 16),
    )
    assert found.fits


def test_gptq_repacking_counts_twice_where_all_memory_in_use_is_counted(catalog: Catalog) -> None:
    # issue 11230, A40-48Q of 47.74 GiB: weights 38.526, non-torch 4.09, KV 0.39 GiB, refused
    gptq = deployed(
        catalog,
        *("A40", 1, "Qwen2.5-72B-Instruct", "gptq"),
        version="0.6.4.post1",
        gpu_memory_utilization=0.95,
        max_model_len=8192,
        enforce_eager=True,
    )
    found = estimate(replace(gptq, gpu=replace(gptq.gpu, memory_gib=47.74)))
    assert found.weights_gib == pytest.approx(38.526, rel=0.01)
    assert found.non_torch_gib == pytest.approx(4.09, abs=0.1)
    assert found.kv_cache_gib == pytest.approx(0.39, abs=0.3)
    assert not found.fits
    later = estimate(replace(gptq, engine=replace(gptq.engine, version="0.6.6")))
    assert later.non_torch_gib == 0.02


def test_gptq_wrote_its_matrices_out_before_marlin(catalog: Catalog) -> None:
    # QwenLM/Qwen3 issue 16: 24,320 tokens of KV cache on an RTX 3090, with vLLM of February 2024
    qwen = ("RTX 3090", 1, "Qwen1.5-7B-Chat", "gptq")
    found = memory(catalog, *qwen, version="0.3.0", max_model_len=32_768)
    assert found.kv_cache_tokens == pytest.approx(24_320, rel=0.03)
    later = memory(catalog, *qwen, version="0.4.2", max_model_len=32_768)
    # the gate and up projections of 4,096 x 11,008 in 16 bit
    assert found.activation_gib - later.activation_gib == 2 * 2 * 4096 * 11_008 / 2**30


def test_0_6_4_counts_the_cuda_context(catalog: Catalog) -> None:
    # issue 10360: 22.74 GiB of KV cache
    found = memory(
        catalog,
        *("RTX A6000", 1, "Qwen2.5-32B-Instruct", "awq"),
        version="0.6.4.post1",
        max_model_len=4096,
    )
    assert found.kv_cache_gib == pytest.approx(22.74, rel=0.01)


def test_two_l40s_hold_what_0_7_logged(catalog: Catalog) -> None:
    # issue 15815: 7.71 GiB of KV cache, 30.71 of weights and 0.30 outside PyTorch on 44.42 GiB
    two = deployed(
        catalog, "L40S", 2, "Qwen2.5-32B-Instruct", version="0.7.2", max_model_len=10_000
    )
    found = estimate(replace(two, gpu=replace(two.gpu, memory_gib=44.42)))
    assert found.kv_cache_gib == pytest.approx(7.71, rel=0.03)


def test_a_pipeline_is_checked_as_if_one_stage_held_all_layers_in_0_14_and_0_15(
    catalog: Catalog,
) -> None:
    # issue 32105: 8 x A100 80GB, 28.57 GiB of KV cache a card, "maximum model length is 81392"
    def found(version: str) -> Memory:
        return memory(
            catalog,
            *("A100 80GB", 8, "GLM-4.7", "fp8"),
            version=version,
            pipeline_parallel_size=8,
            gpu_memory_utilization=0.925,
            max_model_len=202_752,
            max_num_seqs=128,
        )

    refused = found("0.15.0")
    assert refused.kv_cache_gib == pytest.approx(28.57, rel=0.05)
    assert refused.reason is not None
    assert int(refused.reason.rpartition("(")[2].rstrip(")")) == pytest.approx(81_392, rel=0.05)
    assert found("0.13.0").fits
    assert found("0.16.0").fits  # vllm-project/vllm pull 33698


def test_stages_run_where_the_heads_do_not_split_over_three_cards(catalog: Catalog) -> None:
    # issue 32105: Qwen3-VL-30B-A3B FP8 on 3 x RTX 4090 loads with a pipeline of 3
    three = ("RTX 4090", 3, "Qwen3-VL-30B-A3B-Instruct", "fp8")
    engine = {"version": "0.14.0", "gpu_memory_utilization": 0.97, "max_model_len": 32_768}
    assert not check(deployed(catalog, *three, **engine)).compatible
    staged = deployed(catalog, *three, pipeline_parallel_size=3, **engine)
    assert check(staged).compatible
    assert estimate(staged).fits


@pytest.mark.parametrize(("text_only", "starts"), [(False, False), (True, True)])
def test_without_images_their_encoder_takes_no_memory(
    catalog: Catalog, text_only: bool, starts: bool
) -> None:
    # vllm-project/vllm pull 29217: Qwen3-VL-32B-FP8 on an L40S starts with no images
    found = memory(
        catalog,
        *("L40S", 1, "Qwen3-VL-32B-Instruct", "fp8"),
        version="0.11.2",
        max_model_len=24_000,
        text_only=text_only,
    )
    assert found.fits == starts


def test_gemma_3_in_float16_is_a_warning_on_versions_that_start_with_it(catalog: Catalog) -> None:
    def verdict(version: str) -> tuple[bool, bool]:
        found = check(deployed(catalog, "T4", 1, "Gemma-3-4b-it", version=version))
        return found.compatible, any("garbled" in note for note in found.notes)

    assert verdict("0.9.0") == (True, True)  # vllm-project/vllm issues 18733 and 19203
    assert verdict("0.9.2") == (False, False)


def test_a_length_beyond_the_models_can_be_allowed_with_a_warning(catalog: Catalog) -> None:
    mistral = ("A100 80GB", 1, "Mistral-7B-Instruct-v0.2")
    refused = memory(catalog, *mistral, max_model_len=65_536)
    assert not refused.fits
    assert "VLLM_ALLOW_LONG_MAX_MODEL_LEN=1" in str(refused.remedy)
    allowed = deployed(catalog, *mistral, max_model_len=65_536, allow_long_max_model_len=True)
    assert estimate(allowed).fits
    assert any("longer than the model's own" in note for note in check(allowed).notes)


def test_an_h100_has_fewer_states_of_qwen_3_6_than_sequences(catalog: Catalog) -> None:
    # vllm-project/recipes pull 551: "exceeds available Mamba cache blocks (856)"
    fp8 = ("H100 SXM", 1, "Qwen/Qwen3.6-27B-FP8")
    found = memory(catalog, *fp8, version="0.22.0", gpu_memory_utilization=0.95)
    blocks = re.search(r"cache blocks \((\d+)\)", str(found.reason))
    assert blocks is not None
    assert int(blocks[1]) == pytest.approx(856, rel=0.03)
    assert memory(
        catalog, *fp8, version="0.22.0", gpu_memory_utilization=0.95, max_num_seqs=512
    ).fits


def test_the_longest_video_leaves_a_small_share_without_a_kv_cache(catalog: Catalog) -> None:
    # vllm-project/vllm issue 18124: "No available memory for the cache blocks" on 0.8.5
    small = ("A100 80GB", 1, "Qwen/Qwen2.5-VL-3B-Instruct")
    options = {"version": "0.8.5", "gpu_memory_utilization": 0.3}
    assert "No available memory" in str(memory(catalog, *small, **options).reason)
    assert memory(catalog, *small, **options, max_model_len=16_384).fits


def test_two_3090_hold_what_qwen_3_8_logged(catalog: Catalog) -> None:
    # mitchross/talos-argocd-proxmox pull 1995: 302,921 tokens in 4.99 GiB
    found = memory(
        catalog,
        *("RTX 3090", 2, "Qwen/Qwen3.8-27B-FP8"),
        gpu_memory_utilization=0.92,
        kv_cache_dtype="fp8",
        max_num_seqs=2,
        max_num_batched_tokens=8_192,
        max_model_len=131_072,
    )
    assert found.kv_cache_gib == pytest.approx(4.99, rel=0.03)
    assert found.kv_cache_tokens == pytest.approx(302_921, rel=0.03)


@pytest.mark.parametrize(
    ("gpu", "gpu_count", "first_use"),
    # noonghunna/club-3090 issue 1087 is about two cards over PCIe; nothing is known over NVLink
    [("RTX 5090", 2, 0.43), ("L40S", 4, 0.43), ("H100 SXM", 2, 0.0), ("H100 SXM", 8, 0.0)],
)
def test_first_all_reduces_take_memory_over_pcie_from_0_27(
    catalog: Catalog, gpu: str, gpu_count: int, first_use: float
) -> None:
    def outside_pytorch(version: str) -> float:
        replica = (gpu, gpu_count, "Qwen3-30B-A3B")
        engine = {"version": version, "max_num_batched_tokens": 8_192}
        return sized(deployed(catalog, *replica, **engine)).non_torch_gib

    embeddings = 8_192 * 2_048 * 2 / 2**30
    found = outside_pytorch("0.27.0") - outside_pytorch("0.26.0")
    assert found == pytest.approx(first_use + embeddings)


SAMPLER_BYTES = 1_024 * (151_936 * 4.25 + 17_412)
"""Of 1,024 sequences: counts and masks of 151,936 tokens, and lists of tokens."""


@pytest.mark.parametrize(
    ("model", "text_only", "kept_bytes"),
    [
        ("Qwen/Qwen3-30B-A3B", False, 8_192 * 2_048 * 2),
        ("Qwen/Qwen3-VL-30B-A3B-Instruct", False, 8_192 * 2_048 * 2),
        ("Qwen/Qwen3-VL-30B-A3B-Instruct", True, 8_192 * 2_048 * 2),
        # dense models have the second runner
        ("Qwen/Qwen3-8B", False, SAMPLER_BYTES),
        ("Qwen/Qwen3-VL-8B-Instruct", False, SAMPLER_BYTES + 8_192 * 4_096 * 2),
        ("Qwen/Qwen3-VL-8B-Instruct", True, SAMPLER_BYTES),
    ],
)
def test_from_0_27_what_a_model_runner_keeps_is_counted(
    catalog: Catalog, model: str, text_only: bool, kept_bytes: float
) -> None:
    def outside_pytorch(version: str) -> float:
        engine = {"version": version, "max_num_batched_tokens": 8_192, "text_only": text_only}
        return sized(deployed(catalog, "H100 SXM", 1, model, **engine)).non_torch_gib

    found = outside_pytorch("0.27.0") - outside_pytorch("0.26.0")
    assert found == pytest.approx(kept_bytes / 2**30)


def test_the_second_model_runner_takes_no_graphs_off_the_cache_at_first(catalog: Catalog) -> None:
    # start-up log of 0.27.1 on an RTX 4090 under WSL (23.99 GiB), LLM() in a public notebook:
    # "Model loading took 0.93 GiB", "Available KV cache memory: 20.52 GiB", 1,793,232 tokens;
    # 1.23 GiB consumed, 0.31 GiB for peak activation
    engine = {"version": "0.27.1", "max_num_batched_tokens": 8_192}
    deployment = deployed(catalog, "RTX 4090", 1, "Qwen2.5-0.5B-Instruct", **engine)
    found = sized(replace(deployment, gpu=replace(deployment.gpu, memory_gib=23.99)))
    assert found.weights_gib == pytest.approx(0.93, abs=0.01)
    assert found.weights_gib + found.non_torch_gib == pytest.approx(1.23, abs=0.06)
    assert found.activation_gib == pytest.approx(0.31, abs=0.05)
    assert found.cuda_graph_gib == 0.0
    assert found.kv_cache_tokens == pytest.approx(1_793_232, rel=0.01)


def test_qwen3_vl_keeps_cosines_and_image_vectors_beside_its_weights(catalog: Catalog) -> None:
    # start-up log of 0.13.0 on an H100 NVL: "Model loading took 58.2299 GiB", 211,936 tokens
    engine = {"version": "0.13.0", "max_model_len": 8_192}
    found = memory(catalog, "H100 NVL", 1, "Qwen/Qwen3-VL-30B-A3B-Instruct", **engine)
    assert found.weights_gib == pytest.approx(58.23, abs=0.05)
    assert found.kv_cache_tokens == pytest.approx(211_936, rel=0.01)


def test_four_rtx_pro_6000_hold_what_qwen3_235b_logged(catalog: Catalog) -> None:
    # start-up log of August 2026 (a public course on inference): 55.19 GiB loaded, 621,392 tokens
    engine = {
        "version": "0.27.1",
        "gpu_memory_utilization": 0.9,
        "max_model_len": 32_768,
        "max_num_seqs": 32,
    }
    replica = ("RTX PRO 6000", 4, "Qwen/Qwen3-235B-A22B-Instruct-2507", "fp8")
    found = memory(catalog, *replica, **engine)
    assert found.weights_gib == pytest.approx(55.19, abs=0.2)
    assert found.kv_cache_tokens == pytest.approx(621_392, rel=0.02)


@pytest.mark.parametrize(
    ("model", "version", "in_budget"),
    [
        ("Qwen/Qwen3-8B", "0.24.0", True),
        ("Qwen/Qwen3-8B", "0.25.0", False),
        ("Qwen/Qwen3-8B", "0.28.0", False),
        ("Qwen/Qwen3-8B", "0.29.0", True),
        ("Qwen/Qwen3-30B-A3B", "0.28.0", True),
        ("Qwen/Qwen3-Next-80B-A3B-Instruct", "0.28.0", True),
    ],
)
def test_graphs_are_in_the_budget_unless_the_second_runner_expects_none(
    catalog: Catalog, model: str, version: str, in_budget: bool
) -> None:
    found = memory(catalog, "H200", 1, model, version=version, max_model_len=8_192)
    assert (found.cuda_graph_gib > 0) == in_budget


@pytest.mark.parametrize(("version", "second"), [("0.29.0", False), ("0.32.0", True)])
def test_n_grams_came_to_the_second_runner_last(
    catalog: Catalog, version: str, second: bool
) -> None:
    ngram = SpeculativeDecoding("ngram", 3, 0.7)
    engine = {"version": version, "speculative": ngram, "max_num_batched_tokens": 8_192}
    found = memory(catalog, "H100 SXM", 1, "Qwen/Qwen3-8B", **engine)
    kept = SAMPLER_BYTES if second else 8_192 * 4_096 * 2
    assert found.non_torch_gib == pytest.approx(0.1 + kept / 2**30)


@pytest.mark.parametrize(("version", "bytes_per_token"), [("0.11.0", 61_464), ("0.19.1", 100_152)])
def test_sparse_attention_keeps_16_bit_unless_fp8_is_asked_for(
    catalog: Catalog, version: str, bytes_per_token: int
) -> None:
    # start-up log of GLM-5 in FP8 on eight H200: 32.11 GiB for 344,192 tokens
    found = memory(catalog, "H200", 8, "zai-org/GLM-5", "fp8", version=version)
    assert found.bytes_per_token == bytes_per_token
    assert pytest.approx(100_152, rel=0.001) == 32.11 * GIB / 344_192
    if version == "0.19.1":
        assert found.kv_cache_tokens == pytest.approx(344_192, rel=0.01)


@pytest.mark.parametrize(("utilization", "logged_gib"), [(0.25, 5.01), (0.5, 24.83)])
def test_flashinfer_samples_without_sorting_in_docker_images(
    catalog: Catalog, utilization: float, logged_gib: float
) -> None:
    # dennislee22/vLLM-benchmarking: log/vllm-7B-1gpuA10080GB-0.25GRAM.log and -0.5GRAM.log
    engine = {
        "version": "0.10.1.1",
        "gpu_memory_utilization": utilization,
        "max_model_len": 16_384,
        "flashinfer_sampler": True,
    }
    replica = ("A100 80GB", 1, "Qwen2-7B-Instruct")
    found = memory(catalog, *replica, **engine)
    assert found.kv_cache_gib == pytest.approx(logged_gib, rel=0.01)
    sorting = memory(catalog, *replica, **engine | {"flashinfer_sampler": False})
    # 256 sequences of 152,064 logits in float32 are copied 9.57 times instead of 3.55
    copies = (9.57 - 3.55) * 256 * 152_064 * 4 / 2**30
    assert sorting.activation_gib - found.activation_gib == pytest.approx(copies, abs=1e-3)


def test_graphs_are_captured_up_to_a_stated_size(catalog: Catalog) -> None:
    # GloriaXimingLu/inferencex-profiling: nebius/results/gptoss_tp1_c4_1k1k.log, an H200 with
    # Marlin: "PIECEWISE=147 (largest=2048), FULL=3", 1.04 GiB expected, 825,607 tokens
    engine = {
        "version": "0.22.0",
        "moe_backend": "marlin",
        "gpu_memory_utilization": 0.9,
        "max_model_len": 2_068,
        "max_num_seqs": 4,
        "max_num_batched_tokens": 8_192,
        "max_cudagraph_capture_size": 2_048,
    }
    found = memory(catalog, "H200", 1, "gpt-oss-120b", **engine)
    assert found.cuda_graph_gib == pytest.approx((147 + 3) * 36 * 0.25 / 1_024)
    assert found.kv_cache_tokens == pytest.approx(825_607, rel=0.03)
