"""Layers, embeddings and experts of each group of GPUs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.lookup import Catalog, load_catalog
from planner.errors import InputError
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import estimate
from planner.vllm.stages import stage_layers, stages_of

CATALOG = load_catalog()


@pytest.mark.parametrize(
    ("layers", "stages", "divided"),
    [
        (32, 4, (8, 8, 8, 8)),
        (61, 8, (7, 7, 8, 8, 8, 8, 8, 7)),  # sgl-project/sglang pull 6666, of vLLM
        (94, 4, (23, 24, 24, 23)),  # vllm-project/vllm pull 46217
        (5, 3, (2, 2, 1)),
    ],
)
def test_layers_left_over_go_to_the_middle(
    layers: int, stages: int, divided: tuple[int, ...]
) -> None:
    assert stage_layers(layers, stages, remainder_last=False) == divided


def test_before_0_8_the_last_stage_took_all_that_was_left_over() -> None:
    assert stage_layers(61, 8, remainder_last=True) == (7, 7, 7, 7, 7, 7, 7, 12)


def parts(catalog: Catalog, model: str, gpu_count: int, **engine: Any) -> list[Deployment]:
    settings = EngineConfig(**engine)
    spec = catalog.model(model)
    return [*stages_of(Deployment(catalog.gpu("H100 SXM"), gpu_count, spec, "none", settings))]


def test_the_embedding_is_on_the_first_stage_and_the_head_on_the_last(catalog: Catalog) -> None:
    model = catalog.model("Qwen3-32B")
    first, middle, last = parts(catalog, "Qwen3-32B", 6, pipeline_parallel_size=3)
    assert (first.gpu_count, first.model.layers) == (2, 21)
    assert [s.model.layers for s in (middle, last)] == [22, 21]
    assert first.model.embedding_params == last.model.embedding_params
    assert first.model.embedding_params == 151_936 * 5_120
    assert middle.model.embedding_params == 0
    assert sum(s.model.params for s in (first, middle, last)) == pytest.approx(model.params)


def test_a_tied_head_is_copied_to_the_last_stage(catalog: Catalog) -> None:
    model = catalog.model("Qwen2.5-1.5B-Instruct")
    first, last = parts(catalog, "Qwen2.5-1.5B-Instruct", 2, pipeline_parallel_size=2)
    assert first.model.embedding_params == last.model.embedding_params == model.embedding_params
    both = first.model.params + last.model.params
    assert both == pytest.approx(model.params + model.embedding_params)


def test_ranks_share_the_experts_and_not_the_attention(catalog: Catalog) -> None:
    model = catalog.model("Qwen3-30B-A3B")
    [whole] = parts(catalog, model.name, 1)
    [rank] = parts(catalog, model.name, 4, data_parallel_size=4)
    # 48 layers of 128 experts of 3 x 2,048 x 768 weights: 28,991,029,248
    experts = 48 * 128 * 3 * 2_048 * 768
    assert whole.model.params - rank.model.params == pytest.approx(experts * 3 / 4, rel=1e-3)
    [divided] = parts(catalog, model.name, 6, data_parallel_size=3, enable_expert_parallel=True)
    # 22 of 128 experts on each of 6 GPUs, 44 on the two of a rank
    assert whole.model.params - divided.model.params == pytest.approx(
        experts * (1 - 44 / 128), rel=1e-3
    )


def test_gpus_that_cannot_be_divided_are_refused(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="give a multiple of 3") as refused:
        parts(catalog, "Qwen3-32B", 4, pipeline_parallel_size=3)
    assert refused.value.field == "gpu_count"
    with pytest.raises(InputError, match="of 28 layers; give at most 28"):
        parts(catalog, "Qwen2.5-7B-Instruct", 32, pipeline_parallel_size=32)


@given(
    model=st.sampled_from([model.name for model in CATALOG.models if model.layers >= 16]),
    stages=st.integers(1, 8),
    version=st.sampled_from([None, "0.11.0", "0.16.0"]),
)
def test_more_stages_never_hold_fewer_tokens(model: str, stages: int, version: str | None) -> None:
    def tokens(count: int) -> int:
        engine = EngineConfig(version=version, pipeline_parallel_size=count, max_model_len=1024)
        spec = CATALOG.model(model)
        return estimate(
            Deployment(CATALOG.gpu("H100 SXM"), count, spec, "none", engine)
        ).kv_cache_tokens

    assert tokens(2 * stages) >= tokens(stages)
