"""The points of a calibration: the most informative first, then checks of what is assumed."""

from __future__ import annotations

from benchmarks.design.design_space import Chooser, grid_around
from benchmarks.design.points import LoadPoint
from benchmarks.design.steady_load import SteadyLoad
from planner.catalog.lookup import Catalog
from planner.forecast.forecaster import Forecaster
from planner.physics.work import work_of
from planner.vllm.deployment import Deployment


def six_points(catalog: Catalog, forecaster: Forecaster, gpu: str) -> list[LoadPoint]:
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    deployment = Deployment(catalog.gpu(gpu), 1, model, "none")
    chooser = Chooser(grid_around(4000, 150, deployment), deployment, forecaster, SteadyLoad())
    taken: list[LoadPoint] = []
    while len(taken) < 6 and (point := chooser.next(taken)) is not None:
        taken.append(point)
        chooser.imagine(point)
    return taken


def test_a_calibration_checks_the_load_beyond_the_cache_and_a_short_answer(
    catalog: Catalog, forecaster: Forecaster
) -> None:
    points = six_points(catalog, forecaster, "A10G")
    model = catalog.model("mistralai/Mistral-7B-Instruct-v0.2")
    pool = work_of(Deployment(catalog.gpu("A10G"), 1, model, "none")).kv_capacity_tokens
    assert any(p.concurrency * (p.input_tokens + p.output_tokens / 2) > pool for p in points)
    assert any(p.output_tokens == 16 for p in points)
    assert len(set(points)) == 6


def test_a_card_that_holds_all_requests_gets_no_load_beyond_its_cache(
    catalog: Catalog, forecaster: Forecaster
) -> None:
    points = six_points(catalog, forecaster, "B200")
    assert max(p.concurrency for p in points) <= 256
    assert any(p.output_tokens == 16 for p in points)
