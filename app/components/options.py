"""All configurations side by side, and the GPUs that do not work."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app import charts
from app.components.csv_download import csv_download
from app.components.fields import tell_what_the_link_got_wrong
from app.components.plot import plot
from app.html_pieces import paragraph, quantization_words, table
from app.option_rows import csv_of, name_of, rows_of
from app.services import curves
from app.table_csv import hosted_csv, unusable_csv
from planner.catalog.gpu import gpu_group
from planner.fleet.plan import Option, Plan
from planner.report.shortlist import every_option
from planner.wording.advice_sentences import batch_size_sentence, time_sentence
from planner.wording.formatting import MISSING, counted
from planner.wording.hosted_sentences import (
    HOSTED_COLUMNS,
    HOSTED_NOTE,
    HOSTED_TITLE,
    hosted_rows,
    hosted_sentences,
)
from planner.wording.mix_sentence import mix_sentence
from planner.wording.why_not import WhyNotRow, why_not_rows

_EVERY, _BEST = "Every price offer", "Best of each GPU"
_ROW_PX, _MOST_ROWS, _MOST_PX = 35, 12, 180


def options(plan: Plan, best: tuple[Option, ...], colours: charts.Palette) -> None:
    """Table and plot of the options, of which ``best`` are the shortlist; nothing if no GPU can
    run the model.
    """
    if not plan.options:
        return
    st.header("Configurations compared")
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        tell_what_the_link_got_wrong("offers", "Configurations compared", (_BEST, _EVERY))
        wanted = st.segmented_control(
            "Show", [_BEST, _EVERY], default=_BEST, key="offers", required=True,
            label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
    shown = best if wanted == _BEST else every_option(plan)
    with right, st.container(horizontal_alignment="right"):
        st.download_button(
            "Download table (CSV)",
            data=partial(csv_of, plan, shown),
            file_name="configurations.csv",
            mime="text/csv",
            on_click="ignore",
        )
    _table(plan, shown)
    if (mixed := mix_sentence(plan)) is not None:
        st.html(paragraph(mixed))
    st.header("Cost against capacity")
    chart = charts.cost_against_capacity(plan, best, colours)
    plot(chart, "cost")


def _table(plan: Plan, shown: tuple[Option, ...]) -> None:
    rows = rows_of(plan, shown)
    if plan.scenario.quantization is not None:
        rows = rows.drop(columns="Weights")
    text, number = st.column_config.TextColumn, st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        height=_ROW_PX * (min(len(rows), _MOST_ROWS) + 1) + 3,
        row_height=_ROW_PX,
        placeholder="–",
        alt=_table_alt(rows),
        column_config={
            "Configuration": text(width=_widest(rows["Configuration"]), pinned=True),
            "Weights": text(width=65, help="Quantization"),
            "$ a year": number(width=70, format="$%,d"),
            "Sure": text(
                width=72, alignment="right", help="Probability of keeping up and answering in time"
            ),
            "Verdict": text(width=_widest(rows["Verdict"])),
            "Million a year": text(
                width=130,
                alignment="right",
                help="Capacity in million documents a year: forecast and 90 % interval",
            ),
            "Utilization": number(
                width=75, format="%.0f %%", help="Share of its capacity that your volume uses"
            ),
            "p95, s": number(
                width=58,
                format="%.3g",
                help="Answer time in seconds that 95 % of documents keep in the busiest hour",
            ),
            "Rests on": text(
                width=100,
                help="What the forecast rests on: ● measured, ◆ calibrated, ■ reference, "
                "▲ extrapolated",
            ),
            "Price": text(width=_widest(rows["Price"]), help="Provider, terms, date of the price"),
            "Why not": text(width=200),
            "$ per 1,000": number(width=80, format="$%.3f", help="Dollars per 1,000 documents"),
        },
    )


def _widest(texts: pd.Series[str]) -> int:
    """Pixels that a column needs for its longest text, up to what a narrow screen can spare."""
    return min(16 + round(6.2 * int(texts.str.len().max())), _MOST_PX)


def _table_alt(rows: pd.DataFrame) -> str:
    first = "; ".join(
        f"{row['Configuration']} ${row['$ a year']:,} a year, {row['Verdict']}"
        for row in rows.head(3).to_dict("records")
    )
    return f"{len(rows)} configurations, best first: {first}."


def hosted(plan: Plan, colours: charts.Palette) -> None:
    """The bills of hosted APIs, and the volume from which the fleet costs less."""
    if not plan.hosted:
        return
    st.header(HOSTED_TITLE)
    if (said := hosted_sentences(plan)) is not None:
        st.html(paragraph(said))
    st.html(table("Hosted models, the cheapest first", HOSTED_COLUMNS, hosted_rows(plan)))
    st.caption(HOSTED_NOTE)
    csv_download("hosted APIs", partial(hosted_csv, plan), "hosted.csv")
    if plan.recommended is not None and len(plan.recommended.fleet) == 1:
        item = plan.recommended.fleet[0]
        fleet = curves.costs_by_volume(plan.scenario, item)
        name = f"{gpu_group(item.gpu_count, item.gpu)}, {item.price_offer.provider}"
        plot(charts.cost_against_volume(plan, fleet, name, colours), "volume")


def details(plan: Plan, best: tuple[Option, ...], colours: charts.Palette) -> None:
    """The forecast behind one configuration that the reader chooses of the shortlist ``best``."""
    if not plan.options:
        return
    st.header("Behind the forecast")
    listed = {_named(one, option): one for option in best for one in option.of_models or (option,)}
    chosen = st.selectbox("Configuration", list(listed))
    option = listed[chosen]
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Throughput against parallel requests")
        curve = curves.curve_of(plan.scenario, option)
        name = gpu_group(option.fleet[0].gpu_count, option.fleet[0].gpu)
        plot(charts.throughput_curve(curve, name, colours), "curve")
        st.caption(_curve_note(len(curve.measured)))
    with right:
        st.subheader("Where the seconds of a document go")
        plot(charts.where_the_seconds_go(option, colours), "causes")
        advice = curves.advice_for(plan.scenario, option)
        st.html(
            paragraph(time_sentence(advice)) + paragraph(batch_size_sentence(advice.batch_size))
        )


def _named(one: Option, whole: Option) -> str:
    """The name of an option, or of the part of one that runs one of its models."""
    return f"{one.fleet[0].model}: {name_of(one)}" if whole.of_models else name_of(one)


def _curve_note(measured: int) -> str:
    if not measured:
        return "Nobody has measured this deployment; the band shows how uncertain the forecast is."
    return (
        f"{counted(measured, 'measurement')} of this deployment. Hollow ones were made with "
        "documents of another size or with other engine settings; the model converts them to "
        "yours. Their distance from the line is the error of the forecast."
    )


def unusable(plan: Plan) -> None:
    """GPUs and quantizations without a feasible option, each with its reason."""
    if not plan.infeasible:
        return
    st.header("What does not work, and why")
    st.html(
        table(
            "GPUs without a configuration that meets every limit",
            ("GPU", "Why not", "What would help"),
            [
                (_gpus(row), row.reason, row.remedy or MISSING)
                for row in why_not_rows(plan.scenario, plan.infeasible)
            ],
        )
    )
    csv_download("reasons", partial(unusable_csv, plan), "reasons.csv")


def _gpus(row: WhyNotRow) -> str:
    if row.quantization is None:
        return row.gpus
    return f"{row.gpus}, {quantization_words(row.quantization)}"
