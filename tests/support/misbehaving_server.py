"""An OpenAI-compatible server that does what servers in trouble do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Behaviour = Literal["well", "lumps", "error", "clamp", "cut"]
LUMP_TOKENS = 4
CLAMPED_TOKENS = 3
_COUNTING = threading.Lock()


class Completions(BaseHTTPRequestHandler):
    """Streams one word per token. The end of the connection ends an answer, as in HTTP/1.0.

    ``clamp`` gives fewer tokens than were asked for and says so in the usage, as vLLM
    does at its longest context; ``cut`` ends the stream half-way, without a usage;
    ``lumps`` streams several tokens at a time. None has pages of metrics or of a version.
    """

    behaviour: Behaviour
    well_first: int

    def do_GET(self) -> None:
        models = {"data": [{"id": "tiny", "owned_by": "somebody"}]}
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.end_headers()
        self.wfile.write(json.dumps(models).encode())

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        behaviour = self._behaviour_now()
        if behaviour == "error":
            self.send_error(500)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        tokens = request["max_tokens"]
        streamed = {"clamp": CLAMPED_TOKENS, "cut": tokens // 2}.get(behaviour, tokens)
        lump = LUMP_TOKENS if behaviour == "lumps" else 1
        for number in range(0, streamed, lump):
            self._send({"choices": [{"text": f" w{number}" * lump}]})
            time.sleep(0.005)
        if behaviour != "cut":
            prompt = request["prompt"]  # text, or token ids
            count = len(prompt.split() if isinstance(prompt, str) else prompt)
            usage = {"prompt_tokens": count, "completion_tokens": streamed}
            self._send({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")

    def _behaviour_now(self) -> Behaviour:
        with _COUNTING:
            kind = type(self)
            kind.well_first -= 1
            return self.behaviour if kind.well_first < 0 else "well"

    def _send(self, chunk: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def misbehaving_server(behaviour: Behaviour, well_first: int = 0) -> Iterator[str]:
    """Its base URL, while it runs; the first ``well_first`` answers are as they should be."""
    fields = {"behaviour": behaviour, "well_first": well_first}
    handler = type("Handler", (Completions,), fields)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=[0.05])
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()
