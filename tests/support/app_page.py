"""The app's pages, run without a browser: opened, filled in and read."""

from __future__ import annotations

from typing import Any

from paths import REPOSITORY
from streamlit.testing.v1 import AppTest

MAIN = REPOSITORY / "app" / "main.py"


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def problems(page: AppTest) -> list[str]:
    return [e.proto.body for e in page.get("html") if e.proto.body.startswith('<p class="problem"')]


def enter(page: AppTest, **texts: str) -> AppTest:
    for key, text in texts.items():
        page.text_input(key=key).set_value(text)
    return page.run()


def upload(page: AppTest, name: str, content: bytes) -> AppTest:
    """The only uploader of scenario files gets a file."""
    uploader = next(u for u in page.file_uploader if u.label == "Import a YAML file")
    uploader.set_value((name, content, "application/yaml"))
    return page.run()


def button(page: AppTest, label: str) -> Any:
    return next(b for b in page.button if b.label == label)
