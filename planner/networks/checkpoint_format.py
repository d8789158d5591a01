"""The format of a published checkpoint's weights, from its ``quantization_config``.

vLLM reads it from ``config.json`` (``quantization_config``, formerly ``compression_config``) or,
if that has none, from ModelOpt's ``hf_quant_config.json`` (vllm-project/vllm,
vllm/config/model.py, read 2026-11-27).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from planner.errors import InputError
from planner.networks.network import Network
from planner.networks.quantization import SIXTEEN_BIT_BYTES, Quantization
from planner.networks.weight_scheme import EVERYWHERE, Scheme, groups_of

_NEVER_QUANTIZED = frozenset({"embedding", "lookup", "head", "router", "vectors"})
"""Parts that a scheme for all linear layers leaves alone: vLLM builds embeddings and routers
without one, and an output head only if it is named."""


_MOST_SEARCHES = 4_000_000
"""So many take a few seconds; published checkpoints need a thousandth of it."""


@dataclass(frozen=True, slots=True)
class CheckpointFormat:
    """``quantization`` is the format of most weights; ``total_bytes`` is None if it is that of all
    that it can be; ``note`` says what a user should know."""

    quantization: Quantization
    total_bytes: float | None
    note: str | None


def checkpoint_format(stated: Mapping[str, object] | None, network: Network) -> CheckpointFormat:
    """The format of the published weights.

    Raises InputError (field ``model``) if their size cannot be computed.
    """
    if not stated:
        return CheckpointFormat("none", None, None)
    groups, excluded = groups_of(stated)
    modules = tuple(network.modules())
    searches = excluded.searches + sum(g.targets.searches for g in groups if g.targets)
    if searches * len(modules) > _MOST_SEARCHES:
        raise InputError(
            f"model config: its quantization has {searches:,} patterns for {len(modules):,} "
            "modules, more than can be tried; name the modules without patterns",
            field="model",
        )
    schemes: Counter[Scheme | None] = Counter()
    for module in modules:
        named = next((g.scheme for g in groups if g.targets and g.targets.names(module)), None)
        general = next((g.scheme for g in groups if g.targets is EVERYWHERE), None)
        if excluded.names(module):
            scheme = None
        elif module.part in _NEVER_QUANTIZED:
            scheme = named if module.part == "head" else None
        else:
            scheme = named or general
        schemes[scheme] += module.params
    used = {scheme: params for scheme, params in schemes.items() if scheme is not None}
    if not used:
        return CheckpointFormat("none", None, "no weights that its quantization names")
    most = max(used, key=lambda scheme: used[scheme])
    total = SIXTEEN_BIT_BYTES * schemes[None] + sum(s.bytes_per_param * n for s, n in used.items())
    everywhere = len(groups) == 1 and groups[0].targets is EVERYWHERE
    plain = everywhere and excluded.empty and most.usual
    return CheckpointFormat(most.quantization, None if plain else total, _note(used))


def _note(used: Mapping[Scheme, int]) -> str | None:
    if len(used) > 1:
        total = sum(used.values())
        shares = ", ".join(
            f"{scheme.quantization} {_whole_percent(params / total)}"
            for scheme, params in sorted(used.items(), key=lambda item: -item[1])
        )
        return f"mixed precision of the quantized weights: {shares}"
    return next(iter(used)).note


def _whole_percent(share: float) -> str:
    return "under 1%" if share < 0.005 else f"{share:.0%}"
