"""Scenario -> Plan: the entry point for the command line, the app and the report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec
from planner.errors import InputError
from planner.fleet.answer_targets import TargetKept
from planner.fleet.busiest_hour import deadline_h, may_wait
from planner.fleet.candidates import Candidate, candidates, context_limit, gpus_considered
from planner.fleet.costs import following_load
from planner.fleet.growth import growth_of, sized_of
from planner.fleet.levers import levers
from planner.fleet.option_of_fleet import SizedFleet, fleet_of, option_of
from planner.fleet.plan import Infeasible, MissesLimits, Option, Plan
from planner.fleet.recommendation import (
    Recommendation,
    rank,
    recommend,
    without_needless_splits,
)
from planner.fleet.remedies import remedies
from planner.fleet.replanning import quick_recommendation
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of, context_needed, requests_of_year
from planner.fleet.sized_candidate import SizedCandidate, machines_to_compare, size
from planner.fleet.targets_kept import targets_kept
from planner.forecast.forecaster import Forecaster
from planner.money.follow_with_provider import FollowingLoad
from planner.money.hosted_alternative import Hosted, hosted_alternatives

SCHEMA_VERSION = 2

HOURS_OF_A_BATCH = 24.0
"""Within which hosted APIs answer a batch, says OpenAI's price page; others say the same."""


def make_plan(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog, *, is_part: bool = False
) -> Plan:
    """All configurations for a scenario, ranked (see ``Plan``).

    A plan that is a part of another has no levers and remedies: they are of all together.
    Raises InputError for an unknown model or GPU, and for documents beyond the
    model's context.
    """
    sized, refused = sized_candidates(scenario, forecaster, catalog)
    options = sorted(_options(scenario, sized), key=rank)
    best = recommend(scenario, options)

    def replan(other: Scenario) -> Recommendation:
        return recommendation_for(other, forecaster, catalog)

    ahead = growth_of(scenario, forecaster, sized, best.chosen)
    return Plan(
        schema_version=SCHEMA_VERSION,
        scenario=scenario,
        model_version=forecaster.model_version,
        recommended=best.chosen,
        options=tuple(options),
        infeasible=(*refused, *_gpus_without_feasible_option(options)),
        remedies=() if best.chosen or is_part else remedies(scenario, sized, replan),
        cheapest_sure=best.cheapest_sure,
        cheapest_measured=best.cheapest_measured,
        years=ahead.years,
        next_machine_month=ahead.next_machine_month,
        present_value_usd=ahead.present_value_usd,
        following_load=_following_load(scenario, best.chosen, catalog),
        targets=_targets(scenario, sized, best.chosen),
        levers=() if best.chosen is None or is_part else levers(scenario, best.chosen, replan),
        hosted=hosted_for(scenario, catalog),
    )


def recommendation_for(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog
) -> Recommendation:
    """What ``make_plan`` recommends, without the options that it is weighed against.

    ``cheapest_measured`` is None here if it is not within the premium.
    """
    runnable, _ = _candidates(scenario, catalog)
    return quick_recommendation(scenario, runnable, partial(size, scenario, forecaster))


def hosted_for(scenario: Scenario, catalog: Catalog) -> tuple[Hosted, ...]:
    """Hosted APIs for the scenario's documents, the cheapest first."""
    model = catalog.model(scenario.model)
    deadline = deadline_h(scenario) if may_wait(scenario) else None
    return hosted_alternatives(
        catalog,
        model,
        requests_of_year(scenario),
        min(context_needed(scenario), context_limit(scenario, model)),
        may_take_a_day=deadline is not None and deadline >= HOURS_OF_A_BATCH,
    )


def _targets(
    scenario: Scenario, sized: Sequence[SizedCandidate], recommended: Option | None
) -> tuple[TargetKept, ...]:
    one = None if recommended is None else sized_of(recommended, sized)
    if recommended is None or one is None:
        return ()
    item = recommended.fleet[0]
    if item.max_model_len is None:
        return ()
    return targets_kept(scenario, one, item.replicas, item.max_model_len)


def _following_load(
    scenario: Scenario, recommended: Option | None, catalog: Catalog
) -> FollowingLoad | None:
    if recommended is None:
        return None
    known = catalog.offers_for(recommended.fleet[0].gpu)
    return following_load(scenario, recommended, known)


def sized_candidates(
    scenario: Scenario, forecaster: Forecaster, catalog: Catalog
) -> tuple[list[SizedCandidate], tuple[Infeasible, ...]]:
    """All deployments that can run, with their forecasts, and what cannot. Raises InputError."""
    runnable, refused = _candidates(scenario, catalog)
    return [size(scenario, forecaster, candidate) for candidate in runnable], refused


def _candidates(
    scenario: Scenario, catalog: Catalog
) -> tuple[tuple[Candidate, ...], tuple[Infeasible, ...]]:
    model = catalog.model(scenario.model)
    _refuse_documents_beyond(model, scenario)
    return candidates(scenario, catalog, model, gpus_considered(scenario, catalog))


def _options(scenario: Scenario, sized: Iterable[SizedCandidate]) -> list[Option]:
    """The fleets of all candidates; none that is split more than one that is enough."""
    fleets: list[SizedFleet] = []
    enough: dict[tuple[str, str], int] = {}  # machines of an offer with a quantization
    for one in sorted(sized, key=lambda one: one.replica.deployment.gpu_count):
        for offer in one.candidate.offers:
            key = offer.id, one.replica.deployment.quantization
            for machines in machines_to_compare(scenario, one, offer):
                if machines >= enough.get(key, machines + 1):
                    continue
                fleet = fleet_of(scenario, one, offer, machines)
                fleets.append(fleet)
                if fleet.is_sure:
                    enough[key] = machines
    return [option_of(scenario, fleet) for fleet in without_needless_splits(fleets)]


def _refuse_documents_beyond(model: ModelSpec, scenario: Scenario) -> None:
    """Refuse lengths whose mean does not fit; for the longest see ``FleetItem.share_too_long``."""
    limit = context_limit(scenario, model)
    for one in classes_of(scenario):
        tokens = math.ceil(one.inputs.mean + one.outputs.mean)
        document = f"a document of {one.inputs.mean:,.0f} tokens in and {one.outputs.mean:,.0f} out"
        if tokens > limit:
            factor = math.ceil(tokens / model.max_position_embeddings)
            raise InputError(
                f"{document} exceeds the {limit:,} tokens that {model.name} can hold; "
                "shorten or split the documents, choose a model with a longer context, or stretch "
                f"this one's with RoPE scaling yarn:{factor}",
                field="input_tokens",
            )
        if scenario.max_model_len is not None and tokens > scenario.max_model_len:
            raise InputError(
                f"{document} exceeds max_model_len {scenario.max_model_len}; give at least "
                f"{tokens}, or leave it out",
                field="max_model_len",
            )


def _gpus_without_feasible_option(options: Sequence[Option]) -> list[Infeasible]:
    """For each GPU whose every option misses a limit: its nearest option."""
    feasible = {option.fleet[0].gpu for option in options if option.meets.all}
    others = [option for option in options if option.fleet[0].gpu not in feasible]
    nearest: dict[str, Option] = {}
    for option in sorted(others, key=lambda option: option.nearness):
        nearest.setdefault(option.fleet[0].gpu, option)
    return [
        Infeasible(
            gpu, option.fleet[0].gpu_count, option.fleet[0].quantization, MissesLimits(option)
        )
        for gpu, option in nearest.items()
    ]
