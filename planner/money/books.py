"""What a machine is worth on the books, what it loses in a year, and the interest on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Books:
    """A machine that loses all but ``residual_usd`` of its price in ``depreciation_years``.

    ``age_years`` ago it was bought at that price; None: it is to be bought. ``rate`` is the cost of
    capital. Years are counted from today, or from the purchase if it is to be bought.
    """

    price_usd: float
    residual_usd: float
    depreciation_years: float
    rate: float
    age_years: float | None

    def value_usd(self, years: float = 0.0) -> float:
        """The value after so many years."""
        age = (self.age_years or 0.0) + years
        if age >= self.depreciation_years:
            return self.residual_usd
        return self.price_usd - age * self._loss_of_a_full_year_usd

    def loss_usd(self, years: float = 0.0) -> float:
        """The loss of value in the year that begins then; none once it is written off."""
        left = self.depreciation_years - (self.age_years or 0.0) - years
        return self._loss_of_a_full_year_usd * min(1.0, max(0.0, left))

    def interest_usd(self, years: float = 0.0) -> float:
        """The cost of capital in the year that begins then.

        It is on the mean of the value then and the residual value. A machine that is to be bought
        costs the same each year until it is written off: interest on its mean value.
        """
        value = self.value_usd(years)
        if self.age_years is None and value > self.residual_usd:
            value = self.price_usd
        return capital_usd_per_year(value, self.residual_usd, self.rate)

    @property
    def _loss_of_a_full_year_usd(self) -> float:
        return (self.price_usd - self.residual_usd) / self.depreciation_years


def capital_usd_per_year(value_usd: float, residual_usd: float, rate: float) -> float:
    """Interest on the mean of the value and the residual value, which is bound on average."""
    return rate * (value_usd + residual_usd) / 2.0
