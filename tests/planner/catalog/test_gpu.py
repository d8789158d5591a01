from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import estimate


@pytest.mark.parametrize(
    ("link_gb_per_s", "nvlink"),
    [
        (None, False),
        (32.0, False),  # PCIe 4.0 x16
        (128.0, False),  # PCIe 6.0 x16
        (150.0, True),  # NVLink 2 of a V100
        (900.0, True),
    ],
)
def test_nvlink_is_faster_than_any_pcie(
    catalog: Catalog, link_gb_per_s: float | None, nvlink: bool
) -> None:
    assert replace(catalog.gpu("L4"), link_gb_per_s=link_gb_per_s).has_nvlink == nvlink


def test_buffers_outside_pytorch_depend_on_nvlink(catalog: Catalog) -> None:
    model = catalog.model("Mistral-7B-Instruct-v0.2")

    def outside_pytorch_gib(link_gb_per_s: float) -> float:
        gpu = replace(catalog.gpu("A100 80GB"), link_gb_per_s=link_gb_per_s)
        engine = EngineConfig(version="0.26.0")  # later ones count more than buffers
        return estimate(Deployment(gpu, 2, model, "none", engine)).non_torch_gib

    assert outside_pytorch_gib(128.0) == outside_pytorch_gib(32.0)
    assert outside_pytorch_gib(300.0) > outside_pytorch_gib(128.0)


def test_a_compute_capability_is_written_as_by_nvidia(catalog: Catalog) -> None:
    assert catalog.gpu("L4").capability_text == "8.9"
    assert catalog.gpu("B200").capability_text == "10.0"


def test_an_rtx_5090_d_has_the_share_of_an_rtx_5090_that_nvidia_states(catalog: Catalog) -> None:
    export, full = catalog.gpu("RTX 5090 D"), catalog.gpu("RTX 5090")
    assert export.fp16_tflops / full.fp16_tflops == pytest.approx(2_375 / 3_352, rel=1e-3)
    assert export.fp8_tflops == pytest.approx(2 * export.fp16_tflops, rel=1e-3)


def test_an_rtx_2000_ada_reads_its_memory_as_fast_as_nvidia_states(catalog: Catalog) -> None:
    assert catalog.gpu("RTX 2000 Ada").bandwidth_gb_per_s == 224  # 128 bit x 14 Gbit/s
