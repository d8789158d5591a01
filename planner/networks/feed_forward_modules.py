"""The weights of one feed-forward layer: a dense block, or routed experts."""

from __future__ import annotations

from dataclasses import dataclass

from planner.networks.weight_module import Module, matrix, vectors


@dataclass(frozen=True, slots=True)
class ExpertShape:
    """Routed experts of a layer.

    ``latent_size`` is the width that tokens are projected to before the experts, None if the
    experts take the hidden size. ``width`` is that of one expert, ``shared_width`` that of the
    expert that every token uses; 0 without one. ``shared_gate`` means that a gate weighs the
    shared expert. ``routed_to_nothing`` are choices of the router that compute nothing (LongCat).
    """

    experts: int
    active: int
    width: int
    shared_width: int = 0
    shared_gate: bool = False
    router_bias: bool = False
    latent_size: int | None = None
    routed_to_nothing: int = 0


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
    inputs = s.latent_size or hidden
    choices = s.experts + s.routed_to_nothing
    one = sum(module.params for module in dense_block(inputs, s.width, gated, bias))
    modules = [
        Module(f"{prefix}.gate", choices * (hidden + s.router_bias), "router"),
        Module(f"{prefix}.experts.0.down_proj", s.experts * one, "experts"),
    ]
    if s.latent_size:
        modules.append(matrix(f"{prefix}.fc1_latent_proj", "dense", hidden, s.latent_size))
        modules.append(matrix(f"{prefix}.fc2_latent_proj", "dense", s.latent_size, hidden))
    if s.shared_width:
        modules += dense_block(hidden, s.shared_width, gated, bias, f"{prefix}.shared_experts")
    if s.shared_width and s.shared_gate:
        modules.append(vectors(f"{prefix}.shared_expert_gate", hidden))
    return tuple(modules)
