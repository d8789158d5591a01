"""Turns of the pages: few are run at once, the others wait.

Python runs one thread at a time. While the runs of 200 sessions shared it, the server's own thread
answered no websocket for 20 seconds and more, and browsers lost their connection.
"""

from __future__ import annotations

import threading

AT_ONCE = 4
"""A run waits for the database or the solver now and then; a fourth one fills the rest."""

turn = threading.BoundedSemaphore(AT_ONCE)
"""To be held while a page is run."""
