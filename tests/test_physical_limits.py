"""No forecast beats the hardware, and more of anything never helps backwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from planner.basis import Work, work_of
from planner.catalog import QUANTIZATIONS, Catalog, load_catalog
from planner.deployment import Deployment
from planner.forecasting import Forecaster
from planner.reference import reference_measurements

CATALOG: Catalog = load_catalog()
FORECASTER = Forecaster(reference_measurements(), CATALOG)

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
    return float(FORECASTER.curve(deployment, i, o, np.array([float(c)])).seconds[0])


def fitting(deployment: Deployment) -> Work:
    work = work_of(deployment)
    assume(work.kv_capacity_tokens > 0)
    return work


@given(deployments, inputs, outputs, concurrencies)
@settings(max_examples=300, deadline=None)
def test_throughput_is_at_or_under_the_compute_and_the_bandwidth_limit(
    deployment: Deployment, i: int, o: int, c: int
) -> None:
    work = fitting(deployment)
    forecast = FORECASTER.forecast(deployment, i, o, c)
    running = forecast.effective_concurrency
    arithmetic = 2 * deployment.model.active_params * (i + o) / work.flop_per_s
    weights = o / running * work.dense_bytes / work.bytes_per_s
    per_request = 1.0 / forecast.requests_per_s.value
    assert per_request >= arithmetic * (1 - 1e-9)
    assert per_request >= weights * (1 - 1e-9)
    assert running <= c


@given(deployments, inputs, outputs, concurrencies, factors, factors)
@settings(max_examples=300, deadline=None)
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
@settings(max_examples=300, deadline=None)
def test_longer_input_or_output_is_never_cheaper(
    deployment: Deployment, i: int, o: int, c: int, more_in: int, more_out: int
) -> None:
    fitting(deployment)
    before = seconds(deployment, i, o, c)
    assert seconds(deployment, i + more_in, o, c) >= before * (1 - 1e-9)
    assert seconds(deployment, i, o + more_out, c) >= before * (1 - 1e-9)


@given(deployments, inputs, outputs, concurrencies, concurrencies)
@settings(max_examples=300, deadline=None)
def test_more_parallel_requests_never_lower_the_throughput(
    deployment: Deployment, i: int, o: int, c: int, more: int
) -> None:
    fitting(deployment)
    assert seconds(deployment, i, o, c + more) <= seconds(deployment, i, o, c) * (1 + 1e-9)


@given(deployments, inputs, outputs, concurrencies)
@settings(max_examples=200, deadline=None)
def test_every_figure_is_inside_its_interval_and_the_causes_add_up(
    deployment: Deployment, i: int, o: int, c: int
) -> None:
    fitting(deployment)
    f = FORECASTER.forecast(deployment, i, o, c)
    for figure in (f.output_tokens_per_s, f.requests_per_s, f.e2e_s_mean, f.ttft_s_mean):
        assert 0 < figure.low < figure.value < figure.high < float("inf")
    assert np.isclose(sum(f.seconds_per_request.values()), 1 / f.requests_per_s.value)
    assert f.ttft_s_mean.value <= f.e2e_s_mean.value * (1 + 1e-9)
    assert f.tpot_ms_mean.value >= -1e-9
