"""Measure my documents: files in, the distribution of their tokens out, and into the fields."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app import charts
from app import field_parsers as parse
from app.components.entry_form import EntryField, entry_form, key_of, set_wrong, texts_of
from app.components.plot import plot
from app.components.scenario_base import base_of_fields, entries_now, refill, whole_scenario
from app.components.upload_field import drop, upload_field
from app.html_pieces import bullets, paragraph, problem, table
from app.kept_fields import typed_beside_lengths, typed_of
from app.scenario_from_fields import read_fields
from app.services import measured_documents
from planner.documents.measured_lengths import MeasuredLengths, measured_answers, measured_lengths
from planner.documents.sample_file import MOST_FILE_BYTES, MOST_TOKENIZER_BYTES, CountedFile
from planner.errors import InputError, PlannerError
from planner.wording.measured_sentences import (
    ANSWER_COLUMNS,
    HISTOGRAM_COLUMNS,
    LENGTH_COLUMNS,
    answer_rows,
    histogram_rows,
    length_rows,
    sample_sentences,
    tokenizer_sentence,
)

_FORM = "measure_documents"
_FILES, _TOKENIZER, _KIND = (key_of(_FORM, name) for name in ("files", "tokenizer", "kind"))
_COUNTED, _WRONG, _USED = (key_of(_FORM, name) for name in ("counted", "wrong", "used"))

_FIELDS = (
    EntryField(
        "template",
        "Tokens of the prompt template",
        "What each prompt has besides the document: instructions, examples, a chat template.",
        "0",
    ),
    EntryField(
        "column",
        "Column with the text",
        "Of JSON Lines and CSV. Empty: the only one, or one called text, prompt or document.",
        "found by its name",
    ),
    EntryField(
        "answers",
        "Column with the answer",
        "What a model answered to each document, in JSON Lines and CSV. Empty: one called answer, "
        "output, completion or response.",
        "found by its name",
    ),
)


@dataclass(frozen=True, slots=True)
class _Counted:
    files: tuple[CountedFile, ...]
    with_own_tokenizer: bool


def measure_documents_button() -> None:
    """A button that opens the dialog."""
    if st.button("Measure my documents", key=key_of(_FORM, "open"), on_click=_forget):
        _dialog()


@st.dialog("Measure my documents", width="large")
def _dialog() -> None:
    if st.session_state.pop(_USED, False):
        st.rerun()  # which closes the dialog
    st.html(
        paragraph(
            "PDFs and text files are a document each; in JSON Lines and CSV each row is one, and "
            "may state its answer. The server counts their tokens. It holds the files in its "
            "memory until you use the lengths or take the files out of the list, or else until two "
            "minutes after the page is closed; only the numbers stay."
        )
    )
    most = MOST_FILE_BYTES // 10**6
    upload_field("Documents", _FILES, most, accept_multiple_files=True, on_change=_forget)
    upload_field(
        "tokenizer.json of the model (optional)",
        _TOKENIZER,
        MOST_TOKENIZER_BYTES // 10**6,
        type="json",
        on_change=_forget,
    )
    entry_form(_FORM, _FIELDS)
    if st.button("Count tokens", type="primary", key=key_of(_FORM, "count")):
        with st.spinner("Counting. Large files take up to two minutes; counts of others go first."):
            _count()
    if wrong := st.session_state.get(_WRONG):
        st.html(problem(wrong))
    counted: _Counted | None = st.session_state.get(_COUNTED)
    if counted is not None:
        _show(counted)


def _count() -> None:
    _forget()
    files = [(file.name, file.getvalue()) for file in st.session_state.get(_FILES) or ()]
    tokenizer = st.session_state.get(_TOKENIZER)
    own = None if tokenizer is None else tokenizer.getvalue()
    texts = texts_of(_FORM, _FIELDS)
    try:
        counted = measured_documents.count_tokens(files, own, texts["column"], texts["answers"])
    except PlannerError as error:
        st.session_state[_WRONG] = str(error)
        return
    st.session_state[_COUNTED] = _Counted(counted, own is not None)


def _show(counted: _Counted) -> None:
    for file in counted.files:
        if file.refused is not None:
            st.html(problem(file.refused))
    if not any(file.tokens for file in counted.files):
        return
    try:
        measured = measured_lengths(counted.files, _template_tokens())
        answers = measured_answers(counted.files)
    except InputError as error:
        st.html(problem(str(error)))
        return
    left, right = st.columns([2, 3])
    with left:
        st.html(table("Tokens of the documents", LENGTH_COLUMNS, length_rows(measured)))
        if answers is not None:
            st.html(table("Tokens of the answers", ANSWER_COLUMNS, answer_rows(answers)))
    with right:
        chart = charts.token_histogram(measured, charts.palette(st.context.theme.type))
        plot(chart, theme="streamlit")
    with st.expander("The chart as a table"):
        st.html(table("Documents by tokens", HISTOGRAM_COLUMNS, histogram_rows(measured)))
    said = (
        *sample_sentences(counted.files, measured),
        tokenizer_sentence(counted.with_own_tokenizer),
    )
    st.html(bullets(said))
    _use(measured, answers)


def _template_tokens() -> int:
    """The number that the field states; 0 if it is empty. Raises InputError."""
    text = texts_of(_FORM, _FIELDS)["template"]
    return 0 if not text.strip() else parse.template_tokens(text)


def _use(measured: MeasuredLengths, answers: MeasuredLengths | None) -> None:
    scenario = read_fields(entries_now()).scenario
    if scenario is None:
        st.html(problem("An entry of the scenario is wrong; correct it, then use these lengths."))
        return
    kinds = [one.name for one in scenario.classes]
    if kinds:
        st.selectbox("Kind of documents", kinds, key=_KIND)
    st.button(
        "Use these lengths",
        type="primary",
        key=key_of(_FORM, "use"),
        on_click=_put,
        args=(measured, answers),
        help="As tokens in, and out if answers were counted, with their distribution. You can "
        "change the fields afterwards.",
    )


def _put(measured: MeasuredLengths, answers: MeasuredLengths | None) -> None:
    entered = entries_now()
    read = read_fields(entered).scenario
    if read is None:
        return
    whole = whole_scenario(read, base_of_fields({}))
    kind = st.session_state.get(_KIND)
    changed = measured_documents.with_lengths(whole, kind, measured, answers)
    typed = typed_of(entered, whole)
    refill(changed, typed_beside_lengths(typed, kind, changed, str(entered["per"])))
    for file in (*(st.session_state.get(_FILES) or ()), st.session_state.get(_TOKENIZER)):
        if file is not None:
            drop(file)
    _forget()
    st.session_state[_USED] = True


def _forget() -> None:
    """Forget what was counted: it is of other files, or of another tokenizer."""
    for key in (_COUNTED, _WRONG, _USED):
        st.session_state.pop(key, None)
    set_wrong(_FORM, {})
