"""Engine settings beyond a number: speculative decoding and the scaling of RoPE.

What each setting does to a request's terms is in ``setting_terms.py``, how sure
that is in ``setting_effects.py``. Every constructor raises InputError with what
was given, what is allowed and what to do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from planner.catalog.names import quoted
from planner.errors import InputError

KvCacheDtype = Literal["auto", "fp8"]
SpeculativeMethod = Literal["ngram", "draft_model", "eagle"]
RopeKind = Literal["linear", "dynamic", "yarn"]

LEAST_BATCHED_TOKENS = 16
"""A block of the KV cache; an engine step that holds less is not worth planning for."""

MOST_SPECULATIVE_TOKENS = 32
LARGEST_DRAFT_SHARE = 0.99
LARGEST_ROPE_FACTOR = 1_000.0

DRAFT_SHARE: dict[SpeculativeMethod, float] = {"ngram": 0.0, "draft_model": 0.1, "eagle": 0.05}
"""The draft's size over the model's, where it is not stated. N-grams are looked up in the prompt
by the processor. An assumption for the others: a draft model is about a tenth (1B beside 8B,
8B beside 70B), EAGLE's is one layer and the head (Li et al., "EAGLE", arXiv 2401.15077)."""


@dataclass(frozen=True, slots=True)
class SpeculativeDecoding:
    """``tokens`` are proposed a step; each is accepted with probability ``acceptance``.

    That is the chance of a token whose predecessors were accepted: vLLM logs it
    as the first of its per-position acceptance rates (its draft acceptance rate
    counts the tokens after a refused one too, and is lower). ``draft_share`` is
    the draft's size over the model's, and so its time for one token; None is
    ``DRAFT_SHARE`` of the method.
    """

    method: SpeculativeMethod
    tokens: int
    acceptance: float
    draft_share: float | None = None

    def __post_init__(self) -> None:
        if self.method not in get_args(SpeculativeMethod):
            raise InputError(
                f"speculative method {quoted(str(self.method))} is not one of "
                f"{', '.join(get_args(SpeculativeMethod))}; choose one of them",
                field="speculative_method",
            )
        if not 1 <= self.tokens <= MOST_SPECULATIVE_TOKENS:
            raise InputError(
                f"{self.tokens} speculative tokens were given; give 1 to "
                f"{MOST_SPECULATIVE_TOKENS}, vLLM's examples propose 3 to 5",
                field="speculative_tokens",
            )
        if not 0.0 <= self.acceptance <= 1.0:
            raise InputError(
                f"acceptance {self.acceptance:g} was given; give a share from 0 to 1: the first "
                "of the per-position acceptance rates that vLLM logs",
                field="speculative_acceptance",
            )
        if self.draft_share is not None and not 0.0 <= self.draft_share <= LARGEST_DRAFT_SHARE:
            raise InputError(
                f"draft share {self.draft_share:g} was given; give the draft's size over the "
                f"model's, from 0 to {LARGEST_DRAFT_SHARE:g}",
                field="speculative_draft_share",
            )

    @property
    def draft(self) -> float:
        """The draft's size, and its time for one token, over the model's."""
        return DRAFT_SHARE[self.method] if self.draft_share is None else self.draft_share


@dataclass(frozen=True, slots=True)
class RopeScaling:
    """Positions stretched by ``factor`` beyond the length that the model was trained for.

    ``original_tokens`` is that length; None is the model's own maximum.
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
        """The longest context, original length x factor, as vLLM derives it.

        Source: vllm-project/vllm, ``_get_and_verify_max_len`` in vllm/config
        (read 2026-11-25).
        """
        return int((self.original_tokens or model_tokens) * self.factor)

    def __str__(self) -> str:
        original = "" if self.original_tokens is None else f":{self.original_tokens}"
        return f"{self.kind}:{exact(self.factor)}{original}"


def exact(number: float) -> str:
    """The shortest text from which the number is read back unchanged.

    >>> exact(4.0), exact(0.7), exact(1 / 3)
    ('4', '0.7', '0.3333333333333333')
    """
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


_ROPE = re.compile(r"([a-z]+):([0-9]+(?:\.[0-9]+)?)(?::([0-9]{1,9}))?")


def rope_scaling_from(text: str) -> RopeScaling:
    """``yarn:4``, or ``yarn:4:32768`` with the length that the model was trained for.

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


def speculative_from(
    method: str | None,
    tokens: int | None,
    acceptance: float | None,
    draft_share: float | None = None,
) -> SpeculativeDecoding | None:
    """The setting that the entries state together; None where all are left out.

    The method is n-grams where it is left out, as they need no second model.
    Raises InputError where tokens or acceptance is missing.
    """
    if (method, tokens, acceptance, draft_share) == (None, None, None, None):
        return None
    if tokens is None:
        raise InputError(
            "speculative decoding needs the number of tokens to propose a step; give "
            f"speculative tokens from 1 to {MOST_SPECULATIVE_TOKENS}, vLLM's examples propose 3 "
            "to 5",
            field="speculative_tokens",
        )
    if acceptance is None:
        raise InputError(
            "speculative decoding needs the chance that a proposed token is accepted, which "
            "depends on your texts; give the first of the per-position acceptance rates that "
            "vLLM logs, from 0 to 1",
            field="speculative_acceptance",
        )
    chosen = cast(SpeculativeMethod, method or "ngram")
    return SpeculativeDecoding(chosen, tokens, acceptance, draft_share)
