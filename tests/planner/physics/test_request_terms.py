"""The physical basis against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.catalog.lookup import Catalog
from planner.physics.concurrency import effective_concurrency
from planner.physics.request_terms import request_terms
from planner.physics.terms import TERM_NAMES
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig


def mistral_on_a100(catalog: Catalog, quantization: str = "none") -> Deployment:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    return Deployment(catalog.gpu("A100 80GB"), 1, model, quantization)  # type: ignore[arg-type]


def x_of(deployment: Deployment, inputs: float, outputs: float, running: float) -> dict[str, float]:
    row = request_terms(
        work_of(deployment), np.array([inputs]), np.array([outputs]), np.array([running])
    )[0]
    return dict(zip(TERM_NAMES, row, strict=True))


def test_prefill_arithmetic_is_two_operations_per_parameter_and_token(catalog: Catalog) -> None:
    # 2 x 7.241732e9 x 8000 / 312e12 = 0.37137 s
    x = x_of(mistral_on_a100(catalog), 8000, 150, 1)
    assert x["prefill_arithmetic"] == pytest.approx(0.371371, rel=1e-4)


def test_prefill_attention_grows_with_the_square_of_the_input(catalog: Catalog) -> None:
    # 2 x 32 layers x 32 heads x 128 x 8000^2 / 312e12 = 0.053774 s
    deployment = mistral_on_a100(catalog)
    assert x_of(deployment, 8000, 150, 1)["prefill_attention"] == pytest.approx(0.053774, rel=1e-4)
    assert x_of(deployment, 4000, 150, 1)["prefill_attention"] == pytest.approx(
        0.053774 / 4, rel=1e-4
    )


def test_weights_are_read_once_per_step_and_shared_by_those_who_run(catalog: Catalog) -> None:
    # all weights but the input embedding: (7.241732e9 - 32000 x 4096) x 2 = 14.2213e9 bytes
    # 150 steps x 14.2213e9 / 2.039e12 = 1.04620 s alone, a sixteenth of it with sixteen
    deployment = mistral_on_a100(catalog)
    assert x_of(deployment, 8000, 150, 1)["weights_read"] == pytest.approx(1.04620, rel=1e-4)
    assert x_of(deployment, 8000, 150, 16)["weights_read"] == pytest.approx(1.04620 / 16, rel=1e-4)


def test_the_kv_cache_of_the_whole_context_is_read_for_each_token(catalog: Catalog) -> None:
    # 150 x (8000 + 75) x 131072 / 2.039e12 = 0.077862 s
    x = x_of(mistral_on_a100(catalog), 8000, 150, 1)
    assert x["kv_read"] == pytest.approx(0.077862, rel=1e-4)


def test_overheads_are_counted_in_milliseconds(catalog: Catalog) -> None:
    x = x_of(mistral_on_a100(catalog), 8000, 150, 10)
    assert x["step_overhead"] == pytest.approx(0.015)  # 15 steps of a 32-layer model
    assert x["token_overhead"] == pytest.approx(0.150)
    assert x["request_overhead"] == pytest.approx(0.001)
    assert x["prefill_overhead"] == pytest.approx(0.0001)  # one pass for the ten


def test_before_v1_prompts_have_passes_of_their_own(catalog: Catalog) -> None:
    # 149 decode steps for 10 requests, and 0.1 + 0.4 x 0.9 = 0.46 passes for each prompt;
    # from V1 on a prompt is in one of the 150 steps
    v0, v1 = (
        x_of(replace(mistral_on_a100(catalog), engine=EngineConfig(version=version)), 8000, 150, 10)
        for version in ("0.4.3", "0.10.0")
    )
    assert v0["step_overhead"] == pytest.approx((14.9 + 0.46) / 1e3)
    assert v1["step_overhead"] == pytest.approx(15.0 / 1e3)
    assert v0["weights_read"] / v1["weights_read"] == pytest.approx((14.9 + 0.46) / 15.0)
    others = set(TERM_NAMES) - {"step_overhead", "weights_read"}
    assert {term: v0[term] for term in others} == {term: v1[term] for term in others}


def test_alone_a_request_of_a_dense_model_has_the_passes_that_it_has_in_any_engine(
    catalog: Catalog,
) -> None:
    old = replace(mistral_on_a100(catalog), engine=EngineConfig(version="0.4.3"))
    assert x_of(old, 8000, 150, 1) == x_of(mistral_on_a100(catalog), 8000, 150, 1)


def test_a_prompt_of_its_own_pass_reads_most_experts(catalog: Catalog) -> None:
    mixtral = catalog.model("mistralai/Mixtral-8x7B-Instruct-v0.1")
    old = EngineConfig(version="0.4.3")
    deployment = replace(mistral_on_a100(catalog), model=mixtral, gpu_count=2, engine=old)
    work = work_of(deployment)
    # one answer token alone: the prompt's pass is all, and its 100 tokens choose every expert
    read = x_of(deployment, 100, 1, 1)["weights_read"] * work.bytes_per_s
    assert read == pytest.approx(work.dense_bytes + work.expert_bytes, rel=1e-6)


def test_a_model_of_more_layers_has_more_overhead_a_request(catalog: Catalog) -> None:
    seventy = replace(
        mistral_on_a100(catalog), model=catalog.model("meta-llama/Llama-3.1-70B-Instruct")
    )
    assert x_of(seventy, 1000, 100, 1)["request_overhead"] == pytest.approx(0.0025)  # 80 / 32


def test_mixtral_reads_two_of_eight_experts_for_one_token_and_nearly_all_for_many(
    catalog: Catalog,
) -> None:
    model = catalog.model("mistralai/Mixtral-8x7B-Instruct-v0.1")
    experts = model.expert_params
    assert experts == pytest.approx(32 * 8 * 3 * 4096 * 14336, rel=0.01)
    deployment = replace(mistral_on_a100(catalog), model=model, gpu_count=2)
    work = work_of(deployment)
    one = x_of(deployment, 100, 100, 1)["weights_read"] * work.bytes_per_s / 100
    many = x_of(deployment, 100, 100, 64)["weights_read"] * work.bytes_per_s / 100 * 64
    assert one == pytest.approx(work.dense_bytes + work.expert_bytes / 4, rel=1e-6)
    assert many == pytest.approx(work.dense_bytes + work.expert_bytes, rel=1e-6)


def test_a_sliding_window_bounds_what_attention_looks_at(catalog: Catalog) -> None:
    full = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    windowed = replace(full, sliding_window=4096, sliding_window_layers=32)
    deployment = mistral_on_a100(catalog)
    long = x_of(replace(deployment, model=windowed), 16000, 100, 1)
    assert long["kv_read"] == pytest.approx(
        x_of(deployment, 4046, 100, 1)["kv_read"], rel=1e-6
    )  # 4046 + 50 = 4096


def test_the_cards_of_a_replica_share_the_work(catalog: Catalog) -> None:
    deployment = mistral_on_a100(catalog)
    alone, pair = (x_of(replace(deployment, gpu_count=n), 8000, 150, 4) for n in (1, 2))
    for term in ("prefill_arithmetic", "weights_read", "kv_read", "decode_arithmetic"):
        assert pair[term] == pytest.approx(alone[term] / 2)
    assert pair["step_overhead"] == alone["step_overhead"]


def test_what_runs_together_is_bounded_by_the_server_and_by_the_kv_cache(catalog: Catalog) -> None:
    work = replace(work_of(mistral_on_a100(catalog)), kv_capacity_tokens=81_500.0, max_num_seqs=256)
    one = np.ones(3)
    running = effective_concurrency(work, 8000 * one, 150 * one, np.array([4.0, 32.0, 1000.0]))
    # (81,500 - 4,000 that wait for a prompt of 8,000 to fit) / (8,000 + 3 / 4 of 150)
    assert running.tolist() == pytest.approx([4.0, 9.5532, 9.5532], rel=1e-4)


@pytest.mark.parametrize(
    ("gpu", "quantization", "tera"),
    [
        ("A100 80GB", "none", 312),
        ("A100 80GB", "awq", 312),
        ("A100 80GB", "fp8", 312),  # weight-only on Ampere: computes in 16 bit
        ("H100 SXM", "fp8", 1978),  # 1979 stated; capped at twice 989
        ("A100 80GB", "int8", 624),
        ("RTX 3090", "int8", 142),  # 284 stated; capped at twice 71
    ],
)
def test_arithmetic_runs_at_the_rate_of_its_precision(
    catalog: Catalog, gpu: str, quantization: str, tera: float
) -> None:
    deployment = replace(mistral_on_a100(catalog), gpu=catalog.gpu(gpu), quantization=quantization)
    assert work_of(deployment).flop_per_s == pytest.approx(tera * 1e12)


def test_latent_attention_computes_on_the_vectors_that_it_reads(catalog: Catalog) -> None:
    model = catalog.model("deepseek-ai/DeepSeek-R1-0528")
    x = x_of(Deployment(catalog.gpu("H200"), 8, model, "fp8"), 1000, 100, 1)
    # parameters: 2 x 37.55e9 x 100 / (8 x 1979e12) = 0.474 ms; attention in 16 bit: 100 tokens x
    # 1,050 of context x 61 layers x 128 heads x 2 x (576 + 512) / (8 x 989e12) = 0.2254 ms
    assert x["decode_arithmetic"] == pytest.approx(0.4744e-3 + 0.2254e-3, rel=2e-3)
    # 100 x 1,050 x 61 x 576 x 2 bytes, read by each of 8 GPUs at 4.8e12 bytes/s: 1.537 ms
    assert x["kv_read"] == pytest.approx(1.537e-3, rel=2e-3)
    # heads of 192 and of 128: 61 x 128 x 320 x 1000^2 / (8 x 1979e12) = 0.1578 ms
    assert x["prefill_attention"] == pytest.approx(0.1578e-3, rel=2e-3)


def test_nvfp4_computes_in_four_bit_from_blackwell_on(catalog: Catalog) -> None:
    model = catalog.model("meta-llama/Llama-3.1-70B-Instruct")
    rates = {
        name: work_of(Deployment(catalog.gpu(name), 1, model, "nvfp4")).flop_per_s / 1e12
        for name in ("B200", "H100 SXM")
    }
    assert rates == {"B200": pytest.approx(9000), "H100 SXM": pytest.approx(989, rel=1e-3)}


def beyond_marlin(
    catalog: Catalog, input_tokens: float, output_tokens: float, running: float
) -> float:
    """Seconds of reading weights that vLLM 0.4.3 needs beyond 0.5.3, for AWQ on an A100."""
    at = (input_tokens, output_tokens, running)
    old, new = (
        replace(mistral_on_a100(catalog, "awq"), engine=EngineConfig(version=version))
        for version in ("0.4.3", "0.5.3")
    )
    return x_of(old, *at)["weights_read"] - x_of(new, *at)["weights_read"]


# The packed weights are 7.241732e9 - 2 x 32000 x 4096, at 0.51953 bytes: 1.7784 ms at 2.039e12 B/s
READ_ONCE_S = 1.7784e-3


@pytest.mark.parametrize(("tokens", "reads"), [(1, 0), (16, 0), (17, 1), (32, 1), (33, 2)])
def test_awq_without_marlin_reads_its_weights_again_for_each_16_rows_of_a_prompt(
    catalog: Catalog, tokens: float, reads: int
) -> None:
    again = beyond_marlin(catalog, tokens, 1, 1)
    assert again == pytest.approx(reads * READ_ONCE_S, rel=1e-4, abs=1e-12)


def test_awq_without_marlin_writes_its_weights_out_for_256_rows(catalog: Catalog) -> None:
    # 255 rows are 16 tiles, so 15 reads more; 256 rows write 2 bytes a weight and read them
    assert beyond_marlin(catalog, 255, 1, 1) == pytest.approx(15 * READ_ONCE_S, rel=1e-4)
    assert beyond_marlin(catalog, 256, 1, 1) == pytest.approx(13.692e-3, rel=1e-4)


def test_awq_without_marlin_reads_its_weights_again_for_each_16_sequences_of_a_step(
    catalog: Catalog,
) -> None:
    # 100 steps, shared by 17; passes for prompts: 1 / 17 + 0.4 x 16 / 17 = 0.4353 a request, of
    # 16 / 0.4353 = 36.8 tokens, which are 3 tiles
    steps, passes = 100 / 17, 0.435294
    assert beyond_marlin(catalog, 16, 101, 17) == pytest.approx(
        (steps + 2 * passes) * READ_ONCE_S, rel=1e-4
    )
    # with 16 sequences a step is one tile; passes: 0.4375 of 36.6 tokens
    assert beyond_marlin(catalog, 16, 101, 16) == pytest.approx(2 * 0.4375 * READ_ONCE_S, rel=1e-4)


def test_a_mean_of_16_and_a_half_sequences_is_so_often_16_and_so_often_17(
    catalog: Catalog,
) -> None:
    # 100 / 16.5 steps, half of them with a second tile; 0.43636 passes of 36.7 tokens
    assert beyond_marlin(catalog, 16, 101, 16.5) == pytest.approx(
        (0.5 * 100 / 16.5 + 2 * 0.436364) * READ_ONCE_S, rel=1e-4
    )


@pytest.mark.parametrize(
    ("gpu", "version", "tiled"),
    [
        ("A100 80GB", "0.5.2", True),
        ("A100 80GB", "0.5.3", False),
        ("T4", "0.15.1", True),
        ("T4", "0.16.0", False),
    ],
)
def test_which_cards_and_versions_multiply_awq_without_marlin(
    catalog: Catalog, gpu: str, version: str, tiled: bool
) -> None:
    deployment = replace(
        mistral_on_a100(catalog, "awq"),
        gpu=catalog.gpu(gpu),
        engine=EngineConfig(version=version),
    )
    assert (work_of(deployment).tiled_weights is not None) is tiled
    assert work_of(replace(deployment, quantization="gptq")).tiled_weights is None
    assert work_of(replace(deployment, quantization="none")).tiled_weights is None
