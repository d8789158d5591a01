"""What settings do to forecasts: in figures, in width, and not at all where they are unset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.design.informative_points import worth_measuring
from planner.catalog.lookup import Catalog
from planner.forecast.forecaster import Forecaster
from planner.forecast.setting_effects import certainties, log_sd_with_settings
from planner.forecast.setting_figures import (
    Adapters,
    BatchedTokens,
    EagerMode,
    Figures,
    KvCacheFormat,
    PrefixCaching,
    Speculation,
    StretchedContext,
)
from planner.learning.throughput import Z90
from planner.physics.terms import TERM_COUNT
from planner.records.reference import reference_measurements
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import SETTINGS, EngineConfig
from planner.vllm.lora import LoraAdapters
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.speculative_decoding import SpeculativeDecoding

CHANGED = {
    "prefix_hit_share": 0.0625,
    "max_num_batched_tokens": 1024,
    "speculative": SpeculativeDecoding("ngram", 5, 0.8),
    "kv_cache_dtype": "fp8",
    "rope_scaling": RopeScaling("yarn", 4.0),
    "enforce_eager": True,
    "pipeline_parallel_size": 2,
    "data_parallel_size": 2,
    "machines": 2,
    "lora": LoraAdapters(2, 16),
}


def deployment(catalog: Catalog, **engine: object) -> Deployment:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    settings = EngineConfig(**engine)  # type: ignore[arg-type]
    return Deployment(catalog.gpu("A100 80GB"), 1, model, "awq", settings)


def test_every_setting_has_a_row_a_source_and_a_reason() -> None:
    assert set(certainties()) == set(SETTINGS) == set(CHANGED)
    assert all(row.source and row.source_date and row.note for row in certainties().values())


def test_settings_at_their_defaults_are_no_settings(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    plain = forecaster.forecast(deployment(catalog), 8000, 150, 32)
    stated = deployment(catalog, prefix_hit_share=0.0, kv_cache_dtype="auto", speculative=None)
    assert forecaster.forecast(stated, 8000, 150, 32) == plain
    assert plain.settings == ()
    log_sd = np.array([0.1])
    theta = np.ones(TERM_COUNT)
    assert log_sd_with_settings(log_sd, stated, theta, log_sd, log_sd, log_sd, ()) is log_sd


@pytest.mark.parametrize(
    ("name", "figures", "certainty"),
    [
        ("prefix_hit_share", PrefixCaching(0.0625, 500.0, 8000), "sourced"),
        (
            "speculative",
            Speculation(SpeculativeDecoding("ngram", 5, 0.8), pytest.approx(3.68928)),
            "assumption",
        ),
        ("kv_cache_dtype", KvCacheFormat("fp8", 65_536, 131_072), "assumption"),
        (
            "rope_scaling",
            StretchedContext(RopeScaling("yarn", 4.0), 131_072, 32_768),
            "sourced",
        ),
        ("enforce_eager", EagerMode(40.0), "assumption"),
        ("lora", Adapters(LoraAdapters(2, 16), pytest.approx(1.50671)), "assumption"),
    ],
)
def test_an_effect_has_its_figures_and_how_sure_it_is(
    forecaster: Forecaster, catalog: Catalog, name: str, figures: Figures, certainty: str
) -> None:
    changed = deployment(catalog, **{name: CHANGED[name]})
    [found] = forecaster.forecast(changed, 8000, 150, 8).settings
    assert (found.name, found.certainty) == (name, certainty)
    assert found.figures == figures
    assert found.source == certainties()[name].source


def test_a_change_is_that_of_the_seconds_per_request(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    cached = forecaster.forecast(deployment(catalog, prefix_hit_share=0.0625), 8000, 150, 8)
    plain = forecaster.forecast(deployment(catalog), 8000, 150, 8)
    [setting] = cached.settings
    slower = plain.requests_per_s.value / cached.requests_per_s.value
    assert setting.change == pytest.approx(slower - 1.0)
    assert setting.change < 0.0


@pytest.mark.parametrize(("tokens", "more_passes"), [(1_024, 3.90625), (2_048, 0.0), (16_384, 0.0)])
def test_only_a_step_budget_under_the_default_adds_prefill_passes(
    forecaster: Forecaster, catalog: Catalog, tokens: int, more_passes: float
) -> None:
    changed = deployment(catalog, max_num_batched_tokens=tokens)
    [found] = forecaster.forecast(changed, 8000, 150, 8).settings
    assert found.figures == BatchedTokens(tokens, 2_048, pytest.approx(more_passes), False)
    assert (found.change > 0.0) == (more_passes > 0.0)


@pytest.mark.parametrize("tokens", [1024, 8192, 16_384])  # below, at and above the default
def test_a_step_budget_of_an_old_engine_mixes_prompts_into_the_steps_of_others(
    forecaster: Forecaster, catalog: Catalog, tokens: int
) -> None:
    def mixes(version: str) -> bool:
        settings = {"version": version, "max_model_len": 8192, "max_num_batched_tokens": tokens}
        [found] = forecaster.forecast(deployment(catalog, **settings), 32, 16, 64).settings
        assert isinstance(found.figures, BatchedTokens)
        return found.figures.mixes_prompts

    assert mixes("0.6.3")
    assert not mixes("0.10.0")


def test_an_assumption_widens_the_interval_and_a_calculation_does_not(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    def width(**engine: object) -> float:
        f = forecaster.forecast(deployment(catalog, **engine), 500, 500, 4).output_tokens_per_s
        return float(np.log(f.high / f.low) / 2 / Z90)

    plain = width()
    assert width(speculative=CHANGED["speculative"]) > plain + 0.05
    assert width(kv_cache_dtype="fp8") >= np.hypot(plain, 0.15)
    assert width(rope_scaling=CHANGED["rope_scaling"]) == plain
    both = width(speculative=CHANGED["speculative"], kv_cache_dtype="fp8")
    assert both > width(speculative=CHANGED["speculative"])


def test_speculation_helps_a_lone_request_and_little_of_a_full_batch(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    speculating = deployment(catalog, speculative=CHANGED["speculative"])
    gain = []
    for concurrency in (1, 64):
        without = forecaster.forecast(deployment(catalog), 500, 500, concurrency)
        with_it = forecaster.forecast(speculating, 500, 500, concurrency)
        gain.append(with_it.requests_per_s.value / without.requests_per_s.value)
    assert gain[0] > 2.0
    assert gain[1] < gain[0] / 1.5


def test_a_shared_instruction_brings_the_first_token_sooner(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    times = [
        forecaster.forecast(
            deployment(catalog, prefix_hit_share=share), 8000, 150, 8
        ).ttft_s_mean.value
        for share in (0.0, 0.5, 0.9)
    ]
    assert times[0] > times[1] > times[2]


def test_smaller_chunks_delay_the_first_token(forecaster: Forecaster, catalog: Catalog) -> None:
    whole, chunked = (
        forecaster.forecast(deployment(catalog, max_num_batched_tokens=tokens), 8000, 150, 1)
        for tokens in (None, 256)
    )
    assert chunked.ttft_s_mean.value > whole.ttft_s_mean.value


def test_points_beyond_the_models_own_context_are_worth_measuring_too(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    longer = deployment(catalog, rope_scaling=RopeScaling("yarn", 2.0), max_model_len=65_536)
    assert worth_measuring(forecaster, longer, 40_000, 150).steps


@pytest.mark.parametrize("engine", [{}, {"kv_cache_dtype": "fp8"}])
def test_what_is_worth_measuring_starts_from_the_forecasts_own_interval(
    forecaster: Forecaster, catalog: Catalog, engine: dict[str, object]
) -> None:
    replica = deployment(catalog, **engine)
    worth = worth_measuring(forecaster, replica, 8000, 150)
    intervals = [
        forecaster.forecast(replica, 8000, 150, 2**n).output_tokens_per_s for n in range(9)
    ]
    widest = max(interval.high / interval.value for interval in intervals)
    assert 1 + worth.interval == pytest.approx(widest)


def calibrated(catalog: Catalog, quantization: str) -> Forecaster:
    """A forecaster with measurements of ones own on the A100, by the words for the weights."""
    published = reference_measurements()
    own = [
        replace(row, source_id="mine", quantization=quantization)
        for row in published
        if row.source_id == "S02"
        and "Vigostral-7B-Chat-AWQ" in row.model
        and row.gpu == "A100 80GB"
    ][::5]
    return Forecaster([*published, *own], catalog, own_sources=["mine"])


@pytest.mark.slow
def test_a_calibration_under_the_very_setting_leaves_nothing_to_assume(catalog: Catalog) -> None:
    fp8 = deployment(catalog, kv_cache_dtype="fp8")
    under_it = calibrated(catalog, "awq+kv_fp8").forecast(fp8, 8000, 150, 2)
    without_it = calibrated(catalog, "awq").forecast(fp8, 8000, 150, 2)
    assert [s.certainty for s in under_it.settings] == ["measured"]
    assert [s.certainty for s in without_it.settings] == ["assumption"]
    ratio = [f.output_tokens_per_s.high / f.output_tokens_per_s.low for f in (under_it, without_it)]
    assert ratio[0] < ratio[1]


@pytest.mark.slow
def test_what_was_measured_without_the_setting_is_not_a_measurement_of_it(
    catalog: Catalog,
) -> None:
    own = calibrated(catalog, "awq")
    measured = [row.observation for row in own.observed if row.measurement.source_id == "mine"]
    i, o, c = measured[0].input_tokens, measured[0].output_tokens, measured[0].concurrency
    assert own.forecast(deployment(catalog), i, o, c).basis == "measured"
    assert own.forecast(deployment(catalog, prefix_hit_share=0.5), i, o, c).basis == "calibrated"
