"""The memory model: equations by hand, logged starts by citation, properties over the catalogue."""

from __future__ import annotations

from bisect import bisect
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.catalog.lookup import load_catalog
from planner.errors import InputError
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import GIB, Memory, estimate
from planner.vllm.scheduler import default_max_num_seqs

CATALOG = load_catalog()
MISTRAL = CATALOG.model("mistralai/Mistral-7B-Instruct-v0.2")
NAMES = [model.name for model in CATALOG.models]
CARDS = [gpu.name for gpu in CATALOG.gpus]


def memory(
    gpu: str,
    model: str,
    quantization: str = "none",
    gpu_count: int = 1,
    memory_gib: float | None = None,
    **engine: object,
) -> Memory:
    card = CATALOG.gpu(gpu)
    if memory_gib is not None:
        card = replace(card, memory_gib=memory_gib)
    settings_ = EngineConfig(**engine)  # type: ignore[arg-type]
    return estimate(
        Deployment(card, gpu_count, CATALOG.model(model), quantization, settings_)  # type: ignore[arg-type]
    )


def test_requests_of_mistral_7b_awq_that_fit_on_an_l4() -> None:
    found = memory(
        "L4",
        "Mistral-7B-Instruct-v0.2",
        "awq",
        memory_gib=22.0,
        version="0.11.0",
        max_model_len=8_192,
        max_num_seqs=64,
        gpu_memory_utilization=0.9,
    )
    # 4,150,402,128 bytes, see test_weights.py, and 32,768 x 128 x 2 bytes for positions
    assert found.weights_gib == pytest.approx(3.87318, abs=1e-5)
    # V1 profiles 2,048 tokens: 2,048 x 2 bytes x (3 x 14,336 + 4 x 4,096) = 243,269,632 bytes
    assert found.activation_gib == pytest.approx(0.22656, abs=1e-5)
    assert found.non_torch_gib == 0.02
    # 22 x 0.9 - 3.87318 - 0.22656 - 0.02
    assert found.kv_cache_gib == pytest.approx(15.68026, abs=1e-5)
    # a block is 16 x 131,072 bytes = 2 MiB: 15.68026 x 512 = 8,028.3 blocks
    assert found.kv_cache_tokens == 8_028 * 16
    # a request of 8,192 tokens takes 8,192 x 131,072 bytes = 1 GiB
    assert found.max_concurrency == pytest.approx(15.680, abs=1e-3)


def test_requests_of_llama_3_1_8b_that_fit_on_four_a100() -> None:
    engine = {"version": "0.11.0", "max_model_len": 8_192, "max_num_seqs": 64}
    one, four = (
        memory("A100 80GB", "Llama-3.1-8B-Instruct", gpu_count=count, memory_gib=80.0, **engine)
        for count in (1, 4)
    )
    # sampling 64 sequences is the peak: 9.57 x 64 x 128,256 x 4 bytes + 2,048 x 4,096 x 2 bytes
    # = 314,216,940 + 16,777,216 bytes = 0.30826 GiB on every GPU
    assert one.activation_gib == four.activation_gib == pytest.approx(0.30826, abs=1e-5)
    # 2 x 8,030,261,000 bytes = 14.95753 GiB and 131,072 x 128 x 2 bytes = 0.03125 for positions
    # (vLLM logs 14.9889); 80 x 0.9 - 14.98878 - 0.30826 - 0.02
    assert one.weights_gib == pytest.approx(14.9889, abs=2e-4)
    assert one.kv_cache_gib == pytest.approx(56.68296, abs=1e-5)
    # a request takes 8,192 x 131,072 bytes = 1 GiB
    assert one.max_concurrency == pytest.approx(56.683, abs=1e-3)
    # buffers of the all-reduce: 0.02 + 0.3 + 4 x 0.08 GiB;
    # 72 - 14.95753 / 4 - 0.03125 - 0.30826 - 0.64
    assert four.kv_cache_gib == pytest.approx(67.28111, abs=1e-5)
    # a request takes 8,192 x 32,768 bytes = 0.25 GiB on each GPU
    assert four.max_concurrency == pytest.approx(269.124, abs=1e-3)


def test_the_pool_is_what_the_profiling_step_leaves() -> None:
    found = memory("A100 80GB", "Mistral-7B-Instruct-v0.2", version="0.6.0", memory_gib=80.0)
    # V0 profiles the whole context of 32,768 tokens:
    # 32,768 x 2 bytes x (3 x 14,336 + 5 x 4,096) = 3.875 GiB
    assert found.activation_gib == pytest.approx(3.875)
    # 13.4888 GiB and 32,768 x 128 x 2 bytes for positions
    assert found.weights_gib == pytest.approx(13.4966, abs=1e-4)
    # 80 x 0.90 - 13.4966 - 3.875 - 0.2
    assert found.kv_cache_gib == pytest.approx(54.4284, abs=1e-4)
    # 54.4284 x 2^30 / (16 x 131,072) = 27,867.3 blocks
    assert found.kv_cache_tokens == 27_867 * 16
    assert found.bytes_per_token == 131_072
    assert found.max_concurrency == pytest.approx(13.607, abs=1e-3)
    assert found.cuda_graph_gib == 0.0


def test_v1_reserves_for_sampling_1024_sequences_on_an_h100() -> None:
    # 5.64 GiB of activations logged at 1,024 sequences of 151,936 logits
    # (llm-d-incubation/llm-d-planner: docs/empirical-vllm-memory-results.md)
    found = memory(
        "H100 SXM", "Qwen3-32B", version="0.11.0", max_model_len=16_000, max_num_seqs=1024
    )
    assert found.activation_gib == pytest.approx(5.64, abs=0.03)


@pytest.mark.parametrize(
    ("gpu", "version", "expected"),
    [
        ("H100 SXM", "0.11.0", 1024),
        ("H100 SXM", None, 1024),
        ("H100 SXM", "0.6.0", 256),
        ("A100 80GB", "0.8.5", 1024),
        ("A100 80GB", "0.9.0", 256),
        ("A10G", None, 256),
        ("T4", "0.8.5", 256),
    ],
)
def test_large_cards_run_more_sequences_by_default(
    gpu: str, version: str | None, expected: int
) -> None:
    assert default_max_num_seqs(CATALOG.gpu(gpu), version) == expected


def test_cuda_graphs_are_in_the_budget_from_0_21() -> None:
    before = memory("A10G", "Qwen2.5-7B-Instruct", version="0.20.2", max_model_len=2048)
    after = memory("A10G", "Qwen2.5-7B-Instruct", version="0.21.0", max_model_len=2048)
    assert before.gpu_memory_utilization == 0.90
    assert after.gpu_memory_utilization == 0.92
    assert before.cuda_graph_gib == 0.0
    # 51 piecewise sizes (to 512) + 35 whole ones (to 256) x 28 layers x 0.25 MiB
    assert after.cuda_graph_gib == pytest.approx(0.588, abs=1e-3)


def test_without_a_version_the_newest_rules_hold() -> None:
    assert memory("A10G", "Qwen3-8B").gpu_memory_utilization == 0.92


def test_context_length_costs_profiling_memory_in_v0_only() -> None:
    # 89,088 tokens at 2,048 and at 32,768 (graz-dev/vllm-benchmark: studies/0-explorative)
    short = memory("A10G", "Qwen2.5-7B-Instruct", version="0.22.0", max_model_len=2048)
    long = memory("A10G", "Qwen2.5-7B-Instruct", version="0.22.0", max_model_len=32_768)
    assert short.kv_cache_tokens == long.kv_cache_tokens
    short = memory("A10G", "Qwen2.5-7B-Instruct", version="0.6.0", max_model_len=2048)
    long = memory("A10G", "Qwen2.5-7B-Instruct", version="0.6.0", max_model_len=32_768)
    assert short.kv_cache_tokens > long.kv_cache_tokens


@pytest.mark.parametrize(
    ("gpu", "model", "quantization", "engine", "logged_tokens"),
    [
        # "# CUDA blocks: 14984", V100 32GB, vLLM 0.7.1, public server log
        ("V100 32GB", "DeepSeek-R1-Distill-Qwen-7B", "none", ("0.7.1", 2048), 239_744),
        # "# GPU blocks: 28010", France-Travail/results_benchmark_llm_serving, A100-80g/Llama-3-8B
        ("A100 80GB", "Llama-3-8B-Instruct", "none", ("0.6.0", 8192), 448_160),
        # 9254 blocks, France-Travail, H100/Llama-3.1-70B (chunked prefill beyond 32,768)
        ("H100 NVL", "Llama-3.1-70B-Instruct", "awq", ("0.6.1.post2", 100_000), 148_064),
        # "GPU KV cache size: 226,240 tokens", H100, vLLM 0.21.0, --max-num-seqs 256
        ("H100 SXM", "Qwen2.5-14B-Instruct", "none", ("0.21.0", 4096), 226_240),
    ],
)
def test_kv_cache_sizes_are_within_3_percent_of_the_log(
    gpu: str, model: str, quantization: str, engine: tuple[str, int], logged_tokens: int
) -> None:
    version, length = engine
    utilization = None if gpu != "H100 SXM" else 0.9
    found = memory(
        gpu,
        model,
        quantization,
        version=version,
        max_model_len=length,
        gpu_memory_utilization=utilization,
    )
    assert found.kv_cache_tokens == pytest.approx(logged_tokens, rel=0.03)
    assert found.fits


def test_a_first_start_that_compiles_has_the_logged_kv_cache() -> None:
    # "GPU KV cache size: 89,088 tokens", graz-dev/vllm-benchmark, studies/0-explorative: 128
    # sequences, new pods; the card's memory as PyTorch states it of four A10G of AWS's g5.12xlarge
    # ("GPU 0 has a total capacity of 22.30 GiB", aws-samples/amazon-eks-machine-learning-with-
    # terraform-and-kubeflow at 5280e80, examples/inference/dynamo/vllm/qwen3-8b/bench/README.md)
    found = memory(
        "A10G",
        "Qwen2.5-7B-Instruct",
        memory_gib=22.30,
        version="0.22.0",
        max_model_len=2048,
        max_num_seqs=128,
    )
    assert found.kv_cache_tokens == pytest.approx(89_088, rel=0.03)


def test_a_context_that_does_not_fit_names_the_longest_that_does() -> None:
    # refused at 131,072 with 81,536 tokens in the log (vllm-project/vllm issue 13061)
    found = memory(
        "RTX 4090",
        "DeepSeek-R1-Distill-Qwen-14B",
        gpu_count=2,
        memory_gib=23.55,
        version="0.7.2",
        gpu_memory_utilization=0.98,
    )
    assert not found.fits
    assert found.reason is not None
    assert found.remedy is not None
    assert "max seq len (131072) is larger than the maximum number of tokens" in found.reason
    assert found.kv_cache_tokens == pytest.approx(81_536, rel=0.03)
    assert f"--max-model-len {found.kv_cache_tokens}" in found.remedy


@pytest.mark.parametrize(("gpu_count", "stages"), [(8, 1), (16, 2)])
@pytest.mark.parametrize(
    ("model", "gpu", "remedy"),
    [
        # 811 GB in 16 bit: 16 x 48 GB are 768, and 24 are 1,152
        ("meta-llama/Meta-Llama-3.1-405B", "L40S", "3 machines with --pipeline-parallel-size 3"),
        # 1.03 trillion parameters, most of them in 4 bit, take more than 32 GPUs of 24 GB
        ("moonshotai/Kimi-K2.5", "L4", "more GPUs"),
    ],
)
def test_full_machines_are_told_how_many_hold_the_model(
    model: str, gpu: str, remedy: str, gpu_count: int, stages: int
) -> None:
    engine = EngineConfig(pipeline_parallel_size=stages)
    found = estimate(Deployment(CATALOG.gpu(gpu), gpu_count, CATALOG.model(model), "none", engine))
    assert not found.fits
    assert found.remedy is not None
    assert found.remedy.endswith(f"GPUs with more memory, or {remedy}")


def test_no_room_after_the_weights_is_vllms_no_available_memory() -> None:
    # util 0.6125: "No available memory for the cache blocks" (graz-dev/vllm-benchmark)
    found = memory("A10G", "Qwen2.5-7B-Instruct", version="0.22.0", gpu_memory_utilization=0.6125)
    assert not found.fits
    assert found.reason is not None
    assert found.reason.startswith("No available memory for the cache blocks")
    assert found.kv_cache_gib == 0.0
    assert found.kv_cache_tokens == 0


def test_weights_larger_than_the_card_run_out_of_memory_on_loading() -> None:
    found = memory("RTX 3090", "Llama-3.1-70B-Instruct")
    assert not found.fits
    assert found.reason is not None
    assert "out of memory while loading the weights, 131.4 GiB on a GPU of" in found.reason


def test_graphs_outside_the_budget_need_room_beside_it() -> None:
    # out of memory in capture_end at util 0.98 on 21.99 GiB (public server log)
    found = memory(
        "A10G",
        "Gemma-3-27b-it",
        "awq",
        memory_gib=21.99,
        version="0.8.3",
        gpu_memory_utilization=0.98,
        max_model_len=128,
    )
    assert not found.fits
    assert found.reason is not None
    assert "CUDA graphs" in found.reason or "No available memory" in found.reason


def test_sliding_windows_hold_more_requests_since_the_hybrid_cache() -> None:
    def concurrency(version: str) -> float:
        return memory(
            "A100 80GB", "gpt-oss-20b", version=version, max_model_len=131_072
        ).max_concurrency

    # half of the 24 layers keep 128 + 2,048 tokens instead of 131,072
    assert concurrency("0.11.0") / concurrency("0.9.2") == pytest.approx(1.967, abs=0.01)


def test_tensor_parallel_shares_weights_and_costs_buffers() -> None:
    one = memory("H100 SXM", "Qwen3-32B", version="0.11.0", max_model_len=16_000)
    two = memory("H100 SXM", "Qwen3-32B", gpu_count=2, version="0.11.0", max_model_len=16_000)
    positions = 40_960 * 128 * 2 / 2**30  # on every card
    assert two.weights_gib - positions == pytest.approx((one.weights_gib - positions) / 2)
    # 0.54 GiB outside PyTorch on two cards in the log (llm-d-incubation/llm-d-planner)
    assert two.non_torch_gib == pytest.approx(0.54, abs=0.05)


def test_a_version_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="'newest' is not a version") as refusal:
        memory("A10G", "Qwen3-8B", version="newest")
    assert refusal.value.field == "engine_version"


VERSIONS = st.sampled_from([None, "0.4.3", "0.6.0", "0.7.1", "0.8.5", "0.11.0", "0.17.1", "0.22.0"])
ANY = {"gpu": st.sampled_from(CARDS), "model": st.sampled_from(NAMES), "version": VERSIONS}


@given(
    **ANY,
    utilization=st.floats(0.3, 0.95),
    more=st.floats(0.0, 0.05),
)
def test_more_utilization_never_holds_fewer_tokens(
    gpu: str, model: str, version: str | None, utilization: float, more: float
) -> None:
    def tokens(share: float) -> int:
        return memory(gpu, model, version=version, gpu_memory_utilization=share).kv_cache_tokens

    assert tokens(utilization + more) >= tokens(utilization)


@given(
    **ANY,
    step=st.integers(16, 32_768),
    length=st.integers(1, 200_000),
    longer=st.integers(0, 200_000),
)
def test_a_longer_context_never_runs_more_requests_with_steps_of_one_size(
    gpu: str, model: str, version: str | None, step: int, length: int, longer: int
) -> None:
    def concurrency(tokens: int) -> float:
        return memory(
            gpu, model, version=version, max_model_len=tokens, max_num_batched_tokens=step
        ).max_concurrency

    assert concurrency(length + longer) <= concurrency(length) + 1e-9


def test_beyond_32768_tokens_v0_reads_in_chunks_and_has_more_room() -> None:
    whole, chunks = (
        memory("A100 80GB", "Qwen2.5-7B-Instruct", version="0.6.0", max_model_len=length)
        for length in (32_768, 32_769)
    )
    # (3 x 18,944 + 5 x 3,584) elements of 2 bytes for each of 32,768 tokens
    assert whole.activation_gib == pytest.approx(32_768 * 2 * (3 * 18_944 + 5 * 3_584) / GIB)
    assert chunks.activation_gib < whole.activation_gib / 3
    assert chunks.kv_cache_tokens > whole.kv_cache_tokens


@given(
    **ANY,
    length=st.integers(1, 200_000),
    longer=st.integers(0, 200_000),
)
def test_a_longer_context_never_runs_more_requests(
    gpu: str, model: str, version: str | None, length: int, longer: int
) -> None:
    def concurrency(tokens: int) -> float:
        return memory(gpu, model, version=version, max_model_len=tokens).max_concurrency

    # Beyond that length V0 reads prompts in chunks, which take less memory for activations.
    assume((length > 32_768) == (length + longer > 32_768))
    assert concurrency(length + longer) <= concurrency(length) + 1e-9


@given(
    gpu=st.sampled_from(CARDS),
    model=st.sampled_from(NAMES),
    quantization=st.sampled_from(["none", "awq", "fp8"]),
    gpu_count=st.sampled_from([1, 2, 4, 8]),
    version=VERSIONS,
)
def test_a_verdict_comes_with_its_reason_and_adds_up(
    gpu: str, model: str, quantization: str, gpu_count: int, version: str | None
) -> None:
    found = memory(gpu, model, quantization, gpu_count, version=version)
    assert found.fits == (found.reason is None) == (found.remedy is None)
    spent = (
        found.weights_gib
        + found.activation_gib
        + found.non_torch_gib
        + found.cuda_graph_gib
        + found.kv_cache_gib
    )
    budget = CATALOG.gpu(gpu).memory_gib * found.gpu_memory_utilization
    assert spent == pytest.approx(budget) if found.kv_cache_gib > 0 else spent >= budget - 1e-9
    assert not found.fits or found.max_concurrency >= 1.0


@given(gpu=st.sampled_from(CARDS), model=st.sampled_from(NAMES))
def test_a_refusal_names_the_longest_context_that_starts(gpu: str, model: str) -> None:
    found = memory(gpu, model)
    if found.reason is not None and "max seq len" in found.reason:
        assert found.remedy is not None
        lengths = range(1, found.max_model_len + 1)
        start = bisect(lengths, 0, key=lambda n: not memory(gpu, model, max_model_len=n).fits)
        if start:
            assert found.remedy.startswith(f"--max-model-len {start}, ")
        else:  # the states of the default number of sequences do not fit either
            assert "--max-model-len" not in found.remedy


def test_v0_profiles_a_model_that_reads_images_with_its_whole_context() -> None:
    # 4 GB of activations a text model of this shape does not have: chunks of 512 tokens there.
    vision = CATALOG.model_of("microsoft/Phi-3-vision-128k-instruct")
    assert vision is not None
    engine = EngineConfig(version="0.6.0", max_model_len=131_072)
    card = CATALOG.gpu("A100 80GB")
    images = estimate(Deployment(card, 1, vision, "none", engine))
    text = estimate(Deployment(card, 1, replace(vision, vision_params=None), "none", engine))
    # 3 x 8,192 + (5 + 2.6) x 3,072 elements of 2 bytes for each of 131,072 tokens
    assert images.activation_gib == pytest.approx(131_072 * 2 * (24_576 + 7.6 * 3_072) / GIB)
    assert text.activation_gib < 0.5


def test_v1_keeps_a_step_of_images_and_of_embeddings() -> None:
    images = CATALOG.model("Gemma-3-12b-it")
    card, engine = CATALOG.gpu("H100 SXM"), EngineConfig(version="0.11.0")
    with_images = estimate(Deployment(card, 1, images, "none", engine))
    text = estimate(Deployment(card, 1, replace(images, vision_params=None), "none", engine))
    # 8,192 tokens of images and of a step; 16 patches of 3 x 14 x 14 pixels for each token
    kept = 2 * (2 * 8_192 * 3_840 + 8_192 * 16 * 588) / GIB
    assert with_images.activation_gib == pytest.approx(text.activation_gib + kept)


def test_awq_without_marlin_writes_out_the_largest_matrix() -> None:
    old, new = (
        memory("A100 80GB", "Mistral-7B-Instruct-v0.2", "awq", version=version).activation_gib
        for version in ("0.5.2", "0.5.3")
    )
    assert old == pytest.approx(new + 2 * 14_336 * 4_096 * 2 / GIB)
    on_turing = [
        memory("T4", "Mistral-7B-Instruct-v0.2", "awq", version=v, max_num_seqs=1).activation_gib
        for v in ("0.15.1", "0.16.0")
    ]
    assert on_turing[0] > on_turing[1]


def test_a_hybrid_model_starts_only_if_each_sequence_can_keep_a_state() -> None:
    # vllm-project/recipes pull 551: Qwen3.6-27B-FP8 on one H100 at 0.95 refuses 1,024 sequences
    # from 0.19.0 on, 856 would do (with a vision encoder in use and its multi-token prediction)
    stated = {"version": "0.19.0", "gpu_memory_utilization": 0.95}
    found = memory("H100 SXM", "Qwen/Qwen3.6-27B", "fp8", **stated)
    assert not found.fits
    assert "max_num_seqs (1024) exceeds available Mamba cache blocks" in (found.reason or "")
    allowed = int((found.remedy or "").removeprefix("--max-num-seqs ").split(",")[0])
    assert allowed == pytest.approx(856, rel=0.06)
    assert memory("H100 SXM", "Qwen/Qwen3.6-27B", "fp8", max_num_seqs=allowed, **stated).fits
    assert memory("H100 SXM", "Qwen/Qwen3.6-27B", "fp8", **stated | {"version": "0.18.0"}).fits


@pytest.mark.parametrize(
    ("gpu", "count", "model", "quantization", "version", "weights_gib", "tokens"),
    [
        # vllm-project/recipes pull 810, with multi-token prediction: a 17th layer of KV cache
        ("RTX 5090", 2, "Qwen/Qwen3.6-27B", "fp8", "0.26.0", 14.28, 377_456),
        # vllm-project/vllm issue 43308
        ("A100 80GB", 1, "google/gemma-4-31B-it", "awq", "0.20.0", None, 55_000),
    ],
)
def test_logged_caches_of_networks_with_layers_of_two_kinds(
    gpu: str,
    count: int,
    model: str,
    quantization: str,
    version: str,
    weights_gib: float | None,
    tokens: int,
) -> None:
    found = memory(gpu, model, quantization, count, version=version)
    assert found.kv_cache_tokens == pytest.approx(tokens, rel=0.06)
    if weights_gib is not None:
        assert found.weights_gib == pytest.approx(weights_gib, rel=0.02)


def test_latent_attention_splits_weights_but_not_the_cache() -> None:
    one, eight = (
        memory("H200", "deepseek-ai/DeepSeek-R1-0528", "fp8", gpu_count=count) for count in (1, 8)
    )
    # 669.17e9 weights at one byte and 1.85e9 at two: 626.7 GiB; copies in 16 bit of the keys and
    # values of 128 heads of 128 from 512
    copies = 2 * 61 * 512 * 128 * (128 + 128) / 2**30
    assert one.weights_gib == pytest.approx(626.7 + copies, abs=0.1)
    # and the routers of 256 experts in 61 layers of 7,168 values whole on each card, as well as
    # the projections to 1,536 and to 512 + 64 values, in FP8
    routers = 256 * 7_168 * 61 * 2 / 2**30
    down = 7_168 * (1_536 + 512 + 64) * 61 / 2**30
    assert eight.weights_gib == pytest.approx((626.7 + copies + 7 * (routers + down)) / 8, abs=0.1)
    assert one.bytes_per_token == eight.bytes_per_token == 70_272
