"""``planner import``, ``export`` and ``evaluate``."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import MISTRAL, answer, complaint, fill_store, run
from paths import DATA

from planner.records.measurement import Measurement
from planner.records.measurement_csv import read_measurement_csv, write_measurement_csv
from planner.records.reference import reference_measurements

BENCHMARKS = DATA / "benchmarks"


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def sweep() -> list[Measurement]:
    """One author's sweep of one deployment, as if somebody else had measured it."""
    rows = [
        replace(row, source_id="somebody", source="example.org/sweep (test fixture)")
        for row in reference_measurements()
        if row.source_id == "S02" and row.gpu == "A100 80GB" and "Vigostral-7B" in row.model
    ]
    assert len(rows) >= 20
    return rows


def write(tmp_path: Path, rows: list[Measurement], name: str = "sweep.csv") -> str:
    write_measurement_csv(tmp_path / name, rows)
    return str(tmp_path / name)


@pytest.mark.slow
def test_what_is_imported_is_there_once_and_counts_as_ones_own(tmp_path: Path) -> None:
    rows = sweep()
    file = write(tmp_path, rows)
    first = answer("import", file)
    assert first["files"] == [{"file": file, "measurements": len(rows)}]
    assert first["added"] == len(rows)
    assert answer("import", file)["added"] == 0
    [source] = [s for s in answer("catalog", "sources") if s["id"] == "somebody"]
    assert (source["measurements"], source["own"]) == (len(rows), True)


@pytest.mark.slow
def test_settings_stated_with_an_import_make_their_effect_measured(tmp_path: Path) -> None:
    result, exported = BENCHMARKS / "vllm_closed_loop_plain.json", tmp_path / "mine.csv"
    settings = "prefix_hit_share=0.5; max_num_seqs=64"
    on = ("--gpu", "L4", "--model", MISTRAL, "--quantization", "awq", "--source-id", "mine")
    assert "not an engine setting" in complaint(
        "import", str(result), *on, "--engine-settings", "fast"
    )
    answer("import", str(result), *on, "--engine-settings", settings)
    run("export", str(exported), "--source", "mine")
    [row] = read_measurement_csv(exported)
    assert row.engine_settings == "max_num_seqs=64; prefix_hit_share=0.5"
    run("export", str(exported), "--source", "article")
    assert "engine_settings" not in exported.read_text()

    lengths = ("--input-tokens", "64", "--output-tokens", "16")
    predict = ("predict", *on[:6], *lengths, "--concurrency", "2")
    shared = answer(*predict, "--prefix-hit-share", "0.5", "--kv-cache-dtype", "fp8")
    assert {s["name"]: s["certainty"] for s in shared["settings"]} == {
        "prefix_hit_share": "measured",
        "kv_cache_dtype": "assumption",
    }
    assert answer(*predict, "--prefix-hit-share", "0.5")["basis"] == "measured"
    assert answer(*predict)["basis"] == "calibrated"


@pytest.mark.slow
def test_a_throughput_that_no_such_card_has_is_refused_and_a_doubtful_one_is_told(
    tmp_path: Path,
) -> None:
    [row] = [r for r in sweep() if 1100 < r.input_tokens < 1200 and r.concurrency == 1][:1]
    assert row.output_tokens_per_s is not None
    before = answer("db", "status")["measurements"]
    in_a_minute = replace(row, output_tokens_per_s=60 * row.output_tokens_per_s)
    line = complaint("import", write(tmp_path, [row, in_a_minute]))
    assert "times the most that 1 x A100 80GB can do" in line
    assert "check the GPU, the number of GPUs, the model and the units" in line
    assert answer("db", "status")["measurements"] == before
    # The row itself is at 0.33 of what arithmetic and bandwidth of the card allow, if the first AWQ
    # kernel reads the weights once for every 16 rows of a prompt.
    cached = replace(row, output_tokens_per_s=8 * row.output_tokens_per_s)
    found = answer("import", write(tmp_path, [row, cached]))
    assert found["added"] == 2
    [told] = found["implausible"]
    assert told["reason"].startswith("2.6 times what the GPU's datasheet allows")


@pytest.mark.slow
def test_nobody_makes_a_published_source_his_own(tmp_path: Path) -> None:
    rows = [row for row in reference_measurements() if row.source_id == "S02"]
    published = write(tmp_path, rows, "published.csv")
    assert answer("import", published)["added"] == 0
    altered = write(tmp_path, [replace(rows[0], output_tokens_per_s=33.0)], "altered.csv")
    found = answer("import", altered, write(tmp_path, sweep()))
    assert found["not_own"] == ["S02"]
    assert "S02 is a published source" in run("import", altered).stdout
    [source] = [s for s in answer("catalog", "sources") if s["id"] == "S02"]
    assert (source["measurements"], source["own"]) == (len(rows) + 1, False)


@pytest.mark.slow
def test_what_no_forecast_can_use_is_kept_and_named(tmp_path: Path) -> None:
    file = write(tmp_path, [replace(sweep()[0], model="nobody/knows-this", base_model=None)])
    found = answer("import", file)
    assert found["added"] == 1
    assert "nobody/knows-this" in found["unusable"][0]["group"]
    said = " ".join(run("import", file).stdout.split())
    assert "not used in forecasts: 1 x A100" in said
    assert ", nobody/knows-this, " in said
    assert " | " not in said


def test_one_bad_file_keeps_all_of_them_out(tmp_path: Path) -> None:
    good, bad = write(tmp_path, sweep()), tmp_path / "bad.csv"
    bad.write_text(Path(good).read_text().replace(",gpu,", ",card,", 1))
    before = answer("db", "status")["measurements"]
    line = complaint("import", good, str(bad))
    assert f"{bad}, line 1" in line
    assert "'gpu'" in line
    assert answer("db", "status")["measurements"] == before


@pytest.mark.parametrize("content", ["", "{}", "[1]", "{", "\0", '{"duration": NaN}'])
def test_what_is_no_measurement_file_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "file").write_text(content)
    assert str(tmp_path / "file") in complaint("import", str(tmp_path / "file"))


def test_a_device_without_end_is_refused() -> None:
    assert "/dev/zero is larger than 100 MB; split it." in complaint("import", "/dev/zero")


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    assert "Is a directory" in complaint("import", str(tmp_path))
    assert "No such file" in complaint("import", str(tmp_path / "none.csv"))
    assert "Missing argument" in complaint("import")


@pytest.mark.slow
def test_an_export_is_read_back_as_what_is_stored(tmp_path: Path) -> None:
    file = tmp_path / "all.csv"
    assert run("export", str(file)).exit_code == 0
    assert set(read_measurement_csv(file)) == set(reference_measurements())
    assert answer("import", str(file))["added"] == 0


def test_an_export_of_one_source(tmp_path: Path) -> None:
    file = tmp_path / "article.csv"
    result = run("export", str(file), "--source", "article")
    assert result.stdout == ""
    assert {row.source_id for row in read_measurement_csv(file)} == {"article"}
    assert "'nobody' is not a source; choose one of" in complaint(
        "export", str(file), "--source", "nobody"
    )


@pytest.mark.slow
def test_an_export_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    complaint("export", str(tmp_path))
    complaint("export", str(tmp_path / "no" / "file.csv"))
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_an_evaluation_has_the_keys_that_other_programs_rely_on(tmp_path: Path) -> None:
    rows = sweep()
    few = [replace(row, model=f"{row.model}-few") for row in rows[:5]]
    found = answer("evaluate", "--measurements", write(tmp_path, rows + few), "--points", "6")
    group, small = found["groups"]
    assert set(group) >= {
        *("source_id", "gpu", "gpu_count", "model", "quantization", "engine_version", "rows"),
    }
    assert (group["source_id"], group["gpu"], group["rows"]) == ("somebody", "A100 80GB", len(rows))
    assert set(group["zero_shot"]) == {"mape", "median_ape", "coverage90"}
    assert set(group["calibrated"]) == {"points", "mape", "median_ape", "coverage90"}
    assert group["calibrated"]["points"] == 6
    assert small["calibrated"] is None
    summary = found["summary"]
    assert set(summary) == {
        *("groups", "skipped", "zero_shot_median_mape", "calibrated_median_mape"),
        *("calibrated_share_within_5pct", "zero_shot_coverage90", "calibrated_coverage90"),
        *("bursts", "bursts_median_mape"),
    }
    assert summary["groups"] == 2
    [skipped] = summary["skipped"]
    assert set(skipped) == {"group", "reason"}
    assert summary["calibrated_median_mape"] == group["calibrated"]["mape"]


@pytest.mark.slow
def test_an_evaluation_for_people(tmp_path: Path) -> None:
    result = run("evaluate", "--measurements", write(tmp_path, sweep()))
    assert result.exit_code == 0
    assert "A100 80GB" in result.stdout
    assert "zero shot median mape" in result.stdout


@pytest.mark.parametrize("points", ["0", "-1", "1001", "four"])
def test_points_that_cannot_be_are_refused(tmp_path: Path, points: str) -> None:
    file = write(tmp_path, sweep())
    assert "--points" in complaint("evaluate", "--measurements", file, "--points", points)


@pytest.mark.slow
def test_an_evaluation_of_no_usable_row_says_so(tmp_path: Path) -> None:
    file = write(tmp_path, [replace(sweep()[0], model="nobody/knows-this", base_model=None)])
    found = answer("evaluate", "--measurements", file)
    assert found["groups"] == []
    assert found["summary"]["zero_shot_median_mape"] is None
    assert found["summary"]["skipped"]


ON_L4 = ("--gpu", "L4", "--model", MISTRAL)


@pytest.mark.slow
def test_a_measurement_is_stored_once_whatever_its_file_is_called(tmp_path: Path) -> None:
    text = (BENCHMARKS / "vllm_closed_loop_plain.json").read_text()
    names = ("a.json", "b.json", "sweep.json")
    contents = (text, json.dumps(json.loads(text), indent=3), f"[{text}]")
    files = [tmp_path / name for name in names]
    for file, content in zip(files, contents, strict=True):
        file.write_text(content)
    assert answer("import", str(files[0]), str(files[1]), *ON_L4)["added"] == 1
    again = answer("import", str(files[2]), *ON_L4)
    assert (again["added"], again["not_own"]) == (0, [])
    assert answer("import", str(files[1]), *ON_L4, "--gpu-count", "2")["added"] == 1
    mine = ("--source-id", "mine")
    assert answer("import", str(files[0]), *ON_L4, *mine)["added"] == 1
    assert answer("import", str(files[1]), *ON_L4, *mine)["added"] == 0


@pytest.mark.slow
def test_another_engine_is_kept_and_leaves_the_forecast_alone(tmp_path: Path) -> None:
    result = json.loads((BENCHMARKS / "vllm_closed_loop_plain.json").read_text())
    (tmp_path / "f.json").write_text(json.dumps(result | {"backend": "sglang"}))
    predict = ("predict", *ON_L4, "--quantization", "awq", "--input-tokens", "64")
    predict = (*predict, "--output-tokens", "16", "--concurrency", "2")
    before = answer(*predict)
    found = answer("import", str(tmp_path / "f.json"), *ON_L4, "--quantization", "awq")
    assert found["added"] == 1
    assert "on 'sglang': no evidence of vLLM's speed" in found["unusable"][0]["reason"]
    assert answer(*predict)["output_tokens_per_s"] == before["output_tokens_per_s"]


def test_accepted_failures_are_said(tmp_path: Path) -> None:
    report = json.loads((BENCHMARKS / "guidellm_0_8.json").read_text())
    report["benchmarks"][0]["metrics"]["request_totals"] |= {"errored": 1, "total": 9}
    (tmp_path / "f.json").write_text(json.dumps(report))
    arguments = ("import", str(tmp_path / "f.json"), *ON_L4)
    assert "or accept it with --allow-failed 0.112" in complaint(*arguments)
    [told] = answer(*arguments, "--allow-failed", "0.112")["failed_requests"]
    assert told["reason"] == "1 of 9 requests failed"
    shown = run(*arguments, "--allow-failed", "0.112").stdout.replace("\n", " ")
    assert "1 of 9 requests failed" in shown
