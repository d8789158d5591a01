"""The documents of a year as low, expected and high."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.fleet.scenario import Scenario
from planner.sureness.probability import error_at

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UncertainVolume:
    """Log-normal around the expected volume, with a spread of its own below and above.

    The expected volume is the median: as likely exceeded as not. Log-normal, because a volume is
    positive and people are wrong about it by factors; in two pieces, because they fear more on
    one side than on the other and then all three numbers that they state hold exactly.
    """

    log_sd_below: float
    log_sd_above: float

    def factors(self, normal: Array) -> Array:
        """The volume over the expected one, for standard normal numbers."""
        log_sd = np.where(normal < 0.0, self.log_sd_below, self.log_sd_above)
        return np.asarray(np.exp(normal * log_sd))


def uncertain_volume(scenario: Scenario) -> UncertainVolume:
    """The volume that a scenario states; one without a range is certain."""
    expected = scenario.documents_per_year
    low, high = scenario.volume_low or expected, scenario.volume_high or expected
    ends_at = error_at((1.0 + scenario.volume_confidence) / 2.0)
    return UncertainVolume(math.log(expected / low) / ends_at, math.log(high / expected) / ends_at)
