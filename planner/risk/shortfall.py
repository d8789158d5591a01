"""By how much the recommended fleet falls short, if the forecast is so wrong that it does."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from planner.fleet.busiest_hour import arrival_rates
from planner.fleet.costs import usd_of_machines
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.mixing.sum_of_options import fleets_by_model
from planner.money.own_stock import most_machines
from planner.sureness.probability import error_at


@dataclass(frozen=True, slots=True)
class Shortfall:
    """The median of the cases in which a fleet without its spare machines is too slow.

    ``probability`` is that of such a case. ``speed`` is the share that is missing of the speed
    needed. ``documents_per_year`` are those for which no machine has time, None if it is the
    answers that are late. ``machines`` more of the same kind make up for it and cost
    ``usd_per_year`` with all cost items; None if the fleet is of several kinds, or if no more
    are owned. ``fleet`` is the one that falls short first, if there are several models.
    """

    probability: float
    speed: float
    documents_per_year: float | None
    machines: int | None
    usd_per_year: float | None
    fleet: Option


def shortfall(scenario: Scenario, option: Option) -> Shortfall | None:
    """The shortfall of an option; None if the forecast leaves no such case, or no other one.

    Only the forecast may be wrong here. A fleet does its work up to some error of it; half of
    the larger errors are below that of the median case. A fleet that never does it needs
    another speed than any that the forecast holds possible. Of the fleets of several models it is
    that of the one that is least sure, as one error moves them all.
    """
    scenario, option = min(
        fleets_by_model(scenario, option), key=lambda one: one[1].without_spares.work
    )
    sure = option.without_spares
    if not 0.0 < sure.work < 1.0:
        return None
    beyond = error_at((1.0 + sure.work) / 2.0) - error_at(sure.work)
    missing = 1.0 - math.exp(-option.log_sd * beyond)
    if missing >= 1.0:  # a wide error of the forecast, and hardly a case that is fast enough
        return None
    in_time = sure.latency is None or sure.volume <= sure.latency
    machines = _machines(option, missing)
    return Shortfall(
        probability=1.0 - sure.work,
        speed=missing,
        documents_per_year=_documents(scenario, missing) if in_time else None,
        machines=machines and option.fleet[0].price_offer.machines_in(machines),
        usd_per_year=None if machines is None else _usd(scenario, option, machines),
        fleet=option,
    )


def _documents(scenario: Scenario, missing: float) -> float:
    """Documents that arrive faster than all machines work.

    What is needed leaves room in the busiest hour: the largest utilization.
    """
    capacity = np.array([(1.0 - missing) / scenario.max_utilization])
    return float(arrival_rates(scenario).share_beyond(capacity)[0] * scenario.documents_per_year)


def _machines(option: Option, missing: float) -> int | None:
    """Machines as fast as those that work, so that together they have the speed needed."""
    if len(option.fleet) > 1:
        return None
    item = option.fleet[0]
    working = item.instances - item.spare_instances
    more = math.ceil(working * missing / (1.0 - missing))
    return more if item.instances + more <= most_machines(item.price_offer) else None


def _usd(scenario: Scenario, option: Option, machines: int) -> float:
    item = option.fleet[0]
    with_them = usd_of_machines(scenario, item.price_offer, item.instances + machines)
    return with_them - usd_of_machines(scenario, item.price_offer, item.instances)


def spare_machine_usd_per_year(scenario: Scenario, option: Option) -> float | None:
    """The cost of one more spare machine, with all cost items, in all working hours.

    Of one for each model, if there are several. None if a fleet is of several kinds, or all its
    machines are in use.
    """
    found = [_spare_usd(own, one) for own, one in fleets_by_model(scenario, option)]
    stated = [usd for usd in found if usd is not None]
    return sum(stated) if len(stated) == len(found) else None


def _spare_usd(scenario: Scenario, option: Option) -> float | None:
    if len(option.fleet) > 1:
        return None
    item = option.fleet[0]
    if item.instances >= most_machines(item.price_offer):
        return None
    one_more = scenario.model_copy(update={"spare_replicas": scenario.spare_replicas + 1})
    with_it = usd_of_machines(one_more, item.price_offer, item.instances + 1)
    return with_it - usd_of_machines(scenario, item.price_offer, item.instances)
