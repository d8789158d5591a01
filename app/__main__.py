"""``python -m app``: the web app on 127.0.0.1, at port 8501 or the one that PORT names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

MAIN = Path(__file__).with_name("main.py")
DEFAULT_PORT = 8501


def port(stated: str) -> int:
    """The port that the environment states; exits with status 2 where it is none."""
    if stated.isdecimal() and 0 < int(stated) < 65536:
        return int(stated)
    print(f"PORT {stated!r} is not a port; give a number from 1 to 65535.", file=sys.stderr)
    raise SystemExit(2)


def main() -> None:
    """Run the server until it is stopped."""
    # With many sessions, OpenBLAS's own threads starve the server's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    number = port(os.environ.get("PORT", str(DEFAULT_PORT)))
    from streamlit.web import cli  # after the environment, which numpy reads when imported

    sys.argv = ["streamlit", "run", str(MAIN), f"--server.port={number}"]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
