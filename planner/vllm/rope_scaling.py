"""RoPE scaling: positions stretched beyond the length that a model was trained for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from planner.catalog.names import quoted
from planner.errors import InputError
from planner.vllm.exact_number import exact

RopeKind = Literal["linear", "dynamic", "yarn"]

LARGEST_ROPE_FACTOR = 1_000.0

_ROPE = re.compile(r"([a-z]+):([0-9]+(?:\.[0-9]+)?)(?::([0-9]{1,9}))?")


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """Positions stretched by ``factor`` beyond the trained length.

    ``original_tokens`` is the trained length; None means the model's own maximum.
    Raises InputError (field ``rope_scaling``) for an unknown kind or a factor out of range.
    """

    kind: RopeKind
    factor: float
    original_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(RopeKind):
            raise InputError(
                f"rope scaling {quoted(str(self.kind))} is not one of "
                f"{', '.join(get_args(RopeKind))}; choose one of them",
                field="rope_scaling",
            )
        if not 1.0 < self.factor <= LARGEST_ROPE_FACTOR:
            raise InputError(
                f"rope scaling by {self.factor:g} was given; give a factor above 1, up to "
                f"{LARGEST_ROPE_FACTOR:g}, such as yarn:4",
                field="rope_scaling",
            )

    def context_tokens(self, model_tokens: int) -> int:
        """Longest context: original length x factor, as vLLM derives it.

        Source: vllm-project/vllm, ``_get_and_verify_max_len`` in vllm/config
        (read 2026-11-25).
        """
        return int((self.original_tokens or model_tokens) * self.factor)

    def __str__(self) -> str:
        original = "" if self.original_tokens is None else f":{self.original_tokens}"
        return f"{self.kind}:{exact(self.factor)}{original}"


def longest_context(model_tokens: int, scaling: RopeScaling | None) -> int:
    """Longest context in tokens of a model that was trained for ``model_tokens``."""
    return model_tokens if scaling is None else scaling.context_tokens(model_tokens)


def rope_scaling_from(text: str) -> RopeScaling:
    """The scaling that ``yarn:4`` states, or ``yarn:4:32768`` with the trained length.

    Raises InputError (field ``rope_scaling``).
    """
    match = _ROPE.fullmatch(text.strip().lower())
    if match is None or match[3] == "0":
        raise InputError(
            f"rope scaling {quoted(text)} is not understood; give kind:factor, such as yarn:4, or "
            f"kind:factor:original length, such as yarn:4:32768 (kinds: "
            f"{', '.join(get_args(RopeKind))})",
            field="rope_scaling",
        )
    original = None if match[3] is None else int(match[3])
    return RopeScaling(cast(RopeKind, match[1]), float(match[2]), original)
