"""The scenario list of the Plan page: load, save, replace, rename, delete with undo, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.components.fields import with_current
from app.components.scenario_base import (
    CHOSEN,
    OWN,
    base_of_fields,
    chosen_name,
    earlier_version,
    fill,
    keep,
    open_link,
    reset,
)
from app.components.unreadable_scenario import unreadable_scenario, when
from app.components.upload_field import upload_field
from app.html_pieces import paragraph, problem
from app.kept_fields import Base, typed_of
from app.scenario_from_fields import ARTICLE_CASE
from app.services import stored_scenarios
from app.services.stored_scenarios import RemovedScenario, UnreadableScenario
from app.services.stored_scenarios import SavedScenario as Saved
from planner.errors import InputError, PlannerError
from planner.files import decode_text
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import (
    MAX_FILE_BYTES,
    scenario_file_text,
    scenario_of_text,
)

_NAME, _TO_SAVE, _WRONG = "scenario_name", "scenario_to_save", "scenario_wrong"
_ASKED, _DELETED, _IMPORTS = "scenario_asked", "scenario_deleted", "scenario_imports"
_VERSION, _CHOOSE = "scenario_version", "scenario_to_choose"


@dataclass(slots=True)
class Listed:
    """The scenario that the list shows: the base of the fields, and where the file is offered.

    ``is_refused`` if what is chosen cannot be shown; the list says why. The file has what is
    ``offered``, which changes with each entry, while the button stays.
    """

    base: Base | None
    is_refused: bool
    file_place: DeltaGenerator
    offered: Scenario = ARTICLE_CASE

    def file_text(self) -> str:
        """The file that is offered."""
        return scenario_file_text(self.offered)


@dataclass(frozen=True, slots=True)
class _ToSave:
    """The current entries are to be saved under a name, in place of a version; 0: of none."""

    name: str
    replaces: int


@dataclass(frozen=True, slots=True)
class _Deleted:
    """The versions of a deleted scenario, and which one the fields showed."""

    removed: RemovedScenario
    shown: Base | None
    shown_version: int | None


def scenario_list() -> Listed:
    """Draw the list of scenarios and its actions, which happen before the next run.

    Only saving waits until the fields have been read: an entry may come along with the click.
    """
    if (name := st.session_state.pop(_CHOOSE, None)) is not None:
        st.session_state[CHOSEN] = name
        st.session_state.pop(_VERSION, None)  # the list begins with the new version again
    newest = stored_scenarios.newest_versions()
    saved = {name: one for name, one in newest.items() if isinstance(one, Saved)}
    unread = open_link(saved, newest.keys() - saved.keys())
    names = [ARTICLE_CASE.name, *newest]
    asked_for = [st.session_state.get(CHOSEN) or st.query_params.get(CHOSEN)]
    left, right = st.columns([5, 3], vertical_alignment="bottom")
    with left:
        st.selectbox(
            "Scenario", with_current(names, asked_for), key=CHOSEN, on_change=_load,
            bind="query-params",
        )  # fmt: skip
    if unread is not None:
        _tell(
            f"The newest version of “{unread}” cannot be read. The entries of the link are shown "
            f"without it, as “{OWN}”; save them under a name to keep them."
        )
        st.session_state[_CHOOSE] = ARTICLE_CASE.name
        st.rerun()  # in its first run the list has what the address names
    with right, st.popover("Save, reset", width="stretch"):
        file_place = _actions(saved)
    _show_what_happened()
    is_refused = _is_refused(names, newest.get(chosen_name()))
    return Listed(base_of_fields(saved), is_refused, file_place)


def set_scenario_to_save(
    listed: Listed, scenario: Scenario | None, entered: Mapping[str, Any]
) -> None:
    """Save the entries if that was asked for, and offer them as a file; None if one is wrong."""
    to_save: _ToSave | None = st.session_state.pop(_TO_SAVE, None)
    if to_save is not None:
        if scenario is None:
            _tell("An entry is wrong; correct the marked field, then save.")
        else:
            st.session_state.pop(_ASKED, None)
            typed = typed_of(entered, scenario)
            _store(scenario, typed, to_save.name, to_save.replaces)
        st.rerun()
    if scenario is not None:
        listed.offered = scenario
        listed.file_place.download_button(
            "Download as YAML",
            data=listed.file_text,
            file_name="scenario.yaml",
            mime="application/yaml",
            on_click="ignore",
            width="stretch",
            help="The scenario file of planner plan and planner compare.",
        )


def _is_refused(names: Sequence[str], chosen: Saved | UnreadableScenario | None) -> bool:
    """True, and the reason is shown, if no scenario of the chosen name is there or can be read."""
    if isinstance(chosen, UnreadableScenario) and earlier_version() is None:
        unreadable_scenario(chosen, _delete)
        return True
    name = chosen_name()
    if name in names:
        return False
    there, named = ", ".join(names[1:]) or "none yet", name[: stored_scenarios.MOST_LETTERS]
    st.html(
        problem(
            f"No scenario “{named}” is saved here (saved: {there}); it may have been renamed "
            "or deleted. Choose another one in the list."
        )
    )
    return True


def _actions(saved: Mapping[str, Saved]) -> DeltaGenerator:
    """The buttons; returns the place for the file of the current entries."""
    name = chosen_name()
    saves = name if name in saved else ""
    st.text_input(
        "Name",
        key=_NAME,
        max_chars=stored_scenarios.MOST_LETTERS,
        placeholder=saves or "Claims 2027",
    )
    st.button(
        "Save under this name", on_click=_save, args=(saves,), type="primary", width="stretch"
    )
    if name in saved:
        for label, do in (
            ("Rename to this name", _rename),
            ("Duplicate this scenario", _duplicate),
            ("Delete this scenario", _delete),
        ):
            st.button(label, on_click=do, args=(name,), width="stretch")
        if saved[name].version > 1:
            _earlier_versions(name)
    st.button("Reset all fields", on_click=reset, width="stretch")
    file_place = st.container()
    number = st.session_state.setdefault(_IMPORTS, 0)
    upload_field(
        "Import a YAML file",
        f"scenario_file_{number}",
        1,
        type=["yaml", "yml"],
        on_change=_import,
        help="A scenario file, at most 100 kB. It is saved under its name.",
    )
    return file_place


def _earlier_versions(name: str) -> None:
    versions = stored_scenarios.versions_of(name)
    st.selectbox("Version", versions, format_func=when, key=_VERSION)
    st.button("Load this version", on_click=_load_version, width="stretch")


def _show_what_happened() -> None:
    """What went wrong, what would be replaced, what was deleted, each with what can be done."""
    if wrong := st.session_state.pop(_WRONG, None):
        st.html(problem(wrong))
    asked: Saved | UnreadableScenario | None = st.session_state.get(_ASKED)
    if asked is not None:
        st.html(
            problem(
                f"“{asked.name}” is saved already: version {when(asked)}. Replace it "
                "(it stays among the versions), or save under another name."
            )
        )
        with st.container(horizontal=True):
            st.button("Replace", on_click=_replace)
            st.button("Do not save", on_click=_do_not_save, type="tertiary")
    deleted: _Deleted | None = st.session_state.get(_DELETED)
    if deleted is not None:
        left, right = st.columns([3, 1], vertical_alignment="center")
        left.html(paragraph(f"Deleted: {deleted.removed.name}", "note"))
        right.button("Undo", on_click=_undo, type="tertiary")


def _load() -> None:
    name = chosen_name()
    st.session_state.pop(_ASKED, None)
    st.session_state.pop(_VERSION, None)
    if name == ARTICLE_CASE.name:
        reset()
    elif (found := stored_scenarios.saved_scenario(name)) is not None:
        fill(found.scenario, name, found.entered)


def _load_version() -> None:
    one: Saved = st.session_state[_VERSION]
    newest = stored_scenarios.saved_scenario(one.name)
    is_newest = newest is not None and newest.version == one.version
    fill(one.scenario, one.name, one.entered, None if is_newest else one.version)


def _save(chosen: str) -> None:
    st.session_state[_TO_SAVE] = _ToSave(st.session_state[_NAME].strip() or chosen, 0)


def _replace() -> None:
    there: Saved | UnreadableScenario = st.session_state[_ASKED]
    st.session_state[_TO_SAVE] = _ToSave(there.name, there.version)


def _do_not_save() -> None:
    st.session_state.pop(_ASKED)


def _store(scenario: Scenario, typed: Mapping[str, Any], name: str, replaces: int) -> None:
    """Save the scenario, or ask what to do with another one of that name."""
    try:
        name = stored_scenarios.checked_name(name)
        if name == ARTICLE_CASE.name:
            raise InputError(f"“{name}” is the name of the built-in example; give another one.")
        if not stored_scenarios.save_scenario(name, scenario, replaces, typed):
            there = stored_scenarios.newest_versions().get(name)
            if there is None:  # what was to be replaced has been deleted meanwhile
                _store(scenario, typed, name, 0)
                return
            if isinstance(there, UnreadableScenario) or not _same(there, scenario, typed):
                st.session_state[_ASKED] = there
                return
    except PlannerError as error:
        _tell(str(error))
        return
    st.session_state[_CHOOSE] = name
    keep(Base.of(scenario, typed), name)


def _same(there: Saved, scenario: Scenario, typed: Mapping[str, Any]) -> bool:
    named = scenario.model_copy(update={"name": there.scenario.name})
    return there.scenario == named and (there.entered or {}) == typed


def _rename(name: str) -> None:
    new_name = st.session_state[_NAME].strip()
    try:
        if new_name == ARTICLE_CASE.name:
            raise InputError(f"“{new_name}” is the name of the built-in example; give another one.")
        stored_scenarios.rename_scenario(name, new_name)
    except PlannerError as error:
        _tell(str(error))
        return
    found = stored_scenarios.saved_scenario(new_name)
    st.session_state[CHOSEN] = new_name
    if found is not None:
        keep(Base.of(found.scenario, found.entered), new_name)


def _duplicate(name: str) -> None:
    try:
        copy = stored_scenarios.duplicate_scenario(name)
        found = stored_scenarios.saved_scenario(copy)
    except PlannerError as error:
        _tell(str(error))
        return
    if found is not None:
        fill(found.scenario, copy, found.entered)


def _delete(name: str) -> None:
    """Delete it. Its entries stay in the fields, so that nothing on the page changes unasked."""
    try:
        removed = stored_scenarios.delete_scenario(name)
    except PlannerError as error:
        _tell(str(error))
        return
    kept = base_of_fields({})
    if removed is not None:
        st.session_state[_DELETED] = _Deleted(removed, kept, earlier_version())
    st.session_state[CHOSEN] = ARTICLE_CASE.name
    if kept is not None:
        keep(kept, ARTICLE_CASE.name)


def _undo() -> None:
    """Store it again; choose it if the fields were not filled with anything else meanwhile."""
    deleted: _Deleted = st.session_state[_DELETED]
    try:
        stored_scenarios.restore_scenario(deleted.removed)
    except PlannerError as error:
        _tell(str(error))
        return
    del st.session_state[_DELETED]
    if deleted.shown is not None and base_of_fields({}) is deleted.shown:
        st.session_state[CHOSEN] = deleted.removed.name
        keep(deleted.shown, deleted.removed.name, deleted.shown_version)


def _import() -> None:
    """Fill the fields with a file, and save it under its name; ask if that is taken."""
    file = st.session_state[f"scenario_file_{st.session_state[_IMPORTS]}"]
    if file is None:
        return
    st.session_state[_IMPORTS] += 1  # an uploader with a new key is empty
    st.session_state.pop(_ASKED, None)
    try:
        if file.size > MAX_FILE_BYTES:
            raise InputError(f"{file.name} is larger than 100 kB; a scenario is a short YAML file.")
        scenario = scenario_of_text(decode_text(file.getvalue(), file.name), file.name)
    except PlannerError as error:
        _tell(str(error))
        return
    name = scenario.name
    if name == ARTICLE_CASE.name:
        name = file.name.rpartition(".")[0][: stored_scenarios.MOST_LETTERS] or "Imported"
    fill(scenario, ARTICLE_CASE.name)
    _store(scenario, {}, name, 0)


def _tell(message: str) -> None:
    st.session_state[_WRONG] = message
