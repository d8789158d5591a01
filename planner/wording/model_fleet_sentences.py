"""Which model runs on which machines, if the classes of a plan take several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from planner.catalog.gpu import gpu_group
from planner.fleet.plan import FleetItem, Option
from planner.fleet.scenario import Scenario
from planner.wording.formatting import counted, probability, usd, weights


def model_fleet_sentences(option: Option) -> tuple[str, ...]:
    """One sentence for each model; empty if there is only one."""
    if not option.of_models:
        return ()
    return (
        "No replica runs two models, so each has machines of its own.",
        *(_sentence(one) for one in option.of_models),
    )


def model_names(option: Option) -> tuple[str, ...]:
    """The model of each fleet, with its weights if another fleet runs it in other ones."""
    models = [one.fleet[0].model for one in option.of_models]
    return tuple(
        model if models.count(model) == 1 else f"{model} ({_weights(one)})"
        for model, one in zip(models, option.of_models, strict=True)
    )


def _weights(option: Option) -> str:
    return " and ".join(dict.fromkeys(weights(item.quantization) for item in option.fleet))


def _sentence(option: Option) -> str:
    model = f"{option.fleet[0].model} ({_weights(option)})"
    return (
        f"{model} serves {classes_served(option.fleet)} on "
        f"{machines(option.fleet)}, at {usd(option.cost_usd_per_year)} a year and "
        f"{probability(option.probability.work)} sure."
    )


def classes_served(fleet: Iterable[FleetItem]) -> str:
    """The classes of documents that are processed there, ``claims and letters``."""
    served = (one.name for item in fleet for one in item.serves if one.share > 0.0)
    return " and ".join(dict.fromkeys(served))


def machines(fleet: Iterable[FleetItem]) -> str:
    """The fleet in words, ``2 x A100 80GB`` or ``3 replicas of 2 x L4``.

    Parts on the same GPU count together.
    """
    replicas = Counter[tuple[str, int]]()
    for item in fleet:
        replicas[item.gpu, item.gpu_count] += item.replicas
    return " + ".join(
        gpu_group(number, gpu)
        if gpu_count == 1
        else f"{counted(number, 'replica')} of {gpu_group(gpu_count, gpu)}"
        for (gpu, gpu_count), number in replicas.items()
    )


def models_of(scenario: Scenario) -> str:
    """The models that the classes take, the first first."""
    models = (one.model or scenario.model for one in scenario.classes)
    return ", ".join(dict.fromkeys(models)) or scenario.model


def quantizations_of(scenario: Scenario) -> str:
    """The quantizations asked for, of each class if they differ."""
    stated = (one.quantization or scenario.quantization for one in scenario.classes)
    asked = dict.fromkeys(stated) or {scenario.quantization: None}
    return ", ".join(one or "any that runs" for one in asked)
