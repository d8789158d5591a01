"""What the published measurements behind a forecast share with its deployment, and what not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from planner.learning.from_measurements import Observed
from planner.learning.random_effects import Labels, labels_of, shape_of, silicon_of
from planner.vllm.deployment import Deployment

SAME_SIZE = 1.25
"""Models are of one size if their parameters differ by at most this factor: 7 and 8 billion are,
8 and 13 are not. For the words, and for what counts as measured in a plan; the forecast goes by
the model's shape."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Numbers of published measurements by what they share with a deployment.

    ``gpu`` are those of its GPU, ``quantization`` are those of them with its quantization. All
    other numbers are of these, or, if none has the quantization, of all on the GPU: of a model
    of the same shape, of the same size (same shape included), on as many GPUs, of the same
    engine generation (None if the deployment states no version), with the same KV cache
    format, and with all of these. ``of_kind`` are those of a model of this size with its
    quantization on as many GPUs. ``engines`` are the generations that ``engine_stated`` of
    them state.
    """

    gpus_asked: int
    gpu: int
    quantization: int
    model_shape: int
    model_size: int
    gpu_count: int
    engine: int | None
    kv_format: int
    alike: int
    of_kind: int
    engine_stated: int
    engines: tuple[str, ...]

    @property
    def counted(self) -> int:
        """The number of measurements that the numbers after ``quantization`` are of."""
        return self.quantization or self.gpu


@dataclass(frozen=True, slots=True)
class _Kind:
    """What measurements of one kind have in common."""

    quantization: str
    shape: str
    params: float
    gpu_count: int
    engine: str
    kv_format: str


class PublishedMeasurements:
    """Numbers of published measurements by GPU and kind."""

    def __init__(self, published: Iterable[Observed]) -> None:
        self._kinds: dict[str, Counter[_Kind]] = {}
        self._found: dict[tuple[object, ...], Provenance] = {}
        groups: dict[int, list[Observed]] = {}
        for row in published:  # rows of one run share their labels, and a kind takes a while
            groups.setdefault(id(row.observation.labels), []).append(row)
        for rows in groups.values():
            labels = rows[0].observation.labels
            kinds = self._kinds.setdefault(labels.gpu, Counter())
            kinds[_kind(rows[0].deployment, labels)] += len(rows)

    def provenance(self, deployment: Deployment) -> Provenance:
        """What they share with ``deployment``, cached: a plan asks once for each price offer."""
        model, engine = deployment.model, deployment.engine
        key = (
            *(deployment.gpu.name, deployment.gpu_count, model.hf_id, model.params),
            *(deployment.quantization, engine.version, engine.kv_cache_dtype),
        )
        if key not in self._found:
            mine = _kind(deployment, labels_of(deployment))
            self._found[key] = self._counted(silicon_of(deployment.gpu), mine)
        return self._found[key]

    def _counted(self, gpu: str, mine: _Kind) -> Provenance:
        on_gpu = self._kinds.get(gpu, Counter())
        same_weights = Counter(
            {kind: n for kind, n in on_gpu.items() if kind.quantization == mine.quantization}
        )
        pool = same_weights or on_gpu

        def number(*shared: str) -> int:
            return sum(n for kind, n in pool.items() if all(_shares(kind, mine, s) for s in shared))

        asks_engine = ("engine",) if mine.engine else ()
        return Provenance(
            gpus_asked=mine.gpu_count,
            gpu=on_gpu.total(),
            quantization=same_weights.total(),
            model_shape=number("shape"),
            model_size=number("size"),
            gpu_count=number("gpu_count"),
            engine=number("engine") if mine.engine else None,
            kv_format=number("kv_format"),
            alike=number("quantization", "shape", "gpu_count", "kv_format", *asks_engine),
            of_kind=number("quantization", "size", "gpu_count"),
            engine_stated=sum(n for kind, n in pool.items() if kind.engine),
            engines=tuple(sorted({kind.engine for kind in pool if kind.engine}, key=_age)),
        )


def _shares(kind: _Kind, mine: _Kind, what: str) -> bool:
    if what == "size":
        ratio = kind.params / mine.params
        return kind.shape == mine.shape or 1.0 / SAME_SIZE <= ratio <= SAME_SIZE
    return bool(getattr(kind, what) == getattr(mine, what))


def _kind(deployment: Deployment, labels: Labels) -> _Kind:
    return _Kind(
        quantization=deployment.quantization,
        shape=shape_of(deployment.model),
        params=deployment.model.params,
        gpu_count=deployment.gpu_count,
        engine=labels.engine,
        kv_format=labels.kv_format,
    )


def _age(generation: str) -> tuple[bool, str]:
    """Sorts ``before 0.6`` first and ``from 0.12`` last."""
    return generation.startswith("from"), "" if generation.startswith("before") else generation
