"""The ranked answer to a scenario, as data: what the CLI, the page and the PDF show."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.model_spec import Quantization
from planner.catalog.price_offer import PriceOffer
from planner.fleet.scenario import Scenario
from planner.forecast.forecast_values import Basis, Interval, SettingEffect


@dataclass(frozen=True, slots=True)
class FleetItem:
    """Replicas of one deployment, on one price offer.

    ``instances`` machines of ``price_offer.gpu_count`` cards are rented;
    ``gpu_count`` is the tensor-parallel size of a replica. ``notes`` say what
    to know about vLLM on this card although it runs.
    """

    gpu: str
    gpu_count: int
    replicas: int
    instances: int
    quantization: Quantization
    concurrency: int
    price_offer: PriceOffer
    vllm_command: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a document's arrival to its answer in the busiest hour.

    None where the fleet cannot keep up with that hour.
    """

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Meets:
    """Whether a limit holds; None where the scenario sets no such limit."""

    volume: bool
    latency: bool | None
    budget: bool | None

    @property
    def all(self) -> bool:
        return self.volume and self.latency is not False and self.budget is not False


@dataclass(frozen=True, slots=True)
class Option:
    """One configuration with its cost, capacity, head-room and verdict.

    ``binding_limit`` is what sets the pace of the hardware: ``prefill``,
    ``weights``, ``kv_cache``, ``decode`` or ``overhead`` (the cause of most
    seconds), ``kv_capacity`` (memory caps the concurrency), or ``latency``
    (the answer time does). ``obstacles`` names the scenario's limits that are
    missed (``volume``, ``latency``, ``budget``), ``reason`` says it in a
    sentence, ``remedy`` what would make it feasible; both None if it is.
    ``settings`` are the engine settings that are not at their defaults.
    """

    fleet: tuple[FleetItem, ...]
    cost_usd_per_year: float
    cost_usd_per_1000_documents: float
    capacity_documents_per_year: Interval
    probability_meets_volume: float
    utilization: float
    latency_s: Latency
    meets: Meets
    basis: Basis
    sources: tuple[str, ...]
    binding_limit: str
    seconds_per_request: dict[str, float]
    obstacles: tuple[str, ...]
    reason: str | None
    remedy: str | None
    settings: tuple[SettingEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class Infeasible:
    """A card without a feasible option, and why; with the quantization, where that is at fault."""

    gpu: str
    gpu_count: int | None
    quantization: Quantization | None
    reason: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Options, feasible ones first, cheapest first; ``recommended`` is the first feasible one."""

    schema_version: int
    scenario: Scenario
    model_version: str
    recommended: Option | None
    explanation: str
    what_would_help: tuple[str, ...]
    options: tuple[Option, ...]
    infeasible: tuple[Infeasible, ...]
