from __future__ import annotations

import pytest

from benchmarks.design.points import EngineUse
from benchmarks.engine import engine_watch
from benchmarks.engine.metrics import EngineLimits, parse_counters

METRICS = """\
# HELP vllm:num_preemptions_total Cumulative number of preemptions.
# TYPE vllm:num_preemptions_total counter
vllm:num_preemptions_total{engine="0",model_name="/m, \\"x\\" {1}"} 3.0
vllm:num_preemptions_total{engine="1",model_name="/m, \\"x\\" {1}"} 4.0
vllm:generation_tokens_total{engine="0"} 1.2e+06
vllm:iteration_tokens_total_sum{engine="0"} 9.0
vllm:prefix_cache_hits_total{engine="0"} 0.0
vllm:kv_cache_usage_perc{engine="0"} 0.25
vllm:kv_cache_usage_perc{engine="1"} 0.75
vllm:num_requests_running{engine="0"} 2.0
vllm:num_requests_running{engine="1"} 3.0
vllm:cache_config_info{block_size="16",enable_prefix_caching="False",engine="0",\
kv_cache_max_concurrency="64.5",kv_cache_size_tokens="65536",num_gpu_blocks="4096"} 1.0
vllm:cache_config_info{block_size="16",enable_prefix_caching="False",engine="1",\
kv_cache_max_concurrency="64.5",kv_cache_size_tokens="65536",num_gpu_blocks="4096"} 1.0
"""


def test_counters_are_summed_over_ranks_and_usage_is_the_fullest_ranks() -> None:
    counters = parse_counters(METRICS)
    assert counters.preemptions == 7
    assert counters.generated_tokens == 1_200_000
    assert counters.progress_tokens == 9
    assert counters.running == 5
    assert counters.kv_cache_usage == 0.75


def test_limits_are_summed_over_ranks() -> None:
    assert parse_counters(METRICS).limits == EngineLimits(131072, 129.0, 8192, 16, False)


def test_a_version_without_a_token_count_has_its_blocks_times_their_size() -> None:
    old = (
        'vllm:cache_config_info{block_size="16",enable_prefix_caching="True",num_gpu_blocks="10"} 1'
    )
    assert parse_counters(old).limits == EngineLimits(160, None, 10, 16, True)


def test_what_is_not_published_is_none_and_not_zero() -> None:
    counters = parse_counters("http_requests_total 4\n")
    assert counters.preemptions is None
    assert counters.kv_cache_usage is None
    assert counters.limits == EngineLimits(None, None, None, None, None)


def test_a_limit_that_the_engine_gives_as_none_is_none() -> None:
    text = 'vllm:cache_config_info{block_size="16",num_gpu_blocks="None"} 1'
    assert parse_counters(text).limits == EngineLimits(None, None, None, 16, None)


def use_of(
    monkeypatch: pytest.MonkeyPatch, first: str, *later: str, warm_up_tokens: int = 0
) -> EngineUse:
    """What a watch makes of these readings of /metrics, the first from before the point."""
    readings = map(parse_counters, (first, *later))
    monkeypatch.setattr(engine_watch, "read_counters", lambda _base_url: next(readings))
    watch = engine_watch.EngineWatch("http://127.0.0.1:1", warm_up_tokens=warm_up_tokens)
    for _ in later:
        watch.look()
    use = watch.use()
    assert use is not None
    return use


def test_an_engine_that_preempted_was_full_even_where_no_reading_saw_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after = (
        METRICS.replace('preemptions_total{engine="0"', f'preemptions_total{{n="{n}"').replace(
            "} 3.0", f"}} {n}", 1
        )
        for n in (3, 4)
    )
    use = use_of(monkeypatch, before, after)
    assert use.preemptions == 1
    assert use.kv_cache_usage_peak == 1.0


def test_shares_are_of_what_came_after_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The warm-up repeats one prompt of 100 tokens: all but the first are found whole."""
    readings = (
        f"vllm:generation_tokens_total {generated}\n"
        f"vllm:prefix_cache_queries_total {queries}\n"
        f"vllm:prefix_cache_hits_total {hits}\n"
        f"vllm:spec_decode_num_accepted_tokens_total {accepted}\n"
        for generated, queries, hits, accepted in (
            (1000, 0, 0, 0),
            (1015, 200, 96, 4),
            (1022, 300, 144, 5),  # 20 tokens of warm-up, and the first measured ones
            (1100, 1100, 544, 31),
        )
    )
    use = use_of(monkeypatch, *readings, warm_up_tokens=20)
    assert use.prefix_hit_share == 400 / 800
    assert use.speculated_share == pytest.approx(26 / 78)


def test_a_point_between_two_readings_speculates_as_with_its_warm_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The warm-up finds its prompts whole, so the prefix hits of such a point are unknown."""
    before, after = (
        f"vllm:generation_tokens_total {generated}\n"
        f"vllm:prefix_cache_queries_total {queries}\n"
        f"vllm:prefix_cache_hits_total {hits}\n"
        f"vllm:spec_decode_num_accepted_tokens_total {accepted}\n"
        for generated, queries, hits, accepted in ((1000, 0, 0, 7), (1100, 1100, 544, 32))
    )
    use = use_of(monkeypatch, before, after, warm_up_tokens=20)
    assert use.speculated_share == 25 / 100
    assert use.prefix_hit_share is None


def test_shares_of_nothing_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    use = use_of(monkeypatch, METRICS, METRICS, warm_up_tokens=20)
    assert (use.prefix_hit_share, use.speculated_share) == (None, None)


def test_without_preemptions_the_peak_is_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    use = use_of(monkeypatch, METRICS, METRICS)
    assert use.kv_cache_usage_peak == 0.75


def test_a_page_that_is_not_prometheus_text_has_no_counters() -> None:
    page = "<html><body>Not found</body></html>"
    assert parse_counters(page) == parse_counters("")
