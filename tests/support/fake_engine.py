"""Stands in for ``vllm serve`` where a test is about the agent: quick to start and to die.

fake_engine.py serve BEHAVIOUR [FLAGS...] --host H --port P
"""

from __future__ import annotations

import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OUT_OF_MEMORY = """\
(EngineCore pid=11) ERROR 06-01 10:00:00 [core.py:1] EngineCore failed to start.
(EngineCore pid=11) ERROR 06-01 10:00:00 [core.py:1] Traceback (most recent call last):
(EngineCore pid=11) ERROR 06-01 10:00:00 [core.py:1] torch.OutOfMemoryError: CUDA out of memory. \
Tried to allocate 1.02 GiB. GPU 0 has a total capacity of 14.58 GiB
RuntimeError: Engine core initialization failed. See root cause above.
"""


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health" and Path("mute").exists():
            time.sleep(60)
        pages = {"/version": '{"version": "9.9.9"}', "/metrics": "", "/health": ""}
        self.send_response(200 if self.path in pages else 404)
        self.end_headers()
        self.wfile.write(pages.get(self.path, "").encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    behaviour = sys.argv[2]
    print("INFO 06-01 10:00:00 [x.py:1] starting", flush=True)
    if behaviour == "out of memory":
        sys.exit(OUT_OF_MEMORY)
    if behaviour == "silent":
        time.sleep(600)
    if behaviour == "killed while it starts":
        os.kill(os.getpid(), 9)
    if behaviour == "loses the port once" and not Path("lost").exists():
        Path("lost").touch()
        sys.exit("OSError: [Errno 98] Address already in use")
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[-1])), Pages).serve_forever()


if __name__ == "__main__":
    main()
