"""The chart export of InferenceX, in its form of 2026 and the one before."""

from __future__ import annotations

import csv
import io

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError
from planner.records.measurement import Measurement

ROW = {
    "Model": "gpt-oss 120B",
    "ISL": "1024",
    "OSL": "1024",
    "Hardware": "h100",
    "Hardware Key": "h100_vllm",
    "Framework": "vllm",
    "Precision": "fp4",
    "TP": "2",
    "Concurrency": "16",
    "Date": "2026-03-04",
    "Output Throughput/Chip (tok/s)": "700",
    "Mean TTFT (s)": "0.12",
    "Median TTFT (s)": "0.1",
    "Mean TPOT (s)": "0.011",
    "Mean E2E Latency (s)": "11.5",
    "Disaggregated": "false",
    "Spec Decoding": "none",
    "EP": "1",
    "Physical Chips": "2",
}


def imported(changes: dict[str, str], **context: object) -> Measurement:
    out = io.StringIO(newline="")
    row = ROW | changes
    csv.writer(out).writerows([row.keys(), row.values()])
    stated = ImportContext(**context)  # type: ignore[arg-type]
    (found,) = parse_measurements(out.getvalue(), "f.csv", stated)
    return found


def refusal(changes: dict[str, str], **context: object) -> str:
    with pytest.raises(InputError) as caught:
        imported(changes, **context)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("f.csv, line ")
    return str(caught.value)


def test_a_row_is_a_measurement_of_all_its_cards() -> None:
    row = imported({})
    assert (row.gpu, row.gpu_count, row.model) == ("H100", 2, "gpt-oss 120B")
    assert (row.engine, row.quantization, row.load) == ("vllm", "mxfp4", "closed_loop")
    assert (row.input_tokens, row.output_tokens, row.concurrency) == (1024.0, 1024.0, 16.0)
    assert row.output_tokens_per_s == 1400.0  # 700 on each of two cards
    assert (row.ttft_ms_mean, row.ttft_ms_median) == (120.0, 100.0)
    assert row.tpot_ms_mean == pytest.approx(11.0)
    assert (row.e2e_s_mean, row.date, row.quality) == (11.5, "2026-03-04", "B")


def test_another_engine_is_recorded_with_what_it_ran() -> None:
    row = imported(
        {"Framework": "trt", "Hardware": "", "Hardware Key": "b200_trt", "Spec Decoding": "mtp"}
    )
    assert (row.gpu, row.engine) == ("B200", "tensorrt-llm")
    assert "speculative decoding mtp" in str(row.notes)


def test_what_the_user_states_comes_first() -> None:
    row = imported({}, gpu="H100 SXM", model="openai/gpt-oss-120b", gpu_count=2)
    assert (row.gpu, row.model) == ("H100 SXM", "openai/gpt-oss-120b")
    assert "TP: says 2 cards, but --gpu-count says 4" in refusal({}, gpu_count=4)
    assert "--engine says 'sglang'" in refusal({}, engine="sglang")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"EP": "8"}, "line 2, EP: is 8, but TP is 2; remove the row"),
        ({"Disaggregated": "true"}, "Disaggregated: is 'true', which"),
        ({"Spec Decoding": "mtp"}, "Spec Decoding: is 'mtp', without the acceptance"),
        ({"Physical Chips": "4"}, "Physical Chips: is 4, but TP is 2"),
        ({"TP": "x"}, "TP: is 'x', not a number"),
        ({"TP": "1.5"}, "TP: is '1.5', not a whole number"),
        ({"Output Throughput/Chip (tok/s)": ""}, "is blank or 0, but every row must state it"),
        ({"ISL": "-1"}, "ISL: is '-1', not a number of at least 0"),
        ({"ISL": "nan"}, "ISL: is 'nan', not a number of at least 0"),
        ({"Framework": ""}, "Framework: is blank"),
        ({"Date": "soon"}, "date is 'soon', not an ISO date"),
    ],
)
def test_what_cannot_be_stated_is_refused(changes: dict[str, str], reason: str) -> None:
    assert reason in refusal(changes)


@pytest.mark.parametrize("column", ["Mean TTFT (ms)", "Mean E2E Latency (ms)", "P99 TPOT (ms)"])
def test_a_latency_whose_unit_is_not_known_is_refused_and_not_dropped(column: str) -> None:
    alone = {column.replace("(ms)", "(s)"): "", column: "0.12"}
    assert f"{column}: older exports hold seconds under this name" in refusal(alone)


def test_a_latency_in_seconds_beside_an_old_column_counts() -> None:
    assert imported({"Mean TTFT (ms)": "120"}).ttft_ms_mean == 120.0  # 0.12 s in its own column
    assert imported({"Mean TTFT (ms)": ""}).ttft_ms_mean == 120.0


def test_a_header_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(InputError, match="line 1: the header of the InferenceX export lacks Model"):
        parse_measurements("ISL,OSL,Framework,Hardware Key\n", "f.csv", ImportContext())
