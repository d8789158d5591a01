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


PRINTED = """\
Traffic request rate: inf
Burstiness factor: 1.0 (Poisson process)
100%|##########| 50/50 [00:20<00:00,  2.50it/s]
============ Serving Benchmark Result ============
Successful requests:                     50
Maximum request concurrency:             8
Benchmark duration (s):                  20.00
Total input tokens:                      50000
Total generated tokens:                  6400
Request throughput (req/s):              2.50
Output token throughput (tok/s):         320.00
Total Token throughput (tok/s):          2820.00
---------------Time to First Token----------------
Mean TTFT (ms):                          60.50
Median TTFT (ms):                        58.00
P99 TTFT (ms):                           90.00
-----Time per Output Token (excl. 1st token)------
Mean TPOT (ms):                          24.25
Median TPOT (ms):                        24.00
==================================================
"""
"""As vLLM 0.6 to 0.10 print it."""
NAMED = ImportContext(gpu="L4", model="ours/tiny")


def test_a_printed_table_is_a_result() -> None:
    (row,) = parse_measurements(PRINTED, "log.txt", NAMED)
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 8.0, 50.0)
    assert (row.input_tokens, row.output_tokens) == (1000.0, 128.0)
    assert (row.output_tokens_per_s, row.requests_per_s) == (320.0, 2.5)
    assert (row.ttft_ms_mean, row.ttft_ms_median, row.tpot_ms_mean) == (60.5, 58.0, 24.25)


def test_each_printed_table_of_a_log_is_a_result_with_its_own_load() -> None:
    second = PRINTED.replace("rate: inf", "rate: 2.5").replace(
        "concurrency:             8\n", "x: 1\n"
    )
    rows = parse_measurements(f"starting\n{PRINTED}done\n{second}", "log.txt", NAMED)
    assert [(row.load, row.concurrency, row.request_rate_per_s) for row in rows] == [
        ("closed_loop", 8.0, None),
        ("poisson_rate", None, 2.5),
    ]


def test_newer_tables_state_failures_and_the_rate() -> None:
    table = PRINTED[PRINTED.index("=====") :].replace(
        "Maximum", "Failed requests:                         1\nMaximum"
    )
    with pytest.raises(InputError, match="only 50 of 51 requests completed, 1 failed"):
        parse_measurements(table, "log.txt", NAMED)
    (row,) = parse_measurements(table.replace("  1\nMaximum", "  0\nMaximum"), "log.txt", NAMED)
    assert (row.load, row.concurrency) == ("closed_loop", 8.0)
    rated = table.replace("  1\nMaximum", "  0\nRequest rate configured (RPS):      4.00\nMaximum")
    (row,) = parse_measurements(rated, "log.txt", NAMED)
    assert (row.load, row.request_rate_per_s) == ("poisson_rate", 4.0)


def test_a_printed_table_without_its_rate_says_which_line_it_lacks() -> None:
    table = PRINTED[PRINTED.index("=====") :]
    with pytest.raises(InputError, match="add the line `Traffic request rate`"):
        parse_measurements(table, "log.txt", NAMED)


def test_what_sglang_prints_is_its_result() -> None:
    table = PRINTED[PRINTED.index("=====") :].replace(
        "Successful",
        "Backend:                 sglang\nTraffic request rate:     inf\nSuccessful",
    )
    table = table.replace(
        "Request throughput", "Total generated tokens (retokenized):    6398\nRequest throughput"
    )
    (row,) = parse_measurements(table, "log.txt", NAMED)
    assert (row.engine, row.load, row.concurrency) == ("sglang", "closed_loop", 8.0)
    assert row.output_tokens_per_s == 320.0


def test_printed_speculation_is_not_plain_vllm() -> None:
    drafts = (
        "---------------Speculative Decoding---------------\n"
        "Acceptance rate (%):                     60.00\n"
        "Acceptance length:                       2.20\n"
        "Drafts:                                  1000\n"
        "Draft tokens:                            2000\n"
        "Accepted tokens:                         1200\n"
        "Per-position acceptance (%):\n"
        "  Position 0:                            80.00\n"
        "  Position 1:                            40.00\n"
    )
    table = PRINTED.rstrip("=\n") + "\n" + drafts + "=" * 50 + "\n"
    with pytest.raises(InputError, match=r"2 tokens a step, acceptance 0\.8"):
        parse_measurements(table, "log.txt", NAMED)


def test_throughput_that_disagrees_with_its_totals_is_refused() -> None:
    with pytest.raises(InputError, match="output_throughput 2820/s is not"):
        parse_measurements(PRINTED.replace("320.00", "2820.00"), "log.txt", NAMED)


TABLE = PRINTED[PRINTED.index("=====") :]
NEWER = TABLE.replace("Maximum", "Failed requests:                         0\nMaximum")
"""As vLLM prints it since 0.11."""


def stamped(text: str) -> str:
    """The text as a logger writes it: with a time that rises, and in colour."""
    lines = text.splitlines()
    return "".join(
        f"\x1b[36m2026-01-01 12:00:0{n % 10}.{n} INFO\x1b[0m {line}\n"
        for n, line in enumerate(lines)
    )


@pytest.mark.parametrize("text", [stamped(PRINTED), stamped(PRINTED).replace("\x1b[0m", "")])
def test_the_lines_of_a_log_may_begin_with_a_time_and_colour(text: str) -> None:
    (row,) = parse_measurements(text, "log.txt", NAMED)
    assert (row.load, row.concurrency, row.requests) == ("closed_loop", 8.0, 50.0)
    assert (row.output_tokens_per_s, row.tpot_ms_mean) == (320.0, 24.25)


def test_a_log_whose_times_stand_in_brackets_is_no_json() -> None:
    text = "".join(f"[12:00:{n:02d}] {line}\n" for n, line in enumerate(PRINTED.splitlines()))
    (row,) = parse_measurements(text, "log.txt", NAMED)
    assert row.output_tokens_per_s == 320.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("echo '==== Serving Benchmark Result ===='\n", "other words stand behind"),
        (
            "2026-01-01 12:00:00 INFO ==== Serving Benchmark Result ====\n",
            "it ends before the line",
        ),
        (
            NEWER.replace("Maximum request", "INFO 12:00:01 Maximum request"),
            "the line 'INFO 12:00:01 Maximum request concurrency:             8' begins otherwise",
        ),
        (NEWER.replace("Maximum", "WARNING Maximum"), "begins otherwise"),
        (NEWER.replace("concurrency:             8", "concurrency:"), "or has no figure"),
        (PRINTED.rstrip("=\n"), "it ends before the line of `=` that closes it"),
    ],
)
def test_a_table_that_is_not_wholly_understood_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_measurements(text, "log.txt", NAMED)
    assert told in str(caught.value)


def test_a_table_that_was_cut_off_does_not_leak_into_the_next() -> None:
    cut = NEWER[: NEWER.index("Total input")] + "Traceback (most recent call last):\n"
    text = cut + NEWER.replace("Maximum request concurrency:             8\n", "")
    with pytest.raises(InputError, match=r"log\.txt, table 1 is refused: it ends before"):
        parse_measurements(text, "log.txt", NAMED)


@pytest.mark.parametrize(
    ("above", "told"),
    [
        (
            "Traffic ramp-up strategy: linear.\nWill increase RPS from 1 to 10 RPS over the "
            "duration of the benchmark.\nBurstiness factor: 1.0 (Poisson process)\n",
            "its request rate rises during the run",
        ),
        (
            "Self timing is set, using the timestamps from the trace file.\n",
            "its requests were sent at the times of a trace",
        ),
        ("Namespace(ramp_up_strategy='linear', request_rate=inf)\n", "its request rate rises"),
        (
            "Namespace(dataset_name='prefix_repetition', random_prefix_len=4000)\n",
            "dataset_name is prefix_repetition, so prompts share a beginning",
        ),
        ("Namespace(dataset_name='random', random_prefix_len=4000)\n", "random_prefix_len is 4000"),
        ("Namespace(dataset_name='random-mm')\n", "its requests hold images"),
        ("Namespace(best_of=4, dataset_name='random')\n", "best_of or beam search generates"),
        ("Namespace(max_concurrency=4)\n", "states max_concurrency '4' and '8'"),
        (
            "Traffic request rate: 2.0\nTraffic request rate: 4.0\n",
            "states request_rate '2.0' and '4.0'",
        ),
    ],
)
def test_what_stands_above_a_table_holds_for_it(above: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_measurements(above + NEWER, "log.txt", NAMED)
    assert told in str(caught.value)


def test_options_without_effect_on_the_data_set_are_none() -> None:
    above = "Namespace(dataset_name='sharegpt', sonnet_prefix_len=200, num_prompts=50)\n"
    (row,) = parse_measurements(above + NEWER, "log.txt", NAMED)
    assert row.output_tokens_per_s == 320.0


def test_the_options_of_an_earlier_run_do_not_hold_for_the_next() -> None:
    above = "Namespace(ramp_up_strategy='linear')\nNamespace(ramp_up_strategy=None)\n"
    (row,) = parse_measurements(above + NEWER, "log.txt", NAMED)
    assert row.load == "closed_loop"


def test_requests_that_an_older_table_does_not_count_as_failed_are_seen_in_the_options() -> None:
    above = "Namespace(backend='vllm', dataset_name='random', num_prompts=1000)\n"
    with pytest.raises(InputError, match="only 50 of 1000 requests completed, 950 failed"):
        parse_measurements(above + PRINTED, "log.txt", NAMED)


def test_images_in_the_requests_are_refused() -> None:
    images = "Total input images:                      55\n"
    with pytest.raises(InputError, match="its requests hold images"):
        parse_measurements(NEWER.replace("Total gen", f"{images}Total gen"), "log.txt", NAMED)


def test_the_notes_say_what_a_printed_table_does_not_state() -> None:
    rate = "Request rate configured (RPS):           4.00\n"
    rated = NEWER.replace("Total input", f"{rate}Total input")
    (row,) = parse_measurements(rated, "log.txt", NAMED)
    assert row.load == "poisson_rate"
    assert "does not state the burstiness: taken for 1" in (row.notes or "")
    (row,) = parse_measurements(PRINTED, "log.txt", NAMED)
    assert "does not state failed requests" in (row.notes or "")
    (row,) = parse_measurements(f"Burstiness factor: 1.0 (x)\n{NEWER}", "log.txt", NAMED)
    assert "does not state" not in (row.notes or "").replace("the length asked for is not", "")
