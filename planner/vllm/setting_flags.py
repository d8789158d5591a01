"""Flags of ``vllm serve`` for engine settings, as the engine's version spells them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.scheduler import is_v1
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.vllm.version_rules import EngineRules, rules_for

DRAFT_PLACEHOLDER = "./draft-model"
ROPE_THETA_PLACEHOLDER = "ROPE_THETA"
"""Not valid JSON on purpose: without rope_theta vLLM would silently use 10,000."""

NO_IMAGES, NO_IMAGES_JSON = "image=0", '{"image": 0, "video": 0}'

NGRAM_LONGEST = 4
"""Length in tokens of the longest n-gram that is looked up, as in vLLM's examples."""


def setting_options(
    deployment: Deployment, draft: str = DRAFT_PLACEHOLDER, rope_theta: float | None = None
) -> Iterator[str]:
    """The words of the flags for all settings that are not at their defaults.

    ``draft`` is the model that proposes tokens, ``rope_theta`` the value in the model's
    config.json; without them the flags contain placeholders.
    """
    engine = deployment.engine
    rules = rules_for(engine.version)
    if engine.kv_cache_dtype != "auto":
        yield from ("--kv-cache-dtype", engine.kv_cache_dtype)
    if engine.prefix_hit_share > 0.0 or engine.prefix_caching:
        yield "--enable-prefix-caching"
    elif engine.prefix_caching is False:
        yield "--no-enable-prefix-caching"
    if engine.max_num_batched_tokens is not None:
        if not is_v1(deployment.gpu, rules):
            yield "--enable-chunked-prefill"
        yield from ("--max-num-batched-tokens", str(engine.max_num_batched_tokens))
    if engine.speculative is not None:
        yield from _speculative(engine.speculative, draft, rules.speculative_config_json)
    if engine.rope_scaling is not None:
        length = engine.rope_scaling.original_tokens or deployment.model.max_position_embeddings
        theta = ROPE_THETA_PLACEHOLDER if rope_theta is None else json.dumps(rope_theta)
        yield from _rope_options(_rope(engine.rope_scaling, length), theta, rules)
    yield from _started_as(engine, rules)


def parallel_options(deployment: Deployment) -> Iterator[str]:
    """The words that divide a replica over its GPUs."""
    engine = deployment.engine
    if deployment.tensor_parallel > 1:
        yield from ("--tensor-parallel-size", str(deployment.tensor_parallel))
    if engine.pipeline_parallel_size > 1:
        yield from ("--pipeline-parallel-size", str(engine.pipeline_parallel_size))
    if engine.machines > 1:
        yield from ("--distributed-executor-backend", "ray")
    if engine.data_parallel_size > 1:
        yield from ("--data-parallel-size", str(engine.data_parallel_size))
    if engine.enable_expert_parallel:
        yield "--enable-expert-parallel"


def _started_as(engine: EngineConfig, rules: EngineRules) -> Iterator[str]:
    if engine.enforce_eager:
        yield "--enforce-eager"
    if engine.lora is not None:
        yield from ("--enable-lora", "--max-loras", str(engine.lora.adapters))
        yield from ("--max-lora-rank", str(engine.lora.rank))
    if engine.text_only:
        as_json = rules.limit_mm_per_prompt_json
        yield from ("--limit-mm-per-prompt", NO_IMAGES_JSON if as_json else NO_IMAGES)


def _rope_options(scaling: str, theta: str, rules: EngineRules) -> Iterator[str]:
    if rules.rope_scaling_option:
        yield from ("--rope-scaling", scaling)
    elif rules.rope_parameters_override:
        parameters = scaling.removesuffix("}") + f', "rope_theta": {theta}}}'
        yield from ("--hf-overrides", f'{{"rope_parameters": {parameters}}}')
    elif rules.hf_overrides_option:
        yield from ("--hf-overrides", f'{{"rope_scaling": {scaling}}}')


def placeholder_notes(command: Sequence[str]) -> Iterator[str]:
    """What to put for the placeholders among a command's words."""
    if any(DRAFT_PLACEHOLDER in word for word in command):
        yield f"{DRAFT_PLACEHOLDER} stands for your draft: a folder, or its Hugging Face id."
    if any(ROPE_THETA_PLACEHOLDER in word for word in command):
        yield (
            f"{ROPE_THETA_PLACEHOLDER} stands for rope_theta of the model's config.json, "
            "which this option would otherwise overwrite."
        )


def _speculative(speculative: SpeculativeDecoding, draft: str, as_json: bool) -> Iterator[str]:
    tokens, ngram = speculative.tokens, speculative.method == "ngram"
    if not as_json:
        model = "[ngram]" if ngram else draft
        yield from ("--speculative-model", model, "--num-speculative-tokens", str(tokens))
        if ngram:
            yield from ("--ngram-prompt-lookup-max", str(NGRAM_LONGEST))
        return
    config: dict[str, object] = {"num_speculative_tokens": tokens}
    if ngram:
        config |= {"method": "ngram", "prompt_lookup_max": NGRAM_LONGEST}
    elif speculative.method == "mtp":
        config |= {"method": "mtp"}
    elif speculative.method == "eagle":
        config |= {"method": "eagle", "model": draft}
    else:
        config |= {"model": draft}
    yield from ("--speculative-config", json.dumps(config))


def _rope(scaling: RopeScaling, original_tokens: int) -> str:
    values: dict[str, object] = {"rope_type": scaling.kind, "factor": scaling.factor}
    if scaling.kind == "yarn":
        values["original_max_position_embeddings"] = original_tokens
    return json.dumps(values)
