"""Prompts that a result says have a common beginning, which vLLM reads from its prefix cache.

Such a prompt costs less than its length says, so the share that was found must stand with the
measurement. Names of the settings: GuideLLM (data/deserializers/synthetic.py), AIPerf
(common/config/prompt_config.py and conversation_config.py, since 0.10 ``prefix_prompts`` of
``datasets``), GenAI-Perf (config/input/config_input.py), SGLang's bench_serving, and vLLM's
``bench serve`` as ``bench sweep`` records its options.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.importing.context import ImportContext
from benchmarks.importing.json_document import MAX_FIGURE, Document

SHARED_TOKENS = frozenset(
    {
        "prefix_tokens",
        "prefix_prompt_length",
        "shared_system_prompt_length",
        "shared_system_length",
        "random_prefix_len",
        "sonnet_prefix_len",
        "prefix_repetition_prefix_len",
        "prefix_prompt.length",
        "prefix_prompts.length",
    }
)
"""Tokens that several prompts begin with; after a dot, of an object."""

PREFIXES = ("prefix_count", "pool_size", "num")
"""The options with the number of different beginnings, beside the tokens of one."""

TURNS = frozenset({"turns", "turns.mean", "turns.value", "turn.mean", "session_turns_mean"})
"""Turns of a conversation, each of which begins with the ones before."""

SHARED_DATASETS = ("generated-shared-prefix", "mooncake", "prefix_repetition")
MOST_DEPTH = 8


def check_prefix_is_stated(
    document: Document, context: ImportContext, settings: object, requests: int
) -> None:
    """Refuse prompts with a common beginning whose share in the cache the user did not state.

    ``settings`` are those of the load generator, as the file holds them. Other engines than vLLM
    are no evidence of its speed, so their share does not matter.
    """
    engine = (context.engine or "vllm").lower()
    if engine != "vllm" or "prefix_" in (context.engine_settings or ""):
        return
    if str(document.at("enable_prefix_caching")).lower() in ("false", "0"):
        return
    said = next(_common_beginnings(settings, "", requests, 0), None)
    if said is not None:
        raise document.refusal(
            f"{said}, so prompts share a beginning that vLLM may read from its prefix cache; add "
            "--engine-settings prefix_hit_share=SHARE with the share of prompt tokens that it "
            "found there, 0 for none"
        )


def _common_beginnings(value: object, parent: str, requests: int, depth: int) -> Iterator[str]:
    """The settings that say that prompts share beginnings, in the words of the file."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and depth < MOST_DEPTH:
        for element in value:
            yield from _common_beginnings(element, parent, requests, depth + 1)
    if not isinstance(value, dict):
        return
    for key, stated in value.items():
        name = str(key).replace("-", "_")
        known = {name, f"{parent}.{name}"}
        if name == "dataset_name" and stated in SHARED_DATASETS:
            yield f"dataset_name is {stated}"
        if known & SHARED_TOKENS and _number(stated) > 0 and _are_reused(value, requests):
            yield f"{name} is {_number(stated):g}"
        if known & TURNS and _number(stated) > 1:
            yield f"a conversation has {_number(stated):g} turns"
        if depth < MOST_DEPTH:
            yield from _common_beginnings(stated, name, requests, depth + 1)


def _are_reused(settings: dict[str, Any], requests: int) -> bool:
    """True unless no beginning is used, or each request has one of its own."""
    counts = [settings[name] for name in PREFIXES if settings.get(name) is not None]
    return not counts or 0 < _number(counts[0]) < requests


def _number(value: object) -> float:
    """A number, or the text of one; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        return float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return 0.0
    return float(min(value, MAX_FIGURE))
