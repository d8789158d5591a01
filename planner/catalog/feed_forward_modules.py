"""The weights of one feed-forward layer: a dense block, or routed experts."""

from __future__ import annotations

from dataclasses import dataclass

from planner.catalog.weight_module import Module, matrix, vectors


@dataclass(frozen=True, slots=True)
class ExpertShape:
    """Routed experts of a layer.

    ``width`` is that of one expert, ``shared_width`` that of the expert that every token uses; 0
    without one. ``shared_gate`` means that a gate weighs the shared expert.
    """

    experts: int
    active: int
    width: int
    shared_width: int = 0
    shared_gate: bool = False
    router_bias: bool = False


def dense_block(
    hidden: int, width: int, gated: bool, bias: bool, prefix: str = "mlp"
) -> tuple[Module, ...]:
    """A block of ``width``; if ``gated`` with two projections into it, else with one."""
    gate = (matrix(f"{prefix}.gate_proj", "dense", hidden, width, bias),) if gated else ()
    return (
        *gate,
        matrix(f"{prefix}.up_proj", "dense", hidden, width, bias),
        matrix(f"{prefix}.down_proj", "dense", width, hidden, bias),
    )


def expert_block(
    hidden: int, s: ExpertShape, gated: bool, bias: bool, prefix: str = "mlp"
) -> tuple[Module, ...]:
    """Router, routed experts and shared expert."""
    one = sum(module.params for module in dense_block(hidden, s.width, gated, bias))
    modules = [
        Module(f"{prefix}.gate", hidden * s.experts + s.router_bias * s.experts, "router"),
        Module(f"{prefix}.experts.0.down_proj", s.experts * one, "experts"),
    ]
    if s.shared_width:
        modules += dense_block(hidden, s.shared_width, gated, bias, f"{prefix}.shared_experts")
    if s.shared_width and s.shared_gate:
        modules.append(vectors(f"{prefix}.shared_expert_gate", hidden))
    return tuple(modules)
