"""Own measurements that disagree: what ``predict`` makes of them, and ``planner measurements``."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import MISTRAL, answer, complaint, fill_store, run

from planner.records.measurement import COLUMNS, Measurement
from planner.records.measurement_csv import write_measurement_csv

ON = ("--gpu", "A100 80GB", "--model", MISTRAL, "--quantization", "none")
AT_8 = ("predict", *ON, "--input-tokens", "1024", "--output-tokens", "128", "--concurrency", "8")
BLANK = dict.fromkeys(COLUMNS)


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def row(source: str, date: str | None, concurrency: float, speed: float) -> Measurement:
    stated = {
        "source_id": source,
        "gpu": "A100 80GB",
        "gpu_count": 1,
        "model": MISTRAL,
        "quantization": "none",
        "engine": "vllm",
        "engine_version": "0.11.0",
        "mode": "online",
        "load": "closed_loop",
        "input_tokens": 1024.0,
        "output_tokens": 128.0,
        "concurrency": concurrency,
        "output_tokens_per_s": speed,
        "date": date,
        "source": f"{source} (test fixture)",
    }
    return Measurement(**BLANK | stated)


OLD = [row("before", "2026-01-10", c, speed) for c, speed in ((4, 109.0), (8, 197.0), (16, 330.0))]
NEW = [row("after", "2026-11-20", c, speed) for c, speed in ((4, 217.0), (16, 660.0))]


def store(tmp_path: Path, rows: list[Measurement]) -> None:
    write_measurement_csv(tmp_path / "rows.csv", rows)
    answer("import", str(tmp_path / "rows.csv"))


@pytest.mark.slow
def test_two_newer_points_beat_three_older_ones_and_the_older_are_shown(tmp_path: Path) -> None:
    store(tmp_path, NEW + OLD)
    forecast = answer(*AT_8)
    # Between the measured 217 and 660 tokens/s, at twice the speed of the older run.
    assert 340 < forecast["output_tokens_per_s"]["value"] < 450
    assert forecast["basis"] == "calibrated"
    assert forecast["sources"] == ["after"]
    newest, older = forecast["own_runs"]
    assert (newest["source"], newest["role"], newest["points"]) == ("after", "speaks", 2)
    assert (older["source"], older["role"], older["points"]) == ("before", "disagrees", 3)
    assert older["date"] == "2026-01-10"
    assert older["speed_ratio"] == pytest.approx(0.5, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("date", [None, "2025", "2026-11"])
def test_a_run_without_a_date_or_of_an_earlier_one_is_older(
    tmp_path: Path, date: str | None
) -> None:
    store(tmp_path, NEW + [replace(one, date=date) for one in OLD])
    assert answer(*AT_8)["own_runs"][0]["source"] == "after"


@pytest.mark.slow
def test_of_one_date_the_run_that_was_stored_later_speaks(tmp_path: Path) -> None:
    store(tmp_path, [replace(one, date="2026-11-20") for one in OLD])
    store(tmp_path, NEW)
    assert answer(*AT_8)["own_runs"][0]["source"] == "after"


@pytest.mark.slow
def test_an_older_run_that_agrees_supports_the_newest_and_narrows_the_interval(
    tmp_path: Path,
) -> None:
    store(tmp_path, NEW)
    alone = answer(*AT_8)["output_tokens_per_s"]
    agreeing = [
        row("before", "2026-01-10", c, speed)
        for c, speed in ((4, 219.0), (8, alone["value"]), (16, 654.0))
    ]
    store(tmp_path, agreeing)
    together = answer(*AT_8)
    assert together["sources"] == ["after", "before"]
    assert [r["role"] for r in together["own_runs"]] == ["speaks", "supports"]
    assert together["basis"] == "measured"
    speed = together["output_tokens_per_s"]
    assert speed["high"] / speed["low"] < alone["high"] / alone["low"]


@pytest.mark.slow
def test_a_run_that_disagrees_pulls_no_forecast(tmp_path: Path) -> None:
    store(tmp_path, NEW)
    others = ("predict", "--gpu", "A100 80GB", "--model", MISTRAL, "--quantization", "awq")
    others = (*others, "--input-tokens", "1024", "--output-tokens", "128", "--concurrency", "8")
    before = [answer(*words)["output_tokens_per_s"] for words in (AT_8, others)]
    store(tmp_path, OLD)
    assert [answer(*words)["output_tokens_per_s"] for words in (AT_8, others)] == before


@pytest.mark.slow
def test_the_disagreement_is_said_and_a_run_can_be_set_aside_and_restored(tmp_path: Path) -> None:
    store(tmp_path, NEW + OLD)
    shown = " ".join(run(*AT_8).stdout.split())
    assert re.search(
        r"Your run before of 2026-01-10 \(3 points\) measured 0\.(49|5)\d* times the speed of your "
        r"newest run after of 2026-11-20 \(2 points\)\.",
        shown,
    )
    assert "planner measurements set-aside after" in shown
    listed = answer("measurements", "list")
    assert [(r["source"], r["role"]) for r in listed] == [
        ("after", "speaks"),
        ("before", "disagrees"),
    ]
    assert run("measurements", "set-aside", "after").exit_code == 0
    without = answer(*AT_8)
    assert without["sources"] == ["before"]
    assert without["output_tokens_per_s"]["value"] == pytest.approx(197.0, rel=0.02)
    assert {r["source"]: r["role"] for r in answer("measurements", "list")} == {
        "before": "speaks",
        "after": "set aside",
    }
    assert "older" not in run("measurements", "list").stdout
    exported = tmp_path / "out.csv"
    assert run("export", str(exported), "--source", "after").exit_code == 0
    assert run("measurements", "restore", "after").exit_code == 0
    assert answer(*AT_8)["sources"] == ["after"]


def test_only_ones_own_sources_can_be_set_aside(tmp_path: Path) -> None:
    store(tmp_path, NEW)
    assert "'article' is not a source of yours (after)" in complaint(
        "measurements", "set-aside", "article"
    )
    assert "'after' is not set aside (none is)" in complaint("measurements", "restore", "after")


@pytest.mark.slow
def test_points_whose_halves_disagree_weigh_less_and_widen_the_interval(tmp_path: Path) -> None:
    steady = [replace(one, throughput_sd=0.01) for one in NEW]
    outlier = replace(OLD[1], source_id="after", date="2026-11-20", output_tokens_per_s=300.0)
    store(tmp_path, [*steady, replace(outlier, throughput_sd=0.01)])
    sure = answer(*AT_8)["output_tokens_per_s"]
    fill_store()
    store(tmp_path, [*steady, replace(outlier, throughput_sd=0.25)])
    unsure = answer(*AT_8)["output_tokens_per_s"]
    # The curve without the outlier is at about 395 tokens/s.
    assert sure["value"] < unsure["value"] < 400
    assert unsure["high"] / unsure["low"] > 1.2 * sure["high"] / sure["low"]


@pytest.mark.slow
def test_a_steady_older_run_that_agrees_outweighs_a_noisy_newest_one(tmp_path: Path) -> None:
    speeds = ((4, 217.0), (8, 394.0), (16, 660.0))
    steady = [
        replace(row("before", "2026-11-01", c, speed), throughput_sd=0.01) for c, speed in speeds
    ]
    noisy = [
        replace(row("after", "2026-11-20", c, 1.12 * speed), throughput_sd=0.12)
        for c, speed in speeds
    ]
    store(tmp_path, steady)
    store(tmp_path, noisy)
    forecast = answer(*AT_8)
    assert [r["role"] for r in forecast["own_runs"]] == ["speaks", "supports"]
    # Between 394 and 441 tokens/s, and nearer to the steady run.
    assert 385 < forecast["output_tokens_per_s"]["value"] < 417
