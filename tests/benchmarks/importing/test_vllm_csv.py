"""The CSV of ``vllm bench sweep``, which pandas writes with its index."""

from __future__ import annotations

import csv

import pytest

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError

HEADER = (
    ",date,backend,label,model_id,num_prompts,request_rate,burstiness,max_concurrency,duration,"
    "completed,failed,total_input_tokens,total_output_tokens,request_throughput,"
    "output_throughput,mean_ttft_ms,median_ttft_ms,mean_tpot_ms,run_number,max_num_seqs"
)
ROW = (
    "0,20260818-021333,openai,,ours/tiny,40,inf,1.0,4,10.0,40,0,4000,800,4.0,80.0,50.0,40.0,12.5,"
    "0,64"
)
ON = ImportContext(gpu="L4")


def test_each_row_is_a_result() -> None:
    text = f"{HEADER}\n{ROW}\n{ROW.replace(',inf,', ',4.0,').replace('1.0,4,', '1.0,,')}\n"
    first, second = parse_measurements(text, "summary.csv", ON)
    assert (first.model, first.load, first.concurrency) == ("ours/tiny", "closed_loop", 4.0)
    assert (first.input_tokens, first.output_tokens) == (100.0, 20.0)
    assert (first.output_tokens_per_s, first.ttft_ms_median) == (80.0, 40.0)
    assert (first.engine_settings, first.date) == ("max_num_seqs=64", "2026-08-18")
    assert (second.load, second.request_rate_per_s) == ("poisson_rate", 4.0)


def test_a_models_folder_may_be_a_number() -> None:
    (row,) = parse_measurements(f"{HEADER}\n{ROW.replace('ours/tiny', '7')}\n", "f.csv", ON)
    assert row.model == "7"


def test_a_cell_may_hold_the_times_of_all_tokens() -> None:
    usual = csv.field_size_limit()
    times = f'"[{", ".join(["0.0125"] * 20_000)}]"'  # 160,000 letters
    (row,) = parse_measurements(f"{HEADER},itls\n{ROW},{times}\n", "f.csv", ON)
    assert row.output_tokens_per_s == 80.0
    assert csv.field_size_limit() == usual


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{HEADER}\n{ROW},1\n", "line 2: 22 cells, not 21"),
        (f"{HEADER}\n", "holds no result"),
        (f"{HEADER},date\n{ROW},x\n", "a column of the header is there twice"),
        (f'{HEADER}\n{ROW}"\n"', "line 3: not readable as CSV"),
        (f"{HEADER}\n{ROW.replace(',10.0,', ',x,')}\n", "line 2 is refused: duration is 'x'"),
    ],
)
def test_what_is_not_understood_is_refused_by_line(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_measurements(text, "summary.csv", ON)
    assert told in str(caught.value).replace('"', "").replace("''", "'")
