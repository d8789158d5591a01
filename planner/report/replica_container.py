"""The container that runs a replica of the recommended fleet, whatever starts it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import yaml

from planner.catalog.gpu import gpu_group
from planner.catalog.names import is_path
from planner.fleet.plan import FleetItem, Plan
from planner.report.pdf_safe_text import literal
from planner.vllm.serve_command import FIRST_MACHINE, OWN_CHECKPOINT, cluster_commands

PORT = 8000
"""vLLM's default port."""

IMAGE = "vllm/vllm-openai"
"""The image that the vLLM project publishes (vLLM documentation, "Using Docker")."""

ENTRYPOINT = ("vllm", "serve")
"""Stated because the image's own entry point changed between versions."""

CACHE = "/root/.cache/huggingface"
"""Where the image keeps weights that it downloads (vLLM documentation, "Using Docker")."""

HEALTH = "/health"
"""Answers with 200 once the model is loaded (vLLM documentation, "Using Kubernetes")."""

START_S = 1200
"""Seconds allowed for the download and the start: SkyServe's default initial delay."""

_FOLDERS = "/models"
_LONGEST_NAME = 50


@dataclass(frozen=True, slots=True)
class ReplicaContainer:
    """A fleet item's replicas in containers.

    ``arguments`` follow ``ENTRYPOINT``. ``folder`` is the path of a checkpoint on the user's
    disk, None if the weights are downloaded; the container finds it at ``mounted_at``.
    ``name`` is a DNS label. ``spares`` of the ``replicas`` are beyond the need.
    """

    name: str
    image: str
    arguments: tuple[str, ...]
    folder: str | None
    mounted_at: str
    item: FleetItem
    per_machine: int
    spares: int

    @property
    def replicas(self) -> int:
        return self.item.replicas


def replica_containers(plan: Plan) -> tuple[ReplicaContainer, ...]:
    """The containers of the recommended fleet; none if nothing is recommended."""
    if plan.recommended is None:
        return ()
    fleet = plan.recommended.fleet
    names = _names([f"vllm-{item.gpu}" for item in fleet])
    version = plan.scenario.engine_version
    return tuple(_container(item, name, version) for item, name in zip(fleet, names, strict=True))


def _container(item: FleetItem, name: str, version: str | None) -> ReplicaContainer:
    model, *options = item.vllm_command[len(ENTRYPOINT) :]
    folder = _folder(model)
    mounted_at = f"{_FOLDERS}/{PurePosixPath(folder or model).name}"
    per_machine = max(1, min(item.price_offer.gpu_count // item.gpu_count, item.replicas))
    return ReplicaContainer(
        name=name,
        image=f"{IMAGE}:{_tag(version)}",
        arguments=(model if folder is None else mounted_at, *options),
        folder=folder,
        mounted_at=mounted_at,
        item=item,
        per_machine=per_machine,
        spares=min(item.spare_instances * per_machine, item.replicas - 1),
    )


def _folder(model: str) -> str | None:
    """The folder of a checkpoint; a placeholder's is beside the file. None for an id."""
    if model.startswith(OWN_CHECKPOINT):
        return model
    if not is_path(model):
        return None
    path = os.path.abspath(os.path.expanduser(model))
    return os.path.dirname(path) if path.endswith(".json") else path


def _tag(version: str | None) -> str:
    """The tag of a release: ``v0.11.0``; ``latest`` if the plan is for no particular one."""
    if version is None:
        return "latest"
    return "v" + re.sub("[^0-9A-Za-z._-].*", "", version.strip().removeprefix("v"))


def _names(texts: Sequence[str]) -> list[str]:
    """A DNS label (RFC 1123) for each text, all different."""
    labels: list[str] = []
    for text in texts:
        label = re.sub("[^a-z0-9]+", "-", text.lower())[:_LONGEST_NAME].strip("-")
        same = sum(known == label or known.startswith(f"{label}-no-") for known in labels)
        labels.append(f"{label}-no-{same + 1}" if same else label)
    return labels


def start_script(plan: Plan, container: ReplicaContainer) -> str:
    """A script that starts a replica on several machines, or joins another machine to it.

    Compose starts the containers of one machine and a Deployment pods that know nothing of each
    other: neither makes one engine of several machines.
    """
    item = container.item
    first, others = cluster_commands(item.price_offer.machines)
    join = others.replace(FIRST_MACHINE, '"$1"')
    heading = (
        what_it_runs(plan, container),
        f"A replica spans {item.price_offer.machines} machines, which Ray joins. Docker Compose "
        "and a Kubernetes Deployment start each machine alone, so there are no such files for it.",
        "On the first machine of each replica: sh FILE",
        "On each of its other machines: sh FILE ADDRESS_OF_THE_FIRST",
        "Each needs the same vLLM with Ray, and the checkpoint at the same place.",
        *about_folder(container),
    )
    return "\n".join(
        (
            "#!/bin/sh",
            *(f"# {literal(line)}" for line in heading),
            "set -eu",
            'if [ "$#" -gt 0 ]; then',
            f"  exec {join}",
            "fi",
            first,
            f"exec {shlex.join(item.vllm_command)}",
            "",
        )
    )


class _PlainDumper(yaml.SafeDumper):
    """Writes each value where it is, without YAML's anchors and aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True


def _quoted_line_breaks(dumper: _PlainDumper, text: str) -> yaml.ScalarNode:
    """Text as one scalar; other styles fold the line breaks of Unicode into spaces."""
    style = '"' if any(mark in text for mark in "\x85\u2028\u2029") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_PlainDumper.add_representer(str, _quoted_line_breaks)


def document_text(heading: Sequence[str], *documents: object) -> str:
    """YAML documents below comment lines; user text in either cannot leave its place."""
    comments = "".join(f"# {literal(line)}\n" for line in heading)
    texts = [
        yaml.dump(document, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=100)
        for document in documents
    ]
    return comments + "---\n".join(texts)


def what_it_runs(plan: Plan, container: ReplicaContainer) -> str:
    """The replicas and the machines of an item in one line."""
    item, offer = container.item, container.item.price_offer
    return (
        f"{plan.scenario.name}: {item.replicas} x ({gpu_group(item.gpu_count, item.gpu)}), priced "
        f"as {offer.machines_in(item.instances)} x {offer.instance} of {offer.provider}, "
        f"{offer.terms}."
    )


def about_folder(container: ReplicaContainer) -> tuple[str, ...]:
    """A line that says which checkpoint the user provides; none if it is downloaded."""
    if container.folder is None:
        return ()
    return (f"{container.folder} is the folder of your checkpoint.",)
