"""Audio encoders: sizes by hand and by the published class."""

from __future__ import annotations

import pytest

from planner.catalog.audio_encoder import audio_parameters

GEMMA_4 = {
    "model_type": "gemma4_audio",
    "hidden_size": 1024,
    "num_hidden_layers": 12,
    "output_proj_dims": 1536,
}


def test_gemma_4_has_the_weights_of_its_class() -> None:
    # the class in PyPI transformers==5.19.0 has 304,824,608; the projection to 1536 comes on top
    found = audio_parameters({"audio_config": GEMMA_4}, 1536)
    assert found == pytest.approx(304_824_608 + 1536 * 1536, rel=0.001)


def test_an_encoder_like_whispers_is_two_convolutions_and_its_layers() -> None:
    audio = {"d_model": 100, "encoder_layers": 2, "encoder_ffn_dim": 400, "num_mel_bins": 80}
    layers = 2 * (4 * 100**2 + 2 * 100 * 400)
    convolutions = 3 * 100 * 80 + 3 * 100**2
    assert audio_parameters({"audio_config": audio}, 50) == layers + convolutions + 100 * 50


@pytest.mark.parametrize("audio", [{}, {"d_model": "x"}, GEMMA_4 | {"hidden_size": -1}])
def test_a_shape_that_is_not_stated_counts_nothing(audio: dict[str, object]) -> None:
    assert audio_parameters({"audio_config": audio}, 1024) == 0


def test_a_model_that_does_not_listen_has_no_encoder() -> None:
    assert audio_parameters({}, 1024) is None
