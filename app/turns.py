"""Turns of the pages: few are run at once, the others wait.

Python runs one thread at a time. While the runs of 200 sessions shared it, the server's own thread
left a ping of the client that measured it unanswered for 20 seconds, so that the client gave up.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 4
"""A run waits for the database or the solver now and then; a fourth one fills the rest."""

_turns = threading.BoundedSemaphore(AT_ONCE)
_of_thread = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """To be held while a page is run, or a part of one alone; a part of a page shares its turn."""
    if getattr(_of_thread, "has_turn", False):
        yield
        return
    with _turns:
        _of_thread.has_turn = True
        try:
            yield
        finally:
            _of_thread.has_turn = False
