"""HTTP requests to servers that may be dead, hung or not ours, with the standard library."""

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
    """The body of the answer to a GET of ``url``; ``key``, if any, is sent as a bearer token.

    Raises TimeoutError if the server accepts the request and stays silent, and another OSError
    if it cannot be reached, breaks off its answer or answers with an error status.
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
    """The lines of the answer to a POST of JSON, as they arrive; raises what ``urlopen`` raises."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers)
    if key:
        request.add_unredirected_header("Authorization", f"Bearer {key}")
    with _opener(url).open(request, timeout=timeout_s) as answer:
        for line in answer:
            yield line.decode("utf-8", "replace")


def checked_base_url(base_url: str) -> str:
    """``base_url`` without a trailing slash or ``/v1``; InputError if it is not an http address."""
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(
            f"base URL {base_url!r} is not an http:// or https:// address: "
            "give the server's address, for example http://127.0.0.1:8000",
            field="base_url",
        )
    return base_url.rstrip("/").removesuffix("/v1").rstrip("/")


def _opener(url: str) -> urllib.request.OpenerDirector:
    """One that sends requests to this machine past any proxy."""
    if urlsplit(url).hostname in LOOPBACK:
        return urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener()
