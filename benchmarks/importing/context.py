"""The facts about a measurement that a result file does not state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.importing.failed_requests import ALLOWED_SHARE
from planner.catalog.model_spec import QUANTIZATIONS
from planner.errors import InputError
from planner.naming.model_name import model_name
from planner.records.measurement import COLUMNS, Measurement
from planner.records.measurement_csv import MAX_NUMBER, text_problem
from planner.vllm.settings_text import canonical


@dataclass(frozen=True, slots=True)
class ImportContext:
    """On what, and by whom, the imported results were measured; None is "not stated".

    ``model`` replaces the name in the file, which may be a path on the machine that served it.
    ``output_tokens`` is the length that every request asked for; if it is given, a result with
    other lengths is refused. ``source_id`` None becomes ``import-`` and a hash of the file.
    ``engine_settings`` are those during the measurement, as ``planner.vllm.settings_text`` reads
    them. ``engine`` and ``gpu_count`` None are what the file states, otherwise vLLM and 1.
    ``input_tokens`` and ``batch_size`` are for offline benchmarks, which do not state them.
    ``allowed_failed`` is the largest share of failed requests.
    """

    gpu: str | None = None
    gpu_count: int | None = None
    gpu_memory_gb: float | None = None
    model: str | None = None
    base_model: str | None = None
    quantization: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    engine_settings: str | None = None
    source_id: str | None = None
    source: str | None = None
    output_tokens: int | None = None
    notes: str | None = None
    input_tokens: int | None = None
    batch_size: int | None = None
    allowed_failed: float = ALLOWED_SHARE


def measurement(
    context: ImportContext, name: str, model: str | None, notes: tuple[str, ...], **figures: Any
) -> Measurement:
    """A measurement of ``figures``, completed from the context.

    Raises InputError if neither the file nor the context states the GPU, the model or the source.
    """
    known = {
        "gpu": context.gpu,
        "model": context.model or model,
        "source_id": context.source_id,
        "source": context.source,
    }
    missing = [key for key, value in known.items() if not value]
    if missing:
        raise InputError(
            f"{name} does not state the {missing[0]}; give it with the import: "
            f"--{missing[0].replace('_', '-')} of the command, or the field of the Calibrate page.",
            field=missing[0],
        )
    stated: dict[str, Any] = {
        "gpu_count": context.gpu_count or 1,
        "gpu_memory_gb": context.gpu_memory_gb,
        "base_model": context.base_model,
        "quantization": context.quantization or quantization_in_name(context.model or model),
        "engine": context.engine or "vllm",
        "engine_version": context.engine_version,
        "engine_settings": canonical(context.engine_settings),
        "mode": "online",
        "notes": "; ".join(filter(None, (*notes, context.notes))) or None,
    }
    values: dict[str, Any] = dict.fromkeys(COLUMNS) | known | stated | figures
    for field, value in values.items():
        problem = _problem(value)
        if problem is not None:
            raise InputError(f"{name} is refused: {field} {problem}.", field=field)
    return Measurement(**values)


def quantization_in_name(model: str | None) -> str | None:
    """The format that a model's name states, as in ``Mistral-7B-Instruct-v0.2-AWQ``.

    None if it states none, or one that the model does not know.
    """
    stated = model_name(model or "").weights
    known = stated.problem is None and stated.quantization in QUANTIZATIONS
    return stated.quantization if known else None


def _problem(value: object) -> str | None:
    """Why a value could not be read back from the CSV of ``planner export``; None if it can."""
    if isinstance(value, float) and not 0 < value <= MAX_NUMBER:
        return f"would be {value:g}, and must be over 0 and at most {MAX_NUMBER:g}"
    return text_problem(value) if isinstance(value, str) else None
