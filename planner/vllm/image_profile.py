"""Bytes that images take while vLLM profiles: in the encoder, and kept for the language model.

Source: vllm-project/vllm, ``profile_run`` in vllm/v1/worker/gpu_model_runner.py: the largest image,
or as many as fill a step, is encoded first. Its pixels and what the encoder returns stay while the
language model runs (read 2026-11-28).
"""

from __future__ import annotations

from planner.catalog.model_spec import SIXTEEN_BIT_BYTES, ModelSpec
from planner.vllm.deployment import Deployment
from planner.vllm.version_rules import EngineRules

_RESIDUAL_AND_NORM = 2
"""Vectors of the encoder's width, per patch, that every card holds whole throughout a layer."""
_BEFORE_PROJECTION = 8
"""Further ones when attention is projected, divided over the cards: query, key and value
together 3, query and key apart 2, rotated 2, the result 1."""


def kept_image_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes that stay while the language model runs: pixels, image tokens, and their budget.

    Image tokens are scattered into the embeddings of a step. Until 0.12 they were copied into a
    tensor as long as the budget if that is longer.
    """
    model = deployment.model
    tokens = _profiled_tokens(deployment, rules, step_tokens)
    vectors = tokens * (model.image_vectors or 1) + step_tokens
    vectors += _budget_tokens(model, rules) * (model.image_vectors or 1)
    pixels = tokens * (model.patches_per_token or 0) * (model.patch_values or 0)
    return (vectors * model.hidden_size + pixels) * SIXTEEN_BIT_BYTES


def encoder_bytes(deployment: Deployment, rules: EngineRules, step_tokens: int) -> float:
    """Bytes of a layer of the image encoder at its peak, 0 if not known.

    The peak is the rotation of queries and keys or the projection after attention, whose
    result is there twice if it is summed over cards.

    Source: vllm-project/vllm, ``Qwen3_VisionTransformer`` in vllm/model_executor/models/
    qwen3_vl.py and ``Qwen2_5_VisionAttention`` in qwen2_5_vl.py beside it.
    """
    model, cards = deployment.model, deployment.gpu_count
    if model.vision_width is None or model.patches_per_token is None:
        return 0.0
    projected = _BEFORE_PROJECTION / cards + (1 if cards == 1 else 2)
    vectors = _RESIDUAL_AND_NORM + (model.position_vectors or 0)
    width = model.vision_width * (vectors + max(rules.encoder_vectors / cards, projected))
    patches = _profiled_tokens(deployment, rules, step_tokens) * model.patches_per_token
    return patches * (width + (model.patch_values or 0)) * SIXTEEN_BIT_BYTES


def _profiled_tokens(deployment: Deployment, rules: EngineRules, step_tokens: int) -> int:
    """Tokens of the images or of the video that is encoded.

    Source: vllm-project/vllm, ``get_num_frames_with_most_features`` in vllm/model_executor/models/
    qwen2_vl.py: a video has as many frames as fit into the context.
    """
    model = deployment.model
    if _budget_tokens(model, rules):
        return model.video_tokens or 0
    images = max(step_tokens, model.image_tokens or 0)
    if model.frame_pair_tokens is None:
        return images
    room = deployment.longest_tokens
    if rules.video_leaves_room_for_image:
        room -= model.image_tokens or 0
    pairs = min(room // model.frame_pair_tokens, int(rules.video_frame_pairs))
    return max(images, pairs * model.frame_pair_tokens)


def _budget_tokens(model: ModelSpec, rules: EngineRules) -> int:
    """Tokens that are reserved for a video if they are more than an image has; else 0."""
    budget = round((model.video_tokens or 0) * rules.video_budget_per_token)
    return budget if budget > (model.image_tokens or 0) else 0
