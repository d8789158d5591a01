"""``planner predict``: what one replica does at a load point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from planner.commands.engine_options import (
    BatchedTokens,
    DraftShare,
    KvCache,
    PrefixHitShare,
    RopeScaled,
    Speculation,
    SpeculativeAcceptance,
    SpeculativeTokens,
    engine_from,
)
from planner.commands.replica import (
    MAX_TOKENS,
    EngineVersion,
    Gpu,
    GpuCount,
    Model,
    Quantized,
    deployment_of,
    in_words,
)
from planner.commands.screen import AsJson, print_json, print_table, print_text, say
from planner.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.advice import Advice
    from planner.answer_times import Distribution
    from planner.curve import Curve
    from planner.forecast import ArrivalForecast, Forecast

MAX_CONCURRENCY = 100_000
MAX_REQUESTS_PER_S = 1e6


def predict(
    gpu: Gpu,
    model: Model,
    input_tokens: Annotated[
        int, typer.Option(min=1, max=MAX_TOKENS, help="Tokens of each prompt.")
    ],
    output_tokens: Annotated[
        int, typer.Option(min=1, max=MAX_TOKENS, help="Tokens of each answer.")
    ],
    concurrency: Annotated[
        int | None, typer.Option(min=1, max=MAX_CONCURRENCY, help="Requests kept in flight.")
    ] = None,
    request_rate: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=MAX_REQUESTS_PER_S,
            help="Requests per second that arrive at random (Poisson), for the answer times at "
            "that load; without --concurrency the rest is forecast for as many as then run.",
        ),
    ] = None,
    gpu_count: GpuCount = 1,
    quantization: Quantized = None,
    engine_version: EngineVersion = None,
    exclude_source: Annotated[
        list[str] | None,
        typer.Option(help="Leave this source's measurements out: see planner catalog sources."),
    ] = None,
    prefix_hit_share: PrefixHitShare = None,
    max_num_batched_tokens: BatchedTokens = None,
    kv_cache_dtype: KvCache = None,
    speculative_method: Speculation = None,
    speculative_tokens: SpeculativeTokens = None,
    speculative_acceptance: SpeculativeAcceptance = None,
    speculative_draft_share: DraftShare = None,
    rope_scaling: RopeScaled = None,
    as_json: AsJson = False,
) -> None:
    """Forecast one replica with 90 % intervals.

    Throughput, latency, and what a request's time goes into.

    \b
    Example:
      planner predict --gpu "A100 80GB" --model mistralai/Mistral-7B-Instruct-v0.2 \\
        --quantization awq --input-tokens 8000 --output-tokens 150 --concurrency 32
    """
    if concurrency is None and not request_rate:
        raise InputError(
            "no load was given: say how many requests are in flight with --concurrency, or how "
            "many arrive a second with --request-rate, over 0",
            field="concurrency",
        )
    from planner.advice import advise
    from planner.commands.known import known
    from planner.compatibility import check
    from planner.memory import estimate

    facts = known()
    engine = engine_from(
        version=engine_version,
        max_num_batched_tokens=max_num_batched_tokens,
        prefix_hit_share=prefix_hit_share,
        kv_cache_dtype=kv_cache_dtype,
        speculative_method=speculative_method,
        speculative_tokens=speculative_tokens,
        speculative_acceptance=speculative_acceptance,
        speculative_draft_share=speculative_draft_share,
        rope_scaling=rope_scaling,
    )
    deployment = deployment_of(facts.catalog, gpu, gpu_count, model, quantization, engine)
    verdict = check(deployment)
    engine = replace(engine, max_model_len=input_tokens + output_tokens)
    memory = estimate(replace(deployment, engine=engine))
    reason = " ".join(verdict.reasons) or memory.reason
    forecaster = facts.forecaster(tuple(exclude_source or ()))
    curve = forecaster.full_curve(deployment, input_tokens, output_tokens)
    arrivals, at_once = None, concurrency or 1
    if request_rate:
        arrivals = forecaster.arrivals(deployment, input_tokens, output_tokens, request_rate)
        at_once = concurrency or _running(arrivals, curve)
    forecast = forecaster.forecast(deployment, input_tokens, output_tokens, at_once)
    advice = advise(forecast.seconds_per_request, curve.seconds, forecast.effective_concurrency)
    if reason is not None:
        say(f"Warning: vLLM would refuse this: {reason}")
    if as_json:
        from planner.json_output import advice_json, arrivals_json, forecast_json

        print_json(
            forecast_json(forecast)
            | {
                "compatible": verdict.compatible,
                "fits": memory.fits,
                "reason": reason,
                "advice": advice_json(advice),
                "arrivals": None if arrivals is None else arrivals_json(arrivals),
            }
        )
    else:
        load = f"{input_tokens:,} tokens in, {output_tokens:,} out, {at_once:,} at once"
        _show(forecast, advice, f"{in_words(deployment)}: {load}")
        if arrivals is not None:
            _show_arrivals(arrivals)


def _running(arrivals: ArrivalForecast, curve: Curve) -> int:
    """How many run together on average; all that can where they queue up without end."""
    running = arrivals.value.mean_running
    return len(curve.concurrency) if running is None else max(1, round(running))


def _show(forecast: Forecast, advice: Advice, title: str) -> None:
    from planner.formatting import BASIS_MEANING, percent, seconds, setting_sentence, significant

    figures = (
        ("Output tokens per second", forecast.output_tokens_per_s, significant),
        ("Requests per second", forecast.requests_per_s, significant),
        ("Seconds to the last token, mean", forecast.e2e_s_mean, significant),
        ("Seconds to the first token, mean", forecast.ttft_s_mean, significant),
        ("Milliseconds per further token", forecast.tpot_ms_mean, significant),
    )
    print_table(
        title,
        ("", "Forecast", "90 % from", "to"),
        [(n, write(i.value), write(i.low), write(i.high)) for n, i, write in figures],
        numbers=("Forecast", "90 % from", "to"),
    )
    times = forecast.answer_times
    _show_times(
        "Over the requests, if all are alike",
        [
            ("Seconds to the first token", times.ttft_s),
            ("Milliseconds per further token", times.tpot_ms),
            ("Seconds to the last token", times.e2e_s),
        ],
    )
    causes = forecast.seconds_per_request
    whole = sum(causes.values())
    print_table(
        "Where a request's share of the replica's time goes",
        ("", "Time", "Share"),
        [(c.replace("_", " "), seconds(s), percent(s / whole)) for c, s in causes.items()],
        numbers=("Time", "Share"),
    )
    print_text(advice.why)
    print_text(advice.enough)
    print_text(f"Requests together on the card: {significant(forecast.effective_concurrency)}.")
    for setting in forecast.settings:
        print_text(setting_sentence(setting))
    print_text(f"Basis: {forecast.basis}, {BASIS_MEANING[forecast.basis]}.")
    print_text(f"Sources: {', '.join(forecast.sources)} (model {forecast.model_version}).")


def _show_times(title: str, figures: Sequence[tuple[str, Distribution]]) -> None:
    from planner.formatting import significant

    columns = ("mean", "p50", "p95", "p99")
    print_table(
        title,
        ("", *columns),
        [
            (name, *(significant(getattr(figure, column)) for column in columns))
            for name, figure in figures
        ],
        numbers=columns,
    )


def _show_arrivals(forecast: ArrivalForecast) -> None:
    from planner.formatting import percent, significant

    arrivals, slow = forecast.value, forecast.slow
    rate = f"{significant(arrivals.requests_per_s)} requests per second"
    if arrivals.times is None:
        print_text(
            f"{rate} that arrive at random are {percent(arrivals.utilization)} of what this "
            "replica can carry: they would queue up without end. More replicas, or a lower rate."
        )
        return
    _show_times(
        f"{rate} that arrive at random ({percent(arrivals.utilization)} busy)",
        [
            ("Seconds to the first token", arrivals.times.ttft_s),
            ("Milliseconds per further token", arrivals.times.tpot_ms),
            ("Seconds to the last token", arrivals.times.e2e_s),
        ],
    )
    if slow.times is None:
        print_text(
            "At the slow end of the 90 % interval the replica could not carry this rate: answers "
            "would take longer and longer."
        )
    else:
        print_text(
            f"95 % of answers are complete within {significant(arrivals.times.e2e_s.p95)} s, at "
            f"the slow end of the 90 % interval within {significant(slow.times.e2e_s.p95)} s."
        )
