"""The prior of the performance model: random effects of the labels that deployments share.

The log-efficiencies eta of a deployment, one per physical term, are a sum of independent
Gaussian effects, one for each of its labels: architecture, GPU, quantization, engine
generation, the source that measured it, and so on. Two deployments are as similar as the
labels that they share. This is a crossed random-effects model (Gelman and Hill, "Data
Analysis Using Regression and Multilevel/Hierarchical Models", ch. 13).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from packaging.version import InvalidVersion, Version

from planner.catalog.gpu import GPU
from planner.physics.efficiency import eta_of
from planner.physics.terms import TERM_NAMES
from planner.vllm.deployment import Deployment

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labels:
    """Categories of a deployment as somebody measured it.

    ``source`` and ``run`` are empty if nobody has measured it yet. An empty label is shared
    with no other deployment.
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


EFFECT_SD_CSV = Path(__file__).parent.parent / "data" / "effect_sd.csv"


def read_effect_sd(path: Path = EFFECT_SD_CSV) -> dict[str, Array]:
    """Standard deviation of each effect on eta, by term, shape (10,) per effect.

    Estimated from the reference measurements by ``python -m
    benchmarks.checks.estimate_effects`` (EM for variance components), which also
    writes the file.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = {row["effect"]: row for row in csv.DictReader(file)}
    return {name: np.array([float(rows[name][term]) for term in TERM_NAMES]) for name in EFFECTS}


PRIOR_MEAN: Array = eta_of(np.array([1.6, 4.0, 1.4, 2.0, 2.0, 3.0, 3.0, 0.05, 4.0, 10.0]))
"""Mean of eta before any measurement.

Prefill at 1 / 1.6 = 62 % of the peak, weights read at 71 % of the bandwidth, 3 ms a step, 4 ms
a request, 10 ms a prefill pass. The prior is weak: the effect "everything" lets each change,
and a few sweeps outweigh it.
"""


def architecture_of(gpu: GPU) -> str:
    """The GPU's generation; consumer and data-centre Ampere (8.6 and 8.0) are two."""
    if gpu.architecture == "Ampere" and gpu.compute_capability != (8, 0):
        return "Ampere 8.6"
    return gpu.architecture


def silicon_of(gpu: GPU) -> str:
    """The GPU's name without its slot.

    An A100 80GB PCIe has the SXM's chip, and measurements that say A100 rarely say which. The
    H100 PCIe has fewer units than the H100 SXM, whose name differs anyway.
    """
    return silicon_name(gpu.name)


def silicon_name(card: str) -> str:
    """A catalogue name without the slot, see ``silicon_of``."""
    return card.removesuffix(" PCIe")


def engine_generation(version: str | None) -> str:
    """vLLM's scheduler and kernel generation, from its release notes.

    Before 0.6 one step at a time in Python; from 0.6 multi-step and Marlin AWQ
    kernels; from 0.8 the V1 engine. "" if the version is not stated.
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
    card = silicon_of(deployment.gpu)
    engine = engine_generation(deployment.engine.version)
    quantization = deployment.quantization
    model = deployment.model.base_model or deployment.model.name
    return Labels(
        architecture=architecture,
        gpu=card,
        quantization=quantization,
        kernel=f"{quantization} on {architecture}",
        engine=engine,
        engine_kernel=f"{quantization} {engine}" if engine else "",
        parallel=_parallel(deployment),
        mode=mode or "online",
        deployment=f"{card} x {deployment.gpu_count}, {model}, {quantization}",
        source=source,
        run=run,
    )


def _parallel(deployment: Deployment) -> str:
    """``alone``, or the number of GPUs and how they are joined."""
    if deployment.gpu_count == 1:
        return "alone"
    link = "NVLink" if deployment.gpu.has_nvlink else "PCIe"
    return f"{min(deployment.gpu_count, 4)} cards over {link}"


LABEL_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Labels))
EFFECTS: tuple[str, ...] = ("everything", *LABEL_NAMES)


@dataclass(frozen=True)
class Effects:
    """Standard deviation of each random effect by term, shape (10,)."""

    sd: dict[str, Array]

    def shared(self, left: Sequence[Labels], right: Sequence[Labels]) -> Array:
        """Prior covariance of eta between deployments, by term, shape (left, right, terms).

        Terms are independent; an empty label is shared with no other.
        """
        total = np.tile(self.sd["everything"] ** 2, (len(left), len(right), 1))
        for name in LABEL_NAMES:
            total += same_label(left, right, name)[:, :, None] * self.sd[name] ** 2
        return total

    def total(self) -> Array:
        """Prior variance of eta of one deployment, shape (terms,), empty labels included."""
        return np.asarray(sum(sd**2 for sd in self.sd.values()))


def same_label(left: Sequence[Labels], right: Sequence[Labels], name: str) -> NDArray[np.bool_]:
    """True if two deployments have the same label and it is not empty, shape (left, right)."""
    a = np.array([getattr(labels, name) for labels in left], dtype=object)
    b = np.array([getattr(labels, name) for labels in right], dtype=object)
    return np.asarray((a[:, None] == b[None, :]) & (a != "")[:, None], dtype=np.bool_)


@lru_cache(maxsize=1)
def packaged_effects() -> Effects:
    """The effects as estimated from the reference measurements."""
    return Effects(read_effect_sd())
