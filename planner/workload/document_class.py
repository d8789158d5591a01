"""A class of documents: how many a year, how long, and what they ask for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from planner.networks.quantization import Quantization
from planner.workload.length_spread import MOST_TOKENS, LengthSpread

LARGEST_ANSWER_LIMIT = 1e7
"""The largest limit on answers that may be entered, in the unit of its field: seconds, or
milliseconds a token."""


class Targets(BaseModel):
    """What a document asks for; None: nothing. A document without targets may wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    e2e_p50_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    e2e_p95_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    e2e_p99_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    ttft_p95_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    tpot_p95_ms: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    done_within_h: float | None = Field(default=None, gt=0, le=168, allow_inf_nan=False)

    @property
    def asks_for_answers(self) -> bool:
        """True if somebody waits for the answer."""
        limits = (self.e2e_p50_s, self.e2e_p95_s, self.e2e_p99_s, self.ttft_p95_s, self.tpot_p95_ms)
        return any(limit is not None for limit in limits)


class DocumentClass(BaseModel):
    """Documents of one kind. ``input_tokens`` and ``output_tokens`` are means.

    ``documents_per_year`` is relative to that of the other classes: the total is the scenario's.
    ``model`` and ``quantization`` None are the scenario's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    documents_per_year: float = Field(gt=0, le=1e12, allow_inf_nan=False)
    input_tokens: float = Field(gt=0, le=MOST_TOKENS, allow_inf_nan=False)
    output_tokens: float = Field(gt=0, le=MOST_TOKENS, allow_inf_nan=False)
    input_spread: LengthSpread | None = None
    output_spread: LengthSpread | None = None
    model: str | None = Field(default=None, min_length=1, max_length=500)
    quantization: Quantization | None = None
    targets: Targets = Targets()
