"""How much of the time enough machines of a fleet run."""

from __future__ import annotations

import math


def share_of_time_enough_run(machines: int, spares: int, availability: float) -> float:
    """Probability that at most ``spares`` of ``machines`` are down at a random time.

    Each machine runs a share ``availability`` of the time, whatever the others do: the number
    that is down is binomial.

    >>> round(share_of_time_enough_run(10, 1, 0.995), 4)
    0.9989
    """
    if availability == 1.0 or spares >= machines:
        return 1.0
    odds = math.log((1.0 - availability) / availability)
    log_share = machines * math.log(availability)  # of none down
    total = 0.0
    for down in range(spares + 1):
        total += math.exp(log_share)
        log_share += math.log((machines - down) / (down + 1)) + odds
    return min(1.0, total)
