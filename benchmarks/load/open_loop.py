"""Sends requests at their moments to a server, however many are still running.

``vllm bench serve`` draws all lengths from one range; here each request has its own.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.engine.hang_rules import STALL_S
from benchmarks.engine.http_client import post_lines
from benchmarks.engine.target_server import Server, api_key
from benchmarks.load.scenario_arrivals import ArrivingRequest

TOKEN_IDS = (1000, 10_000)
"""Prompts are random token ids of this range: words in every vocabulary, with special tokens
below it (Mistral, Llama 2, Gemma) or above it (Llama 3, Qwen)."""

LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """A request with the moments of its sending, first token and end, in seconds of one clock.

    ``failure`` says why it was not answered as asked; the later moments are then None.
    """

    request: ArrivingRequest
    sent_s: float
    first_token_s: float | None = None
    done_s: float | None = None
    failure: str | None = None


def send_all(
    server: Server,
    requests: Sequence[ArrivingRequest],
    seed: int,
    *,
    prefix_share: float = 0.0,
) -> tuple[AnsweredRequest, ...]:
    """Every request as it was answered, in the order of their moments.

    Prompts share the first ``prefix_share`` of their length. A request fails if the server sends
    nothing for ``STALL_S``.
    """
    random = np.random.default_rng(seed)
    longest = max(request.input_tokens for request in requests)
    shared = random.integers(*TOKEN_IDS, size=longest).tolist()
    answered: list[AnsweredRequest | None] = [None] * len(requests)

    def send(number: int, prompt: list[int]) -> None:
        answered[number] = _sent(server, requests[number], prompt)

    threads = []
    start_s = time.perf_counter()
    for number, request in enumerate(requests):
        kept = round(prefix_share * request.input_tokens)
        own = random.integers(*TOKEN_IDS, size=request.input_tokens - kept).tolist()
        thread = threading.Thread(target=send, args=(number, shared[:kept] + own), daemon=True)
        time.sleep(max(0.0, start_s + request.at_s - time.perf_counter()))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return tuple(one for one in answered if one is not None)


def _sent(server: Server, request: ArrivingRequest, prompt: list[int]) -> AnsweredRequest:
    document = {
        "model": server.model,
        "prompt": prompt,
        "max_tokens": request.output_tokens,
        "ignore_eos": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    sent_s = time.perf_counter()
    try:
        lines = post_lines(f"{server.base_url}/v1/completions", document, STALL_S, api_key())
        first_s, tokens = _read(lines)
    except urllib.error.HTTPError as error:
        said = " ".join(error.read(4096).decode("utf-8", "replace").split())
        return AnsweredRequest(
            request, sent_s, failure=f"HTTP {error.code}: {said}"[:LONGEST_WORDS]
        )
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = str(error) or type(error).__name__
        return AnsweredRequest(request, sent_s, failure=said[:LONGEST_WORDS])
    if first_s is None or tokens != request.output_tokens:
        failure = f"{tokens} tokens came where {request.output_tokens} were asked for"
        return AnsweredRequest(request, sent_s, failure=failure)
    return AnsweredRequest(request, sent_s, first_s, time.perf_counter())


def _read(lines: Iterable[str]) -> tuple[float | None, int | None]:
    """The moment of the first token, and the number of tokens that the server states."""
    first_s: float | None = None
    tokens: int | None = None
    for line in lines:
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            continue
        if first_s is None:
            first_s = time.perf_counter()
        if '"usage"' in data:
            usage = json.loads(data).get("usage")
            tokens = tokens if usage is None else usage.get("completion_tokens")
    return first_s, tokens
