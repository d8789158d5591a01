"""The driving of a point, with stand-ins; tests/real_engine has the real engine and generator."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from bench_documents import document
from paths import SUPPORT

from benchmarks.design.points import EngineUse, Failure, LoadPoint, PointResult
from benchmarks.engine import hang_rules
from benchmarks.engine.target_server import Server, other_server
from benchmarks.load import bench_run as load
from benchmarks.load.bench_run import bench_arguments, measure, point_seed
from planner.errors import InputError

FAKE_BENCH = SUPPORT / "fake_bench.py"
Run = Callable[..., PointResult]

POINT = LoadPoint(input_tokens=100, output_tokens=10, concurrency=2)


class Pages(BaseHTTPRequestHandler):
    """Serves ``pages``; a list gives its entries one after another and stays at the last.

    A page named with ``key`` is for those who show that key.
    """

    pages: dict[str, list[str]]

    def do_GET(self) -> None:
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        texts = self.pages.get(f"{self.path} {key}".strip())
        self.send_response(200 if texts else 404)
        self.end_headers()
        if texts:
            self.wfile.write((texts.pop(0) if len(texts) > 1 else texts[0]).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def pages() -> dict[str, list[str]]:
    return {}


@pytest.fixture
def base_url(pages: dict[str, list[str]]) -> Iterator[str]:
    handler = type("Handler", (Pages,), {"pages": pages})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=[0.02])
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


@pytest.fixture
def server(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(load, "LOOK_S", 0.1)
    monkeypatch.setattr(load, "SETTLE_S", 0.0)
    return Server(
        base_url=base_url,
        model="m",
        tokenizer="m",
        bench=(sys.executable, str(FAKE_BENCH)),
        health=lambda: None,
        engine="vllm",
        engine_version=None,
    )


def metrics(generated: int, hits: int = 0) -> str:
    return (
        f"vllm:generation_tokens_total {generated}\n"
        f"vllm:iteration_tokens_total_sum {generated}\n"
        f"vllm:prefix_cache_hits_total {hits}\n"
        'vllm:cache_config_info{enable_prefix_caching="False"} 1\n'
    )


@pytest.fixture
def run(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(
        result: str = "",
        status: int = 0,
        server: Server = server,
        timeout_s: float = 60,
        stall_s: float = 60,
    ) -> PointResult:
        monkeypatch.setenv("FAKE_BENCH_RESULT", result)
        monkeypatch.setenv("FAKE_BENCH_STATUS", str(status))
        return measure(
            server,
            POINT,
            requests=4,
            seed=7,
            folder=tmp_path,
            timeout_s=timeout_s,
            stall_s=stall_s,
        )

    return run


SOUND = json.dumps(document())


def test_a_sound_point_has_figures_and_no_failure(run: Run) -> None:
    result = run(SOUND)
    assert result.failure is None
    assert result.figures is not None
    assert result.figures.output_tokens_per_s == 20.0
    assert (result.point, result.requests, result.seed) == (POINT, 4, 7)
    assert result.engine_use is None


def test_a_refused_result_is_a_failed_point(run: Run) -> None:
    result = run(json.dumps(document(total_output_tokens=39)))
    assert result.figures is None
    assert result.failure == Failure(
        "not_what_it_claims", "39 output tokens in total are not 4 x 10"
    )


def test_a_generator_that_ends_with_an_error_fails_the_point_in_its_own_words(run: Run) -> None:
    words = "ValueError: what the generator says (exit status 2)"
    assert run(SOUND, status=2).failure == Failure("load_generator", words)


def test_a_generator_that_writes_no_result_has_failed_though_its_status_is_0(run: Run) -> None:
    failure = run("").failure
    assert failure is not None
    assert failure.kind == "load_generator"


def test_a_result_of_an_earlier_attempt_is_not_taken_for_this_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bench-7.json").write_text(SOUND)
    assert run("").figures is None


def test_a_result_that_is_cut_off_fails_the_point(run: Run) -> None:
    failure = run(SOUND[:100]).failure
    assert failure is not None
    assert failure.kind == "not_what_it_claims"
    assert "bench-7.json is not JSON" in failure.words


def test_a_server_that_is_ill_before_the_point_is_not_measured(
    run: Run, server: Server, tmp_path: Path
) -> None:
    ill = replace(server, health=lambda: Failure("crashed", "gone"))
    assert run(SOUND, server=ill).failure == Failure("crashed", "gone")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_dies_during_the_point_is_the_reason_even_of_a_sound_result(
    run: Run, server: Server
) -> None:
    answers = iter([None, Failure("crashed", "gone")])
    result = run(SOUND, server=replace(server, health=lambda: next(answers)))
    assert (result.figures, result.failure) == (None, Failure("crashed", "gone"))


@pytest.mark.slow
def test_a_point_that_takes_too_long_is_ended(run: Run) -> None:
    failure = run("hang", timeout_s=0.5).failure
    assert failure == Failure("timeout", "the point was not done after 0.5 s")


@pytest.mark.slow
def test_an_engine_that_computes_nothing_hangs(
    run: Run, pages: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hang_rules, "GENERATOR_ALLOWANCE_S", 0.0)
    pages["/metrics"] = [metrics(5)]
    failure = run("hang", stall_s=0.5).failure
    assert failure is not None
    assert failure.kind == "hung"
    assert "computed no token" in failure.words


@pytest.mark.slow
def test_an_engine_that_went_still_after_it_had_begun_hangs(
    run: Run, pages: dict[str, list[str]]
) -> None:
    pages["/metrics"] = [metrics(5), metrics(6), metrics(7)]
    failure = run("hang", stall_s=0.5).failure
    assert failure is not None
    assert failure.kind == "hung"


def test_the_engines_counters_belong_to_the_result(run: Run, pages: dict[str, list[str]]) -> None:
    pages["/metrics"] = [metrics(100), metrics(160)]
    result = run(SOUND)
    assert result.failure is None
    assert result.engine_use == EngineUse(
        preemptions=None,
        generated_tokens=60,
        prefix_cache_hit_tokens=0,
        prefix_cache_query_tokens=None,
        prefix_caching=False,
        kv_cache_usage_peak=None,
        running_peak=None,
        waiting_peak=None,
    )


def test_an_engine_that_served_others_meanwhile_was_not_measured(
    run: Run, pages: dict[str, list[str]]
) -> None:
    pages["/metrics"] = [metrics(100), metrics(161)]
    failure = run(SOUND).failure
    assert failure is not None
    assert failure.kind == "not_what_it_claims"
    assert "generated 61 tokens, but 60 were asked for" in failure.words


def test_hits_in_a_prefix_cache_that_is_off_are_refused(
    run: Run, pages: dict[str, list[str]]
) -> None:
    pages["/metrics"] = [metrics(100), metrics(160, hits=16)]
    failure = run(SOUND).failure
    assert failure is not None
    assert "16 prompt tokens came from a prefix cache that is off" in failure.words


def test_the_command_line_asks_for_exact_lengths_after_a_warm_up(
    server: Server, tmp_path: Path
) -> None:
    words = bench_arguments(
        server, POINT, requests=4, warmups=2, seed=7, result=tmp_path / "r.json"
    )
    options = dict(pairwise(words))
    assert options["--random-input-len"] == "100"
    assert options["--random-output-len"] == "10"
    assert options["--num-prompts"] == "4"
    assert options["--max-concurrency"] == options["--num-warmups"] == "2"
    assert options["--seed"] == "7"
    assert "--random-prefix-len" not in options
    assert {"--ignore-eos", "--save-detailed"} <= set(words)


@pytest.mark.parametrize(("share", "shared"), [(0.5, 50), (0.333, 33), (1.0, 99)])
def test_prompts_that_share_their_beginning_have_the_length_that_was_asked_for(
    server: Server, tmp_path: Path, share: float, shared: int
) -> None:
    words = bench_arguments(
        server,
        POINT,
        requests=4,
        warmups=2,
        seed=7,
        result=tmp_path / "r.json",
        prefix_share=share,
    )
    options = dict(pairwise(words))
    assert options["--random-prefix-len"] == str(shared)
    assert options["--random-input-len"] == str(100 - shared)


def test_seeds_differ_between_points_and_between_runs() -> None:
    seeds = {point_seed(run, number) for run in ("a", "b") for number in range(500)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_another_server_is_asked_what_it_serves(base_url: str, pages: dict[str, list[str]]) -> None:
    served = {"data": [{"id": "org/m", "owned_by": "sglang"}]}
    pages["/v1/models"] = [json.dumps(served)]
    server = other_server(f"{base_url}/v1/", bench=("vllm", "bench", "serve"))
    assert (server.base_url, server.model, server.tokenizer) == (base_url, "org/m", "org/m")
    assert (server.engine, server.engine_version) == ("sglang", None)
    assert server.health() is None


def test_a_model_that_is_not_served_is_refused_with_those_that_are(
    base_url: str, pages: dict[str, list[str]]
) -> None:
    pages["/v1/models"] = [json.dumps({"data": [{"id": "a"}, {"id": "b"}]})]
    with pytest.raises(InputError, match="serves a, b: give one of these as --model"):
        other_server(base_url, bench=(), model="c")
    with pytest.raises(InputError, match="serves a, b: give one of these as --model"):
        other_server(base_url, bench=())


def test_the_only_model_of_a_server_may_have_any_name(
    base_url: str, pages: dict[str, list[str]]
) -> None:
    pages["/v1/models"] = [json.dumps({"data": [{"id": "prod"}]})]
    assert other_server(base_url, bench=(), model="mistralai/Mistral-7B-v0.1").model == "prod"
    pages["/v1/models"] = [json.dumps({"data": [{"id": "base"}, {"id": "lora"}]})]
    assert other_server(base_url, bench=(), model="lora").model == "lora"


def test_a_server_with_a_key_is_shown_it(
    base_url: str, pages: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages["/v1/models sesame"] = [json.dumps({"data": [{"id": "m"}]})]
    monkeypatch.setenv("OPENAI_API_KEY", "sesame")
    assert other_server(base_url, bench=()).model == "m"


@pytest.mark.parametrize("address", ["file:///etc/passwd", "127.0.0.1:8000", "http://"])
def test_an_address_that_is_not_http_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="is not an http"):
        other_server(address, bench=())


def test_a_server_that_lists_no_models_is_refused(base_url: str) -> None:
    with pytest.raises(InputError, match="does not list models"):
        other_server(base_url, bench=())


def test_a_server_that_is_gone_is_unreachable(base_url: str, pages: dict[str, list[str]]) -> None:
    pages["/v1/models"] = [json.dumps({"data": [{"id": "m"}]})]
    server = other_server(base_url, bench=())
    del pages["/v1/models"]
    failure = server.health()
    assert failure is not None
    assert failure.kind == "unreachable"
