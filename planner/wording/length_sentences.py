"""What a plan assumes of the lengths of documents, and what happens to the longest."""

from __future__ import annotations

from collections.abc import Iterator

from planner.fleet import scenario_defaults as defaults
from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import ClassWork, classes_of
from planner.wording.formatting import count, percent, seconds, significant, weights
from planner.wording.model_fleet_sentences import model_names
from planner.workload.document_class import Targets
from planner.workload.length_distribution import LengthDistribution

WORTH_TELLING = 0.0015
"""Share of documents that do not fit. One in a thousand is what the length is chosen for."""


def too_long_sentence(option: Option) -> str | None:
    """What happens to documents that do not fit; None if nearly all fit."""
    if option.of_models:
        of_each = zip(model_names(option), option.of_models, strict=True)
        texts = ((name, too_long_sentence(one)) for name, one in of_each)
        said = [f"{name}: {text}" for name, text in texts if text is not None]
        return " ".join(said) or None
    item = option.fleet[0]
    if item.max_model_len is None or item.share_too_long < WORTH_TELLING:
        return None
    return (
        f"With their answers, {percent(item.share_too_long)} of the documents are longer than "
        f"{count(item.max_model_len)} tokens, and vLLM refuses them. Shorten or split them; this "
        "plan counts them as cut to that length."
    )


def length_sentences(scenario: Scenario) -> tuple[str, ...]:
    """One sentence for each class: its number and limits if there are several, how its lengths
    vary, and why.
    """
    return tuple(
        (f"{work.name}, {count(work.documents_per_year)} a year: " if scenario.classes else "")
        + f"prompts {_range(work.inputs)}; answers {_range(work.outputs)}"
        + _model(work, scenario)
        + (f"; spread as in the {defaults.SPREAD_SOURCE}" if work.default_spread else "")
        + ("".join(f"; {limit}" for limit in _limits(work.targets)) if scenario.classes else "")
        for work in classes_of(scenario)
    )


def _model(work: ClassWork, scenario: Scenario) -> str:
    """The model and the weights of a class as far as they are not the scenario's."""
    own = [] if work.model == scenario.model else [f"on {work.model}"]
    if work.quantization != scenario.quantization and work.quantization is not None:
        own.append(f"{weights(work.quantization)} weights")
    return "".join(f"; {one}" for one in own)


def _limits(targets: Targets) -> Iterator[str]:
    answers = (
        ("50 %", targets.e2e_p50_s),
        ("95 %", targets.e2e_p95_s),
        ("99 %", targets.e2e_p99_s),
    )
    for share, limit_s in answers:
        if limit_s is not None:
            yield f"{share} of answers within {seconds(limit_s)}"
    if targets.ttft_p95_s is not None:
        yield f"95 % of first tokens within {seconds(targets.ttft_p95_s)}"
    if targets.tpot_p95_ms is not None:
        yield f"95 % within {significant(targets.tpot_p95_ms)} ms a token"
    if targets.done_within_h is not None:
        yield f"done within {significant(targets.done_within_h)} h"


def _range(lengths: LengthDistribution) -> str:
    if lengths.is_fixed:
        return f"all of {count(round(lengths.mean))} tokens"
    median, p95 = (count(round(lengths.quantile(p))) for p in (0.5, 0.95))
    return f"mean {count(round(lengths.mean))}, median {median}, p95 {p95} tokens"
