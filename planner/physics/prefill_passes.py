"""Engine passes over prompts alone, which requests need that do not arrive together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PROMPTS_ALONE = 0.4
"""Share of the prompts that share their pass with no other, among those that arrive while others
are answered. With 32 tokens in and 16 out (S02, vLLM 0.4 and 0.6) it is about 0.4 for 6 requests
and 0.25 for 30. Of 0.3 to 0.5, this gives the smallest errors on sources that are left out."""


def prefill_passes(prompts_apart: bool, running: Array, together: bool = False) -> Array:
    """Passes for prompts alone that one request causes while C' requests run, shape (n,).

    Zero if steps take prompts beside decoding sequences, as in vLLM's V1 engine and in
    chunked prefill (docs.vllm.ai/en/stable/configuration/optimization, read 2026-11-25).
    Otherwise a step is for prompts or for decoding, and prompts share it if they arrive
    together: 1 / C' a request if all do (``together``), one for each if none does, and a value
    between under a steady load. That a pass holds a limited number of tokens is neglected:
    long prompts take far longer than a pass over the weights.
    """
    if not prompts_apart:
        return np.zeros_like(running)
    shared = 1.0 / running
    return shared if together else shared + PROMPTS_ALONE * (1.0 - shared)
