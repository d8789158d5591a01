"""The agent on a stand-in load, with the real store."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import filled_store
from stand_in_system import (
    SWEEP,
    StandInSystem,
    deployment,
    fixed_stage,
    named_stage,
    new_run,
    run_agent,
    seconds_per_request,
)

from benchmarks.design.design_space import grid_around
from benchmarks.design.points import Failure, LoadPoint
from benchmarks.measuring.stage import SkippedStage, Stage, Task
from benchmarks.measuring.stages_from_suite import load_of
from db.storage import Storage, open_storage

RUN = new_run().run_id
OUT_OF_MEMORY = Failure("out_of_memory", "CUDA out of memory. Tried to allocate 1.02 GiB")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    path = shutil.copy(filled_store(), tmp_path / "store.sqlite3")
    with closing(open_storage(f"sqlite:///{path}")) as storage:
        yield storage


def designed_stage(system: StandInSystem) -> Stage:
    space = grid_around(2000, 100, deployment())
    return Stage("a design", deployment(), "closed_loop", lambda: system, space=space)


def own(storage: Storage) -> list[tuple[float | None, float | None]]:
    rows = [row for row in storage.measurements() if row.source_id == "run-7f3a"]
    return [(row.concurrency, row.output_tokens_per_s) for row in rows]


def statuses(storage: Storage) -> list[tuple[str, str]]:
    return [(point.key, point.status) for point in storage.run_points(RUN)]


@pytest.mark.slow
def test_every_point_of_a_sweep_is_stored_with_its_measurement(
    storage: Storage, tmp_path: Path
) -> None:
    system = StandInSystem()
    assert run_agent(storage, tmp_path, [fixed_stage(system, SWEEP[:3])]) == "design complete"
    assert statuses(storage) == [(f"512x64x{c}", "ok") for c in (1, 4, 16)]
    first = SWEEP[0]
    rate = first.output_tokens / seconds_per_request(first)
    assert own(storage)[0] == (1.0, pytest.approx(rate))
    run = storage.run(RUN)
    assert (run.stopped, run.engine_version) == ("design complete", "0.11.0")
    assert run.environment["engines"] == {"1": {"kv_cache_tokens": 40_000}}
    assert system.ended


@pytest.mark.slow
def test_each_point_is_measured_for_four_rounds_and_with_a_seed_of_its_own(
    storage: Storage, tmp_path: Path
) -> None:
    system = StandInSystem()
    run_agent(storage, tmp_path, [fixed_stage(system)])
    assert all(requests >= 4 * point.concurrency for point, requests, _ in system.asked)
    assert len({seed for _, _, seed in system.asked}) == len(SWEEP)


@pytest.mark.slow
def test_a_point_that_is_not_steady_is_repeated_once_and_both_attempts_are_kept(
    storage: Storage, tmp_path: Path
) -> None:
    system = StandInSystem(complaints=["not steady: 1 requests/s in its first half, 2 after"])
    run_agent(storage, tmp_path, [fixed_stage(system, SWEEP[:1])])
    [point] = storage.run_points(RUN)
    assert [entry["complaint"] is None for entry in point.details["attempts"]] == [False, True]
    assert point.measurement is not None
    assert (point.reason, point.measurement.quality) == (None, "A")


def test_a_point_that_stays_unsteady_is_kept_with_a_flag(storage: Storage, tmp_path: Path) -> None:
    system = StandInSystem(complaints=["not steady: at first", "not steady: again"])
    run_agent(storage, tmp_path, [fixed_stage(system, SWEEP[:1])])
    [point] = storage.run_points(RUN)
    assert point.measurement is not None
    assert (point.status, point.reason) == ("ok", "not steady: again")
    assert (point.measurement.quality, point.measurement.notes) == ("B", "not steady: again")


@pytest.mark.slow
def test_out_of_memory_is_recorded_in_the_engines_words_and_larger_points_are_skipped(
    storage: Storage, tmp_path: Path
) -> None:
    def behave(point: LoadPoint) -> Failure | None:
        return OUT_OF_MEMORY if point == LoadPoint(512, 128, 4) else None

    system = StandInSystem(behave)
    assert run_agent(storage, tmp_path, [fixed_stage(system)]) == "design complete"
    found = {point.key: point for point in storage.run_points(RUN)}
    assert found["512x128x4"].status == "failed"
    assert found["512x128x4"].reason == f"out_of_memory: {OUT_OF_MEMORY.words}"
    skipped = {key for key, point in found.items() if point.status == "skipped"}
    assert skipped == {"512x128x16", "2048x128x4", "2048x128x16"}
    assert found["512x128x16"].reason == "memory ran out at 512 in, 128 out, 4 at once"
    assert len(own(storage)) == 8
    assert system.started == 2


@pytest.mark.slow
def test_the_largest_concurrency_that_works_is_a_result(storage: Storage, tmp_path: Path) -> None:
    sweep = [LoadPoint(8000, 150, c) for c in (1, 2, 4, 8)]
    system = StandInSystem(lambda point: OUT_OF_MEMORY if point.concurrency > 4 else None)
    run_agent(storage, tmp_path, [named_stage(system, "parallel", sweep)])
    assert storage.run(RUN).environment["largest_concurrency"] == {
        "parallel/8000x150": {"works": 4, "beyond": f"8: out_of_memory: {OUT_OF_MEMORY.words}"}
    }


@pytest.mark.slow
def test_an_engine_that_does_not_start_fails_its_first_point_and_the_next_stage_goes_on(
    storage: Storage, tmp_path: Path
) -> None:
    refusal = Failure("refused_to_start", "ValueError: no")
    stages = [
        named_stage(StandInSystem(starts=[refusal]), "first", SWEEP[:2]),
        named_stage(StandInSystem(), "second", SWEEP[:1]),
    ]
    run_agent(storage, tmp_path, stages)
    assert statuses(storage) == [
        ("first/512x64x1", "failed"),
        ("first/512x64x4", "skipped"),
        ("second/512x64x1", "ok"),
    ]
    assert storage.run_points(RUN)[0].reason == "refused_to_start: ValueError: no"


@pytest.mark.slow
def test_points_that_were_not_tried_are_recorded_with_the_load_of_their_method(
    storage: Storage, tmp_path: Path
) -> None:
    tasks = tuple(Task(point, "batch-size") for point in SWEEP[:2])
    batches = SkippedStage(deployment(), load_of("latency"), tasks, "no engine here")
    served = named_stage(StandInSystem(starts=[Failure("hung", "x")]), "parallel", SWEEP[:2])
    run_agent(storage, tmp_path, [batches, served])
    found = [(point.status, point.load) for point in storage.run_points(RUN)]
    assert found == [
        ("skipped", "static_batch"),
        ("skipped", "static_batch"),
        ("failed", "closed_loop"),
        ("skipped", "closed_loop"),
    ]


@pytest.mark.slow
def test_requests_that_the_kv_cache_cannot_hold_are_skipped(
    storage: Storage, tmp_path: Path
) -> None:
    run_agent(storage, tmp_path, [fixed_stage(StandInSystem(longest_tokens=1000))])
    skipped = [key for key, status in statuses(storage) if status == "skipped"]
    assert len(skipped) == 6
    assert all(key.startswith("2048x") for key in skipped)


@pytest.mark.slow
def test_after_five_failures_in_a_row_the_rest_is_skipped(storage: Storage, tmp_path: Path) -> None:
    system = StandInSystem(lambda _point: Failure("hung", "no answer from /health"))
    run_agent(storage, tmp_path, [fixed_stage(system)])
    found = [status for _, status in statuses(storage)]
    assert found == ["failed"] * 5 + ["skipped"] * 7
    assert system.started == 5


@pytest.mark.slow
def test_a_design_stops_at_its_target_and_at_its_limit(storage: Storage, tmp_path: Path) -> None:
    assert (
        run_agent(storage, tmp_path, [designed_stage(StandInSystem())], points=2) == "limit reached"
    )
    assert len(own(storage)) == 2
    goes_on = run_agent(storage, tmp_path, [designed_stage(StandInSystem())], target_interval=5.0)
    assert goes_on == "design complete"
    assert len(own(storage)) == 3


def test_a_run_without_time_for_a_point_measures_none(storage: Storage, tmp_path: Path) -> None:
    assert run_agent(storage, tmp_path, [designed_stage(StandInSystem())], max_s=1.0) == "time"
    assert storage.run_points(RUN) == ()


def test_ctrl_c_gives_up_the_point_under_way_and_ends_the_engine(
    storage: Storage, tmp_path: Path
) -> None:
    def behave(point: LoadPoint) -> Failure | None:
        if point == SWEEP[1]:
            raise KeyboardInterrupt
        return None

    system = StandInSystem(behave)
    assert run_agent(storage, tmp_path, [fixed_stage(system)]) == "interrupted"
    assert storage.run(RUN).stopped == "interrupted"
    assert statuses(storage) == [("512x64x1", "ok")]
    assert system.ended


@pytest.mark.slow
def test_resuming_keeps_good_points_and_tries_failed_ones_once_more(
    storage: Storage, tmp_path: Path
) -> None:
    sick = StandInSystem(lambda p: Failure("timeout", "slow") if p.concurrency == 4 else None)
    run_agent(storage, tmp_path, [fixed_stage(sick, SWEEP[:3])])
    again = StandInSystem(sick.behave)
    run_agent(storage, tmp_path, [fixed_stage(again, SWEEP[:3])])
    assert [point for point, _, _ in again.asked] == [SWEEP[1]]
    third = StandInSystem()
    run_agent(storage, tmp_path, [fixed_stage(third, SWEEP[:3])])
    assert third.asked == []
    assert dict(statuses(storage))["512x64x4"] == "failed"


@pytest.mark.slow
def test_seeds_differ_between_a_run_and_its_resumption(storage: Storage, tmp_path: Path) -> None:
    first = StandInSystem(lambda _point: Failure("timeout", "slow"))
    run_agent(storage, tmp_path, [fixed_stage(first, SWEEP[:1])])
    second = StandInSystem()
    run_agent(storage, tmp_path, [fixed_stage(second, SWEEP[:1])])
    assert first.asked[0][2] != second.asked[0][2]


def test_what_an_import_would_refuse_is_not_stored_as_a_measurement(
    storage: Storage, tmp_path: Path
) -> None:
    """A clock or a unit that is wrong by a factor of a thousand."""
    system = StandInSystem(faster_than_it_is=1000.0)
    run_agent(storage, tmp_path, [fixed_stage(system, SWEEP[:1])])
    [point] = storage.run_points(RUN)
    assert (point.status, point.measurement) == ("failed", None)
    assert point.reason is not None
    assert "times the most that 1 x L4 can do" in point.reason
    assert own(storage) == []


def test_a_point_states_how_far_its_repeats_disagree(storage: Storage, tmp_path: Path) -> None:
    system = StandInSystem(complaints=["not steady"], parts_per_s=(10.0, 8.0))
    run_agent(storage, tmp_path, [fixed_stage(system, SWEEP[:1])])
    [point] = storage.run_points(RUN)
    assert point.measurement is not None
    # Two attempts with halves ln(10/8) apart, squares of 0.024896 each, of one speed: over 3.
    assert point.measurement.throughput_sd == pytest.approx((2 * 0.0248965 / 3) ** 0.5, rel=1e-4)
