"""The web server: Streamlit's, with its scripts compressed and a page at ``/plan`` too.

Streamlit sends its scripts as they are, 11 MB for the Plan page, and leaves their compression to a
proxy. Most people here have none, so each script is compressed once and kept.
"""

from __future__ import annotations

import gzip
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

MAIN = Path(__file__).with_name("main.py")
STATIC = Path(streamlit.__file__).parent / "static"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
FOREVER = "public, immutable, max-age=31536000"
"""The files have a hash of their content in their names."""

LEVEL = 6
"""zlib's default: level 9 takes a third longer, and saves 0.3 % of these files."""


def server() -> streamlit.App:
    """The app with what this module adds."""
    return streamlit.App(
        MAIN,
        routes=[Route("/plan", plan_page)],
        middleware=[Middleware(CompressedScripts, folder=STATIC)],
    )


async def plan_page(request: Request) -> Response:
    """The Plan page is the first one, and to Streamlit the first one has no path of its own."""
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(f"./?{query}" if query else "./")


class CompressedScripts:
    """Sends the scripts and styles in a folder compressed to browsers that accept it."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app = app
        self._files = {
            "/" + path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.suffix in MEDIA_TYPES
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer if it is one of the files; else leave it to the app."""
        path = self._files.get(scope.get("path", "")) if scope["type"] == "http" else None
        if path is None or not _accepts_gzip(scope):
            await self._app(scope, receive, send)
            return
        content = await run_in_threadpool(_compressed, path)
        headers = {
            "Content-Encoding": "gzip",
            "Cache-Control": FOREVER,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        response = Response(content, media_type=MEDIA_TYPES[path.suffix], headers=headers)
        await response(scope, receive, send)


def compress_all() -> None:
    """Compress each script and style now, so that no visitor waits for it."""
    for path in STATIC.rglob("*"):
        if path.suffix in MEDIA_TYPES:
            _compressed(path)


@cache
def _compressed(path: Path) -> bytes:
    """The content of a file, compressed; all files together have 7 MB."""
    return gzip.compress(path.read_bytes(), LEVEL)


def _accepts_gzip(scope: Scope) -> bool:
    request = Request(scope)
    is_whole = request.method == "GET" and "range" not in request.headers
    return is_whole and _accepts("gzip", request.headers.get("accept-encoding", ""))


def _accepts(coding: str, header: str) -> bool:
    """True if ``Accept-Encoding`` names the coding and does not refuse it: RFC 9110, 12.5.3."""
    for stated in header.lower().split(","):
        name, _, parameters = stated.partition(";")
        if name.strip() == coding:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters)
    return False
