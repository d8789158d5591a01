"""The work that the first visitor would wait for, done once while the server starts."""

from __future__ import annotations

import gc
import threading
from contextlib import suppress

from planner.errors import PlannerError


def warm_up_beside() -> threading.Thread:
    """Start to warm up in a thread of its own; the server answers meanwhile."""
    thread = threading.Thread(target=warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def warm_up() -> None:
    """Import the Plan page, fit the model, answer the example, compress the scripts.

    What is there then stays: searches for garbage leave it out, as each would take 0.1 s.
    """
    from app import server

    # Imported alone: the page needs them, and their libraries take seconds.
    from app.components import answer, options, saved_scenarios, sidebar  # noqa: F401
    from app.scenario_from_fields import ARTICLE_CASE
    from app.services import curves, plans

    with suppress(PlannerError):  # the page says what is wrong with the store
        best = plans.answer(ARTICLE_CASE).nearest
        if best is not None:
            curves.curve_of(ARTICLE_CASE, best)
            curves.costs_by_volume(ARTICLE_CASE, best.fleet[0])
            curves.advice_for(ARTICLE_CASE, best)
    server.compress_all()
    gc.collect()
    gc.freeze()
