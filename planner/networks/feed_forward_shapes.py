"""The widths of a config's feed-forward blocks, and its routed experts."""

from __future__ import annotations

from planner.errors import InputError
from planner.networks.config_fields import ConfigFields
from planner.networks.feed_forward_modules import ExpertShape

_STATED_FOR_BOTH_INPUTS = frozenset({"qwen", "molmo"})
"""Classes whose ``intermediate_size`` is the width of gate and up projection together."""
_SHARED_WIDTH_STATED = frozenset(
    {
        *("granitemoehybrid", "granitemoeshared", "granitemoe_swa"),
        *("minimax_m1", "minimax_text_01"),
    }
)


def dense_width(fields: ConfigFields, model_type: str, hidden: int, has_experts: bool) -> int:
    """Width of a dense block; the widest if the config lists one for each layer."""
    stated = fields.value("intermediate_size")
    if isinstance(stated, list) and stated:
        return max(fields.positive("intermediate_size", one) for one in stated)
    width = fields.count("intermediate_size", default=4 * hidden)
    if model_type == "granitemoehybrid":
        return fields.count("shared_intermediate_size", default=1024)
    if model_type == "arctic":  # beside the experts it has a block as wide as the hidden size
        return hidden
    if model_type in _STATED_FOR_BOTH_INPUTS:
        return width // 2
    if fields.flag("block_auto_adjust_ff_dim", model_type == "lfm2"):
        return _adjusted(fields, width)
    return fields.count("intermediate_size_mlp", default=width) if has_experts else width


def _adjusted(fields: ConfigFields, width: int) -> int:
    """Two thirds of ``width``, times a factor, rounded up to a multiple (LFM2)."""
    factor = fields.value("block_ffn_dim_multiplier")
    if factor is None:
        factor = 1.0
    if not isinstance(factor, int | float) or not 0 < factor < 1_000:
        raise _error(f"block_ffn_dim_multiplier is {factor!r:.20}; a number above 0 is needed")
    multiple = fields.count("block_multiple_of", default=256)
    return -(-int(factor * int(2 * width / 3)) // multiple) * multiple


def expert_shape(fields: ConfigFields, hidden: int, model_type: str) -> ExpertShape | None:
    """The routed experts and the one that every token uses; None without experts."""
    experts = fields.optional_count("experts", limit=100_000, zero_is_none=True)
    if experts is None:
        return None
    active = fields.count("active_experts", limit=100_000)
    if active > experts:
        raise _error(f"{active} active experts are more than the {experts} experts")
    none = fields.whole("zero_expert_num", default=0)
    dense = fields.count("intermediate_size", default=4 * hidden)
    width = fields.count("moe_intermediate_size", default=dense)
    gated = fields.optional_count("shared_expert_intermediate_size", zero_is_none=True)
    return ExpertShape(
        experts=experts,
        active=max(1, round(active * experts / (experts + none))),
        width=width,
        shared_width=gated or _shared_width(fields, width, dense, model_type),
        shared_gate=gated is not None,
        router_bias=model_type == "gpt_oss",
        latent_size=fields.optional_count("moe_latent_size"),
        routed_to_nothing=none,
    )


def _shared_width(fields: ConfigFields, width: int, dense_width: int, model_type: str) -> int:
    """Width of the block that every token uses beside the routed experts; 0 without one."""
    if model_type == "gemma4_text":
        return dense_width
    if model_type in _SHARED_WIDTH_STATED:
        return fields.optional_count("shared_intermediate_size", zero_is_none=True) or 0
    if (stated := fields.optional_count("share_expert_dim", zero_is_none=True)) is not None:
        return stated
    shared = fields.optional_count("n_shared_experts", limit=1_000, zero_is_none=True) or 0
    return shared * fields.count("moe_shared_expert_intermediate_size", default=width)


def _error(what: str) -> InputError:
    return InputError(f"model config: {what}", field="model")
