"""One store, one fit and one plan a scenario for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from app_page import MAIN
from command_line import fill_store, filled_store
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from app.components import answer_first, parts
from app.services import opened_store


@pytest.fixture(scope="session", autouse=True)
def _components_are_searched_once() -> Iterator[None]:
    """Every ``AppTest`` searches all installed packages for Streamlit components (1 s)."""
    with pytest.MonkeyPatch.context() as patch:
        search = cache(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", search)
        yield


@pytest.fixture(autouse=True)
def _server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test has a server that has just opened the shared store, which is read-only.

    The app keeps catalogue, fit and plans under the store's place and version, so all
    tests that only read share them. A test that writes asks for ``own_store``.
    """
    monkeypatch.setenv("PLANNER_DATABASE_URL", f"sqlite:///{filled_store()}?mode=ro")
    opened_store.store.clear()
    yield
    opened_store.store.clear()


@pytest.fixture(autouse=True)
def _whole_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry runs the whole page: ``AppTest`` forgets what the last run did not draw.

    ``test_sessions_without_browser.py`` runs the parts alone.
    """
    monkeypatch.setattr(parts, "rerun_answer_and", lambda _key: None)


@pytest.fixture(autouse=True)
def _no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the answer before the charts come."""
    monkeypatch.setattr(answer_first, "PAUSE_S", 0.0)


@pytest.fixture
def own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that this test alone reads and writes."""
    monkeypatch.delenv("PLANNER_DATABASE_URL")
    fill_store()
    opened_store.store.clear()


@pytest.fixture
def page() -> AppTest:
    """The Plan page as it opens."""
    return AppTest.from_file(str(MAIN), default_timeout=60).run()
