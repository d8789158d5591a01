"""Labels of deployments, and what deployments with the same labels share."""

from __future__ import annotations

import numpy as np
import pytest

from planner.catalog.lookup import Catalog
from planner.learning.random_effects import labels_of, packaged_effects
from planner.vllm.deployment import Deployment


@pytest.mark.parametrize(
    ("model", "network"),
    [
        ("Qwen/Qwen3-32B", "attention"),
        ("google/gemma-2-9b-it", "attention"),
        ("deepseek-ai/DeepSeek-R1-0528", "latent attention"),
        ("deepseek-ai/DeepSeek-V3.2", "sparse latent attention"),
        ("Qwen/Qwen3.6-27B", "states and attention"),
    ],
)
def test_a_network_is_known_by_how_its_layers_mix_tokens(
    catalog: Catalog, model: str, network: str
) -> None:
    assert labels_of(Deployment(catalog.gpu("H200"), 1, catalog.model(model), "fp8")).network == (
        network
    )


def test_networks_of_another_kind_say_less_about_each_other(catalog: Catalog) -> None:
    plain, alike, other = (
        labels_of(Deployment(catalog.gpu("H200"), 1, catalog.model(name), "fp8"))
        for name in ("Qwen/Qwen3-32B", "Qwen/Qwen3-14B", "Qwen/Qwen3.6-27B")
    )
    effects = packaged_effects()
    known, unknown = effects.shared([plain], [alike, other])[0]
    np.testing.assert_allclose(known - unknown, effects.sd["network"] ** 2)
