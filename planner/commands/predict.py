"""``planner predict``: what one replica does at a load point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

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
from planner.deployment import EngineConfig

if TYPE_CHECKING:
    from planner.advice import Advice
    from planner.forecast import Forecast

MAX_CONCURRENCY = 100_000


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
        int, typer.Option(min=1, max=MAX_CONCURRENCY, help="Requests kept in flight.")
    ],
    gpu_count: GpuCount = 1,
    quantization: Quantized = None,
    engine_version: EngineVersion = None,
    exclude_source: Annotated[
        list[str] | None,
        typer.Option(help="Leave this source's measurements out: see planner catalog sources."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast one replica with 90 % intervals.

    Throughput, latency, and what a request's time goes into.

    \b
    Example:
      planner predict --gpu "A100 80GB" --model mistralai/Mistral-7B-Instruct-v0.2 \\
        --quantization awq --input-tokens 8000 --output-tokens 150 --concurrency 32
    """
    from planner.advice import advise
    from planner.commands.known import known
    from planner.compatibility import check
    from planner.memory import estimate

    facts = known()
    engine = EngineConfig(version=engine_version)
    deployment = deployment_of(facts.catalog, gpu, gpu_count, model, quantization, engine)
    verdict = check(deployment)
    engine = replace(engine, max_model_len=input_tokens + output_tokens)
    memory = estimate(replace(deployment, engine=engine))
    reason = " ".join(verdict.reasons) or memory.reason
    forecaster = facts.forecaster(tuple(exclude_source or ()))
    forecast = forecaster.forecast(deployment, input_tokens, output_tokens, concurrency)
    curve = forecaster.full_curve(deployment, input_tokens, output_tokens)
    advice = advise(forecast.seconds_per_request, curve.seconds, forecast.effective_concurrency)
    if reason is not None:
        say(f"Warning: vLLM would refuse this: {reason}")
    if as_json:
        from planner.json_output import advice_json, forecast_json

        print_json(
            forecast_json(forecast)
            | {
                "compatible": verdict.compatible,
                "fits": memory.fits,
                "reason": reason,
                "advice": advice_json(advice),
            }
        )
    else:
        load = f"{input_tokens:,} tokens in, {output_tokens:,} out, {concurrency:,} at once"
        _show(forecast, advice, f"{in_words(deployment)}: {load}")


def _show(forecast: Forecast, advice: Advice, title: str) -> None:
    from planner.formatting import BASIS_MEANING, percent, seconds, significant

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
    print_text(f"Basis: {forecast.basis}, {BASIS_MEANING[forecast.basis]}.")
    print_text(f"Sources: {', '.join(forecast.sources)} (model {forecast.model_version}).")
