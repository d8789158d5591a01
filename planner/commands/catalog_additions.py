"""``planner catalog add-...`` and ``remove``: the user's own GPUs, models and prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from planner.catalog.lookup import Catalog
from planner.catalog.own_rows import check_own_model, own_gpu, own_offer, refuse_removing_gpu
from planner.catalog.price_offer import Terms
from planner.commands.one_line_errors import fields_as_options
from planner.commands.replica_options import MAX_CARDS
from planner.commands.screen import say
from planner.errors import InputError
from planner.price_lists.price_history import in_place_of

Source = Annotated[str, typer.Option(help="Where the figures are from (required).")]
Dated = Annotated[
    str | None, typer.Option(metavar="YYYY-MM-DD", help="Date of the source. Default: today.")
]


def add_gpu(
    name: Annotated[str, typer.Option(help="Name, for example 'RTX PRO 6000'.")],
    memory_gb: Annotated[float, typer.Option(help="Memory on the box, GB.")],
    memory_gib: Annotated[float, typer.Option(help="Memory that nvidia-smi reports, MiB / 1024.")],
    bandwidth_gb_per_s: Annotated[float, typer.Option(help="Memory bandwidth, GB/s.")],
    fp16_tflops: Annotated[
        float,
        typer.Option(help="Dense FP16 TFLOP/s with FP32 accumulation."),
    ],
    compute_capability: Annotated[
        str, typer.Option(metavar="N.N", help="CUDA compute capability, for example 8.6.")
    ],
    source: Source,
    fp8_tflops: Annotated[float | None, typer.Option(help="Dense FP8 TFLOP/s.")] = None,
    int8_tops: Annotated[float | None, typer.Option(help="Dense INT8 TOP/s.")] = None,
    tdp_w: Annotated[float | None, typer.Option(help="Power limit, W.")] = None,
    link_gb_per_s: Annotated[
        float | None, typer.Option(help="GPU to GPU, GB/s per direction.")
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(help="For example Ampere. Default: from the compute capability."),
    ] = None,
    source_date: Dated = None,
) -> None:
    """Add a GPU or replace one.

    \b
    Example:
      planner catalog add-gpu --name "Our GPU" --memory-gb 32 --memory-gib 31.5 \\
        --bandwidth-gb-per-s 600 --fp16-tflops 65 --compute-capability 8.9 \\
        --source "the maker's datasheet, page 2"
    """
    from planner.commands.store_access import catalog, storage_to_write

    with fields_as_options():
        gpu = own_gpu(
            catalog(),
            name=name,
            memory_gb=memory_gb,
            memory_gib=memory_gib,
            bandwidth_gb_per_s=bandwidth_gb_per_s,
            fp16_tflops=fp16_tflops,
            fp8_tflops=fp8_tflops,
            int8_tops=int8_tops,
            tdp_w=tdp_w,
            compute_capability=compute_capability,
            architecture=architecture,
            link_gb_per_s=link_gb_per_s,
            source=source,
            source_date=source_date or _today(),
        )
    with storage_to_write() as storage:
        storage.add_gpu(gpu)
    say(f"Added {gpu.name} to {storage.location}")


def add_model(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="Its config.json, or the folder with it.")
    ],
    name: Annotated[
        str | None, typer.Option(help="Its Hugging Face id. Default: the folder's path.")
    ] = None,
    base_model: Annotated[
        str | None, typer.Option(help="Catalogue model that a fine-tune comes from.")
    ] = None,
) -> None:
    """Add a model from its config.json.

    \b
    Example:
      planner catalog add-model ./claims-7b --name acme/claims-7b
    """
    from planner.catalog.config_json import model_from_config
    from planner.commands.store_access import catalog, storage_to_write

    known = catalog()
    if base_model is not None:
        base_model = known.model(base_model).hf_id
    model = model_from_config(config.expanduser().resolve(), base_model=base_model)
    if name is not None:
        model = replace(model, name=name.rpartition("/")[2], hf_id=name)
    check_own_model(known, model)
    with storage_to_write() as storage:
        storage.add_model(model)
    say(f"Added {model.hf_id} to {storage.location}")


def add_offer(
    provider: Annotated[str, typer.Option(help="Who sells it; 'own' for your own hardware.")],
    gpu: Annotated[str, typer.Option(help="GPU, as in the catalogue.")],
    source: Source,
    usd_per_hour: Annotated[
        float | None, typer.Option(help="Price of all its GPUs per hour.")
    ] = None,
    usd_per_year: Annotated[float | None, typer.Option(help="Or per year (8,760 hours).")] = None,
    gpu_count: Annotated[int, typer.Option(min=1, max=MAX_CARDS, help="GPUs together.")] = 1,
    terms: Annotated[Terms, typer.Option(help="Terms of the contract.")] = "on-demand",
    region: Annotated[str, typer.Option(help="Where it runs.")] = "any",
    instance: Annotated[
        str | None, typer.Option(help="Name in the price list. Default: the GPU's.")
    ] = None,
    as_of: Dated = None,
    offer_id: Annotated[
        str | None, typer.Option("--id", help="Id. Default: made from provider, GPU and terms.")
    ] = None,
) -> None:
    """Add a price or replace one, which stays in the catalogue with its date.

    \b
    Example:
      planner catalog add-offer --provider own --gpu "RTX 3090" --usd-per-year 2500 \\
        --source "purchase 2026, three years, power included"
    """
    from planner.commands.store_access import catalog, storage_to_write

    if (usd_per_hour is None) == (usd_per_year is None):
        raise InputError("give the price once: either --usd-per-hour or --usd-per-year.")
    yearly = usd_per_hour is None
    with fields_as_options():
        offer = own_offer(
            catalog(),
            provider=provider,
            gpu=gpu,
            price=(usd_per_year if yearly else usd_per_hour) or 0.0,
            per="year" if yearly else "hour",
            gpu_count=gpu_count,
            terms=terms,
            region=region,
            instance=instance,
            as_of=as_of or _today(),
            source=source,
            offer_id=offer_id,
        )
    with storage_to_write() as storage:
        storage.add_offers(in_place_of(offer, storage.offers()))
    say(f"Added {offer.id} to {storage.location}")


def remove(
    kind: Annotated[Literal["gpu", "model", "offer"], typer.Argument(help="Kind of the row.")],
    name: Annotated[str, typer.Argument(help="Name of the GPU or model, id of the offer.")],
) -> None:
    """Remove a row that you added.

    Built-in rows cannot be removed.

    \b
    Example:
      planner catalog remove offer own-rtx-3090-x1-on-demand
    """
    from planner.commands.store_access import storage_to_write

    with storage_to_write() as storage:
        if kind == "model":
            name = next((m.hf_id for m in storage.models() if m.name == name), name)
        if kind == "gpu":
            refuse_removing_gpu(name, Catalog(storage.gpus(), (), storage.offers()))
        removers = {
            "gpu": storage.remove_gpu,
            "model": storage.remove_model,
            "offer": storage.remove_offer,
        }
        if not removers[kind](name):
            raise InputError(
                f"no {kind} {name!r} was added by you; planner catalog {kind}s marks yours."
            )
    say(f"Removed {name}")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
