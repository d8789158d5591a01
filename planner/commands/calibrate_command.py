"""``planner calibrate``: measure the few points on this hardware that a forecast needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Unpack

import typer

from planner.catalog.model_spec import Quantization
from planner.commands.engine_options import RunOptions
from planner.commands.option_groups import with_option_group
from planner.commands.replica_options import MAX_CARDS
from planner.commands.screen import AsJson, print_json

NO = 1
INTERRUPTED = 130
"""The shell's exit status for a command that Ctrl-C ended: 128 + SIGINT."""


@with_option_group
def calibrate(
    model: Annotated[
        str | None,
        typer.Option(
            show_default="the scenario's",
            help="Hugging Face id, or a folder with config.json and tokenizer.",
        ),
    ] = None,
    base_model: Annotated[
        str | None, typer.Option(help="Catalogue model with the same architecture.")
    ] = None,
    quantization: Annotated[
        Quantization | None,
        typer.Option(
            case_sensitive=False, help="Format of the weights (default: the checkpoint's)."
        ),
    ] = None,
    gpu: Annotated[
        str | None,
        typer.Option(help="GPU, or cpu for this machine's processor (default: what NVML finds)."),
    ] = None,
    gpu_count: Annotated[int, typer.Option(min=1, max=MAX_CARDS, help="GPUs per replica.")] = 1,
    suite: Annotated[
        Literal["quick", "standard", "article"] | None,
        typer.Option(show_default="quick", help="About 6 points, about 20, or the six analyses."),
    ] = None,
    points: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Stop after this many measured points.")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.1, max=100_000, help="Stop after this many minutes.")
    ] = None,
    target_interval: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=10,
            show_default="0.15",
            help="Stop when the 90 % interval at the workload is this narrow (0.15: +-15 %). "
            "Single points scatter by about 0.1, so smaller values are not reached.",
        ),
    ] = None,
    workload: Annotated[
        Path | None,
        typer.Option(
            metavar="SCENARIO.yaml",
            show_default="the last saved scenario, else the default one",
            help="Scenario: points are chosen around its lengths.",
        ),
    ] = None,
    point_seconds: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            max=3600,
            show_default="20",
            help="Measure each point for at least this long, and at least four rounds of requests.",
        ),
    ] = None,
    load_format: Annotated[
        Literal["auto", "dummy"] | None,
        typer.Option(
            show_default="auto if the weights are on disk, else dummy",
            help="dummy: random weights; only configuration and tokenizer are downloaded.",
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Measure this OpenAI-compatible server instead.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            show_default="what the server states",
            help="Engine of the server at --base-url: sglang, tensorrt-llm, tgi, ...",
        ),
    ] = None,
    engine_version: Annotated[
        str | None,
        typer.Option(show_default="what the server states", help="Version of that engine."),
    ] = None,
    engine_command: Annotated[
        str | None, typer.Option(show_default="vllm serve", help="Command that starts vLLM.")
    ] = None,
    prefix_share: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            show_default="0",
            help="Share of each prompt that all prompts have in common. This switches the prefix "
            "cache on, and the hit share that the engine reports is recorded.",
        ),
    ] = None,
    speculative_model: Annotated[
        str | None,
        typer.Option(help="Draft model or EAGLE head: Hugging Face id, or a folder."),
    ] = None,
    bandwidth_gb_per_s: Annotated[
        float | None, typer.Option(help="For a GPU that is not in the catalogue: memory bandwidth.")
    ] = None,
    fp16_tflops: Annotated[
        float | None, typer.Option(help="For such a GPU: dense FP16 with FP32 accumulation.")
    ] = None,
    datasheet_source: Annotated[
        str | None, typer.Option(help="Source of these two figures.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not prompt: a missing figure is an error.")
    ] = False,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Continue this run with its settings.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print commands and expected minutes, and run nothing."),
    ] = False,
    as_json: AsJson = False,
    **engine_options: Unpack[RunOptions],
) -> None:
    """Measure vLLM on this machine's GPU.

    Starts vLLM, measures the load points that narrow the forecast most, stores each point at
    once, and shows how the forecast changes. Engine settings go into vLLM's command and into
    each measurement; with --base-url they say how that server was started. Exit status 1 if no
    point could be measured, 130 after Ctrl-C. Continue with planner calibrate --resume RUN.

    \b
    Example:
      planner calibrate --model mistralai/Mistral-7B-Instruct-v0.2 --quantization awq \\
        --max-minutes 10
    """
    from planner.commands import calibration_run as calibration
    from planner.commands.calibration_setup import Options
    from planner.commands.datasheet_options import DatasheetOptions

    options = Options(
        chosen=_given(
            model=model,
            base_model=base_model,
            quantization=quantization,
            gpu=gpu,
            gpu_count=None if gpu_count == 1 else gpu_count,
            suite=suite,
            points=points,
            max_minutes=max_minutes,
            target_interval=target_interval,
            point_seconds=point_seconds,
            load_format=load_format,
            base_url=base_url,
            engine=engine,
            engine_version=engine_version,
            engine_command=engine_command,
            speculative_model=speculative_model,
        ),
        engine_options=_given(
            prefix_share=prefix_share,
            **engine_options | {"enforce_eager": engine_options.get("enforce_eager") or None},
        ),
        workload=workload,
        datasheet=DatasheetOptions(bandwidth_gb_per_s, fp16_tflops, datasheet_source, ask=not yes),
    )
    if dry_run:
        expected = calibration.dry_run(options, resume, quiet=as_json)
        if as_json:
            print_json(expected)
        return
    outcome = calibration.measure(options, resume)
    if as_json:
        print_json(outcome.as_json())
    else:
        outcome.show()
    if outcome.stopped_by_user:
        raise typer.Exit(INTERRUPTED)
    if not any(point.status == "ok" for point in outcome.points):
        raise typer.Exit(NO)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
