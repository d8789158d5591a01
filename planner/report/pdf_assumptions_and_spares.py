"""What the plan assumes (every input, who set it, why the default) and what it leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from planner.catalog.gpu import gpu_group
from planner.catalog.price_offer import HOURS_PER_YEAR
from planner.fleet.plan import Plan
from planner.fleet.scenario import FleetPart, Scenario
from planner.forecast.setting_effects import certainties
from planner.report.entries import Entries, Entry, SetBy
from planner.vllm.speculative_decoding import speculative_from
from planner.wording.cost_sentences import amount_and_unit, not_counted_sentence, price_of
from planner.wording.formatting import count, counted, percent, seconds, usd
from planner.wording.length_sentences import length_sentences
from planner.wording.model_fleet_sentences import models_of, quantizations_of
from planner.workload.weekly_hours import FIVE_DAYS_UP_TO, HOURS_PER_WEEK, DailyHours

_ARTICLE = "article by Roots Automation, 2024-08-26"
_DEFAULT_REASON: dict[str, str] = {
    "documents_per_year": _ARTICLE,
    "input_tokens": _ARTICLE,
    "output_tokens": _ARTICLE,
    "input_spread": "lognormal, sd of the log 0.62 in and 0.21 out",
    "model": _ARTICLE,
    "quantization": "all that the model and the GPU allow",
    "gpus": "all in the catalogue",
    "fleet": "the planner looks for one",
    "budget_usd_per_year": "no limit was set",
    "latency_p95_s": "no limit was set; documents can wait",
    "peak_factor": "enter 2 or more if people wait for answers",
    "hours_per_week": "day and night",
    "season": "all months are alike",
    "arrival_hours": "five days up to 60 hours a week, else seven",
    "processing_hours_per_week": "those of arrival",
    "processing_hours": "five days up to 60 hours a week, else seven",
    "done_within_h": "no deadline was set",
    "growth_per_year": "the volume stays",
    "years": "prices are those of today",
    "volume_high": "the volume is taken as certain",
    "latency_p50_s": "no limit was set",
    "latency_p99_s": "no limit was set",
    "ttft_p95_s": "no limit was set",
    "tpot_p95_ms": "no limit was set",
    "terms": "no long-term commitment",
    "include_marketplace": "third-party hosts may not last a year",
    "pay_only_for_hours": f"machines are billed all {HOURS_PER_YEAR:,.0f} hours",
    "follow_load": "try first whether machines start in time",
    "spare_replicas": "enter 1 to keep every limit in a failure",
    "min_replicas": "enter 2 so that one can be replaced while another answers",
    "spread_over": "one provider may carry all",
    "machine_availability": "what AWS commits to for one machine (Compute SLA, 2022)",
    "max_utilization": "an hour's failure is caught up within 19 hours",
    "confidence": "least probability of keeping every limit",
    "measured_premium": "about the error of a forecast before measuring",
    "accept_extrapolated": "a forecast that nobody checked is worth less",
    "engine_version": "as in the measured versions",
    "gpu_memory_utilization": "depends on its version",
    "prefix_hit_share": "prompts share nothing",
    "max_num_batched_tokens": "depends on its version and the GPU",
    "kv_cache_dtype": "as in the measurements",
    "speculative_tokens": "as in the measurements",
    "rope_scaling": "the model's own context is enough",
    "max_num_seqs": "as many as pay off, found by the forecast",
    "max_model_len": "what the documents need",
    "enforce_eager": "CUDA graphs, as in the measurements",
    "pipeline_parallel_size": "as few as the model's heads allow",
    "lora_adapters": "none was entered",
    "lora_rank": "vLLM's default",
    "text_only": "images are read if the model can",
    "other_costs": "none was entered",
    "owned": "none was entered",
    "spot_eviction_share": "AWS showed 10 to 20 % a month for H100s (2025-05-01)",
    "minimum_billed_h": "clouds bill by the second or minute",
    "standard_costs": "the cost is that of the GPUs alone",
    "discount_rate": "as in a published build-or-buy console (legitlads)",
}
_SETTING: dict[str, str] = {
    "prefix_hit_share": "prefix_hit_share",
    "max_num_batched_tokens": "max_num_batched_tokens",
    "kv_cache_dtype": "kv_cache_dtype",
    "speculative_tokens": "speculative",
    "rope_scaling": "rope_scaling",
    "enforce_eager": "enforce_eager",
    "pipeline_parallel_size": "pipeline_parallel_size",
    "lora_adapters": "lora",
    "lora_rank": "lora",
}
"""The engine setting that a field of the scenario states."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One input of the plan, and who set it.

    ``source`` is that of the input's effect on the forecast; None if it has none of its own.
    """

    label: str
    value: str
    unit: str
    set_by: SetBy
    reason: str
    source: str | None = None

    @property
    def says_nothing(self) -> bool:
        """True if no value was stated and none is assumed in its place."""
        return self.set_by == "default" and self.value in _NOTHING


_NOTHING = ("none", "not stated", "vLLM's default", "as needed", "when they arrive", "off", "no")


def assumptions(scenario: Scenario, entries: Entries | None = None) -> tuple[Assumption, ...]:
    """One row for each of the scenario's inputs, except its name."""
    defaults, entered = Scenario(), entries or {}
    return tuple(
        Assumption(label, value, unit, *_set_by(field, scenario, defaults, entered.get(field)))
        for field, label, value, unit in _rows(scenario)
    )


def of_plan(rows: Sequence[Assumption], plan: Plan) -> tuple[Assumption, ...]:
    """The rows; spare machines are whole sets if replicas of the plan span several machines."""
    fleet = () if plan.nearest is None else plan.nearest.fleet
    if plan.scenario.spare_replicas == 0 or all(i.price_offer.machines == 1 for i in fleet):
        return tuple(rows)
    return tuple(
        replace(row, unit="sets, if machines are joined") if row.label == _SPARES else row
        for row in rows
    )


def left_out(scenario: Scenario) -> tuple[str, ...]:
    """What the plan does not count: other costs, quality, spread of sizes, missing spares."""
    sentences = [
        not_counted_sentence(scenario),
        "The quality of the model's answers is not forecast.",
    ]
    if scenario.spare_replicas == 0:
        sentences.append(
            "There is no spare machine: while one is down, its share of the documents waits."
        )
    return tuple(sentences)


_SPARES = "Spare machines"

_OF_CLASSES = ("documents_per_year", "input_tokens", "output_tokens")
"""Fields that the classes state together."""

_OF_A_CLASS = ("model", "quantization")
"""Fields that a class may state for itself."""

_TARGET: dict[str, str] = {
    "latency_p50_s": "e2e_p50_s",
    "latency_p95_s": "e2e_p95_s",
    "latency_p99_s": "e2e_p99_s",
    "ttft_p95_s": "ttft_p95_s",
    "tpot_p95_ms": "tpot_p95_ms",
    "done_within_h": "done_within_h",
}
"""The limit of a class that a field of the scenario states for documents of one kind."""


_PRESET = "the example that the page opens with"


def _set_by(
    field: str, scenario: Scenario, defaults: Scenario, entry: Entry | None
) -> tuple[SetBy, str, str | None]:
    """Who set the field, why it has its value or how it was typed, and the source of its effect."""
    stated = field in _OF_CLASSES and bool(scenario.classes)
    stated |= any(getattr(one, field, None) for one in scenario.classes if field in _OF_A_CLASS)
    stated |= bool(field in _TARGET and _limits_of_classes(scenario, field))
    is_default = not stated and getattr(scenario, field) == getattr(defaults, field)
    found = entry or Entry("default" if is_default else "you")
    if found.set_by == "default":
        return "default", _DEFAULT_REASON[field], None
    reasons = [_PRESET] if found.set_by == "preset" else []
    reasons += [] if found.typed is None else [f"entered as {found.typed}"]
    if field in _SETTING and not is_default:
        effect = certainties()[_SETTING[field]]
        reasons.append(f"effect on the forecast: {effect.certainty}")
        return found.set_by, "; ".join(reasons), effect.source
    return found.set_by, "; ".join(reasons), None


def _part(part: FleetPart) -> str:
    return f"{counted(part.replicas, 'replica')} of {gpu_group(part.gpu_count, part.gpu)}"


def _rows(s: Scenario) -> Iterator[tuple[str, str, str, str]]:
    yield "documents_per_year", "Documents", count(s.documents_per_year), "a year"
    yield "input_tokens", "Document size, in", count(s.input_tokens), "tokens"
    yield "output_tokens", "Answer size, out", count(s.output_tokens), "tokens"
    lengths = "classes" if s.classes else "input_spread"
    yield from ((lengths, "Lengths", text, "") for text in length_sentences(s))
    yield "model", "Model", models_of(s), ""
    yield "quantization", "Quantization", quantizations_of(s), ""
    yield "gpus", "GPUs considered", ", ".join(s.gpus) or "all", ""
    for one in s.owned:
        yield "owned", f"Own {one.gpu}", count(one.count), price_of(one)
    yield "fleet", "Fleet to judge", " + ".join(map(_part, s.fleet)) or "none", ""
    yield "budget_usd_per_year", "Budget a year", _or_none(s.budget_usd_per_year, usd), ""
    yield "latency_p95_s", "Answer time (95 %)", _limit(s, "latency_p95_s", seconds), ""
    yield "latency_p50_s", "Answer time (50 %)", _limit(s, "latency_p50_s", seconds), ""
    yield "latency_p99_s", "Answer time (99 %)", _limit(s, "latency_p99_s", seconds), ""
    yield "ttft_p95_s", "First token (95 %)", _limit(s, "ttft_p95_s", seconds), ""
    yield "tpot_p95_ms", "Time per token (95 %)", _limit(s, "tpot_p95_ms", count), "ms"
    yield "peak_factor", "Busiest hour", count(s.peak_factor), "× average"
    yield "hours_per_week", "Hours of arrival", count(s.hours_per_week), "a week"
    observed = "as observed" if s.hour_profile else _daily(s.arrival_hours, s.hours_per_week)
    yield "hour_profile" if s.hour_profile else "arrival_hours", "Days of arrival", observed, ""
    yield "season", "Season", _season(s), ""
    yield (
        "processing_hours_per_week",
        "Hours of processing",
        "when they arrive"
        if s.processing_hours_per_week is None
        else count(s.processing_hours_per_week),
        "" if s.processing_hours_per_week is None else "a week",
    )
    days = _daily(s.processing_hours, s.processing_hours_per_week)
    yield "processing_hours", "Days of processing", days, ""
    yield "done_within_h", "Done within", _limit(s, "done_within_h", count), "hours"
    yield "growth_per_year", "Growth", f"{100 * s.growth_per_year:g} %", "a year"
    yield "years", "Years planned for", str(s.years), ""
    yield "volume_low" if s.volume_low else "volume_high", "Range of the volume", *_range(s)
    if s.shortfall_usd_per_document is not None:
        shortfall = usd(s.shortfall_usd_per_document)
        yield "shortfall_usd_per_document", "A document that falls short", shortfall, ""
    yield "confidence", "Recommended from", percent(s.confidence), "sure"
    yield "measured_premium", "Premium for measured", count(s.measured_premium), "× cost"
    yield "accept_extrapolated", "Unmeasured GPUs", _accepted(s.accept_extrapolated), ""
    yield "spare_replicas", _SPARES, str(s.spare_replicas), ""
    yield "min_replicas", "Replicas, at least", str(s.min_replicas), "for each class"
    yield "spread_over", "Spread over", "none" if s.spread_over is None else f"{s.spread_over}s", ""
    yield "machine_availability", "A machine runs", f"{100 * s.machine_availability:g} %", "of time"
    yield "max_utilization", "Utilization, at most", percent(s.max_utilization), ""
    yield "terms", "Price terms", ", ".join(s.terms), ""
    yield "include_marketplace", "Marketplace prices", _yes(s.include_marketplace), ""
    yield "pay_only_for_hours", "Pay for working hours only", _yes(s.pay_only_for_hours), ""
    yield "follow_load", "Off while the load is low", _yes(s.follow_load), ""
    yield "engine_version", "vLLM version", s.engine_version or "not stated", ""
    yield (
        "gpu_memory_utilization",
        "GPU memory for vLLM",
        "vLLM's default" if s.gpu_memory_utilization is None else percent(s.gpu_memory_utilization),
        "",
    )
    yield "prefix_hit_share", "Prefix cache hits", percent(s.prefix_hit_share), ""
    yield (
        "max_num_batched_tokens",
        "Tokens per engine step",
        "vLLM's default" if s.max_num_batched_tokens is None else count(s.max_num_batched_tokens),
        "" if s.max_num_batched_tokens is None else "tokens",
    )
    yield "kv_cache_dtype", "KV cache format", _cache(s.kv_cache_dtype), ""
    yield "speculative_tokens", "Speculative decoding", _speculation(s), ""
    yield "rope_scaling", "RoPE scaling", s.rope_scaling or "none", ""
    yield "max_num_seqs", "Requests that run together", _at_most(s.max_num_seqs), ""
    yield "max_model_len", "Longest context", _at_most(s.max_model_len), "tokens"
    yield "enforce_eager", "Eager mode", _yes(s.enforce_eager), ""
    yield "pipeline_parallel_size", "Pipeline stages", _or_none(s.pipeline_parallel_size, count), ""
    yield "lora_adapters", "LoRA adapters", _or_none(s.lora_adapters, count), ""
    yield "lora_rank", "Rank of LoRA adapters", _or_none(s.lora_rank, count), ""
    yield "text_only", "Without images", _yes(s.text_only), ""
    if not s.other_costs and not s.standard_costs:
        yield "other_costs", "Costs besides the GPUs", "none", ""
    for item in s.other_costs:
        yield "other_costs", f"Cost: {item.name}", *amount_and_unit(item)
    if s.standard_costs:
        yield "standard_costs", "Standard costs counted", ", ".join(s.standard_costs), ""
    if "spot" in s.terms:
        yield "spot_eviction_share", "Spot taken back", percent(s.spot_eviction_share), "of time"
    if s.minimum_billed_h:
        yield "minimum_billed_h", "Billed at least", count(s.minimum_billed_h), "hours"
    if s.years > 1:
        yield "discount_rate", "Cost of capital", percent(s.discount_rate), "a year"


def _limit(s: Scenario, field: str, write: Callable[[float], str]) -> str:
    """The limit of the scenario, or those of its classes by name."""
    stated: float | None = getattr(s, field)
    of_classes = _limits_of_classes(s, field)
    if stated is not None or not of_classes:
        return _or_none(stated, write)
    return ", ".join(f"{name}: {write(limit)}" for name, limit in of_classes)


def _limits_of_classes(s: Scenario, field: str) -> list[tuple[str, float]]:
    stated = ((one.name, getattr(one.targets, _TARGET[field])) for one in s.classes)
    return [(name, limit) for name, limit in stated if limit is not None]


def _season(s: Scenario) -> str:
    if not s.season:
        return "none"
    least, most = (f"{end:.2f}" for end in (min(s.season), max(s.season)))
    return f"{least} to {most} by month"


def _range(s: Scenario) -> tuple[str, str]:
    if s.volume_low is None and s.volume_high is None:
        return "none", ""
    low, high = (count(end or s.documents_per_year) for end in (s.volume_low, s.volume_high))
    return f"{low} to {high}", f"a year, {percent(s.volume_confidence)} sure"


def _accepted(accept: bool) -> str:
    return "without a premium" if accept else "with a premium"


def _cache(dtype: str) -> str:
    return "16 bit" if dtype == "auto" else dtype.upper()


def _speculation(s: Scenario) -> str:
    decoding = speculative_from(
        s.speculative_method, s.speculative_tokens, s.speculative_acceptance
    )
    if decoding is None:
        return "off"
    accepted = percent(decoding.acceptance)
    return f"{decoding.method}, {decoding.tokens} tokens, {accepted} accepted"


def _at_most(value: int | None) -> str:
    return "as needed" if value is None else count(value)


def _daily(hours: DailyHours | None, hours_per_week: float | None) -> str:
    """The days as stated, or as they are assumed; "not stated" if no hours of a week are."""
    if hours is None:
        if hours_per_week is None or hours_per_week >= HOURS_PER_WEEK:
            return "not stated"
        return "five, around noon" if hours_per_week <= FIVE_DAYS_UP_TO else "all, around noon"
    return f"{', '.join(hours.days)}, {hours.from_} to {hours.to}"


def _or_none(value: float | None, write: Callable[[float], str]) -> str:
    return "none" if value is None else write(value)


def _yes(chosen: bool) -> str:
    return "yes" if chosen else "no"
