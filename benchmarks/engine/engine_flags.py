"""The flags and environment with which vLLM is started for a calibration."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from benchmarks.design.points import LargestLoad
from benchmarks.engine.vllm_process import EngineSpec
from benchmarks.hardware.cards import Hardware
from planner.catalog.model_spec import Quantization
from planner.errors import InputError
from planner.vllm.compatibility import check
from planner.vllm.deployment import Deployment
from planner.vllm.exact_number import exact
from planner.vllm.kv_cache import kv_bytes_per_token
from planner.vllm.memory import GIB
from planner.vllm.setting_flags import DRAFT_PLACEHOLDER, parallel_options, setting_options

LoadFormat = Literal["auto", "dummy"]

LENGTH_MARGIN_TOKENS = 16
LENGTH_MARGIN_SHARE = 0.02
"""Random prompts miss the length that was asked for by a few tokens."""

WEIGHT_FILES = ("*.safetensors", "*.bin", "*.pt")
PROCESSOR_SEQUENCES = 16

_FOUR_BIT = {"bits": 4, "group_size": 128}
_QUANTIZED_CONFIGS: dict[str, dict[str, object]] = {
    "awq": {"quant_method": "awq", "zero_point": True, "version": "gemm", **_FOUR_BIT},
    "gptq": {"quant_method": "gptq", "desc_act": False, "sym": True, **_FOUR_BIT},
}
"""What published AWQ and GPTQ checkpoints state; it makes vLLM quantize random weights too."""

HF_OVERRIDES = "--hf-overrides"
_QUANTIZED_WHILE_LOADING = ("fp8", "bitsandbytes")


@dataclass(frozen=True, slots=True)
class EngineLaunch:
    """What to start, and on what. ``model`` and ``draft`` are Hugging Face ids or folders.

    ``version`` is that of vLLM, on which the names of options depend; None is the newest.
    """

    model: str
    deployment: Deployment
    hardware: Hardware
    load_format: LoadFormat
    version: str | None = None
    draft: str | None = None


def load_format_for(model: str, wanted: LoadFormat | None) -> LoadFormat:
    """By default ``auto`` if the weights are on disk, else ``dummy``: speed is the same."""
    return wanted or ("auto" if weights_on_disk(model) else "dummy")


def weights_on_disk(model: str) -> bool:
    """True if a folder or the Hugging Face cache holds the weights of ``model``."""
    folder = Path(model)
    if not folder.is_dir():
        folder = _snapshots(model)
    return any(next(folder.rglob(pattern), None) is not None for pattern in WEIGHT_FILES)


def model_length(longest_tokens: int, deployment: Deployment) -> int:
    """``--max-model-len`` for requests of up to ``longest_tokens``, prompt and answer together."""
    margin = max(LENGTH_MARGIN_TOKENS, math.ceil(LENGTH_MARGIN_SHARE * longest_tokens))
    return min(longest_tokens + margin, deployment.context_tokens)


def engine_spec(launch: EngineLaunch, command: tuple[str, ...], largest: LargestLoad) -> EngineSpec:
    """How to start vLLM for loads up to ``largest``.

    Raises InputError if vLLM would refuse the deployment, or if the weights would have to
    be quantized first.
    """
    return EngineSpec(
        command=command,
        model=launch.model,
        flags=engine_flags(launch, largest),
        environment=_environment(launch, largest),
    )


def engine_flags(launch: EngineLaunch, largest: LargestLoad) -> tuple[str, ...]:
    """Flags of ``vllm serve``; ``vllm bench latency`` and ``throughput`` take the same."""
    deployment = launch.deployment
    verdict = check(deployment)
    if not verdict.compatible:
        instead = f" Instead: {verdict.instead}." if verdict.instead else ""
        raise InputError(
            f"vLLM refuses {deployment.model.name} ({deployment.quantization}) on "
            f"{deployment.gpu.name}: {' '.join(verdict.reasons)}{instead}",
            field="quantization",
        )
    length = model_length(largest.tokens, deployment)
    words = ["--load-format", launch.load_format, "--max-model-len", str(length)]
    words += [*_quantization_flags(launch), *_setting_flags(launch)]
    words += parallel_options(deployment)
    for flag in verdict.flags:
        words += shlex.split(flag)
    if launch.hardware.is_processor:
        words += ["--dtype", "bfloat16"]
        words += [] if deployment.engine.enforce_eager else ["--enforce-eager"]
    sequences = deployment.engine.max_num_seqs
    if sequences is None and launch.hardware.is_processor:
        sequences = max(PROCESSOR_SEQUENCES, largest.concurrency)
    if sequences is not None:
        words += ["--max-num-seqs", str(sequences)]
    return tuple(_with_one_override(words))


def _quantization_flags(launch: EngineLaunch) -> list[str]:
    wanted: Quantization = launch.deployment.quantization
    native = launch.deployment.model.native_quantization
    if wanted in ("none", native) or wanted in launch.model.lower():
        return []
    if wanted in _QUANTIZED_WHILE_LOADING:
        return ["--quantization", wanted]
    config = _QUANTIZED_CONFIGS.get(wanted)
    if config is None or launch.load_format != "dummy":
        raise InputError(
            f"{launch.model} is not a checkpoint in {wanted}: give one as --model with "
            f"--base-model {launch.deployment.model.hf_id}"
            + (", or measure random weights with --load-format dummy" if config else ""),
            field="quantization",
        )
    return [HF_OVERRIDES, json.dumps({"quantization_config": config})]


def _setting_flags(launch: EngineLaunch) -> Iterator[str]:
    """Settings that differ from vLLM's defaults; no prefix cache if prompts share nothing."""
    engine = launch.deployment.engine
    if not engine.prefix_hit_share:
        yield "--no-enable-prefix-caching"
    if engine.gpu_memory_utilization is not None:
        yield from ("--gpu-memory-utilization", exact(engine.gpu_memory_utilization))
    theta = None if engine.rope_scaling is None else _rope_theta(launch.model)
    of_version = replace(launch.deployment, engine=replace(engine, version=launch.version))
    yield from setting_options(of_version, launch.draft or DRAFT_PLACEHOLDER, theta)


def _rope_theta(model: str) -> float:
    """rope_theta of the config.json in the model's folder or in the Hugging Face cache."""
    for file in (Path(model) / "config.json", *_snapshots(model).glob("*/config.json")):
        if file.is_file():
            config = json.loads(file.read_text("utf-8"))
            theta = (config.get("rope_parameters") or config).get("rope_theta")
            if isinstance(theta, (int, float)):
                return float(theta)
    raise InputError(
        f"--rope-scaling needs rope_theta of the config.json of {model}, which is not on disk: "
        "give the model's folder as --model",
        field="rope_scaling",
    )


def _with_one_override(words: Sequence[str]) -> Iterator[str]:
    """The words with all --hf-overrides merged into one, as vLLM obeys only the last."""
    overrides: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        if word == HF_OVERRIDES:
            overrides |= json.loads(next(rest))
        else:
            yield word
    if overrides:
        yield from (HF_OVERRIDES, json.dumps(overrides))


def _environment(launch: EngineLaunch, largest: LargestLoad) -> dict[str, str]:
    if not launch.hardware.is_processor:
        indices = ",".join(str(card.index) for card in launch.hardware.cards)
        return {"CUDA_VISIBLE_DEVICES": indices} if indices else {}
    deployment = launch.deployment
    per_token = kv_bytes_per_token(deployment.model, 1, deployment.engine.kv_cache_dtype)
    needed_gib = per_token * largest.tokens * largest.concurrency / GIB
    at_most_gib = max(1, int(deployment.gpu.memory_gib / 4))
    return {"VLLM_CPU_KVCACHE_SPACE": str(min(max(1, math.ceil(needed_gib)), at_most_gib))}


def _snapshots(model: str) -> Path:
    return _cache() / f"models--{model.replace('/', '--')}" / "snapshots"


def _cache() -> Path:
    if "HF_HUB_CACHE" in os.environ:
        return Path(os.environ["HF_HUB_CACHE"])
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return home / "hub"
