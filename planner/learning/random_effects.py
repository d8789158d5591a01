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

from planner.catalog.gpu import GPU, PROCESSOR
from planner.catalog.model_spec import ModelSpec
from planner.physics.efficiency import WORST, WORST_OF_A_PROCESSOR, eta_of
from planner.physics.terms import TERM_NAMES, Term
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
    era: str
    engine: str
    engine_kernel: str
    parallel: str
    kv_format: str
    mode: str
    network: str
    deployment: str
    source: str = ""
    run: str = ""


LEVEL = "level"
"""Column of the effect on all terms alike."""

EFFECT_SD_CSV = Path(__file__).parent.parent / "data" / "effect_sd.csv"


def read_effect_sd(path: Path = EFFECT_SD_CSV) -> dict[str, Array]:
    """Standard deviation of each effect on eta, by term, shape (K,) per effect.

    Estimated from the reference measurements by ``python -m
    benchmarks.checks.estimate_effects`` (EM for variance components), which also
    writes the file.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = {row["effect"]: row for row in csv.DictReader(file)}
    columns = (*TERM_NAMES, LEVEL)
    return {name: np.array([float(rows[name][column]) for column in columns]) for name in EFFECTS}


PRIOR_THETA = (1.6, 4.0, 1.4, 2.0, 2.0, 3.0, 3.0, 0.05, 4.0, 10.0, 0.01)
PRIOR_MEAN: Array = eta_of(np.array(PRIOR_THETA))
"""Mean of eta before any measurement, if the engine generation is not known.

Prefill at 1 / 1.6 = 62 % of the peak, weights read at 71 % of the bandwidth, 3 ms a step, 4 ms
a request, 10 ms a prefill pass, 10 microseconds an all-reduce over NVLink. The prior is weak: the
effect "everything" lets each change, and a few sweeps outweigh it.
"""


def architecture_of(gpu: GPU) -> str:
    """The GPU's generation; consumer and data-centre Ampere (8.6 and 8.0) are two."""
    if gpu.architecture == "Ampere" and gpu.compute_capability != (8, 0):
        return "Ampere 8.6"
    if gpu.architecture == "Blackwell" and gpu.compute_capability >= (12, 0):
        return "Blackwell 12.0"
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
    kernels; from 0.8 the V1 engine; from 0.12 less time per step in what was
    published. "" if no release is stated.
    """
    if version is None:
        return ""
    try:
        release = Version(version.split()[0].split("+")[0]).release
    except (InvalidVersion, IndexError):
        return ""
    if release < (0, 6):
        return "before 0.6"
    if release < (0, 8):
        return "0.6 to 0.7"
    return "0.8 to 0.11" if release < (0, 12) else "from 0.12"


def era_of(generation: str) -> str:
    """Which of vLLM's two engines a generation has: ``V0`` or ``V1``, "" if it is not stated."""
    if not generation:
        return ""
    return "V1" if generation in ("0.8 to 0.11", "from 0.12") else "V0"


def labels_of(
    deployment: Deployment, mode: str | None = None, source: str = "", run: str = ""
) -> Labels:
    """The labels of a deployment; ``mode`` is ``offline`` or ``online`` (the default)."""
    architecture = architecture_of(deployment.gpu)
    card = silicon_of(deployment.gpu)
    engine = engine_generation(deployment.engine.version)
    quantization = deployment.quantization
    experts = "dense" if deployment.model.experts is None else "experts"
    network = network_kind(deployment.model)
    return Labels(
        architecture=architecture,
        gpu=card,
        quantization=quantization,
        kernel=f"{quantization} {experts} on {architecture}",
        era=era_of(engine),
        engine=engine,
        engine_kernel=f"{quantization} {engine}" if engine else "",
        parallel=_parallel(deployment),
        kv_format=_kv_format(deployment, era_of(engine)),
        mode=mode or "online",
        network=network,
        deployment=f"{card} x {deployment.gpu_count}, {shape_of(deployment.model)}, {quantization}",
        source=source,
        run=run,
    )


def network_kind(model: ModelSpec) -> str:
    """How the layers mix tokens: what other networks have, its kernels do not tell about it."""
    if model.state_layers:
        return "states and attention"
    if model.latent_values is not None:
        return "sparse latent attention" if model.index_head_dim else "latent attention"
    return "attention"


def shape_of(model: ModelSpec) -> str:
    """Sizes that decide a model's speed: fine-tunes and renamed copies of a model share them."""
    sizes = (
        model.layers,
        model.hidden_size,
        model.intermediate_size,
        model.attention_heads,
        model.kv_heads,
        model.head_dim,
        model.experts,
        model.active_experts,
    )
    return "-".join(str(size or 0) for size in sizes)


def _kv_format(deployment: Deployment, era: str) -> str:
    """KV cache in 16 bit, or FP8 by GPU generation and era: before 8.9 it is emulated."""
    if not deployment.engine.kv_cache_dtype.startswith("fp8"):
        return "16 bit"
    return f"fp8 on {architecture_of(deployment.gpu)}, {era}"


def _parallel(deployment: Deployment) -> str:
    """``alone``, or the number of GPUs and how they are joined."""
    if deployment.gpu_count == 1:
        return "alone"
    link = "NVLink" if deployment.gpu.has_nvlink else "PCIe"
    return f"{deployment.gpu_count} cards over {link}"


LABEL_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Labels))
EFFECTS: tuple[str, ...] = ("everything", *LABEL_NAMES)


@dataclass(frozen=True)
class Effects:
    """Standard deviations of each random effect: on each of K terms, then on the level of all."""

    sd: dict[str, Array]

    def shared(self, left: Sequence[Labels], right: Sequence[Labels]) -> Array:
        """Prior covariance between deployments, shape (left, right, K + 1).

        The first K are by term and independent of each other; the last is added to every pair
        of terms. An empty label is shared with no other deployment.
        """
        total = np.tile(self.sd["everything"] ** 2, (len(left), len(right), 1))
        for name in LABEL_NAMES:
            total += same_label(left, right, name)[:, :, None] * self.sd[name] ** 2
        return total

    def total(self) -> Array:
        """Prior variances of one deployment, shape (K + 1,), empty labels included."""
        return np.asarray(sum(sd**2 for sd in self.sd.values()))


STEP_OVERHEAD_MS: dict[str, float] = {
    "before 0.6": 7.0,
    "0.6 to 0.7": 5.0,
    "0.8 to 0.11": 2.0,
    "from 0.12": 2.0,
    "V0": 5.0,
    "V1": 2.0,
}
"""Prior overhead of a step in ms per 32 layers, by engine generation, else by era.

For Llama-3-8B on one H100 vLLM 0.5.3 computes on the GPU in 38 % of the time, about 6 ms a step
(vLLM blog, 2024-09-05, on 0.6.0): the other 62 % are 10 ms, of which the API server's third is
mostly per token. 0.6 took the API server out of the way. The V1 engine schedules in a process of
its own and keeps its batch (vLLM blog, 2025-01-27); CUDA graphs still launch about 60
microseconds a layer."""


def prior_mean(labels: Labels) -> Array:
    """Mean of eta before any measurement, shape (K,), see ``PRIOR_MEAN``."""
    mean = PRIOR_MEAN.copy()
    generation = labels.engine or labels.era
    if generation in STEP_OVERHEAD_MS:
        mean[Term.STEP_OVERHEAD] = np.log(STEP_OVERHEAD_MS[generation])
    return mean


def worst_of(labels: Labels) -> float:
    """Upper bound of theta for terms with a physical limit, see ``physics.efficiency``."""
    return WORST_OF_A_PROCESSOR if labels.architecture == PROCESSOR else WORST


def by_pairs(variances: Array) -> Array:
    """Covariance of all terms (..., K, K) from the K variances by term and that of the level."""
    terms, level = variances[..., :-1], variances[..., -1]
    return np.asarray(terms[..., :, None] * np.eye(terms.shape[-1]) + level[..., None, None])


def same_label(left: Sequence[Labels], right: Sequence[Labels], name: str) -> NDArray[np.bool_]:
    """True if two deployments have the same label and it is not empty, shape (left, right)."""
    a = np.array([getattr(labels, name) for labels in left], dtype=object)
    b = np.array([getattr(labels, name) for labels in right], dtype=object)
    return np.asarray((a[:, None] == b[None, :]) & (a != "")[:, None], dtype=np.bool_)


@lru_cache(maxsize=1)
def packaged_effects() -> Effects:
    """The effects as estimated from the reference measurements."""
    return Effects(read_effect_sd())
