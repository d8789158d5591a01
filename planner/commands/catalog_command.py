"""``planner catalog``: GPUs, models, prices and sources, each row with its source and date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.commands.screen import AsJson, print_json, print_table, print_text

if TYPE_CHECKING:
    from planner.commands.store_access import SourceCount

catalog = typer.Typer(
    name="catalog",
    rich_markup_mode=None,
    help="GPUs, models, prices, sources.\n\n\b\nExample:\n  planner catalog gpus",
)


@catalog.command()
def gpus(as_json: AsJson = False) -> None:
    """List the GPUs with the figures of their datasheets.

    \b
    Example:
      planner catalog gpus --json
    """
    from planner.commands.store_access import catalog as known_catalog

    rows = known_catalog().gpus
    if as_json:
        print_json([gpu_json(row) for row in rows])
        return
    numbers = ("GB", "GB/s", "FP16 TFLOP/s", "FP8", "Capability")
    print_table(
        "GPUs",
        ("Name", *numbers, "Architecture", "Date"),
        [
            (
                _marked(row.name, row),
                _figure(row.memory_gb),
                _figure(row.bandwidth_gb_per_s),
                _figure(row.fp16_tflops),
                _figure(row.fp8_tflops),
                row.capability_text,
                row.architecture,
                row.source_date,
            )
            for row in rows
        ],
        numbers=numbers,
    )
    _show_sources([(row.name, row.source) for row in rows])


@catalog.command()
def models(
    name: Annotated[
        str | None,
        typer.Argument(help="Only the model that this Hugging Face id, name or path means."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the models with the figures of their config.json.

    \b
    Example:
      planner catalog models Qwen/Qwen2.5-32B-Instruct-AWQ
    """
    from planner.commands.store_access import catalog as known_catalog
    from planner.wording.model_sentences import read_as

    rows = known_catalog().models if name is None else (known_catalog().model(name),)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    numbers = ("Billion", "Active", "Layers", "KV heads", "Context")
    print_table(
        "Models",
        ("Hugging Face id", *numbers, "Weights", "Date"),
        [
            (
                _marked(row.hf_id, row),
                _figure(row.params / 1e9),
                _figure(row.active_params / 1e9),
                str(row.layers),
                str(row.kv_heads),
                f"{row.max_position_embeddings:,}",
                row.native_quantization,
                row.source_date,
            )
            for row in rows
        ],
        numbers=numbers,
    )
    for sentence in filter(None, map(read_as, rows)):
        print_text(sentence)
    _show_sources([(row.hf_id, row.source) for row in rows])


@catalog.command()
def offers(
    gpu: Annotated[str | None, typer.Option(help="Only offers of this GPU.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the price offers.

    \b
    Example:
      planner catalog offers --gpu "A100 80GB"
    """
    from planner.commands.store_access import catalog as known_catalog

    everything = known_catalog()
    rows = everything.offers if gpu is None else everything.offers_for(gpu)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    _show_offers(rows)


@catalog.command()
def sources(as_json: AsJson = False) -> None:
    """List the sources of the measurements.

    predict --exclude-source takes an id from this list.

    \b
    Example:
      planner catalog sources --json
    """
    from planner.commands.store_access import sources as known_sources

    rows = known_sources()
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    print_table(
        "Sources of measurements",
        ("Id", "Name", "Measurements", "Whose"),
        [(r.id, r.name, f"{r.measurements:,}", _whose(r)) for r in rows],
        numbers=("Measurements",),
    )


def _whose(source: SourceCount) -> str:
    if not source.own:
        return "published"
    return "yours, set aside" if source.set_aside else "yours"


def gpu_json(gpu: GPU) -> dict[str, Any]:
    """A GPU as JSON, its compute capability as NVIDIA writes it, ``8.0``."""
    return asdict(gpu) | {"compute_capability": gpu.capability_text}


def _show_offers(rows: Sequence[PriceOffer]) -> None:
    from planner.wording.formatting import usd
    from planner.wording.price_sentences import age_and_mark

    print_table(
        "Price offers",
        ("Id", "GPUs", "Provider", "Terms", "Region", "USD/h", "USD/year", "Tier", "Days old"),
        [
            (
                _marked(row.id, row),
                gpu_group(row.gpu_count, row.gpu),
                row.provider,
                row.terms,
                row.region,
                usd(row.usd_per_hour),
                usd(row.usd_per_year),
                row.tier,
                age_and_mark(row),
            )
            for row in rows
        ],
        numbers=("USD/h", "USD/year", "Days old"),
    )
    _show_sources([(row.id, f"{row.as_of}, {row.source}") for row in rows])
    if conflicts := [(row.id, row.conflict) for row in rows if row.conflict]:
        print_table("What another source says", ("", "Instead"), conflicts)


def _show_sources(rows: Sequence[tuple[str, str]]) -> None:
    print_table("Where these figures are from", ("", "Source"), rows)


def _marked(name: str, row: GPU | ModelSpec | PriceOffer) -> str:
    return f"{name} (yours)" if row.added_by == "user" else name


def _figure(value: float | None) -> str:
    from planner.wording.formatting import significant

    return significant(value)
