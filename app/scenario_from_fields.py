"""Turns the fields of the Plan page into a ``Scenario``, and a ``Scenario`` into fields.

The keys are those of the widgets and of the URL. Every wrong entry gets its own
message; a scenario is made only if all entries are right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import ValidationError

from app import field_parsers as parse
from app.document_classes import EXAMPLE, p95_of, read_rows, rows_of, said_of_table
from app.numbers import written
from planner.entered.cost_item import standard_costs
from planner.entered.owned_hardware import owned_text
from planner.entered.pydantic_refusal import refusal
from planner.entered.scenario_v2 import flat_fields
from planner.errors import InputError
from planner.fleet.scenario import FOR_ONE_MODEL, Scenario, models_taken
from planner.wording.formatting import capitalized
from planner.workload.document_class import DocumentClass
from planner.workload.length_spread import LengthSpread

FieldValues = dict[str, Any]
"""The content of each field, by the field's key."""

TOKENS, PAGES, KINDS = "tokens", "pages", "several kinds"
ANY = "any"
OFF = "off"
NOT_SPREAD = "none"

USUAL_TOKENS = 4
"""Tokens to propose per step: vLLM's examples have 3 to 5."""

ACCEPTANCE_MISSING = (
    "Not in the answer yet: enter the share of proposed tokens that are accepted. It depends on "
    "your texts, so there is no default. Try 50 and 80 to see the difference."
)

ARTICLE_CASE = Scenario(name="The article's case", quantization="awq", budget_usd_per_year=30_000.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """The scenario, or None with a message for each wrong field in ``wrong``.

    ``missing`` has a message for each field that must be filled in before its setting counts.
    """

    scenario: Scenario | None
    wrong: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def field_values_of(scenario: Scenario) -> FieldValues:
    """The field values that state ``scenario``."""
    return {
        "documents": written(scenario.documents_per_year),
        "per": "year",
        "size": KINDS if scenario.classes else TOKENS,
        "class_rows": rows_of(scenario) or EXAMPLE,
        "input": written(scenario.input_tokens),
        "output": written(scenario.output_tokens),
        "input_p95": written(p95_of(scenario.input_tokens, scenario.input_spread)),
        "output_p95": written(p95_of(scenario.output_tokens, scenario.output_spread)),
        "first_token": written(scenario.ttft_p95_s),
        "per_token": written(scenario.tpot_p95_ms),
        "done_within": written(scenario.done_within_h),
        "processing": written(scenario.processing_hours_per_week),
        "growth": written(_percent(scenario.growth_per_year)),
        "years": written(scenario.years),
        "season": parse.numbers_text(scenario.season),
        "profile": parse.numbers_text(scenario.hour_profile),
        "volume_low": written(scenario.volume_low),
        "volume_high": written(scenario.volume_high),
        "shortfall": written(scenario.shortfall_usd_per_document),
        "pages": written(9),
        "tokens_per_page": written(parse.TOKENS_PER_PAGE),
        "model": scenario.model,
        "quantization": scenario.quantization or ANY,
        "budget": written(scenario.budget_usd_per_year),
        "answer_within": written(scenario.latency_p95_s),
        "busiest": written(scenario.peak_factor),
        "hours": written(scenario.hours_per_week),
        "gpus": list(scenario.gpus),
        "fleet": ", ".join(f"{one.gpu}:{one.gpu_count}:{one.replicas}" for one in scenario.fleet),
        "terms": list(scenario.terms),
        "marketplace": scenario.include_marketplace,
        "hours_only": scenario.pay_only_for_hours,
        "follow_load": scenario.follow_load,
        "unmeasured": scenario.accept_extrapolated,
        "spare": written(scenario.spare_replicas),
        "min_replicas": written(scenario.min_replicas),
        "spread": scenario.spread_over or NOT_SPREAD,
        "confidence": written(round(scenario.confidence * 100, 6)),
        "utilization": written(_percent(scenario.max_utilization)),
        "availability": written(_percent(scenario.machine_availability)),
        "premium": written(scenario.measured_premium),
        "engine": scenario.engine_version or "",
        "memory": written(_percent(scenario.gpu_memory_utilization)),
        **_settings_of(scenario),
        "other_costs": "\n".join(map(parse.cost_line, scenario.other_costs)),
        "standard_costs": list(scenario.standard_costs),
        "owned": "\n".join(map(owned_text, scenario.owned)),
        "capital": written(_percent(scenario.discount_rate)),
        "evicted": written(_percent(scenario.spot_eviction_share)),
        "billed_h": written(scenario.minimum_billed_h),
    }


def _settings_of(scenario: Scenario) -> FieldValues:
    speculation = scenario.speculative_method or ("ngram" if scenario.speculative_tokens else OFF)
    return {
        "cached": written(_percent(scenario.prefix_hit_share)),
        "batched": written(scenario.max_num_batched_tokens),
        "kv_cache": scenario.kv_cache_dtype,
        "speculation": speculation,
        "proposed": written(scenario.speculative_tokens or USUAL_TOKENS),
        "accepted": written(_percent(scenario.speculative_acceptance)),
        "draft": written(_percent(scenario.speculative_draft_share)),
        "rope": scenario.rope_scaling or "",
        "sequences": written(scenario.max_num_seqs),
        "length": written(scenario.max_model_len),
        "adapters": written(scenario.lora_adapters),
        "rank": written(scenario.lora_rank),
        "eager": scenario.enforce_eager,
        "text_only": scenario.text_only,
    }


def read_fields(entered: Mapping[str, Any], name: str = ARTICLE_CASE.name) -> Reading:
    """Read the field values as a scenario called ``name``."""
    wrong: dict[str, str] = {}

    def take(key: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(str(entered[key] or ""))
        except InputError as error:
            wrong[key] = str(error)
            return None

    work = {"model": entered["model"], "quantization": _quantization(entered)}
    work |= _kinds(entered, wrong) if entered["size"] == KINDS else _one_kind(entered, take)
    hours, busiest = take("hours", parse.hours), take("busiest", parse.peak_factor)
    documents, volume = partial(parse.documents, str(entered["per"])), work["documents_per_year"]
    values: dict[str, Any] = {
        **work,
        "volume_low": take("volume_low", parse.optional(partial(parse.at_most, documents, volume))),
        "volume_high": take(
            "volume_high", parse.optional(partial(parse.at_least, documents, volume))
        ),
        "shortfall_usd_per_document": take("shortfall", parse.optional(parse.penalty)),
        "processing_hours_per_week": take("processing", parse.optional(parse.hours)),
        "growth_per_year": take("growth", parse.growth),
        "years": take("years", parse.years),
        "budget_usd_per_year": take("budget", parse.optional(parse.budget)),
        "peak_factor": busiest,
        "hours_per_week": hours,
        "season": take("season", parse.season),
        "hour_profile": take("profile", partial(parse.hour_profile, hours, busiest)),
        "spare_replicas": take("spare", parse.spare),
        "min_replicas": take("min_replicas", parse.replicas),
        "confidence": take("confidence", parse.confidence),
        "max_utilization": take("utilization", parse.utilization),
        "machine_availability": take("availability", parse.availability),
        "measured_premium": take("premium", parse.premium),
        "gpu_memory_utilization": take("memory", parse.optional(parse.memory)),
        "engine_version": take("engine", parse.engine_version),
        "prefix_hit_share": take("cached", parse.share),
        "max_num_batched_tokens": take("batched", parse.optional(parse.batched_tokens)),
        "rope_scaling": take("rope", parse.rope_scaling),
        "max_num_seqs": take("sequences", parse.optional(parse.sequences)),
        "max_model_len": take("length", parse.optional(parse.tokens)),
        "lora_adapters": take("adapters", parse.optional(parse.adapters)),
        "lora_rank": take("rank", parse.optional(parse.rank)),
        "fleet": take("fleet", parse.fleet),
        "other_costs": take("other_costs", parse.other_costs),
        "standard_costs": take(
            "standard_costs",
            lambda _: standard_costs(entered["standard_costs"] or (), "Standard costs"),
        ),
        "owned": take("owned", parse.owned),
        "discount_rate": take("capital", parse.share),
        "spot_eviction_share": take("evicted", parse.share),
        "minimum_billed_h": take("billed_h", parse.hours_or_none),
    }
    incomplete = _lacks_acceptance(entered)
    if entered["speculation"] != OFF and not incomplete:
        values |= {
            "speculative_method": entered["speculation"],
            "speculative_tokens": take("proposed", parse.proposed),
            "speculative_acceptance": take("accepted", parse.share),
            "speculative_draft_share": take("draft", parse.optional(parse.draft_share)),
        }
    if not entered["model"]:
        wrong["model"] = "No model is chosen; choose one from the list or add your own."
    wrong |= _for_one_model(work, {**entered, **values})
    if not entered["terms"]:
        wrong["terms"] = "No price terms are chosen; choose at least one, for example on-demand."
    missing = {"accepted": ACCEPTANCE_MISSING} if incomplete else {}
    if wrong:
        return Reading(None, wrong, missing)
    try:
        scenario = Scenario(
            name=name,
            gpus=tuple(entered["gpus"]),
            terms=tuple(entered["terms"]),
            include_marketplace=entered["marketplace"],
            pay_only_for_hours=entered["hours_only"],
            follow_load=entered["follow_load"],
            accept_extrapolated=entered["unmeasured"],
            spread_over=None if entered["spread"] == NOT_SPREAD else entered["spread"],
            kv_cache_dtype=entered["kv_cache"],
            enforce_eager=entered["eager"],
            text_only=entered["text_only"],
            **values,
        )
    except ValidationError as error:
        return Reading(None, _refused(error), missing)
    return Reading(scenario, missing=missing)


def _refused(error: ValidationError) -> dict[str, str]:
    """The problem that no field tells by itself, such as a name of 10,000 letters."""
    place = next((str(part) for part in error.errors()[0]["loc"]), "")
    return {FIELD_OF.get(place, ""): f"{refusal(error, {}, ())}."}


def _one_kind(entered: Mapping[str, Any], take: Callable[..., Any]) -> dict[str, Any]:
    return {
        "documents_per_year": take("documents", partial(parse.documents, str(entered["per"]))),
        "input_tokens": _input_tokens(entered, take),
        "output_tokens": take("output", parse.tokens),
        "input_spread": _spread(take("input_p95", parse.optional(parse.tokens))),
        "output_spread": _spread(take("output_p95", parse.optional(parse.tokens))),
        "latency_p95_s": take("answer_within", parse.optional(parse.answer_time)),
        "ttft_p95_s": take("first_token", parse.optional(parse.answer_time)),
        "tpot_p95_ms": take("per_token", parse.optional(parse.milliseconds)),
        "done_within_h": take("done_within", parse.optional(parse.within_hours)),
    }


def _kinds(entered: Mapping[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    """The fields of a scenario for the rows of the table, as a scenario file states them."""
    try:
        classes = read_rows(entered["class_rows"], str(entered["per"]))
        of_all = {"model": entered["model"], "quantization": _quantization(entered)}
        return flat_fields({"classes": classes} | of_all, None, known=tuple(of_all))
    except InputError as error:
        wrong["class_rows"] = said_of_table(error, entered["class_rows"])
        return {"documents_per_year": None}


def _for_one_model(work: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, str]:
    """A message for each field that is filled in and for which the kinds take too many models."""
    classes = [DocumentClass.model_validate(one) for one in work.get("classes", ())]
    models = models_taken(classes, work["model"], work["quantization"])
    return {
        key: f"{capitalized(why)}, and the kinds of documents take {models}. Leave this out, or "
        "plan the kinds of each model alone."
        for key, why in FOR_ONE_MODEL.items()
        if models > 1 and entered[key]
    }


def _quantization(entered: Mapping[str, Any]) -> str | None:
    return None if entered["quantization"] == ANY else str(entered["quantization"])


def _lacks_acceptance(entered: Mapping[str, Any]) -> bool:
    """True if speculative decoding is on and nothing has been entered about its draft yet."""
    stated = (str(entered[key] or "").strip() for key in ("accepted", "draft"))
    return entered["speculation"] != OFF and not any(stated)


FIELD_OF: dict[str, str] = {
    "documents_per_year": "documents",
    "input_tokens": "input",
    "output_tokens": "output",
    "input_p95": "input_p95",
    "output_p95": "output_p95",
    "done_within_h": "done_within",
    "model": "model",
    "quantization": "quantization",
    "gpu": "gpus",
    "gpus": "gpus",
    "fleet": "fleet",
    "budget_usd_per_year": "budget",
    "owned": "owned",
    "latency_p95_s": "answer_within",
    "engine_version": "engine",
    "prefix_hit_share": "cached",
    "max_num_batched_tokens": "batched",
    "speculative_method": "speculation",
    "speculative_tokens": "proposed",
    "speculative_acceptance": "accepted",
    "speculative_draft_share": "draft",
    "rope_scaling": "rope",
    "max_num_seqs": "sequences",
    "max_model_len": "length",
    "lora_adapters": "adapters",
    "lora_rank": "rank",
}
"""The field of the page for each input that the planner may name in an error."""


_OF_ONE_KIND = frozenset(
    {"documents", "input", "output", "input_p95", "output_p95", "done_within", "answer_within"}
)


def field_of(error: InputError, entered: Mapping[str, Any]) -> str:
    """The key of the field that the error is about; empty if it is about no single field."""
    if (error.field or "").startswith("classes."):
        return "class_rows"
    key = FIELD_OF.get(error.field or "", "")
    if entered["size"] == KINDS and key in _OF_ONE_KIND:
        return "class_rows"
    return "pages" if key == "input" and entered["size"] == PAGES else key


def _input_tokens(entered: Mapping[str, Any], take: Callable[..., Any]) -> int | None:
    tokens: int | None = None
    if entered["size"] == TOKENS:
        tokens = take("input", parse.tokens)
        return tokens
    per_page = take("tokens_per_page", parse.tokens)
    of_page = parse.TOKENS_PER_PAGE if per_page is None else per_page
    tokens = take("pages", lambda text: parse.tokens_of_pages(text, of_page))
    return tokens


def _spread(p95: float | None) -> LengthSpread | None:
    return None if p95 is None else LengthSpread(p95=p95)


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 6)


DEFAULTS: FieldValues = field_values_of(ARTICLE_CASE)
