"""From what the fields of the page hold to a Scenario, and back.

The keys are those of the widgets and of the URL. Every wrong entry gets its own
message; a scenario is made only where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.numbers import read_number, written
from planner.engine_settings import (
    LARGEST_DRAFT_SHARE,
    LEAST_BATCHED_TOKENS,
    MOST_SPECULATIVE_TOKENS,
    rope_scaling_from,
)
from planner.errors import InputError
from planner.scenario import MAX_DOCUMENTS_PER_YEAR, MAX_TOKENS, CostItem, Scenario

Entered = dict[str, Any]

PERIODS: dict[str, float] = {"year": 1.0, "month": 12.0, "day": 365.0}
"""How often each period comes in a year."""

TOKENS, PAGES = "tokens", "pages"
ANY = "any"
OFF = "off"

TOKENS_PER_PAGE = 900.0
"""An assumption: the article's documents of about 8,000 tokens have 8 to 10 pages."""

USUAL_TOKENS = 4
"""Tokens to propose a step: vLLM's examples have 3 to 5."""

MOST_USD = 1e12
MOST_PAGES = 100_000.0
MOST_CHARACTERS = 50  # of a version

ARTICLE_CASE = Scenario(name="The article's case", quantization="awq", budget_usd_per_year=30_000.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """The scenario that was entered, or for each field at fault what is wrong with it."""

    scenario: Scenario | None
    wrong: Mapping[str, str] = field(default_factory=dict)


def entered_from(scenario: Scenario) -> Entered:
    """The fields that state ``scenario``."""
    return {
        "documents": written(scenario.documents_per_year),
        "per": "year",
        "size": TOKENS,
        "input": written(scenario.input_tokens),
        "output": written(scenario.output_tokens),
        "pages": written(9),
        "tokens_per_page": written(TOKENS_PER_PAGE),
        "model": scenario.model,
        "quantization": scenario.quantization or ANY,
        "budget": written(scenario.budget_usd_per_year),
        "answer_within": written(scenario.latency_p95_s),
        "busiest": written(scenario.peak_factor),
        "hours": written(scenario.hours_per_week),
        "gpus": list(scenario.gpus),
        "terms": list(scenario.terms),
        "marketplace": scenario.include_marketplace,
        "hours_only": scenario.pay_only_for_hours,
        "unmeasured": scenario.accept_extrapolated,
        "spare": written(scenario.spare_replicas),
        "confidence": written(round(scenario.confidence * 100, 6)),
        "engine": scenario.engine_version or "",
        "memory": written(_percent(scenario.gpu_memory_utilization)),
        **_settings_of(scenario),
        "other_costs": "\n".join(
            f"{item.name}: {written(item.usd_per_year)}" for item in scenario.other_costs
        ),
    }


def _settings_of(scenario: Scenario) -> Entered:
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
    }


def reading(entered: Mapping[str, Any], name: str = ARTICLE_CASE.name) -> Reading:
    """The scenario called ``name`` that the fields state, or what is wrong with them."""
    wrong: dict[str, str] = {}

    def take(key: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(str(entered[key] or ""))
        except InputError as error:
            wrong[key] = str(error)
            return None

    values: dict[str, Any] = {
        "documents_per_year": take("documents", partial(_documents, str(entered["per"]))),
        "input_tokens": _input_tokens(entered, take),
        "output_tokens": take("output", _tokens),
        "budget_usd_per_year": take("budget", _optional(_budget)),
        "latency_p95_s": take("answer_within", _optional(_latency)),
        "peak_factor": take("busiest", _peak_factor),
        "hours_per_week": take("hours", _hours),
        "spare_replicas": take("spare", _spare),
        "confidence": take("confidence", _confidence),
        "gpu_memory_utilization": take("memory", _optional(_memory)),
        "engine_version": take("engine", _engine_version),
        "prefix_hit_share": take("cached", _share),
        "max_num_batched_tokens": take("batched", _optional(_batched_tokens)),
        "rope_scaling": take("rope", _rope_scaling),
        "other_costs": take("other_costs", _other_costs),
    }
    if entered["speculation"] != OFF:
        values |= {
            "speculative_method": entered["speculation"],
            "speculative_tokens": take("proposed", _proposed),
            "speculative_acceptance": take("accepted", _share),
            "speculative_draft_share": take("draft", _optional(_draft_share)),
        }
    if not entered["model"]:
        wrong["model"] = "No model is chosen; choose one of the list or add your own."
    if not entered["terms"]:
        wrong["terms"] = "No price terms are chosen; choose at least one, for example on-demand."
    if wrong:
        return Reading(None, wrong)
    return Reading(
        Scenario(
            name=name,
            model=entered["model"],
            quantization=None if entered["quantization"] == ANY else entered["quantization"],
            gpus=tuple(entered["gpus"]),
            terms=tuple(entered["terms"]),
            include_marketplace=entered["marketplace"],
            pay_only_for_hours=entered["hours_only"],
            accept_extrapolated=entered["unmeasured"],
            kv_cache_dtype=entered["kv_cache"],
            **values,
        )
    )


FIELD_OF: dict[str, str] = {
    "documents_per_year": "documents",
    "input_tokens": "input",
    "output_tokens": "output",
    "model": "model",
    "quantization": "quantization",
    "gpu": "gpus",
    "gpus": "gpus",
    "budget_usd_per_year": "budget",
    "latency_p95_s": "answer_within",
    "engine_version": "engine",
    "prefix_hit_share": "cached",
    "max_num_batched_tokens": "batched",
    "speculative_method": "speculation",
    "speculative_tokens": "proposed",
    "speculative_acceptance": "accepted",
    "speculative_draft_share": "draft",
    "rope_scaling": "rope",
}
"""Which field of the page states an input that the planner names in an error."""


def field_of(error: InputError, entered: Mapping[str, Any]) -> str:
    """The field that shows an error of the planner; empty where no single one is at fault."""
    key = FIELD_OF.get(error.field or "", "")
    return "pages" if key == "input" and entered["size"] == PAGES else key


def _input_tokens(entered: Mapping[str, Any], take: Callable[..., Any]) -> int | None:
    tokens: int | None = None
    if entered["size"] == TOKENS:
        tokens = take("input", _tokens)
        return tokens
    pages = take("pages", lambda t: read_number(t, least=0, most=MOST_PAGES, unit="", above=True))
    per_page = take("tokens_per_page", _tokens)
    if pages is not None and per_page is not None:
        tokens = take("pages", lambda _: _tokens(written(max(1, round(pages * per_page)))))
    return tokens


def _documents(period: str, text: str) -> float:
    most = MAX_DOCUMENTS_PER_YEAR / PERIODS[period]
    unit = f"documents a {period}"
    return read_number(text, least=1, most=most, unit=unit) * PERIODS[period]


def _tokens(text: str) -> int:
    return int(read_number(text, least=1, most=MAX_TOKENS, unit="tokens", whole=True))


def _budget(text: str) -> float:
    return read_number(text, least=0, most=MOST_USD, unit="dollars a year", above=True)


def _latency(text: str) -> float:
    return read_number(text, least=0, most=1e7, unit="seconds", above=True)


def _peak_factor(text: str) -> float:
    return read_number(text, least=1, most=1000, unit="times the average hour")


def _hours(text: str) -> float:
    return read_number(text, least=1, most=168, unit="hours a week")


def _spare(text: str) -> int:
    return int(read_number(text, least=0, most=100, unit="replicas", whole=True))


def _confidence(text: str) -> float:
    return read_number(text.removesuffix("%"), least=50, most=99, unit="percent") / 100


def _memory(text: str) -> float:
    number = read_number(text.removesuffix("%"), least=0, most=100, unit="percent", above=True)
    return number / 100


def _share(text: str) -> float:
    return read_number(text.removesuffix("%"), least=0, most=100, unit="percent") / 100


def _draft_share(text: str) -> float:
    most = LARGEST_DRAFT_SHARE * 100
    return read_number(text.removesuffix("%"), least=0, most=most, unit="percent") / 100


def _batched_tokens(text: str) -> int:
    return int(
        read_number(text, least=LEAST_BATCHED_TOKENS, most=MAX_TOKENS, unit="tokens", whole=True)
    )


def _proposed(text: str) -> int:
    most = MOST_SPECULATIVE_TOKENS
    return int(read_number(text, least=1, most=most, unit="tokens a step", whole=True))


def _rope_scaling(text: str) -> str | None:
    return str(rope_scaling_from(text)) if text.strip() else None


def _engine_version(text: str) -> str | None:
    if len(text.strip()) > MOST_CHARACTERS:
        raise InputError("That is no vLLM version; give one such as 0.11.0, or leave it empty.")
    return text.strip() or None


def _other_costs(text: str) -> tuple[CostItem, ...]:
    return tuple(_cost_item(line) for line in text.splitlines() if line.strip())


def _cost_item(line: str) -> CostItem:
    name, colon, amount = line.rpartition(":")
    if not colon or not 0 < len(name.strip()) <= 200:
        raise InputError(
            f"“{line.strip()[:40]}” is not a cost; give one per line as name: dollars a year, "
            "for example Log storage: 2,400."
        )
    cost = read_number(amount, least=0, most=MOST_USD, unit="dollars a year")
    return CostItem(name=name.strip(), usd_per_year=cost)


def _optional(read: Callable[[str], float]) -> Callable[[str], float | None]:
    return lambda text: read(text) if text.strip() else None


def _percent(share: float | None) -> float | None:
    return None if share is None else round(share * 100, 6)


DEFAULTS: Entered = entered_from(ARTICLE_CASE)
