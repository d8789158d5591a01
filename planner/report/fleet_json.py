"""The machines and replicas of a fleet as JSON."""

from __future__ import annotations

import shlex
from typing import Any

from planner.catalog.price_offer import PriceOffer
from planner.fleet.considered_offers import PriceStanding
from planner.fleet.plan import FleetItem
from planner.vllm.serve_command import cluster_commands

Json = dict[str, Any]


def fleet_item_json(item: FleetItem) -> Json:
    """Replicas of one deployment on one price offer; machines are counted one by one."""
    offer = item.price_offer
    return {
        "model": item.model,
        "gpu": item.gpu,
        "gpu_count": item.gpu_count,
        "pipeline_parallel_size": item.stages,
        "replicas": item.replicas,
        "machines_per_replica": offer.machines,
        "instances": offer.machines_in(item.instances),
        "spare_instances": offer.machines_in(item.spare_instances),
        "reserved_instances": offer.machines_in(item.reserved_instances),
        "max_model_len": item.max_model_len,
        "share_too_long": item.share_too_long,
        "serves": [{"class": one.name, "share": one.share} for one in item.serves],
        "quantization": item.quantization,
        "concurrency": item.concurrency,
        "price_offer": price_offer_json(offer, item.standing),
        "cluster_commands": list(cluster_commands(offer.machines)),
        "vllm_command": shlex.join(item.vllm_command),
        "notes": list(item.notes),
    }


def price_offer_json(offer: PriceOffer, standing: PriceStanding | None = None) -> Json:
    """A machine's price with its provider, date, age and source; the median of the providers."""
    fallback = offer.fallback_usd_per_hour
    return {
        "provider": offer.provider,
        "instance": offer.instance,
        "gpu_count": offer.gpu_count // offer.machines,
        "terms": offer.terms,
        "region": offer.region,
        "usd_per_hour": offer.usd_per_hour / offer.machines,
        "fallback_usd_per_hour": None if fallback is None else fallback / offer.machines,
        "as_of": offer.as_of,
        "age_days": None if standing is None else standing.age_days,
        "old": None if standing is None else standing.old,
        "source": offer.source,
        "conflict": offer.conflict,
        "usd_per_gpu_hour": offer.usd_per_gpu_hour,
        "median_usd_per_gpu_hour": None if standing is None else standing.median_usd_per_gpu_hour,
        "providers": None if standing is None else standing.providers,
    }
