"""The ranked answer to a scenario as values; ``planner.wording`` makes sentences of them."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.model_spec import Quantization
from planner.catalog.price_offer import PriceOffer, Terms, Tier
from planner.fleet.bottleneck import BindingLimit
from planner.fleet.considered_offers import PriceStanding
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit, Meets, Shortfall
from planner.forecast.forecast_values import Basis, Interval
from planner.forecast.own_runs import OwnRun
from planner.forecast.provenance import Provenance
from planner.forecast.setting_figures import SettingEffect


@dataclass(frozen=True, slots=True)
class FleetItem:
    """Replicas of one deployment, on one price offer.

    ``instances`` machines of ``price_offer.gpu_count`` GPUs are rented;
    ``gpu_count`` is the GPUs of a replica, in ``stages`` pipeline stages. ``vllm_command`` is
    the words that start a replica. ``notes`` are what vLLM's documentation says
    about this GPU although the deployment runs. ``standing`` compares the price
    with those of other providers.
    """

    gpu: str
    gpu_count: int
    replicas: int
    instances: int
    quantization: Quantization
    concurrency: int
    price_offer: PriceOffer
    vllm_command: tuple[str, ...]
    notes: tuple[str, ...] = ()
    stages: int = 1
    standing: PriceStanding | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a document's arrival to its answer in the busiest hour.

    None if the fleet cannot keep up with that hour.
    """

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Option:
    """One configuration with its cost, capacity, answer times and the limits that it keeps.

    ``unloaded_latency_s`` is the answer time of a document that is alone on a
    replica. ``binding_limit`` is what sets the size of the fleet, see
    ``bottleneck.py``. ``settings`` are the engine settings that are not at
    their defaults. ``provenance`` says what published measurements share with
    the replicas, ``own_runs`` are the user's runs of them, the one that speaks first.
    """

    fleet: tuple[FleetItem, ...]
    cost_usd_per_year: float
    cost_usd_per_1000_documents: float
    capacity_documents_per_year: Interval
    probability_meets_volume: float
    utilization: float
    latency_s: Latency
    unloaded_latency_s: float
    meets: Meets
    basis: Basis
    sources: tuple[str, ...]
    binding_limit: BindingLimit
    seconds_per_request: dict[str, float]
    settings: tuple[SettingEffect, ...] = ()
    provenance: Provenance | None = None
    own_runs: tuple[OwnRun, ...] = ()

    @property
    def obstacles(self) -> tuple[Limit, ...]:
        """The scenario's limits that this configuration misses; empty if it is feasible."""
        return self.meets.missed


@dataclass(frozen=True, slots=True)
class NoPriceOffer:
    """No current offer under the scenario's terms; ``others`` are current ones under others."""

    others: tuple[tuple[Terms, Tier], ...]


@dataclass(frozen=True, slots=True)
class RefusedByVllm:
    """vLLM would not start it: its reasons, and what would run instead if that is known."""

    reasons: tuple[str, ...]
    instead: str | None


@dataclass(frozen=True, slots=True)
class DoesNotFit:
    """Memory is too small: vLLM's message, and what would make it fit."""

    reason: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class MissesLimits:
    """It runs, and every option misses a limit; ``nearest`` misses the fewest."""

    nearest: Option


WhyNot = NoPriceOffer | RefusedByVllm | DoesNotFit | MissesLimits


@dataclass(frozen=True, slots=True)
class Infeasible:
    """A GPU without a feasible option, and why.

    The number of GPUs and the quantization are None if the GPU alone is at fault.
    """

    gpu: str
    gpu_count: int | None
    quantization: Quantization | None
    why: WhyNot


@dataclass(frozen=True, slots=True)
class Remedy:
    """The change of one limit that makes ``option`` feasible.

    ``limit`` is to become ``value``: USD a year, seconds, or documents a year.
    ``replicas`` of the option's replicas then run: all of them, unless the
    volume is reduced. ``lacks`` is what it still lacks then.
    """

    limit: Limit
    value: float
    option: Option
    replicas: int
    lacks: tuple[Shortfall, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Options: the feasible ones first, the cheapest first; then those that miss fewest limits.

    ``recommended`` is the feasible option that lacks least of what a
    recommendation should be (sure enough, then measured, then cheap), see
    ``shortfalls.py``; None if no option is feasible. ``remedies`` are the
    changes that would make one feasible; empty if one is.
    """

    schema_version: int
    scenario: Scenario
    model_version: str
    recommended: Option | None
    options: tuple[Option, ...]
    infeasible: tuple[Infeasible, ...]
    remedies: tuple[Remedy, ...] = ()

    @property
    def nearest(self) -> Option | None:
        """The recommended option, else the first; None if nothing can run."""
        return self.recommended or next(iter(self.options), None)
