"""What the web server adds to Streamlit's: compressed scripts, and a page at /plan."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.server import CompressedScripts, plan_page

SCRIPT = b"let a = 1;" * 100


@pytest.fixture
def served(tmp_path: Path) -> Starlette:
    folder = tmp_path / "static"
    (folder / "js").mkdir(parents=True)
    (folder / "js" / "a.js").write_bytes(SCRIPT)
    (folder / "index.html").write_bytes(b"<html>")
    return Starlette(
        routes=[Route("/plan", plan_page), Mount("/", StaticFiles(directory=folder))],
        middleware=[Middleware(CompressedScripts, folder=folder)],
    )


def get(app: Starlette, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a request."""
    sent: list[Any] = []
    path, _, query = path.partition("?")
    names = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "query_string": query.encode(),
        "headers": [*names, (b"host", b"here")],
        "scheme": "http",
        "server": ("here", 80),
    }

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # the client says no more, and stays connected
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], {k.decode(): v.decode() for k, v in sent[0]["headers"]}, body


def test_a_script_is_sent_compressed_and_may_be_kept_for_a_year(served: Starlette) -> None:
    status, headers, body = get(served, "/js/a.js", accept_encoding="br, gzip")
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]
    assert headers["content-length"] == str(len(body))
    assert len(body) < 60
    assert gzip.decompress(body) == SCRIPT


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/js/a.js", {"accept_encoding": "br"}),
        ("/js/a.js", {"accept_encoding": "br, gzip;q=0"}),
        ("/js/a.js", {"accept_encoding": "GZIP ; q=0.000, br"}),
        ("/js/a.js", {"accept_encoding": "xgzip"}),
        ("/js/a.js", {}),
        ("/index.html", {"accept_encoding": "gzip"}),
    ],
)
def test_what_is_no_script_or_not_accepted_is_left_to_the_app(
    served: Starlette, path: str, headers: dict[str, str]
) -> None:
    status, answered, _ = get(served, path, **headers)
    assert status == 200
    assert "content-encoding" not in answered


def test_a_part_of_a_script_is_a_part_of_it_as_it_is(served: Starlette) -> None:
    status, _, body = get(served, "/js/a.js", accept_encoding="gzip", range="bytes=0-3")
    assert (status, body) == (206, SCRIPT[:4])


def test_no_path_leads_out_of_the_folder(served: Starlette, tmp_path: Path) -> None:
    (tmp_path / "b.js").write_bytes(b"secret")
    assert get(served, "/../b.js", accept_encoding="gzip")[0] == 404


def test_the_plan_page_has_a_path_of_its_own(served: Starlette) -> None:
    status, headers, _ = get(served, "/plan?documents=3%2C000&gpus=L4&gpus=T4")
    assert (status, headers["location"]) == (307, "./?documents=3%2C000&gpus=L4&gpus=T4")
    assert get(served, "/plan")[1]["location"] == "./"
