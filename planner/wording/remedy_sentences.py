"""What would make something feasible if nothing is, in a phrase each.

Every value is printed as it has to be entered: rounded figures might not help.
"""

from __future__ import annotations

from planner.fleet.plan import Plan, Remedy
from planner.wording.explanation import configuration, describe
from planner.wording.formatting import count, percent, probability, usd


def what_would_help(plan: Plan) -> tuple[str, ...]:
    """One phrase for each remedy of a plan, with the option that is then the cheapest."""
    return tuple(
        change_of(remedy)
        if remedy.changed == "fleet"
        else f"{change_of(remedy)}: {configuration(remedy.option)}, "
        f"{probability(remedy.option.probability.work)} sure"
        for remedy in plan.remedies
    )


def change_of(remedy: Remedy) -> str:
    """The change of one limit, as an instruction."""
    value = remedy.value
    if remedy.changed == "budget":
        return f"raise the budget to {usd(value)} a year"
    if remedy.changed == "latency":
        return f"allow answers up to {value:,.15g} s"
    if remedy.changed == "volume":
        return f"reduce the volume to {count(value)} documents a year"
    if remedy.changed == "spread":
        return "let one provider or region carry all documents"
    if remedy.changed == "fleet":
        what = "enlarge your fleet to" if remedy.scenario.fleet else "replace your fleet by"
        return f"{what} {describe(remedy.option)}"
    return f"accept a confidence of {percent(value)}"
