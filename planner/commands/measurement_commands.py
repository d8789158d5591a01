"""``planner import``, ``export`` and ``evaluate``: read, write and forecast measurements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from planner.catalog.gpu import gpu_group
from planner.commands.replica_options import MAX_CARDS, MAX_TOKENS
from planner.commands.screen import AsJson, print_json, print_table, print_text, say

if TYPE_CHECKING:
    from benchmarks.checks.evaluation import Evaluation, Score

DEFAULT_POINTS = 4
MAX_POINTS = 1000


def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="JSON, YAML, CSV or log files.")
    ],
    gpu: Annotated[str | None, typer.Option(help="GPU, if the file does not state it.")] = None,
    gpu_count: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_CARDS,
            show_default="what the file states, or 1",
            help="GPUs that shared one replica.",
        ),
    ] = None,
    gpu_memory_gb: Annotated[
        float | None, typer.Option(min=1, max=10_000, help="Memory of one GPU, in GB.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Model, instead of the name in the file.")
    ] = None,
    base_model: Annotated[
        str | None, typer.Option(help="Catalogue model whose architecture it has.")
    ] = None,
    quantization: Annotated[str | None, typer.Option(help="Format of the weights.")] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            show_default="what the file states, or vllm", help="Engine that was measured."
        ),
    ] = None,
    engine_version: Annotated[str | None, typer.Option(help="Its version.")] = None,
    engine_settings: Annotated[
        str | None,
        typer.Option(
            show_default="vLLM's defaults",
            help="Settings that were in force, such as 'max_num_seqs=64; prefix_hit_share=0.5'; "
            "speculative=METHOD where the file states the rest.",
        ),
    ] = None,
    source_id: Annotated[
        str | None, typer.Option(help="Id of this source. Default: from the file's content.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Who measured it and where it is published.")
    ] = None,
    output_tokens: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_TOKENS, help="Refuse results of another answer length."),
    ] = None,
    input_tokens: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_TOKENS, help="Prompt length of an offline benchmark."),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, help="Batch size of vLLM's bench latency."),
    ] = None,
    notes: Annotated[str | None, typer.Option(help="Kept with every measurement.")] = None,
    allowed_failed: Annotated[
        float,
        typer.Option(
            "--allow-failed",
            min=0,
            max=0.5,
            metavar="SHARE",
            help="Largest share of failed requests in a run.",
        ),
    ] = 0.01,
    as_json: AsJson = False,
) -> None:
    """Import measurements from the files of load generators, or from our CSV.

    Reads results of vLLM's bench (serve, sweep serve, latency, throughput), the
    table that it or SGLang prints, also in a log, and results of GuideLLM (JSON,
    YAML, CSV), AIPerf and GenAI-Perf, SGLang's bench_serving, InferenceX, LLMPerf
    and inference-perf, and CSV files written by export. Either all files are stored
    or, if one of them or one of its benchmarks is not understood, none. Options
    state what a result does not; a CSV written by export states it in its columns.

    \b
    Example:
      planner import result.json --gpu L4 --base-model mistralai/Mistral-7B-Instruct-v0.2
    """
    from benchmarks.importing.checked_import import checked_import
    from benchmarks.importing.measurement_files import ImportContext, read_measurements
    from planner.commands.store_access import catalog, storage_to_write
    from planner.forecast.plausibility import in_words
    from planner.learning.from_measurements import group_name

    context = ImportContext(
        gpu=gpu,
        gpu_count=gpu_count,
        gpu_memory_gb=gpu_memory_gb,
        model=model,
        base_model=base_model,
        quantization=quantization,
        engine=engine,
        engine_version=engine_version,
        engine_settings=engine_settings,
        source_id=source_id,
        source=source,
        output_tokens=output_tokens,
        notes=notes,
        input_tokens=input_tokens,
        batch_size=batch_size,
        allowed_failed=allowed_failed,
    )
    found = {str(file): read_measurements(file, context) for file in files}
    checked = checked_import(found, catalog())
    with storage_to_write() as storage:
        added = storage.add_measurements(checked.rows)
        if checked.processor is not None:
            storage.add_gpu(checked.processor)
            say(f"Added {checked.processor.name} to the catalogue: {checked.processor.source}")
        stored = {source.id for source in storage.sources()}
        published = checked.published(stored, storage.own_source_ids())
    if as_json:
        print_json(
            {
                "files": [{"file": name, "measurements": len(r)} for name, r in found.items()],
                "added": added,
                "unusable": [
                    {"group": group_name(one.measurement), "reason": one.reason}
                    for one in checked.unusable
                ],
                "not_own": list(published),
                "failed_requests": [
                    {"file": name, "group": group_name(row), "reason": told}
                    for name, row, told in checked.failed_requests
                ],
                "implausible": [
                    {"group": group_name(e.measurement), "reason": in_words(e)}
                    for e in checked.implausible
                ],
            }
        )
        return
    for name, of_file in found.items():
        print_text(f"{name}: {len(of_file)} measurements")
    print_text(f"{added} of them are new and stored.")
    for sentence in checked.sentences(published):
        print_text(sentence)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="File to write.")],
    source: Annotated[
        list[str] | None, typer.Option(help="Only measurements of this source; may be repeated.")
    ] = None,
) -> None:
    """Write all measurements to a CSV file.

    \b
    Example:
      planner export measurements.csv
    """
    from planner.commands.store_access import known
    from planner.errors import InputError
    from planner.learning.measured_processor import with_peaks
    from planner.records.measurement_csv import write_measurement_csv

    facts = known()
    rows = facts.measurements
    there = sorted({row.source_id for row in rows})
    for wanted in source or ():
        if wanted not in there:
            raise InputError(
                f"--source: {wanted!r} is not a source; choose one of {', '.join(there)}."
            )
    kept = [with_peaks(row, facts.catalog) for row in rows if not source or row.source_id in source]
    write_measurement_csv(file, kept)
    say(f"{len(kept)} measurements written to {file}")


def evaluate(
    measurements: Annotated[
        Path, typer.Option(metavar="FILE.csv", help="Measurements, as export writes them.")
    ],
    points: Annotated[
        int, typer.Option(min=1, max=MAX_POINTS, help="Rows of each group to calibrate with.")
    ] = DEFAULT_POINTS,
    as_json: AsJson = False,
) -> None:
    """Compare forecasts with measurements.

    Each group of rows is forecast twice: without its own source's data, and with
    some of its rows as a calibration, chosen as calibrate would. No row is used to
    forecast itself.

    \b
    Example:
      planner evaluate --measurements sweep.csv --points 4
    """
    from benchmarks.checks.evaluation import evaluate as scored
    from planner.commands.store_access import known
    from planner.records.measurement_csv import read_measurement_csv

    rows = read_measurement_csv(measurements)
    facts = known()
    evaluation = scored(rows, facts.measurements, facts.catalog, points)
    if as_json:
        print_json(_evaluation_json(evaluation))
    else:
        _show(evaluation)


def _evaluation_json(evaluation: Evaluation) -> dict[str, object]:
    from dataclasses import asdict

    from benchmarks.checks.evaluation import summary

    groups = []
    for group in evaluation.groups:
        fields = asdict(group)
        points = fields.pop("points")
        if fields["calibrated"] is not None:
            fields["calibrated"] = {"points": points} | fields["calibrated"]
        groups.append(fields)
    skipped = [{"group": group, "reason": reason} for group, reason in evaluation.skipped]
    return {"groups": groups, "summary": summary(evaluation) | {"skipped": skipped}}


def _show(evaluation: Evaluation) -> None:
    from benchmarks.checks.evaluation import summary
    from planner.wording.formatting import percent

    def figures(score: Score | None) -> tuple[str, str]:
        return (percent(score.mape), percent(score.coverage90)) if score else ("–", "–")

    numbers = ("Rows", "Error", "Inside", "Cal.", "Inside ")
    print_table(
        "Mean error of output tokens/s, and share of rows inside the 90 % interval",
        (
            "Source",
            "GPUs",
            "Model",
            "Weights",
            "vLLM",
            "Rows",
            "Error",
            "Inside",
            "Cal.",
            "Inside ",
        ),
        (
            (
                group.source_id,
                gpu_group(group.gpu_count, group.gpu),
                group.model,
                group.quantization,
                group.engine_version or "–",
                str(group.rows),
                *figures(group.zero_shot),
                *figures(group.calibrated),
            )
            for group in evaluation.groups
        ),
        numbers=numbers,
    )
    for name, value in summary(evaluation).items():
        shown = f"{value:.3g}" if isinstance(value, float) else value
        print_text(f"{name.replace('_', ' ')}: {'–' if shown is None else shown}")
    for group, reason in evaluation.skipped:
        print_text(f"skipped: {group}: {reason}")
