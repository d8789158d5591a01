"""The pieces of HTML of the page. All text that comes in is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.fleet.costs import machines_paid
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.forecast.cited_sources import Cited
from planner.forecast.forecast_values import Basis
from planner.money.machines import reserved_beside
from planner.wording.formatting import (
    BASIS_COLOUR,
    BASIS_MEANING,
    BASIS_SHAPE,
    capitalized,
    count,
    counted,
    machine_of,
    seconds,
    terms_of,
    usd,
)
from planner.wording.length_sentences import length_sentences
from planner.wording.own_run_sentences import disagreements
from planner.wording.price_sentences import about_price, dated
from planner.wording.provenance_sentence import provenance_sentences
from planner.workload.weekly_hours import HOURS_PER_WEEK


def mark(basis: Basis) -> str:
    """The basis's shape in its colour."""
    return (
        f'<span class="mark {BASIS_SHAPE[basis]}" style="background:{BASIS_COLOUR[basis]}" '
        'aria-hidden="true"></span>'
    )


def headline(label: str, text: str) -> str:
    """The answer in large letters, with a label above it."""
    return f'<p class="label">{escape(label)}</p><h2 class="headline">{escape(text)}</h2>'


def echo(scenario: Scenario, example: bool) -> str:
    """The scenario that is answered, in one line."""
    parts = [
        f"{count(scenario.documents_per_year)} documents a year",
        _lengths(scenario),
        _models(scenario),
    ]
    if scenario.budget_usd_per_year is not None:
        parts.append(f"{usd(scenario.budget_usd_per_year)} a year")
    if scenario.latency_p95_s is not None:
        parts.append(f"95 % of answers within {seconds(scenario.latency_p95_s)}")
    if scenario.ttft_p95_s is not None:
        parts.append(f"first token within {seconds(scenario.ttft_p95_s)}")
    if scenario.done_within_h is not None:
        parts.append(f"done within {count(scenario.done_within_h)} h")
    if scenario.peak_factor != 1:
        parts.append(f"busiest hour {count(scenario.peak_factor)} x the average")
    if scenario.hours_per_week != HOURS_PER_WEEK:
        parts.append(f"{count(scenario.hours_per_week)} hours a week")
    if scenario.gpus:
        parts.append(", ".join(scenario.gpus))
    note = (
        "A worked example: the case of the article “What We Learned from Deploying Fine-tuned LLMs "
        "in Production” (Roots Automation, 2024). Enter your own figures."
        if example
        else scenario.name
    )
    line = " · ".join(parts)
    kinds = bullets(length_sentences(scenario)) if scenario.classes else ""
    where = "The arrows at the top left open the panel with the inputs."
    return (
        paragraph(line, "echo") + kinds + paragraph(note, "note") + paragraph(where, "note narrow")
    )


def _models(scenario: Scenario) -> str:
    """Each model that the classes take, with its weights."""
    taken = [(one.model, one.quantization) for one in scenario.classes] or [(None, None)]
    names = (
        f"{(model or scenario.model).rpartition('/')[2]}, "
        f"{quantization_words(weights or scenario.quantization)}"
        for model, weights in taken
    )
    return " · ".join(dict.fromkeys(names))


def _lengths(scenario: Scenario) -> str:
    words = f"{count(scenario.input_tokens)} tokens in, {count(scenario.output_tokens)} out"
    kinds = len(scenario.classes)
    return f"{kinds} kinds, in the mean {words}" if kinds else words


def quantization_words(quantization: str | None) -> str:
    """A quantization as people write it."""
    if quantization is None:
        return "any quantization"
    if quantization == "none":
        return "16 bit"
    return quantization if quantization == "bitsandbytes" else quantization.upper()


def figures(items: Iterable[tuple[str, str, str]]) -> str:
    """Key figures as a list of terms: label, figure, and a note under it."""
    cells = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(figure)}<small>{escape(note)}</small></dd></div>"
        for label, figure, note in items
    )
    return f'<dl class="figures">{cells}</dl>'


def verdicts(items: Iterable[tuple[str, bool | None]]) -> str:
    """Each limit with met, missed or "no limit set" (None), and a tick or a cross."""
    return '<ul class="verdicts">' + "".join(_verdict(*item) for item in items) + "</ul>"


def _verdict(label: str, holds: bool | None) -> str:
    if holds is None:
        return f'<li class="unset">{escape(label)}: no limit set</li>'
    word, sign = ("met", "✓") if holds else ("missed", "✗")
    return f'<li class="{word}"><span aria-hidden="true">{sign}</span>{escape(label)}: {word}</li>'


def bullets(texts: Iterable[str]) -> str:
    """A plain list."""
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def paragraph(text: str, kind: str = "") -> str:
    """One paragraph."""
    return f'<p class="{kind}">{escape(text)}</p>'


def problem(text: str) -> str:
    """What is wrong with the entry above it; read out when it appears."""
    return f'<p class="problem" role="alert">{escape(text)}</p>'


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts whose first column names the row."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return scrolled(
        caption,
        f'<table class="plain"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    )


def scrolled(label: str, wide: str) -> str:
    """HTML that may be wider than the window, in a region that keys scroll."""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">{wide}</div>'
    )


def rests_on(option: Option, sources: Sequence[Cited]) -> str:
    """A forecast's basis and its meaning, what published measurements share, authors, own runs."""
    basis = option.basis
    provenance = "".join(f"{sentence} " for sentence in provenance_sentences(option))
    badge = f'<span class="badge">{mark(basis)}{escape(basis)}</span>'
    return (
        f'<p class="rests">{badge} {escape(capitalized(BASIS_MEANING[basis]))}. '
        f"{escape(provenance)}{escape(_sources(basis, sources))}</p>"
        + "".join(paragraph(sentence, "rests") for sentence in disagreements(option.own_runs))
    )


def priced(item: FleetItem, scenario: Scenario) -> str:
    """The parts of the cost: machines, price, hours, and the source and date of the price."""
    offer = item.price_offer
    return paragraph(
        f"Price: {' and '.join(_machines(item, scenario))}; "
        f"{offer.provider} ({machine_of(offer)}), region {offer.region}, "
        f"{dated(offer, item.standing)}. {' '.join(about_price(item))}".rstrip(),
        "rests",
    )


def _machines(item: FleetItem, scenario: Scenario) -> Iterator[str]:
    """The machines that are reserved beside others, and those at the offer's own price."""
    offer = item.price_offer
    paid, base = machines_paid(scenario, item.machines), reserved_beside(offer)
    if base is not None and paid.reserved:
        yield _machines_at(base, paid.reserved, count(HOURS_PER_YEAR), "")
    if by_use := item.instances - paid.reserved:
        hours = count(paid.others * HOURS_PER_YEAR / by_use)
        yield _machines_at(offer, by_use, hours, " on average" if scenario.follow_load else "")


def _machines_at(offer: PriceOffer, machines: int, hours: str, mean: str) -> str:
    return (
        f"{counted(offer.machines_in(machines), 'machine')} at "
        f"{usd(offer.usd_per_hour / offer.machines)} an hour for {hours} hours a "
        f"year{mean}, {terms_of(offer)}"
    )


def _sources(basis: Basis, sources: Sequence[Cited]) -> str:
    total = sum(source.measurements for source in sources)
    if not total:
        return "No measurement of this GPU or of a similar one."
    of = "of other GPUs" if basis == "extrapolated" else "on this GPU"
    named = "; ".join(f"{s.name} ({count(s.measurements)}{_when(s)})" for s in sources[:3])
    more = f"; {len(sources) - 3} more" if len(sources) > 3 else ""
    return f"{count(total)} measurements {of}: {named}{more}."


def _when(source: Cited) -> str:
    first, last = (source.first_date or "")[:4], (source.last_date or "")[:4]
    if not first:
        return ", not dated"
    return f", {first}" if first == last else f", {first} to {last}"
