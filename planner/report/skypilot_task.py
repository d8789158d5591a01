"""A SkyPilot task of the recommended fleet, which ``sky serve up`` runs as a service.

Its form is that of SkyPilot's documentation, "SkyPilot YAML" and "Service YAML".
"""

from __future__ import annotations

import shlex
from typing import Any

from planner.fleet.plan import Plan
from planner.report.replica_container import (
    ENTRYPOINT,
    HEALTH,
    PORT,
    START_S,
    ReplicaContainer,
    about_folder,
    document_text,
    what_it_runs,
)

_ACCELERATORS = {
    "V100 16GB": "V100",
    "V100 32GB": "V100-32GB",
    "A100 40GB": "A100",
    "A100 40GB PCIe": "A100",
    "A100 80GB": "A100-80GB",
    "A100 80GB PCIe": "A100-80GB",
    "H100 SXM": "H100",
    "H100 PCIe": "H100",
}
"""SkyPilot's names that differ from ours by more than spaces (``sky show-gpus -a``)."""

_ACCELERATORS_OF_RUNPOD = {
    "A100 80GB": "A100-80GB-SXM",
    "H100 SXM": "H100-SXM",
    "H200": "H200-SXM",
}

_INFRA = {
    "AWS": "aws",
    "Azure": "azure",
    "DigitalOcean": "do",
    "GCP": "gcp",
    "Lambda": "lambda",
    "Nebius": "nebius",
    "OCI": "oci",
    "RunPod": "runpod",
    "Vast.ai": "vast",
}
"""SkyPilot's name of a provider (SkyPilot documentation, "Installation")."""

_WITH_REGIONS = ("AWS", "Azure", "GCP", "Nebius", "OCI")
"""Providers whose regions the price list names as SkyPilot does."""


def skypilot_text(plan: Plan, container: ReplicaContainer) -> str:
    """The task of one machine, and a service of as many as the plan has."""
    item, offer = container.item, container.item.price_offer
    infra = _infra(container)
    heading = (
        what_it_runs(plan, container),
        "Start the service: sky serve up FILE, or one machine: sky launch FILE",
        "For a model that needs a token: add --secret HF_TOKEN, which takes it from the "
        "environment.",
        *(() if infra else (f"SkyPilot has no cloud named {offer.provider}: it chooses one.",)),
        *about_folder(container),
    )
    resources: dict[str, Any] = {} if infra is None else {"infra": infra}
    resources |= {
        "accelerators": f"{accelerator(item.gpu, offer.provider)}:{_gpus(container)}",
        "use_spot": offer.terms == "spot",
        "image_id": f"docker:{container.image}",
        "ports": PORT,
    }
    task: dict[str, Any] = {"name": container.name, "resources": resources}
    if container.folder is not None:
        task["file_mounts"] = {container.mounted_at: container.folder}
    task |= {"secrets": {"HF_TOKEN": ""}, "run": f"{shlex.join(_command(container))}\n"}
    machines = -(-container.replicas // container.per_machine)
    task["service"] = {
        "readiness_probe": {"path": HEALTH, "initial_delay_seconds": START_S},
        "replicas": machines,
    }
    return document_text(heading, task)


def _command(container: ReplicaContainer) -> list[str]:
    """One engine a machine, with a data-parallel rank for each of its replicas."""
    words = [*ENTRYPOINT, *container.arguments]
    if container.per_machine > 1:
        words += ["--data-parallel-size", str(container.per_machine)]
    return words


def _gpus(container: ReplicaContainer) -> int:
    return container.per_machine * container.item.gpu_count


def _infra(container: ReplicaContainer) -> str | None:
    offer = container.item.price_offer
    cloud = _INFRA.get(offer.provider)
    if cloud is None or offer.provider not in _WITH_REGIONS:
        return cloud
    return f"{cloud}/{offer.region}"


def accelerator(gpu: str, provider: str) -> str:
    """SkyPilot's name of a GPU.

    >>> accelerator("A100 40GB", "AWS"), accelerator("RTX 6000 Ada", "RunPod")
    ('A100', 'RTX6000-Ada')
    """
    if provider == "RunPod" and gpu in _ACCELERATORS_OF_RUNPOD:
        return _ACCELERATORS_OF_RUNPOD[gpu]
    joined = gpu.replace("RTX PRO ", "RTXPRO").replace("RTX ", "RTX")
    return _ACCELERATORS.get(gpu, joined.replace(" ", "-"))
