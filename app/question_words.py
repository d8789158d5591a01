"""The fields of a scenario, which the Compare page lists by their places in a file, in words."""

from __future__ import annotations

import re

from planner.wording.formatting import capitalized

_NAMED = re.compile(
    r"(?:(?:classes|other_costs)\.(?P<name>.*?)|(?P<group>fleet|owned)\.(?P<number>\d+))\."
    r"(?P<field>documents_per_year|(?:in|out)put_tokens\.\w+|targets\.\w+|\w+)",
    re.DOTALL,
)
"""The name of a kind or of a cost, which may have any letters, and the field."""

_WORDS = {
    "documents_per_year": "documents a year",
    "input_tokens.mean": "tokens in, mean",
    "input_tokens.p95": "tokens in, p95",
    "output_tokens.mean": "tokens out, mean",
    "output_tokens.p95": "tokens out, p95",
    "targets.e2e_p50_s": "answer time, p50 (s)",
    "targets.e2e_p95_s": "answer time, p95 (s)",
    "targets.e2e_p99_s": "answer time, p99 (s)",
    "targets.ttft_p95_s": "first token, p95 (s)",
    "targets.tpot_p95_ms": "time per further token, p95 (ms)",
    "targets.done_within_h": "done within (h)",
    "peak_factor": "busiest hour over the average hour",
    "growth_per_year": "growth a year",
    "shortfall_usd_per_document": "a document that is not processed (USD)",
    "max_num_seqs": "requests that run together, at most",
    "max_num_batched_tokens": "tokens of a step, at most",
    "max_model_len": "tokens of prompt and answer, at most",
    "kv_cache_dtype": "format of the KV cache",
    "lora_adapters": "LoRA adapters",
    "lora_rank": "rank of the LoRA adapters",
    "rope_scaling": "RoPE scaling",
    "gpu": "GPU",
    "gpu_count": "GPUs of a replica",
    "gpus": "GPUs to consider",
    "gpus_per_machine": "GPUs of a machine",
    "gpu_memory_utilization": "share of the GPU's memory for vLLM",
    "count": "GPUs",
    "age_years": "age (years)",
    "depreciation_years": "depreciation (years)",
    "pue": "PUE",
    "usd_per_kwh": "electricity (USD a kWh)",
    "hours_per_week": "hours a week",
    "volume_low": "fewest documents a year",
    "volume_high": "most documents a year",
    "min_replicas": "replicas at least",
    "max_utilization": "largest utilization",
    "engine_version": "version of vLLM",
}
_UNITS = {
    "_usd_per_year": " (USD a year)",
    "_usd_per_kw_month": " (USD a kW and month)",
    "_usd": " (USD)",
    "_hours_per_week": " (hours a week)",
    "_h": " (h)",
}


def question_words(place: str) -> str:
    """Words for the place of a field.

    >>> question_words("fleet.1.gpu_count"), question_words("budget_usd_per_year")
    ('Fleet 1: GPUs of a replica', 'Budget (USD a year)')
    >>> question_words("classes.Claims 2.5.input_tokens.mean")
    'Claims 2.5: tokens in, mean'
    """
    found = _NAMED.fullmatch(place)
    if found is None:
        return capitalized(_field(place))
    group = found["group"]
    of = found["name"] if group is None else f"{capitalized(group)} {found['number']}"
    return f"{of}: {_field(found['field'])}"


def _field(field: str) -> str:
    if field in _WORDS:
        return _WORDS[field]
    for ending, unit in _UNITS.items():
        if field.endswith(ending):
            return _spaced(field.removesuffix(ending)) + unit
    return _spaced(field)


def _spaced(field: str) -> str:
    return field.replace("_", " ").replace(".", ", ")
