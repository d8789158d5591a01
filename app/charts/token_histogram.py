"""The histogram of a sample: its documents by their tokens."""

from __future__ import annotations

from app.charts.style import Chart, Palette, figure_in, label_at, line_at, title
from planner.documents.measured_lengths import Bin, MeasuredLengths
from planner.wording.formatting import count, counted


def token_histogram(measured: MeasuredLengths, colours: Palette) -> Chart:
    """A bar for each range of tokens; a line at the p95."""
    bins, p95 = measured.histogram, measured.quantile(0.95)
    width = bins[0].last - bins[0].first + 1
    figure = figure_in(
        colours,
        240,
        [
            {
                "type": "bar",
                "x": [one.first + width / 2 for one in bins],
                "y": [one.documents for one in bins],
                "width": [width * 0.92] * len(bins),
                "marker": {"color": colours.accent},
                "text": [_range(one) for one in bins],
                "textposition": "none",
                "hovertemplate": "%{text} tokens: %{y} documents<extra></extra>",
                "showlegend": False,
            }
        ],
        xaxis={"title": title("tokens of a prompt", colours), "tickformat": ",d"},
        yaxis={"title": title("documents", colours), "rangemode": "tozero", "tickformat": ",d"},
        lines=[line_at(colours, x=p95)],
        labels=[label_at("p95", colours, x=p95)],
    )
    most = max(bins, key=lambda one: one.documents)
    alt = (
        f"Histogram of {counted(measured.documents, 'document')}: {count(measured.shortest)} to "
        f"{count(measured.longest)} tokens. {counted(most.documents, 'document')}, the "
        f"most, {'has' if most.documents == 1 else 'have'} {_range(most)}; "
        f"95 % have at most {count(p95)}."
    )
    return Chart(figure, alt)


def _range(one: Bin) -> str:
    return f"{count(one.first)} to {count(one.last)}"
