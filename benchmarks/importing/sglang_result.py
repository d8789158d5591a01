"""A result of ``python -m sglang.bench_serving`` as a measurement.

It writes one JSON object a run, and appends it to a ``.jsonl`` file. It can load vLLM too:
``backend`` says which engine answered. A result without ``--output-details`` does not state how
many requests failed. Fields: python/sglang/bench_serving.py of SGLang 0.3 to 0.5.
"""

from __future__ import annotations

from dataclasses import replace

from benchmarks.importing.context import ImportContext, measurement
from benchmarks.importing.failed_requests import check_failed, failed_note
from benchmarks.importing.json_document import Document
from benchmarks.importing.load_point import checked_rate, load_of
from benchmarks.importing.shared_prefix import check_prefix_is_stated
from benchmarks.importing.stated_engine import with_stated_engine
from planner.catalog.model_spec import QUANTIZATIONS
from planner.records.measurement import Measurement

RANKS = ("pp_size", "dp_size")
"""Options of the server, each of which multiplies the cards of ``tp_size``."""


def is_sglang_result(document: Document) -> bool:
    """True for any result of SGLang's ``bench_serving``."""
    return {"backend", "completed", "total_output_tokens_retokenized"} <= set(document.values)


def measurements_of_sglang_result(
    document: Document, context: ImportContext
) -> tuple[Measurement, ...]:
    """The measurement of a result. Raises InputError if it is not one."""
    context = _with_server_info(document, with_stated_engine(document, context), context)
    requests = document.count("completed")
    if not requests:
        raise document.refusal("no request completed")
    asked = _asked(document, requests)
    check_failed(document, asked - requests, asked, context.allowed_failed)
    check_prefix_is_stated(document, context, document.values, asked)
    if document.positive("total_input_vision_tokens") is not None:
        raise document.refusal(
            "its requests hold images, which a measurement cannot state; measure with text"
        )
    total = document.count("total_output_tokens")
    wanted = context.output_tokens
    if wanted is not None and total != requests * wanted:
        raise document.refusal(
            f"{total} output tokens are not {requests} requests x {wanted} tokens: "
            "answers were clamped, cut off, or of different lengths"
        )
    notes = [f"sglang.bench_serving, {requests} requests in {document.figure('duration'):.1f} s"]
    notes.extend((*failed_note(asked - requests, asked), *document.notes))
    per_step = document.positive("accept_length")
    if per_step is not None:
        if context.engine == "vllm" and "speculative" not in (context.engine_settings or ""):
            raise document.refusal(
                f"accept_length {per_step:g} says speculative decoding; add --engine-settings "
                "speculative=METHOD:TOKENS:ACCEPTANCE"
            )
        notes.append(f"with speculative decoding, {per_step:g} tokens a step")
    return (
        measurement(
            context,
            document.name,
            document.text("server_info.model_path") or document.text("model_id"),
            tuple(notes),
            **load_of(document, asked),
            input_tokens=document.count("total_input_tokens") / requests,
            output_tokens=total / requests,
            requests=float(requests),
            output_tokens_per_s=checked_rate(document, "output_throughput", "total_output_tokens"),
            requests_per_s=requests / document.figure("duration"),
            ttft_ms_mean=document.positive("mean_ttft_ms"),
            ttft_ms_median=document.positive("median_ttft_ms"),
            tpot_ms_mean=document.positive("mean_tpot_ms"),
            e2e_s_mean=_seconds(document.positive("mean_e2e_latency_ms")),
            quality="B",
        ),
    )


def _with_server_info(
    document: Document, context: ImportContext, stated: ImportContext
) -> ImportContext:
    """The context with version, format and number of cards that the SGLang server stated.

    Raises InputError if it contradicts what the user ``stated``.
    """
    if document.at("server_info.tp_size") is None:
        return context
    cards = _cards(document)
    if stated.gpu_count not in (None, cards):
        raise document.refusal(
            f"server_info says {cards} cards, but --gpu-count says {stated.gpu_count}; correct "
            "one of them"
        )
    quantization = document.text("server_info.quantization")
    known = {quantization, stated.quantization} <= set(QUANTIZATIONS)
    if known and quantization != stated.quantization:
        raise document.refusal(
            f"server_info says {quantization}, but --quantization says {stated.quantization}; "
            "correct one of them"
        )
    return replace(
        context,
        gpu_count=cards,
        engine_version=context.engine_version or document.text("server_info.version"),
        quantization=context.quantization or quantization,
    )


def _cards(document: Document) -> int:
    """Number of cards of the server; with attention in parallel, its ranks share those of tp.

    Source: docs.sglang.io/docs/advanced_features/dp_dpa_smg_guide (read 2026-11-28).
    """
    cards = document.count("server_info.tp_size")
    names = ("pp_size",) if document.at("server_info.enable_dp_attention") else RANKS
    for name in names:
        if document.positive(f"server_info.{name}") is not None:
            cards *= document.count(f"server_info.{name}")
    return cards


def _asked(document: Document, completed: int) -> int:
    """Number of requests that were sent, if the result has details; else of those completed."""
    lengths = document.at("output_lens")
    asked = len(lengths) if isinstance(lengths, list) else completed
    if document.at("num_prompts") is not None:
        asked = document.count("num_prompts")
    if asked < completed:
        raise document.refusal(f"{completed} requests completed, but only {asked} were sent")
    return asked


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
