"""Memory that vLLM's profiling counts beside what PyTorch has allocated."""

from __future__ import annotations

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES
from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import is_v1
from planner.vllm.version_rules import EngineRules

_GPTQ_MARLIN_FROM_CAPABILITY = 8.0


def non_torch_gib(
    deployment: Deployment, rules: EngineRules, weights_gib: float, step_tokens: int
) -> float:
    """GiB per GPU outside PyTorch: libraries, buffers of the all-reduce, and what is left over.

    Some versions count all that is in use on the card: the CUDA context too, and pieces of
    PyTorch's pool that repacking GPTQ weights for Marlin leaves unused (``weights_gib`` is
    per GPU).
    """
    found = rules.non_torch_gib + _all_reduce_gib(deployment, rules)
    if rules.runner_buffers_counted:
        found += _embeddings_gib(deployment, step_tokens)
    v1 = is_v1(deployment.gpu, rules)
    context = rules.v1_cuda_context_gib if v1 else rules.v0_cuda_context_gib
    if not context:
        return found
    stored = deployment.model.stored_quantization(deployment.quantization)
    repacked = stored == "gptq" and deployment.gpu.has_capability(_GPTQ_MARLIN_FROM_CAPABILITY)
    return found + context + (rules.gptq_repacking_share * weights_gib if repacked else 0.0)


def _embeddings_gib(deployment: Deployment, step_tokens: int) -> float:
    """GiB per GPU of the buffers for embeddings of a step.

    Every model has one, which images are placed into; some also put images into later layers.

    Source: vllm-project/vllm v0.27.0, ``inputs_embeds`` in vllm/v1/worker/gpu_model_runner.py and
    ``deepstack_input_embeds`` in vllm/model_executor/models/qwen3_vl.py (read 2026-11-28). The
    few architectures that the second model runner serves have it only for images.
    """
    model = deployment.model
    buffers = 1 if deployment.engine.text_only else model.image_vectors or 1
    return step_tokens * buffers * model.hidden_size * SIXTEEN_BIT_BYTES / 2**30


def _all_reduce_gib(deployment: Deployment, rules: EngineRules) -> float:
    """GiB per GPU of NCCL's and of custom all-reduce buffers.

    What first use takes beside them was seen once, on two cards over PCIe, as what a log leaves
    unexplained; it is added over PCIe only, and for more than two cards it is a guess.
    """
    gpu_count = deployment.gpu_count
    if gpu_count == 1:
        return 0.0
    if not deployment.gpu.has_nvlink:
        return rules.all_reduce_pcie_gib + rules.all_reduce_first_use_gib
    return rules.all_reduce_gib + rules.all_reduce_gib_per_card * gpu_count
