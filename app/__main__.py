"""``python -m app``: the web app on 127.0.0.1, at port 8501 or another."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

DEFAULT_PORT = "8501"


def port(stated: str) -> int:
    """``stated`` as a port number. Raises ArgumentTypeError if it is not one."""
    if stated.isdecimal() and 0 < int(stated) < 65536:
        return int(stated)
    raise argparse.ArgumentTypeError(f"{stated!r} is not a port; give a number from 1 to 65535")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server until it is stopped, by Ctrl-C for example."""
    parser = argparse.ArgumentParser(prog="python -m app", description="Start the web app.")
    parser.add_argument(
        "--port",
        type=port,
        default=os.environ.get("PORT", DEFAULT_PORT),
        help="default: the environment's PORT, else 8501",
    )
    chosen = parser.parse_args(arguments)
    # With many sessions, OpenBLAS's own threads starve the server's. numpy reads this when it is
    # imported, so what imports numpy is imported after it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from streamlit.runtime.pages_manager import PagesManager

    from app.server import server
    from app.warm_up import warm_up_beside

    # main.py names the pages; until it has run, Streamlit would take the folder for a menu.
    PagesManager.uses_pages_directory = False
    sys.argv = [__file__]  # the folder of Streamlit's settings is beside this file
    warm_up_beside()
    with suppress(KeyboardInterrupt):  # uvicorn raises it again once it has shut down
        server().run(config={"server.port": chosen.port})


if __name__ == "__main__":
    main()
