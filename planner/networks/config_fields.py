"""Fields of a ``config.json``: every spelling in use is read, every value is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.errors import InputError
from planner.networks.class_defaults import CLASS_DEFAULTS

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "num_hidden_layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden_size": ("hidden_size", "n_embd", "n_embed", "d_model"),
    "num_attention_heads": ("num_attention_heads", "n_head", "n_heads"),
    "num_key_value_heads": (
        "num_key_value_heads",
        "num_kv_heads",
        "n_head_kv",
        "multi_query_group_num",
        "num_attention_groups",
        "kv_n_heads",
    ),
    "head_dim": ("head_dim", "kv_channels", "attention_head_dim"),
    "intermediate_size": (
        "block_ff_dim",
        "intermediate_size",
        "ffn_dim",
        "n_inner",
        "ffn_hidden_size",
    ),
    "moe_intermediate_size": ("moe_intermediate_size", "expert_ffn_hidden_size"),
    "max_position_embeddings": (
        "model_max_length",  # vLLM prefers it to the others
        "max_position_embeddings",
        "n_positions",
        "seq_length",
        "max_seq_len",
        "n_ctx",
    ),
    "vocab_size": ("vocab_size", "padded_vocab_size"),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"),
    "active_experts": (
        "num_experts_per_tok",
        "num_experts_per_token",
        "experts_per_token",
        "moe_topk",
        "moe_top_k",
        "moe_k",
        "top_k_experts",
    ),
    "n_shared_experts": (
        "n_shared_experts",
        "num_shared_experts",
        "num_shared_expert",
        "moe_num_shared_experts",
    ),
    "first_k_dense_replace": (
        "first_k_dense_replace",
        "moe_layer_start_index",
        "num_dense_layers",
    ),
    "moe_latent_size": ("moe_latent_size", "routed_expert_hidden_size"),
    "state_heads": ("mamba_num_heads", "mamba_n_heads"),
    "state_head_dim": ("mamba_head_dim", "mamba_d_head"),
    "state_groups": ("n_groups", "mamba_n_groups"),
    "state_size": ("ssm_state_size", "mamba_d_state"),
    "conv_kernel": ("conv_kernel", "mamba_d_conv"),
    "expert_layer_step": (
        "decoder_sparse_step",
        "interleave_moe_layer_step",
        "expert_layer_period",
        "moe_layer_interval",
        "moe_layer_frequency",
    ),
    "tie_word_embeddings": ("tie_embedding", "tie_word_embeddings"),
}


def _heads_in_group(block: Any) -> int | None:
    """Query heads of a layer of ``block_configs`` that share a KV head; None without attention."""
    attention = block.get("attention") if isinstance(block, Mapping) else None
    heads = attention.get("n_heads_in_group") if isinstance(attention, Mapping) else None
    return heads if isinstance(heads, int) and heads > 0 else None


class ConfigFields:
    """One config, read field by field. Every method raises InputError (field ``model``)."""

    def __init__(self, config: Mapping[str, Any], model_type: str) -> None:
        self._config = {**CLASS_DEFAULTS.get(model_type, {}), **config}

    def value(self, field: str) -> Any:
        """The value under any spelling of ``field``; None if the config does not state it."""
        for spelling in _SPELLINGS.get(field, (field,)):
            if (value := self._config.get(spelling)) is not None:
                return value
        return None

    def count(self, field: str, default: int | None = None, limit: int = 10**9) -> int:
        """A whole number from 1 to ``limit``; ``default`` if the config does not state it."""
        value = self.optional_count(field, limit)
        if value is None:
            value = default
        if value is None:
            raise InputError(f"model config: {field} is missing", field="model")
        return value

    def whole(self, field: str, default: int) -> int:
        """A whole number from 0 on; ``default`` if the config does not state it."""
        value = self.value(field)
        if value is None:
            return default
        return 0 if value == 0 and value is not False else self.count(field)

    def optional_count(
        self, field: str, limit: int = 10**9, zero_is_none: bool = False
    ) -> int | None:
        """A whole number from 1 to ``limit``; None if the config does not state it.

        A list with one number for each layer counts as that number if all are equal.
        """
        value = self.value(field)
        if isinstance(value, list) and len(value) > 1 and all(one == value[0] for one in value):
            value = value[0]
        if value is None or (zero_is_none and value == 0):
            return None
        return self.positive(field, value, limit)

    def positive(self, field: str, value: Any, limit: int = 10**9) -> int:
        """``value`` as a whole number from 1 to ``limit``; ``field`` is what a refusal names."""
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        if not whole or not 1 <= value <= limit or value != int(value):
            raise InputError(
                f"model config: {field} is {value!r:.60}; a whole number from 1 to {limit:,} "
                "is needed",
                field="model",
            )
        return int(value)

    def nested(self, field: str) -> ConfigFields:
        """The fields of an object inside the config; empty if it has no such object."""
        value = self.value(field)
        return ConfigFields(value if isinstance(value, Mapping) else {}, "")

    def flag(self, field: str, default: bool) -> bool:
        """True or false; ``default`` if the config does not state it."""
        value = self.value(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise InputError(
                f"model config: {field} is {value!r:.60}; true or false is needed", field="model"
            )
        return value

    @property
    def multi_query(self) -> bool:
        """True if all query heads share one KV head (Falcon-7B, GPT-BigCode)."""
        return self.flag("multi_query", False) and not self.flag("new_decoder_architecture", False)

    def kv_heads(self, attention_heads: int) -> int:
        """KV heads of a layer; if layers differ the maximum, because vLLM pads all to it."""
        by_layer = self.value("num_key_value_heads_per_layer")
        if (blocks := self.value("block_configs")) is not None:
            groups = [_heads_in_group(b) for b in blocks] if isinstance(blocks, list) else []
            by_layer = [attention_heads // heads for heads in groups if heads]
        if by_layer is None:
            stated = self.optional_count("num_key_value_heads") or attention_heads
            return 1 if self.multi_query else stated
        if not isinstance(by_layer, list) or not all(type(heads) is int for heads in by_layer):
            raise InputError(
                "model config: num_key_value_heads_per_layer cannot be used; "
                "a list of whole numbers is needed",
                field="model",
            )
        return max(by_layer, default=0)

    def dense_layers(self, layers: int) -> frozenset[int]:
        """Numbers of the layers without experts in a mixture-of-experts model."""
        first = self.value("first_k_dense_replace") or 0
        listed = self.value("mlp_only_layers") or []
        kinds = self.value("mlp_layer_types")
        if isinstance(kinds, list) and len(kinds) == layers:
            return frozenset(layer for layer in range(layers) if kinds[layer] == "dense")
        routed = self.value("moe_layers_enum")
        if isinstance(routed, str):
            numbers = {entry.strip() for entry in routed.split(",")}
            return frozenset(layer for layer in range(layers) if str(layer) not in numbers)
        frequency = self.value("moe_layer_freq")
        if isinstance(frequency, list) and len(frequency) == layers:
            return frozenset(layer for layer in range(layers) if not frequency[layer])
        step = self.optional_count("expert_layer_step", limit=layers) or 1
        if not isinstance(first, int) or not 0 <= first <= layers or not isinstance(listed, list):
            raise InputError(
                "model config: first_k_dense_replace or mlp_only_layers cannot be used; "
                "a layer count and a list of layer numbers are needed",
                field="model",
            )
        dense = {layer for layer in listed if isinstance(layer, int)}
        return frozenset(
            layer
            for layer in range(layers)
            if layer < first or layer in dense or (layer + 1) % step != 0
        )
