"""A network as the sum of its layers: what each weighs, and what it keeps of a sequence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from planner.networks.weight_module import Module

Keeps = Literal["tokens", "window", "nothing"]
"""Which keys and values a layer keeps of a sequence: those of all tokens, of the last, or none."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer. ``state_bytes`` is the state that it keeps of a sequence, over all GPUs.

    ``drafted_state_bytes`` are added to it for each token that speculative decoding proposes.
    """

    modules: tuple[Module, ...]
    keeps: Keeps
    state_bytes: int = 0
    drafted_state_bytes: int = 0


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
        """Number of weights that one token uses: of the routed experts only the chosen.

        Embeddings for each layer, of which a token takes one row each, do not count.
        """
        used = self.params - sum(m.params for m in self.outer if m.part == "lookup")
        if self.experts is None or self.active_experts is None:
            return used
        routed = sum(module.params for module in self._all() if module.part == "experts")
        return used - routed * (self.experts - self.active_experts) // self.experts

    @cached_property
    def embedding_params(self) -> int:
        """Number of weights of the embeddings and, if not tied, of the output head."""
        parts = ("embedding", "lookup", "head")
        return sum(module.params for module in self.outer if module.part in parts)

    def count(self, keeps: Keeps) -> int:
        """Number of layers that keep these keys and values."""
        return sum(layer.keeps == keeps for layer in self.layers)

    @property
    def states(self) -> tuple[int, ...]:
        """Bytes of each layer's state, of those that have one."""
        return tuple(layer.state_bytes for layer in self.layers if layer.state_bytes)

    @property
    def drafted_state_bytes(self) -> int:
        """Bytes that a proposed token adds to a layer's state, the most of all layers."""
        return max(layer.drafted_state_bytes for layer in self.layers)

    @property
    def linear_attention_params(self) -> int:
        """Number of weights of all gated delta nets, as checkpoints name them."""
        return sum(m.params for m in self._all() if m.name.startswith("linear_attn."))

    def _all(self) -> Iterator[Module]:
        yield from self.outer
        for layer in self.layers:
            yield from layer.modules
