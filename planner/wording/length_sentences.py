"""What a plan assumes of the lengths of documents, and what happens to the longest."""

from __future__ import annotations

from planner.fleet import scenario_defaults as defaults
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.wording.formatting import count, percent
from planner.workload.length_distribution import LengthDistribution

WORTH_TELLING = 0.0015
"""Share of documents that do not fit. One in a thousand is what the length is chosen for."""


def too_long_sentence(option: Option) -> str | None:
    """What happens to documents that do not fit; None if nearly all fit."""
    item = option.fleet[0]
    if item.max_model_len is None or item.share_too_long < WORTH_TELLING:
        return None
    return (
        f"With their answers, {percent(item.share_too_long)} of the documents are longer than "
        f"{count(item.max_model_len)} tokens, and vLLM refuses them. Shorten or split them; this "
        "plan counts them as cut to that length."
    )


def length_sentences(scenario: Scenario) -> tuple[str, ...]:
    """One sentence for each class: how its lengths vary, and why."""
    return tuple(
        (f"{work.name}: " if scenario.classes else "")
        + f"prompts {_range(work.inputs)}; answers {_range(work.outputs)}"
        + (f"; spread as in the {defaults.SPREAD_SOURCE}" if work.default_spread else "")
        for work in classes_of(scenario)
    )


def _range(lengths: LengthDistribution) -> str:
    if lengths.is_fixed:
        return f"all of {count(round(lengths.mean))} tokens"
    median, p95 = (count(round(lengths.quantile(p))) for p in (0.5, 0.95))
    return f"mean {count(round(lengths.mean))}, median {median}, p95 {p95} tokens"
