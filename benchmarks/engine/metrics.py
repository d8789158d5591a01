"""vLLM's /metrics: the limits of a running engine, and its counters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from benchmarks.engine.hang_rules import PAGE_S
from benchmarks.engine.http_client import get_text

# Versions 0 and 1 of the engine differ in some names; the first name that exists counts.
_PREEMPTIONS = ("vllm:num_preemptions_total",)
_GENERATED = ("vllm:generation_tokens_total",)
_PROGRESS = ("vllm:iteration_tokens_total_sum", "vllm:generation_tokens_total")
_PREFIX_HITS = ("vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total")
_PREFIX_QUERIES = ("vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total")
_ACCEPTED = ("vllm:spec_decode_num_accepted_tokens_total",)
_KV_USAGE = ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")
_RUNNING = ("vllm:num_requests_running",)
_WAITING = ("vllm:num_requests_waiting",)
_BOOLEANS = {"True": True, "False": False}
_CACHE_CONFIG = "vllm:cache_config_info"


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What fits into a running engine, summed over its data-parallel ranks; None: not published.

    If a version publishes no token count, it is the number of blocks times their size.
    """

    kv_cache_tokens: int | None
    max_concurrency: float | None
    gpu_blocks: int | None
    block_size_tokens: int | None
    prefix_caching: bool | None


@dataclass(frozen=True, slots=True)
class EngineCounters:
    """One reading of /metrics, summed over the data-parallel ranks; None: not published.

    ``progress_tokens`` grows with every token that the engine computes, prompt tokens included.
    ``accepted_tokens`` are generated tokens that speculative decoding proposed.
    ``kv_cache_usage`` is the fraction in use on the fullest rank.
    """

    limits: EngineLimits
    preemptions: float | None
    generated_tokens: float | None
    progress_tokens: float | None
    prefix_cache_hit_tokens: float | None
    prefix_cache_query_tokens: float | None
    accepted_tokens: float | None
    kv_cache_usage: float | None
    running: float | None
    waiting: float | None


def read_counters(base_url: str, timeout_s: float = PAGE_S) -> EngineCounters:
    """Read ``base_url``/metrics. Raises OSError as ``get_text`` does."""
    return parse_counters(get_text(f"{base_url}/metrics", timeout_s))


def parse_counters(text: str) -> EngineCounters:
    """Read Prometheus text; every field is None if the text has none of vLLM's samples."""
    samples = _samples(text)
    usage = _values(samples, _KV_USAGE)
    return EngineCounters(
        limits=_limits(samples),
        preemptions=_total(samples, _PREEMPTIONS),
        generated_tokens=_total(samples, _GENERATED),
        progress_tokens=_total(samples, _PROGRESS),
        prefix_cache_hit_tokens=_total(samples, _PREFIX_HITS),
        prefix_cache_query_tokens=_total(samples, _PREFIX_QUERIES),
        accepted_tokens=_total(samples, _ACCEPTED),
        kv_cache_usage=max(usage) if usage else None,
        running=_total(samples, _RUNNING),
        waiting=_total(samples, _WAITING),
    )


_Samples = Mapping[str, Sequence[Sample]]


def _samples(text: str) -> _Samples:
    """The samples by name; none if another server's page is not Prometheus text."""
    samples: dict[str, list[Sample]] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.setdefault(sample.name, []).append(sample)
    except (ValueError, IndexError):  # the parser raises both for malformed lines
        return {}
    return samples


def _values(samples: _Samples, names: tuple[str, ...]) -> list[float]:
    present = next((name for name in names if name in samples), None)
    return [] if present is None else [float(sample.value) for sample in samples[present]]


def _total(samples: _Samples, names: tuple[str, ...]) -> float | None:
    values = _values(samples, names)
    return sum(values) if values else None


def _limits(samples: _Samples) -> EngineLimits:
    ranks = [sample.labels for sample in samples.get(_CACHE_CONFIG, ())]
    block_sizes = _figures(ranks, "block_size")
    blocks = _figures(ranks, "num_gpu_blocks")
    tokens = _figures(ranks, "kv_cache_size_tokens")
    if not tokens and block_sizes:
        tokens = [block_sizes[0] * count for count in blocks]
    concurrency = _figures(ranks, "kv_cache_max_concurrency")
    prefix_caching = {labels.get("enable_prefix_caching", "None") for labels in ranks}
    return EngineLimits(
        kv_cache_tokens=int(sum(tokens)) if tokens else None,
        max_concurrency=sum(concurrency) if concurrency else None,
        gpu_blocks=int(sum(blocks)) if blocks else None,
        block_size_tokens=int(block_sizes[0]) if block_sizes else None,
        prefix_caching=_BOOLEANS.get(prefix_caching.pop()) if len(prefix_caching) == 1 else None,
    )


def _figures(ranks: list[dict[str, str]], label: str) -> list[float]:
    texts = [labels.get(label, "None") for labels in ranks]
    return [] if "None" in texts else [float(text) for text in texts]
