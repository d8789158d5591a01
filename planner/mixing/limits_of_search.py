"""The smallest change of one limit each with which a mixed or a spread fleet keeps every limit.

Each trial searches for a fleet anew, so answer times and volumes are found to half a percent. Each
is rounded to the side on which it still works, and is planned again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from planner.fleet.plan import Changed, Option, Remedy
from planner.fleet.remedies import FIELD, LEAST_CONFIDENCE, rounded, rounded_up_usd
from planner.fleet.replanning import with_change
from planner.fleet.scenario import MAX_BUDGET_USD, Scenario
from planner.workload.document_class import LARGEST_ANSWER_LIMIT

Search = Callable[[Scenario], Option | None]
"""Returns the fleet that is recommended for a scenario; None if none keeps every limit."""

CLOSE_ENOUGH = 1.005

FIRST_DISTANCE = 0.1
"""The log of the first factor tried, 1.1: a limit that is missed is often missed by little."""

FARTHEST: dict[Changed, float] = {"latency": LARGEST_ANSWER_LIMIT, "volume": 1.0}


def limits_of_search(
    scenario: Scenario,
    usd_per_year: float,
    plan: Search,
    attempt: Search,
    known: Sequence[Remedy] = (),
) -> tuple[Remedy, ...]:
    """At most one remedy each for the budget, the answer time, the volume and the confidence.

    ``usd_per_year`` is the cost of the fleet that keeps all but the budget, infinite if none does.
    A remedy that is ``known``, of a fleet of one kind, is left in its place if none is smaller.
    Targets of classes are not searched for, as each is one more search: what is known stays.
    ``attempt`` may search among fewer machines than ``plan``, which confirms what is found.
    """
    values: dict[Changed, Callable[[float | None], float | None]] = {
        "budget": lambda of_one: _least_budget(scenario, usd_per_year, of_one),
        "latency": lambda of_one: _limit(scenario, attempt, "latency", of_one, math.ceil),
        "volume": lambda of_one: _limit(scenario, attempt, "volume", of_one, math.floor),
        "confidence": lambda of_one: _most_confidence(scenario, attempt, of_one),
    }
    found: list[Remedy] = []
    for changed, value_beyond in values.items():
        so_far = next((one for one in known if one.changed == changed), None)
        value = value_beyond(None if so_far is None else so_far.value)
        other = None if value is None else with_change(scenario, {FIELD[changed]: value})
        option = None if other is None else plan(other)
        if value is not None and other is not None and option is not None:
            found.append(Remedy(changed, value, option, other))
        elif so_far is not None:
            found.append(so_far)
        if changed == "latency":
            found += [one for one in known if one.changed == "target"]
    return tuple(found)


def _least_budget(
    scenario: Scenario, usd_per_year: float, of_one_kind: float | None
) -> float | None:
    if scenario.budget_usd_per_year is None or usd_per_year > MAX_BUDGET_USD:
        return None
    value = rounded_up_usd(usd_per_year)
    return value if of_one_kind is None or value < of_one_kind else None


def _limit(
    scenario: Scenario,
    attempt: Search,
    changed: Changed,
    of_one_kind: float | None,
    to_whole: Callable[[float], int],
) -> float | None:
    """The value nearest to the one asked for that is kept; None if no fleet of one kind is beaten.

    It is looked for at growing distances, and then between the last two.
    """
    asked = getattr(scenario, FIELD[changed])
    if asked is None:
        return None
    kept = FARTHEST[changed] if of_one_kind is None else of_one_kind
    farther = 1.0 if kept > asked else -1.0

    def keeps(value: float) -> bool:
        other = with_change(scenario, {FIELD[changed]: value})
        return other is not None and attempt(other) is not None

    nearer = kept if of_one_kind is None else kept * CLOSE_ENOUGH**-farther
    if (nearer - asked) * farther <= 0.0 or not keeps(nearer):
        return None
    missed, kept, distance = asked, nearer, FIRST_DISTANCE
    while abs(math.log(kept / asked)) > distance:
        value = asked * math.exp(farther * distance)
        if keeps(value):
            kept = value
            break
        missed, distance = value, 2.0 * distance
    while abs(math.log(kept / missed)) > math.log(CLOSE_ENOUGH):
        middle = math.sqrt(missed * kept)
        missed, kept = (missed, middle) if keeps(middle) else (middle, kept)
    return rounded(kept, to_whole)


def _most_confidence(
    scenario: Scenario, attempt: Search, of_one_kind: float | None
) -> float | None:
    """The largest in whole percent that is kept; None if no fleet of one kind is beaten."""

    def keeps(percent: int) -> bool:
        return attempt(scenario.model_copy(update={"confidence": percent / 100.0})) is not None

    least = LEAST_CONFIDENCE if of_one_kind is None else of_one_kind + 0.01
    kept, missed = round(100.0 * least), math.ceil(100.0 * scenario.confidence - 1e-9)
    if kept >= missed or not keeps(kept):
        return None
    while missed - kept > 1:
        middle = (kept + missed) // 2
        kept, missed = (middle, missed) if keeps(middle) else (kept, middle)
    return kept / 100.0
