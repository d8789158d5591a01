"""A part of a fleet as it is typed: ``L4:1:2`` is two replicas of one L4 each."""

from __future__ import annotations

from collections.abc import Iterable

from planner.catalog.names import quoted
from planner.errors import InputError


def stated_fleet(parts: Iterable[str]) -> list[dict[str, str | int]]:
    """GPU, GPUs of a replica and replicas of each part. Raises InputError."""
    return [_part(text) for text in parts]


def _part(text: str) -> dict[str, str | int]:
    gpu, *numbers = (piece.strip() for piece in text.rsplit(":", 2))
    if len(numbers) != 2 or not gpu or not all(n.isascii() and n.isdigit() for n in numbers):
        raise InputError(
            f"{quoted(text.strip())} is no part of a fleet; write the GPU, the GPUs of a replica "
            "and the replicas, as in L4:1:2",
            field="fleet",
        )
    return {"gpu": gpu, "gpu_count": int(numbers[0]), "replicas": int(numbers[1])}
