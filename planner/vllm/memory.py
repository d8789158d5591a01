"""What fits on a GPU: weights, activations, KV cache, and how many requests at once.

vLLM loads the weights, runs one profiling step as large as its settings allow,
and gives the rest of its share of the memory to the KV cache:

    pool = memory x gpu_memory_utilization - weights - activations - outside PyTorch
           (- CUDA graphs, from 0.21)

Everything is per GPU. A version's defaults and the constants that were measured are
in ``version_rules.py``. Source of the procedure: vllm-project/vllm,
``determine_num_available_blocks`` in vllm/worker/worker.py (V0) and
``determine_available_memory`` in vllm/v1/worker/gpu_worker.py (V1), read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec
from planner.vllm.activations import activation_bytes
from planner.vllm.deployment import Deployment
from planner.vllm.kv_cache import BLOCK_TOKENS, KvLayout, kv_bytes_per_token, kv_layout
from planner.vllm.scheduler import max_num_seqs_of, step_tokens_of
from planner.vllm.version_rules import EngineRules, rules_for
from planner.vllm.weights import replica_weights_bytes

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the memory of each GPU goes, in GiB per GPU.

    ``kv_cache_tokens`` is what vLLM logs as the size of the KV cache,
    ``max_concurrency`` the number of requests of ``max_model_len`` that it holds
    at once. ``cuda_graph_gib`` is what the graphs take from the budget: 0 before
    0.21, when they came on top of it. ``reason`` and ``remedy`` are None if it fits.
    """

    fits: bool
    reason: str | None
    weights_gib: float
    kv_cache_gib: float
    kv_cache_tokens: int
    bytes_per_token: int
    max_concurrency: float
    max_model_len: int
    gpu_memory_utilization: float
    activation_gib: float
    non_torch_gib: float
    cuda_graph_gib: float
    remedy: str | None


def estimate(deployment: Deployment) -> Memory:
    """What vLLM would allocate on each GPU of ``deployment``, and whether it would start.

    Raises InputError (field ``engine_version``) if the version is not a version.
    """
    gpu, model, engine = deployment.gpu, deployment.model, deployment.engine
    rules = rules_for(engine.version)
    limit = deployment.context_tokens
    length = engine.max_model_len or limit
    utilization = engine.gpu_memory_utilization or rules.gpu_memory_utilization
    step_tokens = step_tokens_of(deployment, length)
    weights = replica_weights_bytes(deployment) / deployment.gpu_count / GIB
    activation = activation_bytes(deployment, rules, step_tokens) / GIB
    non_torch = _non_torch_gib(gpu, deployment.gpu_count, rules)
    graphs = _cuda_graph_gib(model, max_num_seqs_of(deployment), rules)
    in_budget = graphs if rules.cuda_graphs_in_budget else 0.0
    pool = gpu.memory_gib * utilization - weights - activation - non_torch - in_budget
    layout = kv_layout(deployment, rules, step_tokens)
    concurrency = max(0.0, pool * GIB) / layout.request_bytes(length)
    tokens = layout.tokens(pool * GIB)
    if rules.tokens_from_concurrency and layout.mixed:
        tokens = int(concurrency * length)
    states, sequences = layout.states(pool * GIB), max_num_seqs_of(deployment)
    reason = remedy = None
    if length > limit:
        reason = (
            f"User-specified max_model_len ({length}) is greater than the derived max_model_len "
            f"({limit}) of {model.name}"
        )
        remedy = f"--max-model-len {limit}, or rope scaling"
    elif concurrency < 1.0:
        reason, remedy = _refusal(gpu, weights, pool, layout, length)
    elif rules.states_limit_sequences and layout.state_layers and states < sequences:
        reason = (
            f"max_num_seqs ({sequences}) exceeds available Mamba cache blocks ({states}): each "
            "sequence keeps a state"
        )
        remedy = f"--max-num-seqs {states}"
    elif not in_budget and gpu.memory_gib * (1 - utilization) < graphs:
        reason = (
            f"CUDA out of memory while capturing CUDA graphs: they need about {graphs:.2f} GiB "
            f"beyond --gpu-memory-utilization {utilization:g}"
        )
        remedy = f"--gpu-memory-utilization {1 - graphs / gpu.memory_gib:.2f}, or --enforce-eager"
    return Memory(
        fits=reason is None,
        reason=reason,
        weights_gib=weights,
        kv_cache_gib=max(0.0, pool),
        kv_cache_tokens=tokens,
        bytes_per_token=kv_bytes_per_token(model, deployment.gpu_count, engine.kv_cache_dtype),
        max_concurrency=concurrency,
        max_model_len=length,
        gpu_memory_utilization=utilization,
        activation_gib=activation,
        non_torch_gib=non_torch,
        cuda_graph_gib=in_budget,
        remedy=remedy,
    )


def _non_torch_gib(gpu: GPU, gpu_count: int, rules: EngineRules) -> float:
    """GiB per GPU that PyTorch does not manage: CUDA context, NCCL and all-reduce buffers."""
    if gpu_count == 1:
        return rules.non_torch_gib
    if not gpu.has_nvlink:
        return rules.non_torch_gib + rules.all_reduce_pcie_gib
    return rules.non_torch_gib + rules.all_reduce_gib + rules.all_reduce_gib_per_card * gpu_count


def _cuda_graph_gib(model: ModelSpec, max_num_seqs: int, rules: EngineRules) -> float:
    """GiB of all CUDA graphs.

    Piecewise graphs go up to 2 x ``max_num_seqs`` tokens, whole ones up to
    ``max_num_seqs``, both to 512 at most.
    """
    graphs = _captured(min(2 * max_num_seqs, 512)) + _captured(min(max_num_seqs, 512))
    return graphs * model.layers * rules.cuda_graph_mib_per_layer / 1024


def _captured(largest: int) -> int:
    """Number of sizes that vLLM captures: 1, 2, 4, every 8th up to 256, every 16th beyond."""
    small = sum(size <= largest for size in (1, 2, 4))
    return small + min(largest, 256) // 8 + max(0, largest - 256) // 16


def _refusal(
    gpu: GPU, weights_gib: float, pool_gib: float, layout: KvLayout, length: int
) -> tuple[str, str]:
    """Why vLLM does not start, in its own words, and a remedy."""
    larger = "a higher --gpu-memory-utilization, a quantized model, or more GPUs"
    if weights_gib > gpu.memory_gib:
        return (
            "No available memory for the cache blocks: CUDA out of memory while loading the "
            f"weights, {weights_gib:.1f} GiB on a GPU of {gpu.memory_gib:.1f} GiB",
            "a quantized model, or more GPUs",
        )
    longest = layout.longest_request(pool_gib * GIB) if pool_gib > 0 else 0
    if longest < BLOCK_TOKENS:
        return (
            f"No available memory for the cache blocks: {weights_gib:.1f} GiB of weights on a "
            f"GPU of {gpu.memory_gib:.1f} GiB leave {pool_gib:.2f} GiB for the KV cache",
            larger,
        )
    return (
        f"The model's max seq len ({length}) is larger than the maximum number of tokens that "
        f"can be stored in KV cache ({longest})",
        f"--max-model-len {longest}, {larger}",
    )
