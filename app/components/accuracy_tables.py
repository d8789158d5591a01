"""The accuracy of the forecasts on the Model page: summary, scatter plot and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import streamlit as st

from app import charts
from app.components.plot import plot
from app.html_pieces import figures, headline, paragraph, table
from app.option_rows import GLYPHS
from planner.forecast.accuracy_record import LATENCY_STAGES, AccuracyRow, LeftOut
from planner.learning.random_effects import engine_generation
from planner.wording.formatting import capitalized, count, percent

ALL, GPU, SOURCE = "All", "One GPU", "One source"
_ROW_PX = 35


def summary(rows: Sequence[AccuracyRow]) -> None:
    """Show the errors before and after measuring, in one sentence and in figures."""
    whole = {row.stage: row for row in rows if row.kind == "all"}
    before, four, six = whole["zero_shot"], whole["calibrated_4"], whole["calibrated_6"]
    kinds = {
        kind: sum(r.kind == kind and r.stage == "zero_shot" for r in rows)
        for kind in ("source", "gpu")
    }
    sentence = (
        f"Median error {percent(before.median_mape)} before any measurement on your hardware, "
        f"{percent(four.median_mape)} after four measured points"
    )
    how = (
        "Each published deployment was forecast without its own source's data, as before a "
        "purchase. It was then forecast again with a few of its points known, as after a short "
        "calibration, and compared with the other points. Errors are of output tokens per second. "
        "Half of the deployments have a smaller mean error, half a larger one."
    )
    items = [
        ("Error before measuring", percent(before.median_mape), "median over deployments"),
        ("After 4 points", percent(four.median_mape), f"{four.groups} deployments"),
        ("After 6 points", percent(six.median_mape), f"{six.groups} deployments"),
        ("90 % interval holds", percent(before.coverage90), "of points, before measuring"),
        ("Deployments", count(before.groups), f"{count(before.rows)} load points"),
        ("Sources", count(kinds["source"]), f"on {kinds['gpu']} GPUs"),
    ]
    with st.container(border=True, key="answer_current"):
        st.html(
            headline("Checked on published measurements", sentence)
            + paragraph(how)
            + figures(items)
        )


def scatter(points: Sequence[LeftOut], names: Mapping[str, str], colours: charts.Palette) -> None:
    """Plot forecast against measured throughput of all points, one GPU or one source."""
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    with left:
        by = st.segmented_control("Show", [ALL, GPU, SOURCE], default=ALL, required=True, key="by")
    chosen, what = list(points), "all GPUs and sources"
    if by == GPU:
        with right:
            what = st.selectbox("GPU", sorted({p.gpu for p in points}), key="gpu")
        chosen = [p for p in points if p.gpu == what]
    elif by == SOURCE:
        with right:
            source = st.selectbox("Source", sorted(names, key=lambda s: names[s].lower()),
                                  format_func=lambda s: names[s], key="source")  # fmt: skip
        chosen, what = [p for p in points if p.source_id == source], names[source]
    others = [p for p in points if p not in chosen] if by != ALL else []
    chart = charts.forecast_against_measured(chosen, others, what, colours)
    plot(chart, "scatter")
    st.caption(chart.alt)


def accuracy_table(
    kind: str, head: str, rows: Sequence[AccuracyRow], points: Sequence[LeftOut],
    names: Mapping[str, str],
) -> None:  # fmt: skip
    """Show the accuracy by one kind of deployment as a table, most deployments first."""
    after = {r.name: r for r in rows if r.stage == "calibrated_4" and r.kind == kind}
    before = [r for r in rows if r.stage == "zero_shot" and r.kind == kind]
    frame = pd.DataFrame(
        [
            {
                head: names.get(row.name, row.name),
                "Deployments": row.groups,
                "Points": row.rows,
                "Error": 100 * row.median_mape,
                "Interval holds": 100 * row.coverage90,
                "After 4 points": 100 * after[row.name].median_mape if row.name in after else None,
                "Basis": _bases(kind, row.name, points),
            }
            for row in sorted(before, key=lambda row: (-row.groups, -row.rows, row.name))
        ]
    )
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        frame,
        hide_index=True,
        height=_ROW_PX * (min(len(frame), 14) + 1) + 3,
        row_height=_ROW_PX,
        placeholder="too few",
        alt=_alt(frame, head),
        column_config={
            head: text(width=110 if kind == "gpu" else 260, pinned=kind == "gpu"),
            "Deployments": number(width=95),
            "Points": number(width=60, help="Measured load points"),
            "Error": number(
                width=60, format="%.0f %%", help="Median error over deployments, before measuring"
            ),
            "Interval holds": number(
                width=100, format="%.0f %%", help="Share of points in the 90 % interval"
            ),
            "After 4 points": number(
                width=105, format="%.1f %%", help="Median error after four measured points"
            ),
            "Basis": text(width=190, help="What the forecasts rested on without the source's data"),
        },
    )


def answer_times(rows: Sequence[AccuracyRow]) -> None:
    """Show the errors of the times to the first and to the last token as a table."""
    whole = {row.stage: row for row in rows if row.kind == "all"}
    checked = [(meaning, whole[stage]) for stage, meaning in LATENCY_STAGES.items()]
    st.html(
        table(
            "Errors of answer times over measured points",
            ("What", "Points", "Error", "Interval holds"),
            [
                (
                    capitalized(meaning),
                    count(row.rows),
                    percent(row.median_mape),
                    percent(row.coverage90),
                )
                for meaning, row in checked
            ],
        )
    )


_NAME_OF: dict[str, Callable[[LeftOut], str]] = {
    "gpu": lambda point: point.gpu,
    "source": lambda point: point.source_id,
    "quantization": lambda point: point.quantization,
    "gpus": lambda point: str(point.gpu_count),
    "engine": lambda point: engine_generation(point.engine_version) or "not stated",
}
"""What a point has of each kind in the record."""


def _bases(kind: str, name: str, points: Sequence[LeftOut]) -> str:
    of = [p.basis for p in points if name == _NAME_OF[kind](p)]
    return ", ".join(f"{GLYPHS[basis]} {basis}" for basis in sorted(set(of)))


def _alt(table: pd.DataFrame, head: str) -> str:
    first = "; ".join(
        f"{row[head]}: {row['Deployments']} deployments, error {row['Error']:.0f} %, interval "
        f"holds {row['Interval holds']:.0f} %"
        for row in table.head(5).to_dict("records")
    )
    return f"{len(table)} rows, most deployments first. {first}."
