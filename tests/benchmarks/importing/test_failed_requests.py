"""Results in which some requests failed: noted, refused, or allowed by the user."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from foreign_results import ON, changed, document, refusal

from benchmarks.importing.failed_requests import failures_noted
from benchmarks.importing.measurement_files import parse_measurements


def with_failures(failed: int, asked: int) -> dict[str, Any]:
    """A detailed result of ``asked`` requests, the last of which failed."""
    result = document("vllm_closed_loop_detailed")
    completed = asked - failed
    for name in ("input_lens", "output_lens", "ttfts", "itls", "start_times"):
        if name in result:
            result[name] = [result[name][i % 8] for i in range(completed)]
    result["itls"] += [[]] * failed
    result["output_lens"] += [0] * failed
    result["ttfts"] += [0.0] * failed
    result["start_times"] += [0.0] * failed
    result["errors"] = [""] * completed + ["Bad Gateway"] * failed
    duration = result["duration"]
    return result | {
        "num_prompts": asked,
        "completed": completed,
        "failed": failed,
        "total_input_tokens": 64 * completed,
        "total_output_tokens": 16 * completed,
        "output_throughput": 16 * completed / duration,
        "request_throughput": completed / duration,
    }


def test_one_failed_request_of_hundred_is_noted() -> None:
    (row,) = parse_measurements(json.dumps(with_failures(1, 100)), "f.json", ON)
    assert (row.requests, row.input_tokens, row.output_tokens) == (99.0, 64.0, 16.0)
    assert row.quality == "B"
    assert "1 of 100 requests failed" in str(row.notes)
    assert failures_noted(row) == "1 of 100 requests failed"


def test_more_failed_requests_are_refused_unless_they_are_allowed() -> None:
    result = with_failures(2, 100)
    assert refusal(result) == (
        "f.json is refused: only 98 of 100 requests completed, 2 failed (Bad Gateway): 2.0%, and "
        "at most 1.00% may; measure it again, or accept it with --allow-failed 0.02."
    )
    (row,) = parse_measurements(json.dumps(result), "f.json", replace(ON, allowed_failed=0.02))
    assert failures_noted(row) == "2 of 100 requests failed"


def test_a_share_that_cannot_be_allowed_is_not_advised() -> None:
    told = refusal(with_failures(60, 100))
    assert told.endswith("60.0%, and at most 1.00% may; measure it again.")


def test_no_share_is_allowed_if_every_request_failed() -> None:
    result = changed("vllm_closed_loop_plain", completed=0, failed=8)
    assert "only 0 of 8 requests completed" in refusal(result, replace(ON, allowed_failed=0.5))
