"""What payments of several years are worth today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from planner.money.cost_of_owning import OwnedOffer


def present_value_usd(payments_usd: Sequence[float], discount_rate: float) -> float:
    """The sum of the payments, the one at the end of year t divided by (1 + rate)^t.

    The first payment is due today (year 0). Net present value as in any textbook of finance.
    """
    return sum(usd / (1.0 + discount_rate) ** year for year, usd in enumerate(payments_usd))


def of_years(
    years: Sequence[tuple[float, Mapping[OwnedOffer, int]]], discount_rate: float
) -> float:
    """The cost of several years in today's money: each with its cost and its own machines.

    Each year is paid at its end. What is bought is paid at the start of its year instead of its
    loss of value and the interest, and its value at the end of the last year comes back. What is
    there and not yet written off counts as bought for what is left of its price.
    """
    payments = [0.0, *(cost for cost, _ in years)]
    bought: Counter[str] = Counter()
    for year, (_, own) in enumerate(years):
        for offer, machines in own.items():
            more = max(0, machines - bought[offer.id])
            bought[offer.id] += more
            payments[year] += more * offer.value_usd
            payments[year + 1] -= machines * offer.capital_usd_per_year
            payments[-1] -= more * offer.book_value_usd(len(years) - year)
    return present_value_usd(payments, discount_rate)
