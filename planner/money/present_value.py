"""What payments of several years are worth today."""

from __future__ import annotations

from collections.abc import Sequence


def present_value_usd(payments_usd: Sequence[float], discount_rate: float) -> float:
    """The sum of the payments, the one at the end of year t divided by (1 + rate)^t.

    The first payment is due today (year 0). Net present value as in any textbook of finance.
    """
    return sum(usd / (1.0 + discount_rate) ** year for year, usd in enumerate(payments_usd))
