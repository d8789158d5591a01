"""Results as the JSON that other programs read: names, units and meaning stay.

Numbers are not rounded. What is unknown is ``null``; NaN and infinity, which
JSON does not have, are written as ``null`` too.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from planner.catalog.price_offer import PriceOffer
from planner.fleet.advice import Advice
from planner.fleet.plan import FleetItem, Infeasible, Option, Plan
from planner.forecast.answer_times import AnswerTimes
from planner.forecast.forecast_values import ArrivalForecast, Forecast
from planner.queueing.percentiles import Distribution
from planner.vllm.compatibility import Compatibility
from planner.vllm.memory import Memory

Json = dict[str, Any]


def document(value: Any) -> str:
    """One JSON document for standard output."""
    return json.dumps(_finite(value), indent=2, allow_nan=False)


def forecast_json(forecast: Forecast) -> Json:
    """The figures of ``planner predict``."""
    return asdict(forecast)


def arrivals_json(forecast: ArrivalForecast) -> Json:
    """Answer times of arrivals at a rate; ``null`` where they queue up without end."""
    fields = [field.name for field in dataclasses.fields(AnswerTimes)]
    return {
        "requests_per_s": forecast.value.requests_per_s,
        "utilization": forecast.value.utilization,
        "stable": forecast.value.times is not None,
        "mean_running": forecast.value.mean_running,
        **{name: _figures(forecast, name) for name in fields},
    }


def _figures(forecast: ArrivalForecast, name: str) -> Json:
    """Mean and percentiles, each with the ends of the speed's 90 % interval."""
    ends = {"value": forecast.value, "low": forecast.fast, "high": forecast.slow}
    stated = {
        end: None if arrivals.times is None else getattr(arrivals.times, name)
        for end, arrivals in ends.items()
    }
    statistics = [field.name for field in dataclasses.fields(Distribution)]
    return {
        statistic: {
            end: None if figures is None else getattr(figures, statistic)
            for end, figures in stated.items()
        }
        for statistic in statistics
    }


def advice_json(advice: Advice) -> Json:
    """What takes the time, what would help, and how many parallel requests are enough."""
    return asdict(advice)


def memory_json(memory: Memory, compatibility: Compatibility) -> Json:
    """The figures of ``planner memory``; ``reason`` says why it would not start, whichever way."""
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
    return {
        "schema_version": plan.schema_version,
        "scenario": plan.scenario.model_dump(mode="json"),
        "model_version": plan.model_version,
        "recommended": None if plan.recommended is None else option_json(plan.recommended),
        "explanation": plan.explanation,
        "what_would_help": list(plan.what_would_help),
        "options": [option_json(option) for option in plan.options],
        "infeasible": [infeasible_json(entry) for entry in plan.infeasible],
    }


def option_json(option: Option) -> Json:
    """One configuration with its cost, capacity and verdict."""
    return asdict(option) | {"fleet": [fleet_item_json(item) for item in option.fleet]}


def fleet_item_json(item: FleetItem) -> Json:
    """Replicas of one deployment on one price offer."""
    return {
        "gpu": item.gpu,
        "gpu_count": item.gpu_count,
        "replicas": item.replicas,
        "instances": item.instances,
        "quantization": item.quantization,
        "concurrency": item.concurrency,
        "price_offer": price_offer_json(item.price_offer),
        "vllm_command": item.vllm_command,
        "notes": list(item.notes),
    }


def price_offer_json(offer: PriceOffer) -> Json:
    """A price with whose it is, from when, and who says so."""
    return {
        "provider": offer.provider,
        "instance": offer.instance,
        "gpu_count": offer.gpu_count,
        "terms": offer.terms,
        "region": offer.region,
        "usd_per_hour": offer.usd_per_hour,
        "as_of": offer.as_of,
        "source": offer.source,
    }


def infeasible_json(entry: Infeasible) -> Json:
    """A card without a feasible option, and why."""
    return asdict(entry)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
