"""The number of CUDA graphs by version, from vLLM's logs."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.vllm.cuda_graphs import cuda_graph_gib
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.version_rules import rules_for


@pytest.mark.parametrize(
    ("version", "graphs"),
    [
        ("0.7.2", 35),  # vllm-project/vllm issue 15228
        ("0.8.5", 67),  # issue 12529: every 8th size to 512
        ("0.11.0", 67 + 35),
        ("0.12.0", 51 + 35),  # issue 29955; pull 46389: 51 piecewise, 35 whole
    ],
)
def test_graphs_of_256_sequences(catalog: Catalog, version: str, graphs: int) -> None:
    model = catalog.model("Qwen3-8B")
    engine = EngineConfig(version=version, max_num_seqs=256)
    found = Deployment(catalog.gpu("A100 80GB"), 1, model, "none", engine)
    rules = rules_for(version)
    assert cuda_graph_gib(found, rules) == pytest.approx(graphs * 36 * 0.25 / 1024)
    eager = Deployment(
        found.gpu, 1, model, "none", EngineConfig(version=version, enforce_eager=True)
    )
    assert cuda_graph_gib(eager, rules) == 0.0


def test_the_second_runner_counts_a_mebibyte_for_each_whole_graph(catalog: Catalog) -> None:
    engine = EngineConfig(version="0.29.0", max_num_seqs=256)
    found = Deployment(catalog.gpu("L40S"), 1, catalog.model("Qwen3-14B"), "none", engine)
    # 51 sizes of pieces x 40 layers x 0.25 MiB + 35 whole ones; 0.51 and 0.54 GiB in two logs of
    # samilazrak/vllm-optimization-lab
    assert cuda_graph_gib(found, rules_for("0.29.0")) == pytest.approx((510 + 35) / 1024)
