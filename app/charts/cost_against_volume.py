"""Cost against volume: the recommended machines, one by one, and hosted APIs, by the document."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.charts.cost_against_capacity import log_axis
from app.charts.style import Chart, Json, Palette, figure_in, label_at, line_at, literal, title
from planner.fleet.plan import Plan
from planner.money.hosted_alternative import Hosted
from planner.wording.formatting import large, usd
from planner.wording.hosted_sentences import cheapest_open

_GPT_4 = "#D55E00"
_OPEN = "#009E73"  # Okabe and Ito (2008), as in planner/wording/formatting.py


def cost_against_volume(
    plan: Plan, fleet: Sequence[tuple[float, float]], name: str, colours: Palette
) -> Chart:
    """``fleet`` are documents and dollars a year of ``name``, the smallest volume first."""
    volumes = [documents for documents, _ in fleet]
    asked = plan.scenario.documents_per_year
    apis = [hosted for hosted in (cheapest_open(plan), _gpt_4(plan)) if hosted is not None]
    traces = [_fleet(fleet, name, colours)]
    traces += [_api(hosted, asked, volumes) for hosted in apis]
    dollars = [cost for trace in traces for cost in trace["y"]]
    low, high = min(dollars) / 1.5, max(dollars) * 1.5
    figure = figure_in(
        colours,
        360,
        traces,
        xaxis={
            "title": title("documents a year", colours),
            **log_axis(volumes[0], volumes[-1], large),
        },
        yaxis={"title": title("cost a year", colours), **log_axis(low, high, usd)},
        lines=[line_at(colours, x=asked)],
        labels=[label_at(f" demand: {large(asked)}", colours, x=math.log10(asked))],
    )
    return Chart(figure, _alt(fleet, name, apis, asked))


def _gpt_4(plan: Plan) -> Hosted | None:
    return next((hosted for hosted in plan.hosted if not hosted.is_open), None)


def _fleet(fleet: Sequence[tuple[float, float]], name: str, colours: Palette) -> Json:
    return {
        "type": "scatter",
        "x": [documents for documents, _ in fleet],
        "y": [cost for _, cost in fleet],
        "mode": "lines",
        "line": {"color": colours.accent, "width": 2.5, "shape": "hv"},
        "name": f"your fleet: {literal(name)}",
        "hovertemplate": "%{y:$,.0f} for %{x:,.0f} documents a year<extra></extra>",
    }


def _api(hosted: Hosted, asked: float, volumes: Sequence[float]) -> Json:
    per_document = hosted.usd_per_year / asked
    return {
        "type": "scatter",
        "x": list(volumes),
        "y": [per_document * documents for documents in volumes],
        "mode": "lines",
        "line": {
            "color": _OPEN if hosted.is_open else _GPT_4,
            "width": 2,
            "dash": "dot" if hosted.is_open else "dash",
        },
        "name": literal(f"{hosted.model.rpartition('/')[2]} at {hosted.bill.provider}"),
        "hovertemplate": "%{y:$,.0f} for %{x:,.0f} documents a year<extra></extra>",
    }


def _alt(
    fleet: Sequence[tuple[float, float]], name: str, apis: Sequence[Hosted], asked: float
) -> str:
    ends = " and ".join(
        f"{usd(cost)} for {large(documents)} documents" for documents, cost in (fleet[0], fleet[-1])
    )
    hosted = "; ".join(
        f"{one.model.rpartition('/')[2]} at {one.bill.provider} costs {usd(one.usd_per_year)}"
        for one in apis
    )
    return (
        f"Cost a year against documents a year. {name}: {ends}. For the {large(asked)} "
        f"documents asked for: {hosted}."
    )
