"""What a deployment has to do for each token, and how fast its GPUs could at best do it.

Symbols: P parameters that one token uses, F dense FLOP/s and B bytes/s of all GPUs of the
replica, k KV-cache bytes per token over all GPUs.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec
from planner.physics.awq_without_marlin import TiledWeights
from planner.physics.setting_terms import LORA_SLOWDOWN, StepBudget
from planner.vllm.activations import writes_matrices_out
from planner.vllm.deployment import Deployment
from planner.vllm.kv_cache import kv_bytes_per_token, kv_dtype_in_force
from planner.vllm.memory import GIB, sized
from planner.vllm.scheduler import default_step_tokens, keeps_prompts_apart, max_num_seqs_of
from planner.vllm.speculative_decoding import SpeculativeDecoding
from planner.vllm.version_rules import rules_for
from planner.vllm.weights import expert_bytes, weights_bytes

_SIXTEEN_BIT = 2.0  # bytes; embeddings and the output head stay so under every scheme here


@dataclass(frozen=True, slots=True)
class Work:
    """Work of a deployment per token, and its physical limits.

    ``flop_per_s`` and ``bytes_per_s`` are over all GPUs of the replica.
    ``kv_capacity_tokens`` is the KV pool, 0 if the model does not fit. ``prompts_apart``: see
    ``prefill_passes``. ``tiled_weights`` are those of AWQ without Marlin, else None.
    ``latent_s_per_kv_token`` are the seconds of arithmetic for one token of the context in one
    decode step with latent attention; 0 for other attention, whose arithmetic is small beside
    its reads. ``state_bytes_per_step`` is what a sequence's states (linear attention, state
    spaces) are read and written in a step, and ``state_tokens`` the tokens of KV cache whose
    room they take. What follows are engine settings, see ``setting_terms``; ``slowdown`` is a
    factor on all terms.
    """

    model: ModelSpec
    flop_per_s: float
    bytes_per_s: float
    dense_bytes: float
    expert_bytes: float
    kv_bytes_per_token: float
    kv_capacity_tokens: float
    link_bytes_per_token: float
    link_bytes_per_s: float
    all_reduces_per_step: float
    max_num_seqs: int
    prompts_apart: bool = False
    tiled_weights: TiledWeights | None = None
    latent_s_per_kv_token: float = 0.0
    state_bytes_per_step: float = 0.0
    state_tokens: float = 0.0
    prefix_hit_share: float = 0.0
    step_budget: StepBudget | None = None
    speculative: SpeculativeDecoding | None = None
    stages: int = 1
    ranks: int = 1
    eager: bool = False
    slowdown: float = 1.0


def compute_rate_flop_per_s(deployment: Deployment) -> float:
    """Dense FLOP/s of the replica at the precision that its matrix products run in.

    fp8, int8 (W8A8) and w4a8 use the GPU's 8-bit rate if it has one, up to
    twice the 16-bit rate: consumer cards state four times, which no measurement
    here supports. NVFP4 computes in 4 bit from Blackwell on. Weight-only quantization
    (AWQ, GPTQ, MXFP4, bitsandbytes, NVFP4 on older GPUs) computes in 16 bit.
    """
    gpu, quantization = deployment.gpu, deployment.quantization
    if quantization == "nvfp4" and gpu.has_capability(NATIVE_FP4_FROM):
        tera = _FP4_PER_FP16 * gpu.fp16_tflops
    else:
        rates = {"fp8": gpu.fp8_tflops, "w4a8": gpu.fp8_tflops, "int8": gpu.int8_tops}
        eight_bit = rates.get(quantization)
        tera = gpu.fp16_tflops if eight_bit is None else min(eight_bit, 2.0 * gpu.fp16_tflops)
    return tera * 1e12 * deployment.gpu_count


NATIVE_FP4_FROM = 10.0
"""Compute capability of Blackwell, the first GPUs with FP4 arithmetic (vllm-project/vllm,
``cutlass_fp4_supported``, read 2026-11-27)."""

_FP4_PER_FP16 = 4.0
"""FP4 rate divided by the 16-bit rate: 9 and 2.25 PFLOP/s dense on a B200 (NVIDIA, "Blackwell
Architecture Technical Brief", 2024)."""


PCIE4_GB_PER_S = 32.0
"""PCIe 4.0 x16, per direction (PCI-SIG): the link if the datasheet states none."""


def link_gb_per_s(gpu: GPU) -> float:
    """GB/s of the link between the GPUs of a replica, per direction."""
    return gpu.link_gb_per_s if gpu.link_gb_per_s is not None else PCIE4_GB_PER_S


def link_bytes_per_token(model: ModelSpec, gpu_count: int) -> float:
    """Bytes that each card sends per token under tensor parallelism, 0 for a single card.

    Two all-reduces a layer over hidden_size 16-bit values; a ring all-reduce
    over n cards sends 2 (n - 1) / n of them (Shoeybi et al., "Megatron-LM", 2019).
    """
    ring = 2.0 * (gpu_count - 1) / gpu_count
    return ring * 2.0 * model.layers * model.hidden_size * _SIXTEEN_BIT


PCIE_SLOWDOWN = 4.0
"""All-reduces of small messages over PCIe take several times those over NVLink: on L40S 5 to 25
microseconds with 2 to 8 GPUs and more beyond 64 kB, on H100 SXM 4 to 5 (measured with vLLM;
PyPI aiconfigurator-core 0.12.0, systems/data)."""

GEFORCE = ("RTX 30", "RTX 40", "RTX 50")
"""GPUs without peer-to-peer transfers over PCIe: what one sends goes through the host's memory
(NVIDIA's engineers of the 4090, forums.developer.nvidia.com, 2023)."""


def host_crossings(gpu: GPU) -> float:
    """How often data between two GPUs crosses PCIe: twice if the GPU has no peer-to-peer."""
    return 2.0 if gpu.name.startswith(GEFORCE) else 1.0


def all_reduces_per_step(deployment: Deployment) -> float:
    """All-reduces of an engine step under tensor parallelism, 0 for a single GPU.

    Two a layer, after attention and after the MLP (Shoeybi et al., "Megatron-LM", 2019).
    """
    if deployment.tensor_parallel == 1:
        return 0.0
    return (
        2.0
        * deployment.model.layers
        * (1.0 if deployment.gpu.has_nvlink else PCIE_SLOWDOWN * host_crossings(deployment.gpu))
    )


def work_of(deployment: Deployment) -> Work:
    """The deployment's work per token and its limits, from datasheet and model shape."""
    model, engine = deployment.model, deployment.engine
    embeddings = _SIXTEEN_BIT * model.embedding_params
    experts = expert_bytes(model, deployment.quantization)
    dense = weights_bytes(model, deployment.quantization) - embeddings - experts
    head = float(model.vocab_size * model.hidden_size)
    return Work(
        model=model,
        flop_per_s=compute_rate_flop_per_s(deployment),
        bytes_per_s=deployment.gpu.bandwidth_gb_per_s * 1e9 * deployment.gpu_count,
        dense_bytes=dense + _SIXTEEN_BIT * head,
        expert_bytes=experts,
        kv_bytes_per_token=_kv_bytes_over_all_cards(deployment),
        kv_capacity_tokens=_kv_capacity_tokens(deployment),
        latent_s_per_kv_token=_latent_s_per_kv_token(deployment),
        state_bytes_per_step=_READ_AND_WRITTEN * model.sequence_state_bytes,
        state_tokens=model.sequence_state_bytes / _kv_bytes_over_all_cards(deployment),
        link_bytes_per_token=link_bytes_per_token(model, deployment.tensor_parallel),
        link_bytes_per_s=link_gb_per_s(deployment.gpu) * 1e9 / host_crossings(deployment.gpu),
        all_reduces_per_step=all_reduces_per_step(deployment),
        max_num_seqs=max_num_seqs_of(deployment) * engine.data_parallel_size,
        prompts_apart=keeps_prompts_apart(deployment),
        tiled_weights=_tiled_weights(deployment, dense),
        prefix_hit_share=engine.prefix_hit_share,
        step_budget=_step_budget(deployment),
        speculative=engine.speculative,
        stages=engine.pipeline_parallel_size,
        ranks=engine.data_parallel_size,
        eager=engine.enforce_eager,
        slowdown=1.0 if engine.lora is None else LORA_SLOWDOWN,
    )


def _tiled_weights(deployment: Deployment, packed_bytes: float) -> TiledWeights | None:
    """The weights of AWQ without Marlin, if the model is dense; embeddings are not packed."""
    model = deployment.model
    stored = model.stored_quantization(deployment.quantization)
    if stored != "awq" or model.experts is not None:
        return None
    if not writes_matrices_out(deployment, rules_for(deployment.engine.version)):
        return None
    return TiledWeights(packed_bytes, _SIXTEEN_BIT * (model.params - model.embedding_params))


def _latent_s_per_kv_token(deployment: Deployment) -> float:
    """Seconds of all layers' arithmetic for a decoded token, for each token of its context.

    With the up-projections absorbed, a query head multiplies the latent vector (512 + 64 values
    in DeepSeek-V3) for its score and sums the first 512: 2 FLOP a value each. It runs in 16
    bit. Source: DeepSeek-V2, arXiv 2405.04434, section 2.1.2.
    """
    model = deployment.model
    if model.latent_values is None or model.kv_lora_rank is None:
        return 0.0
    values = model.latent_values + model.kv_lora_rank
    flop = 2.0 * model.layers * model.attention_heads * values
    return flop / (deployment.gpu.fp16_tflops * 1e12 * deployment.gpu_count)


def _step_budget(deployment: Deployment) -> StepBudget | None:
    stated = deployment.engine.max_num_batched_tokens
    if stated is None:
        return None
    length = deployment.longest_tokens
    return StepBudget(stated, default_step_tokens(deployment, length))


_READ_AND_WRITTEN = 2.0


def _kv_bytes_over_all_cards(deployment: Deployment) -> float:
    dtype = kv_dtype_in_force(deployment, rules_for(deployment.engine.version))
    per_card = kv_bytes_per_token(deployment.model, deployment.tensor_parallel, dtype)
    return float(per_card * deployment.tensor_parallel)


def _kv_capacity_tokens(deployment: Deployment) -> float:
    memory, ranks = sized(deployment), deployment.engine.data_parallel_size
    if deployment.model.state_layers:
        # vLLM logs tokens as if every layer kept them: what its pool holds is counted instead
        return ranks * memory.kv_cache_gib * GIB / memory.bytes_per_token
    return float(ranks * max(memory.kv_cache_tokens, 0))
