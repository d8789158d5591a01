"""The bills of hosted APIs for the same documents, and the volume from which a fleet costs less."""

from __future__ import annotations

from planner.fleet.costs import usd_of_documents
from planner.fleet.plan import Option, Plan
from planner.money.hosted_alternative import BreakEven, Hosted, Likeness, break_even
from planner.money.hosted_together import AND
from planner.wording.cost_sentences import counts_more
from planner.wording.formatting import MISSING, counted, large, percent, usd

TIMES_CHEAPER = 10.0
"""From here on an API stands before the fleet in the answer."""

_LIKENESS: dict[Likeness, str] = {
    "same model": "the same model",
    "same shape": "a model of the same shape",
    "like size": "an open model of like size",
    "GPT-4 class": "a model of the GPT-4 class",
}


def hosted_first(plan: Plan) -> str | None:
    """That an API is ten times cheaper than the fleet; None if it is not."""
    fleet, api = plan.nearest, cheapest_open(plan)
    if fleet is None or api is None:
        return None
    if fleet.cost_usd_per_year < TIMES_CHEAPER * api.usd_per_year:
        return None
    alone = " The bill is that of the API alone; the fleet's cost holds other items too."
    return (
        f"A hosted API would cost {usd(api.usd_per_year)} a year instead of "
        f"{usd(fleet.cost_usd_per_year)}: {_LIKENESS[api.likeness]}, {named(api)}."
        f"{alone if counts_more(plan.scenario) else ''}"
    )


def hosted_sentences(plan: Plan) -> str | None:
    """The bills of open models and of the GPT-4 class, and the break-even; None without any."""
    api = cheapest_open(plan)
    closed = next((hosted for hosted in plan.hosted if not hosted.is_open), None)
    bills = [_bills(plan, api)] if api is not None else []
    if closed is not None:
        bills.append(f"{usd(closed.usd_per_year)} with {named(closed)}")
    if not bills:
        return None
    said = f"Hosted APIs would process the same documents for {', and for '.join(bills)}."
    even = None if api is None else _break_even_sentence(plan, api)
    return said if even is None else f"{said} {even}"


def hosted_line(plan: Plan) -> str | None:
    """The cheapest open model's bill and break-even in one line; None without one."""
    api = cheapest_open(plan)
    if api is None:
        return None
    even = break_even_of(plan, plan.recommended, api)
    since = "" if even is None else f"; break-even at {large(even.documents_per_year)} documents"
    return f"Hosted API: {usd(api.usd_per_year)} a year with {_LIKENESS[api.likeness]}{since}."


def cheapest_open(plan: Plan) -> Hosted | None:
    """The cheapest hosted model with open weights; None if none holds the documents."""
    return next((hosted for hosted in plan.hosted if hosted.is_open), None)


def named(hosted: Hosted) -> str:
    """Model, provider, and the date of the price."""
    price = "batch price" if hosted.bill.batch else "price"
    return f"{_short(hosted.model)} at {hosted.bill.provider}, {price} of {hosted.bill.as_of}"


def _short(model: str) -> str:
    """A provider's name of a model, or of each of several, without that of its maker."""
    return AND.join(name.rpartition("/")[2] for name in model.split(AND))


def likeness_of(hosted: Hosted) -> str:
    """The likeness of the hosted model to the scenario's."""
    return _LIKENESS[hosted.likeness]


HOSTED_TITLE = "The same documents on hosted APIs"
HOSTED_COLUMNS = ("Model", "Provider", "Likeness", "USD a year", "Break-even")
MOST_ROWS = 5
HOSTED_NOTE = (
    "List prices for the published weights: a fine-tune of your own costs more, if it is hosted "
    "at all. Batch prices apply if documents may wait for a day. Above the break-even, in "
    "documents a year and as utilization, the fleet costs less."
)


def hosted_rows(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """The cheapest open models and those of the GPT-4 class, as ``HOSTED_COLUMNS``."""
    listed = [hosted for hosted in plan.hosted if hosted.is_open][:MOST_ROWS]
    listed += [hosted for hosted in plan.hosted if not hosted.is_open]
    return tuple(
        (
            _short(hosted.model),
            f"{hosted.bill.provider}, {hosted.bill.as_of}{', batch' if hosted.bill.batch else ''}",
            hosted.likeness,
            usd(hosted.usd_per_year),
            _break_even_cell(break_even_of(plan, plan.recommended, hosted)),
        )
        for hosted in listed
    )


def _break_even_cell(even: BreakEven | None) -> str:
    if even is None:
        return MISSING
    if even.utilization > 1.0:
        return "never"
    return f"{large(even.documents_per_year)}, {percent(even.utilization)}"


def break_even_of(plan: Plan, fleet: Option | None, hosted: Hosted) -> BreakEven | None:
    """The volume from which the fleet costs less than the API; None without a fleet.

    None, too, if it follows the load: its cost rises with the documents, as the API's does.
    """
    if fleet is None or plan.scenario.follow_load:
        return None
    return break_even(
        fleet.cost_usd_per_year,
        fleet.capacity_documents_per_year.value,
        hosted.usd_per_year,
        plan.scenario.documents_per_year,
        usd_of_documents(plan.scenario),
    )


def _bills(plan: Plan, cheapest: Hosted) -> str:
    """The cheapest, and the range of the providers of the same model or shape."""
    one = f"{usd(cheapest.usd_per_year)} a year with {_LIKENESS[cheapest.likeness]}"
    one = f"{one} ({named(cheapest)})"
    alike = [h for h in plan.hosted if h.likeness in ("same model", "same shape")]
    others = [hosted for hosted in alike if hosted is not cheapest]
    if not others:
        return one
    high, what = others[-1].usd_per_year, _LIKENESS[alike[0].likeness]
    if len(alike) == 1:
        return f"{one}, for {usd(high)} with {what} ({named(others[0])})"
    providers = counted(len(alike), "provider")
    return f"{one}, for {usd(alike[0].usd_per_year)} to {usd(high)} with {what} at {providers}"


def _break_even_sentence(plan: Plan, api: Hosted) -> str | None:
    even = break_even_of(plan, plan.recommended, api)
    if even is None and (plan.recommended is None or plan.scenario.follow_load):
        return None
    if even is None:
        return "Each document costs this fleet more than the cheapest of these, however many."
    if even.utilization > 1.0:
        return (
            "Against the cheapest of these, this fleet costs more even if it is "
            f"fully used: it would need {large(even.documents_per_year)} documents a year to "
            "cost the same, "
            f"{percent(even.utilization)} of its capacity."
        )
    return (
        "This fleet costs less than the cheapest of these from "
        f"{large(even.documents_per_year)} documents a year on, {percent(even.utilization)} "
        "of its capacity."
    )
