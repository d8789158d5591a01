"""No forecast beats the hardware, and more of anything never helps backwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packaged import packaged_catalog, packaged_forecaster

from planner.catalog.model_spec import QUANTIZATIONS
from planner.physics.work import Work, work_of
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.speculative_decoding import SpeculativeDecoding

CATALOG = packaged_catalog()

deployments = st.builds(
    Deployment,
    gpu=st.sampled_from(CATALOG.gpus),
    gpu_count=st.sampled_from([1, 2, 4, 8]),
    model=st.sampled_from(CATALOG.models),
    quantization=st.sampled_from(QUANTIZATIONS),
)
inputs = st.integers(1, 32_000)
outputs = st.integers(1, 4_000)
concurrencies = st.integers(1, 300)
factors = st.floats(1.0, 8.0)


def seconds(deployment: Deployment, i: float, o: float, c: float) -> float:
    return float(packaged_forecaster().curve(deployment, i, o, np.array([float(c)])).seconds[0])


def fitting(deployment: Deployment) -> Work:
    work = work_of(deployment)
    assume(work.kv_capacity_tokens > 0)
    return work


@given(deployments, inputs, outputs, concurrencies)
def test_throughput_is_at_or_under_the_compute_and_the_bandwidth_limit(
    deployment: Deployment, i: int, o: int, c: int
) -> None:
    work = fitting(deployment)
    forecast = packaged_forecaster().forecast(deployment, i, o, c)
    running = forecast.effective_concurrency
    arithmetic = 2 * deployment.model.active_params * (i + o) / work.flop_per_s
    weights = o / running * work.dense_bytes / work.bytes_per_s
    per_request = 1.0 / forecast.requests_per_s.value
    assert per_request >= arithmetic * (1 - 1e-9)
    assert per_request >= weights * (1 - 1e-9)
    assert running <= c


@given(deployments, inputs, outputs, concurrencies, factors, factors)
def test_more_bandwidth_or_arithmetic_is_never_slower(
    deployment: Deployment, i: int, o: int, c: int, bandwidth: float, arithmetic: float
) -> None:
    fitting(deployment)
    gpu = deployment.gpu
    better = replace(
        gpu,
        bandwidth_gb_per_s=gpu.bandwidth_gb_per_s * bandwidth,
        fp16_tflops=gpu.fp16_tflops * arithmetic,
    )
    before = seconds(deployment, i, o, c)
    assert seconds(replace(deployment, gpu=better), i, o, c) <= before * (1 + 1e-9)


@given(deployments, inputs, outputs, concurrencies, st.integers(1, 8_000), st.integers(1, 1_000))
def test_longer_input_or_output_is_never_cheaper(
    deployment: Deployment, i: int, o: int, c: int, more_in: int, more_out: int
) -> None:
    fitting(deployment)
    before = seconds(deployment, i, o, c)
    assert seconds(deployment, i + more_in, o, c) >= before * (1 - 1e-9)
    assert seconds(deployment, i, o + more_out, c) >= before * (1 - 1e-9)


@given(deployments, inputs, outputs, concurrencies, concurrencies)
def test_more_parallel_requests_never_lower_the_throughput(
    deployment: Deployment, i: int, o: int, c: int, more: int
) -> None:
    fitting(deployment)
    assert seconds(deployment, i, o, c + more) <= seconds(deployment, i, o, c) * (1 + 1e-9)


@given(deployments, inputs, outputs, concurrencies)
def test_every_figure_is_inside_its_interval_and_the_causes_add_up(
    deployment: Deployment, i: int, o: int, c: int
) -> None:
    fitting(deployment)
    f = packaged_forecaster().forecast(deployment, i, o, c)
    for figure in (f.output_tokens_per_s, f.requests_per_s, f.e2e_s_mean, f.ttft_s_mean):
        assert 0 < figure.low < figure.value < figure.high < float("inf")
    assert np.isclose(sum(f.seconds_per_request.values()), 1 / f.requests_per_s.value)
    assert f.ttft_s_mean.value <= f.e2e_s_mean.value * (1 + 1e-9)
    assert f.tpot_ms_mean.value >= -1e-9


shares = st.floats(0.0, 1.0)
engines = st.builds(
    EngineConfig,
    prefix_hit_share=shares,
    max_num_batched_tokens=st.none() | st.integers(16, 32_768),
    kv_cache_dtype=st.sampled_from(["auto", "fp8"]),
    speculative=st.none()
    | st.builds(
        SpeculativeDecoding,
        method=st.sampled_from(["ngram", "draft_model", "eagle", "mtp"]),
        tokens=st.integers(1, 32),
        acceptance=shares,
    ),
)


@pytest.mark.slow
@given(deployments, engines, inputs, outputs, concurrencies)
def test_no_engine_setting_beats_the_compute_and_the_bandwidth_limit(
    deployment: Deployment, engine: EngineConfig, i: int, o: int, c: int
) -> None:
    deployment = replace(deployment, engine=engine)
    work = fitting(deployment)
    forecast = packaged_forecaster().forecast(deployment, i, o, c)
    computed = max((1.0 - engine.prefix_hit_share) * i, 1.0) + o
    at_once = 1 if engine.speculative is None else engine.speculative.tokens + 1
    steps = o / (forecast.effective_concurrency * at_once)
    per_request = 1.0 / forecast.requests_per_s.value
    arithmetic = 2 * deployment.model.active_params * computed / work.flop_per_s
    assert per_request >= arithmetic * (1 - 1e-9)
    assert per_request >= steps * work.dense_bytes / work.bytes_per_s * (1 - 1e-9)
    assert {setting.name for setting in forecast.settings} == engine.changed_settings
    for figure in (forecast.output_tokens_per_s, forecast.ttft_s_mean):
        assert 0 < figure.low < figure.value < figure.high < float("inf")


@pytest.mark.slow
@given(deployments, engines, inputs, outputs, concurrencies, shares)
def test_a_larger_hit_share_is_never_slower(
    deployment: Deployment, engine: EngineConfig, i: int, o: int, c: int, share: float
) -> None:
    less, more = sorted((engine.prefix_hit_share, share))
    few = replace(deployment, engine=replace(engine, prefix_hit_share=less))
    many = replace(deployment, engine=replace(engine, prefix_hit_share=more))
    fitting(few)
    assert seconds(many, i, o, c) <= seconds(few, i, o, c) * (1 + 1e-9)
