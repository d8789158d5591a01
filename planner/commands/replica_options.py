"""Command-line options that describe one replica, for ``planner predict`` and ``memory``."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated

import typer

from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import QUANTIZATIONS, ModelSpec, Quantization
from planner.commands.option_groups import one_of
from planner.errors import InputError
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.spellings import AS_QUANTIZED, WEIGHT_FORMATS, StatedFormat

MAX_CARDS = 64
MAX_TOKENS = 2_000_000

Gpu = Annotated[str, typer.Option("--gpu", help="GPU, for example 'A100 80GB'.")]
GpuCount = Annotated[
    int | None,
    typer.Option(
        "--gpu-count",
        min=1,
        max=MAX_CARDS,
        show_default="1, or one for each stage and rank",
        help="GPUs that share one replica, of all stages and ranks together.",
    ),
]
GpuMemory = Annotated[
    float | None,
    typer.Option(
        "--gpu-memory-gib",
        min=1.0,
        max=10_000.0,
        help="Memory of each GPU as CUDA reports it, such as that of a vGPU.",
    ),
]
Model = Annotated[
    str,
    typer.Option(
        "--model",
        help="Hugging Face id, such as Qwen/Qwen2.5-32B-Instruct-AWQ, or path to a config.json or "
        "its folder.",
    ),
]
Quantized = Annotated[
    StatedFormat | None,
    typer.Option(
        "--quantization",
        parser=one_of(WEIGHT_FORMATS),
        metavar=f"[{'|'.join(QUANTIZATIONS)}]",
        help="Format of the weights, or vLLM's name for it. Default: that of the checkpoint, as "
        "its name states it.",
    ),
]
EngineVersion = Annotated[
    str | None, typer.Option("--engine-version", help="vLLM version, for example 0.6.3.")
]


def deployment_of(
    catalog: Catalog,
    gpu: str,
    gpu_count: int | None,
    model: str,
    quantization: StatedFormat | None,
    engine: EngineConfig,
    gpu_memory_gib: float | None = None,
) -> Deployment:
    """The deployment that the options describe.

    Raises InputError for an unknown GPU or model, and (field ``quantization``) if the model of a
    quantized checkpoint is asked for that is not quantized.
    """
    spec, card = catalog.model(model), _card(catalog, gpu, gpu_memory_gib)
    count = gpu_count or engine.pipeline_parallel_size * engine.data_parallel_size
    return Deployment(card, count, spec, _format_of(spec, quantization), engine)


def _format_of(spec: ModelSpec, stated: StatedFormat | None) -> Quantization:
    if stated is not None and stated != AS_QUANTIZED:
        return stated
    if stated == AS_QUANTIZED and spec.native_quantization == "none":
        known = ", ".join(one for one in QUANTIZATIONS if one != "none")
        raise InputError(
            f"the quantization of the checkpoint was given, but {spec.name} has 16-bit weights; "
            f"give the id of a quantized checkpoint, or its format: {known}",
            field="quantization",
        )
    return spec.native_quantization


def _card(catalog: Catalog, gpu: str, memory_gib: float | None) -> GPU:
    """The card of this name, with the memory that is stated, which may also tell which it is."""
    if memory_gib is None:
        return catalog.gpu(gpu)
    try:
        card = catalog.gpu(gpu)
    except InputError:
        card = catalog.gpu(gpu, math.ceil(memory_gib))
    return replace(card, memory_gib=memory_gib)


def gpu_count_of(
    stated: int | None, tensor_parallel: int | None, engine: EngineConfig
) -> int | None:
    """GPUs of all stages and ranks; None if neither they nor a tensor-parallel size are stated.

    Raises InputError (field ``gpu_count``) if the two contradict each other.
    """
    if tensor_parallel is None:
        return stated
    count = tensor_parallel * engine.pipeline_parallel_size * engine.data_parallel_size
    if stated not in (None, count):
        raise InputError(
            f"{stated} GPUs were given for a tensor-parallel size of {tensor_parallel} in "
            f"{engine.pipeline_parallel_size} stages and {engine.data_parallel_size} ranks; give "
            f"{count}, or leave one of them out",
            field="gpu_count",
        )
    return count


def in_words(deployment: Deployment) -> str:
    """``Mistral-7B-Instruct-v0.2 (awq) on 1 x A100 80GB``."""
    gpus = gpu_group(deployment.gpu_count, deployment.gpu.name)
    return f"{deployment.model.name} ({deployment.quantization}) on {gpus}"
