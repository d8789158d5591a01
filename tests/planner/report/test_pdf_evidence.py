"""Prices, measurements and datasheets behind the options shown."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import FEASIBLE_PLAN, MEASUREMENTS, measurement

from planner.catalog.lookup import Catalog
from planner.report.pdf_evidence import evidence_for
from planner.report.shortlist import in_report


def gpus(options) -> list[str]:
    return [option.fleet[0].gpu for option in options]


def test_evidence_groups_measurements_by_card_model_version_and_author(catalog: Catalog) -> None:
    evidence = evidence_for(FEASIBLE_PLAN, catalog, MEASUREMENTS)
    assert [(g.gpu, g.engine_version, g.points) for g in evidence.measurements] == [
        ("A100 80GB", "0.6.1", 18),
        ("H100 SXM", "0.8.2", 12),
    ]
    first = evidence.measurements[0]
    assert (first.first_date, first.last_date) == ("2024-10-02", "2024-10-19")
    assert (evidence.other_points, evidence.other_cards, evidence.other_sources) == (7, 1, 1)


def test_evidence_names_the_prices_of_the_options_shown_and_the_cards_datasheet(
    catalog: Catalog,
) -> None:
    evidence = evidence_for(FEASIBLE_PLAN, catalog, ())
    assert [p.gpu for p in evidence.prices] == gpus(in_report(FEASIBLE_PLAN))
    assert [fact.subject for fact in evidence.facts] == ["Mistral-7B-Instruct-v0.2", "A100 80GB"]
    assert evidence.facts[1].figures == "80 GB at 2,039 GB/s, 312 TFLOP/s dense FP16"


def test_measurements_of_the_model_and_format_on_each_card_come_first(catalog: Catalog) -> None:
    best = FEASIBLE_PLAN.recommended
    assert best is not None
    [item] = best.fleet
    small, large = "mistralai/Mistral-7B-Instruct-v0.2", "Qwen/Qwen2.5-32B-Instruct"
    fleet = (
        replace(item, gpu="A100 80GB", model=small, quantization="awq"),
        replace(item, gpu="H100 SXM", model=large, quantization="fp8"),
    )
    both = replace(best, fleet=fleet)
    plan = replace(FEASIBLE_PLAN, recommended=both, options=(both,))
    rows = [
        measurement(gpu="H100 SXM", model=model, quantization=quantization)
        for model, quantization, times in ((small, "awq", 3), (small, "fp8", 2), (large, "fp8", 1))
        for _ in range(times)
    ]
    found = evidence_for(plan, catalog, rows).measurements
    assert [(one.model, one.quantization) for one in found] == [
        (large, "fp8"),
        (small, "fp8"),
        (small, "awq"),
    ]
