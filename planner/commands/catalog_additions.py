"""``planner catalog add-...`` and ``remove``: the user's own GPUs, models and prices."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from planner.catalog.csv_rows import compute_capability_from
from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.lookup import Catalog
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer, Terms
from planner.commands.replica_options import MAX_CARDS
from planner.commands.screen import say
from planner.errors import InputError

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

    known = catalog()
    capability = _capability(compute_capability)
    gpu = GPU(
        name=name,
        memory_gb=memory_gb,
        memory_gib=memory_gib,
        bandwidth_gb_per_s=bandwidth_gb_per_s,
        fp16_tflops=fp16_tflops,
        fp8_tflops=fp8_tflops,
        int8_tops=int8_tops,
        tdp_w=tdp_w,
        compute_capability=capability,
        architecture=architecture or _architecture(known, capability),
        link_gb_per_s=link_gb_per_s,
        aliases=(),
        source=source,
        source_date=_date(source_date, "--source-date"),
    )
    known.with_additions(gpus=[gpu])
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
    known.with_additions(models=[model])
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
    """Add a price or replace one.

    \b
    Example:
      planner catalog add-offer --provider own --gpu "RTX 3090" --usd-per-year 2500 \\
        --source "purchase 2026, three years, power included"
    """
    from planner.commands.store_access import catalog, storage_to_write

    if (usd_per_hour is None) == (usd_per_year is None):
        raise InputError("give the price once: either --usd-per-hour or --usd-per-year.")
    known = catalog()
    card = known.gpu(gpu).name
    hourly = usd_per_hour if usd_per_hour is not None else (usd_per_year or 0.0) / HOURS_PER_YEAR
    offer = PriceOffer(
        id=offer_id or _slug(provider, card, f"x{gpu_count}", terms),
        provider=provider,
        instance=instance or gpu_group(gpu_count, card),
        gpu=card,
        gpu_count=gpu_count,
        terms=terms,
        region=region,
        usd_per_hour=hourly,
        usd_per_year=usd_per_year if usd_per_year is not None else hourly * HOURS_PER_YEAR,
        tier="own",
        as_of=_date(as_of, "--as-of"),
        source=source,
    )
    known.with_additions(offers=[offer])
    with storage_to_write() as storage:
        storage.add_offer(offer)
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
        offers = [offer.id for offer in storage.offers() if offer.gpu == name]
        if kind == "gpu" and offers and name in {gpu.name for gpu in storage.gpus()}:
            raise InputError(
                f"{name} has offers that you added: {', '.join(offers)}; remove these first."
            )
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


def _capability(text: str) -> tuple[int, int]:
    try:
        return compute_capability_from(text)
    except ValueError as error:
        raise InputError(
            f"--compute-capability: {text[:80]!r} was given; it must look like 8.6."
        ) from error


def _architecture(known: Catalog, capability: tuple[int, int]) -> str:
    for gpu in known.gpus:
        if gpu.compute_capability == capability:
            return gpu.architecture
    raise InputError(
        f"--architecture is missing, and no GPU of the catalogue has compute capability "
        f"{capability[0]}.{capability[1]}; give NVIDIA's name for it, for example Ampere."
    )


def _date(text: str | None, option: str) -> str:
    if text is None:
        return datetime.now(UTC).date().isoformat()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", text):
        raise InputError(f"{option}: {text[:80]!r} was given; it must look like 2026-11-22.")
    return text


def _slug(*parts: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-")
