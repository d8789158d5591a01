"""What a mixed fleet would save, and how far the search for it went."""

from __future__ import annotations

from planner.fleet.plan import FleetItem, Plan, Solver
from planner.fleet.scenario_work import classes_of
from planner.mixing.places import named_place
from planner.wording.formatting import percent, usd

_OPTIMAL_WITHIN = 0.01
"""A fleet is called optimal if none is cheaper by more than this share: prices are no surer."""


def mix_sentence(plan: Plan) -> str | None:
    """The cheapest mix beside the recommended fleet; None if none was looked for."""
    mix = plan.mix
    if mix is None:
        return None
    how = solver_words(mix.solver)
    if mix.option is None:
        return f"No mixed fleet that costs less was found ({how})."
    if mix.saves_usd_per_year is None and plan.scenario.spread_over is not None:
        fleet = ", ".join(
            f"{_replicas(item)} at {named_place(plan.scenario.spread_over, item.price_offer)}"
            for item in mix.option.fleet
        )
        return f"No single {plan.scenario.spread_over} carries all: {fleet} ({how})."
    if mix.saves_usd_per_year is None:
        return f"No single kind of machine keeps every limit; this mix does ({how})."
    fleet = "; ".join(served_words(plan, item) for item in mix.option.fleet)
    return (
        f"A mixed fleet would cost {usd(mix.option.cost_usd_per_year)} a year and save "
        f"{usd(mix.saves_usd_per_year)}: {fleet} ({how})."
    )


def solver_words(solver: Solver) -> str:
    """The end of the search, its largest distance from the optimum, and its duration."""
    gap = "" if solver.gap is None else f", gap {percent(solver.gap)}"
    took = "under 1 s" if solver.seconds < 1.0 else f"{solver.seconds:.0f} s"
    if solver.status == "optimal" and solver.gap is not None and solver.gap > _OPTIMAL_WITHIN:
        # It solved costs on a straight line, and those of the fleet are on none.
        return f"solver: cheapest found, another may cost up to {percent(solver.gap)} less, {took}"
    return f"solver: {solver.status}{gap}, {took}"


def served_words(plan: Plan, item: FleetItem) -> str:
    """Replicas of a mix, and the share of the documents, or of each class, that they process."""
    of_class = {
        one.name: one.documents_per_year / plan.scenario.documents_per_year
        for one in (classes_of(plan.scenario) if plan.scenario.classes else ())
    }
    shares = ", ".join(
        f"{percent(served.share / of_class[served.name])} of {served.name}"
        if served.name in of_class
        else f"{percent(served.share)} of the documents"
        for served in item.serves
    )
    return f"{_replicas(item)} for {shares}"


def _replicas(item: FleetItem) -> str:
    gpus = "" if item.gpu_count == 1 else f"{item.gpu_count} x "
    return f"{item.replicas} x {gpus}{item.gpu}"
