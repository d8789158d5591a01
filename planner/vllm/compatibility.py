"""Whether vLLM starts a deployment, as far as GPU, version and model shape decide it.

Rules by GPU and version are in ``gpu_flags_and_refusals.py``. This module adds what
depends on the model: tensor parallelism and checkpoints that are already quantized.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.catalog.model_spec import ModelSpec
from planner.networks.weight_scheme import USUAL_GROUP
from planner.vllm.deployment import Deployment
from planner.vllm.gpu_flags_and_refusals import Rule, rules_applying

_MODEL_FAMILIES = ("gemma-2", "gemma-3")


@dataclass(frozen=True, slots=True)
class Compatibility:
    """The verdict on a deployment.

    ``reasons`` is empty exactly if it is ``compatible``; ``instead`` says what
    would run. ``flags`` are arguments of ``vllm serve`` that the GPU needs,
    ``notes`` is what a user should know although the deployment runs.
    """

    compatible: bool
    reasons: tuple[str, ...]
    instead: str | None
    flags: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    instead: str | None


def check(deployment: Deployment) -> Compatibility:
    """The verdict on a deployment, memory not considered (see ``memory.py``).

    Raises InputError (field ``engine_version``) if the version is not a version.
    """
    gpu, engine = deployment.gpu, deployment.engine
    applying = [
        rule
        for feature in _features(deployment)
        for rule in rules_applying(feature, gpu.compute_capability, engine.version)
    ]

    def sentence(rule: Rule) -> str:
        return rule.reason.format(
            gpu=gpu.name, capability=gpu.capability_text, version=engine.version
        )

    refusals = [_Refusal(sentence(r), r.instead) for r in applying if r.verdict == "refuse"]
    refusals += _shape_refusals(deployment)
    return Compatibility(
        compatible=not refusals,
        reasons=tuple(refusal.reason for refusal in refusals),
        instead=next((r.instead for r in refusals if r.instead), None),
        flags=tuple(dict.fromkeys(flag for rule in applying for flag in rule.flags)),
        notes=(
            *(sentence(rule) for rule in applying if rule.verdict == "note"),
            *_shape_notes(deployment),
        ),
    )


def _features(deployment: Deployment) -> Iterator[str]:
    """Features of the deployment, as the table of rules names them."""
    model, engine = deployment.model, deployment.engine
    yield "any"
    family = _family(model)
    if family is not None:
        yield f"model:{family}"
    yield f"quantization:{model.stored_quantization(deployment.quantization)}"
    if engine.kv_cache_dtype.startswith("fp8"):
        yield "kv_cache:fp8"
    if engine.prefix_hit_share > 0.0:
        yield "prefix_caching"
    if engine.speculative is not None:
        yield f"speculative:{engine.speculative.method}"
    if engine.rope_scaling is not None:
        yield "rope_scaling"
    if engine.pipeline_parallel_size > 1:
        yield "pipeline_parallel"
    if engine.lora is not None:
        yield "lora"
    if engine.allow_long_max_model_len and (engine.max_model_len or 0) > deployment.context_tokens:
        yield "long_context"
    if engine.max_cudagraph_capture_size is not None:
        yield "max_cudagraph_capture_size"
    if engine.moe_backend == "auto" and model.native_quantization == "mxfp4":
        yield "mxfp4_by_hand"


def _family(model: ModelSpec) -> str | None:
    for name in (model.hf_id, model.read_as or "", model.base_model or "", model.name):
        own_name = name.lower().rpartition("/")[2]
        for family in _MODEL_FAMILIES:
            if own_name.startswith(f"{family}-"):
                return family
    return None


def _shape_refusals(deployment: Deployment) -> Iterator[_Refusal]:
    model, size = deployment.model, deployment.tensor_parallel
    native, asked = model.native_quantization, deployment.quantization
    if native != "none" and asked not in ("none", native):
        yield _Refusal(
            f"{model.name} is published in {native} and cannot be loaded as {asked}.",
            f"{native}, or a checkpoint published in {asked}",
        )
    if not splits(model, size):
        works = ", ".join(str(n) for n in (1, 2, 4, 8) if splits(model, n))
        stages = size // tensor_parallel_of(model, size) * deployment.engine.pipeline_parallel_size
        yield _Refusal(
            f"{model.attention_heads} attention heads and {model.kv_heads} KV heads cannot be "
            f"split over {size} GPUs.",
            f"a tensor-parallel size of {works}, or --pipeline-parallel-size {stages}",
        )
    if deployment.engine.data_parallel_size > 1 and model.experts is None:
        yield _Refusal(
            f"{model.name} has no experts to share between data-parallel ranks: each rank is a "
            "replica of its own.",
            "one replica for each rank",
        )


def tensor_parallel_of(model: ModelSpec, gpu_count: int) -> int:
    """Most of ``gpu_count`` GPUs that can share a layer, the rest being pipeline stages."""
    sizes = (n for n in range(gpu_count, 0, -1) if gpu_count % n == 0)
    return next(n for n in sizes if splits(model, n))


def splits(model: ModelSpec, gpu_count: int) -> bool:
    """True if vLLM can split the attention heads over the GPUs.

    Query heads must divide evenly; KV heads must divide or be replicated evenly.
    Source: vllm-project/vllm, ``verify_with_parallel_config`` in vllm/config
    and the attention layers of its models (read 2026-11-22).
    """
    kv_heads_split = model.kv_heads % gpu_count == 0 or gpu_count % model.kv_heads == 0
    return model.attention_heads % gpu_count == 0 and kv_heads_split


def _shape_notes(deployment: Deployment) -> Iterator[str]:
    """Notes on a doubtful size, on several machines, and on quantization groups that are split.

    The last is for inputs of row-parallel layers that do not divide into whole groups.
    This is not a refusal, because it depends on the checkpoint. Mixture-of-experts
    layers have kernels that do not need whole groups. Source: vllm-project/vllm,
    awq.py and gptq.py in vllm/model_executor/layers/quantization ("input size is not
    aligned with the quantized weight shape", read 2026-11-22).
    """
    model, gpu_count = deployment.model, deployment.tensor_parallel
    if model.caveat is not None:
        yield f"Sizes of {model.name} may be wrong: {model.caveat}."
    if deployment.engine.machines > 1:
        yield (
            f"A replica spans {deployment.engine.machines} machines. Take them in one place with a "
            "fast network between them, such as InfiniBand or EFA, which the price may not "
            "contain; no measurement of the reference is of several machines."
        )
    group = gpu_count * USUAL_GROUP
    inputs = [model.attention_heads * model.head_dim]
    if model.experts is None:
        inputs.append(model.intermediate_size)
    quantized = model.stored_quantization(deployment.quantization) in ("awq", "gptq")
    if quantized and gpu_count > 1 and any(n % group for n in inputs):
        yield (
            f"Layers of {model.name} do not split into whole groups of "
            f"{USUAL_GROUP} inputs over {gpu_count} GPUs: vLLM refuses "
            "AWQ and GPTQ checkpoints that are not padded for it."
        )
