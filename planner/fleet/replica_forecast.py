"""What one replica of a candidate does with the scenario's documents, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from planner.fleet.candidates import MAX_PARALLEL_REQUESTS, Candidate, with_more_requests
from planner.fleet.scenario_work import Requests
from planner.forecast.curve import Curve
from planner.forecast.evidence import Evidence
from planner.forecast.forecaster import Forecaster
from planner.forecast.pace import ENOUGH_OF_THE_BEST, Pace, best_pace
from planner.forecast.provenance import Provenance
from planner.forecast.setting_figures import SettingEffect
from planner.physics.first_token_time import prompt_s, undisturbed_ttft_s
from planner.physics.terms import by_cause
from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import keeps_prompts_apart
from planner.vllm.serve_command import vllm_command
from planner.workload.request_mix import RequestMix

_MOST_KEPT = 20_000  # a bound on a long-lived server's memory: one is at most 10 kB


@dataclass(frozen=True, slots=True)
class ReplicaForecast:
    """A replica at its best concurrency, where its time goes, and what the forecast rests on.

    ``limited_by_memory`` if no more requests fit into the KV cache.
    """

    deployment: Deployment
    pace: Pace
    seconds_by_cause: dict[str, float]
    limited_by_memory: bool
    settings: tuple[SettingEffect, ...]
    evidence: Evidence
    provenance: Provenance
    vllm_command: tuple[str, ...]


_kept: WeakKeyDictionary[Forecaster, dict[tuple[Deployment, RequestMix], ReplicaForecast]] = (
    WeakKeyDictionary()
)


def forecast_replica(
    forecaster: Forecaster, candidate: Candidate, requests: Requests
) -> ReplicaForecast:
    """The forecast of a candidate's replica, cached: a plan is made again for every remedy."""
    known = _kept.setdefault(forecaster, {})
    key = candidate.deployment, requests.mix
    if key not in known:
        if len(known) >= _MOST_KEPT:
            known.clear()
        known[key] = _forecast(forecaster, candidate, requests)
    return known[key]


def _forecast(forecaster: Forecaster, candidate: Candidate, requests: Requests) -> ReplicaForecast:
    mix = requests.mix
    deployment, curve, pace = _fast_enough(forecaster, candidate.deployment, mix)
    most = deployment.engine.max_num_seqs or MAX_PARALLEL_REQUESTS
    return ReplicaForecast(
        deployment=deployment,
        pace=_with_prompts(pace, curve, deployment, requests),
        seconds_by_cause=by_cause(curve.terms_s[pace.concurrency - 1]),
        limited_by_memory=pace.concurrency == len(curve.concurrency) < most,
        settings=forecaster.settings(
            deployment, mix.input_tokens, mix.output_tokens, pace.concurrency
        ),
        evidence=forecaster.evidence(deployment),
        provenance=forecaster.provenance(deployment),
        vllm_command=vllm_command(deployment, pace.concurrency, candidate.compatibility.flags),
    )


def _with_prompts(pace: Pace, curve: Curve, deployment: Deployment, requests: Requests) -> Pace:
    """The pace with what its prompts take, and with the spread of the lengths."""
    apart = keeps_prompts_apart(deployment)
    outputs = requests.mix.output_tokens
    at_best = curve.terms_s[pace.concurrency - 1], float(pace.concurrency), outputs, apart
    prompt = prompt_s(*at_best)
    return replace(
        pace,
        prompt_s=prompt,
        pass_s=max(undisturbed_ttft_s(*at_best) - prompt, 0.0),
        output_tokens=outputs,
        inputs=requests.inputs,
        outputs=requests.outputs,
    )


def _fast_enough(
    forecaster: Forecaster, deployment: Deployment, mix: RequestMix
) -> tuple[Deployment, Curve, Pace]:
    """The deployment, with more parallel requests than usual if that is noticeably faster."""
    curve = forecaster.full_curve(deployment, mix)
    pace = best_pace(curve.seconds, curve.log_sd)
    if (deployment.engine.max_num_seqs, len(curve.concurrency)) != (MAX_PARALLEL_REQUESTS,) * 2:
        return deployment, curve, pace
    larger = with_more_requests(deployment)
    if larger is None:
        return deployment, curve, pace
    longer = forecaster.full_curve(larger, mix)
    faster = best_pace(longer.seconds, longer.log_sd)
    if pace.requests_per_s >= ENOUGH_OF_THE_BEST * faster.requests_per_s:
        return deployment, curve, pace
    return larger, longer, faster
