"""What payments of several years are worth today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.money.books import Books


def present_value_usd(payments_usd: Sequence[float], discount_rate: float) -> float:
    """The sum of the payments, the one at the end of year t divided by (1 + rate)^t.

    The first payment is due today (year 0). Net present value as in any textbook of finance.
    """
    return sum(usd / (1.0 + discount_rate) ** year for year, usd in enumerate(payments_usd))


@dataclass(frozen=True, slots=True)
class OwnMachines:
    """Machines of a kind in a year: how many are bought, and what the capital of all costs."""

    books: Books
    bought: int
    capital_usd: float


def of_years(
    years: Sequence[tuple[float, Mapping[str, OwnMachines]]], discount_rate: float
) -> float:
    """The cost of several years in today's money: each with its cost, and its own machines by kind.

    Each year is paid at its end. What is bought is paid at the start of its year instead of its
    loss of value and the interest, and its value at the end of the last year comes back. What is
    there and not yet written off counts as bought for what is left of its price then.
    """
    payments = [0.0, *(cost for cost, _ in years)]
    for year, (_, own) in enumerate(years):
        for used in own.values():
            before = 0.0 if used.books.age_years is None else float(year)
            payments[year] += used.bought * used.books.value_usd(before)
            payments[year + 1] -= used.capital_usd
            payments[-1] -= used.bought * used.books.value_usd(before + len(years) - year)
    return present_value_usd(payments, discount_rate)
