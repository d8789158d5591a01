"""Results as the JSON that other programs read: its names, units and meaning do not change.

Numbers are not rounded. What is unknown is ``null``; NaN and infinity, which
JSON does not have, are written as ``null`` too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from planner.catalog.model_spec import ModelSpec, Quantization
from planner.fleet.answer_targets import TargetKept
from planner.fleet.costs import (
    commitment_of,
    cost_usd_per_1000_documents,
    cost_usd_per_million_tokens,
)
from planner.fleet.plan import Infeasible, Option, Plan, Year
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Meets
from planner.forecast.answer_times import AnswerTimes
from planner.forecast.forecast_values import ArrivalForecast, Forecast
from planner.forecast.provenance import Provenance
from planner.forecast.replica_advice import Advice
from planner.forecast.setting_figures import SettingEffect
from planner.money.cost_line import CostLine
from planner.money.follow_with_provider import FollowingLoad
from planner.queueing.percentiles import Distribution
from planner.report.alternatives_json import hosted_json, hosted_lever_json, lever_json, remedy_json
from planner.report.fleet_json import fleet_item_json
from planner.report.shortlist import shortlist
from planner.risk.year_by_hour import year_by_hour
from planner.sureness.probability import Probability
from planner.vllm.compatibility import Compatibility
from planner.vllm.memory import Memory
from planner.wording.advice_sentences import batch_size_sentence, time_sentence
from planner.wording.cost_sentences import costs_not_counted
from planner.wording.explanation import explain, verdict_of
from planner.wording.lever_sentences import what_would_save
from planner.wording.provenance_sentence import provenance_sentence
from planner.wording.remedy_sentences import what_would_help
from planner.wording.setting_sentences import setting_effect, setting_value
from planner.wording.why_not import infeasible_reason, infeasible_remedy, reason_of, remedy_of

Json = dict[str, Any]


def document(value: Any) -> str:
    """One JSON document for standard output."""
    return json.dumps(_finite(value), indent=2, allow_nan=False)


def forecast_json(forecast: Forecast) -> Json:
    """The figures of ``planner predict``."""
    return asdict(forecast) | {
        "settings": [setting_json(s) for s in forecast.settings],
        "provenance": provenance_json(forecast.provenance),
    }


def provenance_json(provenance: Provenance | None) -> Json | None:
    """Numbers of published measurements by what they share with a deployment, and a sentence."""
    if provenance is None:
        return None
    return asdict(provenance) | {"sentence": provenance_sentence(provenance)}


def setting_json(setting: SettingEffect) -> Json:
    """What an engine setting does, in words."""
    return {
        "name": setting.name,
        "value": setting_value(setting),
        "effect": setting_effect(setting),
        "certainty": setting.certainty,
        "source": setting.source,
    }


def arrivals_json(forecast: ArrivalForecast) -> Json:
    """Answer times of arrivals at a rate; ``null`` if they arrive faster than processed."""
    names = [field.name for field in fields(AnswerTimes)]
    return {
        "requests_per_s": forecast.value.requests_per_s,
        "utilization": forecast.value.utilization,
        "stable": forecast.value.times is not None,
        "mean_running": forecast.value.mean_running,
        **{name: _figures(forecast, name) for name in names},
    }


def _figures(forecast: ArrivalForecast, name: str) -> Json:
    """Mean and percentiles, each at the ends of the speed's 90 % interval too."""
    ends = {"value": forecast.value, "low": forecast.fast, "high": forecast.slow}
    stated = {
        end: None if arrivals.times is None else getattr(arrivals.times, name)
        for end, arrivals in ends.items()
    }
    statistics = [field.name for field in fields(Distribution)]
    return {
        statistic: {
            end: None if figures is None else getattr(figures, statistic)
            for end, figures in stated.items()
        }
        for statistic in statistics
    }


def advice_json(advice: Advice) -> Json:
    """Where the time goes, what would help, and how many parallel requests are enough."""
    return {
        "main_cause": advice.main_cause,
        "share": advice.share,
        "why": time_sentence(advice),
        "batch_size": asdict(advice.batch_size),
        "enough": batch_size_sentence(advice.batch_size),
    }


def read_as_json(model: ModelSpec) -> Json:
    """Shape, format and what stays in 16 bit, as a name was read; ``null`` if it is the model's."""
    read: Json = {"model": model.read_as, "quantization": model.native_quantization}
    kept: Json = {"sixteen_bit": list(model.sixteen_bit_parts)} if model.sixteen_bit_parts else {}
    return {"read_as": None if model.read_as is None else read | kept}


def memory_json(memory: Memory, compatibility: Compatibility) -> Json:
    """The figures of ``planner memory``; ``reason`` is vLLM's refusal, else what does not fit."""
    if compatibility.compatible:
        return asdict(memory) | {"compatible": True, "notes": list(compatibility.notes)}
    return asdict(memory) | {
        "compatible": False,
        "reason": " ".join(compatibility.reasons),
        "remedy": compatibility.instead,
        "notes": list(compatibility.notes),
    }


def plan_json(plan: Plan) -> Json:
    """The ranked answer of ``planner plan``."""
    scenario = plan.scenario
    return {
        "schema_version": plan.schema_version,
        "scenario": scenario.model_dump(mode="json", by_alias=True),
        "model_version": plan.model_version,
        "recommended": _or_none(plan, plan.recommended),
        "cheapest_sure": _or_none(plan, plan.cheapest_sure),
        "cheapest_measured": _or_none(plan, plan.cheapest_measured),
        "explanation": explain(plan),
        "what_would_help": list(what_would_help(plan)),
        "remedies": [remedy_json(remedy) for remedy in plan.remedies],
        "what_would_save": list(what_would_save(plan)),
        "levers": [lever_json(plan, lever) for lever in plan.levers],
        "hosted_lever": hosted_lever_json(plan),
        "hosted": [hosted_json(plan, hosted) for hosted in plan.hosted],
        "mix": mix_json(plan),
        "solver": None if plan.mix is None else asdict(plan.mix.solver),
        "options": [option_json(plan, option) for option in plan.options],
        "shortlist": _positions(plan),
        "years": [_planned_year_json(year) for year in plan.years],
        "targets": [_target_json(target) for target in plan.targets],
        "next_machine_due_in_months": plan.next_machine_month,
        "year_by_hour": _year_json(plan),
        "present_value": {
            "usd": plan.present_value_usd,
            "discount_rate": scenario.discount_rate,
            "years": scenario.years,
        },
        "following_load": _following_load_json(plan.following_load),
        "costs_not_counted": list(costs_not_counted(scenario)),
        "infeasible": [infeasible_json(scenario, entry) for entry in plan.infeasible],
    }


def _planned_year_json(year: Year) -> dict[str, Any]:
    return {
        "year": year.year,
        "documents": year.documents,
        "replicas": year.replicas,
        "machines": list(year.machines),
        "cost_usd_per_year": year.cost_usd_per_year,
        "enough": year.enough,
        "capacity_documents_per_year": year.capacity_documents_per_year,
    }


def _positions(plan: Plan) -> list[int]:
    """Where in ``options`` those stand that tables and report show, in the order shown there."""
    place = {id(option): n for n, option in enumerate(plan.options)}
    return [place[id(option)] for option in shortlist(plan) if id(option) in place]


def _year_json(plan: Plan) -> Json | None:
    """The year hour by hour for the recommended option; ``null`` if there is none.

    ``models``: that of each of several, with its fleet's weights; ``null`` if these differ.
    """
    best = plan.recommended
    if best is None:
        return None
    of_models = zip(best.scenarios, best.of_models, strict=True)
    return asdict(year_by_hour(plan.scenario, best)) | {
        "models": [
            {"model": own.model, "quantization": _weights(one)} | asdict(year_by_hour(own, one))
            for own, one in of_models
        ]
    }


def _weights(option: Option) -> Quantization | None:
    first, *others = {item.quantization for item in option.fleet}
    return None if others else first


def _target_json(target: TargetKept) -> Json:
    stated = asdict(target)
    return {"class": stated.pop("class_name")} | stated


def _or_none(plan: Plan, option: Option | None) -> Json | None:
    return None if option is None else option_json(plan, option)


def mix_json(plan: Plan) -> Json | None:
    """The cheapest fleet of several kinds; ``null`` if none costs less than the recommended one."""
    if plan.mix is None or plan.mix.option is None:
        return None
    return option_json(plan, plan.mix.option) | {"saves_usd_per_year": plan.mix.saves_usd_per_year}


def probability_json(probability: Probability) -> Json:
    """The probability of each limit, ``null`` if it is not set, and of all together."""
    return asdict(probability) | {"all": probability.all}


_ALWAYS_STATED = ("volume", "latency", "budget")


def _meets_json(meets: Meets) -> dict[str, bool | None]:
    """The limits of every scenario, and the others if the scenario sets them."""
    return {
        limit: kept
        for limit, kept in asdict(meets).items()
        if kept is not None or limit in _ALWAYS_STATED
    }


def option_json(plan: Plan, option: Option) -> Json:
    """One configuration with its cost, capacity and verdict."""
    scenario = plan.scenario
    return {
        "fleet": [fleet_item_json(item) for item in option.fleet],
        "cost_usd_per_year": option.cost_usd_per_year,
        "commitment_usd": _commitment_usd(option),
        "cost_usd_per_1000_documents": option.cost_usd_per_1000_documents,
        "cost_usd_per_million_tokens": cost_usd_per_million_tokens(
            option.cost_usd_per_year, scenario
        ),
        "capacity_documents_per_year": asdict(option.capacity_documents_per_year),
        "cost_lines": [asdict(line) for line in option.cost_lines],
        "cost_lines_per_unit": [_per_unit_json(scenario, line) for line in option.cost_lines],
        "probability_meets_volume": option.probability.volume,
        "probability": probability_json(option.probability),
        "probability_one_down": probability_json(option.probability_one_down),
        "probability_place_down": None
        if option.probability_place_down is None
        else probability_json(option.probability_place_down),
        "availability": option.availability,
        "utilization": option.utilization,
        "latency_s": asdict(option.latency_s),
        "backlog": None if option.backlog is None else asdict(option.backlog),
        "meets": _meets_json(option.meets),
        "verdict": verdict_of(plan, option),
        "basis": option.basis,
        "sources": list(option.sources),
        "binding_limit": option.binding_limit,
        "seconds_per_request": option.seconds_per_request,
        "obstacles": list(option.obstacles),
        "reason": reason_of(scenario, option),
        "remedy": remedy_of(scenario, option),
        "settings": [setting_json(setting) for setting in option.settings],
        "provenance": provenance_json(option.provenance),
        "own_runs": [asdict(run) for run in option.own_runs],
        "models": [_of_model_json(one) for one in option.of_models],
    }


def _of_model_json(option: Option) -> Json:
    """The part of an option that runs one model; its items stand in ``fleet`` too."""
    item = option.fleet[0]
    return {
        "model": item.model,
        "quantization": item.quantization,
        "classes": list(dict.fromkeys(one.name for part in option.fleet for one in part.serves)),
        "fleet": [fleet_item_json(part) for part in option.fleet],
        "cost_usd_per_year": option.cost_usd_per_year,
        "capacity_documents_per_year": asdict(option.capacity_documents_per_year),
        "probability": probability_json(option.probability),
        "utilization": option.utilization,
        "concurrency": item.concurrency,
        "latency_s": asdict(option.latency_s),
        "meets": _meets_json(option.meets),
        "basis": option.basis,
        "sources": list(option.sources),
        "binding_limit": option.binding_limit,
        "seconds_per_request": option.seconds_per_request,
        "provenance": provenance_json(option.provenance),
        "own_runs": [asdict(run) for run in option.own_runs],
    }


def _per_unit_json(scenario: Scenario, line: CostLine) -> Json:
    """One item of the yearly cost for 1,000 documents and for a million tokens in and out."""
    return {
        "name": line.name,
        "usd_per_1000_documents": cost_usd_per_1000_documents(
            line.usd_per_year, scenario.documents_per_year
        ),
        "usd_per_million_tokens": cost_usd_per_million_tokens(line.usd_per_year, scenario),
    }


def _following_load_json(following: FollowingLoad | None) -> Json | None:
    if following is None:
        return None
    return asdict(following) | {"share_of_cost": following.share_of_cost}


def _commitment_usd(option: Option) -> float | None:
    committed = [commitment_of(item) for item in option.fleet]
    stated = [usd for usd in committed if usd is not None]
    return sum(stated) if len(stated) == len(committed) else None


def infeasible_json(scenario: Scenario, entry: Infeasible) -> Json:
    """A GPU without a feasible option, and why."""
    return {
        "model": None if entry.asked is None else entry.asked.model,
        "gpu": entry.gpu,
        "gpu_count": entry.gpu_count,
        "quantization": entry.quantization,
        "reason": infeasible_reason(scenario, entry),
        "remedy": infeasible_remedy(scenario, entry),
    }


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
