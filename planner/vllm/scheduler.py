"""Most sequences and tokens in one step of vLLM's scheduler, by GPU and version."""

from __future__ import annotations

from planner.catalog.gpu import GPU
from planner.vllm.deployment import Deployment
from planner.vllm.version_rules import EngineRules, rules_for

_FIRST_METHODS_OF_SECOND_RUNNER = ("eagle", "mtp")
_LARGEST_CARDS_FROM_GIB = 160
"""B200 and larger. Source: vllm-project/vllm v0.28.0, ``get_batch_defaults`` in arg_utils.py."""


def default_max_num_seqs(gpu: GPU, version: str | None) -> int:
    """vLLM's default for ``--max-num-seqs`` on this GPU."""
    rules = rules_for(version)
    if not is_v1(gpu, rules):
        return int(rules.max_num_seqs)
    return int(rules.large_card_max_num_seqs if _is_large(gpu, rules) else rules.v1_max_num_seqs)


def max_num_seqs_of(deployment: Deployment) -> int:
    """Most sequences that the scheduler runs together: as set, or vLLM's default."""
    if deployment.engine.max_num_seqs is not None:
        return deployment.engine.max_num_seqs
    return default_max_num_seqs(deployment.gpu, deployment.engine.version)


def step_tokens_of(deployment: Deployment, length: int) -> int:
    """Tokens of the profiling step: ``max_num_batched_tokens``, or its default."""
    stated = deployment.engine.max_num_batched_tokens
    return default_step_tokens(deployment, length) if stated is None else stated


def default_step_tokens(deployment: Deployment, length: int) -> int:
    """vLLM's default for ``--max-num-batched-tokens``; ``length`` is max_model_len.

    V1 fills each step with decoding sequences first and then with chunks of
    prompts; its default is at most what all sequences together may hold
    (``_set_default_max_num_seqs_and_batched_tokens_args`` in vllm/engine/arg_utils.py,
    v0.16.0). V0 takes a whole prompt in a step; for long contexts it takes chunks,
    unless the model reads images, has a sliding window or LoRA adapters
    (``create_engine_config`` in the same file, v0.6.3).
    """
    gpu, model = deployment.gpu, deployment.model
    rules = rules_for(deployment.engine.version)
    if is_v1(gpu, rules):
        return min(_v1_step_tokens(gpu, rules), max_num_seqs_of(deployment) * length)
    if model.vision_params is not None and not deployment.engine.text_only:
        return max(length, int(rules.v0_multimodal_step_tokens))
    chunks = model.sliding_window is None and deployment.engine.lora is None
    if length > rules.chunked_prefill_above_tokens and chunks:
        return int(rules.v0_chunk_tokens)
    return max(length, int(rules.max_num_batched_tokens))


def keeps_prompts_apart(deployment: Deployment) -> bool:
    """True if a step processes either prompts or decoding sequences, never both.

    This holds in V0, unless prompts are processed in chunks: if a step budget is
    set, or by default if the context is long. A length that is not stated counts
    as not long, in measurements and in forecasts alike.
    """
    engine = deployment.engine
    if engine.max_num_batched_tokens is not None:
        return False
    length = engine.max_model_len
    chunked = length is not None and default_step_tokens(deployment, length) < length
    return not chunked and not is_v1(deployment.gpu, rules_for(engine.version))


def is_v1(gpu: GPU, rules: EngineRules) -> bool:
    """True if this version runs its V1 engine on this GPU."""
    return gpu.has_capability(rules.v1_from_compute_capability)


def uses_second_runner(deployment: Deployment, rules: EngineRules) -> bool:
    """True if vLLM's second model runner serves this deployment without being asked to.

    It came to serve dense models that keep no states, then all, unless a draft is made in a way
    that it does not know. The few mixtures of experts that it served from the start (DeepSeek-V2,
    Qwen2-MoE, Granite's) are taken for the first runner's.

    Source: vllm-project/vllm v0.25.1 to v0.33.0, ``use_v2_model_runner`` and
    ``_get_v2_model_runner_unsupported_features`` in vllm/config/vllm.py.
    """
    model, speculative = deployment.model, deployment.engine.speculative
    plain = model.experts is None and not model.state_layers
    if not (rules.second_runner_serves_all or (rules.second_runner_serves_dense and plain)):
        return False
    if speculative is None or rules.second_runner_drafts_all:
        return True
    return speculative.method in _FIRST_METHODS_OF_SECOND_RUNNER


def _v1_step_tokens(gpu: GPU, rules: EngineRules) -> int:
    """V1's default by card, before it is bound to what all sequences together may hold."""
    if gpu.memory_gib >= _LARGEST_CARDS_FROM_GIB:
        return int(rules.largest_card_max_num_batched_tokens)
    if _is_large(gpu, rules):
        return int(rules.large_card_max_num_batched_tokens)
    return int(rules.max_num_batched_tokens)


def _is_large(gpu: GPU, rules: EngineRules) -> bool:
    counted = rules.large_card_includes_a100 or "A100" not in gpu.name.upper()
    return counted and gpu.memory_gib >= rules.large_card_from_gib
