"""The fields of the Measurements page: which analysis, of which rows, which sweeps are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import streamlit as st

from app.analysis_data import Choices, Selection, Whose
from app.charts import MOST_SWEEPS
from app.html_pieces import problem
from app.sweep_names import full_name
from planner.forecast.article_analyses import ANALYSES, Analysis
from planner.forecast.measured_sweeps import Sweep

FIRST_SHOWN = "Parallel requests"
"""The analysis that opens: the article states figures of it."""

DRAWN_AT_FIRST = 3
"""More sweeps than this are hard to tell apart at a glance; the reader may add others."""

_BY_LABEL = {analysis.label: analysis for analysis in ANALYSES}


def analysis_asked_for() -> Analysis:
    """The analysis that the reader chose."""
    _refuse_unknown("analysis", list(_BY_LABEL))
    label = st.segmented_control(
        "Analysis",
        list(_BY_LABEL),
        default=FIRST_SHOWN,
        required=True,
        key="analysis",
        bind="query-params",
    )
    return _BY_LABEL[label]


def rows_asked_for(choices: Choices) -> Selection:
    """The rows that the reader chose."""
    fields = st.columns(4)
    with fields[0]:
        gpus = _several("measured_gpu", "GPU", choices.gpus)
    with fields[1]:
        models = _several("measured_model", "Model", choices.models)
    with fields[2]:
        quantizations = _several("measured_weights", "Quantization", choices.quantizations)
    with fields[3]:
        names = _several("measured_source", "Source", tuple(choices.sources))
    sources = tuple(key for name in names for key in choices.sources[name])
    whose: Whose = st.segmented_control(
        "Measured by",
        list(get_args(Whose)),
        default="All",
        required=True,
        key="measured_by",
        help="Your own are those of planner calibrate and planner import.",
    )
    return Selection(gpus, models, quantizations, sources, whose)


def _several(key: str, label: str, options: Sequence[str]) -> tuple[str, ...]:
    _refuse_unknown(key, options)
    return tuple(st.multiselect(label, options, key=key, placeholder="all", bind="query-params"))


def _refuse_unknown(key: str, options: Sequence[str]) -> None:
    """Say which values of a link are not known here, before the field ignores them."""
    unknown = [value for value in st.query_params.get_all(key) if value not in options]
    if unknown:
        listed = ", ".join(f"“{value[:60]}”" for value in unknown[:3])
        st.html(problem(f"This link asks for {listed}, which is not in this store; choose below."))


def sweeps_asked_for(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """The sweeps to draw: the first few and the user's own, unless the reader chose others."""
    own = sum(sweep.own for sweep in sweeps)
    drawn = min(len(sweeps), MOST_SWEEPS, max(DRAWN_AT_FIRST, own))
    chosen = st.multiselect(
        "Sweeps drawn",
        range(len(sweeps)),
        default=range(drawn),
        format_func=lambda number: full_name(sweeps[number]),
        max_selections=MOST_SWEEPS,
        placeholder="choose at least one",
        help="Measurements that differ in one quantity alone. Yours and the article's come first, "
        "then those most like the article's case.",
    )
    return [sweeps[number] for number in sorted(chosen)]
