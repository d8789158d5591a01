"""Embeddings that each layer has of its own (Gemma 3n and 4), and Gemma 3n's AltUp and LAuReL.

Source: huggingface/transformers, src/transformers/models/gemma3n and gemma4 (read 2026-11-27);
AltUp is arXiv 2301.13310, LAuReL arXiv 2411.07501.
"""

from __future__ import annotations

from planner.networks.config_fields import ConfigFields
from planner.networks.weight_module import Module, matrix, vectors


def input_width(fields: ConfigFields) -> int:
    """Width of the embedding that each layer has of its own; 0 without one."""
    return fields.whole("hidden_size_per_layer_input", default=0)


def layer_extras(fields: ConfigFields, hidden: int) -> tuple[Module, ...]:
    """The further modules of a layer."""
    own = input_width(fields)
    if not own:
        return ()
    modules = [
        matrix("per_layer_input_gate", "dense", hidden, own),
        matrix("per_layer_projection", "dense", own, hidden),
        vectors("post_per_layer_input_norm", hidden),
    ]
    inputs = fields.optional_count("altup_num_inputs", limit=100)
    if inputs is not None:
        rank = fields.count("laurel_rank")
        modules += [
            matrix("laurel.linear_left", "mixer", hidden, rank),
            matrix("laurel.linear_right", "mixer", rank, hidden),
            vectors("altup", hidden * inputs + inputs**2 + inputs**3 + 3 * hidden),
        ]
    return tuple(modules)


def outer_extras(fields: ConfigFields, hidden: int, layers: int) -> tuple[Module, ...]:
    """The further modules outside the layers; each layer's embedding is looked up, as the input."""
    own = input_width(fields)
    if not own:
        return ()
    vocabulary = fields.count("vocab_size_per_layer_input", limit=10**8)
    modules = [
        Module("embed_tokens_per_layer", vocabulary * layers * own, "lookup"),
        matrix("per_layer_model_projection", "dense", hidden, layers * own),
        vectors("per_layer_projection_norm", own),
    ]
    inputs = fields.optional_count("altup_num_inputs", limit=100)
    if inputs is not None:
        copies = (inputs - 1) * hidden
        modules.append(matrix("altup_projections", "dense", hidden, copies))
        modules.append(matrix("altup_unembed_projections", "dense", hidden, copies))
    return tuple(modules)
