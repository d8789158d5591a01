"""How old a price is, and from when on it is marked or set aside."""

from __future__ import annotations

import re
from datetime import date, timedelta

from planner.catalog.price_offer import PriceOffer
from planner.errors import InputError

MARKED_AFTER_DAYS = 90
"""RunPod's H100 SXM rose from 3.29 to 3.49 to 3.99 USD between August and November 2026, and
Nebius' by 17 % in a week: after a quarter, a price has to be asked for again."""

SET_ASIDE_AFTER_DAYS = 365
"""AWS listed its 8 x H100 machine at 98.32 USD an hour until June 2025 and at 55.04 after. No plan
should rest on a price from before a change like that."""


def today() -> date:
    """The day on which ages are counted."""
    return date.today()


def age_days(as_of: str, on: date) -> int:
    """Days from ``as_of`` (``2026-11-09``, or ``2026-11`` for the month's first day) to ``on``.

    0 for a later date. Raises ValueError for anything else.
    """
    stated = date.fromisoformat(as_of if len(as_of) > len("2026-11") else f"{as_of}-01")
    return max(0, (on - stated).days)


def too_old(offer: PriceOffer) -> bool:
    """True if nobody should rely on the price any more.

    What the user pays is known however old it is, and so is an estimate that is asked for.
    """
    if offer.tier == "own" or offer.terms == "estimate":
        return False
    return age_days(offer.as_of, today()) > SET_ASIDE_AFTER_DAYS


def stated_day(text: str, field: str, place: str = "") -> str:
    """``text`` if it is a day or a month of the calendar, such as 2026-11-22 or 2026-11.

    Raises InputError with the field, and the ``place`` of a file in which it stands.
    """
    stated = f"{place}: {field}" if place else field
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", text):
        raise InputError(
            f"{stated}: {text[:80]!r} was given; it must look like 2026-11-22.", field=field
        )
    try:
        age_days(text, date.max)
    except ValueError as error:
        raise InputError(
            f"{stated} is {text!r}; it must look like 2026-11-22.", field=field
        ) from error
    if is_in_future(text):
        raise InputError(f"{stated} is {text}, {IN_FUTURE}", field=field)
    return text


IN_FUTURE = "which is still to come; give the day on which it was read."


def is_in_future(text: str) -> bool:
    """True after tomorrow, which is today elsewhere on Earth."""
    return text > (today() + timedelta(days=1)).isoformat()
