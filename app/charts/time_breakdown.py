"""A bar chart of the time that one document takes, by cause."""

from __future__ import annotations

from app.charts.style import Chart, Palette, figure_in, title
from planner.fleet.plan import Option
from planner.wording.explanation import configuration
from planner.wording.formatting import BINDING_MEANING, seconds


def where_the_seconds_go(option: Option, colours: Palette) -> Chart:
    """Seconds of a replica that one document takes, by cause; the largest is highlighted."""
    ordered = sorted(option.seconds_per_request.items(), key=lambda pair: pair[1])
    total = sum(option.seconds_per_request.values())
    largest = ordered[-1][0]
    texts = [f"{seconds(value)} ({100 * value / total:.0f} %)" for _, value in ordered]
    names = [BINDING_MEANING.get(cause, cause) for cause, _ in ordered]
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [value for _, value in ordered],
        "y": names,
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "textfont": {"color": colours.text},
        "marker": {
            "color": [colours.accent if cause == largest else colours.muted for cause, _ in ordered]
        },
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "showlegend": False,
    }
    figure = figure_in(
        colours,
        340,
        [bars],
        xaxis={
            "title": title("seconds of one replica per document", colours),
            "range": [0, ordered[-1][1] * 1.5],
        },
        yaxis={"showgrid": False, "ticksuffix": "  "},
    )
    parts = "; ".join(f"{n} {t}" for n, t in zip(names[::-1], texts[::-1], strict=True))
    return Chart(
        figure,
        f"A document takes {seconds(total)} of one replica of {configuration(option)}: {parts}.",
    )
