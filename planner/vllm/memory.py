"""What fits on a GPU: weights, activations, KV cache, and how many requests at once.

vLLM loads the weights, runs one profiling step as large as its settings allow,
and gives the rest of its share of the memory to the KV cache:

    pool = memory x gpu_memory_utilization - weights - activations - outside PyTorch
           (- CUDA graphs, from 0.21)

Everything is per GPU, and of a pipeline's stages that of the tightest. A version's
defaults and the constants that were measured are in ``version_rules.py``.
Source of the procedure: vllm-project/vllm,
``determine_num_available_blocks`` in vllm/worker/worker.py (V0) and
``determine_available_memory`` in vllm/v1/worker/gpu_worker.py (V1), read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.vllm.activations import activation_bytes
from planner.vllm.cuda_graphs import cuda_graph_gib
from planner.vllm.deployment import Deployment
from planner.vllm.kv_cache import (
    BLOCK_TOKENS,
    KvLayout,
    kv_bytes_per_token,
    kv_dtype_in_force,
    kv_layout,
)
from planner.vllm.lora import adapter_bytes
from planner.vllm.outside_pytorch import non_torch_gib
from planner.vllm.scheduler import max_num_seqs_of, step_tokens_of, uses_second_runner
from planner.vllm.stages import stages_of
from planner.vllm.start_remedies import setting_changes
from planner.vllm.version_rules import EngineRules, rules_for
from planner.vllm.weights import loaded_buffers_bytes, replica_weights_bytes

GIB = 2**30

GPUS_OF_A_MACHINE = 8
"""The largest machines but one (``data/cloud_machines.csv``: a2-megagpu-16g) have eight GPUs."""

MOST_MACHINES = 4
"""Machines of a replica: four of eight GPUs with 80 GB hold each checkpoint of the catalogue in the
format that it is published in, but one: Qwen3.8-2.4T in 16 bit, 4,840 GB of weights, takes nine.
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Where the memory of each GPU goes, in GiB per GPU.

    ``kv_cache_tokens`` is what vLLM logs as the size of the KV cache,
    ``max_concurrency`` the number of requests of ``max_model_len`` that it holds
    at once. ``cuda_graph_gib`` is what the graphs take from the budget: 0 before
    0.21, when they came on top of it. ``adapter_gib`` is what LoRA adapters take beside
    the weights. ``remedy`` names what starts, as tried; ``reason`` and ``remedy`` are None
    if it fits.
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
    adapter_gib: float = 0.0


def estimate(deployment: Deployment) -> Memory:
    """What vLLM would allocate on each GPU of ``deployment``, and whether it would start.

    Raises InputError (field ``engine_version``) if the version is not a version.
    """
    tightest = _tightest(deployment)
    found = tightest.memory
    if found.fits:
        return found
    return replace(found, remedy=_remedy(deployment, tightest))


def sized(deployment: Deployment) -> Memory:
    """The same without looking for a remedy, which takes longer."""
    return _tightest(deployment).memory


@dataclass(frozen=True, slots=True)
class _Stage:
    """The memory of one stage, and the longest context that it holds, in tokens.

    ``states`` are the sequences that it keeps a state of, None if layers keep none.
    ``pool_is_enough`` if the KV cache holds a request, whatever else is refused.
    """

    memory: Memory
    longest: int | None
    states: int | None
    pool_is_enough: bool


def _tightest(deployment: Deployment) -> _Stage:
    """The pipeline stage that decides: vLLM gives every stage the blocks of the smallest."""
    rules = rules_for(deployment.engine.version)
    whole = None
    if rules.pipeline_check_counts_all_layers and deployment.engine.pipeline_parallel_size > 1:
        whole = deployment.model.layers
    stages = {
        (stage.model.layers, stage.model.embedding_params, stage.looks_tokens_up): stage
        for stage in stages_of(deployment)
    }
    found = [_stage(stage, rules, whole) for stage in stages.values()]
    return min(found, key=lambda stage: (stage.memory.fits, stage.memory.max_concurrency))


def _stage(deployment: Deployment, rules: EngineRules, checked_layers: int | None) -> _Stage:
    gpu, model, engine = deployment.gpu, deployment.model, deployment.engine
    length = deployment.longest_tokens
    utilization = engine.gpu_memory_utilization or rules.gpu_memory_utilization
    step_tokens = step_tokens_of(deployment, length)
    weights = replica_weights_bytes(deployment) / deployment.gpu_count / GIB
    weights += loaded_buffers_bytes(deployment, step_tokens) / GIB
    adapters = 0.0
    if engine.lora is not None:
        adapters = adapter_bytes(model, deployment.gpu_count, engine.lora) / GIB
    activation = activation_bytes(deployment, rules, step_tokens) / GIB
    non_torch = non_torch_gib(deployment, rules, weights, step_tokens)
    graphs = cuda_graph_gib(deployment, rules)
    in_budget = graphs if _graphs_in_budget(deployment, rules) else 0.0
    budget = gpu.memory_gib * utilization
    pool = budget - weights - adapters - activation - non_torch - in_budget
    layout = kv_layout(deployment, rules, step_tokens)
    concurrency = max(0.0, pool * GIB) / layout.request_bytes(length)
    tokens = layout.tokens(pool * GIB)
    if rules.tokens_from_concurrency and layout.mixed:
        tokens = int(concurrency * length)
    memory = Memory(
        fits=True,
        reason=None,
        weights_gib=weights,
        kv_cache_gib=max(0.0, pool),
        kv_cache_tokens=tokens,
        bytes_per_token=kv_bytes_per_token(
            model, deployment.gpu_count, kv_dtype_in_force(deployment, rules)
        ),
        max_concurrency=concurrency,
        max_model_len=length,
        gpu_memory_utilization=utilization,
        activation_gib=activation,
        non_torch_gib=non_torch,
        cuda_graph_gib=in_budget,
        remedy=None,
        adapter_gib=adapters,
    )
    checked = layout
    if checked_layers is not None:
        checked = replace(layout, full_layers=checked_layers, sliding_layers=0)
    reason, longest = _refusal(deployment, memory, pool, checked, 0.0 if in_budget else graphs)
    states = checked.states(pool * GIB) if layout.state_layers else None
    if reason is None and rules.states_limit_sequences and states is not None:
        reason = _too_many_sequences(max_num_seqs_of(deployment), states)
    enough = checked.request_bytes(length) <= pool * GIB
    return _Stage(replace(memory, fits=reason is None, reason=reason), longest, states, enough)


def _graphs_in_budget(deployment: Deployment, rules: EngineRules) -> bool:
    """True if vLLM takes what it expects of CUDA graphs off the KV cache."""
    if uses_second_runner(deployment, rules):
        return rules.second_runner_graphs_in_budget
    return rules.cuda_graphs_in_budget


def _refusal(
    deployment: Deployment, memory: Memory, pool_gib: float, layout: KvLayout, graphs_gib: float
) -> tuple[str | None, int | None]:
    """Why vLLM does not start, in its own words, and the longest context with which it does.

    ``graphs_gib`` are graphs that come on top of the budget. They are captured when the
    profiling step's activations are free again.
    """
    gpu, length, limit = deployment.gpu, memory.max_model_len, deployment.context_tokens
    if length > limit and not deployment.engine.allow_long_max_model_len:
        return (
            f"User-specified max_model_len ({length}) is greater than the derived max_model_len "
            f"({limit}) of {deployment.model.name}"
        ), limit
    if layout.request_bytes(length) > max(0.0, pool_gib * GIB):
        if memory.weights_gib > gpu.memory_gib:
            why = (
                "CUDA out of memory while loading the weights, "
                f"{memory.weights_gib:.1f} GiB on a GPU of {gpu.memory_gib:.1f} GiB"
            )
            return f"No available memory for the cache blocks: {why}", None
        longest = layout.longest_request(pool_gib * GIB) if pool_gib > 0 else 0
        if longest < BLOCK_TOKENS:
            return (
                f"No available memory for the cache blocks: {memory.weights_gib:.1f} GiB of "
                f"weights on a GPU of {gpu.memory_gib:.1f} GiB leave {pool_gib:.2f} GiB for the "
                "KV cache"
            ), None
        return (
            f"The model's max seq len ({length}) is larger than the maximum number of tokens "
            f"that can be stored in KV cache ({longest})"
        ), longest
    room = gpu.memory_gib * (1 - memory.gpu_memory_utilization) + memory.activation_gib
    if graphs_gib > room:
        return (
            f"CUDA out of memory while capturing CUDA graphs: they need about {graphs_gib:.2f} "
            f"GiB, and --gpu-memory-utilization {memory.gpu_memory_utilization:g} leaves "
            f"{room:.2f} GiB"
        ), None
    return None, None


def _too_many_sequences(sequences: int, states: int) -> str | None:
    """Why vLLM refuses more sequences than it has room for states; None if it does not."""
    if states >= sequences:
        return None
    return (
        f"max_num_seqs ({sequences}) exceeds available Mamba cache blocks ({states}): each "
        "sequence keeps a state"
    )


def _remedy(deployment: Deployment, tightest: _Stage) -> str:
    """What starts: changes of the settings as tried, and what needs other hardware or weights."""
    found = tightest.memory
    too_long = found.max_model_len > deployment.context_tokens
    if too_long and not deployment.engine.allow_long_max_model_len:
        return (
            f"--max-model-len {deployment.context_tokens}, rope scaling, or "
            "VLLM_ALLOW_LONG_MAX_MODEL_LEN=1 (--allow-long-max-model-len) if the model was "
            "trained for longer texts"
        )
    others: list[str] = []
    if found.weights_gib < deployment.gpu.memory_gib:
        changes = setting_changes(
            deployment,
            found.gpu_memory_utilization,
            tightest.longest,
            tightest.states,
            graphs_bind=tightest.pool_is_enough,
            starts=lambda changed: sized(changed).fits,
        )
        others += [change.words for change in changes]
    stored = deployment.model.stored_quantization(deployment.quantization)
    others += ["a quantized model"] if stored == "none" else []
    is_full = deployment.gpu_count >= GPUS_OF_A_MACHINE
    others += ["GPUs with more memory"] if is_full else []
    last = (_more_machines(deployment) if is_full else None) or "more GPUs"
    return ", ".join(others) + (", or " if others else "") + last


def _more_machines(deployment: Deployment) -> str | None:
    """The fewest machines that hold it with a stage or more on each; None if too many are needed.

    Tensor parallelism stays as it is: within a machine.
    """
    engine, tensor_parallel = deployment.engine, deployment.tensor_parallel
    there = -(-deployment.gpu_count // GPUS_OF_A_MACHINE)
    for machines in range(there + 1, MOST_MACHINES + 1):
        stages = machines * GPUS_OF_A_MACHINE // (tensor_parallel * engine.data_parallel_size)
        if stages > deployment.model.layers:
            return None
        longer = replace(engine, pipeline_parallel_size=stages)
        gpus = stages * tensor_parallel * engine.data_parallel_size
        if sized(replace(deployment, gpu_count=gpus, engine=longer)).fits:
            words = "a second machine" if machines == 2 else f"{machines} machines"
            return f"{words} with --pipeline-parallel-size {stages}"
    return None
