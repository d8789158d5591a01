"""A network as the sum of its layers: what each weighs, and what it keeps of a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from planner.catalog.weight_module import Module

Keeps = Literal["tokens", "window", "state", "nothing"]
"""What a layer keeps of a sequence: keys and values of all tokens or of the last ones, a state of
one size for any length, or nothing."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. ``state_bytes`` is the state of one sequence, over all GPUs; 0 without one."""

    modules: tuple[Module, ...]
    keeps: Keeps
    state_bytes: int = 0


@dataclass(frozen=True)
class Network:
    """All weights of a language model.

    ``experts`` and ``active_experts`` are those of a layer with routed experts; None without.
    """

    outer: tuple[Module, ...]
    layers: tuple[Layer, ...]
    experts: int | None = None
    active_experts: int | None = None

    def modules(self) -> Iterator[Module]:
        """Every module, those of layers under the layer's name."""
        yield from self.outer
        for number, layer in enumerate(self.layers):
            for module in layer.modules:
                yield module.of_layer(number)

    @cached_property
    def params(self) -> int:
        """Number of all weights."""
        return sum(module.params for module in self._all())

    @cached_property
    def active_params(self) -> int:
        """Number of weights that one token uses: of the routed experts only the chosen."""
        if self.experts is None or self.active_experts is None:
            return self.params
        routed = sum(module.params for module in self._all() if module.part == "experts")
        return self.params - routed * (self.experts - self.active_experts) // self.experts

    @cached_property
    def embedding_params(self) -> int:
        """Number of weights of the input embedding and, if not tied, of the output head."""
        return sum(module.params for module in self.outer if module.part in ("embedding", "head"))

    def count(self, keeps: Keeps) -> int:
        """Number of layers that keep this of a sequence."""
        return sum(layer.keeps == keeps for layer in self.layers)

    def _all(self) -> Iterator[Module]:
        yield from self.outer
        for layer in self.layers:
            yield from layer.modules
