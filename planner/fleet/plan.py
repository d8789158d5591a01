"""The ranked answer to a scenario as values; ``planner.wording`` makes sentences of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from planner.catalog.model_spec import Quantization
from planner.catalog.price_offer import PriceOffer
from planner.fleet.answer_targets import StatedTarget, TargetKept
from planner.fleet.considered_offers import PriceStanding
from planner.fleet.refusals import (
    DoesNotFit,
    NoMachineSoLarge,
    NoPriceOffer,
    RefusedByVllm,
    TooFewOwned,
)
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit, Meets
from planner.fleet.scenario_work import Served
from planner.fleet.sizing import Latency
from planner.forecast.bottleneck import BindingLimit
from planner.forecast.forecast_values import Basis, Interval
from planner.forecast.own_runs import OwnRun
from planner.forecast.provenance import Provenance
from planner.forecast.setting_figures import SettingEffect
from planner.learning.throughput import Z90
from planner.money.cost_line import CostLine
from planner.money.follow_with_provider import FollowingLoad
from planner.money.hosted_alternative import Hosted
from planner.money.hosted_lever import LEAST_SAVING_USD, HostedLever
from planner.money.machines import Machines
from planner.sureness.probability import LARGEST_ERROR, Probability, error_at
from planner.workload.backlog import Backlog


@dataclass(frozen=True, slots=True)
class FleetItem:
    """Replicas of one deployment, on one price offer.

    ``instances`` machines of ``price_offer.gpu_count`` GPUs are rented and filled with
    replicas; ``spare_instances`` of them are beyond the need. ``always_instances`` of the
    others are on in all working hours if the rest follows the load. ``may_wait`` is true if
    only their documents may wait. ``reserved_instances`` of those that follow the load are
    reserved beside the others on demand. ``gpu_count`` is the GPUs of a replica, in ``stages``
    pipeline stages. ``vllm_command`` is the words that start a replica. ``notes`` are what
    vLLM's documentation says about this GPU although the deployment runs. ``share_too_long`` of
    the documents exceed ``max_model_len``, and vLLM refuses them. ``standing`` compares the
    price with those of other providers. ``model`` is the model as the scenario names it.
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
    spare_instances: int = 0
    max_model_len: int | None = None
    share_too_long: float = 0.0
    serves: tuple[Served, ...] = ()
    standing: PriceStanding | None = None
    reserved_instances: int = 0
    model: str = ""
    always_instances: int = 1
    may_wait: bool = False

    @property
    def machines(self) -> Machines:
        """All of them, with those that are always on."""
        always, spares = self.always_instances, self.spare_instances
        return Machines(self.price_offer, self.instances, always, spares, self.may_wait)


@dataclass(frozen=True, slots=True)
class Option:
    """One configuration with its cost, capacity, answer times and the limits that it keeps.

    ``probability`` is that of each limit with all machines running,
    ``probability_one_down`` with the spare ones lost, or with one lost if there is
    no spare; ``probability_place_down`` with the provider or region lost that is missed most, None
    if the fleet is not spread over two of them. ``meets`` counts no spare machine.
    ``availability`` is the share of the time that all machines run that are no spares. Capacity,
    utilization and answer times are of all machines. ``unloaded_latency_s`` is the answer time of
    a document that is alone on a replica. ``binding_limit`` is what sets the size of the fleet,
    see ``bottleneck.py``. ``settings`` are the engine settings that are not at their
    defaults. ``provenance`` says what published measurements share with the replicas,
    ``own_runs`` are the user's runs of them, the one that speaks first. ``backlog`` is what
    waits at the central forecast; None if documents are processed when they arrive.
    ``of_models`` are the fleets of each model that it consists of, ``scenarios`` those of their
    documents; empty if it runs one model.
    """

    fleet: tuple[FleetItem, ...]
    cost_lines: tuple[CostLine, ...]
    cost_usd_per_year: float
    cost_usd_per_1000_documents: float
    capacity_documents_per_year: Interval
    probability: Probability
    one_down: Callable[[], Probability] = field(compare=False, repr=False)
    availability: float
    utilization: float
    answers: Callable[[], Latency] = field(compare=False, repr=False)
    unloaded_latency_s: float
    meets: Meets
    basis: Basis
    sources: tuple[str, ...]
    binding_limit: BindingLimit
    seconds_per_request: dict[str, float]
    settings: tuple[SettingEffect, ...] = ()
    provenance: Provenance | None = None
    own_runs: tuple[OwnRun, ...] = ()
    backlog: Backlog | None = None
    probability_place_down: Probability | None = None
    of_models: tuple[Option, ...] = ()
    scenarios: tuple[Scenario, ...] = ()

    @property
    def latency_s(self) -> Latency:
        """The answer times; found when they are asked for, which they are of few options."""
        return self.answers()

    @property
    def probability_one_down(self) -> Probability:
        """The probability with the spare machines lost, or one; found when it is asked for."""
        return self.one_down()

    @property
    def obstacles(self) -> tuple[Limit, ...]:
        """The scenario's limits that this configuration misses; empty if it is feasible."""
        return self.meets.missed

    @property
    def without_spares(self) -> Probability:
        """The probability that ``meets`` goes by."""
        has_spares = any(item.spare_instances for item in self.fleet)
        found = self.probability_one_down if has_spares else self.probability
        place_down = self.probability_place_down
        return found if place_down is None else min(place_down, found, key=lambda one: one.work)

    @property
    def place_down_decides(self) -> bool:
        """True if ``without_spares`` is the probability with a provider or region down."""
        place_down = self.probability_place_down
        return place_down is not None and self.without_spares is place_down

    @property
    def log_sd(self) -> float:
        """The standard deviation of the log of its speed."""
        capacity = self.capacity_documents_per_year
        return math.log(capacity.high / capacity.value) / Z90

    @property
    def least_speed_share(self) -> float:
        """A share of the forecast speed with which it still does its work without spares.

        The smallest one, but never below that of the largest error that is told apart.
        """
        return math.exp(-self.log_sd * min(error_at(self.without_spares.work), LARGEST_ERROR))

    @property
    def is_unsure(self) -> bool:
        """True if it misses limits only because it is not sure enough to keep them."""
        return bool(self.obstacles) and all(self._sure_of(one) >= 0.5 for one in self.obstacles)

    def _sure_of(self, limit: Limit) -> float:
        """The probability of a limit that is missed: 0 for replicas and their spread."""
        return getattr(self.without_spares, limit, None) or 0.0

    @property
    def nearness(self) -> tuple[float, ...]:
        """A key that sorts options by how near they are to keeping every limit, nearest first.

        Those that miss fewest limits are nearest, then those that only lack sureness, then the
        surest of what they miss, and of equally sure ones those that answer soonest. The budget
        counts as missed whatever the cost. Feasible options are all as near.
        """
        missed = [limit for limit in self.obstacles if limit != "budget"]
        sure = min((self._sure_of(limit) for limit in missed), default=1.0)
        p95_s = self.latency_s.p95 if "latency" in missed else 0.0
        only_unsure = not self.obstacles or self.is_unsure
        late = math.inf if p95_s is None else p95_s
        return len(self.obstacles), not only_unsure, -round(sure, 2), late

    @property
    def is_measured(self) -> bool:
        """True if GPU, quantization, size and tensor-parallel size of each model were measured."""
        if self.of_models:
            return all(one.is_measured for one in self.of_models)
        own = self.basis in ("measured", "calibrated")
        return own or (self.provenance is not None and self.provenance.of_kind > 0)


@dataclass(frozen=True, slots=True)
class MissesLimits:
    """It runs, and every option misses a limit; ``nearest`` misses the fewest."""

    nearest: Option


WhyNot = NoPriceOffer | NoMachineSoLarge | TooFewOwned | RefusedByVllm | DoesNotFit | MissesLimits


@dataclass(frozen=True, slots=True)
class Infeasible:
    """A GPU without a feasible option, and why.

    The number of GPUs and the quantization are None if the GPU alone is at fault. ``asked`` is
    the scenario of its model; None if the plan has one model.
    """

    gpu: str
    gpu_count: int | None
    quantization: Quantization | None
    why: WhyNot
    asked: Scenario | None = None


Changed = Literal[Limit, "confidence", "fleet", "target"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change with which a plan has a feasible option; ``option`` is the cheapest.

    ``scenario`` is the whole changed one. What ``changed`` names has become ``value`` there: USD a
    year, seconds, documents a year, a probability, replicas, places that must carry the work, or
    the limit of the ``target``.
    """

    changed: Changed
    value: float
    option: Option
    scenario: Scenario
    target: StatedTarget | None = None


LeverChange = Literal[
    "around_the_clock",
    "wait_a_day",
    "switch_off",
    "follow_load",
    "reserve_base",
    "reserve",
    "any_quantization",
    "fp8_kv_cache",
    "any_gpu",
    "no_premium",
    "no_spare",
    "no_spread",
    "slower_answers",
    "looser_target",
    "fewer_replicas",
    "other_fleet",
]


@dataclass(frozen=True, slots=True)
class Lever:
    """A change with which the recommended ``option`` costs ``saves_usd_per_year`` less.

    ``scenario`` is the whole changed scenario, in which the ``target`` has a looser limit.
    """

    change: LeverChange
    option: Option
    saves_usd_per_year: float
    scenario: Scenario
    target: StatedTarget | None = None

    @property
    def cost_usd_per_year(self) -> float:
        """The cost with the change."""
        return self.option.cost_usd_per_year


@dataclass(frozen=True, slots=True)
class Year:
    """The documents, the fleet and the cost of one of the years planned for; the first is 1.

    ``capacity_documents_per_year`` is that of the central forecast. ``enough`` is False if more
    machines are needed than are owned, or than a stated fleet can have.
    """

    year: int
    documents: float
    fleet: tuple[FleetItem, ...]
    cost_usd_per_year: float
    capacity_documents_per_year: float
    enough: bool = True

    @property
    def replicas(self) -> int:
        """Those of all parts of the fleet."""
        return sum(item.replicas for item in self.fleet)

    @property
    def machines(self) -> tuple[int, ...]:
        """Those of each part of the fleet."""
        return tuple(item.price_offer.machines_in(item.instances) for item in self.fleet)


SolverStatus = Literal["optimal", "time limit reached", "infeasible", "no solution found"]


@dataclass(frozen=True, slots=True)
class Solver:
    """The end of the search for the cheapest fleet of several kinds.

    ``usd_per_year`` is the programme's objective: the fleet's machines with all cost items; None
    if none of several kinds was found. ``gap`` is how much cheaper, at most, another one might
    be, relative to the cost; None if no machines were found.
    """

    status: SolverStatus
    gap: float | None
    seconds: float
    usd_per_year: float | None = None


@dataclass(frozen=True, slots=True)
class Mix:
    """The cheapest fleet of several kinds, if it costs less than the recommended one of one kind.

    ``option`` is None if it does not, ``saves_usd_per_year`` if there is no recommended one.
    """

    option: Option | None
    saves_usd_per_year: float | None
    solver: Solver


@dataclass(frozen=True, slots=True)
class Plan:
    """Options: the feasible ones first, the cheapest first; then those that miss fewest limits.

    An option is feasible if it keeps every limit with the confidence asked for.
    ``recommended`` is chosen among them as ``recommendation.py`` says; None if there is
    none. ``cheapest_sure`` and ``cheapest_measured`` are the cheapest feasible option and
    the cheapest that was measured, None if that is the recommended one or there is none.
    ``remedies`` are the changes that would make an option feasible; empty if one is.
    ``years`` are what the recommended configuration needs each year; ``next_machine_month`` is
    when its next machine is due, None if that is more than five years ahead. ``targets`` are
    those of all classes, as the recommended configuration keeps them.
    ``levers`` are the changes that would save most; empty if nothing is recommended.
    ``present_value_usd`` is what all years cost in today's money. ``following_load`` is what the
    recommended machines cost if they are switched off while the load is low; None if it is level.
    ``hosted`` are hosted APIs for the same documents, the cheapest first. ``mix`` is a fleet of
    several kinds; None if none was looked for.
    """

    schema_version: int
    scenario: Scenario
    model_version: str
    recommended: Option | None
    options: tuple[Option, ...]
    infeasible: tuple[Infeasible, ...]
    remedies: tuple[Remedy, ...] = ()
    cheapest_sure: Option | None = None
    cheapest_measured: Option | None = None
    years: tuple[Year, ...] = ()
    next_machine_month: int | None = None
    targets: tuple[TargetKept, ...] = ()
    levers: tuple[Lever, ...] = ()
    present_value_usd: float | None = None
    following_load: FollowingLoad | None = None
    hosted: tuple[Hosted, ...] = ()
    mix: Mix | None = None

    @property
    def nearest(self) -> Option | None:
        """The recommended option, else the nearest (of equal ones the first); None if none runs."""
        if self.recommended is not None:
            return self.recommended
        return min(self.options, key=lambda option: option.nearness, default=None)

    @property
    def hosted_lever(self) -> HostedLever | None:
        """The cheapest API with an open model; None if it saves nothing."""
        api = next((hosted for hosted in self.hosted if hosted.is_open), None)
        if api is None or self.recommended is None:
            return None
        saves = self.recommended.cost_usd_per_year - api.usd_per_year
        return HostedLever(api, saves) if saves >= LEAST_SAVING_USD else None

    @property
    def ranked_levers(self) -> tuple[Lever | HostedLever, ...]:
        """The levers, and the hosted API if it saves; the largest saving first."""
        hosted = filter(None, (self.hosted_lever,))
        return tuple(sorted((*self.levers, *hosted), key=lambda lever: -lever.saves_usd_per_year))
