"""HTTP, with the standard library, to a server that may be dead, hung or somebody else's."""

from __future__ import annotations

import http.client
import json
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from benchmarks.engine.hang_rules import PAGE_S
from planner.errors import InputError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def get_text(url: str, timeout_s: float = PAGE_S, key: str | None = None) -> str:
    """The body of the answer to a GET of ``url``, with ``key`` as bearer token if there is one.

    Raises TimeoutError where the server accepts and stays silent, and another
    OSError where it cannot be reached, breaks off or answers with an error status.
    """
    request = urllib.request.Request(url)
    if key:
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    try:
        with _opener(url).open(request, timeout=timeout_s) as answer:
            return str(answer.read().decode("utf-8", "replace"))
    except http.client.HTTPException as error:
        raise ConnectionError(f"{url} broke off its answer: {error!r}") from error


def post_lines(
    url: str, document: Mapping[str, Any], timeout_s: float, key: str | None = None
) -> Iterator[str]:
    """The lines of the answer to a POST of JSON, as they arrive; raises as ``urlopen`` does."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers)
    if key:
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    with _opener(url).open(request, timeout=timeout_s) as answer:
        for line in answer:
            yield line.decode("utf-8", "replace")


def checked_base_url(base_url: str) -> str:
    """``base_url`` without a trailing slash or ``/v1``; InputError where it is no http address."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(
            f"base URL {base_url!r} is not an http:// or https:// address: "
            "give the server's address, for example http://127.0.0.1:8000",
            field="base_url",
        )
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")


def _opener(url: str) -> urllib.request.OpenerDirector:
    if urlsplit(url).hostname in LOOPBACK:
        return urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener()
