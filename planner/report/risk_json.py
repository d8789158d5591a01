"""The risk of a plan as JSON."""

from __future__ import annotations

from dataclasses import asdict

from planner.fleet.plan import FleetItem
from planner.report.json_output import Json
from planner.risk.assess_risk import Risk
from planner.risk.options_at_risk import OptionAtRisk
from planner.wording.risk_sentences import no_risk_sentence, risk_sentences


def risk_json(risk: Risk | None) -> Json:
    """The risk; only ``explanation`` if there is none to tell."""
    if risk is None:
        return {"explanation": no_risk_sentence()}
    return {
        "explanation": " ".join(risk_sentences(risk)),
        "samples": risk.samples,
        "seed": risk.seed,
        "recommended": _at_risk_json(risk.recommended),
        "cheapest_sure": None if risk.cheapest_sure is None else _at_risk_json(risk.cheapest_sure),
        "least_regret": None if risk.least_regret is None else _at_risk_json(risk.least_regret),
        "options": [_at_risk_json(one) for one in risk.options],
        "sensitivity": [
            asdict(swing) | {"moves_usd": None if swing.is_infeasible else swing.moves_usd}
            for swing in risk.sensitivity
        ],
        "calibration": asdict(risk.calibration),
    }


def _item_json(item: FleetItem) -> Json:
    return {
        "model": item.model,
        "gpu": item.gpu,
        "gpu_count": item.gpu_count,
        "quantization": item.quantization,
        "replicas": item.replicas,
        "instances": item.price_offer.machines_in(item.instances),
        "provider": item.price_offer.provider,
        "terms": item.price_offer.terms,
    }


def _at_risk_json(one: OptionAtRisk) -> Json:
    usd = one.usd
    items = [_item_json(item) for item in one.option.fleet]
    return {
        **items[0],
        "fleet": items,
        "cost_usd_per_year": one.option.cost_usd_per_year,
        "probability": asdict(one.probability) | {"all": one.probability_all},
        "expected_documents_short_per_year": one.expected_short,
        "expected_shortfall_usd_per_year": None if usd is None else usd.shortfall,
        "expected_cost_usd_per_year": None if usd is None else usd.expected,
        "expected_regret_usd_per_year": None if usd is None else usd.expected_regret,
        "regret_p95_usd_per_year": None if usd is None else usd.regret_p95,
    }
