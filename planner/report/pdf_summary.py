"""The first page's box: the advised fleet, its cost, the limits it meets, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit
from planner.report.pdf_evidence import Evidence
from planner.wording.backlog_sentence import deadline_words
from planner.wording.cost_sentences import following_load_sentence, present_value_sentence
from planner.wording.explanation import (
    configuration,
    explain,
    nothing_runs,
    paragraphs,
    recommendation_label,
)
from planner.wording.formatting import (
    BASIS_MEANING,
    count,
    counted,
    duration,
    large_interval,
    percent,
    probability,
    seconds,
    usd,
    verdict,
)
from planner.wording.hosted_sentences import HOSTED_COLUMNS, HOSTED_NOTE, hosted_first, hosted_rows
from planner.wording.lever_sentences import what_would_save
from planner.wording.mix_sentence import mix_sentence
from planner.wording.own_run_sentences import disagreements
from planner.wording.price_sentences import about_prices
from planner.wording.provenance_sentence import provenance_sentences
from planner.wording.remedy_sentences import what_would_help


def summary(plan: Plan, evidence: Evidence) -> dict[str, Any]:
    """The box and its reasons; it shows the nearest option if none is feasible."""
    option = plan.nearest
    return {
        "feasible": plan.recommended is not None,
        "label": _label(plan),
        "headline": _headline(plan, option),
        "figures": _figures(option),
        "verdicts": [] if option is None else _verdicts(plan.scenario, option),
        "why": _why(plan),
        "rests_on": "" if option is None else _rests_on(option, evidence),
        "price": "" if option is None else _price(plan, option),
        "help": list(what_would_help(plan)),
        "savings": list(what_would_save(plan)),
        "hosted_columns": list(HOSTED_COLUMNS),
        "hosted": [list(row) for row in hosted_rows(plan)],
        "hosted_note": HOSTED_NOTE,
    }


def _why(plan: Plan) -> list[str]:
    """The answer in paragraphs; the box above them has the headline, a table the hosted APIs."""
    if plan.recommended is None:
        return [explain(plan)]
    without_years = replace(plan, years=()) if len(plan.years) > 1 else plan  # they are a table
    said = (hosted_first(plan), *paragraphs(without_years, plan.recommended), mix_sentence(plan))
    return [text for text in said if text is not None]


def _label(plan: Plan) -> str:
    if plan.recommended is None:
        judged = plan.options and plan.scenario.fleet
        return "Your fleet is not enough" if judged else "No configuration meets every limit"
    return recommendation_label(plan, plan.recommended)


def _headline(plan: Plan, option: Option | None) -> str:
    if option is None:
        return nothing_runs(plan)
    stated = plan.recommended or plan.scenario.fleet
    return configuration(option) if stated else f"Closest: {configuration(option)}"


def _figures(option: Option | None) -> list[dict[str, str]]:
    if option is None:
        return []
    return [
        {"value": usd(option.cost_usd_per_year), "unit": "a year"},
        {"value": usd(option.cost_usd_per_1000_documents), "unit": "per 1,000 documents"},
        {"value": percent(option.utilization), "unit": "utilization"},
    ]


def _verdicts(scenario: Scenario, option: Option) -> list[dict[str, str]]:
    capacity = option.capacity_documents_per_year
    limit, p95 = scenario.latency_p95_s, option.latency_s.p95
    answers = (
        "documents arrive faster than they are processed"
        if p95 is None
        else f"95 % of answers within {seconds(p95)}"
    )
    return [
        {
            "what": "Volume",
            "verdict": verdict(option.meets.volume),
            "figure": _sure(scenario, option, "volume"),
            "detail": f"{_asked(scenario)}; capacity {large_interval(capacity)}",
        },
        {
            "what": "Answer time",
            "verdict": verdict(option.meets.latency),
            "figure": ""
            if limit is None
            else f"{_sure(scenario, option, 'latency')} of {seconds(limit)}",
            "detail": f"{answers} {_when_answered(option)}",
        },
        {
            "what": "Budget",
            "verdict": verdict(option.meets.budget),
            "figure": _limit_usd(scenario.budget_usd_per_year),
            "detail": f"costs {usd(option.cost_usd_per_year)} a year",
        },
    ]


def _when_answered(option: Option) -> str:
    """When the answer time applies: in the busiest hour, or from a document's turn on."""
    if option.backlog is None or option.latency_s.p95 is None:
        return "in the busiest hour"
    if not option.backlog.makes_wait:
        return "from a document's turn on, in the hour in which it arrives"
    waited = duration(option.backlog.longest_h)
    return f"from a document's turn on; each is done within {waited} of its arrival"


def _sure(scenario: Scenario, option: Option, limit: Limit) -> str:
    """What the verdict beside it goes by: spare machines do not count, nor a place down."""
    sure = f"{probability(getattr(option.without_spares, limit))} sure"
    if option.place_down_decides:
        return f"{sure} with one {scenario.spread_over} down"
    return f"{sure} without spares" if any(i.spare_instances for i in option.fleet) else sure


def _price(plan: Plan, option: Option) -> str:
    of_all = present_value_sentence(plan), following_load_sentence(plan)
    return " ".join([*about_prices(option), *filter(None, of_all)])


def _asked(scenario: Scenario) -> str:
    asked = [f"{count(scenario.documents_per_year)} documents a year"]
    if scenario.peak_factor != 1:
        asked.append(f"× {count(scenario.peak_factor)} in the busiest hour")
    if (deadline := deadline_words(scenario)) is not None:
        asked.append(deadline)
    return ", ".join(asked)


def _limit_usd(limit: float | None) -> str:
    return "" if limit is None else f"limit {usd(limit)}"


def _rests_on(option: Option, evidence: Evidence) -> str:
    parts = (
        _basis(option, evidence),
        *provenance_sentences(option),
        *(f"{sentence}." for sentence in disagreements(option.own_runs)),
    )
    return " ".join(parts)


def _basis(option: Option, evidence: Evidence) -> str:
    meaning = f"Basis of the forecast: {option.basis}, {BASIS_MEANING[option.basis]}"
    if option.basis == "extrapolated":
        return f"{meaning}. Nobody has measured this GPU with these weights."
    if not evidence.rests_on:
        return f"{meaning}."
    authors = [author.name for author in evidence.rests_on]
    named = ", ".join(authors[:3]) + (" and others" if len(authors) > 3 else "")
    points = counted(sum(author.measurements for author in evidence.rests_on), "measurement")
    return f"{meaning}; {points} on this GPU, by {named}."
