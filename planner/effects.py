"""What makes one deployment's efficiency like another's: the prior of the performance model.

The log-efficiencies eta (one per term of the physical basis) of a deployment
are a sum of independent Gaussian effects, one for each label that it carries:
its architecture, its card, its quantization, its engine's generation, the
source that measured it, and so on. Two deployments are alike as far as they
share labels. This is a crossed random-effects model (Gelman and Hill, "Data
Analysis Using Regression and Multilevel/Hierarchical Models", ch. 13).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from packaging.version import InvalidVersion, Version

from planner.basis import TERMS
from planner.catalog import GPU
from planner.deployment import Deployment

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labels:
    """The categories that a deployment, as measured by someone, belongs to.

    ``source`` and ``run`` are empty for a deployment that nobody measured yet:
    an empty label is shared with no other.
    """

    architecture: str
    gpu: str
    quantization: str
    kernel: str
    engine: str
    engine_kernel: str
    parallel: str
    mode: str
    deployment: str
    source: str = ""
    run: str = ""


EFFECT_SD: dict[str, float] = {
    "everything": 1.0,
    "architecture": 0.6,
    "gpu": 0.35,
    "quantization": 0.6,
    "kernel": 0.4,
    "engine": 0.6,
    "engine_kernel": 0.4,
    "parallel": 0.4,
    "mode": 0.4,
    "deployment": 0.3,
    "source": 0.6,
    "run": 0.4,
}
"""Standard deviation of each effect, as a multiple of ``TERM_SD``.

Chosen by leave-one-source-out over the published sweeps (``planner evaluate``).
"""

TERM_SD: Array = np.array([0.35, 0.6, 0.4, 0.6, 0.8, 0.6, 1.0, 1.0])
"""How much the log-efficiency of each term varies between deployments."""

PRIOR_MEAN: Array = np.log(np.array([0.6, 3.0, 0.4, 1.0, 1.0, 3.0, 0.05, 5.0]))
"""Mean of eta before any measurement.

theta = limit + exp(eta): prefill at 1 / 1.6 = 62 % of the peak, weights read at
71 % of the bandwidth, 3 ms a step, 5 ms a request. A weak prior: ``EFFECT_SD``
lets each move by its multiple of ``TERM_SD``, and a few sweeps overrule it.
"""


def architecture_of(gpu: GPU) -> str:
    """The card's generation; consumer and data-centre Ampere (8.6 and 8.0) are two."""
    if gpu.architecture == "Ampere" and gpu.compute_capability != (8, 0):
        return "Ampere 8.6"
    return gpu.architecture


def engine_generation(version: str | None) -> str:
    """vLLM's scheduler and kernel generation, from its release notes.

    Before 0.6 one step at a time in Python; from 0.6 multi-step and Marlin AWQ
    kernels; from 0.8 the V1 engine. "" where the version is not stated.
    """
    if version is None:
        return ""
    try:
        release = Version(version.split()[0].split("+")[0]).release
    except (InvalidVersion, IndexError):
        return ""
    if release < (0, 6):
        return "before 0.6"
    return "0.6 to 0.7" if release < (0, 8) else "from 0.8"


def labels_of(
    deployment: Deployment, mode: str | None = None, source: str = "", run: str = ""
) -> Labels:
    """The labels of a deployment; ``mode`` is ``offline`` or ``online`` (the default)."""
    architecture = architecture_of(deployment.gpu)
    engine = engine_generation(deployment.engine.version)
    quantization = deployment.quantization
    model = deployment.model.base_model or deployment.model.name
    return Labels(
        architecture=architecture,
        gpu=deployment.gpu.name,
        quantization=quantization,
        kernel=f"{quantization} on {architecture}",
        engine=engine,
        engine_kernel=f"{quantization} {engine}" if engine else "",
        parallel=f"TP {min(deployment.gpu_count, 4)}",
        mode=mode or "online",
        deployment=f"{deployment.gpu.name} x {deployment.gpu_count}, {model}, {quantization}",
        source=source,
        run=run,
    )


LABEL_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Labels))


def shared_variance(left: list[Labels], right: list[Labels]) -> Array:
    """Sum over effects of sd^2 where both carry the same label, shape (len(left), len(right)).

    The covariance of eta_k between deployments i and j is
    ``shared_variance[i, j] * TERM_SD[k] ** 2``; terms are independent.
    """
    total = np.full((len(left), len(right)), EFFECT_SD["everything"] ** 2)
    for name in LABEL_NAMES:
        a = np.array([getattr(labels, name) for labels in left], dtype=object)
        b = np.array([getattr(labels, name) for labels in right], dtype=object)
        same = (a[:, None] == b[None, :]) & (a != "")[:, None]
        total += EFFECT_SD[name] ** 2 * same
    return total


def total_variance(labels: Labels) -> float:
    """Variance of eta of one deployment, as a multiple of ``TERM_SD ** 2``.

    Counts every effect, the empty labels too: nobody knows those yet.
    """
    return float(sum(sd**2 for sd in EFFECT_SD.values()))


assert len(TERM_SD) == len(PRIOR_MEAN) == len(TERMS)
