"""Memory that vLLM's profiling counts beside what PyTorch has allocated."""

from __future__ import annotations

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES
from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import is_v1, max_num_seqs_of, uses_second_runner
from planner.vllm.version_rules import EngineRules

_GPTQ_MARLIN_FROM_CAPABILITY = 8.0
_HOPPER = 9.0
_LISTED_TOKENS_BYTES = 4 * (1024 + 2 * 1024 + 128 + 1024 + 129)
"""Of a sequence: tokens allowed, biased with their biases, stopping, and bad words with their
offsets (vllm-project/vllm v0.27.1, vllm/v1/worker/gpu/sample: logit_bias.py, bad_words.py)."""


def non_torch_gib(
    deployment: Deployment, rules: EngineRules, weights_gib: float, step_tokens: int
) -> float:
    """GiB per GPU outside PyTorch: libraries, buffers of the all-reduce, and what is left over.

    Some versions count all that is in use on the card: the CUDA context too, and pieces of
    PyTorch's pool that repacking GPTQ weights for Marlin leaves unused (``weights_gib`` is
    per GPU).
    """
    hopper = deployment.gpu.has_capability(_HOPPER)
    found = rules.non_torch_gib if hopper else rules.non_torch_below_hopper_gib
    found += _all_reduce_gib(deployment, rules)
    if rules.runner_buffers_counted:
        found += _runner_buffers_gib(deployment, rules, step_tokens)
    v1 = is_v1(deployment.gpu, rules)
    context = rules.v1_cuda_context_gib if v1 else rules.v0_cuda_context_gib
    if not context:
        return found
    stored = deployment.model.stored_quantization(deployment.quantization)
    repacked = stored == "gptq" and deployment.gpu.has_capability(_GPTQ_MARLIN_FROM_CAPABILITY)
    return found + context + (rules.gptq_repacking_share * weights_gib if repacked else 0.0)


def _runner_buffers_gib(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """GiB per GPU of the buffers that a model runner keeps.

    The first has one for the embeddings of a step, which images are placed into; the second only
    if the model reads images, and for each sequence the counts of all tokens of the vocabulary
    (4 bytes, and two bits in masks) and lists of tokens that are wanted or not.

    Source: vllm-project/vllm v0.27.1, ``inputs_embeds`` in vllm/v1/worker/gpu_model_runner.py;
    ``PenaltiesState``, ``LogitBiasState``, ``BadWordsState`` and ``StructuredOutputsWorker`` in
    vllm/v1/worker/gpu (read 2026-11-28).
    """
    model, engine = deployment.model, deployment.engine
    embeddings = step_tokens * model.hidden_size * SIXTEEN_BIT_BYTES
    if not uses_second_runner(deployment, rules):
        return embeddings / 2**30
    reads_images = model.vision_params is not None and not engine.text_only
    sequence = model.vocab_size * (4 + 2 / 8) + _LISTED_TOKENS_BYTES
    sampler = max_num_seqs_of(deployment) * sequence
    return (sampler + (embeddings if reads_images else 0.0)) / 2**30


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
