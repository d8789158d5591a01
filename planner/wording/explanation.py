"""The answer of a plan in sentences."""

from __future__ import annotations

from planner.fleet.plan import Option, Plan
from planner.fleet.refusals import NoMachineSoLarge, NoPriceOffer, RefusedByVllm, TooFewOwned
from planner.forecast.bottleneck import BindingLimit
from planner.wording.backlog_sentence import backlog_sentence
from planner.wording.formatting import (
    LEAST_SHARE,
    LIMIT_NAME,
    capitalized,
    counted,
    large,
    low_to_high,
    percent,
    probability,
    usd,
)
from planner.wording.growth_sentence import growth_sentence
from planner.wording.hosted_sentences import hosted_first, hosted_sentences
from planner.wording.length_sentences import too_long_sentence
from planner.wording.mix_sentence import mix_sentence
from planner.wording.model_fleet_sentences import machines, model_fleet_sentences, model_names
from planner.wording.target_sentences import target_sentences
from planner.wording.why_not import own_hardware_sentences, reason_of
from planner.wording.year_sentences import year_sentences

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

NOT_MEASURED = "not measured"
"""The verdict of an option that meets every limit, and whose kind nobody has measured."""


def configuration(option: Option) -> str:
    """The fleet in words, ``2 x A100 80GB`` or ``3 replicas of 2 x L4``."""
    return machines(option.fleet)


def quantizations(option: Option) -> str:
    """The quantization of the fleet, or those of its parts (``awq and none``)."""
    return " and ".join(dict.fromkeys(item.quantization for item in option.fleet))


def sureness(option: Option) -> str:
    """How sure it is to keep up, and to answer in time if the scenario asks that."""
    found = option.probability
    what = "to keep up" if found.latency is None else "to keep up and answer in time"
    return f"{probability(found.work)} sure {what}"


def describe(option: Option) -> str:
    """Configuration, yearly cost and probability, in one phrase."""
    return f"{configuration(option)} at {usd(option.cost_usd_per_year)} a year, {sureness(option)}"


def headline(plan: Plan) -> str:
    """The answer in one sentence, without its full stop."""
    if plan.recommended is not None:
        enough = "Your fleet is enough: " if plan.scenario.fleet else ""
        return f"{enough}{describe(plan.recommended)}"
    if plan.nearest is not None and plan.scenario.fleet:
        return f"Your fleet is not enough: {describe(plan.nearest)}"
    if plan.options:
        return "No configuration meets every limit"
    return nothing_runs(plan)


def nothing_runs(plan: Plan) -> str:
    """Why there is no option at all: no prices, or no GPU that can run the model."""
    if all(isinstance(entry.why, NoPriceOffer) for entry in plan.infeasible):
        return "None of the GPUs considered has a current price offer on these terms"
    if all(isinstance(entry.why, NoPriceOffer | TooFewOwned) for entry in plan.infeasible):
        return "Too few machines are owned, and no others are considered"
    if all(isinstance(entry.why, NoPriceOffer | NoMachineSoLarge) for entry in plan.infeasible):
        return "No machine on offer has as many GPUs as a replica takes"
    if any(entry.asked is not None for entry in plan.infeasible):
        return "Not every model can run on one of the GPUs considered"
    return "None of the GPUs considered can run this model"


def details(plan: Plan) -> str:
    """The sentences that go with the headline."""
    return " ".join(_details(plan))


def _details(plan: Plan) -> tuple[str, ...]:
    best = plan.recommended
    if best is None:
        closest = None if plan.nearest is None else _closest(plan, plan.nearest)
        why = closest or _shared_refusal(plan) or "The reasons are listed below."
        own = own_hardware_sentences(plan)
        return tuple(filter(None, (why, *own, hosted_sentences(plan))))
    beside = filter(None, (mix_sentence(plan), hosted_sentences(plan)))
    return (*paragraphs(plan, best), *beside)


def _closest(plan: Plan, option: Option) -> str:
    if plan.scenario.fleet:
        return f"{capitalized(reason_of(plan.scenario, option) or '')}."
    return " ".join((f"The closest is {describe(option)}.", *model_fleet_sentences(option)))


def paragraphs(plan: Plan, best: Option) -> tuple[str, ...]:
    """What to measure, what the recommended option can do, and what may come in its way."""
    risks = (
        *own_hardware_sentences(plan),
        machine_down_sentence(best),
        *place_down_sentences(plan, best),
        *target_sentences(plan),
        *filter(
            None,
            (backlog_sentence(plan.scenario, best), too_long_sentence(best), growth_sentence(plan)),
        ),
        *year_sentences(plan),
    )
    fleets = " ".join(model_fleet_sentences(best))
    does = f"{_capacity_sentence(best)} {bottleneck_sentence(best)}"
    return (*filter(None, (fleets,)), *measure_first(plan), does, " ".join(risks))


def _capacity_sentence(option: Option) -> str:
    """How much it can process, and how much of that it has to."""
    capacity = option.capacity_documents_per_year
    volume = f"{large(capacity.value)} such documents a year ({low_to_high(capacity)})"
    used = percent(option.utilization)
    if option.of_models:
        return (
            f"Together they can process about {volume}; the utilization of the fullest is {used}."
        )
    return f"It can process about {volume}; its utilization is {used}."


def _shared_refusal(plan: Plan) -> str | None:
    """The reason that vLLM refuses each GPU for, and what would run instead; None if they differ.

    GPUs without a price are left out: they would be refused for the same reason.
    """
    tried = [e.why for e in plan.infeasible if not isinstance(e.why, NoPriceOffer)]
    refused = [why for why in tried if isinstance(why, RefusedByVllm)]
    if len(refused) < 2 or len(refused) < len(tried):
        return None
    shared = [r for r in refused[0].reasons if all(r in why.reasons for why in refused)]
    if not shared:
        return None
    instead = next((why.instead for why in refused if list(why.reasons) == shared), None)
    return " ".join(shared) + (f" What would help: {instead}." if instead else "")


def explain(plan: Plan) -> str:
    """The whole answer as one paragraph."""
    return " ".join(answer_paragraphs(plan))


def answer_paragraphs(plan: Plan) -> tuple[str, ...]:
    """Headline and details; an API that is far cheaper stands before them."""
    return tuple(filter(None, (hosted_first(plan), f"{headline(plan)}.", *_details(plan))))


def measure_first(plan: Plan) -> tuple[str, ...]:
    """What a measurement would decide, if something cheaper or measured is passed over."""
    best = plan.recommended
    if best is None or not (best.is_measured or plan.scenario.accept_extrapolated):
        return () if best is None else (_unmeasured(best, plan.cheapest_measured),)
    if plan.cheapest_sure is None:
        return ()
    cheaper = plan.cheapest_sure
    return (
        f"{configuration(cheaper)} would cost {_less(best, cheaper)} less, but nobody has measured "
        f"its kind. {_decides(cheaper)}, it is enough.",
    )


def _unmeasured(best: Option, measured: Option | None) -> str:
    first = "Measure first: nobody has measured this GPU with such a model and these weights"
    if best.of_models:
        kinds = (f"{one.fleet[0].gpu} with {name}" for name, one in _unmeasured_of(best))
        first = f"Measure first: nobody has measured {' or '.join(kinds)} or the like"
    if measured is None:
        return f"{first}. {_decides(best)}, it is enough."
    return (
        f"{first}. {_decides(best)}, it is enough; if not, take {configuration(measured)} at "
        f"{usd(measured.cost_usd_per_year)}, the cheapest that was measured."
    )


def _less(dear: Option, cheap: Option) -> str:
    return usd(dear.cost_usd_per_year - cheap.cost_usd_per_year)


def _decides(option: Option) -> str:
    speeds = [
        f"{percent(max(one.least_speed_share, LEAST_SHARE))} of the forecast speed"
        + (f" of {name}" if option.of_models else "")
        for name, one in _unmeasured_of(option)
    ]
    return f"If ten minutes of planner calibrate measure at least {' and '.join(speeds)}"


def _unmeasured_of(option: Option) -> list[tuple[str, Option]]:
    """The models that nobody has measured with their fleets; all if each was measured."""
    if not option.of_models:
        return [(option.fleet[0].model, option)]
    fleets = list(zip(model_names(option), option.of_models, strict=True))
    return [(name, one) for name, one in fleets if not one.is_measured] or fleets


def machine_down_sentence(option: Option) -> str:
    """How sure the fleet is with machines down, and how often all that it needs are up."""
    spares = sum(item.price_offer.machines_in(item.spare_instances) for item in option.fleet)
    number = sum(item.price_offer.machines_in(item.instances) for item in option.fleet)
    if number == 1:
        return f"Its one machine runs {_time(option)} of the time; nothing runs while it is down."
    left = probability(option.probability_one_down.work)
    if spares == 0:
        its, it = ("Their", "the whole") if option.of_models else ("Its", "it")
        return (
            f"{its} {number} machines all run {_time(option)} of the time; with one down {it} "
            f"is {left} sure."
        )
    down = "its spare machine" if spares == 1 else f"its {spares} spare machines"
    return (
        f"With {down} down it is {left} sure; the machines that it needs run "
        f"{_time(option)} of the time."
    )


def place_down_sentences(plan: Plan, option: Option) -> tuple[str, ...]:
    """How sure the fleet is with a provider or region down; empty if it is not to be spread."""
    if option.probability_place_down is None:
        return ()
    left = probability(option.probability_place_down.work)
    return (f"With any one {plan.scenario.spread_over} down it is {left} sure.",)


def _time(option: Option) -> str:
    """The share of the time that all needed machines run, to a hundredth of a percent."""
    if option.availability > 0.9999:
        return "over 99.99 %"
    return f"{100 * option.availability:.2f}".rstrip("0").rstrip(".") + " %"


def recommendation_label(plan: Plan, best: Option) -> str:
    """``Recommended``, and that it should be measured first if nobody has measured its kind."""
    label = "Your fleet is enough" if plan.scenario.fleet else "Recommended"
    if best.is_measured or plan.scenario.accept_extrapolated:
        return label
    return f"{label}, measure first"


def verdict_of(plan: Plan, option: Option) -> str:
    """Recommended, or the limits that a configuration misses, or what it lacks, in a few words.

    A fleet that is only judged is not recommended.
    """
    if option is plan.recommended and not plan.scenario.fleet:
        return "recommended"
    if option.is_unsure:
        return "not sure enough"
    if option.obstacles:
        return f"misses {' and '.join(LIMIT_NAME[limit] for limit in option.obstacles)}"
    if not option.is_measured and not plan.scenario.accept_extrapolated:
        return NOT_MEASURED
    return "meets all limits"


def bottleneck_sentence(option: Option) -> str:
    """The bottleneck of the configuration, or of each model of it, and what would speed it up."""
    if option.of_models:
        named = zip(model_names(option), option.of_models, strict=True)
        return " ".join(f"{name}: {bottleneck_sentence(one)}" for name, one in named)
    requests = counted(option.fleet[0].concurrency, "parallel request")
    return _BOTTLENECK[option.binding_limit].format(requests=requests)
