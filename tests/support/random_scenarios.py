"""Random scenarios of few models, lengths and GPUs, so that the forecasts are made once."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from planner.catalog.lookup import Catalog
from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet.scenario import Scenario
from planner.workload.document_class import DocumentClass, Targets

CARDS_OWNED = OwnedHardware(gpu="RTX 3090", count=6, gpus_per_machine=1, price_usd=700)
CARDS = ("A100 80GB", "L4", "A10G", "T4")
DOCUMENTS = (
    ("mistralai/Mistral-7B-Instruct-v0.2", 8_000, 150),
    ("openai/gpt-oss-20b", 500, 400),
)
SHORT_AND_LONG = (("invoices", 1_000, 100), ("claims", 8_000, 150))
ITEMS = (
    CostItem(name="agent", amount=0.01, unit="usd_per_gpu_hour"),
    CostItem(name="licence", amount=900, unit="usd_per_gpu_year"),
    CostItem(name="staging", amount=0.5, unit="share_of_gpu_cost"),
    CostItem(name="postage", amount=0.2, unit="usd_per_1000_documents"),
    CostItem(name="storage", amount=0.023, unit="usd_per_gb_month"),
    CostItem(name="VAT", amount=19, unit="percent_tax"),
)


def few_gpus(catalog: Catalog) -> Catalog:
    """The catalogue with the GPUs of the scenarios alone: a plan with any GPU is fast, too."""
    names = {*CARDS, CARDS_OWNED.gpu}
    return replace(catalog, gpus=tuple(gpu for gpu in catalog.gpus if gpu.name in names))


def scenario_of(rng: random.Random) -> Scenario:
    """A scenario of up to three GPUs, with or without each limit, sometimes of two classes."""
    model, input_tokens, output_tokens = rng.choice(DOCUMENTS)
    documents = 10 ** rng.uniform(5, 9.5)
    return Scenario(
        documents_per_year=documents,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        classes=_classes(rng, documents) if rng.random() < 0.2 else (),
        model=model,
        gpus=tuple(rng.sample(CARDS, rng.choice([1, 2, 3]))),
        quantization="awq" if model == DOCUMENTS[0][0] else None,
        budget_usd_per_year=rng.choice([None, 10 ** rng.uniform(3.5, 7)]),
        latency_p95_s=rng.choice([None, 10 ** rng.uniform(0, 2.5)]),
        peak_factor=rng.choice([1.0, 3.0]),
        hours_per_week=rng.choice([168.0, 168.0, 60.0]),
        follow_load=rng.random() < 0.3,
        spare_replicas=rng.choice([0, 0, 1]),
        min_replicas=rng.choice([1, 1, 2, 5]),
        confidence=rng.choice([0.5, 0.8, 0.95]),
        measured_premium=rng.choice([1.0, 1.25, 2.0]),
        **costs_of(rng),
    )


def costs_of(rng: random.Random) -> dict[str, Any]:
    """What is paid beside the machines, and how these are paid for."""
    return {
        "terms": rng.choice([("on-demand",), ("on-demand", "spot"), ("reserved-1y", "on-demand")]),
        "pay_only_for_hours": rng.random() < 0.3,
        "minimum_billed_h": rng.choice([0.0, 0.0, 14.0]),
        "standard_costs": rng.choice([(), (), ("people", "non-production", "tax")]),
        "other_costs": tuple(rng.sample(ITEMS, rng.choice([0, 0, 2]))),
        "owned": rng.choice([(), (), (), (CARDS_OWNED,)]),
    }


def _classes(rng: random.Random, documents: float) -> tuple[DocumentClass, ...]:
    share = rng.choice([0.2, 0.9])
    return tuple(
        DocumentClass(
            name=name,
            documents_per_year=documents * of_all,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            targets=targets,
        )
        for (name, input_tokens, output_tokens), of_all, targets in zip(
            SHORT_AND_LONG,
            (share, 1.0 - share),
            (Targets(e2e_p95_s=rng.choice([None, 20.0])), Targets()),
            strict=True,
        )
    )
