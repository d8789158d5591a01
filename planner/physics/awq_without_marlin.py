"""What AWQ's first kernel reads again, in vLLM before 0.5.3 and on cards without Marlin.

The kernel multiplies 16 rows at a time, and each block of threads reads and expands the weights
for its own 16: the weights are read once for every 16 rows of a pass. Long passes write the
weights out in 16 bit instead and multiply those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ROWS_OF_A_TILE = 16.0
"""Rows that share one reading of the weights: the grid has (M + 15) / 16 blocks for M rows, each
with its own loads of the weights (vllm-project/vllm, ``gemm_forward_4bit_cuda_m16nXk32`` in
csrc/quantization/awq/gemm_kernels.cu, read 2026-11-28)."""

EXPANDED_FROM_ROWS = 256.0
"""Rows of a pass from which the weights are written out in 16 bit and multiplied by cuBLAS
(vllm-project/vllm, ``AWQLinearMethod.apply`` in model_executor/layers/quantization/awq.py, read
2026-11-28)."""

_WRITTEN_AND_READ = 2.0


@dataclass(frozen=True, slots=True)
class TiledWeights:
    """Bytes of the packed weights over all GPUs, as stored and in 16 bit."""

    packed_bytes: float
    sixteen_bit_bytes: float

    def bytes_beyond_one_read(self, rows: Array) -> Array:
        """Bytes that a pass over ``rows`` rows moves in addition to reading its weights once.

        A mean between two whole numbers is so often the one and so often the other.
        """
        below = np.floor(rows + 1e-9)
        share_above = np.clip(rows - below, 0.0, 1.0)
        at_below, at_above = self._beyond(below), self._beyond(below + 1.0)
        return np.asarray((1.0 - share_above) * at_below + share_above * at_above)

    def _beyond(self, rows: Array) -> Array:
        tiles = np.maximum(np.ceil(rows / ROWS_OF_A_TILE), 1.0)
        read_again = self.packed_bytes * (tiles - 1.0)
        expanded = _WRITTEN_AND_READ * self.sixteen_bit_bytes
        return np.where(rows >= EXPANDED_FROM_ROWS, expanded, read_again)
