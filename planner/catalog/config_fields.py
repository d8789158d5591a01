"""Fields of a ``config.json``: every spelling in use is read, every value is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from planner.errors import InputError

_SPELLINGS: dict[str, tuple[str, ...]] = {
    "num_hidden_layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden_size": ("hidden_size", "n_embd", "n_embed", "d_model"),
    "num_attention_heads": ("num_attention_heads", "n_head", "n_heads"),
    "num_key_value_heads": (
        "num_key_value_heads",
        "num_kv_heads",
        "n_head_kv",
        "multi_query_group_num",
    ),
    "head_dim": ("head_dim", "kv_channels"),
    "intermediate_size": ("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size"),
    "max_position_embeddings": (
        "max_position_embeddings",
        "n_positions",
        "seq_length",
        "max_seq_len",
        "n_ctx",
        "model_max_length",
    ),
    "vocab_size": ("vocab_size", "padded_vocab_size"),
    "experts": ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"),
    "active_experts": ("num_experts_per_tok", "experts_per_token", "moe_topk", "moe_k"),
    "expert_layer_step": ("decoder_sparse_step", "interleave_moe_layer_step"),
}
_CLASS_DEFAULTS: dict[str, dict[str, Any]] = {
    "mistral": {"num_attention_heads": 32, "num_key_value_heads": 8},
    "mixtral": {"num_key_value_heads": 8},
    "gemma3_text": {
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "vocab_size": 262_208,
        "max_position_embeddings": 131_072,
        "sliding_window": 4096,
    },
    "gemma2": {"head_dim": 256, "sliding_window": 4096},
    "gemma": {"head_dim": 256},
    "qwen3": {"head_dim": 128},
    "falcon": {"multi_query": True, "max_seq_len": 2048},
    "bloom": {"seq_length": 2048},
    "llama4_text": {"n_shared_experts": 1},
}
"""Fields that published configs leave out because their transformers class has a default."""


class ConfigFields:
    """One config, read field by field. Every method raises InputError (field ``model``)."""

    def __init__(self, config: Mapping[str, Any], model_type: str) -> None:
        self._config = {**_CLASS_DEFAULTS.get(model_type, {}), **config}

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

    def optional_count(
        self, field: str, limit: int = 10**9, zero_is_none: bool = False
    ) -> int | None:
        """A whole number from 1 to ``limit``; None if the config does not state it."""
        value = self.value(field)
        if value is None or (zero_is_none and value == 0):
            return None
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        if not whole or not 1 <= value <= limit or value != int(value):
            raise InputError(
                f"model config: {field} is {value!r:.60}; a whole number from 1 to {limit:,} "
                "is needed",
                field="model",
            )
        return int(value)

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
