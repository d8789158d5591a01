"""Layers that keep a state of one size per sequence: state-space layers and linear attention.

The weights are those of the classes in ``transformers``, the states those of vLLM
(vllm-project/vllm, vllm/model_executor/layers/mamba/mamba_utils.py, read 2026-11-27): the last
inputs of a short convolution in 16 bit, and a recurrent state, in 16 bit unless the config asks
for 32.
"""

from __future__ import annotations

from dataclasses import dataclass

from planner.networks.config_fields import ConfigFields
from planner.networks.quantization import SIXTEEN_BIT_BYTES
from planner.networks.weight_module import Module, matrix, vectors


@dataclass(frozen=True, slots=True)
class StateMixer:
    """Weights of a layer, and the bytes that it keeps of a sequence, over all GPUs together.

    ``drafted_state_bytes`` are further bytes for each token that speculative decoding
    proposes: an input of the convolution, in case that it is refused.
    """

    modules: tuple[Module, ...]
    state_bytes: int
    drafted_state_bytes: int = 0


def gated_delta_net(fields: ConfigFields, hidden: int) -> StateMixer:
    """Linear attention of Qwen3-Next, Qwen3.5 and Olmo Hybrid."""
    key_heads = fields.count("linear_num_key_heads", limit=10_000)
    value_heads = fields.count("linear_num_value_heads", limit=10_000)
    key_dim = fields.count("linear_key_head_dim", limit=100_000)
    value_dim = fields.count("linear_value_head_dim", limit=100_000)
    kernel = fields.count("linear_conv_kernel_dim", limit=1_000)
    keys, values = key_heads * key_dim, value_heads * value_dim
    mixed = 2 * keys + values
    return StateMixer(
        (
            matrix("linear_attn.in_proj_qkv", "mixer", hidden, mixed),
            matrix("linear_attn.in_proj_z", "mixer", hidden, values),
            matrix("linear_attn.in_proj_ba", "mixer", hidden, 2 * value_heads),
            vectors("linear_attn.conv1d", mixed * kernel + 2 * value_heads + value_dim),
            matrix("linear_attn.out_proj", "mixer", values, hidden),
        ),
        mixed * (kernel - 1) * SIXTEEN_BIT_BYTES
        + value_heads * value_dim * key_dim * _state_element(fields),
        mixed * SIXTEEN_BIT_BYTES,
    )


def kimi_delta_attention(fields: ConfigFields, hidden: int) -> StateMixer:
    """Linear attention of Kimi Linear, whose recurrent state is in 32 bit unless asked otherwise.

    The config describes it in ``linear_attn_config``; ``transformers`` 5 writes single fields.
    Source: ``kda_state_shape`` and ``kda_state_dtype`` in the module above.
    """
    own = fields.nested("linear_attn_config")
    heads = own.optional_count("num_heads", limit=10_000) or fields.count("linear_num_heads")
    dim = own.optional_count("head_dim", limit=100_000) or fields.count("linear_head_dim")
    kernel = own.optional_count("short_conv_kernel_size", limit=1_000) or fields.count(
        "linear_conv_kernel_dim", default=4, limit=1_000
    )
    inner = heads * dim
    whole_gate = own.flag("use_full_rank_gate", False)
    low_rank = "f" if whole_gate else "fg"  # the output gate has two small matrices, or a whole one
    return StateMixer(
        (
            *(
                matrix(f"self_attn.{x}_proj", "mixer", hidden, inner)
                for x in ("qkvg" if whole_gate else "qkv")
            ),
            *(matrix(f"self_attn.{x}_a_proj", "mixer", hidden, dim) for x in low_rank),
            *(matrix(f"self_attn.{x}_b_proj", "mixer", dim, inner) for x in low_rank),
            matrix("self_attn.b_proj", "mixer", hidden, heads),
            vectors("self_attn.conv1d", 3 * inner * kernel + inner + heads + dim),
            matrix("self_attn.o_proj", "mixer", inner, hidden),
        ),
        3 * inner * (kernel - 1) * SIXTEEN_BIT_BYTES
        + heads * dim**2 * _state_element(fields, default=4),
        3 * inner * SIXTEEN_BIT_BYTES,
    )


def short_convolution(fields: ConfigFields, hidden: int) -> StateMixer:
    """Gated short convolution of LFM2, which keeps the last inputs of the convolution alone."""
    inner = fields.count("conv_dim", default=hidden)
    kernel = fields.count("conv_L_cache", default=3, limit=1_000)
    bias = fields.flag("conv_bias", False)
    return StateMixer(
        (
            matrix("conv.in_proj", "mixer", hidden, 3 * inner, bias),
            vectors("conv.conv", inner * (kernel + bias)),
            matrix("conv.out_proj", "mixer", inner, hidden, bias),
        ),
        inner * (kernel - 1) * SIXTEEN_BIT_BYTES,
    )


def mamba2(fields: ConfigFields, hidden: int) -> StateMixer:
    """State-space layer of Nemotron-H, Falcon-H1, Granite 4 and Bamba."""
    heads = fields.count("state_heads", limit=100_000)
    inner = fields.optional_count("mamba_d_ssm")
    if fields.value("state_head_dim") in (None, "auto"):
        inner = inner or fields.count("mamba_expand", default=2, limit=1_000) * hidden
    else:
        inner = heads * fields.count("state_head_dim", limit=100_000)
    size = fields.count("state_size", limit=100_000)
    kernel = fields.count("conv_kernel", default=4, limit=1_000)
    mixed = inner + 2 * fields.count("state_groups", default=1, limit=100_000) * size
    return StateMixer(
        (
            matrix("mamba.in_proj", "mixer", hidden, inner + mixed + heads),
            vectors("mamba.conv1d", mixed * (kernel + 1) + 3 * heads + inner),
            matrix("mamba.out_proj", "mixer", inner, hidden),
        ),
        mixed * (kernel - 1) * SIXTEEN_BIT_BYTES + inner * size * _state_element(fields),
        mixed * SIXTEEN_BIT_BYTES,
    )


def mamba1(fields: ConfigFields, hidden: int) -> StateMixer:
    """State-space layer of Jamba, with norms of the time step and of both inputs."""
    inner = fields.count("mamba_expand", default=2, limit=1_000) * hidden
    size = fields.count("state_size", default=16, limit=100_000)
    kernel = fields.count("conv_kernel", default=4, limit=1_000)
    stated = fields.value("mamba_dt_rank")
    rank = -(-hidden // 16) if stated in (None, "auto") else fields.count("mamba_dt_rank")
    return StateMixer(
        (
            matrix("mamba.in_proj", "mixer", hidden, 2 * inner),
            matrix("mamba.x_proj", "mixer", inner, rank + 2 * size),
            matrix("mamba.dt_proj", "mixer", rank, inner, bias=True),
            vectors("mamba.conv1d", inner * (kernel + 1) + inner * (size + 1) + rank + 2 * size),
            matrix("mamba.out_proj", "mixer", inner, hidden),
        ),
        inner * (kernel - 1) * SIXTEEN_BIT_BYTES + inner * size * _state_element(fields),
    )


def lightning_attention(hidden: int, heads: int, head_dim: int) -> StateMixer:
    """Linear attention of MiniMax-Text-01 and MiniMax-M1, which have no convolution."""
    inner = heads * head_dim
    return StateMixer(
        (
            matrix("self_attn.qkv_proj", "mixer", hidden, 3 * inner),
            matrix("self_attn.output_gate", "mixer", hidden, inner),
            matrix("self_attn.out_proj", "mixer", inner, hidden),
            vectors("self_attn.norm", inner),
        ),
        heads * head_dim**2 * SIXTEEN_BIT_BYTES,
    )


def _state_element(fields: ConfigFields, default: int = SIXTEEN_BIT_BYTES) -> int:
    """Bytes of a value of the recurrent state; ``default`` if the config does not say."""
    stated = fields.value("mamba_ssm_cache_dtype") or fields.value("mamba_ssm_dtype")
    return {"float32": 4, "bfloat16": 2, "float16": 2}.get(str(stated), default)
