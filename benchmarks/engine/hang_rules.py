"""When a server counts as hung, how long everything here waits, and what is then reported.

There are three rules. A server that accepts a request and does not answer in time is hung.
An engine whose counters show no new token for ``STALL_S`` is hung. Work that goes on, but is
not done in its time, is a time-out.
"""

from __future__ import annotations

from benchmarks.design.points import Failure

ANSWER_S = 10.0
"""For /health and /v1/models of a server that has started."""

PAGE_S = 5.0
"""For /metrics and /version, which a point can do without."""

START_ANSWER_S = 2.0
"""For /health of an engine that is still starting; it is asked again after that."""

START_S = 900.0
"""For an engine to become healthy; a download of the weights has to fit in."""

SHORT_ANSWER_S = 120.0
"""For a short answer of a server that may have to wake up first."""

STALL_S = 120.0
"""Without a new token, prompt tokens included, once the engine has begun to compute."""

GENERATOR_ALLOWANCE_S = 120.0
"""Added to ``STALL_S`` before the first token: the load generator imports and tokenizes."""

POINT_S = 1800.0
"""For a point of which no forecast says how long it takes."""

SHORTEST_POINT_S = 600.0
EXPECTED_TIMES = 5.0
"""A point may take this many times the forecast, which may be wrong by a factor of two or three."""

SETTLE_S = 5.0
"""An engine takes a moment to die, so its health is watched this long after a failed point."""

STOP_GRACE_S = 10.0
"""Between SIGTERM and SIGKILL; an engine frees its GPU memory in that time."""

GENERATOR_GRACE_S = 2.0
GUARD_MARGIN_S = 10.0
"""For the guard to end what is left after SIGKILL, before the guard is killed itself."""


def point_timeout_s(expected_s: float) -> float:
    """Seconds after which a point is given up, from the seconds that it is expected to take."""
    return max(SHORTEST_POINT_S, EXPECTED_TIMES * expected_s)


def no_answer(to: str, waited_s: float) -> Failure:
    """The failure of a server that accepted a request and stayed silent."""
    return Failure("hung", f"no answer {to} within {waited_s:g} s")


def never_healthy(waited_s: float, last_words: str | None) -> Failure:
    """The failure of an engine that did not become healthy; ``last_words`` are from its log."""
    last = last_words or "nothing in its log"
    return Failure("hung", f"not healthy after {waited_s:g} s; last said: {last}")


def stalled(still_s: float | None, has_begun: bool, stall_s: float = STALL_S) -> Failure | None:
    """The failure of an engine that computed nothing for ``still_s`` seconds; None if it may.

    ``still_s`` is None for a server without counters, which is never called stalled.
    """
    allowed_s = stall_s if has_begun else stall_s + GENERATOR_ALLOWANCE_S
    if still_s is None or still_s <= allowed_s:
        return None
    return Failure("hung", f"the engine computed no token for {still_s:.0f} s")


def out_of_time(timeout_s: float) -> Failure:
    """The failure of a point that made progress, but too little."""
    return Failure("timeout", f"the point was not done after {timeout_s:g} s")
