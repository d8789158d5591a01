"""Dates as people and programs write them."""

from __future__ import annotations

from datetime import datetime

FORMS = ("%Y-%m-%d", "%Y%m%d", "%Y-%m", "%Y")
ALLOWED = "an ISO date: 2026-08-07, 20260807, 2026-08 or 2026"


def is_date(text: str) -> bool:
    """True if ``text`` is a calendar day, month or year, or a day with a time.

    >>> [is_date(word) for word in ("2026-08-07", "2026-08", "2026-02-30", "yesterday")]
    [True, True, False, False]
    """
    if not text.isascii():
        return False
    return any(_is(text, form) for form in FORMS) or _is_moment(text)


def order_of(date: str | None) -> str:
    """A text that sorts dates by time; a missing date comes before all others.

    >>> sorted(["20260807", None, "2026-08-07T10:00", "2026-08", "2025-12-31"], key=order_of)
    [None, '2025-12-31', '2026-08', '20260807', '2026-08-07T10:00']
    """
    stated = date or ""
    return stated[:10].replace("-", "") + stated[10:].replace(" ", "T")


def _is(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    if text[10:11] not in ("T", " "):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
