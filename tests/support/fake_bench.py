"""Stands in for ``vllm bench serve``: does what the environment says, without any load."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main() -> None:
    options = dict(zip(sys.argv, sys.argv[1:], strict=False))
    print("ValueError: what the generator says", file=sys.stderr)
    result = os.environ["FAKE_BENCH_RESULT"]
    if result == "hang":
        time.sleep(600)
    if result:
        Path(options["--result-dir"], options["--result-filename"]).write_text(result)
    sys.exit(int(os.environ.get("FAKE_BENCH_STATUS", "0")))


if __name__ == "__main__":
    main()
