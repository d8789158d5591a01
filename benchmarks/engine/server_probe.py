"""Asks a server that we did not start for one short answer, as the load generator would.

If the server refuses the request, its words are reported here, before any load: the load
generator keeps only the status of a refusal.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
from collections.abc import Iterator
from typing import Any

from benchmarks.design.points import Failure
from benchmarks.engine.hang_rules import SHORT_ANSWER_S, no_answer
from benchmarks.engine.http_client import post_lines

TOKENS = 16
PROMPT = "one two three four five six seven eight"
LONGEST_WORDS = 300


def probe(
    base_url: str, model: str, key: str | None, timeout_s: float = SHORT_ANSWER_S
) -> Failure | None:
    """Why the server cannot be measured; None if its answer is complete, counted and streamed."""
    request = {
        "model": model,
        "prompt": PROMPT,
        "max_tokens": TOKENS,
        "repetition_penalty": 1.0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "ignore_eos": True,
    }
    try:
        chunks = list(_chunks(post_lines(f"{base_url}/v1/completions", request, timeout_s, key)))
    except urllib.error.HTTPError as error:
        said = " ".join(error.read(4096).decode("utf-8", "replace").split())
        return Failure("requests_failed", f"HTTP {error.code}: {said}"[:LONGEST_WORDS])
    except TimeoutError:
        return no_answer("to a short prompt", timeout_s)
    except (OSError, http.client.HTTPException) as error:
        return Failure("unreachable", f"{base_url}/v1/completions: {error}")
    except ValueError as error:
        return Failure("not_what_it_claims", f"its stream holds data that is not JSON: {error}")
    return _trouble(chunks)


def _chunks(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data != "[DONE]":
            chunk = json.loads(data)
            if isinstance(chunk, dict):
                yield chunk


def _trouble(chunks: list[dict[str, Any]]) -> Failure | None:
    errors = [chunk["error"] for chunk in chunks if chunk.get("error")]
    if errors:
        return Failure("requests_failed", json.dumps(errors[0])[:LONGEST_WORDS])
    pieces = sum(bool(chunk.get("choices")) for chunk in chunks)
    usages = [chunk["usage"] for chunk in chunks if isinstance(chunk.get("usage"), dict)]
    tokens = usages[-1].get("completion_tokens") if usages else None
    if not pieces:
        return Failure("not_what_it_claims", "its stream holds no token")
    if tokens is None:
        return Failure(
            "not_what_it_claims",
            "its stream ends without the usage (stream_options.include_usage): either it does not "
            "report usage, or it cuts answers off",
        )
    if tokens != TOKENS:
        return Failure(
            "not_what_it_claims",
            f"an answer has {tokens} tokens where {TOKENS} were asked for with ignore_eos: it "
            "ends answers early or clamps them",
        )
    if pieces == 1:
        return Failure("not_what_it_claims", "an answer came in one piece: it does not stream")
    return None
