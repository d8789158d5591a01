"""What each layer of a network is, where a config's layers differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from planner.errors import InputError
from planner.networks.config_fields import ConfigFields

Mixer = Literal["attention", "state", "both", "none"]
FeedForward = Literal["dense", "experts", "both", "none"]


@dataclass(frozen=True, slots=True)
class LayerKind:
    """How a layer mixes tokens, and its feed-forward block.

    ``both`` is attention beside a state, and a dense block beside experts. ``width`` is that of
    the block if the config gives each layer its own.
    """

    mixer: Mixer
    feed_forward: FeedForward
    width: int | None = None


State = Literal[
    "gated delta net", "kimi delta attention", "mamba2", "mamba1", "lightning", "short convolution"
]
STATES: dict[str, State] = {
    **dict.fromkeys(("qwen3_next", "qwen3_5", "qwen3_5_text", "olmo_hybrid"), "gated delta net"),
    **dict.fromkeys(("qwen3_5_moe", "qwen3_5_moe_text"), "gated delta net"),
    "kimi_linear": "kimi delta attention",
    **dict.fromkeys(("lfm2", "lfm2_moe"), "short convolution"),
    **dict.fromkeys(("nemotron_h", "granitemoehybrid", "falcon_h1", "bamba"), "mamba2"),
    "jamba": "mamba1",
    **dict.fromkeys(("minimax_m1", "minimax_text_01", "minimax"), "lightning"),
}
"""The state layers of each model type that has some."""

_PATTERN: dict[str, LayerKind] = {
    "M": LayerKind("state", "none"),
    "*": LayerKind("attention", "none"),
    "-": LayerKind("none", "dense"),
    "E": LayerKind("none", "experts"),
    **dict.fromkeys(("mamba", "linear_attention"), LayerKind("state", "none")),
    **dict.fromkeys(("attention", "full_attention"), LayerKind("attention", "none")),
    "mlp": LayerKind("none", "dense"),
    "moe": LayerKind("none", "experts"),
}
"""Nemotron-H: each layer is one block, by letter or by name."""

STATE_NAMES = frozenset({"linear_attention", "mamba", "conv", "short_conv"})
"""Entries of ``layer_types`` that mean a state."""


def layer_kinds(fields: ConfigFields, model_type: str) -> tuple[LayerKind, ...]:
    """The kind of each layer, in their order. Raises InputError (field ``model``)."""
    if model_type == "nemotron_h":
        return _of_pattern(fields)
    if fields.value("block_configs") is not None:
        return _of_block_configs(fields)
    layers = fields.count("num_hidden_layers", limit=2_000)
    if model_type == "longcat_flash":
        return (LayerKind("attention", "both"), LayerKind("attention", "dense")) * layers
    has_experts = fields.optional_count("experts", limit=100_000, zero_is_none=True) is not None
    dense = fields.dense_layers(layers) if has_experts else frozenset(range(layers))
    experts: FeedForward = "both" if model_type == "arctic" else "experts"
    widths = _widths(fields, layers)
    return tuple(
        LayerKind(mixer, "dense" if i in dense else experts, widths[i])
        for i, mixer in enumerate(_mixers(fields, model_type, layers))
    )


def _widths(fields: ConfigFields, layers: int) -> list[int | None]:
    """The width of each layer's block; None if all have the same.

    Layers that share a cache have blocks of twice the width if the config says so (Gemma 4).
    """
    stated = fields.value("intermediate_size")
    if isinstance(stated, list) and len(stated) == layers:
        return [fields.positive("intermediate_size", one) for one in stated]
    shared = fields.whole("num_kv_shared_layers", default=0)
    if not fields.flag("use_double_wide_mlp", False) or not 0 < shared < layers:
        return [None] * layers
    return [*[None] * (layers - shared), *[2 * fields.count("intermediate_size")] * shared]


def _mixers(fields: ConfigFields, model_type: str, layers: int) -> list[Mixer]:
    if model_type not in STATES:
        return ["attention"] * layers
    if model_type == "falcon_h1":
        return ["both"] * layers
    kinds = fields.value("layer_types") or fields.value("attn_type_list")
    if kinds is not None:
        if not isinstance(kinds, list) or len(kinds) < layers:
            raise _error("layer_types cannot be used; one entry for each layer is needed")
        return _where(layers, lambda i: str(kinds[i]) not in STATE_NAMES and kinds[i] != 0)
    match model_type:
        case "jamba":
            period = fields.count("attn_layer_period", default=8, limit=2_000)
            offset = fields.whole("attn_layer_offset", default=4)
            return _where(layers, lambda i: i % period == offset)
        case "bamba":
            return _listed(fields.value("attn_layer_indices"), layers)
        case "lfm2" | "lfm2_moe":
            return _listed(fields.value("full_attn_idxs"), layers)
        case "kimi_linear":
            return _listed(fields.nested("linear_attn_config").value("full_attn_layers"), layers, 1)
        case "granitemoehybrid":
            return ["state"] * layers
    interval = fields.count("full_attention_interval", default=4, limit=2_000)
    return _where(layers, lambda i: (i + 1) % interval == 0)


def _listed(numbers: Any, layers: int, first: int = 0) -> list[Mixer]:
    """Attention in the layers of a list that counts from ``first``, a state in the others."""
    attending = numbers if isinstance(numbers, list) else []
    return _where(layers, lambda i: i + first in attending)


def _where(layers: int, attends: Any) -> list[Mixer]:
    return ["attention" if attends(i) else "state" for i in range(layers)]


def _of_pattern(fields: ConfigFields) -> tuple[LayerKind, ...]:
    pattern = fields.value("hybrid_override_pattern") or fields.value("layers_block_type")
    if not isinstance(pattern, str | list) or not 1 <= len(pattern) <= 2_000:
        raise _error("hybrid_override_pattern is missing or cannot be used")
    if unknown := [entry for entry in pattern if str(entry) not in _PATTERN]:
        raise _error(f"hybrid_override_pattern has {unknown[0]!r:.20}, which is not known")
    return tuple(_PATTERN[str(entry)] for entry in pattern)


def _of_block_configs(fields: ConfigFields) -> tuple[LayerKind, ...]:
    """Layers that a search has thinned out (Llama-Nemotron): some without attention or MLP.

    A block's width is 2/3 of its factor times the hidden size, rounded up to a multiple of 256
    (``_ffn_mult_to_intermediate_size`` of configuration_decilm.py).
    """
    blocks, hidden = fields.value("block_configs"), fields.count("hidden_size")
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= 2_000:
        raise _error("block_configs cannot be used; a list of layers is needed")
    kinds = []
    for block in blocks:
        own = block if isinstance(block, dict) else {}
        attends, computes = own.get("attention"), own.get("ffn")
        if not isinstance(attends, dict) or not isinstance(computes, dict):
            raise _error("block_configs has a layer without attention and ffn")
        if attends.get("replace_with_linear") or computes.get("replace_with_linear"):
            raise _error("block_configs replaces layers by linear ones, which cannot be sized")
        mixer: Mixer = "none" if attends.get("no_op") else "attention"
        factor = computes.get("ffn_mult")
        if computes.get("no_op"):
            kinds.append(LayerKind(mixer, "none"))
            continue
        if not isinstance(factor, int | float) or not 0 < factor < 1_000:
            raise _error(f"block_configs has the ffn_mult {factor!r:.20}")
        width = -(-int(2 * factor * hidden / 3) // 256) * 256
        kinds.append(LayerKind(mixer, "dense", width))
    return tuple(kinds)


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
