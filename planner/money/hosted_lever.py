"""The hosted API among the changes that save most."""

from __future__ import annotations

from dataclasses import dataclass

from planner.money.hosted_alternative import Hosted

LEAST_SAVING_USD = 1.0
"""A change that saves less in a year is no lever."""


@dataclass(frozen=True, slots=True)
class HostedLever:
    """A hosted API that costs ``saves_usd_per_year`` less than the recommended option.

    It is no plan: it has a bill, and neither replicas nor forecast answer times.
    """

    hosted: Hosted
    saves_usd_per_year: float

    @property
    def cost_usd_per_year(self) -> float:
        """The bill of the API alone."""
        return self.hosted.usd_per_year
