"""What each group of tensor-parallel GPUs holds: a stage of the layers, a share of the experts.

A stage is described as a deployment of its own, of a smaller model, so that everything that
counts bytes per GPU counts them for a stage alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.catalog.model_spec import ModelSpec
from planner.networks.bytes_per_param import BYTES_PER_PARAM
from planner.vllm.deployment import Deployment
from planner.vllm.version_rules import rules_for


def stage_layers(layers: int, stages: int, remainder_last: bool) -> tuple[int, ...]:
    """Layers of each pipeline stage.

    Layers that are left over go to the stages before the last, one each, from the last but one
    backwards; before 0.7.3 all of them to the last. Source: vllm-project/vllm,
    ``get_pp_indices`` in vllm/distributed/utils.py (read 2026-11-27).
    """
    each, left = divmod(layers, stages)
    if remainder_last:
        return (*[each] * (stages - 1), each + left)
    first_longer = stages - 1 - left
    return tuple(each + (first_longer <= index < stages - 1) for index in range(stages))


def stages_of(deployment: Deployment) -> tuple[Deployment, ...]:
    """The deployment of each pipeline stage on the GPUs of one tensor-parallel group."""
    return tuple(_stages(deployment))


def _stages(deployment: Deployment) -> Iterator[Deployment]:
    engine = deployment.engine
    stages = engine.pipeline_parallel_size
    whole = _with_its_experts(deployment)
    alone = replace(engine, pipeline_parallel_size=1, data_parallel_size=1)
    remainder_last = rules_for(engine.version).pipeline_remainder_last
    counts = stage_layers(whole.layers, stages, remainder_last)
    for index, layers in enumerate(counts):
        first, last = index == 0, index == stages - 1
        yield replace(
            deployment,
            gpu_count=deployment.tensor_parallel,
            model=_part(whole, layers, first, last),
            engine=alone,
            looks_tokens_up=first,
        )


def _with_its_experts(deployment: Deployment) -> ModelSpec:
    """The model with the experts that the GPUs of one data-parallel rank hold.

    Experts are divided over the GPUs of all ranks, attention is on every rank. Expert
    parallelism divides them in whole experts. Source: docs.vllm.ai/en/latest/serving,
    "Data Parallel Deployment" and "Expert Parallel Deployment" (read 2026-11-27).
    """
    model, engine = deployment.model, deployment.engine
    ranks, tensor_parallel = engine.data_parallel_size, deployment.tensor_parallel
    if model.experts is None:
        return model
    held = 1 / ranks
    if engine.enable_expert_parallel:
        cards = ranks * tensor_parallel
        held = -(-model.experts // cards) * tensor_parallel / model.experts
    elsewhere = (1 - held) * model.expert_params
    chosen = (model.active_experts or 0) / model.experts
    return replace(
        model,
        params=model.params - elsewhere,
        active_params=model.active_params - elsewhere * chosen,
        checkpoint_bytes=_held_bytes(model, elsewhere),
    )


def _held_bytes(model: ModelSpec, elsewhere: float) -> float | None:
    """Bytes of a checkpoint without these many weights of experts; None if it states none.

    If only the parts that stay in 16 bit are known to differ, experts have the checkpoint's
    format. Otherwise each weight takes the average.
    """
    stored = model.checkpoint_bytes
    if stored is None:
        return None
    if model.sixteen_bit_parts:
        return stored - BYTES_PER_PARAM[model.native_quantization] * elsewhere
    return stored * (1 - elsewhere / model.params)


def _part(model: ModelSpec, layers: int, first: bool, last: bool) -> ModelSpec:
    """The model of one stage: the embedding is on the first, the output head on the last.

    A head that shares the embedding's weights needs its own copy if it is on another stage.
    """
    if first and last:
        return model
    share = layers / model.layers
    table = model.embedding_params if model.tied_embeddings else model.embedding_params / 2
    embeddings = table * (first + last)
    inner = model.params - model.embedding_params
    active = model.active_params - model.embedding_params
    return replace(
        model,
        params=inner * share + embeddings,
        active_params=active * share + embeddings,
        embedding_params=embeddings,
        layers=layers,
        sliding_window_layers=round(model.sliding_window_layers * share),
        attention_layers=model.attention_layers and round(model.attention_layers * share),
        state_layers=model.state_layers and round(model.state_layers * share),
        checkpoint_bytes=model.checkpoint_bytes and model.checkpoint_bytes * share,
    )
