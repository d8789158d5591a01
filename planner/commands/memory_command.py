"""``planner memory``: whether a model fits on a GPU, and how much context fits with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import typer

from planner.commands.engine_options import (
    ExpertKernel,
    FlashInferSampler,
    LargestGraph,
    LongerContext,
    ReplicaOptions,
    engine_from,
)
from planner.commands.option_groups import with_option_group
from planner.commands.replica_options import (
    EngineVersion,
    Gpu,
    GpuCount,
    GpuMemory,
    Model,
    Quantized,
    deployment_of,
    gpu_count_of,
    in_words,
)
from planner.commands.screen import AsJson, print_json, print_table, print_text

if TYPE_CHECKING:
    from planner.vllm.compatibility import Compatibility
    from planner.vllm.deployment import Deployment
    from planner.vllm.memory import Memory

NO = 1

SPECULATION = (
    "speculative_method",
    "speculative_tokens",
    "speculative_acceptance",
    "speculative_draft_share",
    "speculative_config",
)
ANY_TOKENS, ANY_ACCEPTANCE = 1, 1.0
"""Used if not stated: memory depends on the draft, not on how many tokens it proposes."""


@with_option_group
def memory(
    gpu: Gpu,
    model: Model,
    gpu_count: GpuCount = None,
    gpu_memory_gib: GpuMemory = None,
    quantization: Quantized = None,
    engine_version: EngineVersion = None,
    allow_long_max_model_len: LongerContext = None,
    moe_backend: ExpertKernel = None,
    flashinfer_sampler: FlashInferSampler = None,
    max_cudagraph_capture_size: LargestGraph = None,
    as_json: AsJson = False,
    **engine_options: Unpack[ReplicaOptions],
) -> None:
    """Show whether a model fits on a GPU.

    Lists weights, KV cache and parallel sequences; exit status 1 if vLLM would not start.

    \b
    Example:
      planner memory --gpu T4 --model mistralai/Mistral-7B-Instruct-v0.2 \\
        --quantization awq --max-model-len 8192
    """
    from planner.commands.store_access import catalog
    from planner.report.json_output import memory_json, read_as_json
    from planner.vllm.compatibility import check
    from planner.vllm.memory import estimate

    if any(engine_options.get(name) is not None for name in SPECULATION):
        engine_options["speculative_acceptance"] = ANY_ACCEPTANCE
        if engine_options.get("speculative_config") is None:
            engine_options["speculative_tokens"] = (
                engine_options.get("speculative_tokens") or ANY_TOKENS
            )
    tensor_parallel = engine_options.pop("tensor_parallel_size", None)
    engine = engine_from(
        version=engine_version,
        allow_long_max_model_len=allow_long_max_model_len,
        moe_backend=moe_backend,
        flashinfer_sampler=flashinfer_sampler,
        max_cudagraph_capture_size=max_cudagraph_capture_size,
        **engine_options,
    )
    stated_count = gpu_count_of(gpu_count, tensor_parallel, engine)
    deployment = deployment_of(
        catalog(), gpu, stated_count, model, quantization, engine, gpu_memory_gib
    )
    need, verdict = estimate(deployment), check(deployment)
    if as_json:
        print_json(memory_json(need, verdict) | read_as_json(deployment.model))
    else:
        _show(need, verdict, deployment)
    if not (need.fits and verdict.compatible):
        raise typer.Exit(NO)


def _show(need: Memory, verdict: Compatibility, deployment: Deployment) -> None:
    from planner.wording.formatting import count, significant
    from planner.wording.model_sentences import read_as

    adapters = (("LoRA adapters", significant(need.adapter_gib)),) if need.adapter_gib else ()
    print_table(
        in_words(deployment),
        ("Per GPU", "GiB"),
        (
            ("Weights", significant(need.weights_gib)),
            *adapters,
            ("Activations", significant(need.activation_gib)),
            ("Outside PyTorch", significant(need.non_torch_gib)),
            ("CUDA graphs", significant(need.cuda_graph_gib)),
            ("KV cache", significant(need.kv_cache_gib)),
        ),
        numbers=("GiB",),
    )
    if (note := read_as(deployment.model)) is not None:
        print_text(note)
    print_text(
        f"KV cache: {count(need.kv_cache_tokens)} tokens of {count(need.bytes_per_token)} bytes; "
        f"{significant(need.max_concurrency)} sequences of {count(need.max_model_len)} tokens."
    )
    for reason in verdict.reasons:
        print_text(f"vLLM refuses it: {reason}")
    if verdict.instead:
        print_text(f"Instead: {verdict.instead}")
    if not need.fits:
        remedy = f" Remedy: {need.remedy}." if need.remedy else ""
        print_text(f"It does not fit: {need.reason}.{remedy}")
    elif verdict.compatible:
        print_text("It fits.")
    for note in verdict.notes:
        print_text(f"Note: {note}")
