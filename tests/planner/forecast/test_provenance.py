"""What published measurements share with a deployment, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from store_samples import MEASUREMENT

from planner.catalog.lookup import Catalog
from planner.forecast.provenance import Provenance, PublishedMeasurements
from planner.learning.from_measurements import observe
from planner.networks.quantization import Quantization
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.wording.provenance_sentence import provenance_sentence

SMALL = "mistralai/Mistral-7B-Instruct-v0.2"
LARGE = "meta-llama/Llama-3.1-70B-Instruct"
QWEN = "Qwen/Qwen2.5-7B-Instruct"
ROW = replace(MEASUREMENT, gpu="H100 SXM", gpu_memory_gb=80.0, engine_version="0.6.3", date=None)
ROWS = [
    *[replace(ROW, concurrency=float(c), quantization=None) for c in range(1, 8)],
    replace(ROW, quantization="fp8", model=QWEN),
    replace(ROW, quantization="fp8", model=SMALL, engine_version="0.7.1"),
    replace(ROW, quantization="fp8+kv_fp8", model=QWEN, engine_version="0.11.0"),
    replace(ROW, gpu="L4", gpu_memory_gb=24.0, quantization="fp8", model=LARGE, gpu_count=2),
]


@pytest.fixture(scope="module")
def published(catalog: Catalog) -> PublishedMeasurements:
    observed, skipped = observe(ROWS, catalog)
    assert skipped == []
    return PublishedMeasurements(observed)


def of(
    published: PublishedMeasurements,
    catalog: Catalog,
    model: str,
    quantization: Quantization,
    gpu: str = "H100 SXM",
    gpu_count: int = 1,
    version: str | None = "0.11.0",
) -> Provenance:
    engine = EngineConfig(version=version)
    deployment = Deployment(
        catalog.gpu(gpu),
        gpu_count,
        catalog.model(model),
        quantization,
        engine,
    )
    return published.provenance(deployment)


def test_numbers_are_of_what_has_the_quantization(
    published: PublishedMeasurements, catalog: Catalog
) -> None:
    found = of(published, catalog, SMALL, "fp8")
    assert found == Provenance(
        gpus_asked=1,
        gpu=10,
        quantization=3,
        model_shape=1,
        model_size=3,  # 7.2 and 7.6 billion parameters are one size
        gpu_count=3,
        engine=1,
        kv_format=2,
        alike=0,  # the row of this shape is of vLLM 0.7
        of_kind=3,
        engine_stated=3,
        engines=("0.6 to 0.7", "0.8 to 0.11"),
    )
    assert provenance_sentence(found) == (
        "10 published measurements of this GPU; 3 with this quantization, 1 of a model of this "
        "shape; all on 1 GPU; 2 with this KV cache format; 1 of this vLLM generation; "
        "vLLM 0.6 to 0.7, 0.8 to 0.11."
    )


def test_other_sizes_another_number_of_gpus_and_one_generation_are_said(
    published: PublishedMeasurements, catalog: Catalog
) -> None:
    found = of(published, catalog, LARGE, "none", gpu_count=2, version=None)
    assert provenance_sentence(found) == (
        "10 published measurements of this GPU; 7 with this quantization, all of models of other "
        "sizes; none on 2 GPUs; vLLM 0.6 to 0.7 only."
    )
    assert found.engine is None


def test_without_the_quantization_the_others_of_the_gpu_are_described(
    published: PublishedMeasurements, catalog: Catalog
) -> None:
    found = of(published, catalog, SMALL, "awq", gpu="L4", version=None)
    assert (found.gpu, found.quantization, found.counted) == (1, 0, 1)
    assert provenance_sentence(found) == (
        "1 published measurement of this GPU, none with this quantization, of a model of another "
        "size; none on 1 GPU; vLLM 0.6 to 0.7 only."
    )


def test_a_gpu_that_nobody_measured(published: PublishedMeasurements, catalog: Catalog) -> None:
    found = of(published, catalog, SMALL, "awq", gpu="T4")
    assert provenance_sentence(found) == "No published measurement of this GPU."
