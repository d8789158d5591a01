"""`python -m app`, without the server itself."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from streamlit.runtime.pages_manager import PagesManager

import app.server
import app.warm_up
from app.__main__ import main


def test_ctrl_c_ends_the_server_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    ran_with: list[dict[str, Any]] = []

    def interrupted(config: dict[str, Any]) -> NoReturn:
        ran_with.append(config)
        raise KeyboardInterrupt  # as uvicorn does after it has shut down

    monkeypatch.setattr(app.server, "server", lambda: SimpleNamespace(run=interrupted))
    monkeypatch.setattr(app.warm_up, "warm_up", lambda: None)
    monkeypatch.setattr(sys, "argv", ["app"])
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    main(["--port", "8931"])
    assert ran_with == [{"server.port": 8931}]
