"""What vLLM refuses on which card, why, and what to use instead.

The rules are data (``data/compatibility.csv``, each with its source): a rule
concerns a feature (``any``, ``quantization:awq``, ``kv_cache:fp8``,
``speculative:ngram``, ``model:gemma-3``), a range of compute capabilities and a range of vLLM
versions, and either refuses or notes something. ``version_unstated`` says
whether it holds where the engine version is not stated (``only``: just then).
What depends on a model's shape (tensor parallelism, checkpoints that are
already quantized) is in this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from packaging.version import InvalidVersion, Version

from planner.catalog import names
from planner.catalog.csv_rows import read_records
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.errors import InputError
from planner.vllm.deployment import Deployment

_RULES = Path(__file__).parent.parent / "data" / "compatibility.csv"
_MODEL_FAMILIES = ("gemma-2", "gemma-3")
QUANTIZATION_GROUP_SIZE = 128
"""Inputs that share a scale in published AWQ and GPTQ checkpoints."""


@dataclass(frozen=True, slots=True)
class Compatibility:
    """The verdict on a deployment.

    ``reasons`` is empty exactly if it is ``compatible``; ``instead`` says what
    would run. ``flags`` are arguments of ``vllm serve`` that the card needs,
    ``notes`` what a planner should know although it runs.
    """

    compatible: bool
    reasons: tuple[str, ...]
    instead: str | None
    flags: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table; ranges include their start and exclude their end."""

    rule: str
    feature: str
    capability_from: tuple[int, int] | None
    capability_below: tuple[int, int] | None
    version_from: str | None
    version_below: str | None
    version_unstated: Literal["yes", "no", "only"]
    verdict: Literal["refuse", "note"]
    reason: str
    instead: str | None
    flags: tuple[str, ...]
    source: str
    source_date: str


@dataclass(frozen=True, slots=True)
class _Refusal:
    reason: str
    instead: str | None


def check(deployment: Deployment) -> Compatibility:
    """Whether vLLM would start ``deployment`` as far as card, version and shape decide it.

    Memory is not considered (``planner.vllm.memory``). Raises InputError (field
    ``engine_version``) where the version is not one.
    """
    gpu, engine = deployment.gpu, deployment.engine
    applying = [
        rule
        for feature in _features(deployment)
        for rule in _applying(feature, gpu.compute_capability, engine.version)
    ]
    capability = "{}.{}".format(*gpu.compute_capability)

    def sentence(rule: Rule) -> str:
        return rule.reason.format(gpu=gpu.name, capability=capability, version=engine.version)

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


def rules() -> tuple[Rule, ...]:
    """The table, in the order of the file."""
    return tuple(rule for _, group in _rules_by_feature().items() for rule in group)


def _features(deployment: Deployment) -> Iterator[str]:
    yield "any"
    family = _family(deployment.model)
    if family is not None:
        yield f"model:{family}"
    yield f"quantization:{effective_quantization(deployment)}"
    engine = deployment.engine
    if engine.kv_cache_dtype.startswith("fp8"):
        yield "kv_cache:fp8"
    if engine.prefix_hit_share > 0.0:
        yield "prefix_caching"
    if engine.speculative is not None:
        yield f"speculative:{engine.speculative.method}"
    if engine.rope_scaling is not None:
        yield "rope_scaling"


def effective_quantization(deployment: Deployment) -> Quantization:
    """What the weights are held in: ``none`` leaves a checkpoint as it was published."""
    if deployment.quantization == "none":
        return deployment.model.native_quantization
    return deployment.quantization


def _family(model: ModelSpec) -> str | None:
    known_by = (model.hf_id, model.base_model or "", model.name)
    for name in known_by:
        own = name.lower().rpartition("/")[2]
        for family in _MODEL_FAMILIES:
            if own.startswith(f"{family}-"):
                return family
    return None


def _shape_refusals(deployment: Deployment) -> Iterator[_Refusal]:
    model, size = deployment.model, deployment.gpu_count
    native, asked = model.native_quantization, deployment.quantization
    if native != "none" and asked not in ("none", native):
        yield _Refusal(
            f"{model.name} is published in {native} and cannot be loaded as {asked}.",
            f"{native}, or a checkpoint published in {asked}",
        )
    if not _splits(model, size):
        works = ", ".join(str(n) for n in (1, 2, 4, 8) if _splits(model, n))
        yield _Refusal(
            f"{model.attention_heads} attention heads and {model.kv_heads} KV heads cannot be "
            f"split over {size} cards.",
            f"a tensor-parallel size of {works}",
        )


def _splits(model: ModelSpec, cards: int) -> bool:
    """vLLM's rule: query heads divide evenly; KV heads divide, or are replicated evenly.

    Source: vllm-project/vllm, ``verify_with_parallel_config`` in vllm/config
    and the attention layers of its models (read 2026-11-22).
    """
    kv_heads_split = model.kv_heads % cards == 0 or cards % model.kv_heads == 0
    return model.attention_heads % cards == 0 and kv_heads_split


def _shape_notes(deployment: Deployment) -> Iterator[str]:
    """Row-parallel layers whose inputs do not divide into whole quantization groups.

    It depends on the checkpoint, so it is no refusal; mixture-of-experts layers
    have kernels without that need. Source: vllm-project/vllm, awq.py and gptq.py
    in vllm/model_executor/layers/quantization ("input size is not aligned with
    the quantized weight shape", read 2026-11-22).
    """
    model, group = deployment.model, deployment.gpu_count * QUANTIZATION_GROUP_SIZE
    inputs = [model.attention_heads * model.head_dim]
    if model.experts is None:
        inputs.append(model.intermediate_size)
    quantized = effective_quantization(deployment) in ("awq", "gptq")
    if quantized and deployment.gpu_count > 1 and any(n % group for n in inputs):
        yield (
            f"Layers of {model.name} do not split into whole groups of "
            f"{QUANTIZATION_GROUP_SIZE} inputs over {deployment.gpu_count} cards: vLLM refuses "
            "AWQ and GPTQ checkpoints that are not padded for it."
        )


@cache
def _rules_by_feature() -> dict[str, tuple[Rule, ...]]:
    by_feature: dict[str, tuple[Rule, ...]] = {}
    for rule in read_records(_RULES, Rule):
        by_feature[rule.feature] = (*by_feature.get(rule.feature, ()), rule)
    return by_feature


@lru_cache(maxsize=4096)
def _applying(feature: str, capability: tuple[int, int], version: str | None) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in _rules_by_feature().get(feature, ())
        if _covers_capability(rule, capability) and _covers_version(rule, version)
    )


def _covers_capability(rule: Rule, capability: tuple[int, int]) -> bool:
    return (rule.capability_from is None or capability >= rule.capability_from) and (
        rule.capability_below is None or capability < rule.capability_below
    )


def _covers_version(rule: Rule, stated: str | None) -> bool:
    version = None if stated is None else parse_version(stated)
    if version is None or _is_untagged_build(version):
        return rule.version_unstated != "no"
    return rule.version_unstated != "only" and (
        (rule.version_from is None or version >= Version(rule.version_from))
        and (rule.version_below is None or version < Version(rule.version_below))
    )


def _is_untagged_build(version: Version) -> bool:
    """Built from a checkout without tags, vLLM calls itself 0.1.devN whatever its age."""
    return version.is_devrelease and version.release == (0, 1)


def parse_version(stated: str) -> Version:
    """A vLLM version such as ``0.6.3.post1``. Raises InputError (field ``engine_version``)."""
    try:
        return Version(stated)
    except InvalidVersion as error:
        raise InputError(
            f"engine version {names.quoted(stated)} is not a version; give vLLM's, such as 0.15.1",
            field="engine_version",
        ) from error
