"""Memory of the CUDA graphs that vLLM captures when it starts.

V0 captures whole decode steps of up to 256 sequences, V1 pieces of steps of up to 512 tokens,
from 0.11.0 both (whole ones to ``max_num_seqs``). Source: vllm-project/vllm,
``_BATCH_SIZES_TO_CAPTURE`` in vllm/worker/model_runner.py (V0) and ``_set_cudagraph_sizes``
in vllm/config (V1), read 2026-11-27.
"""

from __future__ import annotations

from planner.vllm.deployment import Deployment
from planner.vllm.scheduler import is_v1, max_num_seqs_of, uses_second_runner
from planner.vllm.version_rules import EngineRules

_LARGEST_WHOLE_V0 = 256
_LARGEST = 512
_DENSE_UP_TO = 256
"""Beyond, newer versions capture every 16th size instead of every 8th."""


_LEAST_WHOLE_MIB = 1.0
"""``_MIN_PER_GRAPH_BYTES`` in vllm/v1/worker/gpu/cudagraph_utils.py (v0.29.0, read 2026-11-28)."""


def cuda_graph_gib(deployment: Deployment, rules: EngineRules) -> float:
    """GiB per GPU of all CUDA graphs, 0 in eager mode.

    Where the second runner counts graphs it captures two whole ones, and takes the second's memory
    for each of the others. The first leaves room in the pool, so the second's is the least that is
    counted: three logs of 0.29.0 (samilazrak/vllm-optimization-lab, in view) have 0.51 to 0.60 GiB
    for 51 pieces of 40 layers and 35 or 51 whole graphs.
    """
    if deployment.engine.enforce_eager:
        return 0.0
    pieces, whole = _captured_graphs(deployment, rules)
    per_graph = deployment.model.layers * rules.cuda_graph_mib_per_layer
    extrapolated = rules.second_runner_graphs_in_budget and uses_second_runner(deployment, rules)
    per_whole = _LEAST_WHOLE_MIB if extrapolated else per_graph
    return (pieces * per_graph + whole * per_whole) / 1024


def _captured_graphs(deployment: Deployment, rules: EngineRules) -> tuple[int, int]:
    """Numbers of graphs of pieces and of whole steps."""
    sequences = max_num_seqs_of(deployment)
    step = int(rules.cuda_graph_size_step)
    if not is_v1(deployment.gpu, rules):
        return 0, _sizes(min(sequences, _LARGEST_WHOLE_V0), step)
    largest = deployment.engine.max_cudagraph_capture_size or min(2 * sequences, _LARGEST)
    whole = _sizes(min(sequences, largest), step) if rules.whole_cuda_graphs else 0
    return _sizes(largest, step), whole


def _sizes(largest: int, step: int) -> int:
    """Number of sizes up to ``largest``: 1, 2, 4, every 8th, and every ``step``-th beyond 256."""
    small = sum(size <= largest for size in (1, 2, 4))
    return small + min(largest, _DENSE_UP_TO) // 8 + max(0, largest - _DENSE_UP_TO) // step
