"""Fields that published configs leave out because their class in ``transformers`` has a default."""

from __future__ import annotations

from typing import Any

_GEMMA_4: dict[str, Any] = {
    "vocab_size": 262_144,
    "hidden_size": 2304,
    "intermediate_size": 9216,
    "num_hidden_layers": 30,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "global_head_dim": 512,
}
CLASS_DEFAULTS: dict[str, dict[str, Any]] = {
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
    "gemma3n_text": {
        "vocab_size": 262_400,
        "hidden_size": 2048,
        "intermediate_size": 16_384,
        "num_hidden_layers": 35,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "head_dim": 256,
        "max_position_embeddings": 32_768,
        "sliding_window": 512,
        "sliding_window_pattern": 5,
        "vocab_size_per_layer_input": 262_144,
        "hidden_size_per_layer_input": 256,
        "altup_num_inputs": 4,
        "laurel_rank": 64,
        "num_kv_shared_layers": 15,
    },
    "gemma4_text": _GEMMA_4
    | {
        "max_position_embeddings": 131_072,
        "sliding_window": 512,
        "vocab_size_per_layer_input": 262_144,
        "hidden_size_per_layer_input": 256,
    },
    "gemma4_unified_text": _GEMMA_4 | {"max_position_embeddings": 262_144, "sliding_window": 1024},
}
"""Source: PyPI transformers==5.19.0, the ``configuration_*.py`` of each class."""

INSIDE_DEFAULTS: dict[str, dict[str, Any]] = {
    "llama": {
        "vocab_size": 32_000,
        "hidden_size": 4096,
        "intermediate_size": 11_008,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "max_position_embeddings": 2048,
    },
    "mistral": {
        "vocab_size": 32_000,
        "hidden_size": 4096,
        "intermediate_size": 14_336,
        "num_hidden_layers": 32,
        "max_position_embeddings": 131_072,
        "sliding_window": 4096,
    },
    "gemma": {
        "vocab_size": 256_000,
        "hidden_size": 3072,
        "intermediate_size": 24_576,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 16,
        "max_position_embeddings": 8192,
    },
    "gemma2": {
        "vocab_size": 256_000,
        "hidden_size": 2304,
        "intermediate_size": 9216,
        "num_hidden_layers": 26,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "max_position_embeddings": 8192,
    },
}
"""The same for a language model that is described inside another config, as in LLaVA's and
PaliGemma's: there ``transformers`` writes only what differs from the defaults. A config of a
language model alone states its shape, and is refused if it does not."""
