"""Bytes that vLLM's profiling step takes for activations."""

from __future__ import annotations

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES
from planner.vllm.deployment import Deployment
from planner.vllm.image_profile import encoder_bytes, kept_image_bytes
from planner.vllm.kv_cache import BLOCK_TOKENS
from planner.vllm.scheduler import is_v1, max_num_seqs_of, uses_second_runner
from planner.vllm.version_rules import EngineRules

_FLOAT32_BYTES = 4
_MOST_EARLIER_TOKENS = 65_536
_FOUR_BIT_MARLIN = ("awq", "gptq")
_FP4 = ("mxfp4", "nvfp4")
_FLASHINFER_LOGITS_COPIES = 3.55
"""Of the logits in float32, without sorting them: logs of vLLM 0.10.1.1 on an A100 80GB
(dennislee22/vLLM-benchmarking, log/vllm-7B-1gpuA10080GB-0.25GRAM.log and -0.5GRAM.log). That
sorting decides: flashinfer-ai/flashinfer issue 1180, one GPU with and without it."""
_TRITON_BENCHMARK_BYTES = 256 * 2**20


def activation_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Peak bytes per GPU of a profiling step of ``step_tokens`` tokens.

    The peak is the largest of six: the MLP of a layer, trying the kernels of the first gated
    delta net, sampling one token per sequence, latent attention to earlier chunks, timing compiled
    kernels, or the image encoder. Beside sampling and attention is what experts keep. If the
    model reads images, V1 encodes the largest first; beside the others it keeps that image, and
    the embeddings of a step among which it is placed.
    """
    model = deployment.model
    hidden = step_tokens * model.hidden_size * SIXTEEN_BIT_BYTES
    reads_images = model.vision_params is not None and not deployment.engine.text_only
    sampling = _logits_bytes(deployment, rules, step_tokens) + hidden
    attention = _earlier_chunks_bytes(deployment, rules) + rules.hidden_vectors * hidden
    after_experts = max(sampling, attention)
    if _workspaces_kept(deployment, rules):
        after_experts += _expert_workspaces_bytes(deployment, rules, step_tokens)
    language = max(
        _forward_bytes(deployment, rules, step_tokens),
        _compiling_bytes(deployment, rules, step_tokens),
        _tuned_state_kernels_bytes(deployment, rules, step_tokens),
        after_experts,
    )
    if not (reads_images and is_v1(deployment.gpu, rules)):
        return language
    kept = kept_image_bytes(deployment, rules, step_tokens)
    return max(kept + language, encoder_bytes(deployment, rules, step_tokens))


def _forward_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes of one layer's forward pass.

    Per token: the gate and up projections, their product, and a few vectors of
    the hidden size; experts have workspaces instead of the projections. AWQ and GPTQ
    without Marlin also write out the largest matrix of a layer in 16 bit.
    """
    model, gpu_count = deployment.model, deployment.gpu_count
    vectors = rules.hidden_vectors + (rules.longrope_hidden_vectors if model.longrope else 0.0)
    forward = step_tokens * SIXTEEN_BIT_BYTES * vectors * model.hidden_size
    mlp = 3 * _intermediate_per_card(deployment) * (model.active_experts or 1)
    workspaces = _expert_workspaces_bytes(deployment, rules, step_tokens)
    forward += workspaces or step_tokens * SIXTEEN_BIT_BYTES * mlp
    if rules.all_reduce_inputs_kept and gpu_count > 1:
        forward += 2 * model.layers * step_tokens * model.hidden_size * SIXTEEN_BIT_BYTES
    if writes_matrices_out(deployment, rules):
        forward += 2 * model.intermediate_size * model.hidden_size * SIXTEEN_BIT_BYTES / gpu_count
    return forward


def _expert_workspaces_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes of the two buffers of a layer's experts; 0 without experts or if not known.

    Each has a row for every expert of every token, also of tokens whose experts are on other
    cards. One holds the gate and up projections and then what the experts return, the other their
    product; where all layers share the two as workspaces, the other is as wide as the hidden size
    at least, for the sum. They are for ``expert_chunk_tokens`` at a time, with 4-bit weights on
    Marlin for all.

    Source: vllm-project/vllm, ``fused_experts_impl`` and ``TritonExperts.workspace_shapes`` in
    vllm/model_executor/layers/fused_moe/fused_moe.py, ``MarlinExperts.workspace_shapes`` in
    fused_marlin_moe.py beside it, and ``WorkspaceManager`` in vllm/v1/worker/workspace.py, which
    keeps what it has allocated (read 2026-11-28). FP4 experts have kernels of their own. Tokens
    of other data-parallel ranks are not counted.
    """
    model = deployment.model
    stored = model.stored_quantization(deployment.quantization)
    if model.active_experts is None or stored in _FP4:
        return 0.0
    product = _intermediate_per_card(deployment)
    projections = max(2 * product, model.hidden_size)
    if _workspaces_kept(deployment, rules):
        product = max(product, model.hidden_size)
    at_once = float(step_tokens)
    if stored not in _FOUR_BIT_MARLIN:
        at_once = min(at_once, rules.expert_chunk_tokens)
    return at_once * model.active_experts * (projections + product) * SIXTEEN_BIT_BYTES


def _intermediate_per_card(deployment: Deployment) -> float:
    """Columns of an MLP's product on each card: all if expert parallelism keeps experts whole.

    Source: vllm-project/vllm, ``FusedMoEParallelConfig.make`` in
    vllm/model_executor/layers/fused_moe/config.py (read 2026-11-28).
    """
    model = deployment.model
    if model.experts is not None and deployment.engine.enable_expert_parallel:
        return model.intermediate_size
    return model.intermediate_size / deployment.gpu_count


def _workspaces_kept(deployment: Deployment, rules: EngineRules) -> bool:
    """True if all layers share the workspaces of experts; Marlin's of 4 bit came later."""
    stored = deployment.model.stored_quantization(deployment.quantization)
    if stored in _FOUR_BIT_MARLIN:
        return rules.four_bit_workspaces_kept
    return rules.expert_workspaces_kept


def _earlier_chunks_bytes(deployment: Deployment, rules: EngineRules) -> float:
    """Bytes of the keys and values of earlier chunks that latent attention writes out.

    So many tokens as 8 of the longest requests have or 4 blocks for each sequence, at most
    65,536; at least one block for each sequence. Sparse attention wrote none out at first.

    Source: vllm-project/vllm, ``determine_chunked_prefill_workspace_size`` and the profile run in
    vllm/model_executor/layers/attention/mla_attention.py (read 2026-11-28).
    """
    model = deployment.model
    written = rules.latent_attention_profiles_chunks
    if model.index_head_dim is not None:
        written = rules.sparse_attention_profiles_chunks
    if model.latent_values is None or not written:
        return 0.0
    length = deployment.longest_tokens
    blocks = max_num_seqs_of(deployment) * BLOCK_TOKENS
    tokens = max(min(max(8 * length, 4 * blocks), _MOST_EARLIER_TOKENS), blocks)
    unrotated = model.head_dim - (model.rope_head_dim or 0)
    width = unrotated + (model.value_head_dim or model.head_dim)
    heads = model.attention_heads / deployment.gpu_count
    return tokens * heads * width * SIXTEEN_BIT_BYTES


def writes_matrices_out(deployment: Deployment, rules: EngineRules) -> bool:
    """True for 4-bit weights that this card multiplies in 16 bit, without Marlin."""
    stored = deployment.model.stored_quantization(deployment.quantization)
    marlin_from = {
        "awq": rules.awq_marlin_from_compute_capability,
        "gptq": rules.gptq_marlin_from_compute_capability,
    }
    return stored in marlin_from and not deployment.gpu.has_capability(marlin_from[stored])


def _logits_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Copies of the logits of ``max_num_seqs`` sequences, which every GPU gathers whole.

    The second model runner at first sampled without copying them to float32 while it profiled.
    """
    sequences = min(max_num_seqs_of(deployment), step_tokens)
    logits = sequences * deployment.model.vocab_size
    if uses_second_runner(deployment, rules) and not rules.second_runner_copies_logits:
        return SIXTEEN_BIT_BYTES * logits
    copies = rules.sampler_logits_copies
    if deployment.engine.flashinfer_sampler:
        copies = min(copies, _FLASHINFER_LOGITS_COPIES)
    return copies * _FLOAT32_BYTES * logits


def _compiling_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes while the first start compiles the model, 0 if the table of tokens is no part of it.

    Inductor times kernels that it may join on random copies of what they read, here the table's
    part on this card, and write: the tokens' vectors, as they are and normalized. A model that
    reads images looks its tokens up before, and of a pipeline only the first stage looks them up:
    the output head of the last is not compiled. A start that finds its compiled model saved times
    none.

    Source: pytorch/pytorch v2.10.0, ``speedup_by_combo_kernel`` in torch/_inductor/scheduler.py
    and ``get_args`` of codegen/triton.py beside it, whose copies vLLM asks for in
    ``CompilationConfig.__post_init__`` (vllm/config/compilation.py, v0.19.1). That the table is
    among them is read from logs: see the rule's row.
    """
    model, engine = deployment.model, deployment.engine
    reads_images = model.vision_params is not None and not engine.text_only
    if engine.enforce_eager or reads_images or not rules.compiling_copies_embedding:
        return 0.0
    if not deployment.looks_tokens_up:
        return 0.0
    table = min(model.embedding_params, model.vocab_size * model.hidden_size)
    vectors = 2 * step_tokens * model.hidden_size
    return (table / deployment.gpu_count + vectors) * SIXTEEN_BIT_BYTES


def _tuned_state_kernels_bytes(
    deployment: Deployment, rules: EngineRules, step_tokens: int
) -> float:
    """Bytes while the first gated delta net tries its Triton kernels, 0 if it tries none.

    Triton clears a buffer of 256 MiB before each trial, so that the cache holds nothing of the
    last. Beside it are a few vectors of the hidden size and what the layer has projected: queries,
    keys, values and gates, a copy of the first three, and the result, which is 1.5 times as many
    values as its weights have columns. Hopper and Blackwell's data centre cards have other kernels.

    Source: triton-lang/triton, ``get_empty_cache_for_benchmark`` in third_party/nvidia/backend/
    driver.py; vllm-project/vllm v0.27.1, ``forward_cuda`` and ``_resolve_gdn_prefill_backend`` in
    vllm/model_executor/layers/mamba/gdn/qwen_gdn_linear_attn.py (read 2026-11-28).
    """
    model = deployment.model
    major, _ = deployment.gpu.compute_capability
    if not rules.state_kernels_tuned_in_profile or major in (9, 10):
        return 0.0
    if model.linear_attention_params is None or not model.state_layers:
        return 0.0
    columns = model.linear_attention_params / model.state_layers / model.hidden_size
    projected = 1.5 * columns / deployment.gpu_count
    vectors = rules.hidden_vectors * model.hidden_size
    return _TRITON_BENCHMARK_BYTES + step_tokens * (projected + vectors) * SIXTEEN_BIT_BYTES
