"""What settings do to forecasts: in words, in width, and not at all where they are unset."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.design.informative_points import worth_measuring
from planner.catalog.lookup import Catalog
from planner.forecast.forecaster import Forecaster
from planner.forecast.setting_effects import certainties, widened
from planner.learning.throughput import Z90
from planner.records.reference import reference_measurements
from planner.vllm.deployment import SETTINGS, Deployment, EngineConfig
from planner.vllm.engine_settings import RopeScaling, SpeculativeDecoding

CHANGED = {
    "prefix_hit_share": 0.0625,
    "max_num_batched_tokens": 1024,
    "speculative": SpeculativeDecoding("ngram", 5, 0.8),
    "kv_cache_dtype": "fp8",
    "rope_scaling": RopeScaling("yarn", 4.0),
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
    assert widened(log_sd, stated, np.ones(10), (log_sd, log_sd, log_sd), ()) is log_sd


@pytest.mark.parametrize(
    ("name", "value", "effect", "certainty"),
    [
        (
            "prefix_hit_share",
            "6.2 %",
            "500 of 8,000 prompt tokens are in the cache, held once for all requests; a request "
            "takes ",
            "sourced",
        ),
        (
            "max_num_batched_tokens",
            "1,024",
            "3.91 more prefill passes a request (vLLM's default here is 2,048)",
            "assumption",
        ),
        (
            "speculative",
            "ngram, 5 tokens, 80 % accepted",
            "3.69 tokens a step, of 6 computed; more requests together gain less",
            "assumption",
        ),
        (
            "kv_cache_dtype",
            "fp8",
            "65,536 bytes of KV cache a token instead of 131,072",
            "assumption",
        ),
        (
            "rope_scaling",
            "yarn:4",
            "contexts of up to 131,072 tokens instead of 32,768, at no cost a token; positions of "
            "all texts are stretched alike, so answers to short ones may get worse; a request "
            "takes as long",
            "sourced",
        ),
    ],
)
def test_an_effect_is_told_with_its_figures_and_how_sure_it_is(
    forecaster: Forecaster,
    catalog: Catalog,
    name: str,
    value: str,
    effect: str,
    certainty: str,
) -> None:
    changed = deployment(catalog, **{name: CHANGED[name]})
    [found] = forecaster.forecast(changed, 8000, 150, 8).settings
    assert (found.name, found.value, found.certainty) == (name, value, certainty)
    assert found.effect.startswith(effect)
    assert found.source == certainties()[name].source


def test_a_step_budget_above_the_default_is_told_to_get_no_credit(
    forecaster: Forecaster, catalog: Catalog
) -> None:
    [larger], [equal] = (
        forecaster.forecast(
            deployment(catalog, max_num_batched_tokens=tokens), 8000, 150, 8
        ).settings
        for tokens in (16_384, 2_048)
    )
    assert larger.effect.startswith(
        "more than the default (vLLM's default here is 2,048), for which the forecast gives no "
        "credit"
    )
    assert larger.effect.endswith("a request takes as long")
    assert "credit" not in equal.effect


@pytest.mark.parametrize("tokens", [1024, 8192, 16_384])  # below, at and above the default
def test_a_step_budget_of_an_old_engine_also_says_that_it_mixes_steps(
    forecaster: Forecaster, catalog: Catalog, tokens: int
) -> None:
    def effect(version: str) -> str:
        settings = {"version": version, "max_model_len": 8192, "max_num_batched_tokens": tokens}
        [found] = forecaster.forecast(deployment(catalog, **settings), 32, 16, 64).settings
        return found.effect

    assert "; chunks of prompts share the steps of others; a request takes " in effect("0.6.3")
    assert "share the steps" not in effect("0.10.0")


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
        forecaster.forecast(replica, 8000, 150, 2**n).output_tokens_per_s for n in range(7)
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


def test_a_calibration_under_the_very_setting_leaves_nothing_to_assume(catalog: Catalog) -> None:
    fp8 = deployment(catalog, kv_cache_dtype="fp8")
    under_it = calibrated(catalog, "awq+kv_fp8").forecast(fp8, 8000, 150, 2)
    without_it = calibrated(catalog, "awq").forecast(fp8, 8000, 150, 2)
    assert [s.certainty for s in under_it.settings] == ["measured"]
    assert [s.certainty for s in without_it.settings] == ["assumption"]
    ratio = [f.output_tokens_per_s.high / f.output_tokens_per_s.low for f in (under_it, without_it)]
    assert ratio[0] < ratio[1]


def test_what_was_measured_without_the_setting_is_not_a_measurement_of_it(
    catalog: Catalog,
) -> None:
    own = calibrated(catalog, "awq")
    measured = [row.observation for row in own.observed if row.measurement.source_id == "mine"]
    i, o, c = measured[0].input_tokens, measured[0].output_tokens, measured[0].concurrency
    assert own.forecast(deployment(catalog), i, o, c).basis == "measured"
    assert own.forecast(deployment(catalog, prefix_hit_share=0.5), i, o, c).basis == "calibrated"
