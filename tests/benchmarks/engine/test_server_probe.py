"""What another's server is asked before a load is driven at it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks.design.points import Failure
from benchmarks.engine.server_probe import probe

Answer = Callable[[dict[str, Any]], tuple[int, list[Any]]]
Probe = Callable[[Answer], Failure | None]


def token(number: int) -> dict[str, Any]:
    return {"choices": [{"text": f" w{number}"}]}


def usage(tokens: int) -> dict[str, Any]:
    return {"choices": [], "usage": {"prompt_tokens": 8, "completion_tokens": tokens}}


@pytest.fixture
def ask() -> Iterator[Probe]:
    servers: list[ThreadingHTTPServer] = []

    def ask(answer: Answer) -> Failure | None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, chunks = answer(request)
                self.send_response(status)
                self.end_headers()
                for chunk in chunks:
                    text = chunk if isinstance(chunk, str) else f"data: {json.dumps(chunk)}"
                    self.wfile.write(f"{text}\n\n".encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=[0.05]).start()
        return probe(f"http://127.0.0.1:{server.server_port}", "m", None, timeout_s=5)

    yield ask
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_whole_answer_that_is_counted_and_streamed_is_no_trouble(ask: Probe) -> None:
    asked: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> tuple[int, list[Any]]:
        asked.append(request)
        return 200, [": ping", *map(token, range(16)), usage(16), "data: [DONE]"]

    assert ask(answer) is None
    [request] = asked
    assert (request["model"], request["max_tokens"], request["ignore_eos"]) == ("m", 16, True)


def test_several_tokens_to_a_piece_are_no_trouble(ask: Probe) -> None:
    assert ask(lambda _: (200, [token(0), token(8), usage(16)])) is None


@pytest.mark.parametrize(
    ("status", "chunks", "kind", "words"),
    [
        (400, ['{"error": "unknown field\n ignore_eos"}'], "requests_failed", "HTTP 400: {"),
        (400, ["unknown field ignore_eos"], "requests_failed", "unknown field ignore_eos"),
        (200, [token(0), {"error": {"message": "boom"}}], "requests_failed", '{"message": "boom"}'),
        (200, [*map(token, range(16))], "not_what_it_claims", "ends without the usage"),
        (200, [token(0), token(1), usage(2)], "not_what_it_claims", "2 tokens where 16 were asked"),
        (200, [token(0), usage(16)], "not_what_it_claims", "it does not stream"),
        (200, [usage(16)], "not_what_it_claims", "holds no token"),
        (200, ["<html>"], "not_what_it_claims", "holds no token"),
        (200, ["data: {cut"], "not_what_it_claims", "not JSON"),
    ],
)
def test_what_a_server_cannot_do_is_told_in_its_words(
    ask: Probe, status: int, chunks: list[Any], kind: str, words: str
) -> None:
    failure = ask(lambda _: (status, chunks))
    assert failure is not None
    assert failure.kind == kind
    assert words in failure.words
    assert "\n" not in failure.words


def test_a_server_that_is_gone_is_unreachable_and_a_silent_one_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        silent = probe(address, "m", None, timeout_s=0.3)
    gone = probe(address, "m", None, timeout_s=0.3)
    assert silent == Failure("hung", "no answer to a short prompt within 0.3 s")
    assert gone is not None
    assert gone.kind == "unreachable"
