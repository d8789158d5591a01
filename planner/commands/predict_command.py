"""``planner predict``: what one replica does at a load point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from planner.commands.engine_options import PrefixHitShare, ReplicaOptions, engine_from
from planner.commands.option_groups import with_option_group
from planner.commands.replica_options import (
    MAX_TOKENS,
    EngineVersion,
    Gpu,
    GpuCount,
    GpuMemory,
    Model,
    Quantized,
    deployment_of,
    gpu_count_of,
    in_words,
)
from planner.commands.screen import AsJson, print_json, print_text, say
from planner.errors import InputError

if TYPE_CHECKING:
    from planner.forecast.curve import Curve
    from planner.forecast.forecast_values import ArrivalForecast

MAX_CONCURRENCY = 100_000
MAX_REQUESTS_PER_S = 1e6


@with_option_group
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
    gpu_count: GpuCount = None,
    gpu_memory_gib: GpuMemory = None,
    quantization: Quantized = None,
    engine_version: EngineVersion = None,
    exclude_source: Annotated[
        list[str] | None,
        typer.Option(help="Leave this source's measurements out: see planner catalog sources."),
    ] = None,
    prefix_hit_share: PrefixHitShare = None,
    as_json: AsJson = False,
    **engine_options: Unpack[ReplicaOptions],
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
    from planner.commands.store_access import known
    from planner.forecast.replica_advice import advise
    from planner.vllm.compatibility import check
    from planner.vllm.memory import estimate
    from planner.workload.request_mix import RequestMix

    facts = known()
    tensor_parallel = engine_options.pop("tensor_parallel_size", None)
    engine = engine_from(
        version=engine_version,
        prefix_hit_share=prefix_hit_share,
        **engine_options,
    )
    stated_count = gpu_count_of(gpu_count, tensor_parallel, engine)
    deployment = deployment_of(
        facts.catalog, gpu, stated_count, model, quantization, engine, gpu_memory_gib
    )
    verdict = check(deployment)
    tokens = input_tokens + output_tokens
    max_model_len = engine.max_model_len
    if max_model_len is not None and tokens > max_model_len:
        raise InputError(
            f"requests of {tokens:,} tokens were given for --max-model-len {max_model_len}; give "
            f"at least {tokens}, or shorter requests",
            field="max_model_len",
        )
    engine = replace(engine, max_model_len=max_model_len or tokens)
    memory = estimate(replace(deployment, engine=engine))
    reason = " ".join(verdict.reasons) or memory.reason
    forecaster = facts.forecaster(tuple(exclude_source or ()))
    curve = forecaster.full_curve(deployment, RequestMix.of_equal(input_tokens, output_tokens))
    arrivals, at_once = None, concurrency or 1
    if request_rate:
        arrivals = forecaster.arrivals(deployment, input_tokens, output_tokens, request_rate)
        at_once = concurrency or _running(arrivals, curve)
    forecast = forecaster.forecast(deployment, input_tokens, output_tokens, at_once)
    advice = advise(forecast.seconds_per_request, curve.seconds, forecast.effective_concurrency)
    if reason is not None:
        say(f"Warning: vLLM would refuse this: {reason}")
    if as_json:
        from planner.report.json_output import (
            advice_json,
            arrivals_json,
            forecast_json,
            read_as_json,
        )

        print_json(
            forecast_json(forecast)
            | read_as_json(deployment.model)
            | {
                "compatible": verdict.compatible,
                "fits": memory.fits,
                "reason": reason,
                "advice": advice_json(advice),
                "arrivals": None if arrivals is None else arrivals_json(arrivals),
            }
        )
    else:
        from planner.commands.predict_tables import show_arrivals, show_forecast
        from planner.forecast.cited_sources import cited
        from planner.wording.model_sentences import read_as

        what = f"{in_words(deployment)}: {input_tokens:,} tokens in, {output_tokens:,} out"
        rows = forecaster.measurements
        authors = cited(
            forecast.sources, forecast.basis, [deployment.gpu.name], rows, facts.catalog
        )
        if arrivals is not None:
            show_arrivals(arrivals, what)
        show_forecast(forecast, advice, f"{what}, {at_once:,} at once", authors)
        if (sentence := read_as(deployment.model)) is not None:
            print_text(sentence)
        for note in verdict.notes:
            print_text(f"Note: {note}")


def _running(arrivals: ArrivalForecast, curve: Curve) -> int:
    """Requests that run together on average; as many as can if the queue keeps growing."""
    running = arrivals.value.mean_running
    return len(curve.concurrency) if running is None else max(1, round(running))
