"""The three kinds of entries on the Catalogue page: their columns, figures and form fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Generic, TypeVar, get_args

from app.components.entry_form import EntryField
from app.html_pieces import quantization_words
from app.numbers import written
from app.services.opened_store import catalog_of
from app.services.own_catalogue import USD, replaces_built_in
from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.model_spec import ModelSpec
from planner.catalog.own_rows import Period
from planner.catalog.price_offer import PriceOffer, Terms
from planner.wording.formatting import count, significant, usd
from planner.wording.model_sentences import read_as
from planner.wording.price_sentences import age_and_mark

Kind = TypeVar("Kind", GPU, ModelSpec, PriceOffer)

SOURCE = EntryField(
    "source", "Source", "Where the figures are from. Required.", "required", is_required=True
)
SOURCE_DATE = EntryField(
    "source_date", "Date of the source", "Required.", "required: 2026-11-22", is_required=True
)

GPU_FIELDS = (
    EntryField(
        "name", "Name", "The name of a built-in GPU replaces it.", "RTX PRO 6000", is_required=True
    ),
    EntryField("memory_gb", "Memory on the box (GB)", None, "48", is_required=True),
    EntryField(
        "memory_gib",
        "Memory by nvidia-smi (GiB)",
        "What the driver reports: MiB divided by 1,024.",
        "47.0",
        is_required=True,
    ),
    EntryField("bandwidth_gb_per_s", "Memory bandwidth (GB/s)", None, "1,800", is_required=True),
    EntryField(
        "fp16_tflops",
        "FP16 (TFLOP/s)",
        "Dense, with FP32 accumulation. Datasheets often state twice as much, with sparsity.",
        "200",
        is_required=True,
    ),
    EntryField(
        "compute_capability", "Compute capability", "By NVIDIA's list.", "8.9", is_required=True
    ),
    EntryField("fp8_tflops", "FP8 (TFLOP/s)", "Dense. Empty: it has none.", "none"),
    EntryField("int8_tops", "INT8 (TOP/s)", "Dense. Empty: not stated.", "not stated"),
    EntryField("tdp_w", "Power limit (W)", None, "not stated"),
    EntryField(
        "link_gb_per_s", "GPU to GPU (GB/s)", "In one direction. Empty: PCIe.", "not stated"
    ),
    EntryField("architecture", "Architecture", "Empty: by the compute capability.", "Ada Lovelace"),
    SOURCE,
    SOURCE_DATE,
)

MODEL_FIELDS = (
    EntryField(
        "name",
        "Name",
        "Its Hugging Face id, or a name of your own. The id of a built-in model replaces it.",
        "our-org/claims-mistral-7b",
        is_required=True,
    ),
    EntryField(
        "base_model",
        "Fine-tune of",
        "The catalogue's model of the same architecture, whose measurements then count for yours.",
        "none",
    ),
    SOURCE,
    SOURCE_DATE,
)


def offer_fields(gpus: Sequence[str]) -> tuple[EntryField, ...]:
    """The fields of a price for GPUs of the catalogue."""
    return (
        EntryField(
            "provider",
            "Provider",
            "Who sells it; own for your own hardware.",
            "AWS",
            is_required=True,
        ),
        EntryField("gpu", "GPU", choices=tuple(gpus)),
        EntryField("gpu_count", "GPUs of the machine", None, "1", is_required=True),
        EntryField("instance", "Machine", "Its name in the price list.", "not stated"),
        EntryField("terms", "Terms", choices=get_args(Terms)),
        EntryField("region", "Region", "Empty: any.", "any"),
        EntryField(
            "price", "Price", "Of all GPUs of the machine together.", "2.50", is_required=True
        ),
        EntryField("per", "For each", "A year has 8,760 hours.", choices=get_args(Period)),
        EntryField(
            "as_of", "Date of the price", "Required.", "required: 2026-11-22", is_required=True
        ),
        EntryField("currency", "Currency", "A code such as EUR. Empty: US dollars.", USD),
        EntryField("rate", "US dollars for one of it", "Only for another currency.", "1.08"),
        EntryField("rate_date", "Day of that rate", "Only for another currency.", "2026-11-22"),
        SOURCE,
    )


@dataclass(frozen=True, eq=False)
class EntryKind(Generic[Kind]):
    """The table and the form of one kind of entry. Two kinds are equal if they are the same object.

    ``columns`` make the cells of a table from a row, ``figures`` all that is known of one, and
    ``texts`` what the form's fields would say. ``shown`` are the choices of which rows are listed.
    """

    form: str
    noun: str
    rows: tuple[Kind, ...]
    fields: tuple[EntryField, ...]
    columns: Mapping[str, Callable[[Kind], str]]
    figures: Callable[[Kind], tuple[tuple[str, str], ...]]
    texts: Callable[[Kind], dict[str, str]]
    shown: Mapping[str, Callable[[Kind], bool]]


@lru_cache(maxsize=2)
def kinds_of(
    version: str,
    day: date,  # noqa: ARG001 (the cache's key: prices age)
) -> tuple[EntryKind[GPU], EntryKind[ModelSpec], EntryKind[PriceOffer]]:
    """The three kinds as of a version of the store, which must be the current one."""
    known = catalog_of(version)
    names = [gpu.name for gpu in known.gpus]
    return gpu_kind(known.gpus), model_kind(known.models), offer_kind(known.offers, names)


def gpu_kind(gpus: tuple[GPU, ...]) -> EntryKind[GPU]:
    """The GPUs of the catalogue."""
    return EntryKind(
        form="gpu_entry",
        noun="GPU",
        rows=gpus,
        fields=GPU_FIELDS,
        columns={
            "Name": lambda gpu: gpu.name,
            "Memory, GB": lambda gpu: significant(gpu.memory_gb),
            "Bandwidth, GB/s": lambda gpu: count(gpu.bandwidth_gb_per_s),
            "FP16, TFLOP/s": lambda gpu: significant(gpu.fp16_tflops),
            "FP8, TFLOP/s": lambda gpu: significant(gpu.fp8_tflops),
            "Capability": lambda gpu: gpu.capability_text,
            "Architecture": lambda gpu: gpu.architecture,
            "Date": lambda gpu: gpu.source_date,
            "Whose": whose,
            "Source": lambda gpu: gpu.source,
        },
        figures=lambda gpu: (
            ("Memory on the box, GB", count(gpu.memory_gb)),
            ("Memory that the driver reports, GiB", count(gpu.memory_gib)),
            ("Memory bandwidth, GB/s", count(gpu.bandwidth_gb_per_s)),
            ("Dense FP16 with FP32 accumulation, TFLOP/s", count(gpu.fp16_tflops)),
            ("Dense FP8, TFLOP/s", count(gpu.fp8_tflops)),
            ("Dense INT8, TOP/s", count(gpu.int8_tops)),
            ("Power limit, W", count(gpu.tdp_w)),
            ("GPU to GPU in one direction, GB/s", count(gpu.link_gb_per_s)),
            ("Compute capability", gpu.capability_text),
            ("Architecture", gpu.architecture),
            *_origin(gpu, gpu.source, gpu.source_date, gpu.note),
        ),
        texts=lambda gpu: {
            "name": gpu.name,
            "memory_gb": written(gpu.memory_gb),
            "memory_gib": written(gpu.memory_gib),
            "bandwidth_gb_per_s": written(gpu.bandwidth_gb_per_s),
            "fp16_tflops": written(gpu.fp16_tflops),
            "fp8_tflops": written(gpu.fp8_tflops),
            "int8_tops": written(gpu.int8_tops),
            "tdp_w": written(gpu.tdp_w),
            "link_gb_per_s": written(gpu.link_gb_per_s),
            "compute_capability": gpu.capability_text,
            "architecture": gpu.architecture,
            "source": gpu.source,
            "source_date": gpu.source_date,
        },
        shown={"All": lambda _: True, "Yours": lambda gpu: gpu.added_by == "user"},
    )


def model_kind(models: tuple[ModelSpec, ...]) -> EntryKind[ModelSpec]:
    """The models of the catalogue."""
    return EntryKind(
        form="model_entry",
        noun="model",
        rows=models,
        fields=MODEL_FIELDS,
        columns={
            "Hugging Face id": lambda model: model.hf_id,
            "Parameters, billion": lambda model: significant(model.params / 1e9),
            "Active, billion": lambda model: significant(model.active_params / 1e9),
            "Layers": lambda model: str(model.layers),
            "KV heads": lambda model: str(model.kv_heads),
            "Context, tokens": lambda model: count(model.max_position_embeddings),
            "Weights": lambda model: quantization_words(model.native_quantization),
            "Date": lambda model: model.source_date,
            "Whose": whose,
            "Source": lambda model: model.source,
        },
        figures=lambda model: (
            ("Parameters, billion", significant(model.params / 1e9)),
            ("Active for a token, billion", significant(model.active_params / 1e9)),
            ("Layers", str(model.layers)),
            ("Hidden size", str(model.hidden_size)),
            ("Attention heads, KV heads", f"{model.attention_heads}, {model.kv_heads}"),
            ("Context, tokens", count(model.max_position_embeddings)),
            ("Format of its weights", quantization_words(model.native_quantization)),
            ("Fine-tune of", model.base_model or "none"),
            *_origin(model, model.source, model.source_date, read_as(model) or model.note),
        ),
        texts=lambda model: {
            "name": model.hf_id,
            "base_model": model.base_model or "",
            "source": model.source,
            "source_date": model.source_date,
        },
        shown={"All": lambda _: True, "Yours": lambda model: model.added_by == "user"},
    )


def offer_kind(offers: tuple[PriceOffer, ...], gpus: Sequence[str]) -> EntryKind[PriceOffer]:
    """The prices of the catalogue."""
    return EntryKind(
        form="price_entry",
        noun="price",
        rows=offers,
        fields=offer_fields(gpus),
        columns={
            "GPUs": lambda offer: gpu_group(offer.gpu_count, offer.gpu),
            "Provider": lambda offer: offer.provider,
            "Terms": lambda offer: offer.terms,
            "Region": lambda offer: offer.region,
            "$ an hour": lambda offer: usd(offer.usd_per_hour),
            "Date": lambda offer: offer.as_of,
            "Days old": age_and_mark,
            "Machine": lambda offer: offer.instance,
            "Kind": lambda offer: offer.tier,
            "Whose": whose,
            "Source": lambda offer: offer.source,
            "Id": lambda offer: offer.id,
        },
        figures=lambda offer: (
            ("Machine", f"{gpu_group(offer.gpu_count, offer.gpu)}, {offer.instance}"),
            ("Provider, terms, region", f"{offer.provider}, {offer.terms}, {offer.region}"),
            ("$ an hour, a year", f"{usd(offer.usd_per_hour)}, {usd(offer.usd_per_year)}"),
            ("Days old", age_and_mark(offer)),
            ("Kind", offer.tier),
            ("Another source says", offer.conflict or "nothing else"),
            *_origin(offer, offer.source, offer.as_of, offer.note),
        ),
        texts=lambda offer: {
            "provider": offer.provider,
            "gpu": offer.gpu,
            "gpu_count": str(offer.gpu_count),
            "instance": offer.instance,
            "terms": offer.terms,
            "region": offer.region,
            "price": written(offer.usd_per_hour),
            "per": "hour",
            "currency": "",
            "rate": "",
            "rate_date": "",
            "as_of": "",
            "source": offer.source,
        },
        shown={
            "Current": lambda offer: offer.tier != "stale",
            "Yours": lambda offer: offer.added_by == "user",
            "Earlier": lambda offer: offer.tier == "stale",
        },
    )


def whose(row: GPU | ModelSpec | PriceOffer) -> str:
    """Who added a row."""
    if row.added_by != "user":
        return "built-in"
    return "yours, in place of a built-in one" if replaces_built_in(row) else "yours"


def _origin(
    row: GPU | ModelSpec | PriceOffer, source: str, day: str, note: str | None
) -> tuple[tuple[str, str], ...]:
    return ("Source", source), ("Date", day), ("Note", note or "none"), ("Whose", whose(row))
