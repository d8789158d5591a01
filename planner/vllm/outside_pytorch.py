"""Memory that vLLM's profiling counts beside what PyTorch has allocated."""

from __future__ import annotations

from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import is_v1
from planner.vllm.version_rules import EngineRules

_GPTQ_MARLIN_FROM_CAPABILITY = 8.0


def non_torch_gib(deployment: Deployment, rules: EngineRules, weights_gib: float) -> float:
    """GiB per GPU outside PyTorch: libraries, buffers of the all-reduce, and what is left over.

    Some versions count all that is in use on the card: the CUDA context too, and pieces of
    PyTorch's pool that repacking GPTQ weights for Marlin leaves unused (``weights_gib`` is
    per GPU).
    """
    found = rules.non_torch_gib + _all_reduce_gib(deployment, rules)
    v1 = is_v1(deployment.gpu, rules)
    context = rules.v1_cuda_context_gib if v1 else rules.v0_cuda_context_gib
    if not context:
        return found
    stored = deployment.model.stored_quantization(deployment.quantization)
    repacked = stored == "gptq" and deployment.gpu.has_capability(_GPTQ_MARLIN_FROM_CAPABILITY)
    return found + context + (rules.gptq_repacking_share * weights_gib if repacked else 0.0)


def _all_reduce_gib(deployment: Deployment, rules: EngineRules) -> float:
    """GiB per GPU of NCCL's and of custom all-reduce buffers."""
    gpu_count = deployment.gpu_count
    if gpu_count == 1:
        return 0.0
    if not deployment.gpu.has_nvlink:
        return rules.all_reduce_pcie_gib
    return rules.all_reduce_gib + rules.all_reduce_gib_per_card * gpu_count
