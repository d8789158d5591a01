"""The deployments of a model that can run on the GPUs considered, and why others cannot."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from planner.catalog import price_age
from planner.catalog.gpu import GPU
from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.catalog.price_age import too_old
from planner.catalog.price_offer import PriceOffer
from planner.errors import InputError
from planner.fleet.considered_offers import (
    offers_considered,
    offers_for_replicas,
    owned_offers,
)
from planner.fleet.plan import FleetItem, Infeasible
from planner.fleet.refusals import (
    DoesNotFit,
    NoMachineSoLarge,
    NoPriceOffer,
    RefusedByVllm,
    TooFewOwned,
)
from planner.fleet.replica_sizes import (
    ONE_GPU,
    TENSOR_PARALLEL_SIZES,
    ReplicaSize,
    machines_to_join,
    sizes_on_machines,
    sizes_on_one_machine,
)
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import context_needed, of_any_volume, scenarios_by_model
from planner.money.joined_machines import joined
from planner.money.own_stock import most_machines, stock_of
from planner.vllm.compatibility import Compatibility, check
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.lora import lora_stated
from planner.vllm.memory import estimate
from planner.vllm.rope_scaling import RopeScaling, longest_context, rope_scaling_from
from planner.vllm.speculative_decoding import speculative_from

QUANTIZATIONS_TO_TRY: tuple[Quantization, ...] = ("none", "awq", "gptq", "fp8", "int8")
"""The quantizations to compare if the scenario states none."""

MAX_PARALLEL_REQUESTS = 256
"""vLLM's default on most GPUs (``data/version_rules.csv``): more cost start-up memory."""

MOST_PARALLEL_REQUESTS = 1024
"""vLLM's default on its largest GPUs, for documents so short that more of them gain."""

LENGTH_STEP_TOKENS = 256
"""--max-model-len is rounded up to a multiple: room for a chat template and longer answers."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment that starts, and the offers of its GPUs."""

    deployment: Deployment
    compatibility: Compatibility
    offers: tuple[PriceOffer, ...]


def quantizations_for(model: ModelSpec, scenario: Scenario) -> tuple[Quantization, ...]:
    """The quantization that was asked for; else the checkpoint's own; else all worth trying."""
    if scenario.quantization is not None:
        return (scenario.quantization,)
    if model.native_quantization != "none":
        return (model.native_quantization,)
    return QUANTIZATIONS_TO_TRY


def context_length(scenario: Scenario) -> int:
    """--max-model-len for the scenario's documents, up to the 99.9th percentile."""
    return math.ceil(context_needed(scenario) / LENGTH_STEP_TOKENS) * LENGTH_STEP_TOKENS


def engine_for(
    scenario: Scenario,
    model: ModelSpec,
    size: ReplicaSize = ONE_GPU,
    max_num_seqs: int = MAX_PARALLEL_REQUESTS,
) -> EngineConfig:
    """The engine settings of every replica of a size; the rest is vLLM's default.

    ``max_num_seqs`` is used if the scenario states none. Raises InputError if the scenario's
    settings contradict each other.
    """
    needed = min(context_length(scenario), context_limit(scenario, model))
    return EngineConfig(
        version=scenario.engine_version,
        gpu_memory_utilization=scenario.gpu_memory_utilization,
        max_num_seqs=scenario.max_num_seqs or max_num_seqs,
        max_model_len=scenario.max_model_len or needed,
        max_num_batched_tokens=scenario.max_num_batched_tokens,
        kv_cache_dtype=scenario.kv_cache_dtype,
        prefix_hit_share=scenario.prefix_hit_share,
        speculative=speculative_from(
            scenario.speculative_method,
            scenario.speculative_tokens,
            scenario.speculative_acceptance,
            scenario.speculative_draft_share,
        ),
        rope_scaling=_rope_scaling(scenario),
        enforce_eager=scenario.enforce_eager,
        pipeline_parallel_size=size.stages,
        machines=size.machines,
        lora=lora_stated(False, scenario.lora_adapters, scenario.lora_rank),
        text_only=scenario.text_only,
    )


def scenario_of_model(item: FleetItem, scenario: Scenario, catalog: Catalog) -> Scenario:
    """The scenario of the classes whose model the replicas run; itself if it has one model."""
    served = {one.name for one in item.serves}

    def likeness(one: Scenario) -> tuple[bool, ...]:
        return (
            one.model == item.model,
            one.quantization in (item.quantization, None),
            bool(served & {part.name for part in one.classes}),
            one.quantization == item.quantization,
        )

    return max(scenarios_by_model(scenario, catalog), key=likeness)


def replica_of(item: FleetItem, scenario: Scenario, catalog: Catalog) -> Deployment:
    """The deployment of each replica of a fleet."""
    scenario = scenario_of_model(item, scenario, catalog)
    model = catalog.model(scenario.model)
    is_more = item.concurrency > MAX_PARALLEL_REQUESTS
    most = MOST_PARALLEL_REQUESTS if is_more else MAX_PARALLEL_REQUESTS
    size = ReplicaSize(item.gpu_count, item.stages, item.price_offer.machines)
    engine = engine_for(scenario, model, size, most)
    return Deployment(catalog.gpu(item.gpu), item.gpu_count, model, item.quantization, engine)


def context_limit(scenario: Scenario, model: ModelSpec) -> int:
    """The longest context of the model, with the scenario's RoPE scaling."""
    return longest_context(model.max_position_embeddings, _rope_scaling(scenario))


def _rope_scaling(scenario: Scenario) -> RopeScaling | None:
    return None if scenario.rope_scaling is None else rope_scaling_from(scenario.rope_scaling)


def candidates(
    scenario: Scenario, catalog: Catalog, model: ModelSpec, gpus: tuple[GPU, ...]
) -> tuple[tuple[Candidate, ...], tuple[Infeasible, ...]]:
    """The deployments that can run on ``gpus``, and each GPU and quantization that cannot."""
    return _whatever_the_volume(of_any_volume(scenario), catalog, model, gpus, price_age.today())


@lru_cache(maxsize=64)
def _whatever_the_volume(
    scenario: Scenario,
    catalog: Catalog,
    model: ModelSpec,
    gpus: tuple[GPU, ...],
    day: date,  # noqa: ARG001 (the cache's key: prices age)
) -> tuple[tuple[Candidate, ...], tuple[Infeasible, ...]]:
    sizes = sizes_on_one_machine(model, scenario.pipeline_parallel_size)
    engines = tuple((size.gpus, engine_for(scenario, model, size)) for size in sizes)
    cards = tuple((gpu, *_offers(scenario, catalog, gpu)) for gpu in gpus)
    apart = scenario.spread_over == "region"
    quantizations = quantizations_for(model, scenario)
    alone, refused = _candidates(model, quantizations, engines, cards, apart)
    return _with_joined_machines(scenario, model, cards, alone, refused)


_Card = tuple[GPU, tuple[PriceOffer, ...], Infeasible | None]


@lru_cache(maxsize=256)
def _candidates(
    model: ModelSpec,
    quantizations: tuple[Quantization, ...],
    engines: tuple[tuple[int, EngineConfig], ...],
    cards: tuple[_Card, ...],
    regions_apart: bool,
) -> tuple[tuple[Candidate, ...], tuple[Infeasible, ...]]:
    """Cached, as a plan is made again for every remedy and lever, mostly of the same machines."""
    found: list[Candidate] = []
    refused: list[Infeasible] = []
    for gpu, offers, missing in cards:
        if missing is not None:
            refused.append(missing)
        if not offers:
            continue
        machines = {size: offers_for_replicas(offers, size, regions_apart) for size, _ in engines}
        if not any(machines.values()):
            refused.append(_no_machine_so_large(gpu, engines[0][0], offers))
            continue
        for quantization in quantizations:
            runs = [
                _run(Deployment(gpu, size, model, quantization, engine), machines[size])
                for size, engine in engines
                if machines[size]
            ]
            usable = [run for run in runs if isinstance(run, Candidate)]
            found.extend(usable)
            if not usable:
                refused.append(_nearest([run for run in runs if isinstance(run, Infeasible)]))
    return tuple(found), tuple(refused)


def _with_joined_machines(
    scenario: Scenario,
    model: ModelSpec,
    cards: tuple[_Card, ...],
    alone: tuple[Candidate, ...],
    refused: tuple[Infeasible, ...],
) -> tuple[tuple[Candidate, ...], tuple[Infeasible, ...]]:
    """The same with replicas over several machines if no single one holds the model.

    Own machines are joined if none of their stock holds it, whatever could be rented.
    """
    stocks = {stock_of(offer) for one in alone for offer in one.offers}
    found, told = list(alone), []
    for entry in refused:
        gpu, offers, _ = next(card for card in cards if card[0].name == entry.gpu)
        to_join = [
            offer
            for offer in offers
            if not alone or (offer.terms == "owned" and stock_of(offer) not in stocks)
        ]
        if not to_join or not isinstance(entry.why, DoesNotFit | NoMachineSoLarge):
            told.append(entry)
            continue
        stated = (entry.quantization,) if entry.quantization else None
        for quantization in stated or quantizations_for(model, scenario):
            runs = list(_on_joined_machines(scenario, model, gpu, quantization, to_join))
            usable = [run for run in runs if isinstance(run, Candidate)]
            found += usable
            if not usable:
                tried = [run for run in runs if isinstance(run, Infeasible)]
                told.append(_nearest(tried or [entry]))
    return tuple(found), tuple(dict.fromkeys(told))


def _on_joined_machines(
    scenario: Scenario,
    model: ModelSpec,
    gpu: GPU,
    quantization: Quantization,
    offers: Sequence[PriceOffer],
    gpu_count: int | None = None,
) -> Iterator[Candidate | Infeasible]:
    """A replica on the fewest machines that hold it, and why fewer do not.

    One of ``gpu_count`` GPUs if that is stated.
    """
    for each, machines in machines_to_join(offers).items():
        for size in sizes_on_machines(model, scenario.pipeline_parallel_size, each):
            if gpu_count not in (None, size.gpus):
                continue
            together = [joined(offer, size.machines) for offer in machines]
            left = [one for one in together if most_machines(one) > scenario.spare_replicas]
            if not left:
                owned = int(max(map(most_machines, machines)))
                spares = scenario.spare_replicas * size.machines
                few = TooFewOwned(owned, spares, spares + size.machines)
                yield Infeasible(gpu.name, size.gpus, quantization, few)
                break
            engine = engine_for(scenario, model, size)
            usable = offers_for_replicas(left, size.gpus, scenario.spread_over == "region")
            yield (run := _run(Deployment(gpu, size.gpus, model, quantization, engine), usable))
            if isinstance(run, Candidate):
                break


def _nearest(refused: Sequence[Infeasible]) -> Infeasible:
    """The largest replica that is too small, as it is the nearest to fit; else the first."""
    too_small = [one for one in refused if isinstance(one.why, DoesNotFit)]
    return too_small[-1] if too_small else refused[0]


def _run(deployment: Deployment, offers: tuple[PriceOffer, ...]) -> Candidate | Infeasible:
    refusal, compatibility = _refusal(deployment)
    return refusal or Candidate(deployment, compatibility, offers)


def candidates_of(
    scenario: Scenario,
    catalog: Catalog,
    model: ModelSpec,
    gpu: str,
    gpu_count: int,
    quantization: Quantization,
) -> tuple[Candidate, ...] | Infeasible:
    """The deployments on replicas of ``gpu_count`` GPUs, or why there is none.

    On joined machines there is one for each number of GPUs that they have. Raises InputError for
    an unknown GPU, or for a number of GPUs that no replica has.
    """
    sizes = list(sizes_on_one_machine(model, scenario.pipeline_parallel_size))
    size = next((one for one in sizes if one.gpus == gpu_count), None)
    card = catalog.gpu(gpu)
    offers, missing = _offers(scenario, catalog, card)
    machines = offers_for_replicas(offers, gpu_count, scenario.spread_over == "region")
    runs: list[Candidate | Infeasible] = []
    if size is not None and machines:
        engine = engine_for(scenario, model, size)
        runs.append(_run(Deployment(card, gpu_count, model, quantization, engine), machines))
    if not any(isinstance(run, Candidate) for run in runs):
        runs += _on_joined_machines(scenario, model, card, quantization, offers, gpu_count)
    if usable := tuple(run for run in runs if isinstance(run, Candidate)):
        return usable
    if runs:
        return _nearest([run for run in runs if isinstance(run, Infeasible)])
    if size is None:
        several = sizes_on_machines(
            model, scenario.pipeline_parallel_size, max(TENSOR_PARALLEL_SIZES)
        )
        raise InputError(
            f"a replica of {gpu_count} GPUs was given; it has {_listed(sizes)} of them, or "
            f"{_listed(several)} on several machines",
            field="fleet",
        )
    if offers:
        return _no_machine_so_large(card, gpu_count, offers)
    return missing or _no_price_offer(catalog, card)


def _listed(sizes: Iterable[ReplicaSize]) -> str:
    return ", ".join(str(size.gpus) for size in sizes)


def gpus_considered(scenario: Scenario, catalog: Catalog) -> tuple[GPU, ...]:
    """The GPUs to consider, those that are owned among them; all if none is named.

    Own ones that other models take whole are not among them.
    """
    named = tuple(map(catalog.gpu, scenario.gpus)) or catalog.gpus
    try:
        owned = tuple(catalog.gpu(one.gpu) for one in scenario.owned if one.count)
    except InputError as error:
        raise InputError(str(error), field="owned") from None
    return tuple(dict.fromkeys((*named, *owned)))


def _offers(
    scenario: Scenario, catalog: Catalog, gpu: GPU
) -> tuple[tuple[PriceOffer, ...], Infeasible | None]:
    """The offers of a GPU, own hardware first, and what is missing if that is so.

    One of a stated fleet is rented if it is not owned, whatever GPUs are considered beside it.
    """
    owned = owned_offers(scenario, catalog, gpu)
    enough = tuple(offer for offer in owned if offer.available > scenario.spare_replicas)
    stated = () if owned else (part.gpu for part in scenario.fleet)
    to_rent = not scenario.gpus or gpu in map(catalog.gpu, (*scenario.gpus, *stated))
    rented = offers_considered(scenario, catalog.offers_for(gpu.name)) if to_rent else ()
    offers = (*enough, *rented)
    if owned and not enough:
        few = TooFewOwned(max(offer.available for offer in owned), scenario.spare_replicas)
        return offers, Infeasible(gpu.name, None, None, few)
    return offers, None if offers else _no_price_offer(catalog, gpu)


def _no_machine_so_large(gpu: GPU, size: int, offers: tuple[PriceOffer, ...]) -> Infeasible:
    largest = max(offer.gpu_count for offer in offers)
    return Infeasible(gpu.name, size, None, NoMachineSoLarge(size, largest))


def _no_price_offer(catalog: Catalog, gpu: GPU) -> Infeasible:
    known = catalog.offers_for(gpu.name)
    others = {(o.terms, o.tier) for o in known if o.tier != "stale" and not too_old(o)}
    return Infeasible(gpu.name, None, None, NoPriceOffer(tuple(sorted(others))))


def with_more_requests(deployment: Deployment) -> Deployment | None:
    """The deployment with room for ``MOST_PARALLEL_REQUESTS``; None if memory is too small."""
    engine = replace(deployment.engine, max_num_seqs=MOST_PARALLEL_REQUESTS)
    more = replace(deployment, engine=engine)
    return more if estimate(more).fits else None


@lru_cache(maxsize=20_000)
def _refusal(deployment: Deployment) -> tuple[Infeasible | None, Compatibility]:
    compatibility = check(deployment)
    gpu, count, quantization = deployment.gpu.name, deployment.gpu_count, deployment.quantization
    if not compatibility.compatible:
        refused = RefusedByVllm(compatibility.reasons, compatibility.instead)
        return Infeasible(gpu, count, quantization, refused), compatibility
    memory = estimate(deployment)
    if not memory.fits:
        too_large = DoesNotFit(memory.reason or "the model does not fit", memory.remedy)
        return Infeasible(gpu, count, quantization, too_large), compatibility
    return None, compatibility
