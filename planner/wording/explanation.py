"""Why: the sentences that go with a plan, for people who do not read tables."""

from __future__ import annotations

from collections.abc import Sequence

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.shortfalls import Shortfall, shortfalls
from planner.fleet.sizing import Pace, replicas_for_volume
from planner.fleet.workload import Load
from planner.queueing.birth_death import Sojourn
from planner.wording.formatting import large, percent, probability, seconds, usd

_PACE_SENTENCE: dict[str, str] = {
    "prefill": "Prompt processing sets the pace: a card with faster arithmetic, shorter prompts or "
    "prefix caching help; more parallel requests than {concurrency} add nothing.",
    "weights": "Reading the model's weights sets the pace: a smaller or quantized model, or a card "
    "with more bandwidth help.",
    "kv_cache": "Reading the KV cache sets the pace: a card with more bandwidth, an FP8 KV cache "
    "or shorter documents help.",
    "decode": "Decode arithmetic sets the pace: a card with faster arithmetic helps.",
    "overhead": "The engine's overhead per step sets the pace: a newer engine version and more "
    "parallel requests help more than a faster card.",
    "kv_capacity": "Memory sets the pace: only {concurrency} documents fit in the KV cache "
    "together; more memory per replica, or a quantized model, lets more run at once.",
    "latency": "The answer time sets the size: fewer replicas would carry the volume, but not "
    "answer in time in the busiest hour.",
}


def binding_limit(
    seconds_by_cause: dict[str, float],
    limited_by_memory: bool,
    scenario: Scenario,
    replicas: int,
    pace: Pace,
    load: Load,
) -> str:
    """What sets the size: the answer time, the memory, or the cause of most seconds per request."""
    for_volume = replicas_for_volume(pace, load.busiest_per_s, scenario.confidence)
    if scenario.latency_p95_s is not None and replicas - scenario.spare_replicas > for_volume:
        return "latency"
    if limited_by_memory and seconds_by_cause["prefill"] < 0.5 * sum(seconds_by_cause.values()):
        return "kv_capacity"
    return max(seconds_by_cause, key=lambda cause: seconds_by_cause[cause])


def configuration(option: Option) -> str:
    """The fleet in words, ``2 x A100 80GB`` or ``3 replicas of 2 x L4``."""
    parts = []
    for item in option.fleet:
        if item.gpu_count == 1:
            parts.append(f"{item.replicas} x {item.gpu}")
        else:
            noun = "replica" if item.replicas == 1 else "replicas"
            parts.append(f"{item.replicas} {noun} of {item.gpu_count} x {item.gpu}")
    return " + ".join(parts)


def explain(scenario: Scenario, recommended: Option | None, options: Sequence[Option]) -> str:
    """The answer in three sentences."""
    if recommended is None:
        if not options:
            return "None of the cards considered can run this model; the reasons are listed below."
        return f"Nothing here meets every limit. The nearest: {describe(options[0])}."
    kept = unmet(scenario, recommended)
    nearest = f" Nothing here is all that was asked for: {' and '.join(kept)}." if kept else ""
    return (
        f"{describe(recommended)}.{nearest} It can read about "
        f"{large(recommended.capacity_documents_per_year.value)} such documents a year "
        f"({large(recommended.capacity_documents_per_year.low)} to "
        f"{large(recommended.capacity_documents_per_year.high)}) and is "
        f"{percent(recommended.utilization)} busy. {pace_sentence(recommended)}"
    )


def unmet(scenario: Scenario, option: Option) -> tuple[str, ...]:
    """What a configuration within every limit still lacks of what a recommendation should be."""
    words: dict[Shortfall, str] = {
        "unsure": f"it is less than {percent(scenario.confidence)} sure to keep up",
        "unmeasured": "nobody has measured this card with these weights",
    }
    return tuple(words[shortfall] for shortfall in shortfalls(scenario, option))


def verdict_of(scenario: Scenario, option: Option) -> str:
    """Which limits a configuration misses, else what it lacks, in a few words."""
    if not option.meets.all:
        return f"misses {' and '.join(option.obstacles)}"
    words: dict[Shortfall, str] = {"unsure": "not sure enough", "unmeasured": "not measured"}
    return next((words[lack] for lack in shortfalls(scenario, option)), "meets all limits")


def describe(option: Option) -> str:
    """Configuration, yearly cost and probability, in one phrase."""
    return (
        f"{configuration(option)} at {usd(option.cost_usd_per_year)} a year, "
        f"{probability(option.probability_meets_volume)} sure to keep up"
    )


def pace_sentence(option: Option) -> str:
    """What binds, and what that means for the next dollar."""
    return _PACE_SENTENCE[option.binding_limit].format(concurrency=option.fleet[0].concurrency)


def obstacle_reason(
    scenario: Scenario,
    obstacles: Sequence[str],
    cost_usd_per_year: float,
    answer_time: Sojourn,
    pace: Pace,
) -> tuple[str | None, str | None]:
    """Which limits an option misses, and what would lift them; (None, None) if it misses none."""
    reasons, remedies = [], []
    if "volume" in obstacles:
        reasons.append("volume: it cannot keep up with the documents")
        remedies.append("more replicas")
    if "latency" in obstacles and scenario.latency_p95_s is not None:
        reason, remedy = _latency_reason(scenario.latency_p95_s, answer_time, pace)
        reasons.append(reason)
        remedies.append(remedy)
    if "budget" in obstacles and scenario.budget_usd_per_year is not None:
        budget = scenario.budget_usd_per_year
        reasons.append(
            f"budget: costs {usd(cost_usd_per_year)} a year, "
            f"{usd(cost_usd_per_year - budget)} over the budget of {usd(budget)}"
        )
        remedies.append(f"a budget of {usd(cost_usd_per_year)}")
    if not reasons:
        return None, None
    return "; ".join(reasons), " and ".join(remedies)


def _latency_reason(limit_s: float, answer_time: Sojourn, pace: Pace) -> tuple[str, str]:
    alone = float(pace.seconds_by_concurrency[0])
    if alone > limit_s:
        return (
            f"latency: even alone, a document takes {seconds(alone)}, over the limit of "
            f"{seconds(limit_s)}",
            f"a latency limit above {seconds(alone)}, or shorter documents",
        )
    if answer_time.p95_s is None:
        return "latency: documents queue up without end in the busiest hour", "more replicas"
    return (
        f"latency: 95 % of answers within {seconds(answer_time.p95_s)} in the busiest hour, over "
        f"the limit of {seconds(limit_s)}",
        f"a latency limit of {seconds(answer_time.p95_s)}",
    )
