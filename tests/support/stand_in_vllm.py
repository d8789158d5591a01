"""Stands in for ``vllm serve`` and ``vllm bench serve`` where a test is about the agent.

    stand_in_vllm.py serve MODEL [FLAGS...] --host H --port P
    stand_in_vllm.py bench serve [OPTIONS...]

The file ``trouble`` in STAND_IN_FOLDER says what goes wrong, once or always:
``out of memory at N`` and ``crash once at N`` at concurrency N and more, ``refuse``,
``room for N`` tokens, ``slow`` answers in real time, ``no usage`` is stated in a stream,
``N more, then stuck`` benches.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OUT_OF_MEMORY = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.02 GiB"
REFUSAL = "ValueError: the stand-in does not start"
STEP_S, PREFILL_S_PER_TOKEN = 0.02, 0.001


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/die"):
            print(OUT_OF_MEMORY if "memory" in self.path else "RuntimeError: it died", flush=True)
            os._exit(1)
        models = json.dumps({"data": [{"id": "stand-in", "owned_by": "somebody"}]})
        version = json.dumps({"version": "0.11.0"})
        pages = {"/version": version, "/v1/models": models, "/health": "", "/metrics": ""}
        self.send_response(200 if self.path in pages else 404)
        self.end_headers()
        self.wfile.write(pages.get(self.path, "").encode())

    def do_POST(self) -> None:
        tokens = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["max_tokens"]
        chunks: list[object] = [{"choices": [{"text": " w"}]}] * tokens
        if trouble() != "no usage":
            chunks.append({"choices": [], "usage": {"completion_tokens": tokens}})
        self.send_response(200)
        self.end_headers()
        self.wfile.write("".join(f"data: {json.dumps(c)}\n\n" for c in chunks).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def trouble() -> str:
    file = Path(os.environ["STAND_IN_FOLDER"], "trouble")
    return file.read_text() if file.exists() else ""


def serve(options: dict[str, str]) -> None:
    wrong = trouble()
    if wrong == "refuse":
        sys.exit(REFUSAL)
    if wrong.startswith("room for"):
        room = int(wrong.split()[-1])
        if int(options["--max-model-len"]) > room:
            sys.exit(f"ValueError: too long. The estimated maximum model length is {room}.")
    address = (options["--host"], int(options["--port"]))
    ThreadingHTTPServer(address, Pages).serve_forever()


def bench(options: dict[str, str]) -> None:
    concurrency = int(options["--max-concurrency"])
    wrong = trouble()
    if " at " in wrong and concurrency >= int(wrong.split()[-1]):
        if "once" in wrong:
            Path(os.environ["STAND_IN_FOLDER"], "trouble").unlink()
        try:
            urllib.request.urlopen(options["--base-url"] + "/die?" + wrong.replace(" ", "_"))
        except OSError:
            sys.exit("the server went away")
    document = result(
        requests=int(options["--num-prompts"]),
        concurrency=concurrency,
        inputs=int(options["--random-input-len"]) + int(options.get("--random-prefix-len", 0)),
        outputs=int(options["--random-output-len"]),
    )
    if wrong == "slow":
        time.sleep(3)
    if wrong.endswith("then stuck"):
        left = int(wrong.split()[0])
        if left == 0:
            time.sleep(600)
        Path(os.environ["STAND_IN_FOLDER"], "trouble").write_text(f"{left - 1} more, then stuck")
    file = Path(options["--result-dir"], options["--result-filename"])
    file.write_text(json.dumps(document))


def result(requests: int, concurrency: int, inputs: int, outputs: int) -> dict[str, object]:
    """Rounds of ``concurrency`` requests that all take the same time."""
    ttft_s = concurrency * inputs * PREFILL_S_PER_TOKEN
    e2e_s = ttft_s + (outputs - 1) * STEP_S
    rounds = -(-requests // concurrency)
    duration_s = rounds * e2e_s
    statistics = ("mean", "p50", "p95", "p99")
    values = {"ttft": ttft_s, "tpot": STEP_S, "itl": STEP_S, "e2el": e2e_s}
    spreads = {f"{s}_{name}_ms": 1e3 * v for name, v in values.items() for s in statistics}
    return {
        "completed": requests,
        "failed": 0,
        "duration": duration_s,
        "output_throughput": requests * outputs / duration_s,
        "total_output_tokens": requests * outputs,
        "input_lens": [inputs] * requests,
        "output_lens": [outputs] * requests,
        "ttfts": [ttft_s] * requests,
        "itls": [[STEP_S] * (outputs - 1)] * requests,
        "start_times": [50.0 + e2e_s * (n // concurrency) for n in range(requests)],
        "errors": [""] * requests,
        **spreads,
    }


def main() -> None:
    options = dict(zip(sys.argv, sys.argv[1:], strict=False))
    if sys.argv[1] == "serve":
        serve(options)
    else:
        bench(options)


if __name__ == "__main__":
    main()
