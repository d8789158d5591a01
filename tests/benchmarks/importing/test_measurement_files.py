"""Files of other tools are recognized and read whole, or refused with the reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from foreign_results import FILES, ON, UNTOLD, changed, document, refusal
from hypothesis import given
from hypothesis import strategies as st
from store_samples import MEASUREMENT

from benchmarks.importing.measurement_files import (
    ImportContext,
    parse_measurements,
    read_guidellm_json,
    read_measurements,
    read_vllm_bench_json,
)
from planner.errors import InputError
from planner.records.measurement_csv import write_measurement_csv


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


@pytest.mark.parametrize("name", ["two\nlines", "\0", "\ud800", "x" * 2001])
def test_a_name_that_no_table_could_show_is_refused(name: str) -> None:
    told = refusal(changed("vllm_closed_loop_plain", model_id=name), UNTOLD)
    assert "model is '" in told
    assert "must be one line of at most 2000 characters" in told


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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "f.json is empty; give a GuideLLM report, "),
        (" \n\n", "f.json is empty; give a GuideLLM report, "),
        ("<html></html>\n", "f.json, line 1: text or CSV of no known kind; give a GuideLLM"),
        ("model,gpu_name,tokens\nx,y,1\n", "text or CSV of no known kind; give a GuideLLM"),
        ("gpu;model;engine\nL4;x;vllm\n", "f.json, line 1: the header lacks column"),
        ("a," * 1_000_000 + "\n", "f.json, line 1: more than 1,000 columns; give a GuideLLM"),
    ],
)
def test_text_of_no_kind_is_told_what_can_be_given(text: str, told: str) -> None:
    assert told in refusal(text)


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


def test_an_array_of_results_is_read_as_its_elements() -> None:
    result = document("vllm_closed_loop_plain")
    sweep = [result | {"max_concurrency": 2}, result | {"max_concurrency": 4, "run_number": 0}]
    rows = parse_measurements(json.dumps(sweep), "summary.json", ON)
    assert [row.concurrency for row in rows] == [2.0, 4.0]
    told = refusal([result, result | {"completed": 7}])
    assert told.startswith("f.json, result 2 is refused: only 7 of 8 requests completed")
