"""The weight matrices of a network, under the names that checkpoints give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["embedding", "head", "mixer", "dense", "experts", "router", "vectors"]
"""What a module is: the input embedding, the output head, attention or another mixer of tokens,
a feed-forward block that every token uses, the routed experts, their router, or norms."""


@dataclass(frozen=True, slots=True)
class Module:
    """Weights that are quantized together, or not at all.

    ``name`` is that of the checkpoint; within a layer without the layer's own. The
    routed experts of a layer are one module, named after the first of them.
    """

    name: str
    params: int
    part: Part

    def of_layer(self, number: int) -> Module:
        """The same module with the name that it has in layer ``number``."""
        return Module(f"layers.{number}.{self.name}", self.params, self.part)


def matrix(name: str, part: Part, inputs: int, outputs: int, bias: bool = False) -> Module:
    """A linear layer."""
    return Module(name, inputs * outputs + bias * outputs, part)


def vectors(name: str, params: int) -> Module:
    """Norms, sinks, gates and other weights that no scheme quantizes."""
    return Module(name, params, "vectors")
