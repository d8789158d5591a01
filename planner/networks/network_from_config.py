"""The network that a ``config.json`` describes, layer by layer.

A missing field has the default of the model's class in ``transformers``.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.errors import InputError
from planner.networks.attention_heads import ALL_BIAS, layer_heads
from planner.networks.attention_modules import (
    AttentionShape,
    LatentShape,
    attention,
    latent_attention,
)
from planner.networks.config_fields import ConfigFields
from planner.networks.feed_forward_modules import dense_block, expert_block
from planner.networks.feed_forward_shapes import dense_width, expert_shape
from planner.networks.layer_kinds import STATES, LayerKind, layer_kinds
from planner.networks.network import Keeps, Layer, Network
from planner.networks.per_layer_inputs import layer_extras, outer_extras
from planner.networks.sliding_window import sliding_window
from planner.networks.state_mixers import (
    StateMixer,
    gated_delta_net,
    kimi_delta_attention,
    lightning_attention,
    mamba1,
    mamba2,
    short_convolution,
)
from planner.networks.weight_module import Module, vectors

_UNGATED = frozenset(
    {
        *("starcoder2", "gpt2", "gptj", "gpt_neox", "gpt_bigcode", "opt", "bloom", "falcon"),
        *("phi", "mpt", "codegen", "nemotron", "apertus", "arcee", "nemotron_h"),
    }
)
"""Classes whose MLP has one projection in, not two."""
_UNGATED_WITH_RMS_NORM = frozenset({"apertus", "arcee", "nemotron_h"})
_TIED = frozenset(
    {
        *("gemma", "gemma2", "gemma3", "gemma3_text", "cohere", "cohere2", "starcoder2"),
        *("gpt2", "gpt_bigcode", "opt", "bloom", "falcon", "mpt", "smollm3", "gemma4_text"),
        *("gemma3n_text", "gemma4_unified_text", "cohere2_moe", "lfm2", "lfm2_moe", "minicpm3"),
    }
)
"""Classes whose ``tie_word_embeddings`` is true by default."""
_FOUR_NORMS = frozenset(
    {
        *("gemma2", "gemma3", "gemma3_text", "gemma3n_text", "gemma4_text", "gemma4_unified_text"),
        *("glm4", "afmoe"),
    }
)
_LEARNED_POSITIONS = ("gpt2", "gpt_bigcode", "opt")
_SHARED_EXPERT = (("mlp.shared_experts.", "mlp.shared_expert."),)
_OTHER_NAMES: dict[str, tuple[tuple[str, str], ...]] = {
    "nemotron_h": (("self_attn.", "mixer."), ("mlp.", "mixer."), ("mamba.", "mixer.")),
    "gemma4_text": (
        ("mlp.shared_experts.", "mlp."),
        ("mlp.experts.", "experts."),
        ("mlp.gate.", "router."),
    ),
    **dict.fromkeys(("qwen2_moe", "qwen3_next", "qwen3_5_moe_text"), _SHARED_EXPERT),
}
"""How names of modules begin in checkpoints of a type, where that differs."""


@dataclass(frozen=True, slots=True)
class Described:
    """The network of a config, and the sizes that all of its layers share.

    ``heads`` are those whose keys and values the cache holds, ``sliding_heads`` those of layers
    with a window if they differ. ``intermediate_size`` is the width of one feed-forward block, of
    one expert in a mixture.
    """

    network: Network
    heads: AttentionShape | LatentShape
    sliding_heads: AttentionShape | None
    hidden_size: int
    intermediate_size: int
    vocab_size: int
    tied_embeddings: bool
    window_tokens: int | None


def network_from_config(fields: ConfigFields, model_type: str) -> Described:
    """The network of a config. Raises InputError (field ``model``) if a field cannot be used."""
    kinds = layer_kinds(fields, model_type)
    hidden = fields.count("hidden_size")
    gated = model_type not in _UNGATED and not _squares_relu(fields)
    bias = fields.flag("mlp_bias", model_type in ALL_BIAS)
    norm = hidden * (2 if not gated and model_type not in _UNGATED_WITH_RMS_NORM else 1)
    heads = layer_heads(fields, model_type, hidden, len(kinds))
    window, windowed = sliding_window(fields, model_type, len(kinds))
    state = _state_mixer(fields, model_type, hidden, heads.full)
    experts = expert_shape(fields, hidden, model_type)
    wide = dense_width(fields, model_type, hidden, experts is not None)
    shared = fields.whole("num_kv_shared_layers", default=0)
    attends = [i for i, kind in enumerate(kinds) if kind.mixer in ("attention", "both")]
    if len(attends) <= shared:
        raise _error("no layer has attention, so there is no KV cache to size")
    keeping = frozenset(attends[: len(attends) - shared])
    layers = []
    for i, kind in enumerate(kinds):
        modules: list[Module] = []
        if kind.mixer in ("attention", "both"):
            modules += _attention(hidden, heads.of_layer(i, i in windowed))
        if state is not None and kind.mixer in ("state", "both"):
            modules += state.modules
        if kind.feed_forward in ("dense", "both"):
            modules += dense_block(hidden, kind.width or wide, gated, bias)
        if kind.feed_forward in ("experts", "both") and experts is not None:
            modules += expert_block(hidden, experts, gated, bias)
        modules += layer_extras(fields, hidden)
        modules.append(vectors("norms", _norms(kind, model_type) * norm))
        keeps: Keeps = "nothing" if i not in keeping else "window" if i in windowed else "tokens"
        kept = state if kind.mixer in ("state", "both") else None
        layers.append(
            Layer(
                _renamed(modules, model_type),
                keeps,
                kept.state_bytes if kept else 0,
                kept.drafted_state_bytes if kept else 0,
            )
        )
    vocab = fields.count("vocab_size", limit=10**8)
    tied = fields.flag("tie_word_embeddings", model_type in _TIED)
    return Described(
        network=Network(
            outer=(
                *_outer(vocab, hidden, tied, norm, _positions(fields, model_type)),
                *outer_extras(fields, hidden, len(kinds)),
            ),
            layers=tuple(layers),
            experts=experts.experts if experts else None,
            active_experts=experts.active if experts else None,
        ),
        heads=heads.kept,
        sliding_heads=heads.sliding if windowed else None,
        hidden_size=hidden,
        intermediate_size=experts.width
        if experts
        else max((kind.width or wide for kind in kinds), default=wide),
        vocab_size=vocab,
        tied_embeddings=tied,
        window_tokens=window,
    )


def _squares_relu(fields: ConfigFields) -> bool:
    """True if the activation is squared ReLU, with which no class but BitNet has a gate."""
    activations = (fields.value("hidden_act"), fields.value("mlp_hidden_act"))
    return "relu2" in activations and fields.value("model_type") != "bitnet"


def _attention(hidden: int, heads: AttentionShape | LatentShape) -> tuple[Module, ...]:
    if isinstance(heads, LatentShape):
        return latent_attention(hidden, heads)
    return attention(hidden, heads)


def _norms(kind: LayerKind, model_type: str) -> int:
    """Number of norms of a layer on the hidden size."""
    if model_type in _FOUR_NORMS:
        return 4
    return 2 if kind.mixer != "none" and kind.feed_forward != "none" else 1


def _renamed(modules: list[Module], model_type: str) -> tuple[Module, ...]:
    """The modules under the names that checkpoints of the type give them."""
    names = _OTHER_NAMES.get(model_type, ())
    renamed = []
    for module in modules:
        name = module.name
        for usual, other in names:
            name = other + name.removeprefix(usual) if name.startswith(usual) else name
        renamed.append(Module(name, module.params, module.part))
    return tuple(renamed)


def _state_mixer(
    fields: ConfigFields, model_type: str, hidden: int, heads: AttentionShape | LatentShape
) -> StateMixer | None:
    match STATES.get(model_type):
        case "gated delta net":
            return gated_delta_net(fields, hidden)
        case "kimi delta attention":
            return kimi_delta_attention(fields, hidden)
        case "short convolution":
            return short_convolution(fields, hidden)
        case "mamba2" if fields.value("state_heads") is not None:
            return mamba2(fields, hidden)
        case "mamba1":
            return mamba1(fields, hidden)
        case "lightning":
            return lightning_attention(hidden, heads.heads, heads.head_dim)
    return None


def _outer(vocab: int, hidden: int, tied: bool, norm: int, positions: int) -> tuple[Module, ...]:
    head = () if tied else (Module("lm_head", vocab * hidden, "head"),)
    return (
        Module("embed_tokens", vocab * hidden, "embedding"),
        *head,
        vectors("norm", norm + positions * hidden),
    )


def _positions(fields: ConfigFields, model_type: str) -> int:
    """Number of learned position embeddings."""
    return fields.count("max_position_embeddings") if model_type in _LEARNED_POSITIONS else 0


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
