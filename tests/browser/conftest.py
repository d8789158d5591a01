"""The app as a process of its own, and a browser that may reach nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paths import REPOSITORY
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STARTS_WITHIN_S = 90

OpenPage = Callable[..., Page]

expect.set_options(timeout=30_000)  # ms; a machine that measures an engine beside is slow


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app answers, with an empty store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PLANNER_DATA_DIR": str(tmp_path_factory.mktemp("browser"))}
    environment.pop("PLANNER_DATABASE_URL", None)
    log = (tmp_path_factory.mktemp("log") / "app.log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "-m", "app", "--port", str(port)],
        cwd=REPOSITORY,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server, Path(log.name))
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    pytest.fail(f"the app did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def outside() -> list[str]:
    """The requests that would have left the machine."""
    return []


@pytest.fixture
def open_page(chromium: Browser, address: str, outside: list[str]) -> Iterator[OpenPage]:
    """Opens the app at a query, in a window of a size and theme; every request is watched."""
    contexts = []

    def watch(route: Route) -> None:
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            outside.append(url)
            route.abort()

    def watch_socket(url: str) -> None:
        if not url.startswith(address.replace("http://", "ws://")):
            outside.append(url)

    def opened(query: str = "", **window: Any) -> Page:
        size = window.pop("viewport", {"width": 1440, "height": 900})
        context = chromium.new_context(viewport=size, accept_downloads=True, **window)
        contexts.append(context)
        context.route("**/*", watch)
        page = context.new_page()
        page.on("websocket", lambda socket: watch_socket(socket.url))
        page.goto(address + query)
        page.wait_for_selector("h2.headline", timeout=60_000)
        settle(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def settle(page: Page) -> None:
    """Wait until the app has answered the last entry."""
    page.wait_for_timeout(400)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(200)


def enter(page: Page, label: str, text: str) -> None:
    """Type into the field of that label, as a person does, and wait for the answer."""
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Enter")
    settle(page)
