"""``planner predict`` and ``planner memory``: their JSON, their tables, their answers of no."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import LLAMA_7B, MISTRAL, answer, complaint, fill_store, run

from planner.wording.formatting import MISSING, significant

ARTICLE = (
    *("predict", "--gpu", "A100 80GB", "--model", MISTRAL, "--quantization", "awq"),
    *("--input-tokens", "8000", "--output-tokens", "150"),
)


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def memory(*words: str, status: int = 0) -> Any:
    return answer("memory", "--model", MISTRAL, *words, status=status)


@pytest.mark.slow
@pytest.mark.parametrize(("concurrency", "measured"), [(1, 55.0), (32, 130.0)])
def test_the_article_is_forecast_within_10_percent_without_its_own_figures(
    concurrency: int, measured: float
) -> None:
    words = (*ARTICLE, "--concurrency", str(concurrency))
    without = answer(*words, "--exclude-source", "article")
    assert without["output_tokens_per_s"]["value"] == pytest.approx(measured, rel=0.1)
    assert "article" not in without["sources"]
    with_it = answer(*words)
    assert with_it["output_tokens_per_s"]["low"] < measured < with_it["output_tokens_per_s"]["high"]
    assert "article" in with_it["sources"]


@pytest.mark.slow
def test_the_keys_are_those_that_other_programs_rely_on() -> None:
    forecast = answer(*ARTICLE, "--concurrency", "32")
    intervals = {
        *("output_tokens_per_s", "requests_per_s", "e2e_s_mean", "ttft_s_mean", "tpot_ms_mean"),
    }
    for name in intervals:
        assert set(forecast[name]) == {"value", "low", "high"}
        assert forecast[name]["low"] < forecast[name]["value"] < forecast[name]["high"]
    assert set(forecast) >= intervals | {
        *("basis", "seconds_per_request", "effective_concurrency", "sources", "model_version"),
    }
    assert set(forecast["seconds_per_request"]) == {
        *("prefill", "weights", "kv_cache", "decode", "overhead"),
    }
    assert forecast["compatible"] is True
    assert forecast["reason"] is None


@pytest.mark.slow
def test_the_advice_names_the_main_cause_and_the_requests_that_are_enough() -> None:
    forecast = answer(*ARTICLE, "--concurrency", "32")
    advice, causes = forecast["advice"], forecast["seconds_per_request"]
    assert advice["main_cause"] == max(causes, key=causes.get) == "prefill"
    assert advice["share"] == pytest.approx(causes["prefill"] / sum(causes.values()))
    assert "more parallel requests will not help" in advice["why"]
    assert 8 <= advice["batch_size"]["concurrency"] <= 32
    shown = " ".join(run(*ARTICLE, "--concurrency", "32").stdout.split())
    assert advice["why"] in shown
    assert advice["enough"] in shown


def test_a_request_takes_as_long_as_its_causes_together() -> None:
    forecast = answer(*ARTICLE, "--concurrency", "4")
    seconds = sum(forecast["seconds_per_request"].values())
    assert forecast["requests_per_s"]["value"] == pytest.approx(1 / seconds)
    assert forecast["e2e_s_mean"]["value"] == pytest.approx(4 * seconds)


@pytest.mark.slow
def test_a_forecast_for_people_says_what_it_rests_on() -> None:
    result = run(*ARTICLE, "--concurrency", "32")
    assert result.exit_code == 0
    assert "Output tokens per second" in result.stdout
    assert "Basis: reference" in result.stdout
    provenance = answer(*ARTICLE, "--concurrency", "32")["provenance"]
    shown = " ".join(result.stdout.split())
    assert "- France-Travail/results_benchmark_llm_serving (S02, 284 measurements)" in shown
    assert "What We Learned from Deploying Fine-tuned LLMs in Production" in shown
    assert provenance["sentence"] in shown
    assert provenance["gpu"] > provenance["quantization"] > provenance["model_shape"] > 0
    gpu, weights, shape = (provenance[n] for n in ("gpu", "quantization", "model_shape"))
    assert (
        f"{gpu} published measurements of this GPU; {weights} with this quantization, {shape} of a "
        "model of this shape" in shown
    )


def test_of_many_sources_the_first_are_named_and_the_others_counted() -> None:
    words = [*ARTICLE, "--concurrency", "1"]
    words[words.index("A100 80GB")] = "H100 SXM"
    text = run(*words).stdout
    assert sum(line.startswith("- ") for line in text.splitlines()) == 6
    assert "more: planner catalog sources lists all" in text


def test_what_vllm_would_refuse_is_forecast_with_a_warning() -> None:
    words = [*ARTICLE, "--concurrency", "1", "--json"]
    words[words.index("A100 80GB")] = "V100 16GB"
    result = run(*words)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["compatible"] is False
    [warning] = result.stderr.splitlines()
    assert warning.startswith("Warning: vLLM would refuse this: ")


def test_documents_beyond_the_models_context_are_forecast_with_a_warning() -> None:
    result = run(*ARTICLE, "--input-tokens", "40000", "--concurrency", "1")
    assert result.exit_code == 0
    assert result.stderr.startswith("Warning: vLLM would refuse this: User-specified max_model_len")


def test_a_model_that_fits_is_a_yes() -> None:
    need = memory("--gpu", "A100 80GB", "--max-model-len", "8192")
    assert need["fits"] is need["compatible"] is True
    assert need["reason"] is None
    # 2 (key and value) x 32 layers x 8 KV heads x 128 x 2 bytes
    assert need["bytes_per_token"] == 131_072
    # 7.24 billion parameters of 2 bytes
    assert need["weights_gib"] == pytest.approx(7.241732e9 * 2 / 2**30, rel=0.01)
    assert need["max_concurrency"] == pytest.approx(need["kv_cache_tokens"] / 8192, rel=1e-3)
    assert set(need) >= {"kv_cache_gib", "kv_cache_tokens"}


def test_a_model_that_does_not_fit_is_a_no_with_its_reason() -> None:
    need = memory("--gpu", "T4", status=1)
    assert need["fits"] is False
    assert need["reason"]
    result = run("memory", "--gpu", "T4", "--model", MISTRAL)
    assert result.exit_code == 1
    assert "It does not fit:" in result.stdout


def test_a_card_that_vllm_refuses_is_a_no_with_its_reason() -> None:
    words = ("--gpu", "V100 32GB", "--quantization", "AWQ", "--max-model-len", "8192")
    need = memory(*words, status=1)
    assert need["compatible"] is False
    assert "AWQ" in need["reason"]
    assert "vLLM refuses it:" in run("memory", "--model", MISTRAL, *words).stdout


def test_an_fp8_kv_cache_halves_the_bytes_of_a_token() -> None:
    words = ("--gpu", "H100 SXM", "--max-model-len", "8192", "--kv-cache-dtype", "fp8")
    assert memory(*words)["bytes_per_token"] == 65_536


@pytest.mark.parametrize("place", ["", "config.json"])
def test_a_model_may_be_a_config_file_or_its_folder(tmp_path: Path, place: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_7B))
    need = answer("memory", "--gpu", "L4", "--model", str(tmp_path / place))
    # 2 x 32 layers x 32 KV heads x 128 x 2 bytes
    assert need["bytes_per_token"] == 524_288


def test_arrivals_at_a_rate_have_percentiles_with_intervals() -> None:
    forecast = answer(*ARTICLE, "--request-rate", "0.3")
    arrivals = forecast["arrivals"]
    assert arrivals["requests_per_s"] == 0.3
    assert arrivals["stable"] is True
    assert 0.2 < arrivals["utilization"] < 0.5
    assert forecast["effective_concurrency"] == max(1, round(arrivals["mean_running"]))
    for name in ("ttft_s", "tpot_ms", "e2e_s"):
        figures = arrivals[name]
        assert set(figures) == {"mean", "p50", "p95", "p99"}
        assert figures["p50"]["value"] <= figures["p95"]["value"] <= figures["p99"]["value"]
        assert figures["p95"]["low"] < figures["p95"]["value"] < figures["p95"]["high"]
    assert arrivals["ttft_s"]["mean"]["value"] < arrivals["e2e_s"]["mean"]["value"]


def test_a_rate_beyond_the_replica_is_an_answer_and_not_an_error() -> None:
    arrivals = answer(*ARTICLE, "--request-rate", "50")["arrivals"]
    assert arrivals["stable"] is False
    assert arrivals["e2e_s"]["p95"] == {"value": None, "low": None, "high": None}
    text = run(*ARTICLE, "--request-rate", "50").stdout
    assert text.startswith("Overload: 50 requests a second that arrive at random are ")
    assert "The queue would keep growing" in " ".join(text.split())
    assert text.index("Overload") < text.index("Output tokens per second")


@pytest.mark.slow
def test_arrivals_are_shown_first_each_figure_with_its_interval() -> None:
    words = (*ARTICLE, "--request-rate", "0.3")
    p95 = answer(*words)["arrivals"]["e2e_s"]["p95"]
    text = run(*words).stdout
    [row] = [line for line in text.splitlines() if "last token, 95 % within" in line]
    assert row.split()[-3:] == [significant(p95[end]) for end in ("value", "low", "high")]
    assert text.index(row) < text.index("Output tokens per second")


def test_where_only_the_slow_end_is_overloaded_its_times_are_missing() -> None:
    full = answer(*ARTICLE, "--request-rate", "0.3")["arrivals"]["utilization"]
    text = run(*ARTICLE, "--request-rate", f"{0.3 / full * 0.9:.3f}").stdout
    [row] = [line for line in text.splitlines() if "last token, 95 % within" in line]
    assert row.split()[-1] == MISSING
    assert "At the slow end of the 90 % interval the replica could not keep up" in text


def test_a_load_must_be_given_one_way_or_the_other() -> None:
    words = complaint(*ARTICLE)
    assert "--concurrency" in words
    assert "--request-rate" in words


def test_under_a_closed_loop_percentiles_are_given_too() -> None:
    forecast = answer(*ARTICLE, "--concurrency", "8")
    times = forecast["answer_times"]
    assert times["e2e_s"]["mean"] == pytest.approx(forecast["e2e_s_mean"]["value"])
    assert times["ttft_s"]["mean"] == pytest.approx(forecast["ttft_s_mean"]["value"])
    assert times["ttft_s"]["p50"] <= times["ttft_s"]["p95"] <= times["ttft_s"]["p99"]
    assert forecast["arrivals"] is None
