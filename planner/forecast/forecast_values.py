"""Forecast figures with their 90 % interval and their basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.forecast.answer_times import AnswerTimes, Arrivals
from planner.forecast.own_runs import OwnRun
from planner.forecast.provenance import Provenance
from planner.forecast.setting_figures import SettingEffect

Basis = Literal["measured", "calibrated", "reference", "extrapolated"]
BASES: tuple[Basis, ...] = ("measured", "calibrated", "reference", "extrapolated")


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its nominal 90 % interval, in the unit of the field that holds it."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """Throughput and answer times of one replica at a load point.

    ``basis``: *measured* at this very load point on this deployment,
    *calibrated* from this user's measurements of the deployment, *reference*
    from published measurements of this card with this quantization,
    *extrapolated* from the datasheet and from other cards or quantizations.
    ``seconds_per_request`` splits the replica's seconds per request (1 /
    throughput) by cause: prefill, weights, kv_cache, decode, overhead.
    ``effective_concurrency`` is the number of requests that really run together: the
    requested concurrency, limited by max_num_seqs and by the KV cache.
    ``answer_times`` are the percentiles over requests of the central forecast.
    ``settings`` are the engine settings that are not at their defaults. ``own_runs`` are the
    user's runs of this deployment, the one that speaks first. ``provenance`` says what the
    published measurements share with the deployment.
    """

    output_tokens_per_s: Interval
    requests_per_s: Interval
    e2e_s_mean: Interval
    ttft_s_mean: Interval
    tpot_ms_mean: Interval
    basis: Basis
    seconds_per_request: dict[str, float]
    effective_concurrency: float
    sources: tuple[str, ...]
    model_version: str
    answer_times: AnswerTimes
    settings: tuple[SettingEffect, ...] = ()
    own_runs: tuple[OwnRun, ...] = ()
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class ArrivalForecast:
    """Answer times of random arrivals, at the central speed and at both ends of its interval.

    ``times`` is None for a speed that cannot carry the load: answers then take longer and
    longer.
    """

    value: Arrivals
    fast: Arrivals
    slow: Arrivals
