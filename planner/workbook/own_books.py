"""Formulas for what own machines are worth and lose year by year, as ``planner.money.books``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from planner.workbook.cell_formula import Number, largest, number, smallest, sum_of, when
from planner.workbook.fleet_inputs import OwnedInputs


@dataclass(frozen=True, slots=True)
class OwnBooks:
    """Machines of one kind, ``machines`` of them in each year; years are counted from 0."""

    own: OwnedInputs
    machines: Sequence[Number]

    def bought(self, year: int) -> Number:
        """Machines that are bought at the start of a year, or first used in it."""
        if not year:
            return self.machines[0]
        return largest(0.0, self.machines[year] - largest(*self.machines[:year]))

    def value(self, year: int, later: int = 0) -> Number:
        """The value of one that is first used in a year, so many years after its start."""
        residual = self.own.price_usd * self.own.residual_share
        if self.own.age_years is None:
            if not later:
                return self.own.price_usd
            return largest(residual, self.own.price_usd - self._full_year * float(later))
        age = self.own.age_years + float(year + later)
        left = self.own.price_usd - self._full_year * age
        return when(age.at_least(self.own.depreciation_years), residual, left)

    def loss(self, year: int) -> Number:
        """The mean loss of value of all machines in a year."""
        return self._mean(self._loss, year)

    def interest(self, year: int) -> Number:
        """The mean cost of capital of all machines in a year."""
        return self._mean(self._interest, year)

    def _mean(self, of_age: Callable[[int], Number], year: int) -> Number:
        """The sum over all bought so far; those that are there are older by as many years."""
        if self.own.age_years is not None or not year:
            return of_age(year)
        bought = [self.bought(one) for one in range(year + 1)]
        of_all = sum_of([number * of_age(year - n) for n, number in enumerate(bought)])
        return when(sum_of(bought).equals(0.0), of_age(0), of_all / largest(1.0, sum_of(bought)))

    def _loss(self, years: int) -> Number:
        """The loss of value of one in the year that begins after so many years."""
        age = self.own.age_years
        if age is None and not years:
            return self._full_year
        left = self.own.depreciation_years - (number(0.0) if age is None else age) - float(years)
        return self._full_year * smallest(1.0, largest(0.0, left))

    def _interest(self, years: int) -> Number:
        """See ``Books.interest_usd``."""
        price, rate = self.own.price_usd, self.own.cost_of_capital
        residual = price * self.own.residual_share
        if self.own.age_years is not None:
            return rate * (self.value(0, years) + residual) / 2.0
        level = rate * price * (self.own.residual_share + 1.0) / 2.0
        if not years:
            return level
        return when(self.own.depreciation_years.at_most(float(years)), rate * residual, level)

    @property
    def _full_year(self) -> Number:
        """The loss of value of a full year, see ``Books.loss_usd``."""
        return self.own.price_usd * (1.0 - self.own.residual_share) / self.own.depreciation_years
