"""The answer of a plan in sentences."""

from __future__ import annotations

from planner.catalog.gpu import gpu_group
from planner.fleet.bottleneck import BindingLimit
from planner.fleet.plan import NoPriceOffer, Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Shortfall
from planner.fleet.shortfalls import shortfalls
from planner.wording.formatting import (
    LIMIT_NAME,
    counted,
    large,
    low_to_high,
    percent,
    probability,
    usd,
)

_BOTTLENECK: dict[BindingLimit, str] = {
    "prefill": "Prompt processing is the bottleneck. Faster arithmetic, shorter prompts or prefix "
    "caching would help; more than {requests} would not.",
    "weights": "Reading the model's weights is the bottleneck. A smaller or quantized model, or a "
    "GPU with more bandwidth, would help.",
    "kv_cache": "Reading the KV cache is the bottleneck. A GPU with more bandwidth, an FP8 KV "
    "cache or shorter documents would help.",
    "decode": "Decode arithmetic is the bottleneck. A GPU with faster arithmetic would help.",
    "overhead": "The engine's overhead per step is the bottleneck. A newer engine version or more "
    "parallel requests would help more than a faster GPU.",
    "kv_capacity": "Memory is the bottleneck. The KV cache holds only {requests}; more memory per "
    "replica or a quantized model would let more run at once.",
    "latency": "The answer time sets the number of replicas. Fewer could process the volume, but "
    "not answer in time in the busiest hour.",
}


def configuration(option: Option) -> str:
    """The fleet in words, ``2 x A100 80GB`` or ``3 replicas of 2 x L4``."""
    parts = []
    for item in option.fleet:
        if item.gpu_count == 1:
            parts.append(gpu_group(item.replicas, item.gpu))
        else:
            parts.append(
                f"{counted(item.replicas, 'replica')} of {gpu_group(item.gpu_count, item.gpu)}"
            )
    return " + ".join(parts)


def describe(option: Option) -> str:
    """Configuration, yearly cost and probability, in one phrase."""
    return (
        f"{configuration(option)} at {usd(option.cost_usd_per_year)} a year, "
        f"{probability(option.probability_meets_volume)} sure to keep up"
    )


def headline(plan: Plan) -> str:
    """The answer in one sentence, without its full stop."""
    if plan.recommended is not None:
        return describe(plan.recommended)
    if plan.options:
        return "No configuration meets every limit"
    return nothing_runs(plan)


def nothing_runs(plan: Plan) -> str:
    """Why there is no option at all: no prices, or no GPU that can run the model."""
    if all(isinstance(entry.why, NoPriceOffer) for entry in plan.infeasible):
        return "None of the GPUs considered has a current price offer on these terms"
    return "None of the GPUs considered can run this model"


def details(plan: Plan) -> str:
    """The sentences that go with the headline."""
    best = plan.recommended
    if best is None:
        if not plan.options:
            return "The reasons are listed below."
        return f"The closest is {describe(plan.options[0])}."
    capacity = best.capacity_documents_per_year
    sentences = [
        f"It can process about {large(capacity.value)} such documents a year "
        f"({low_to_high(capacity)}); its utilization is {percent(best.utilization)}.",
        bottleneck_sentence(best),
    ]
    if lacking := shortfall_phrases(plan.scenario, shortfalls(plan.scenario, best)):
        sentences.insert(0, f"It falls short of what was asked for: {lacking}.")
    return " ".join(sentences)


def explain(plan: Plan) -> str:
    """Headline and details as one paragraph."""
    return f"{headline(plan)}. {details(plan)}"


def shortfall_phrases(scenario: Scenario, lacking: tuple[Shortfall, ...]) -> str:
    """What a configuration within every limit still lacks; empty if nothing."""
    phrases: dict[Shortfall, str] = {
        "unsure": f"it is less than {percent(scenario.confidence)} sure to keep up",
        "unmeasured": "nobody has measured this GPU with these weights",
    }
    return " and ".join(phrases[shortfall] for shortfall in lacking)


def recommendation_label(plan: Plan, best: Option) -> str:
    """``Recommended``, or that the recommended option is only the closest to what was asked."""
    return "Closest to what was asked" if shortfalls(plan.scenario, best) else "Recommended"


def verdict_of(scenario: Scenario, option: Option) -> str:
    """The limits that a configuration misses, else what it lacks, in a few words."""
    if option.obstacles:
        return f"misses {' and '.join(LIMIT_NAME[limit] for limit in option.obstacles)}"
    words: dict[Shortfall, str] = {"unsure": "not sure enough", "unmeasured": "not measured"}
    return next((words[lack] for lack in shortfalls(scenario, option)), "meets all limits")


def bottleneck_sentence(option: Option) -> str:
    """What limits the configuration, and what would speed it up."""
    requests = counted(option.fleet[0].concurrency, "parallel request")
    return _BOTTLENECK[option.binding_limit].format(requests=requests)
