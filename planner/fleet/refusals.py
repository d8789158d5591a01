"""Why a GPU cannot be used at all, whatever the limits are."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.price_offer import Terms, Tier


@dataclass(frozen=True, slots=True)
class NoPriceOffer:
    """No current offer under the scenario's terms; ``others`` are current ones under others."""

    others: tuple[tuple[Terms, Tier], ...]


@dataclass(frozen=True, slots=True)
class TooFewOwned:
    """Fewer machines are owned than the fleet takes: ``needed``, ``spares`` of them as spare ones.

    None: as many as spare ones are asked for, or fewer, so that none is left to work. Machines
    are counted one by one, also if a replica spans several.
    """

    machines: int
    spares: int
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class NoMachineSoLarge:
    """No machine that is offered has the GPUs of a replica; the largest has ``largest``."""

    gpus: int
    largest: int


@dataclass(frozen=True, slots=True)
class RefusedByVllm:
    """vLLM would not start it: its reasons, and what would run instead if that is known."""

    reasons: tuple[str, ...]
    instead: str | None


@dataclass(frozen=True, slots=True)
class DoesNotFit:
    """Memory is too small: vLLM's message, and what would make it fit."""

    reason: str
    remedy: str | None
