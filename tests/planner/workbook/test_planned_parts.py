"""The kinds of machines of a plan by year."""

from __future__ import annotations

from dataclasses import replace

from sample_plan import FEASIBLE_PLAN

from planner.fleet.plan import Year
from planner.workbook.planned_parts import planned_parts


def test_machines_of_one_kind_that_run_two_models_are_two_parts() -> None:
    best = FEASIBLE_PLAN.recommended
    assert best is not None
    small, large = (replace(best.fleet[0], model=name) for name in ("small", "large"))
    both = replace(best, fleet=(small, large))
    years = tuple(
        Year(number, 1e6, fleet, 1.0, 2e6, enough=True)
        for number, fleet in ((1, both.fleet), (2, (large,)))
    )
    found = planned_parts(replace(FEASIBLE_PLAN, recommended=both, years=years), both)
    assert [(part.item.model, part.years) for part in found] == [
        ("small", (small, None)),
        ("large", (large, large)),
    ]
