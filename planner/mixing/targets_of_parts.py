"""How well a fleet of several parts keeps each target of each class."""

from __future__ import annotations

from planner.fleet.answer_targets import TargetKept
from planner.fleet.targets_kept import targets_kept
from planner.mixing.fleet_part import Fleet, SharedFleet


def targets_of_parts(fleet: Fleet) -> tuple[TargetKept, ...]:
    """Each target as the part keeps it that keeps it worst, of those that serve its class.

    At least as large a share of all documents of the class is answered in time.
    """
    shares = fleet.shares() if isinstance(fleet, SharedFleet) else (1.0,) * len(fleet.parts)
    worst: dict[tuple[str, str], TargetKept] = {}
    for part, share in zip(fleet.parts, shares, strict=True):
        deployment = part.sized.replica.deployment
        longest = deployment.longest_tokens
        for kept in targets_kept(part.scenario, part.sized, part.replicas, longest, share):
            key = kept.class_name, kept.target
            if key not in worst or kept.probability < worst[key].probability:
                worst[key] = kept
    return tuple(worst.values())
