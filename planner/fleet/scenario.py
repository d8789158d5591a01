"""Everything a planner enters: the question that ``make_plan`` answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from planner.catalog.model_spec import Quantization
from planner.catalog.price_offer import Terms
from planner.vllm.engine_settings import (
    LARGEST_DRAFT_SHARE,
    LEAST_BATCHED_TOKENS,
    MOST_SPECULATIVE_TOKENS,
    KvCacheDtype,
    SpeculativeMethod,
)

HOURS_PER_WEEK = 168.0

MAX_DOCUMENTS_PER_YEAR = 1e12
MAX_TOKENS = 2_000_000


class CostItem(BaseModel):
    """A yearly cost beside the GPUs, entered by the user (storage, people, licences)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    usd_per_year: float = Field(ge=0, le=1e12, allow_inf_nan=False)


class Scenario(BaseModel):
    """Volume, document size, model, limits and policies of one plan.

    The defaults are the case of the article "What We Learned from Deploying
    Fine-tuned LLMs in Production" (Roots Automation, 2024-08-26): 8,000 tokens
    in, 150 out, Mistral-7B-Instruct-v0.2 with AWQ, 30,000 USD a year.

    Policies, each with the reason for its default:

    - ``peak_factor`` 1.0: busiest hour over the average hour. Replicas are
      sized for the busiest hour. 1.0 because documents that may wait level the
      load; set 2 or more where people wait for answers.
    - ``hours_per_week`` 168: documents are processed day and night.
    - ``terms`` on-demand only: nobody should be bound for years by a default.
    - ``include_marketplace`` False: third-party hosts and floor prices are no
      basis for a business's year.
    - ``pay_only_for_hours`` False: machines are billed all year (8,760 h) even
      if they work part of the week; True bills on-demand and spot for the
      working hours alone.
    - ``spare_replicas`` 0: replicas beyond the need, for redundancy.
    - ``confidence`` 0.8: how sure the forecast must be that a fleet keeps up
      before it is recommended. Smaller fleets that the central forecast carries
      are listed too, with their probability.
    - ``accept_extrapolated`` False: what rests on no measurement of the card
      with that quantization is listed, but not recommended while something
      measured is feasible. Nobody should buy on a datasheet alone.
    - engine settings (``prefix_hit_share`` to ``rope_scaling``) at vLLM's
      defaults and without shared prompts, as they were when others measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="The article's case", max_length=200)
    documents_per_year: float = Field(
        default=20_000_000, gt=0, le=MAX_DOCUMENTS_PER_YEAR, allow_inf_nan=False
    )
    input_tokens: int = Field(default=8_000, gt=0, le=MAX_TOKENS)
    output_tokens: int = Field(default=150, gt=0, le=MAX_TOKENS)
    model: str = Field(default="mistralai/Mistral-7B-Instruct-v0.2", min_length=1, max_length=500)
    quantization: Quantization | None = None
    gpus: tuple[str, ...] = ()
    budget_usd_per_year: float | None = Field(default=None, gt=0, le=1e12, allow_inf_nan=False)
    latency_p95_s: float | None = Field(default=None, gt=0, le=1e7, allow_inf_nan=False)
    peak_factor: float = Field(default=1.0, ge=1, le=1000, allow_inf_nan=False)
    hours_per_week: float = Field(default=HOURS_PER_WEEK, ge=1, le=168, allow_inf_nan=False)
    terms: tuple[Terms, ...] = ("on-demand",)
    include_marketplace: bool = False
    pay_only_for_hours: bool = False
    spare_replicas: int = Field(default=0, ge=0, le=100)
    confidence: float = Field(default=0.8, ge=0.5, le=0.99, allow_inf_nan=False)
    accept_extrapolated: bool = False
    engine_version: str | None = Field(default=None, max_length=50)
    gpu_memory_utilization: float | None = Field(default=None, gt=0, le=1, allow_inf_nan=False)
    prefix_hit_share: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)
    max_num_batched_tokens: int | None = Field(default=None, ge=LEAST_BATCHED_TOKENS, le=MAX_TOKENS)
    kv_cache_dtype: KvCacheDtype = "auto"
    speculative_method: SpeculativeMethod | None = None
    speculative_tokens: int | None = Field(default=None, ge=1, le=MOST_SPECULATIVE_TOKENS)
    speculative_acceptance: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False)
    speculative_draft_share: float | None = Field(
        default=None, ge=0, le=LARGEST_DRAFT_SHARE, allow_inf_nan=False
    )
    rope_scaling: str | None = Field(default=None, max_length=50)
    other_costs: tuple[CostItem, ...] = ()

    @property
    def peak_documents_per_year(self) -> float:
        """Documents of a year whose every working hour is as busy as the busiest."""
        return self.documents_per_year * self.peak_factor
