"""What a plan rests on: prices, measurements, accuracy, assumptions.

Figures are selected, counted and named here; nothing is computed anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario_work import scenarios_by_model
from planner.forecast.cited_sources import Cited, card_of, cited
from planner.forecast.forecast_values import Interval
from planner.forecast.worth_measuring import Worth
from planner.learning.random_effects import silicon_name
from planner.records.measurement import Measurement
from planner.records.reference import source_name
from planner.report.entries import Entries
from planner.report.pdf_assumptions_and_spares import Assumption, assumptions, of_plan
from planner.report.shortlist import advised_fleet, in_report
from planner.risk.assess_risk import Risk
from planner.wording.model_sentences import kept_in_16_bit


@dataclass(frozen=True, slots=True)
class MeasurementGroup:
    """Load points by one author, of one model on one GPU with one engine version."""

    gpu: str
    gpu_count: int
    model: str
    quantization: str | None
    engine_version: str | None
    source_id: str
    author: str
    first_date: str | None
    last_date: str | None
    points: int


@dataclass(frozen=True, slots=True)
class Fact:
    """What the catalogue says about a GPU or the model, with its source."""

    subject: str
    figures: str
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How forecasts like this one were checked. ``figures`` are (what, result) pairs."""

    text: str
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """Output tokens/s of one replica by parallel requests: forecast, and what was measured."""

    title: str
    forecast: tuple[tuple[float, Interval], ...]
    measured: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the report states beside the plan itself.

    ``rests_on`` are the authors behind the first option's forecast.
    ``measurements`` are those on the GPUs that the report shows, by the
    sources that their forecasts name. ``other_points`` on ``other_cards`` GPUs
    by ``other_sources`` shaped the forecast only through its priors.
    ``accuracy`` None means that nobody checked, and the report says so.
    ``worth`` is what to measure first, ``workload`` the file that holds the scenario.
    ``risk`` None means that nobody asked for it, and the report leaves it out.
    """

    prices: tuple[PriceOffer, ...]
    rests_on: tuple[Cited, ...]
    measurements: tuple[MeasurementGroup, ...]
    other_points: int
    other_cards: int
    other_sources: int
    facts: tuple[Fact, ...]
    assumptions: tuple[Assumption, ...]
    accuracy: Accuracy | None = None
    curve: Curve | None = None
    worth: Worth | None = None
    workload: str | None = None
    risk: Risk | None = None


def evidence_for(
    plan: Plan,
    catalog: Catalog,
    measurements: Sequence[Measurement],
    *,
    accuracy: Accuracy | None = None,
    curve: Curve | None = None,
    worth: Worth | None = None,
    workload: str | None = None,
    risk: Risk | None = None,
    entries: Entries | None = None,
) -> Evidence:
    """The evidence behind the options that the report shows.

    ``measurements`` are those that the forecaster was fitted to, ``entries`` how the scenario's
    fields were entered if that is known.
    """
    items = [item for option in in_report(plan) for item in option.fleet]
    cards = tuple(dict.fromkeys(item.gpu for item in items))
    first = tuple(dict.fromkeys(item.gpu for item in advised_fleet(plan)))
    sources = {source for option in in_report(plan) for source in option.sources}
    groups, others = _grouped(measurements, catalog, advised_fleet(plan), cards, sources)
    return Evidence(
        rests_on=_rests_on(plan, catalog, measurements),
        prices=tuple(dict.fromkeys(item.price_offer for item in items)),
        measurements=groups,
        other_points=len(others),
        other_cards=len({(row.gpu, row.gpu_memory_gb) for row in others}),
        other_sources=len({row.source_id for row in others}),
        facts=_facts(plan, catalog, first),
        assumptions=of_plan(assumptions(plan.scenario, entries), plan),
        accuracy=accuracy,
        curve=curve,
        worth=worth,
        workload=workload,
        risk=risk,
    )


def _rests_on(
    plan: Plan, catalog: Catalog, measurements: Sequence[Measurement]
) -> tuple[Cited, ...]:
    option = plan.nearest
    if option is None:
        return ()
    cards = [item.gpu for item in option.fleet]
    return cited(option.sources, option.basis, cards, measurements, catalog)


def _grouped(
    measurements: Iterable[Measurement],
    catalog: Catalog,
    advised: tuple[FleetItem, ...],
    cards: tuple[str, ...],
    sources: set[str],
) -> tuple[tuple[MeasurementGroup, ...], list[Measurement]]:
    """Groups on ``cards`` by ``sources``, and the other rows.

    In the order of ``cards``, those of the quantizations and models ``advised`` on a card first;
    on a card that is not advised, those of any.

    A GPU in another slot is the same GPU here, as it is to the forecast.
    """
    chips = tuple(dict.fromkeys(silicon_name(card) for card in cards))
    groups: dict[tuple[object, ...], list[Measurement]] = {}
    others: list[Measurement] = []
    for row in measurements:
        card = card_of(row, catalog)
        if silicon_name(card) not in chips or row.source_id not in sources:
            others.append(row)
            continue
        key = (
            card, row.gpu_count, row.model, row.quantization, row.engine_version, row.source_id,
        )  # fmt: skip
        groups.setdefault(key, []).append(row)
    found = [_group(card_of(rows[0], catalog), rows) for rows in groups.values()]

    def advised_on(chip: str) -> list[FleetItem]:
        return [item for item in advised if silicon_name(item.gpu) == chip] or list(advised)

    runs = {chip: [(i.quantization, i.model) for i in advised_on(chip)] for chip in chips}
    found.sort(
        key=lambda g: (
            chips.index(silicon_name(g.gpu)),
            g.quantization not in {quantization for quantization, _ in runs[silicon_name(g.gpu)]},
            (g.quantization, g.model) not in runs[silicon_name(g.gpu)],
            -g.points,
            g.model,
            g.author,
        )
    )
    return tuple(found), others


def _group(card: str, rows: list[Measurement]) -> MeasurementGroup:
    dates = sorted(row.date for row in rows if row.date)
    one = rows[0]
    [(source, _)] = Counter(row.source for row in rows).most_common(1)
    return MeasurementGroup(
        gpu=card,
        gpu_count=one.gpu_count,
        model=one.model,
        quantization=one.quantization,
        engine_version=one.engine_version,
        source_id=one.source_id,
        author=source_name(source),
        first_date=dates[0] if dates else None,
        last_date=dates[-1] if dates else None,
        points=len(rows),
    )


def _about_model(model: ModelSpec) -> Fact:
    shape = "" if model.read_as is None else f"; the shape of {model.read_as}, by its name"
    kept = kept_in_16_bit(model)
    shape += "" if kept is None else f". {kept.removesuffix('.')}"
    return Fact(
        model.name,
        f"{model.params / 1e9:.2f} billion parameters, {model.layers} layers, "
        f"{model.kv_heads} KV heads of {model.head_dim}{shape}",
        model.source,
        model.source_date,
    )


def _facts(plan: Plan, catalog: Catalog, cards: tuple[str, ...]) -> tuple[Fact, ...]:
    names = [one.model for one in scenarios_by_model(plan.scenario, catalog)]
    facts = [_about_model(catalog.model(name)) for name in dict.fromkeys(names)]
    for name in cards:
        gpu = catalog.gpu(name)
        facts.append(
            Fact(
                gpu.name,
                f"{gpu.memory_gb:g} GB at {gpu.bandwidth_gb_per_s:,.0f} GB/s, "
                f"{gpu.fp16_tflops:g} TFLOP/s dense FP16",
                gpu.source,
                gpu.source_date,
            )
        )
    return tuple(facts)
