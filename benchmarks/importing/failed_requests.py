"""How many requests of a run may have failed, and the note that counts those that did.

A failed request leaves the load for a moment and adds no tokens: a few hardly change the figures
of the others, many do.
"""

from __future__ import annotations

import math
import re

from benchmarks.importing.json_document import Document
from planner.records.measurement import Measurement

ALLOWED_SHARE = 0.01
LARGEST_SHARE = 0.5
"""A run in which most requests failed measures the failures."""
_NOTE = re.compile(r"\d+ of \d+ requests failed")


def check_failed(
    document: Document, failed: int, asked: int, allowed_share: float, said: str = ""
) -> None:
    """Refuse a run in which more than ``allowed_share`` of the requests failed.

    ``said`` is what the failed requests reported.
    """
    if failed > allowed_share * asked:
        share = math.ceil(1000 * failed / asked) / 1000
        accept = f", or accept it with --allow-failed {share:g}" if share <= LARGEST_SHARE else ""
        raise document.refusal(
            f"only {asked - failed} of {asked} requests completed, {failed} failed{said}: "
            f"{failed / asked:.1%}, and at most {allowed_share:.2%} may; measure it again{accept}"
        )


def failed_note(failed: int, asked: int) -> tuple[str, ...]:
    """The note of a run with failed requests; empty if none failed."""
    return (f"{failed} of {asked} requests failed",) if failed else ()


def failures_noted(measurement: Measurement) -> str | None:
    """What the notes of an imported measurement say of failed requests; None if nothing."""
    found = _NOTE.search(measurement.notes or "")
    return found[0] if found else None
