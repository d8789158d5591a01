"""The answer: a sentence, its key figures, what it rests on, the command, the PDF."""

from __future__ import annotations

from dataclasses import astuple
from functools import partial
from typing import get_args

import streamlit as st

from app.components.csv_download import csv_download
from app.components.risk_of_plan import risk_asked_for
from app.html_pieces import (
    bullets,
    echo,
    figures,
    paragraph,
    priced,
    quantization_words,
    rests_on,
    table,
    verdicts,
)
from app.html_pieces import headline as large_headline
from app.scenario_from_fields import ARTICLE_CASE
from app.services import plans
from app.services.workbooks import workbook
from app.table_csv import costs_csv
from planner.entered.paper import Paper
from planner.fleet.plan import Option, Plan
from planner.report.entries import Entries
from planner.vllm.serve_command import checkpoint_note
from planner.wording.cost_sentences import (
    HEADS,
    build_up,
    counts_more,
    following_load_sentence,
    not_counted_sentence,
    present_value_sentence,
)
from planner.wording.explanation import details, headline, paragraphs, recommendation_label
from planner.wording.formatting import large, low_to_high, percent, probability, seconds, usd
from planner.wording.hosted_sentences import hosted_first, hosted_line
from planner.wording.lever_sentences import what_would_save
from planner.wording.model_fleet_sentences import classes_served
from planner.wording.model_sentences import start_steps
from planner.wording.remedy_sentences import what_would_help
from planner.wording.setting_sentences import setting_sentence

CURRENT = "answer_current"
STALE = "answer_stale"
PAPERS: tuple[Paper, ...] = get_args(Paper)
_PAPER = "paper_of_report"
_LAST_PAPER = "paper_of_last_report"
"""Streamlit drops the field's own value while another page is shown."""


STALE_REASON = "This result is for the last valid inputs. Correct the marked field to update it."
NOT_YOURS = (
    "This result is for the article's case, not for what was asked. Correct the marked field."
)


def answer(plan: Plan, stale: str | None, entries: Entries | None = None) -> None:
    """The recommendation, or the closest configuration and what would help.

    ``stale`` says that the plan is not for what the fields state, and for what it is.
    ``entries`` are how the plan's scenario was entered, for the report.
    """
    st.html(echo(plan.scenario, example=plan.scenario.name == ARTICLE_CASE.name))
    with st.container(border=True, key=CURRENT if stale is None else STALE):
        if stale is not None:
            st.html(paragraph(stale, "stale"))
        if plan.recommended is not None:
            _recommended(plan, plan.recommended, entries)
        else:
            _nothing(plan, entries)


def _recommended(plan: Plan, best: Option, entries: Entries | None) -> None:
    formats = dict.fromkeys(quantization_words(item.quantization) for item in best.fleet)
    weights = " and ".join(formats)
    advice = "Your fleet" if plan.scenario.fleet else recommendation_label(plan, best)
    label = f"{advice}, with {weights} weights"
    first = hosted_first(plan)
    api = "" if first is None else paragraph(first, "lead")
    *others, risks = paragraphs(plan, best)
    last = " ".join(filter(None, (risks, hosted_line(plan))))
    said = "".join(paragraph(text) for text in (*others, last))
    st.html(api + large_headline(label, headline(plan)) + said + _figures(plan, best))
    _downloads(plan, entries)
    if plan.ranked_levers:
        st.html(paragraph("What would save most:", "lead") + bullets(what_would_save(plan)))
    for item in {(one.gpu, one.vllm_command): one for one in best.fleet}.values():
        if best.of_models:
            st.html(paragraph(f"For {classes_served([item])}, on {item.gpu}:", "lead"))
        for where, command in start_steps(item):
            if where:
                st.html(paragraph(where))
            st.code(command, language=None, wrap_lines=True)
        if (note := checkpoint_note(item.vllm_command)) is not None:
            st.html(paragraph(note))
        if item.notes:
            st.html(paragraph(f"vLLM on {item.gpu}:", "lead") + bullets(item.notes))
    _settings(best)
    _costs(plan, best)


def _settings(option: Option) -> None:
    """What the engine settings do that are not at their defaults."""
    if option.settings:
        sentences = (paragraph(setting_sentence(s), "rests") for s in option.settings)
        st.html(paragraph("What the engine settings do:", "lead") + "".join(sentences))


def _nothing(plan: Plan, entries: Entries | None) -> None:
    judged = bool(plan.scenario.fleet)
    parts = [
        large_headline("Your fleet" if judged else "No configuration found", headline(plan)),
        paragraph(details(plan)),
    ]
    if plan.remedies:
        parts += [paragraph("One of these changes would make it feasible:", "lead")]
        parts += [bullets(what_would_help(plan))]
    nearest = plan.nearest
    if nearest is not None:
        closest = "Your fleet in figures:" if judged else "The closest in figures:"
        parts += [paragraph(closest, "lead"), _figures(plan, nearest)]
    st.html("".join(parts))
    _downloads(plan, entries)
    if nearest is not None:
        _costs(plan, nearest)


def _figures(plan: Plan, option: Option) -> str:
    return (
        _key_figures(option, counts_more(plan.scenario))
        + _verdicts(option)
        + rests_on(option, plans.rests_on(option))
        + "".join(priced(item, plans.scenario_of(item, plan)) for item in option.fleet)
    )


def _key_figures(option: Option, counts_more: bool) -> str:
    capacity = option.capacity_documents_per_year
    p95 = option.latency_s.p95
    cost_note = "GPUs and other costs" if counts_more else "the GPUs alone"
    return figures(
        [
            ("Cost a year", usd(option.cost_usd_per_year), cost_note),
            ("Per 1,000 documents", usd(option.cost_usd_per_1000_documents), "at your volume"),
            (
                "Capacity a year",
                large(capacity.value),
                low_to_high(capacity),
            ),
            ("Utilization", percent(option.utilization), "of its capacity"),
            (
                "Sure",
                probability(option.probability.work),
                "to keep up"
                if option.probability.latency is None
                else "to keep up and answer in time",
            ),
            (
                "Answer time (p95)",
                seconds(p95),
                _when_answered(option),
            ),
        ]
    )


def _when_answered(option: Option) -> str:
    """The words under the answer time."""
    if option.latency_s.p95 is None:
        return "documents arrive faster than processed"
    return "in the busiest hour" if option.backlog is None else "from a document's turn on"


def _costs(plan: Plan, option: Option) -> None:
    """The build-up if the cost has several lines, what is not in it, what all years come to."""
    rows = build_up(plan.scenario, option)
    if len(rows) > 1:
        st.html(table("What the cost consists of", HEADS, map(astuple, rows)))
        csv_download("costs", partial(costs_csv, plan, option), "costs.csv")
    said = (
        not_counted_sentence(plan.scenario),
        present_value_sentence(plan),
        following_load_sentence(plan),
    )
    st.html("".join(paragraph(sentence, "rests") for sentence in said if sentence))


def _verdicts(option: Option) -> str:
    meets = option.meets
    items = [("Volume", meets.volume), ("Answer time", meets.latency), ("Budget", meets.budget)]
    if meets.replicas is not None:
        items.append(("Replicas", meets.replicas))
    if meets.spread is not None:
        items.append(("Spread", meets.spread))
    return verdicts(items)


def _downloads(plan: Plan, entries: Entries | None) -> None:
    """The report, the workbook and, if something is recommended, the files that start it."""
    with st.container(horizontal=True):
        last = st.session_state.get(_LAST_PAPER, PAPERS[0])
        paper = st.session_state[_LAST_PAPER] = st.session_state.setdefault(_PAPER, last)
        st.download_button(
            "Download sizing PDF",
            data=partial(plans.report, plan, risk_asked_for(plan), entries, paper),
            file_name="sizing.pdf",
            mime="application/pdf",
            on_click="ignore",
            type="primary",
        )
        st.download_button(
            "Download workbook (XLSX)",
            data=partial(workbook, plan, entries),
            file_name="plan.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            on_click="ignore",
            help="Costs, years and present value as formulas that follow their inputs.",
        )
        if plan.recommended is not None:
            st.download_button(
                "Download deployment files",
                data=partial(plans.deployment_archive, plan),
                file_name="deployment.zip",
                mime="application/zip",
                on_click="ignore",
                help="A Docker Compose file, a Kubernetes manifest and a SkyPilot task; a script "
                "for a replica that spans several machines.",
            )
        st.selectbox(
            "Paper of the PDF",
            PAPERS,
            format_func=lambda paper: f"{paper.capitalize()} paper",
            key=_PAPER,
            label_visibility="collapsed",  # a label above it would push the buttons down
            width=140,
        )
