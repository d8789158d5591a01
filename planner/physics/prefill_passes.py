"""How often an engine goes over prompts alone: what requests pay that do not come together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PROMPTS_ALONE = 0.4
"""Of the prompts that arrive while others are answered, those that share their pass with none.
With 32 tokens in and 16 out (S02, vLLM 0.4 and 0.6) it is about 0.4 for 6 requests and 0.25 for
30; of 0.3 to 0.5, forecasts of sources that are left out are nearest with this."""


def prefill_passes(prompts_apart: bool, running: Array, together: bool = False) -> Array:
    """Passes for prompts alone that one request causes, C' of which run, shape (n,).

    None where steps take prompts beside decoding sequences, as in vLLM's V1 engine and in
    chunked prefill (docs.vllm.ai/en/stable/configuration/optimization, read 2026-11-25).
    Elsewhere a step is for the one or the other, and prompts share it if they come together:
    1 / C' a request where all do (``together``), one for each where none does, and
    between where requests follow each other without end. That a pass holds only so many
    tokens is left out: long prompts take far longer than a pass over the weights.
    """
    if not prompts_apart:
        return np.zeros_like(running)
    shared = 1.0 / running
    return shared if together else shared + PROMPTS_ALONE * (1.0 - shared)
