"""Turns of the pages: few are run at once, the others wait in the order in which they came.

Python runs one thread at a time. While the runs of 200 sessions shared it, the server's own thread
left a ping of the client that measured it unanswered for 20 seconds, so that the client gave up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 4
"""A run waits for the database or the solver now and then; a fourth one fills the rest."""


class Turns:
    """So many turns at once. A turn that ends goes to whoever has waited longest.

    Python's semaphores let a thread that comes at the right moment pass all that wait.
    """

    def __init__(self, at_once: int) -> None:
        self._lock = threading.Lock()
        self._free = at_once
        self._waiting: deque[threading.Event] = deque()

    def take(self) -> None:
        """Wait for a turn."""
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Event()
            self._waiting.append(mine)
        mine.wait()

    def give_back(self) -> None:
        """End a turn."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


_turns = Turns(AT_ONCE)
_of_thread = threading.local()


@contextmanager
def turn() -> Iterator[None]:
    """To be held while a page is run, or a part of one alone; a part of a page shares its turn."""
    if getattr(_of_thread, "has_turn", False):
        yield
        return
    _turns.take()
    _of_thread.has_turn = True
    try:
        yield
    finally:
        _of_thread.has_turn = False
        _turns.give_back()


def let_others_run(seconds: float) -> None:
    """Wait so long. A thread that has a turn gives it back meanwhile."""
    had_turn = getattr(_of_thread, "has_turn", False)
    if had_turn:
        _turns.give_back()
    time.sleep(seconds)
    if had_turn:
        _turns.take()
