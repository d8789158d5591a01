"""``planner`` with an article suite that is small enough for a processor.

    small_article.py FOLDER ARGUMENTS...

FOLDER is where article.yaml is. Everything else is as in the command.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.design import suite
from planner.cli import main

if __name__ == "__main__":
    suite.FOLDER = Path(sys.argv.pop(1))
    sys.argv[0] = "planner"
    main()
