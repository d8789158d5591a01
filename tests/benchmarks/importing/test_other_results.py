"""Files that no measurement can be read from say what they are and what to give instead."""

from __future__ import annotations

import json

import pytest
from foreign_results import refusal

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            {"aggregation_type": "sweep", "num_profile_runs": 2, "per_combination_metrics": []},
            "AIPerf's summary of several runs; give the profile_export_aiperf.json",
        ),
        (
            {"metadata": {"request_start_ns": 1}, "metrics": {"request_latency": {"value": 1}}},
            "AIPerf's list of single requests",
        ),
        ({"service_kind": "openai", "experiments": []}, "perf_analyzer's list of single requests"),
        ([{"error_code": None, "number_output_tokens": 5}], "give the *_summary.json"),
        ({"load_summary": {}, "successes": {"count": 4, "rate": 1.0}}, "stage_N_lifecycle_metrics"),
        ([{"benchmark": {"name": "vLLM"}, "model": {}, "metric": {}}], "PyTorch's dashboard"),
        ({"performance": {"system_output_throughput_tok_s": 5.0}}, "trtllm-bench: TensorRT-LLM"),
        ([{"build_commit": "x", "n_prompt": 512, "n_gen": 0}], "llama-bench: llama.cpp"),
        ({"prefill": {"latency": {}}, "decode": {}}, "optimum-benchmark"),
        ({"results": {"request_performance": {}}}, "benchmark report of llm-d"),
        ({"aggregated_metrics": {"num_concurrency": 8}}, "genai-bench"),
        ({"benchmarks": [{"mode": "sweep", "results": []}]}, "a report of GuideLLM before 0.2"),
        ({"test_name": {"0": "x"}, "request_throughput": {"0": 1.0}}, "vLLM's table of several"),
        ({"Number of concurrency": 5, "Total requests": 9}, "EvalScope"),
        ({"metrics": {"http_reqs": {}}, "root_group": {}}, "k6, which counts requests and no"),
        ({"metric": "vus", "type": "Point", "data": {}}, "k6's metrics, which counts"),
        ("Type,Name,Request Count,Failure Count\n", "statistics of Locust, which counts"),
        ("metric_name,timestamp,metric_value,check\n", "a list of k6's metrics"),
        (
            ",response,worker_idx,request_idx,token_idx,exp_num_users\n",
            "fmperf's list of single responses",
        ),
        ("Metric,avg,min,max\nRequest Latency (ms),1,1,1\n", "does not state the load"),
        (
            "Hardware,Num of Hardware,Framework,Model,Input Output Length,Batch Size,Latency\n",
            "mode offline and load static_batch",
        ),
    ],
)
def test_a_known_file_without_a_measurement_says_what_to_give(content: object, told: str) -> None:
    said = refusal(content)
    assert said.startswith("f.json is ")
    assert told in said


def test_a_list_of_many_requests_is_told_what_it_is_before_its_number() -> None:
    request = json.dumps({"metadata": {"request_start_ns": 1}, "metrics": {}})
    with pytest.raises(InputError, match="AIPerf's list of single requests"):
        parse_measurements("\n".join([request] * 10_001), "f.jsonl", ImportContext())
