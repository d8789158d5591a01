"""Keeps the solver's own lines out of the standard output, on which JSON is read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_ONE_AT_A_TIME = Lock()  # a second thread would take the redirected output for the real one


@contextmanager
def quiet_solver() -> Iterator[None]:
    """What native code prints meanwhile is dropped.

    HiGHS prints a line for some programmes whatever its options say
    (``HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();``).
    """
    with _ONE_AT_A_TIME:
        sys.stdout.flush()
        try:
            output = os.dup(1)
        except OSError:  # a process without standard output has nothing to keep clean
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            yield
        finally:
            os.dup2(output, 1)
            os.close(output)
            os.close(nowhere)
