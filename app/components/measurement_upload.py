"""Measurement files to upload: what they do not say themselves, and what they changed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components.entry_form import EntryField, entry_form, key_of, set_wrong, texts_of
from app.components.forecast_change_table import forecast_change
from app.components.upload_field import upload_field
from app.html_pieces import bullets, paragraph, problem
from app.services import imports
from app.services.imports import MAX_UPLOAD_MB, Imported
from planner.catalog.model_spec import QUANTIZATIONS
from planner.errors import InputError, PlannerError
from planner.fleet.scenario import Scenario
from planner.wording.formatting import counted

_FORM = "measurement_files"
_FILES, _IMPORTED, _OUTCOME = (key_of(_FORM, name) for name in ("files", "imported", "outcome"))
_AS_STATED = "as the file states"


def measurement_upload(gpus: Sequence[str], scenario: Scenario) -> None:
    """The files, the fields, the button, and the outcome of the last import."""
    st.header("Import measurements")
    st.html(
        paragraph(
            "Results of vLLM's bench (serve, sweep serve, latency, throughput), of GuideLLM (JSON, "
            "YAML, CSV), AIPerf and GenAI-Perf, SGLang's bench_serving, InferenceX, LLMPerf and "
            "inference-perf, and the CSV of planner export. All selected files are stored, or none "
            "of them if one is not understood."
        )
    )
    upload_field("Measurement files", _FILES, MAX_UPLOAD_MB, accept_multiple_files=True)
    first, others = _first_fields(gpus), _other_fields()
    entry_form(_FORM, first)
    with st.expander("What else the files do not say"):
        entry_form(_FORM, others)
    st.button(
        "Import",
        type="primary",
        key=key_of(_FORM, "import"),
        on_click=_import,
        args=((*first, *others), scenario),
    )
    told = st.session_state.pop(_OUTCOME, None)
    if told is not None:
        done, text = told
        st.html(paragraph(text) if done else problem(text))
    imported: Imported | None = st.session_state.get(_IMPORTED)
    if imported is not None:
        _show(imported, scenario)


def _first_fields(gpus: Sequence[str]) -> tuple[EntryField, ...]:
    return (
        EntryField(
            "gpu", "GPU", "On which it was measured. Result files rarely say.", None,
            (_AS_STATED, *gpus),
        ),
        EntryField("gpu_count", "GPUs of the replica", None, "as the file states, or 1"),
        EntryField("model", "Model", "In place of the name in the file.", _AS_STATED),
    )  # fmt: skip


def _other_fields() -> tuple[EntryField, ...]:
    return (
        EntryField("base_model", "Fine-tune of", "The model of the catalogue with its shape.", ""),
        EntryField(
            "quantization", "Quantization", "Format of the weights.", None,
            (_AS_STATED, *QUANTIZATIONS),
        ),
        EntryField("gpu_memory_gb", "Memory of a GPU (GB)", None, "not stated"),
        EntryField("engine", "Engine", None, "as the file states, or vllm"),
        EntryField("engine_version", "Its version", None, "not stated"),
        EntryField(
            "engine_settings",
            "Engine settings",
            "For example max_num_seqs=64; prefix_hit_share=0.5",
            "vLLM's defaults",
        ),
        EntryField("input_tokens", "Tokens in", "Of an offline benchmark.", "not stated"),
        EntryField("output_tokens", "Tokens out", "Other answer lengths are refused.", "any"),
        EntryField("batch_size", "Batch size", "Of vLLM's bench latency.", "not stated"),
        EntryField("source", "Source", "Who measured it, and where it is published.", "the file"),
        EntryField("source_id", "Id of the source", None, "from the file's content"),
        EntryField("allowed_failed", "Failed requests, at most (%)", None, "1"),
        EntryField("notes", "Notes", "Kept with every measurement.", "none"),
    )  # fmt: skip


def _show(imported: Imported, scenario: Scenario) -> None:
    """Show the last import that stored something, or the last one if none did."""
    counts = [f"{name}: {counted(rows, 'measurement')}" for name, rows in imported.files]
    st.html(
        paragraph(f"{counted(len(imported.added), 'new measurement')} stored", "lead")
        + bullets((*counts, *imported.sentences))
    )
    forecast_change(imported.change, scenario)
    if imported.added:
        st.button("Undo this import", key=key_of(_FORM, "undo"), on_click=_undo, args=(imported,))


def _import(fields: Sequence[EntryField], scenario: Scenario) -> None:
    stated = texts_of(_FORM, fields)
    stated = {name: "" if text == _AS_STATED else text for name, text in stated.items()}
    set_wrong(_FORM, {})
    files = [(file.name, file.getvalue()) for file in st.session_state.get(_FILES) or ()]
    before: Imported | None = st.session_state.get(_IMPORTED)
    try:
        imported = imports.import_files(files, stated, scenario)
    except PlannerError as error:
        field = error.field if isinstance(error, InputError) else None
        if field in stated:
            set_wrong(_FORM, {field: str(error)})
        st.session_state[_OUTCOME] = (False, str(error))
        return
    if imported.added or before is None or not before.added:
        st.session_state[_IMPORTED] = imported
    else:  # what is shown, with its Undo, is still the import that stored something
        st.session_state[_OUTCOME] = (True, "All measurements of these files were stored before.")


def _undo(imported: Imported) -> None:
    try:
        removed = imports.undo(imported)
    except PlannerError as error:
        st.session_state[_OUTCOME] = (False, str(error))
        return
    st.session_state.pop(_IMPORTED, None)
    st.session_state[_OUTCOME] = (True, f"Removed {counted(removed, 'measurement')} again.")
