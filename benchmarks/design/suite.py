"""A suite: either a range from which the design chooses points, or analyses with fixed points."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from benchmarks.design.points import LoadPoint
from planner.catalog.model_spec import Quantization
from planner.errors import InputError

FOLDER = Path(__file__).parent / "suites"
SUITES: tuple[str, ...] = ("quick", "standard", "article")
Method = Literal["online", "latency", "throughput", "transformers"]
"""``online`` sends requests to a server. ``latency`` measures single batches and ``throughput``
one batch after another, both offline. ``transformers`` is ``throughput`` without vLLM's engine."""


class _StrictModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DesignedRange(_StrictModel):
    """Number of ``points`` to choose; around the scenario's workload if no lengths are given."""

    points: PositiveInt
    input_tokens: tuple[PositiveInt, ...] = ()
    output_tokens: tuple[PositiveInt, ...] = ()
    concurrency: tuple[PositiveInt, ...] = ()


class Analysis(_StrictModel):
    """Every combination of its lists; the concurrency increases within each pair of lengths."""

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    title: str
    methods: tuple[Method, ...]
    quantizations: tuple[Quantization, ...]
    every_gpu: bool = False
    input_tokens: tuple[PositiveInt, ...]
    output_tokens: tuple[PositiveInt, ...]
    concurrency: tuple[PositiveInt, ...]

    @property
    def points(self) -> tuple[LoadPoint, ...]:
        lists = (self.input_tokens, self.output_tokens, self.concurrency)
        return tuple(LoadPoint(*values) for values in product(*lists))


class Suite(_StrictModel):
    """Has exactly one of ``design`` and ``analyses``."""

    summary: str
    design: DesignedRange | None = None
    analyses: tuple[Analysis, ...] = ()

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Suite:
        if (self.design is None) == (not self.analyses):
            raise ValueError("give either a design or analyses")
        return self


def read_suite(name: str) -> Suite:
    """The suite of that name. Raises InputError if there is none."""
    if name not in SUITES:
        raise InputError(
            f"suite {name[:80]!r} is unknown: choose one of {', '.join(SUITES)}",
            field="suite",
        )
    text = (FOLDER / f"{name}.yaml").read_text("utf-8")
    return Suite.model_validate(yaml.safe_load(text))
