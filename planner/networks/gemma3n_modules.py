"""What Gemma 3n has beside a transformer: embeddings for each layer, AltUp and LAuReL.

Source: huggingface/transformers, src/transformers/models/gemma3n (read 2026-11-27); AltUp is
arXiv 2301.13310, LAuReL arXiv 2411.07501.
"""

from __future__ import annotations

from planner.networks.config_fields import ConfigFields
from planner.networks.weight_module import Module, matrix, vectors


def layer_extras(fields: ConfigFields, hidden: int) -> tuple[Module, ...]:
    """The further modules of a layer."""
    inputs = fields.count("altup_num_inputs", limit=100)
    rank = fields.count("laurel_rank")
    own = fields.count("hidden_size_per_layer_input")
    coefficients = inputs**2 + inputs**3
    return (
        matrix("laurel.linear_left", "mixer", hidden, rank),
        matrix("laurel.linear_right", "mixer", rank, hidden),
        matrix("per_layer_input_gate", "dense", hidden, own),
        matrix("per_layer_projection", "dense", own, hidden),
        vectors("altup", hidden * inputs + coefficients + 4 * hidden),
    )


def outer_extras(fields: ConfigFields, hidden: int, layers: int) -> tuple[Module, ...]:
    """The further modules outside the layers; each layer's embedding is looked up, as the input."""
    own = fields.count("hidden_size_per_layer_input")
    copies = fields.count("altup_num_inputs", limit=100) - 1
    vocabulary = fields.count("vocab_size_per_layer_input", limit=10**8)
    return (
        Module("embed_tokens_per_layer", vocabulary * layers * own, "lookup"),
        matrix("per_layer_model_projection", "dense", hidden, layers * own),
        matrix("altup_projections", "dense", hidden, copies * hidden),
        matrix("altup_unembed_projections", "dense", hidden, copies * hidden),
        vectors("per_layer_projection_norm", own),
    )
