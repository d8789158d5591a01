"""What vLLM's scheduler admits to one engine step: sequences and tokens, by card and version."""

from __future__ import annotations

from planner.catalog.gpu import GPU
from planner.vllm.deployment import Deployment
from planner.vllm.version_rules import EngineRules, rules_for


def default_max_num_seqs(gpu: GPU, version: str | None) -> int:
    """vLLM's ``--max-num-seqs`` on this card, where it is not given."""
    rules = rules_for(version)
    large = is_v1(gpu, rules) and _is_large(gpu, rules)
    return int(rules.large_card_max_num_seqs if large else rules.max_num_seqs)


def max_num_seqs_of(deployment: Deployment) -> int:
    """Sequences that the scheduler runs together at most: as set, or vLLM's default."""
    if deployment.engine.max_num_seqs is not None:
        return deployment.engine.max_num_seqs
    return default_max_num_seqs(deployment.gpu, deployment.engine.version)


def step_tokens_of(deployment: Deployment, length: int) -> int:
    """Tokens of the profiling step: ``max_num_batched_tokens`` or its default."""
    stated = deployment.engine.max_num_batched_tokens
    return default_step_tokens(deployment, length) if stated is None else stated


def default_step_tokens(deployment: Deployment, length: int) -> int:
    """vLLM's ``--max-num-batched-tokens`` where it is not given; ``length`` is max_model_len.

    V1 fills each step with decoding sequences first and chunks of prompts after
    them; V0 takes a whole prompt in a step, but for long contexts, and then too
    where the model reads images.
    """
    gpu, model = deployment.gpu, deployment.model
    rules = rules_for(deployment.engine.version)
    if is_v1(gpu, rules):
        if _is_large(gpu, rules):
            return int(rules.large_card_max_num_batched_tokens)
        return int(rules.max_num_batched_tokens)
    if model.vision_params is not None:
        return max(length, int(rules.v0_multimodal_step_tokens))
    if length > rules.chunked_prefill_above_tokens and model.sliding_window is None:
        return int(rules.v0_chunk_tokens)
    return max(length, int(rules.max_num_batched_tokens))


def keeps_prompts_apart(deployment: Deployment) -> bool:
    """Whether a step is for prompts or for decoding sequences, and never for both.

    Only in V0, and there not where prompts come in chunks: where a step budget is set,
    or by default for a longer context than most. A length that is not stated counts as
    no longer, in measurements and in forecasts of them alike.
    """
    engine = deployment.engine
    if engine.max_num_batched_tokens is not None:
        return False
    length = engine.max_model_len
    chunked = length is not None and default_step_tokens(deployment, length) < length
    return not chunked and not is_v1(deployment.gpu, rules_for(engine.version))


def is_v1(gpu: GPU, rules: EngineRules) -> bool:
    """Whether this version runs its V1 engine on this card."""
    return gpu.has_capability(rules.v1_from_compute_capability)


def _is_large(gpu: GPU, rules: EngineRules) -> bool:
    counted = rules.large_card_includes_a100 or "A100" not in gpu.name.upper()
    return counted and gpu.memory_gib >= rules.large_card_from_gib
