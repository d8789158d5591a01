"""What the recommended configuration needs as the volume grows."""

from __future__ import annotations

from planner.fleet.plan import Plan
from planner.wording.formatting import counted, large, usd


def growth_sentence(plan: Plan) -> str | None:
    """The years planned for and the next machine; None if only one year was asked for."""
    growth = plan.scenario.growth_per_year
    if not plan.years or (len(plan.years) == 1 and growth == 0.0):
        return None
    fleet = () if plan.recommended is None else plan.recommended.fleet
    owned = any(item.price_offer.terms == "owned" for item in fleet)
    short = " (too few are owned)" if owned else " (not enough)"
    years = "; ".join(
        f"year {one.year}: {large(one.documents)} documents, {counted(one.replicas, 'replica')}, "
        f"{usd(one.cost_usd_per_year)}{'' if one.enough else short}"
        for one in plan.years
    )
    month = plan.next_machine_month
    if month is None:
        due = "No further machine is due within five years"
    else:
        due = f"The next machine is due in {counted(month, 'month')}"
    return f"With {100 * growth:g} % more documents each year: {years}. {due}."
