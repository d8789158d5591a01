"""The sizes that a replica may have: GPUs, pipeline stages and machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.money.own_stock import stock_of
from planner.vllm.compatibility import tensor_parallel_of
from planner.vllm.memory import MOST_MACHINES

TENSOR_PARALLEL_SIZES = (1, 2, 4, 8)
"""GPUs of a replica, or of a stage: powers of two up to a machine of eight, as they are sold."""


@dataclass(frozen=True, slots=True)
class ReplicaSize:
    """GPUs of a replica, and the pipeline stages and machines that they are divided into."""

    gpus: int
    stages: int
    machines: int = 1


ONE_GPU = ReplicaSize(1, 1)


def sizes_on_one_machine(model: ModelSpec, stages: int | None) -> Iterator[ReplicaSize]:
    """The sizes to consider, the fewest GPUs first.

    ``stages`` are those that the scenario states; else they are what tensor parallelism cannot
    divide, as it is faster.
    """
    for size in TENSOR_PARALLEL_SIZES:
        if stages is not None:
            yield ReplicaSize(size * stages, stages)
        else:
            yield ReplicaSize(size, size // tensor_parallel_of(model, size))


def sizes_on_machines(model: ModelSpec, stages: int | None, each: int) -> Iterator[ReplicaSize]:
    """The sizes with ``each`` GPUs of several machines, the fewest machines first.

    Tensor parallelism is within a machine, the pipeline is over machines. Source: docs.vllm.ai,
    "Parallelism and Scaling" (read 2026-11-28).
    """
    for machines in range(2, MOST_MACHINES + 1):
        found = stages or machines * (each // tensor_parallel_of(model, each))
        gpus = machines * each
        if found % machines == 0 and gpus % found == 0 and found <= model.layers:
            yield ReplicaSize(gpus, found, machines)


def machines_to_join(offers: Iterable[PriceOffer]) -> dict[int, list[PriceOffer]]:
    """The largest machines to rent, and the largest of each own stock, by the GPUs used of each."""
    by_stock: dict[str | None, list[PriceOffer]] = {}
    for offer in offers:
        by_stock.setdefault(stock_of(offer), []).append(offer)
    found: dict[int, list[PriceOffer]] = {}
    for of_stock in by_stock.values():
        each = max(map(_gpus_used, of_stock))
        found.setdefault(each, []).extend(one for one in of_stock if _gpus_used(one) == each)
    return found


def _gpus_used(offer: PriceOffer) -> int:
    """The GPUs of a machine that a replica over several of them uses."""
    return max(size for size in TENSOR_PARALLEL_SIZES if size <= offer.gpu_count)
