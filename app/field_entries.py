"""Who set each field of a scenario on the Plan page, and what was typed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.document_classes import pages_as_typed
from app.field_parsers import TOKENS_PER_PAGE
from app.scenario_from_fields import DEFAULTS, KINDS, OFF, PAGES
from planner.fleet.scenario import Scenario
from planner.report.entries import Entry

KEYS: dict[str, str] = {
    "output_tokens": "output",
    "input_spread": "input_p95",
    "output_spread": "output_p95",
    "latency_p95_s": "answer_within",
    "ttft_p95_s": "first_token",
    "tpot_p95_ms": "per_token",
    "done_within_h": "done_within",
    "model": "model",
    "quantization": "quantization",
    "gpus": "gpus",
    "fleet": "fleet",
    "budget_usd_per_year": "budget",
    "peak_factor": "busiest",
    "hours_per_week": "hours",
    "processing_hours_per_week": "processing",
    "season": "season",
    "hour_profile": "profile",
    "growth_per_year": "growth",
    "years": "years",
    "volume_low": "volume_low",
    "volume_high": "volume_high",
    "shortfall_usd_per_document": "shortfall",
    "terms": "terms",
    "include_marketplace": "marketplace",
    "pay_only_for_hours": "hours_only",
    "follow_load": "follow_load",
    "accept_extrapolated": "unmeasured",
    "spare_replicas": "spare",
    "confidence": "confidence",
    "max_utilization": "utilization",
    "machine_availability": "availability",
    "measured_premium": "premium",
    "engine_version": "engine",
    "gpu_memory_utilization": "memory",
    "prefix_hit_share": "cached",
    "max_num_batched_tokens": "batched",
    "kv_cache_dtype": "kv_cache",
    "rope_scaling": "rope",
    "max_num_seqs": "sequences",
    "max_model_len": "length",
    "lora_adapters": "adapters",
    "lora_rank": "rank",
    "enforce_eager": "eager",
    "text_only": "text_only",
    "other_costs": "other_costs",
    "standard_costs": "standard_costs",
    "owned": "owned",
    "spot_eviction_share": "evicted",
    "minimum_billed_h": "billed_h",
    "discount_rate": "capital",
}
"""The field of the page that states a field of the scenario, as far as one does so alone."""

_OF_KINDS = ("documents_per_year", "input_tokens", "output_tokens", "classes")
"""What the table of the kinds of documents states together."""

_OF_ONE_KIND = (
    "input_spread",
    "output_spread",
    "latency_p95_s",
    "ttft_p95_s",
    "tpot_p95_ms",
    "done_within_h",
)
"""What the page does not ask while the table is shown."""

_SPECULATION = ("speculation", "proposed", "accepted", "draft")


def entries_of(entered: Mapping[str, Any], scenario: Scenario) -> dict[str, Entry]:
    """Who set the scenario's fields, and what was typed for those that are derived from it.

    What the page opens with is the planner's default or the example's, and never the user's.
    """
    found = {name: _entry(scenario, name, entered, (key,)) for name, key in KEYS.items()}
    if entered["speculation"] != OFF:
        found["speculative_tokens"] = _entry(scenario, "speculative_tokens", entered, _SPECULATION)
    period = str(entered["per"])
    typed = None if period == "year" else f"{entered['documents']} a {period}"
    if entered["size"] == KINDS:
        is_example = entered["class_rows"] == DEFAULTS["class_rows"] and period == "year"
        shown = {name: entry for name, entry in found.items() if name not in _OF_ONE_KIND}
        whose = Entry("preset" if is_example else "you")
        of_lengths = replace(whose, typed=pages_as_typed(entered["class_rows"]))
        return shown | dict.fromkeys(_OF_KINDS, whose) | {"input_tokens": of_lengths}
    found["documents_per_year"] = _entry(
        scenario, "documents_per_year", entered, ("documents", "per"), typed
    )
    keys = ("pages", "tokens_per_page") if entered["size"] == PAGES else ("input",)
    found["input_tokens"] = _entry(scenario, "input_tokens", entered, keys, _pages(entered))
    return found


def _entry(
    scenario: Scenario,
    name: str,
    entered: Mapping[str, Any],
    keys: tuple[str, ...],
    typed: str | None = None,
) -> Entry:
    if any(entered[key] != DEFAULTS[key] for key in keys):
        return Entry("you", typed)
    is_default = getattr(scenario, name) == getattr(_PLANNERS_OWN, name)
    return Entry("default" if is_default else "preset", typed)


_PLANNERS_OWN = Scenario()


def _pages(entered: Mapping[str, Any]) -> str | None:
    if entered["size"] != PAGES:
        return None
    per_page = entered["tokens_per_page"]
    assumed = per_page == DEFAULTS["tokens_per_page"]
    words = f"{entered['pages']} pages of {per_page} tokens"
    return f"{words}, {TOKENS_PER_PAGE:,.0f} a page being an assumption" if assumed else words
