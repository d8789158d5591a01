"""Quantization schemes, and the modules that a ``quantization_config`` gives each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from planner.errors import InputError
from planner.networks.module_patterns import ModulePatterns
from planner.networks.quantization import Quantization

EVERYWHERE: Final = None
"""Targets of a scheme for all linear layers."""
_LINEAR = "Linear"
_SCALE_BYTES = 2.0
_MX_GROUP = 32
"""Weights that share a scale in the formats of OCP's microscaling specification (MXFP4)."""
USUAL_GROUP = 128
"""Weights that share a scale in most AWQ and GPTQ checkpoints."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """How weights are stored. ``usual`` is True if every checkpoint of the quantization does so."""

    quantization: Quantization
    bytes_per_param: float
    note: str | None = None
    usual: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A scheme and its modules; ``targets`` is EVERYWHERE for all linear layers."""

    scheme: Scheme
    targets: ModulePatterns | None = EVERYWHERE


def groups_of(stated: Mapping[str, Any]) -> tuple[tuple[Group, ...], ModulePatterns]:
    """The groups of a ``quantization_config``, the first that names a module first, and the
    modules that stay in 16 bit.

    Raises InputError (field ``model``) for a format whose size cannot be computed.
    """
    method = str(stated.get("quant_method", "not stated")).lower().replace("-", "_")
    if isinstance(stated.get("quantization"), Mapping):  # hf_quant_config.json
        stated, method = stated["quantization"], "modelopt"
    if method in ("awq", "gptq", "awq_marlin", "gptq_marlin", "auto_round", "intel/auto_round"):
        return _weight_only(stated, method)
    if method in ("compressed_tensors", "compressed tensors"):
        groups = tuple(_compressed_tensors(stated))
        return groups, ModulePatterns(_listed(stated, "ignore"))
    if method.startswith("modelopt") or (method == "not stated" and "quant_algo" in stated):
        excluded = ModulePatterns([*_listed(stated, "exclude_modules"), *_listed(stated, "ignore")])
        return tuple(_modelopt(stated)), excluded
    if method == "quark":
        return _quark(stated)
    if method in _SIMPLE:
        skipped = ("modules_to_not_convert", "ignored_layers", "llm_int8_skip_modules")
        excluded = ModulePatterns(entry for key in skipped for entry in _listed(stated, key))
        eight_bit = method == "bitsandbytes" and stated.get("load_in_8bit") is True
        return (Group(_BITSANDBYTES_8 if eight_bit else _SIMPLE[method]),), excluded
    raise _error(
        f"quantization method {method!r:.60} is not known; known are awq, gptq, fp8, mxfp4, "
        "bitsandbytes, compressed-tensors, modelopt, quark and auto-round"
    )


_FP8 = Scheme("fp8", 1.0)
_NVFP4 = Scheme("nvfp4", 0.5 + 1 / 16)
_BITSANDBYTES_8 = Scheme("bitsandbytes", 1.0, "bitsandbytes in 8 bit", usual=False)
_SIMPLE: dict[str, Scheme] = {
    "fp8": _FP8,
    "fbgemm_fp8": _FP8,
    "mxfp4": Scheme("mxfp4", 4.25 / 8),
    "bitsandbytes": Scheme("bitsandbytes", 0.5 + 1 / 64 + 4 / (64 * 256)),
}
_MODELOPT: dict[str, Scheme] = {
    "FP8": Scheme("fp8", 1.0, "quantized by modelopt"),
    "FP8_PER_CHANNEL_PER_TOKEN": Scheme("fp8", 1.0, "quantized by modelopt"),
    "FP8_PB_WO": Scheme("fp8", 1.0, "quantized by modelopt"),
    "MXFP8": Scheme("fp8", 1 + 1 / 32, "MXFP8: a scale for 32 weights", usual=False),
    "NVFP4": _NVFP4,
    "NVFP4_AWQ": _NVFP4,
    "W4A16_NVFP4": Scheme("nvfp4", 0.5 + 1 / 16, "W4A16: arithmetic stays 16 bit"),
}


def _weight_only(
    stated: Mapping[str, Any], method: str
) -> tuple[tuple[Group, ...], ModulePatterns]:
    """AWQ, GPTQ (with its rules by module, ``dynamic``) and AutoRound, which stores their layouts.

    Source: docs.vllm.ai/en/latest/features/quantization (AutoRound, GPTQModel).
    """
    packing = str(stated.get("packing_format", "gptq")).lower()
    layout: Quantization = "awq" if method.startswith("awq") or "awq" in packing else "gptq"
    bits = stated.get("bits", stated.get("w_bit", 4))
    size = stated.get("group_size", stated.get("q_group_size", USUAL_GROUP))
    special: dict[Scheme, list[object]] = {}
    excluded = list(_listed(stated, "modules_to_not_convert"))
    rules = stated.get("dynamic") or stated.get("extra_config")
    for name, rule in rules.items() if isinstance(rules, Mapping) else ():
        own = rule if isinstance(rule, Mapping) else {}
        entry = f"re:{name[2:]}" if name[:2] in ("+:", "-:") else name
        if name.startswith("-:") or own.get("bits", bits) == 16:
            excluded.append(entry)
            continue
        scheme = _integer(layout, own.get("bits", bits), own.get("group_size", size))
        special.setdefault(scheme, []).append(entry)
    named = (Group(scheme, ModulePatterns(entries)) for scheme, entries in special.items())
    return (*named, Group(_integer(layout, bits, size))), ModulePatterns(excluded)


def _integer(layout: Quantization, bits: Any, group_size: Any) -> Scheme:
    """4-bit weights with a scale and a zero point a group, or 8-bit weights."""
    if bits == 8:
        per_param = eight_bit_bytes(_group(group_size))
        note = f"8-bit {layout}: weights only, arithmetic stays 16 bit"
        return Scheme("int8", per_param, note, usual=False)
    if bits != 4:
        raise _error(f"{layout} with {bits!r:.20} bits cannot be sized; 4 and 8 can")
    per_param = four_bit_bytes(_group(group_size))
    return Scheme(layout, per_param, usual=group_size == USUAL_GROUP)


def four_bit_bytes(group: float = USUAL_GROUP) -> float:
    """Bytes of a 4-bit weight of AWQ or GPTQ, with its part of a 16-bit scale and a 4-bit zero."""
    return 0.5 + (_SCALE_BYTES + 0.5) / group


def eight_bit_bytes(group: float = USUAL_GROUP) -> float:
    """Bytes of an 8-bit weight of GPTQ, with its part of a 16-bit scale and an 8-bit zero."""
    return 1.0 + (_SCALE_BYTES + 1.0) / group


def _group(size: Any) -> float:
    """Weights that share a scale; infinity if a whole channel does."""
    if size is None or size == -1:
        return float("inf")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise _error(f"group_size is {size!r:.20}; a whole number above 0, or -1, is needed")
    return float(size)


def _compressed_tensors(stated: Mapping[str, Any]) -> Iterator[Group]:
    groups = stated.get("config_groups")
    found = False
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = group.get("weights") if isinstance(group, Mapping) else None
        if not isinstance(weights, Mapping):
            continue
        found = True
        targets = [t for t in group.get("targets") or [_LINEAR] if isinstance(t, str)]
        everywhere = any(target.startswith(_LINEAR) for target in targets)
        scheme = _of_compressed_tensors(weights, group.get("input_activations"))
        yield Group(scheme, EVERYWHERE if everywhere else ModulePatterns(targets))
    if not found:
        raise _error("compressed-tensors without a group that states its weights")


def _of_compressed_tensors(weights: Mapping[str, Any], activations: Any) -> Scheme:
    bits, kind, size = weights.get("num_bits"), weights.get("type"), weights.get("group_size")
    if (bits, kind) == (8, "float"):
        return Scheme("fp8", 1.0, "compressed-tensors")
    if (bits, kind) == (8, "int"):
        how = "W8A8" if activations else "W8A16: arithmetic stays 16 bit"
        return Scheme("int8", 1.0, f"compressed-tensors {how}")
    if (bits, kind) == (4, "float"):
        if size == 32:
            return Scheme("mxfp4", 4.25 / 8, "compressed-tensors MXFP4", usual=False)
        return _NVFP4 if activations else _MODELOPT["W4A16_NVFP4"]
    if (bits, kind) == (4, "int"):
        per_param = 0.5 + _SCALE_BYTES / _group(size)
        if isinstance(activations, Mapping) and activations.get("num_bits") == 8:
            return Scheme("w4a8", per_param, "compressed-tensors W4A8", size == USUAL_GROUP)
        note = "compressed-tensors W4A16, sized and timed like gptq"
        return Scheme("gptq", per_param, note, usual=size in (None, USUAL_GROUP))
    raise _error(f"compressed-tensors with {bits!r:.20} bits of {kind!r:.20} cannot be sized")


def _modelopt(stated: Mapping[str, Any]) -> Iterator[Group]:
    """ModelOpt's one algorithm for all layers, or one for each named layer."""
    algorithm = str(stated.get("quant_algo", "")).upper()
    layers = stated.get("quantized_layers")
    if not isinstance(layers, Mapping):
        if algorithm in _MODELOPT:
            yield Group(_MODELOPT[algorithm])
            return
        if isinstance(stated.get("config_groups"), Mapping):
            yield from _compressed_tensors(stated)
            return
        raise _error(
            f"modelopt with quant_algo {algorithm!r:.30} cannot be sized; "
            f"known are {', '.join(_MODELOPT)}"
        )
    by_scheme: dict[Scheme, list[object]] = {}
    for name, layer in layers.items():
        own = str(layer.get("quant_algo", "")).upper() if isinstance(layer, Mapping) else ""
        if own not in _MODELOPT:
            raise _error(f"modelopt with quant_algo {own!r:.30} of a layer cannot be sized")
        by_scheme.setdefault(_MODELOPT[own], []).append(name)
    for scheme, names in by_scheme.items():
        yield Group(scheme, ModulePatterns(names))


def _quark(stated: Mapping[str, Any]) -> tuple[tuple[Group, ...], ModulePatterns]:
    """Quark's scheme for all layers, and those of the layers that it names.

    Fields: vllm-project/vllm, model_executor/layers/quantization/quark/quark.py.
    """
    excluded = list(_listed(stated, "exclude"))
    by_scheme: dict[Scheme, list[object]] = {}
    layers = stated.get("layer_quant_config")
    for name, layer in layers.items() if isinstance(layers, Mapping) else ():
        weights = layer.get("weight") if isinstance(layer, Mapping) else None
        if weights is None:
            excluded.append(name)
        else:
            by_scheme.setdefault(_of_quark(weights), []).append(name)
    groups = [Group(scheme, ModulePatterns(names)) for scheme, names in by_scheme.items()]
    everywhere = stated.get("global_quant_config")
    if isinstance(everywhere, Mapping) and everywhere.get("weight") is not None:
        groups.append(Group(_of_quark(everywhere["weight"])))
    if not groups:
        raise _error("quark without a layer that states its weights")
    return tuple(groups), ModulePatterns(excluded)


def _of_quark(weights: Any) -> Scheme:
    dtype, size = (
        (weights.get("dtype"), weights.get("group_size"))
        if isinstance(weights, Mapping)
        else ("several formats one after the other", None)
    )
    if dtype == "fp8_e4m3":
        return Scheme("fp8", 1.0, "quantized by quark")
    if dtype == "int8":
        return Scheme("int8", 1.0, "quantized by quark")
    if dtype == "fp4" and size == _MX_GROUP:
        return Scheme("mxfp4", 4.25 / 8, "quantized by quark")
    raise _error(
        f"quark with weights of {dtype!r:.40} in groups of {size!r:.20} cannot be sized; fp8_e4m3, "
        f"int8 and fp4 in groups of {_MX_GROUP} can"
    )


def _listed(stated: Mapping[str, Any], key: str) -> Iterable[object]:
    value = stated.get(key)
    return value if isinstance(value, list) else ()


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
