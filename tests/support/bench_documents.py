"""A result file of the load generator, small enough to be worked out by hand."""

from __future__ import annotations

from typing import Any


def document(**changes: Any) -> dict[str, Any]:
    """Two rounds of two requests: first token after 0.1 s, then 9 gaps of 0.1 s, 1 s in all."""
    spreads = {
        f"{statistic}_{metric}_ms": value
        for metric, value in (("ttft", 100.0), ("tpot", 100.0), ("itl", 100.0), ("e2el", 1000.0))
        for statistic in ("mean", "p50", "p95", "p99")
    }
    return {
        "completed": 4,
        "failed": 0,
        "duration": 2.0,
        "output_throughput": 20.0,
        "total_output_tokens": 40,
        "input_lens": [100, 101, 99, 100],
        "output_lens": [10, 10, 10, 10],
        "ttfts": [0.1] * 4,
        "itls": [[0.1] * 9] * 4,
        "start_times": [50.0, 50.0, 51.0, 51.0],
        "errors": ["", "", "", ""],
        **spreads,
        **changes,
    }
