"""The seconds that a document takes, by cause."""

from __future__ import annotations

from app.charts.style import Chart, Palette, figure_in, title
from planner.fleet.plan import Option
from planner.physics.terms import CAUSES
from planner.wording.explanation import configuration
from planner.wording.formatting import BINDING_MEANING, percent, seconds


def where_the_seconds_go(option: Option, colours: Palette) -> Chart:
    """Seconds of the replica that one document costs, by cause; the largest in the accent."""
    by_cause = option.seconds_per_request
    ordered = sorted(((cause, by_cause[cause]) for cause in CAUSES), key=lambda pair: pair[1])
    total = sum(by_cause.values())
    largest = ordered[-1][0]
    texts = [f"{seconds(value)} ({percent(value / total)})" for _, value in ordered]
    names = [BINDING_MEANING[cause] for cause, _ in ordered]
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
        f"Seconds per document on {configuration(option)}: {seconds(total)} in all. {parts}.",
    )
