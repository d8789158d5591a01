"""Files of other tools become measurements, or are refused with the reason.

The files in ``data/benchmarks`` were written by vLLM 0.32, GuideLLM 0.8.1 and
GuideLLM 0.3.1 against a real engine with a tiny model, and shortened.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import DATA
from store_samples import MEASUREMENT

from benchmarks.importing.failed_requests import failures_noted
from benchmarks.importing.measurement_files import (
    ImportContext,
    parse_measurements,
    read_guidellm_json,
    read_measurements,
    read_vllm_bench_json,
)
from planner.errors import InputError
from planner.records.measurement_csv import write_measurement_csv

FILES = DATA / "benchmarks"
ON = ImportContext(gpu="cpu", model="ours/tiny", output_tokens=16)
UNTOLD = ImportContext(gpu="cpu")

Change = Callable[[dict[str, Any]], object]


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FILES / f"{name}.json").read_text())
    return loaded


def refusal(content: object, context: ImportContext = ON) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(InputError) as caught:
        parse_measurements(text, "f.json", context)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    return str(caught.value)


def changed(name: str, **values: object) -> dict[str, Any]:
    return document(name) | values


def test_a_detailed_vllm_result_is_a_closed_loop_measurement() -> None:
    (row,) = read_vllm_bench_json(FILES / "vllm_closed_loop_detailed.json", ON)
    assert (row.gpu, row.model, row.engine, row.mode) == ("cpu", "ours/tiny", "vllm", "online")
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 2.0, 8.0)
    assert (row.input_tokens, row.output_tokens) == (64.0, 16.0)
    assert row.output_tokens_per_s == 144.589887  # 128 tokens in 0.885262 s
    assert row.requests_per_s == 9.036868
    assert (row.ttft_ms_mean, row.ttft_ms_median) == (65.56209, 51.398046)
    assert row.tpot_ms_mean == 10.325899
    assert row.e2e_s_mean == pytest.approx(0.220450576)
    assert (row.date, row.quality) == ("2026-11-22", "A")
    assert row.source == "vllm_closed_loop_detailed.json"
    assert row.source_id.startswith("import-")


def test_a_plain_vllm_result_gives_the_same_figures() -> None:
    (plain,) = read_measurements(FILES / "vllm_closed_loop_plain.json", ON)
    (detailed,) = read_measurements(FILES / "vllm_closed_loop_detailed.json", ON)
    assert plain.output_tokens_per_s == detailed.output_tokens_per_s
    assert plain.e2e_s_mean == detailed.e2e_s_mean
    assert plain.requests == detailed.requests


def test_what_a_result_cannot_show_is_said() -> None:
    (row,) = read_measurements(FILES / "vllm_closed_loop_plain.json", UNTOLD)
    assert row.quality == "B"
    assert "clamped answers would not show" in str(row.notes)
    assert row.model == "tiny"


def test_the_mean_latency_comes_from_the_requests_where_it_is_not_stated() -> None:
    result = document("vllm_closed_loop_detailed")
    stated = result.pop("mean_e2el_ms") / 1000
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert row.e2e_s_mean == pytest.approx(stated, rel=0.02)


def test_a_rate_is_a_poisson_load() -> None:
    context = ImportContext(gpu="cpu", output_tokens=8)
    (row,) = read_measurements(FILES / "vllm_poisson.json", context)
    assert (row.load, row.request_rate_per_s, row.concurrency) == ("poisson_rate", 4.0, None)


@pytest.mark.parametrize("cap", [None, 8, 100])
def test_all_requests_at_once_are_a_burst(cap: int | None) -> None:
    result = changed("vllm_closed_loop_plain", max_concurrency=cap)
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert (row.load, row.concurrency) == ("burst", 8.0)


def test_facts_that_a_file_does_not_state_come_from_the_context() -> None:
    context = ImportContext(
        gpu="L4",
        gpu_count=2,
        gpu_memory_gb=24,
        base_model="mistralai/Mistral-7B-Instruct-v0.2",
        quantization="awq",
        engine="sglang",
        engine_version="0.5",
        source_id="s",
        source="our notebook",
        notes="enforce eager",
    )
    (row,) = read_measurements(FILES / "vllm_closed_loop_plain.json", context)
    assert (row.gpu, row.gpu_count, row.gpu_memory_gb) == ("L4", 2, 24)
    assert (row.quantization, row.engine, row.engine_version) == ("awq", "sglang", "0.5")
    assert (row.source_id, row.source) == ("s", "our notebook")
    assert str(row.notes).endswith("; enforce eager")


def test_a_file_without_a_gpu_asks_for_it() -> None:
    with pytest.raises(InputError, match=r"does not state the gpu; .*--gpu") as caught:
        read_measurements(FILES / "vllm_closed_loop_plain.json")
    assert caught.value.field == "gpu"


def test_results_appended_to_one_file_are_all_read() -> None:
    text = (FILES / "vllm_closed_loop_plain.json").read_text()
    assert len(parse_measurements(text + text, "f.json", ON)) == 2


def test_one_bad_result_of_several_refuses_the_file() -> None:
    good = (FILES / "vllm_closed_loop_plain.json").read_text()
    told = refusal(good + json.dumps(changed("vllm_closed_loop_plain", completed=7)))
    assert told.startswith("f.json, result 2 is refused: only 7 of 8 requests completed")


def test_a_result_without_a_server_is_refused() -> None:
    told = refusal(document("vllm_no_server"))
    assert "only 0 of 4 requests completed, 4 failed" in told
    assert "Cannot connect to host" in told


def test_clamped_answers_are_refused() -> None:
    context = ImportContext(gpu="cpu", output_tokens=200)
    told = refusal(document("vllm_clamped"), context)
    assert "496 output tokens are not 4 requests x 200 tokens: answers were clamped" in told


def test_streams_that_the_servers_end_cut_off_are_refused() -> None:
    result = document("vllm_closed_loop_detailed")
    for request in (6, 7):
        lost = sum(result["itls"][request][5:])
        result["itls"][request] = result["itls"][request][:5]
        result["output_lens"][request] = 6
        assert lost < 0.25
    result["total_output_tokens"] = 6 * 16 + 2 * 6
    result["output_throughput"] = result["total_output_tokens"] / result["duration"]
    assert "2 answers are shorter than the others and end together" in refusal(result, UNTOLD)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"failed": 1}, "only 8 of 8 requests completed, 1 failed"),
        ({"completed": 0, "num_prompts": 0, "failed": 0}, "it holds no request"),
        ({"output_throughput": 300.0}, "output_throughput 300/s is not total_output_tokens 128 in"),
        ({"request_throughput": 1.0}, "request_throughput 1/s is not completed 8 in 0.88"),
        ({"duration": 0}, "output_throughput 144.59/s is not total_output_tokens 128 in 0 s"),
        ({"duration": "long"}, "duration is '\"long\"', not a number"),
        ({"duration": None}, "duration is absent, not a number"),
        ({"duration": -1}, "duration is '-1', not between 0 and"),
        ({"duration": float("nan")}, "duration is 'NaN', not between 0 and"),
        ({"completed": 7.5}, "completed is '7.5', not a whole number"),
        ({"completed": True}, "completed is 'true', not a number"),
        ({"model_id": 5}, "model_id is '5', not a text"),
        ({"date": "soon"}, "date is 'soon', not an ISO date"),
        ({"date": "20260230-190053"}, "date is '20260230-190053', not an ISO date"),
        ({"request_rate": 0.0}, "request_rate_per_s would be 0, and must be over 0"),
        ({"total_input_tokens": 0}, "input_tokens would be 0"),
        ({"mean_ttft_ms": 1e15}, "ttft_ms_mean would be 1e+15, and must be over 0 and at most"),
        ({"output_lens": [16] * 7}, "output_lens is not a list of 8 entries"),
        ({"output_lens": [16] * 7 + [None]}, "output_lens holds an entry that is not a number"),
        ({"output_lens": [16] * 7 + [15]}, "output_lens add up to 127, not to the total of 128"),
        ({"output_lens": [16] * 6 + [15, 17]}, "2 answers do not have 16 tokens"),
        ({"itls": [["x"]] * 8, "mean_e2el_ms": None}, "itls is not a list of seconds"),
        ({"burstiness": 0.5, "request_rate": 4.0}, "burstiness 0.5 is not Poisson arrival"),
        ({"ramp_up_strategy": "linear"}, "its request rate rises during the run"),
        ({"total_output_tokens": None}, "not a text generation benchmark"),
        ({"total_output_tokens": 0, "output_lens": [0] * 8}, "0 output tokens are not 8 requests"),
    ],
)
def test_a_result_that_contradicts_itself_is_refused(
    values: dict[str, object], reason: str
) -> None:
    told = refusal(changed("vllm_closed_loop_detailed", **values))
    assert told.startswith("f.json is refused: ")
    assert reason in told


@pytest.mark.parametrize("name", ["two\nlines", "\0", "\ud800", "x" * 2001])
def test_a_name_that_no_table_could_show_is_refused(name: str) -> None:
    told = refusal(changed("vllm_closed_loop_plain", model_id=name), UNTOLD)
    assert "model is '" in told
    assert "must be one line of at most 2000 characters" in told


def test_empty_answers_are_refused() -> None:
    lengths = [16] * 6 + [32, 0]
    told = refusal(changed("vllm_closed_loop_detailed", output_lens=lengths), UNTOLD)
    assert "1 of 8 answers are empty" in told


def test_a_latency_of_zero_is_not_stated() -> None:
    result = changed("vllm_closed_loop_plain", mean_ttft_ms=0.0, mean_tpot_ms=0.0)
    (row,) = parse_measurements(json.dumps(result), "f.json", ON)
    assert (row.ttft_ms_mean, row.tpot_ms_mean) == (None, None)


def test_a_guidellm_report_is_read() -> None:
    (row,) = read_guidellm_json(FILES / "guidellm_0_8.json", UNTOLD)
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 2.0, 8.0)
    assert (row.input_tokens, row.output_tokens) == (72.0, 16.0)
    assert row.output_tokens_per_s == 96.709677
    assert row.requests_per_s == 6.044355
    assert (row.ttft_ms_mean, row.ttft_ms_median) == (87.737679, 91.107845)
    assert row.tpot_ms_mean == 10.353275  # its inter-token latency: the first token left out
    assert row.e2e_s_mean == 0.245766
    assert (row.model, row.date, row.quality) == ("tiny", "2026-11-22", "A")


def test_a_report_of_an_early_guidellm_is_read() -> None:
    (row,) = read_measurements(FILES / "guidellm_0_3.json", UNTOLD)
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 2.0, 8.0)
    assert (row.input_tokens, row.output_tokens) == (65.125, 16.0)
    assert row.output_tokens_per_s == 131.690205
    assert row.tpot_ms_mean == 7.824022
    assert (row.model, row.quality) == ("tiny", "A")


def test_a_guidellm_run_at_another_rate_than_it_says_is_refused() -> None:
    told = refusal(document("guidellm_0_8_wrong_rate"))
    assert "37 requests completed in 5.0 s, which is not 3 arrivals/s" in told


def report(change: Change) -> dict[str, Any]:
    whole = document("guidellm_0_8")
    change(whole["benchmarks"][0])
    return whole


@pytest.mark.parametrize(
    ("strategy", "load", "concurrency", "rate_per_s"),
    [
        ({"type_": "synchronous"}, "single_stream", 1.0, None),
        ({"type_": "concurrent", "streams": 4}, "closed_loop", 4.0, None),
        ({"type_": "throughput", "max_concurrency": 5}, "closed_loop", 5.0, None),
        ({"type_": "throughput", "max_concurrency": 512}, "burst", 8.0, None),
        ({"type_": "throughput", "max_concurrency": None}, "burst", 8.0, None),
        ({"type_": "constant", "rate": 6.5}, "constant_rate", None, 6.5),
        ({"type_": "poisson", "rate": 6.5, "max_concurrency": 512}, "poisson_rate", None, 6.5),
    ],
)
def test_guidellms_strategies_are_loads(
    strategy: dict[str, object], load: str, concurrency: float | None, rate_per_s: float | None
) -> None:
    content = report(lambda benchmark: benchmark["config"].update(strategy=strategy))
    (row,) = parse_measurements(json.dumps(content), "f.json", ON)
    assert (row.load, row.concurrency, row.request_rate_per_s) == (load, concurrency, rate_per_s)


def totals(successful: int, incomplete: int, errored: int) -> Change:
    counts = {"successful": successful, "incomplete": incomplete, "errored": errored}
    return lambda benchmark: benchmark["metrics"].update(request_totals=counts)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (totals(7, 0, 1), "only 7 of 8 requests completed, 1 failed: 12.5%, and at most 1.00% may"),
        (totals(0, 8, 0), "no request completed"),
        (totals(3, 5, 0), "5 requests were cut off and only 3 completed: let it run longer"),
        (
            lambda b: b["metrics"]["output_token_count"]["successful"].update(mean=12.0),
            "answers have 12 tokens on average, but 16 were asked for",
        ),
        (
            lambda b: b["metrics"]["output_token_count"]["successful"].update(mean=0.0),
            "no request got a token",
        ),
        (
            lambda b: b["metrics"]["request_latency"]["successful"].update(mean="x"),
            "metrics.request_latency.successful.mean is '\"x\"', not a number",
        ),
        (
            lambda b: b["config"].update(strategy={"type_": "trace"}),
            "strategy 'trace' is none of synchronous, concurrent,",
        ),
        (lambda b: b.pop("config"), "strategy None is none of"),
        (lambda b: b.update(start_time=1e14, end_time=2e14), "start_time 1e+14 s is not in any"),
        (
            lambda b: b["metrics"]["output_tokens_per_second"]["successful"].update(mean=9e9),
            "9e+09 output tokens/s are not 6.04436 requests/s of 16 tokens",
        ),
        (lambda b: b.update(metrics=[]), "no request got a token"),
        (
            lambda b: b["metrics"].pop("output_tokens_per_second"),
            "metrics.output_tokens_per_second is absent or 0",
        ),
    ],
)
def test_a_guidellm_benchmark_that_is_no_measurement_is_refused(
    change: Change, reason: str
) -> None:
    told = refusal(report(change))
    assert told.startswith("f.json, benchmark 1 is refused: ")
    assert reason in told


def test_requests_cut_off_by_the_end_of_a_run_count_for_tokens_alone() -> None:
    def cut(benchmark: dict[str, Any]) -> None:
        totals(8, 2, 0)(benchmark)
        benchmark["metrics"]["output_tokens_per_second"]["total"]["mean"] = 110.0

    (row,) = parse_measurements(json.dumps(report(cut)), "f.json", ON)
    assert (row.output_tokens_per_s, row.requests_per_s) == (110.0, None)
    assert (row.requests, row.quality) == (8.0, "B")
    assert "2 more were cut off by the end of the run" in str(row.notes)


@pytest.mark.parametrize(
    "data",
    [
        [{"kind": "synthetic_text", "output_tokens": 20, "output_tokens_stdev": None}],
        ["prompt_tokens=64,output_tokens=20"],
        '{"prompt_tokens": 64, "output_tokens": 20}',
    ],
)
def test_the_length_that_was_asked_for_is_found_in_every_form(data: object) -> None:
    content = document("guidellm_0_8")
    content.pop("config")
    content["args"] = {"data": data}
    assert "16 tokens on average, but 20 were asked for" in refusal(content, UNTOLD)


@pytest.mark.parametrize(
    "data",
    ["wikitext.jsonl", {"output_tokens": 20, "output_tokens_stdev": 5}, ["a=1", "b"], None, 5],
)
def test_answers_of_no_fixed_length_are_taken_as_they_came(data: object) -> None:
    content = document("guidellm_0_8")
    content.pop("config")
    content["args"] = {"data": data}
    (row,) = parse_measurements(json.dumps(content), "f.json", UNTOLD)
    assert (row.output_tokens, row.quality) == (16.0, "B")


def test_a_report_without_benchmarks_is_refused() -> None:
    assert "it holds no benchmark" in refusal({"benchmarks": []})


def test_our_own_csv_needs_no_context(tmp_path: Path) -> None:
    write_measurement_csv(tmp_path / "f.csv", [MEASUREMENT])
    assert read_measurements(tmp_path / "f.csv") == (MEASUREMENT,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "{}",
            "f.json is JSON or YAML, but not of a known kind, or of several; give a ",
        ),
        ("[1]", "f.json: holds '1' instead of a benchmark's object"),
        ("[]", "f.json: holds '[]' instead of a benchmark's object"),
        ("[[]]", "f.json: holds '[]' instead of a benchmark's object"),
        ('{"a": ', "f.json, line 1: not readable as JSON (Expecting value)"),
        ("{" * 100_000, "f.json, line 1: not readable as JSON"),
        ('{"a":' * 100_000, "f.json, line 1: not readable as JSON"),
        ('{"benchmarks": 5}', "not of a known kind"),
        ('{"benchmarks": [5]}', "not of a known kind"),
        ('{"completed": ' + "9" * 5000 + "}", "not readable as JSON"),
        (
            '{"num_prompts": 8,\n "completed": 7,\n "completed": 8}',
            "not readable as JSON (the key 'completed' is there twice in one object)",
        ),
    ],
)
def test_what_is_no_benchmark_is_refused(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "{}\n" * 200_000,
        "\n" * 200_000 + "{",
        "\n" * 200_000 + "a",
        "{" + ",".join(f'"k{i}":0' for i in [*range(60_000)] * 2) + "}",
    ],
    ids=["many objects", "blank lines", "blank lines and no JSON", "keys twice"],
)
def test_a_long_file_is_refused_soon(text: str) -> None:
    refusal(text)


def test_the_reader_of_one_kind_refuses_the_other() -> None:
    with pytest.raises(InputError, match="is not a GuideLLM report"):
        read_guidellm_json(FILES / "vllm_poisson.json", ON)
    with pytest.raises(InputError, match="is not a `vllm bench serve` result"):
        read_vllm_bench_json(FILES / "guidellm_0_3.json", ON)


NAMES = ("vllm_closed_loop_detailed", "guidellm_0_8", "guidellm_0_3")
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    return [path, *(found for key in keys for found in places(value[key], (*path, key)))]


@pytest.mark.fuzz
@given(st.sampled_from(NAMES), st.data())
def test_a_file_with_anything_anywhere_is_read_or_refused(name: str, data: st.DataObject) -> None:
    whole = document(name)
    *above, last = data.draw(st.sampled_from([path for path in places(whole) if path]))
    target: Any = whole
    for key in above:
        target = target[key]
    target[last] = data.draw(JUNK)
    told = ""
    try:
        rows = parse_measurements(json.dumps(whole), "f.json", ON)
    except InputError as error:
        rows, told = (), str(error)
    assert "\n" not in told
    assert bool(rows) != bool(told)
    assert all(row.output_tokens_per_s is not None for row in rows)


def with_failures(failed: int, asked: int) -> dict[str, Any]:
    """A detailed result of ``asked`` requests, the last of which failed."""
    result = document("vllm_closed_loop_detailed")
    completed = asked - failed
    for name in ("input_lens", "output_lens", "ttfts", "itls", "start_times"):
        if name in result:
            result[name] = [result[name][i % 8] for i in range(completed)]
    result["itls"] += [[]] * failed
    result["output_lens"] += [0] * failed
    result["ttfts"] += [0.0] * failed
    result["start_times"] += [0.0] * failed
    result["errors"] = [""] * completed + ["Bad Gateway"] * failed
    duration = result["duration"]
    return result | {
        "num_prompts": asked,
        "completed": completed,
        "failed": failed,
        "total_input_tokens": 64 * completed,
        "total_output_tokens": 16 * completed,
        "output_throughput": 16 * completed / duration,
        "request_throughput": completed / duration,
    }


def test_one_failed_request_of_hundred_is_noted() -> None:
    (row,) = parse_measurements(json.dumps(with_failures(1, 100)), "f.json", ON)
    assert (row.requests, row.input_tokens, row.output_tokens) == (99.0, 64.0, 16.0)
    assert row.quality == "B"
    assert "1 of 100 requests failed" in str(row.notes)
    assert failures_noted(row) == "1 of 100 requests failed"


def test_more_failed_requests_are_refused_unless_they_are_allowed() -> None:
    result = with_failures(2, 100)
    assert refusal(result) == (
        "f.json is refused: only 98 of 100 requests completed, 2 failed (Bad Gateway): 2.0%, and "
        "at most 1.00% may; measure it again, or accept it with --allow-failed 0.02."
    )
    (row,) = parse_measurements(json.dumps(result), "f.json", replace(ON, allowed_failed=0.02))
    assert failures_noted(row) == "2 of 100 requests failed"


def test_no_share_is_allowed_if_every_request_failed() -> None:
    result = changed("vllm_closed_loop_plain", completed=0, failed=8)
    assert "only 0 of 8 requests completed" in refusal(result, replace(ON, allowed_failed=0.5))


def test_one_guidellm_benchmark_with_failures_refuses_the_report() -> None:
    whole = document("guidellm_0_8")
    bad = json.loads(json.dumps(whole["benchmarks"][0]))
    totals(7, 0, 1)(bad)
    whole["benchmarks"].append(bad)
    told = refusal(whole)
    assert told.startswith("f.json, benchmark 2 is refused: only 7 of 8 requests completed")
    assert "--allow-failed 0.125" in told
    allowed = replace(ON, allowed_failed=0.125)
    rows = parse_measurements(json.dumps(whole), "f.json", allowed)
    assert [failures_noted(row) for row in rows] == [None, "1 of 8 requests failed"]
    assert [row.quality for row in rows] == ["A", "B"]


def test_an_array_of_results_is_read_as_its_elements() -> None:
    result = document("vllm_closed_loop_plain")
    sweep = [result | {"max_concurrency": 2}, result | {"max_concurrency": 4, "run_number": 0}]
    rows = parse_measurements(json.dumps(sweep), "summary.json", ON)
    assert [row.concurrency for row in rows] == [2.0, 4.0]
    told = refusal([result, result | {"completed": 7}])
    assert told.startswith("f.json, result 2 is refused: only 7 of 8 requests completed")
