"""Command-line options for engine settings, for all commands that forecast, size or measure.

A command takes a group of them as ``**engine_options``, see ``option_groups.py``.
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict, get_args

import typer

from planner.commands.option_groups import one_of
from planner.commands.replica_options import MAX_CARDS, MAX_TOKENS
from planner.entered.text_only import without_images
from planner.vllm.engine_settings import (
    LEAST_BATCHED_TOKENS,
    MOST_PARALLEL,
    EngineConfig,
    KvCacheDtype,
    MoeBackend,
)
from planner.vllm.lora import DEFAULT_ADAPTERS, DEFAULT_RANK, MOST_ADAPTERS, RANKS, lora_stated
from planner.vllm.rope_scaling import RopeKind, rope_scaling_from
from planner.vllm.settings_text import LEAST_UTILIZATION, MOST_SEQUENCES, MOST_TOKENS
from planner.vllm.speculative_decoding import (
    DRAFT_SHARE,
    LARGEST_DRAFT_SHARE,
    MOST_SPECULATIVE_TOKENS,
    SpeculativeMethod,
    speculative_from,
)
from planner.vllm.spellings import CACHE_FORMATS, speculation_of

PrefixHitShare = Annotated[
    float | None,
    typer.Option(
        "--prefix-hit-share",
        min=0.0,
        max=1.0,
        show_default="0",
        help="Share of the prompt's tokens that the prefix cache holds, such as 0.0625 for an "
        "instruction of 500 of 8,000 tokens.",
    ),
]
LongerContext = Annotated[
    bool | None,
    typer.Option(
        "--allow-long-max-model-len",
        help="Accept a context beyond the model's own: VLLM_ALLOW_LONG_MAX_MODEL_LEN=1.",
    ),
]
FlashInferSampler = Annotated[
    bool | None,
    typer.Option(
        "--flashinfer-sampler",
        show_default=False,
        help="FlashInfer samples, as in vLLM's docker images of 0.8 to 0.10.1 or with "
        "VLLM_USE_FLASHINFER_SAMPLER=1.",
    ),
]
LargestGraph = Annotated[
    int | None,
    typer.Option(
        "--max-cudagraph-capture-size",
        min=1,
        show_default="2 x max-num-seqs, 512 at most",
        help="Largest step, in tokens, with a CUDA graph.",
    ),
]
ExpertKernel = Annotated[
    MoeBackend | None,
    typer.Option(
        "--moe-backend",
        show_default="auto",
        help="Kernel of MXFP4 experts, which pads their weights.",
    ),
]


class RunOptions(TypedDict, total=False):
    """Settings that every command takes, ``planner calibrate`` too."""

    max_num_batched_tokens: Annotated[
        int | None,
        typer.Option(
            "--max-num-batched-tokens",
            min=LEAST_BATCHED_TOKENS,
            max=MAX_TOKENS,
            show_default="vLLM's",
            help="Most tokens in an engine step; longer prompts are processed in chunks. A value "
            "above the default does not improve a forecast.",
        ),
    ]
    kv_cache_dtype: Annotated[
        KvCacheDtype | None,
        typer.Option(
            "--kv-cache-dtype",
            parser=one_of(CACHE_FORMATS),
            metavar=f"[{'|'.join(get_args(KvCacheDtype))}]",
            show_default="auto",
            help="Format of the KV cache.",
        ),
    ]
    speculative_method: Annotated[
        SpeculativeMethod | None,
        typer.Option(
            "--speculative-method",
            show_default="ngram with --speculative-tokens",
            help="What proposes tokens: n-grams of the prompt, a draft model or EAGLE.",
        ),
    ]
    speculative_tokens: Annotated[
        int | None,
        typer.Option(
            "--speculative-tokens",
            min=1,
            max=MOST_SPECULATIVE_TOKENS,
            help="Tokens proposed per step. Default: no speculative decoding.",
        ),
    ]
    speculative_acceptance: Annotated[
        float | None,
        typer.Option(
            "--speculative-acceptance",
            min=0.0,
            max=1.0,
            help="Chance that a proposed token is accepted: the first of the per-position "
            "acceptance rates that vLLM logs.",
        ),
    ]
    speculative_draft_share: Annotated[
        float | None,
        typer.Option(
            "--speculative-draft-share",
            min=0.0,
            max=LARGEST_DRAFT_SHARE,
            show_default=", ".join(
                f"{share:g} for {method}" for method, share in DRAFT_SHARE.items()
            ),
            help="Size of the draft divided by the model's.",
        ),
    ]
    rope_scaling: Annotated[
        str | None,
        typer.Option(
            "--rope-scaling",
            help="A longer context: kind:factor, such as yarn:4, or kind:factor:original length. "
            f"Kinds: {', '.join(get_args(RopeKind))}.",
        ),
    ]
    max_num_seqs: Annotated[
        int | None,
        typer.Option(
            "--max-num-seqs",
            min=1,
            max=MOST_SEQUENCES,
            show_default="vLLM's",
            help="Most requests that run together.",
        ),
    ]
    gpu_memory_utilization: Annotated[
        float | None,
        typer.Option(
            "--gpu-memory-utilization",
            min=LEAST_UTILIZATION,
            max=1.0,
            help="Share of the GPU's memory. Default: that of the vLLM version.",
        ),
    ]
    enforce_eager: Annotated[
        bool | None,
        typer.Option(
            "--enforce-eager/--no-enforce-eager",
            show_default="no-enforce-eager",
            help="No CUDA graphs: less memory, slower steps.",
        ),
    ]
    pipeline_parallel_size: Annotated[
        int | None,
        typer.Option(
            "--pipeline-parallel-size",
            min=1,
            max=MOST_PARALLEL,
            show_default="1",
            help="Stages that the layers are divided into.",
        ),
    ]


class FleetOptions(RunOptions, total=False):
    """Those of ``planner plan``: the settings of all replicas of a fleet."""

    max_model_len: Annotated[
        int | None,
        typer.Option(
            "--max-model-len",
            min=1,
            max=MOST_TOKENS,
            help="Context length. Default: the longest of the model, or what the requests need.",
        ),
    ]
    lora_adapters: Annotated[
        int | None,
        typer.Option(
            "--lora-adapters",
            "--max-loras",
            min=1,
            max=MOST_ADAPTERS,
            help="LoRA adapters that run together.",
        ),
    ]
    lora_rank: Annotated[
        int | None,
        typer.Option(
            "--lora-rank",
            "--max-lora-rank",
            min=min(RANKS),
            max=max(RANKS),
            help="Largest rank of a LoRA adapter.",
        ),
    ]
    text_only: Annotated[
        bool | None,
        typer.Option(
            "--text-only",
            "--language-model-only",
            help="Use a model that reads images without them.",
        ),
    ]


class ReplicaOptions(FleetOptions, total=False):
    """Those of ``planner predict`` and ``planner memory``: the settings of one replica."""

    tensor_parallel_size: Annotated[
        int | None,
        typer.Option(
            "--tensor-parallel-size",
            min=1,
            max=MAX_CARDS,
            help="GPUs that share each layer; --gpu-count then follows.",
        ),
    ]
    data_parallel_size: Annotated[
        int | None,
        typer.Option(
            "--data-parallel-size",
            min=1,
            max=MOST_PARALLEL,
            show_default="1",
            help="Ranks with their own attention and requests that share the experts.",
        ),
    ]
    enable_expert_parallel: Annotated[
        bool | None,
        typer.Option(
            "--enable-expert-parallel",
            help="Divide the experts over the GPUs as wholes, not each of them.",
        ),
    ]
    enable_lora: Annotated[
        bool | None,
        typer.Option(
            "--enable-lora",
            help=f"LoRA adapters: {DEFAULT_ADAPTERS} of rank {DEFAULT_RANK} unless stated.",
        ),
    ]
    limit_mm_per_prompt: Annotated[
        str | None,
        typer.Option(
            "--limit-mm-per-prompt",
            help="Images, videos and audio clips per prompt, such as image=0 or a JSON object; 0 "
            "of each is --text-only, other limits change nothing here.",
        ),
    ]
    speculative_config: Annotated[
        str | None,
        typer.Option(
            "--speculative-config",
            help="vLLM's JSON object, in place of --speculative-method and --speculative-tokens.",
        ),
    ]
    prefix_caching: Annotated[
        bool | None,
        typer.Option(
            "--enable-prefix-caching/--no-enable-prefix-caching",
            show_default="vLLM's",
            help="Keep prompts for later requests, which takes a second state of each sequence "
            "where layers keep one.",
        ),
    ]


def engine_from(
    *,
    prefix_hit_share: float | None = None,
    kv_cache_dtype: KvCacheDtype | None = None,
    speculative_method: SpeculativeMethod | None = None,
    speculative_tokens: int | None = None,
    speculative_acceptance: float | None = None,
    speculative_draft_share: float | None = None,
    rope_scaling: str | None = None,
    enforce_eager: bool | None = None,
    pipeline_parallel_size: int | None = None,
    data_parallel_size: int | None = None,
    enable_expert_parallel: bool | None = None,
    enable_lora: bool | None = None,
    lora_adapters: int | None = None,
    lora_rank: int | None = None,
    text_only: bool | None = None,
    limit_mm_per_prompt: str | None = None,
    allow_long_max_model_len: bool | None = None,
    moe_backend: MoeBackend | None = None,
    flashinfer_sampler: bool | None = None,
    speculative_config: str | None = None,
    **others: Any,
) -> EngineConfig:
    """The settings that the options state. Raises InputError if they do not fit together."""
    if speculative_config is not None:
        speculative_method, speculative_tokens = speculation_of(
            speculative_config, speculative_method, speculative_tokens
        )
    return EngineConfig(
        prefix_hit_share=prefix_hit_share or 0.0,
        kv_cache_dtype=kv_cache_dtype or "auto",
        speculative=speculative_from(
            speculative_method,
            speculative_tokens,
            speculative_acceptance,
            speculative_draft_share,
        ),
        rope_scaling=None if rope_scaling is None else rope_scaling_from(rope_scaling),
        enforce_eager=bool(enforce_eager),
        pipeline_parallel_size=pipeline_parallel_size or 1,
        data_parallel_size=data_parallel_size or 1,
        enable_expert_parallel=bool(enable_expert_parallel),
        lora=lora_stated(bool(enable_lora), lora_adapters, lora_rank),
        text_only=bool(text_only) or without_images(limit_mm_per_prompt),
        allow_long_max_model_len=bool(allow_long_max_model_len),
        moe_backend=moe_backend or "auto",
        flashinfer_sampler=bool(flashinfer_sampler),
        **others,
    )
