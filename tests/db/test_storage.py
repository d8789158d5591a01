"""The store on each of its databases; what it shares with other stores of runs is tested in
``tests/benchmarks/measuring/test_run_store.py``.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from paths import SUPPORT
from postgres_server import new_database_url
from store_samples import GPU_ROW, MEASUREMENT, MODEL, OFFER, POINT, REFERENCE, RUN, UNDER_SETTINGS

from db.connection import connect
from db.scenario_rows import UnreadableScenario
from db.storage import Storage, open_storage
from planner.entered.cost_item import CostItem
from planner.errors import InputError, StoreError
from planner.fleet.scenario import Scenario
from planner.records.measurement import COLUMNS
from planner.records.measurement_csv import FLOAT_COLUMNS, write_measurement_csv


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "reference.csv"
    write_measurement_csv(path, [REFERENCE])
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite3'}"
    return new_database_url()


@pytest.fixture
def opened(url: str, reference: Path) -> Iterator[Callable[[], Storage]]:
    """Opens the same store again and again."""
    storages = []

    def open_again() -> Storage:
        storages.append(open_storage(url, reference))
        return storages[-1]

    yield open_again
    for storage in storages:
        storage.close()


@pytest.fixture
def storage(opened: Callable[[], Storage]) -> Storage:
    return opened()


def change(url: str, statement: str) -> None:
    database = connect(url)
    with database.writing() as connection:
        connection.exec_driver_sql(statement)
    database.engine.dispose()


def test_a_new_store_holds_the_reference_measurements(storage: Storage) -> None:
    assert storage.measurements() == (REFERENCE,)
    assert storage.own_source_ids() == frozenset()


def test_measurements_come_back_as_they_went_in(storage: Storage) -> None:
    every_field = replace(
        MEASUREMENT,
        **{c: 0.1 + i for i, c in enumerate(COLUMNS) if c in FLOAT_COLUMNS and "_s" in c},
        gpu_memory_gb=80.0,
        mode="online",
        quality="A",
        requests=455.88,
        engine_settings="kv_cache_dtype=fp8",
    )
    assert storage.add_measurements([MEASUREMENT, every_field]) == 2
    assert storage.measurements() == (REFERENCE, MEASUREMENT, every_field)


def test_the_same_row_is_stored_once(opened: Callable[[], Storage]) -> None:
    assert opened().add_measurements([MEASUREMENT, MEASUREMENT]) == 1
    assert opened().add_measurements([MEASUREMENT, replace(MEASUREMENT, concurrency=32)]) == 0
    assert opened().add_measurements([REFERENCE]) == 0
    assert len(opened().measurements()) == 2


def test_a_row_under_other_engine_settings_is_another_row(storage: Storage) -> None:
    assert storage.add_measurements([MEASUREMENT, UNDER_SETTINGS, UNDER_SETTINGS]) == 2
    assert storage.measurements() == (REFERENCE, MEASUREMENT, UNDER_SETTINGS)


def test_a_batch_with_a_bad_row_is_not_stored_at_all(storage: Storage) -> None:
    bad = replace(MEASUREMENT, gpu=None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="gpu: is blank, but every row must state it"):
        storage.add_measurements([MEASUREMENT, bad])
    assert storage.measurements() == (REFERENCE,)


def test_a_source_can_be_left_out(storage: Storage) -> None:
    storage.add_measurements([MEASUREMENT])
    assert storage.measurements(exclude_sources=["article"]) == (MEASUREMENT,)
    assert storage.measurements(exclude_sources=["article", "lab", "?"]) == ()


def test_sources_have_names_for_people(storage: Storage) -> None:
    cited = replace(MEASUREMENT, source_id="S", source="owner/repo@4211f5d:data/file.csv")
    storage.create_run(RUN)
    storage.record_point(RUN.run_id, POINT)
    storage.add_measurements([cited, replace(cited, concurrency=4.0)])
    found = {s.id: (s.name, s.measurements, s.own) for s in storage.sources()}
    assert found == {
        "S": ("owner/repo", 2, True),
        "article": ("An article", 1, False),
        "run-7f3a": (
            "Calibration of mistralai/Mistral-7B-Instruct-v0.2 on L4, 2026-11-22",
            1,
            True,
        ),
    }
    assert storage.own_source_ids() == {"S", "run-7f3a"}


def test_a_published_source_never_counts_as_the_users(
    opened: Callable[[], Storage], url: str
) -> None:
    storage = opened()
    published = storage.measurements()[0]
    assert storage.add_measurements([replace(published, notes="mine")]) == 1
    assert storage.own_source_ids() == frozenset()
    # A row that was the user's own until its id was published.
    storage.add_measurements([MEASUREMENT])
    assert storage.own_source_ids() == {MEASUREMENT.source_id}
    renamed = f"source_id = '{published.source_id}'"
    change(url, f"UPDATE measurements SET {renamed} WHERE origin = 'user'")
    assert storage.own_source_ids() == frozenset()
    assert not any(source.own for source in storage.sources())


def test_removing_a_source_leaves_the_reference(storage: Storage) -> None:
    storage.add_measurements([MEASUREMENT])
    assert storage.remove_source("lab") == 1
    assert storage.remove_source("article") == 0
    assert storage.measurements() == (REFERENCE,)


def test_a_new_reference_replaces_the_old_and_keeps_the_users_rows(
    opened: Callable[[], Storage], reference: Path
) -> None:
    opened().add_measurements([MEASUREMENT])
    better = replace(REFERENCE, output_tokens_per_s=131.0)
    write_measurement_csv(reference, [better])
    assert opened().measurements() == (MEASUREMENT, better)


def test_an_unsound_new_reference_leaves_the_store_as_it_was(
    opened: Callable[[], Storage], reference: Path
) -> None:
    storage = opened()
    write_measurement_csv(reference, [replace(REFERENCE, date=None)])
    with pytest.raises(Exception, match=r"row 1 \(An article\), date: is blank"):
        opened()
    assert storage.measurements() == (REFERENCE,)


def test_a_run_that_ended_says_when_and_why(storage: Storage) -> None:
    storage.create_run(RUN)
    storage.finish_run(RUN.run_id, "design complete", finished_at="2026-11-22T10:09:00+00:00")
    ended = replace(RUN, finished_at="2026-11-22T10:09:00+00:00", stopped="design complete")
    assert storage.run(RUN.run_id) == ended
    storage.create_run(RUN)
    assert storage.run(RUN.run_id) == ended


def test_runs_are_listed_latest_first(storage: Storage) -> None:
    assert storage.latest_run() is None
    later = replace(RUN, run_id="later", started_at="2026-11-23T00:00:00+00:00")
    storage.create_run(RUN)
    storage.create_run(later)
    assert storage.runs() == (later, RUN)
    assert storage.latest_run() == later


def test_the_measurement_of_a_point_is_stored_once(storage: Storage) -> None:
    storage.create_run(RUN)
    storage.record_point(RUN.run_id, POINT)
    storage.record_point(RUN.run_id, POINT)
    assert storage.measurements() == (REFERENCE, POINT.measurement)


def test_an_unknown_run_is_refused_with_those_that_are_there(storage: Storage) -> None:
    storage.create_run(RUN)
    for call in (
        lambda: storage.run("x"),
        lambda: storage.finish_run("x", "time"),
        lambda: storage.record_point("x", replace(POINT, run_id="x")),
        lambda: storage.add_measurements([MEASUREMENT], run_id="x"),
    ):
        with pytest.raises(InputError, match=r"'x'.*the latest are 20261122-7f3a"):
            call()
    assert storage.measurements() == (REFERENCE,)


def test_a_point_of_another_run_is_refused(storage: Storage) -> None:
    storage.create_run(RUN)
    with pytest.raises(InputError, match="does not belong to run 'other'"):
        storage.record_point("other", POINT)


def test_additions_come_back_marked_as_the_users(storage: Storage) -> None:
    storage.add_gpu(replace(GPU_ROW, tdp_w=900))
    storage.add_gpu(GPU_ROW)
    storage.add_model(MODEL)
    storage.add_offer(OFFER)
    assert storage.gpus() == (replace(GPU_ROW, added_by="user"),)
    assert storage.models() == (replace(MODEL, added_by="user"),)
    assert storage.offers() == (replace(OFFER, added_by="user"),)


def test_own_measurements_are_removed_by_their_content_and_published_ones_stay(
    storage: Storage,
) -> None:
    other = replace(MEASUREMENT, concurrency=4.0)
    storage.add_measurements([MEASUREMENT, other])
    before = storage.version()
    assert storage.remove_measurements([MEASUREMENT, REFERENCE]) == 1
    assert storage.measurements() == (REFERENCE, other)
    assert storage.version() != before


def test_a_source_without_a_measurement_left_is_set_aside_no_longer(storage: Storage) -> None:
    other = replace(MEASUREMENT, concurrency=4.0)
    storage.add_measurements([MEASUREMENT, other])
    storage.set_source_aside("lab")
    storage.remove_measurements([other])
    assert storage.set_aside() == {"lab"}
    storage.remove_measurements([MEASUREMENT])
    assert storage.set_aside() == frozenset()


def test_additions_can_be_removed(storage: Storage) -> None:
    storage.add_gpu(GPU_ROW)
    storage.add_model(MODEL)
    storage.add_offer(OFFER)
    assert storage.remove_gpu("B200")
    assert storage.remove_model("ours/tiny")
    assert storage.remove_offer("ours")
    assert not storage.remove_offer("ours")
    assert (storage.gpus(), storage.models(), storage.offers()) == ((), (), ())


def test_an_addition_that_no_longer_fits_says_what_to_do(storage: Storage, url: str) -> None:
    storage.add_gpu(GPU_ROW)
    change(url, """UPDATE additions SET facts = '{"name": "B200"}'""")
    with pytest.raises(StoreError, match=r"gpu 'B200' .*memory_gb: Field required.*remove it"):
        storage.gpus()


def test_scenarios_are_saved_under_their_names(storage: Storage) -> None:
    first = Scenario(gpus=("L4", "T4"), other_costs=(CostItem(name="<b>people</b>", amount=9.5),))
    second = Scenario(documents_per_year=1e6, terms=("spot", "on-demand"), latency_p95_s=30)
    assert storage.save_scenario("b", first)
    assert storage.save_scenario("a", first)
    assert storage.save_scenario("a", second, replaces=1)
    assert [(s.name, s.scenario) for s in storage.scenarios()] == [("a", second), ("b", first)]
    saved = storage.scenario("a")
    assert saved.scenario == second
    assert saved.created_at <= saved.updated_at
    assert storage.delete_scenario("a")
    assert not storage.delete_scenario("a")
    with pytest.raises(InputError, match="No scenario 'a' in the store; there are b"):
        storage.scenario("a")


def test_a_version_is_replaced_only_by_who_has_seen_it_and_is_kept(storage: Storage) -> None:
    first, second, third = (Scenario(documents_per_year=n * 1e6) for n in (1, 2, 3))
    typed = {"size": "pages", "pages": "9"}
    assert storage.save_scenario("a", first, saved_by="ada@example.org", entered=typed)
    assert not storage.save_scenario("a", second)
    assert storage.save_scenario("a", second, replaces=1)
    assert not storage.save_scenario("a", third, replaces=1)
    assert not storage.save_scenario("new", third, replaces=1)
    versions = storage.scenario_versions("a")
    assert [(v.version, v.scenario, v.saved_by) for v in versions] == [
        (2, second, None),
        (1, first, "ada@example.org"),
    ]
    assert [v.entered for v in versions] == [None, typed]
    assert versions[1].updated_at == versions[0].created_at <= versions[0].updated_at
    with pytest.raises(InputError, match="No scenario 'b'"):
        storage.scenario_versions("b")


def test_a_scenario_is_renamed_deleted_and_restored_with_its_versions(storage: Storage) -> None:
    storage.save_scenario("a", Scenario(name="a"))
    storage.save_scenario("a", Scenario(name="a", peak_factor=2), replaces=1)
    storage.save_scenario("taken", Scenario())
    assert not storage.rename_scenario("a", "taken")
    assert storage.rename_scenario("a", "b")
    with pytest.raises(InputError, match="No scenario 'a'"):
        storage.rename_scenario("a", "c")
    versions = storage.scenario_versions("b")
    assert [(v.version, v.scenario.peak_factor) for v in versions] == [(2, 2), (1, 1)]
    assert versions[0].scenario.name == "b"
    removed = storage.delete_scenario("b")
    assert removed is not None
    assert [saved.name for saved in storage.scenarios()] == ["taken"]
    assert storage.restore_scenario(removed)
    assert storage.scenario_versions("b") == versions
    assert not storage.restore_scenario(removed)
    assert storage.delete_scenario("b")
    assert storage.save_scenario("b", Scenario())
    assert len(storage.scenario_versions("b")) == 1


def test_a_scenario_that_no_longer_fits_hides_no_other(storage: Storage, url: str) -> None:
    storage.save_scenario("old", Scenario(), saved_by="ada@example.org")
    change(url, """UPDATE scenarios SET scenario = '{"gone": 1}'""")
    storage.save_scenario("new", Scenario())
    assert [one.name for one in storage.scenarios()] == ["new"]
    _, old = storage.newest_scenarios()
    assert isinstance(old, UnreadableScenario)
    assert (old.name, old.version, old.saved_by) == ("old", 1, "ada@example.org")
    assert old.reason == "gone: Extra inputs are not permitted"
    with pytest.raises(StoreError, match=r"scenario 'old' does not fit this planner .gone: Extra"):
        storage.scenario("old")


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ("[]", "Input should be a valid dictionary or instance of Scenario"),
        (
            '{"documents_per_year": 1000, "volume_low": 2000}',
            "volume_low: it must be at most documents_per_year, 1,000",
        ),
    ],
)
def test_the_reason_why_a_scenario_does_not_fit_is_a_sentence(
    storage: Storage, url: str, stored: str, reason: str
) -> None:
    storage.save_scenario("old", Scenario())
    change(url, f"UPDATE scenarios SET scenario = '{stored}'")
    [old] = storage.newest_scenarios()
    assert isinstance(old, UnreadableScenario)
    assert old.reason == reason


def test_versions_that_no_longer_fit_hide_no_other_and_outlive_an_undo(
    storage: Storage, url: str
) -> None:
    for version in (0, 1, 2):
        storage.save_scenario("a", Scenario(), replaces=version)
    change(url, """UPDATE scenario_versions SET scenario = '{"gone": 1}' WHERE version = 2""")
    assert [one.version for one in storage.scenario_versions("a")] == [3, 1]
    change(url, """UPDATE scenarios SET scenario = '{"gone": 1}'""")
    versions, unreadable = storage.scenario_versions("a"), storage.newest_scenarios()
    assert [one.version for one in versions] == [1]
    removed = storage.delete_scenario("a")
    assert removed is not None
    assert storage.newest_scenarios() == ()
    assert storage.restore_scenario(removed)
    assert storage.scenario_versions("a") == versions
    assert storage.newest_scenarios() == unreadable
    assert storage.save_scenario("a", Scenario(peak_factor=2), replaces=3)
    assert [one.version for one in storage.scenario_versions("a")] == [4, 1]


def test_the_version_changes_with_what_forecasts_rest_on(storage: Storage) -> None:
    seen = [storage.version()]
    storage.add_measurements([MEASUREMENT])
    seen.append(storage.version())
    storage.add_gpu(GPU_ROW)
    seen.append(storage.version())
    storage.create_run(RUN)
    storage.record_point(RUN.run_id, POINT)
    seen.append(storage.version())
    storage.remove_source("lab")
    seen.append(storage.version())
    assert len(set(seen)) == 5
    storage.add_measurements([REFERENCE])
    storage.save_scenario("a", Scenario())
    assert storage.version() == seen[-1]


@pytest.mark.slow
def test_writers_at_once_lose_nothing(opened: Callable[[], Storage]) -> None:
    opened().create_run(RUN)
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        storage = opened()
        try:
            for i in range(5):
                own = replace(MEASUREMENT, source_id=f"w{writer}", concurrency=float(i + 1))
                shared = replace(MEASUREMENT, source_id="shared", concurrency=float(i + 1))
                storage.add_measurements([own, shared])
                key = f"{writer}-{i}"
                measured = replace(MEASUREMENT, source_id=RUN.source_id, notes=key)
                point = replace(POINT, key=key, position=i, measurement=measured)
                storage.record_point(RUN.run_id, point)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    counts = {s.id: s.measurements for s in opened().sources()}
    assert counts == {"article": 1, "shared": 5, RUN.source_id: 40} | {f"w{n}": 5 for n in range(8)}
    assert len(opened().run_points(RUN.run_id)) == 40
    # 40 batches and 40 points on top of the reference, each counted.
    assert opened().version().endswith("#81")


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path

url, tests, reference = sys.argv[1:]
sys.path.insert(0, tests)

from db.storage import open_storage
from store_samples import MEASUREMENT

storage = open_storage(url, Path(reference))
for batch in range(10_000):
    rows = [replace(MEASUREMENT, source_id="w", notes=f"{batch}/{row}") for row in range(10)]
    storage.add_measurements(rows)
    print(batch + 1, flush=True)
"""


@pytest.mark.slow
@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_whole_batches(
    opened: Callable[[], Storage], url: str, reference: Path
) -> None:
    words = [sys.executable, "-c", WRITER, url, str(SUPPORT), str(reference)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [next(writer.stdout) for _ in range(5)]
        writer.kill()
        told += list(writer.stdout)
    written = {source.id: source.measurements for source in opened().sources()}["w"]
    assert written % 10 == 0
    # At most the batch that was on disk, but not told of yet.
    assert written // 10 - int(told[-1]) in (0, 1)


@pytest.mark.slow
def test_a_password_is_not_shown() -> None:
    storage = open_storage(new_database_url().replace("planner@", "planner:secret@"))
    assert "secret" not in storage.location
    storage.close()
