"""Speculative decoding: what proposes tokens, how many a step, and how often they are accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from planner.catalog.names import quoted
from planner.errors import InputError

SpeculativeMethod = Literal["ngram", "draft_model", "eagle", "mtp"]

MOST_SPECULATIVE_TOKENS = 32
LARGEST_DRAFT_SHARE = 0.99

DRAFT_SHARE: dict[SpeculativeMethod, float] = {
    "ngram": 0.0,
    "draft_model": 0.1,
    "eagle": 0.05,
    "mtp": 0.05,
}
"""Size of the draft divided by the size of the model, if not stated.

N-grams need no draft: the processor looks them up in the prompt. The others are assumptions: a
draft model is about a tenth (1B beside 8B, 8B beside 70B), EAGLE's draft is one layer and the
output head (Li et al., "EAGLE", arXiv 2401.15077). A multi-token prediction module is that, too
(DeepSeek-AI, "DeepSeek-V3", arXiv 2412.19437, section 2.2): its time is that of a layer and the
output head, though vLLM stores only the layer (``Deployment.draft_share``)."""


DRAFTED_BY_ANOTHER_MODEL: tuple[SpeculativeMethod, ...] = ("draft_model", "eagle")
"""Methods that need the weights of another model; the others use the prompt or the model's own."""


@dataclass(frozen=True, slots=True)
class SpeculativeDecoding:
    """``tokens`` are proposed a step; each is accepted with probability ``acceptance``.

    ``acceptance`` is the chance of a token whose predecessors were accepted: the
    first of the per-position acceptance rates that vLLM logs. (Its draft
    acceptance rate also counts the tokens after a refused one and is lower.)
    ``draft_share`` is the size of what the draft reads for one token divided by the model's,
    and therefore also the ratio of their times; None means ``DRAFT_SHARE`` of the method.
    Raises InputError for a value out of range.
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
                f"draft share {self.draft_share:g} was given; give the draft's size divided by "
                f"the model's, from 0 to {LARGEST_DRAFT_SHARE:g}",
                field="speculative_draft_share",
            )

    @property
    def draft(self) -> float:
        """Size of what the draft reads for one token, and its time, divided by the model's."""
        return DRAFT_SHARE[self.method] if self.draft_share is None else self.draft_share


def speculative_from(
    method: str | None,
    tokens: int | None,
    acceptance: float | None,
    draft_share: float | None = None,
) -> SpeculativeDecoding | None:
    """The setting that the four entries state together; None if all are left out.

    Without a method n-grams are meant: they need no second model. Raises
    InputError if tokens or acceptance is missing.
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
