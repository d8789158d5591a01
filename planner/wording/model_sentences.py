"""The shape that a model's name was read as, and the place of each command that starts it."""

from __future__ import annotations

import shlex

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import Kept, ModelSpec
from planner.fleet.plan import FleetItem
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import scenarios_by_model
from planner.vllm.serve_command import FIRST_MACHINE, cluster_commands


def names_read(scenario: Scenario, catalog: Catalog) -> tuple[str, ...]:
    """Sentences on what the name of each model was read as; empty if none needed reading."""
    apart = scenarios_by_model(scenario, catalog)
    said = (read_as(catalog.model(name)) for name in dict.fromkeys(one.model for one in apart))
    return tuple(sentence for sentence in said if sentence is not None)


def read_as(model: ModelSpec) -> str | None:
    """Which shape and format a name was read as; None for a catalogue model's own name."""
    if model.read_as is None:
        return None
    weights = "" if model.native_quantization == "none" else f", {model.native_quantization}"
    images = ", with an image encoder" if model.vision_params else ""
    kept = kept_in_16_bit(model)
    return (
        f"{model.name} is read as {model.read_as}{images}{weights}, by its name."
        f"{'' if kept is None else f' {kept}'}"
    )


def kept_in_16_bit(model: ModelSpec) -> str | None:
    """The parts that the checkpoint of this name keeps in 16 bit; None if none are known."""
    if not model.sixteen_bit_parts:
        return None
    parts = " and ".join(_THE[part] for part in model.sixteen_bit_parts)
    return f"In this checkpoint {parts} stay in 16 bit."


_THE: dict[Kept, str] = {
    "attention": "the attention layers",
    "attention but its output projection": "the attention layers except their output projection",
    "all but the routed experts": "all weights but the routed experts",
    "all but the feed-forward layers": "all weights but the feed-forward layers",
    "first and last layer": "the first and the last layer",
}


def start_steps(item: FleetItem) -> tuple[tuple[str, str], ...]:
    """The commands that start a replica, each after a sentence that says where; one machine has
    a single command, and the sentence is empty.
    """
    machines = item.price_offer.machines
    serve = shlex.join(item.vllm_command)
    if machines == 1:
        return (("", serve),)
    first, others = cluster_commands(machines)
    other = "the other one" if machines == 2 else f"each of the other {machines - 1}"
    return (
        (f"On the first of the {machines} machines of a replica:", first),
        (f"On {other}, with the address of the first for {FIRST_MACHINE}:", others),
        ("Then on the first:", serve),
    )
