"""The network that a ``config.json`` describes, layer by layer.

A missing field has the default of the model's class in ``transformers``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.errors import InputError
from planner.networks.attention_modules import (
    AttentionShape,
    LatentShape,
    attention,
    latent_attention,
)
from planner.networks.config_fields import ConfigFields
from planner.networks.feed_forward_modules import ExpertShape, dense_block, expert_block
from planner.networks.gemma3n_modules import layer_extras, outer_extras
from planner.networks.layer_kinds import STATES, LayerKind, layer_kinds
from planner.networks.network import Keeps, Layer, Network
from planner.networks.sliding_window import sliding_window
from planner.networks.state_mixers import (
    StateMixer,
    gated_delta_net,
    lightning_attention,
    mamba1,
    mamba2,
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
        "gemma3n_text",
    }
)
"""Classes whose ``tie_word_embeddings`` is true by default."""
_QKV_BIAS = frozenset({"qwen2", "qwen2_moe", "qwen2_vl", "qwen2_5_vl"})
_ALL_BIAS = frozenset(
    {"gpt_oss", "starcoder2", "gpt2", "gpt_bigcode", "gpt_neox", "opt", "bloom", "phi"}
)
_QK_NORM = frozenset(
    {
        *("qwen3", "qwen3_moe", "qwen3_vl_text", "qwen3_vl_moe_text"),
        *("gemma3", "gemma3_text", "gemma3n_text", "gemma4_text", "olmo2", "apertus", "qwen3_next"),
        *("qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text", "qwen3_omni_moe_text"),
    }
)
_GATED_ATTENTION = frozenset(
    {"qwen3_next", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text"}
)
"""Classes whose queries come with an output gate."""
_FOUR_NORMS = frozenset({"gemma2", "gemma3", "gemma3_text", "gemma3n_text", "gemma4_text", "glm4"})
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
LATENT_ATTENTION = frozenset(
    {
        *("deepseek_v2", "deepseek_v3", "deepseek_v32", "kimi_k2", "glm_moe_dsa"),
        *("glm4_moe_lite", "pangu_ultra_moe", "mistral_large_3"),
    }
)
"""Classes that vLLM runs with latent attention (``is_deepseek_mla`` in vllm-project/vllm,
vllm/config/model.py, read 2026-11-27). Others with a ``kv_lora_rank`` keep whole heads."""


@dataclass(frozen=True, slots=True)
class Described:
    """The network of a config, and the sizes that all of its layers share.

    ``sliding_heads`` are those of layers with a window if they differ from ``heads``.
    ``intermediate_size`` is the width of one feed-forward block, of one expert in a mixture.
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
    gated = model_type not in _UNGATED
    bias = fields.flag("mlp_bias", model_type in _ALL_BIAS)
    norm = hidden * (2 if not gated and model_type not in _UNGATED_WITH_RMS_NORM else 1)
    heads = _heads(fields, model_type, hidden)
    window, windowed = sliding_window(fields, model_type, len(kinds))
    sliding = _sliding_heads(fields, model_type, heads) if windowed else None
    state = _state_mixer(fields, model_type, hidden, heads)
    width = fields.count("intermediate_size", default=4 * hidden)
    experts = _experts(fields, width, model_type)
    wide = fields.count("intermediate_size_mlp", default=width) if experts else width
    if model_type == "granitemoehybrid":
        wide = fields.count("shared_intermediate_size", default=1024)
    per_layer_inputs = model_type == "gemma3n_text"
    shared = fields.whole("num_kv_shared_layers", default=0)
    attends = [i for i, kind in enumerate(kinds) if kind.mixer in ("attention", "both")]
    if len(attends) <= shared:
        raise _error("no layer has attention, so there is no KV cache to size")
    keeping = attends[: len(attends) - shared]
    in_window = frozenset(keeping[: round(windowed * len(keeping) / len(attends))])
    layers = []
    for i, kind in enumerate(kinds):
        modules: list[Module] = []
        if i in attends:
            modules += _attention(hidden, sliding if sliding and i in in_window else heads)
        if state is not None and kind.mixer in ("state", "both"):
            modules += state.modules
        if kind.feed_forward == "dense":
            modules += dense_block(hidden, kind.width or wide, gated, bias)
        elif kind.feed_forward == "experts" and experts is not None:
            modules += expert_block(hidden, experts, gated, bias)
        modules += layer_extras(fields, hidden) if per_layer_inputs else ()
        modules.append(vectors("norms", _norms(kind, model_type) * norm))
        keeps: Keeps = "nothing" if i not in keeping else "window" if i in in_window else "tokens"
        kept = state.state_bytes if state and kind.mixer in ("state", "both") else 0
        layers.append(Layer(_renamed(modules, model_type), keeps, kept))
    vocab = fields.count("vocab_size", limit=10**8)
    tied = fields.flag("tie_word_embeddings", model_type in _TIED)
    return Described(
        network=Network(
            outer=(
                *_outer(vocab, hidden, tied, norm, _positions(fields, model_type)),
                *(outer_extras(fields, hidden, len(kinds)) if per_layer_inputs else ()),
            ),
            layers=tuple(layers),
            experts=experts.experts if experts else None,
            active_experts=experts.active if experts else None,
        ),
        heads=heads,
        sliding_heads=sliding,
        hidden_size=hidden,
        intermediate_size=experts.width
        if experts
        else max((kind.width or wide for kind in kinds), default=wide),
        vocab_size=vocab,
        tied_embeddings=tied,
        window_tokens=window,
    )


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


def _heads(fields: ConfigFields, model_type: str, hidden: int) -> AttentionShape | LatentShape:
    heads = fields.count("num_attention_heads", limit=10_000)
    if fields.value("kv_lora_rank") is not None:
        return _latent_heads(fields, model_type, heads)
    kv_heads = fields.kv_heads(heads)
    head_dim = fields.optional_count("head_dim")
    keys_are_values = False
    if model_type == "gemma4_text":
        kv_heads = fields.optional_count("num_global_key_value_heads") or kv_heads
        head_dim = fields.optional_count("global_head_dim") or head_dim
        keys_are_values = fields.flag("attention_k_eq_v", False)
    if not 1 <= kv_heads <= heads or heads % kv_heads:
        raise _error(f"{heads} attention heads cannot be shared by {kv_heads} KV heads")
    if head_dim is None:
        if hidden % heads:
            raise _error(f"hidden_size {hidden} does not divide into {heads} heads; state head_dim")
        head_dim = hidden // heads
    all_biased = fields.flag("attention_bias", model_type in _ALL_BIAS)
    return AttentionShape(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim,
        value_dim=fields.count("v_head_dim", default=head_dim),
        input_bias=all_biased or fields.flag("add_qkv_bias", model_type in _QKV_BIAS),
        output_bias=all_biased,
        sinks=model_type == "gpt_oss",
        head_norms=fields.flag("use_qk_norm", model_type in _QK_NORM),
        gated=model_type in _GATED_ATTENTION and fields.flag("attn_output_gate", True),
        keys_are_values=keys_are_values,
    )


def _sliding_heads(
    fields: ConfigFields, model_type: str, heads: AttentionShape | LatentShape
) -> AttentionShape | None:
    """Heads of the layers with a window; None if they are those of the others."""
    if isinstance(heads, LatentShape):
        return None
    if model_type == "gemma4_text":
        own = replace(
            heads,
            kv_heads=fields.kv_heads(heads.heads),
            head_dim=fields.count("head_dim", default=256),
            value_dim=fields.count("head_dim", default=256),
            keys_are_values=False,
        )
    elif (kv_heads := fields.optional_count("swa_num_key_value_heads")) is not None:
        own = replace(heads, kv_heads=kv_heads)
    else:
        return None
    if heads.heads % own.kv_heads:
        raise _error(f"{heads.heads} attention heads cannot be shared by {own.kv_heads} KV heads")
    return None if own == heads else own


def _latent_heads(fields: ConfigFields, model_type: str, heads: int) -> LatentShape:
    if model_type not in LATENT_ATTENTION:
        raise _error(
            f"model type {model_type!r:.60} has latent attention, and it is not known whether "
            "vLLM keeps its latent vectors or whole heads, so its KV cache cannot be sized"
        )
    return LatentShape(
        heads=heads,
        query_rank=fields.optional_count("q_lora_rank", zero_is_none=True),
        kv_rank=fields.count("kv_lora_rank"),
        nope_dim=fields.count("qk_nope_head_dim"),
        rope_dim=fields.count("qk_rope_head_dim"),
        value_dim=fields.count("v_head_dim"),
        index_heads=fields.optional_count("index_n_heads", limit=10_000),
        index_dim=fields.optional_count("index_head_dim", limit=100_000),
    )


def _experts(fields: ConfigFields, dense_width: int, model_type: str) -> ExpertShape | None:
    experts = fields.optional_count("experts", limit=100_000, zero_is_none=True)
    if experts is None:
        return None
    active = fields.count("active_experts", limit=100_000)
    if active > experts:
        raise _error(f"{active} active experts are more than the {experts} experts")
    width = fields.count("moe_intermediate_size", default=dense_width)
    gated = fields.optional_count("shared_expert_intermediate_size", zero_is_none=True)
    return ExpertShape(
        experts=experts,
        active=active,
        width=width,
        shared_width=gated or _shared_width(fields, width, dense_width, model_type),
        shared_gate=gated is not None,
        router_bias=model_type == "gpt_oss",
        latent_size=fields.optional_count("moe_latent_size"),
    )


def _shared_width(fields: ConfigFields, width: int, dense_width: int, model_type: str) -> int:
    """Width of the block that every token uses beside the routed experts; 0 without one."""
    if model_type == "gemma4_text":
        return dense_width
    if model_type in ("granitemoehybrid", "granitemoeshared", "minimax_m1", "minimax_text_01"):
        return fields.optional_count("shared_intermediate_size", zero_is_none=True) or 0
    shared = fields.optional_count("n_shared_experts", limit=1_000, zero_is_none=True) or 0
    return shared * fields.count("moe_shared_expert_intermediate_size", default=width)


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
