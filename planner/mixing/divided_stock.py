"""Own GPUs divided between several models: each gets GPUs of its own, together all there are.

If the fleets that each model would have with all own GPUs use no more than there is, they are
taken. Else each model is planned with no own GPUs, and with all of each stock. An integer programme
takes one of these fleets for each model, so that together they cost least:

    minimize    sum_mf  usd_mf x_mf
    subject to  sum_f x_mf = 1             each model has one fleet
                sum_mf gpus_mfs x_mf <= owned_s
                x_mf 0 or 1

If no fleets go together, the models are planned one after the other on what the others leave, in
the order that costs least of those tried. What no fleet uses goes to the models that cost most, as
far as they may use it. If nothing is found for one of the models, the GPUs are divided by the work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from operator import add

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.fleet.plan import Option
from planner.fleet.recommendation import premium_of
from planner.fleet.replanning import Replan
from planner.fleet.scenario import Scenario
from planner.mixing.quiet_solver import quiet_solver
from planner.money.cost_of_owning import stock_name
from planner.money.own_stock import stock_of

ALL_ORDERS_UP_TO = 3
"""Models of which all orders are tried; of more, each is first once, and the others follow it in
the order of their statement: the plans grow with their square, not with their factorial."""

Shares = tuple[int, ...]
"""GPUs of each stock, in the order in which the scenario states them."""


def divided(asked: Sequence[Scenario], replan: Replan) -> tuple[Scenario, ...]:
    """The scenarios of all models, each with its share of what is owned.

    Each of ``asked`` states all that it may use.
    """
    stocks = zip(*(one.owned for one in asked), strict=True)
    there = tuple(max(one.count for one in of_each) for of_each in stocks)
    if len(asked) == 1 or not any(there):
        return tuple(asked)
    found = (
        _each_alone(asked, there, replan)
        or _from_menus(asked, there, replan)
        or _one_after_another(asked, there, replan)
    )
    shares = _by_work(asked, there) if found is None else _with_the_rest(asked, found, there)
    return tuple(with_share(one, share) for one, share in zip(asked, shares, strict=True))


def with_share(scenario: Scenario, gpus: Shares) -> Scenario:
    """The scenario with so many of its own GPUs of each stock."""
    owned = tuple(
        one.model_copy(update={"count": number})
        for one, number in zip(scenario.owned, gpus, strict=True)
    )
    return scenario.model_copy(update={"owned": owned})


def own_gpus_used(option: Option, stocks: int) -> Shares:
    """GPUs of each stock that an option runs on."""
    used = Counter[str | None]()
    for item in option.fleet:
        used[stock_of(item.price_offer)] += item.instances * item.price_offer.gpu_count
    return tuple(used[stock_name(number)] for number in range(1, stocks + 1))


@dataclass(frozen=True, slots=True)
class _Fleet:
    """A fleet that a model may have: ``usd`` is its cost, times the premium if it is unmeasured."""

    used: Shares
    usd: float


def _each_alone(asked: Sequence[Scenario], there: Shares, replan: Replan) -> list[_Fleet] | None:
    """The fleet of each model if it may have all own GPUs; None if that is too many together."""
    options = [replan(one).chosen for one in asked]
    found = [
        _fleet(one, option, there) for one, option in zip(asked, options, strict=True) if option
    ]
    used = [sum(one.used[s] for one in found) for s in range(len(there))]
    fits = all(number <= count for number, count in zip(used, there, strict=True))
    return found if fits and len(found) == len(asked) else None


def _fleet(scenario: Scenario, option: Option, there: Shares) -> _Fleet:
    premium = 1.0 if option.is_measured else premium_of(scenario)
    return _Fleet(own_gpus_used(option, len(there)), premium * option.cost_usd_per_year)


def _from_menus(asked: Sequence[Scenario], there: Shares, replan: Replan) -> list[_Fleet] | None:
    """One of its fleets for each model, so that they go together; None if none do."""
    menus = [list(_menu(one, replan)) for one in asked]
    if not all(menus):
        return None
    fleets = [(number, fleet) for number, menu in enumerate(menus) for fleet in menu]
    of_model = [[float(number == m) for number, _ in fleets] for m in range(len(asked))]
    of_stock = [[float(fleet.used[s]) for _, fleet in fleets] for s in range(len(there))]
    with quiet_solver():
        found = milp(
            np.array([fleet.usd for _, fleet in fleets]),
            constraints=[
                LinearConstraint(np.array(of_model), 1.0, 1.0),
                LinearConstraint(np.array(of_stock), -np.inf, np.array(there, dtype=float)),
            ],
            integrality=np.ones(len(fleets), dtype=np.int64),
            bounds=Bounds(0.0, 1.0),
        )
    if found.x is None:
        return None
    return [fleet for taken, (_, fleet) in zip(found.x, fleets, strict=True) if taken > 0.5]


def _menu(scenario: Scenario, replan: Replan) -> Iterator[_Fleet]:
    """The fleets with all own GPUs, with none, and with those of one stock alone."""
    there = _own(scenario)
    none = (0,) * len(there)
    alone = [(*none[:s], number, *none[s + 1 :]) for s, number in enumerate(there)]
    for share in dict.fromkeys((there, none, *alone)):
        option = replan(with_share(scenario, share)).chosen
        if option is not None:
            yield _fleet(scenario, option, there)


def _one_after_another(
    asked: Sequence[Scenario], there: Shares, replan: Replan
) -> list[_Fleet] | None:
    """A fleet for each model of what those before it leave; None if one of them lacks GPUs."""
    best: list[_Fleet] | None = None
    for order in _orders(len(asked)):
        left, found = there, dict[int, _Fleet]()
        for number in order:
            share = tuple(map(min, _own(asked[number]), left))
            option = replan(with_share(asked[number], share)).chosen
            if option is None:
                break
            found[number] = _fleet(asked[number], option, there)
            left = _less(left, found[number].used)
        if len(found) == len(asked) and (best is None or _usd(found.values()) < _usd(best)):
            best = [found[number] for number in range(len(asked))]
    return best


def _orders(models: int) -> list[tuple[int, ...]]:
    """The orders that are tried.

    >>> _orders(4)
    [(0, 1, 2, 3), (1, 2, 3, 0), (2, 3, 0, 1), (3, 0, 1, 2)]
    """
    stated = tuple(range(models))
    if models <= ALL_ORDERS_UP_TO:
        return list(permutations(stated))
    return [(*stated[first:], *stated[:first]) for first in stated]


def _own(scenario: Scenario) -> Shares:
    """GPUs of each stock that a model may use."""
    return tuple(one.count for one in scenario.owned)


def _usd(fleets: Iterable[_Fleet]) -> float:
    return sum(one.usd for one in fleets)


def _less(gpus: Shares, others: Shares) -> Shares:
    return tuple(one - other for one, other in zip(gpus, others, strict=True))


def _with_the_rest(
    asked: Sequence[Scenario], fleets: Sequence[_Fleet], there: Shares
) -> list[Shares]:
    """The GPUs that each uses, with its part of the rest, as far as it may use them.

    The fleets that cost most come first: they may need fewer rented GPUs.
    """
    shares, left = [one.used for one in fleets], there
    for used in shares:
        left = _less(left, used)
    for number in sorted(range(len(fleets)), key=lambda number: -fleets[number].usd):
        more = tuple(map(min, left, _less(_own(asked[number]), shares[number])))
        shares[number] = tuple(map(add, shares[number], more))
        left = _less(left, more)
    return shares


def _by_work(asked: Sequence[Scenario], there: Shares) -> list[Shares]:
    """Each stock in proportion to the tokens of a year, with a GPU for each model if there are.

    Each further GPU goes to the model with the most tokens for those that it would then have
    (d'Hondt's method). None gets more than it may use.
    """
    work = [one.documents_per_year * (one.input_tokens + one.output_tokens) for one in asked]
    shares = zip(*(_shared_out(count, work) for count in there), strict=True)
    return [tuple(map(min, _own(one), share)) for one, share in zip(asked, shares, strict=True)]


def _shared_out(gpus: int, work: Sequence[float]) -> list[int]:
    """``gpus`` in proportion to the work, and 1 of them at least for each if there are as many.

    >>> _shared_out(4, [60.0, 60.0, 20.0]), _shared_out(1, [1.0, 2.0])
    ([2, 1, 1], [0, 1])
    """
    least = 1 if gpus >= len(work) else 0
    free = gpus - least * len(work)
    found = [least + int(max(0, free - len(work)) * one / sum(work)) for one in work]
    while sum(found) < gpus:
        following = [one / (number + 1) for one, number in zip(work, found, strict=True)]
        found[following.index(max(following))] += 1
    return found
