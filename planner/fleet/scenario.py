"""Everything that a user enters: the input of ``make_plan``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from planner.catalog.model_spec import Quantization
from planner.catalog.price_offer import Terms
from planner.entered.cost_item import CostItem, StandardCost
from planner.entered.owned_hardware import OwnedHardware
from planner.fleet import scenario_defaults as defaults
from planner.vllm.engine_settings import LEAST_BATCHED_TOKENS, MOST_PARALLEL, KvCacheDtype
from planner.vllm.lora import MOST_ADAPTERS, RANKS
from planner.vllm.settings_text import MOST_SEQUENCES
from planner.vllm.speculative_decoding import (
    LARGEST_DRAFT_SHARE,
    MOST_SPECULATIVE_TOKENS,
    SpeculativeMethod,
)
from planner.workload.document_class import LARGEST_ANSWER_LIMIT, DocumentClass
from planner.workload.length_spread import LengthSpread
from planner.workload.weekly_hours import (
    HOURS_PER_WEEK,
    MAX_PEAK_FACTOR,
    DailyHours,
    hours_of_days,
    hours_with_arrivals,
)

MAX_DOCUMENTS_PER_YEAR = 1e12
MAX_BUDGET_USD = 1e12
MAX_TOKENS = 2_000_000
MOST_GPUS = 500
MOST_COST_ITEMS = 100
MOST_OWNED = 50
ROUNDED_HOURS = 0.01
"""Hours a week may be stated with two decimals: 08:20 to 17:00 on five days are 43.33."""

FOR_ONE_MODEL = {"fleet": "a fleet that is stated runs one model"}
"""The field that a scenario with several models cannot have, and why."""

_TAKEN = ("classes", "model", "quantization")


def models_taken(
    classes: Sequence[DocumentClass] | None, model: str | None, quantization: str | None
) -> int:
    """Number of models that the classes take, counting one in other weights as another.

    Names that differ in capitals are of one model, as in the catalogue.
    """
    taken = {
        ((one.model or model or "").casefold(), one.quantization or quantization)
        for one in classes or ()
    }
    return max(1, len(taken))


Relative = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class FleetPart(BaseModel):
    """Replicas of ``gpu_count`` GPUs each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gpu: str = Field(min_length=1, max_length=200)
    gpu_count: int = Field(default=1, ge=1, le=64)
    replicas: int = Field(ge=1, le=100_000)


class Scenario(BaseModel):
    """Volume, document size, model, limits and policies of one plan.

    The defaults and their reasons are in ``scenario_defaults.py``. ``input_tokens`` and
    ``output_tokens`` are means; ``input_spread`` and ``output_spread`` None are the default
    spread. ``classes`` are the kinds of documents if there are several: ``documents_per_year`` is
    then their total, and the lengths beside it are their means. ``model`` and ``quantization``
    (None: all are compared) are those of every class that names none; each model has a fleet of
    its own. Policies:

    - ``fleet``: judge this fleet; empty: find one.
    - ``peak_factor``: documents of the busiest hour over those of the average
      hour. Replicas are sized for the busiest hour. Set 2 or more if people are
      waiting for answers.
    - ``hours_per_week``: hours in which documents arrive; ``arrival_hours`` says which.
    - ``hour_profile``: documents in each of the 168 hours of a week from Monday 0:00 on, in any
      unit, if they were observed; then ``hours_per_week`` are those with documents.
    - ``season``: documents an hour in each month from January on, in any unit. Empty: all months
      are alike. ``peak_factor`` is then that of an average month, and replicas are sized for the
      busiest one.
    - ``processing_hours_per_week``, ``processing_hours``: when they are processed; None: when
      they arrive.
    - ``done_within_h``: hours after its arrival within which a document must be done. None: it
      is processed in the hour in which it arrives.
    - ``growth_per_year``, ``years``: how much more documents each year brings, and for how many
      years to plan. 0.2 is a fifth more.
    - ``volume_low``, ``volume_high``: the documents of a year lie between them with the
      probability ``volume_confidence``. None: no fewer, or no more, than ``documents_per_year``.
      They are for ``planner.risk``; fleets are sized for ``documents_per_year``.
    - ``shortfall_usd_per_document``: what a document costs that no machine has time for. None:
      not known.
    - ``terms``: the price terms to consider.
    - ``owned``: hardware of the user's own, considered whatever the terms; ``terms`` owned alone
      considers nothing else.
    - ``include_marketplace``: consider third-party hosts and floor prices too.
    - ``pay_only_for_hours``: bill on-demand and spot machines for the working
      hours alone, instead of all 8,760 hours of a year.
    - ``follow_load``: switch on-demand and spot machines on only while the load needs them, in the
      working hours alone. If reserved terms are considered too, those that are needed long enough
      are reserved.
    - ``spare_replicas``: machines beyond the need, for redundancy. They never
      count towards the confidence.
    - ``min_replicas``: replicas that serve each class of documents at least, spare ones not
      counted. In a mixed fleet each part has as many, as it has documents of its own.
    - ``spread_over``: no single provider, or region of one, carries all: with any one of them down
      the others keep every limit. None: one may carry all.
    - ``machine_availability``: share of the time that a machine runs.
    - ``max_utilization``: largest share of its capacity that a fleet may use in
      the busiest hour.
    - ``confidence``: how sure it must be that a fleet keeps every limit before
      it is recommended. Smaller fleets that the central forecast carries are
      listed too, with their probability.
    - ``measured_premium``: what rests on measurements of its kind is recommended
      up to this many times the cost of what is cheaper and as sure.
    - ``accept_extrapolated``: pay no such premium.
    - ``other_costs``, ``standard_costs``: costs beside the GPUs, the user's own and the
      standard ones by name; none by default.
    - ``spot_eviction_share``: share of the hours in which spot machines are taken back and the
      same ones on demand stand in for them.
    - ``minimum_billed_h``: hours that a machine is billed at least each time it is switched on,
      if ``pay_only_for_hours`` or ``follow_load``.
    - ``discount_rate``: what money costs in a year, for the present value of all years.
    - engine settings (``prefix_hit_share`` to ``text_only``): vLLM's
      defaults without shared prompts, as in the published measurements.
      ``max_model_len`` and ``max_num_seqs`` None: what the documents need.
      ``pipeline_parallel_size`` None: 1 where the GPUs of a replica can share
      every layer, else as few stages as it takes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="The article's case", max_length=200)
    documents_per_year: float = Field(
        default=defaults.DOCUMENTS_PER_YEAR, gt=0, le=MAX_DOCUMENTS_PER_YEAR, allow_inf_nan=False
    )
    input_tokens: int = Field(default=defaults.INPUT_TOKENS, gt=0, le=MAX_TOKENS)
    output_tokens: int = Field(default=defaults.OUTPUT_TOKENS, gt=0, le=MAX_TOKENS)
    input_spread: LengthSpread | None = None
    output_spread: LengthSpread | None = None
    class_name: str = Field(default="documents", min_length=1, max_length=200)
    classes: tuple[DocumentClass, ...] = Field(default=(), max_length=50)
    model: str = Field(default=defaults.MODEL, min_length=1, max_length=500)
    quantization: Quantization | None = None
    gpus: tuple[str, ...] = Field(default=(), max_length=MOST_GPUS)
    fleet: tuple[FleetPart, ...] = Field(default=(), max_length=20)
    budget_usd_per_year: float | None = Field(
        default=None, gt=0, le=MAX_BUDGET_USD, allow_inf_nan=False
    )
    latency_p50_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    latency_p99_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    ttft_p95_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    tpot_p95_ms: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    latency_p95_s: float | None = Field(
        default=None, gt=0, le=LARGEST_ANSWER_LIMIT, allow_inf_nan=False
    )
    peak_factor: float = Field(
        default=defaults.PEAK_FACTOR, ge=1, le=MAX_PEAK_FACTOR, allow_inf_nan=False
    )
    hours_per_week: float = Field(
        default=defaults.WORKING_HOURS_PER_WEEK,
        ge=1,
        le=HOURS_PER_WEEK,
        allow_inf_nan=False,
    )
    arrival_hours: DailyHours | None = None
    hour_profile: tuple[Relative, ...] = ()
    season: tuple[Relative, ...] = ()
    processing_hours_per_week: float | None = Field(
        default=None, ge=1, le=HOURS_PER_WEEK, allow_inf_nan=False
    )
    processing_hours: DailyHours | None = None
    done_within_h: float | None = Field(default=None, gt=0, le=HOURS_PER_WEEK, allow_inf_nan=False)
    growth_per_year: float = Field(
        default=defaults.GROWTH_PER_YEAR, ge=-0.9, le=10, allow_inf_nan=False
    )
    years: int = Field(default=defaults.YEARS, ge=1, le=5)
    volume_low: float | None = Field(
        default=None, gt=0, le=MAX_DOCUMENTS_PER_YEAR, allow_inf_nan=False
    )
    volume_high: float | None = Field(
        default=None, gt=0, le=MAX_DOCUMENTS_PER_YEAR, allow_inf_nan=False
    )
    volume_confidence: float = Field(
        default=defaults.VOLUME_CONFIDENCE, ge=0.5, le=0.99, allow_inf_nan=False
    )
    shortfall_usd_per_document: float | None = Field(
        default=None, ge=0, le=1e6, allow_inf_nan=False
    )
    terms: tuple[Terms, ...] = defaults.TERMS
    owned: tuple[OwnedHardware, ...] = Field(default=(), max_length=MOST_OWNED)
    include_marketplace: bool = defaults.INCLUDE_MARKETPLACE
    pay_only_for_hours: bool = defaults.PAY_ONLY_FOR_HOURS
    follow_load: bool = defaults.FOLLOW_LOAD
    spare_replicas: int = Field(default=defaults.SPARE_REPLICAS, ge=0, le=100)
    spread_over: defaults.Place | None = None
    min_replicas: int = Field(default=defaults.MIN_REPLICAS, ge=1, le=1000)
    confidence: float = Field(default=defaults.CONFIDENCE, ge=0.5, le=0.99, allow_inf_nan=False)
    measured_premium: float = Field(
        default=defaults.MEASURED_PREMIUM, ge=1, le=100, allow_inf_nan=False
    )
    accept_extrapolated: bool = defaults.ACCEPT_EXTRAPOLATED
    machine_availability: float = Field(
        default=defaults.MACHINE_AVAILABILITY, ge=0.5, le=1, allow_inf_nan=False
    )
    max_utilization: float = Field(
        default=defaults.MAX_UTILIZATION, ge=0.01, le=1, allow_inf_nan=False
    )
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
    max_num_seqs: int | None = Field(default=None, ge=1, le=MOST_SEQUENCES)
    max_model_len: int | None = Field(default=None, ge=1, le=MAX_TOKENS)
    enforce_eager: bool = False
    pipeline_parallel_size: int | None = Field(default=None, ge=1, le=MOST_PARALLEL)
    lora_adapters: int | None = Field(default=None, ge=1, le=MOST_ADAPTERS)
    lora_rank: int | None = Field(default=None, ge=min(RANKS), le=max(RANKS))
    text_only: bool = False
    other_costs: tuple[CostItem, ...] = Field(default=(), max_length=MOST_COST_ITEMS)
    standard_costs: tuple[StandardCost, ...] = ()
    spot_eviction_share: float = Field(
        default=defaults.SPOT_EVICTION_SHARE, ge=0, le=1, allow_inf_nan=False
    )
    minimum_billed_h: float = Field(
        default=defaults.MINIMUM_BILLED_H, ge=0, le=HOURS_PER_WEEK, allow_inf_nan=False
    )
    discount_rate: float = Field(default=defaults.DISCOUNT_RATE, ge=0, le=1, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _hours_not_stated(cls, values: Any) -> Any:
        """Days and observed hours state the hours a week, and these how busy the busiest is."""
        if not isinstance(values, dict):
            return values
        profile: Any = values.get("hour_profile")
        observed, daily = hours_with_arrivals(profile), hours_of_days(values.get("arrival_hours"))
        found: dict[str, float] = {} if daily is None else {"hours_per_week": daily}
        if observed is not None:
            busiest = max(profile) * observed / sum(profile)
            found = {"hours_per_week": observed, "peak_factor": max(1.0, busiest)}
        return found | values

    @field_validator("arrival_hours")
    @classmethod
    def _as_many_hours(cls, daily: DailyHours | None, info: ValidationInfo) -> DailyHours | None:
        stated = info.data.get("hours_per_week")
        if daily is None or stated is None:
            return daily
        if not math.isclose(daily.hours_per_week, stated, rel_tol=0.0, abs_tol=ROUNDED_HOURS):
            raise ValueError(
                f"these are {daily.hours_per_week:.6g} hours a week, and hours_per_week is "
                f"{stated:.6g}; leave hours_per_week out, or give the same number"
            )
        return daily

    @field_validator("hour_profile")
    @classmethod
    def _hours_as_stated(
        cls, profile: tuple[float, ...], info: ValidationInfo
    ) -> tuple[float, ...]:
        stated, found = info.data.get("hours_per_week"), hours_with_arrivals(profile)
        if found is not None and stated is not None and found != stated:
            raise ValueError(
                f"documents arrive in {found:g} of these hours, and hours_per_week is {stated:g}; "
                "leave hours_per_week out, or give the same number"
            )
        if found is not None and info.data.get("arrival_hours") is not None:
            raise ValueError("arrival_hours state the hours of arrival too; keep one of both")
        return profile

    @field_validator("hour_profile", "season")
    @classmethod
    def _one_for_each(cls, values: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        number, of = (12, "months") if info.field_name == "season" else (168, "hours of a week")
        if values and (len(values) != number or not any(values)):
            raise ValueError(f"it must be {number} numbers for the {of}, not all of them 0")
        return values

    @field_validator("volume_low", "volume_high")
    @classmethod
    def _around_the_expected(cls, value: float | None, info: ValidationInfo) -> float | None:
        expected = info.data.get("documents_per_year")
        if value is None or expected is None:
            return value
        if info.field_name == "volume_low" and value > expected:
            raise ValueError(f"it must be at most documents_per_year, {expected:,.15g}")
        if info.field_name == "volume_high" and value < expected:
            raise ValueError(f"it must be at least documents_per_year, {expected:,.15g}")
        return value

    @field_validator(*FOR_ONE_MODEL)
    @classmethod
    def _for_one_model(cls, value: Any, info: ValidationInfo) -> Any:
        models = models_taken(*(info.data.get(name) for name in _TAKEN))
        if value and models > 1:
            raise ValueError(
                f"{FOR_ONE_MODEL[info.field_name or '']}, and the classes take {models}: "
                f"leave {info.field_name} out, or make a scenario of the classes of each model"
            )
        return value

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, name) for name in type(self).model_fields))

    def __hash__(self) -> int:
        """The hash of all fields, found once: a plan looks its scenario up thousands of times."""
        return self._hash

    def __copy__(self) -> Scenario:
        copied = super().__copy__()
        copied.__dict__.pop("_hash", None)
        return copied

    def __getstate__(self) -> dict[Any, Any]:
        """Without the hash: those of strings differ from one process to the next."""
        state = super().__getstate__()
        fields = {name: value for name, value in state["__dict__"].items() if name != "_hash"}
        return state | {"__dict__": fields}
