"""Bytes that vLLM's profiling step takes for activations."""

from __future__ import annotations

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES
from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import is_v1, max_num_seqs_of
from planner.vllm.version_rules import EngineRules

_FLOAT32_BYTES = 4
_FP4 = ("mxfp4", "nvfp4")
_ENCODER_VECTORS = 3
"""The patches, the residual and its norm, which every card holds whole."""


def activation_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Peak bytes per GPU of a profiling step of ``step_tokens`` tokens.

    The peak is the larger of two: the MLP of a layer, or sampling one token per
    sequence, beside what experts keep. If the model reads images, V1 encodes the largest
    before and keeps it, and the embeddings of a step among which it is placed.
    """
    model = deployment.model
    hidden = step_tokens * model.hidden_size * SIXTEEN_BIT_BYTES
    reads_images = model.vision_params is not None and not deployment.engine.text_only
    sampling = _logits_bytes(deployment, rules, step_tokens) + hidden
    if rules.expert_workspaces_kept:
        sampling += _expert_workspaces_bytes(deployment, rules, step_tokens)
    language = max(_forward_bytes(deployment, rules, step_tokens), sampling)
    if not (reads_images and is_v1(deployment.gpu, rules)):
        return language
    images = max(step_tokens, model.image_tokens or 0)
    kept = (images + step_tokens) * model.hidden_size * SIXTEEN_BIT_BYTES
    return max(kept + language, _encoder_bytes(deployment, rules, images))


def _encoder_bytes(deployment: Deployment, rules: EngineRules, images: int) -> float:
    """Bytes of a layer of the image encoder for images of so many tokens, 0 if not known.

    Source: vllm-project/vllm, ``profile_run`` in vllm/v1/worker/gpu_model_runner.py: the
    largest image, or as many as fill a step.
    """
    model = deployment.model
    if model.vision_width is None or model.patches_per_token is None:
        return 0.0
    vectors = _ENCODER_VECTORS + rules.encoder_vectors / deployment.gpu_count
    return images * model.patches_per_token * model.vision_width * SIXTEEN_BIT_BYTES * vectors


def _forward_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes of one layer's forward pass.

    Per token: the gate and up projections, their product, and a few vectors of
    the hidden size; experts have workspaces instead of the projections. AWQ and GPTQ
    without Marlin also write out the largest matrix of a layer in 16 bit.
    """
    model, gpu_count = deployment.model, deployment.gpu_count
    vectors = rules.hidden_vectors + (rules.longrope_hidden_vectors if model.longrope else 0.0)
    forward = step_tokens * SIXTEEN_BIT_BYTES * vectors * model.hidden_size
    mlp = 3 * model.intermediate_size * (model.active_experts or 1) / gpu_count
    workspaces = _expert_workspaces_bytes(deployment, rules, step_tokens)
    forward += workspaces or step_tokens * SIXTEEN_BIT_BYTES * mlp
    if rules.all_reduce_inputs_kept and gpu_count > 1:
        forward += 2 * model.layers * step_tokens * model.hidden_size * SIXTEEN_BIT_BYTES
    if _writes_matrices_out(deployment, rules):
        forward += 2 * model.intermediate_size * model.hidden_size * SIXTEEN_BIT_BYTES / gpu_count
    return forward


def _expert_workspaces_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes of the two buffers of a layer's experts; 0 without experts or if not known.

    Each has a row for every expert of every token. One holds the gate and up projections and
    then what the experts return, the other their product; where all layers share the two as
    workspaces, the other is as wide as the hidden size at least, for the sum.

    Source: vllm-project/vllm, ``fused_experts_impl`` and ``TritonExperts.workspace_shapes`` in
    vllm/model_executor/layers/fused_moe/fused_moe.py, ``MarlinExperts.workspace_shapes`` in
    fused_marlin_moe.py beside it, and ``WorkspaceManager`` in vllm/v1/worker/workspace.py, which
    keeps what it has allocated (read 2026-11-28). FP4 experts have kernels of their own.
    """
    model = deployment.model
    stored = model.stored_quantization(deployment.quantization)
    if model.active_experts is None or stored in _FP4:
        return 0.0
    product = model.intermediate_size / deployment.gpu_count
    projections = max(2 * product, model.hidden_size)
    if rules.expert_workspaces_kept:
        product = max(product, model.hidden_size)
    return step_tokens * model.active_experts * (projections + product) * SIXTEEN_BIT_BYTES


def _writes_matrices_out(deployment: Deployment, rules: EngineRules) -> bool:
    """True for 4-bit weights that this card multiplies in 16 bit, without Marlin."""
    stored = deployment.model.stored_quantization(deployment.quantization)
    marlin_from = {
        "awq": rules.awq_marlin_from_compute_capability,
        "gptq": rules.gptq_marlin_from_compute_capability,
    }
    return stored in marlin_from and not deployment.gpu.has_capability(marlin_from[stored])


def _logits_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Copies of the logits of ``max_num_seqs`` sequences, which every GPU gathers whole."""
    sequences = min(max_num_seqs_of(deployment), step_tokens)
    logits = sequences * deployment.model.vocab_size * _FLOAT32_BYTES
    return rules.sampler_logits_copies * logits
