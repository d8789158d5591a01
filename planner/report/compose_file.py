"""A Docker Compose file for each machine of the recommended fleet.

Its form is that of the Compose Specification (github.com/compose-spec/compose-spec).
"""

from __future__ import annotations

from typing import Any

from planner.fleet.plan import Plan
from planner.report.replica_container import (
    CACHE,
    ENTRYPOINT,
    HEALTH,
    PORT,
    START_S,
    ReplicaContainer,
    about_folder,
    document_text,
    what_it_runs,
)

_IS_HEALTHY = (
    f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}{HEALTH}', timeout=5)"
)


def compose_text(plan: Plan, container: ReplicaContainer) -> str:
    """The Compose file of one machine: a service for each replica, on GPUs of its own."""
    item = container.item
    heading = (
        what_it_runs(plan, container),
        f"Start it on each of the {item.instances} machines: docker compose up -d",
        "HF_TOKEN of the environment is passed on; public models need none.",
        *about_folder(container),
    )
    services = {
        f"replica-{number}": _service(container, number) for number in range(container.per_machine)
    }
    document = {"name": container.name, "services": services, "volumes": {"huggingface": {}}}
    return document_text(heading, document)


def _service(container: ReplicaContainer, number: int) -> dict[str, Any]:
    gpus = container.item.gpu_count
    devices = [str(number * gpus + card) for card in range(gpus)]
    mounts: list[dict[str, Any]] = [{"type": "volume", "source": "huggingface", "target": CACHE}]
    if container.folder is not None:
        mounts.append(
            {
                "type": "bind",
                "source": _literal(container.folder),
                "target": _literal(container.mounted_at),
                "read_only": True,
            }
        )
    return {
        "image": container.image,
        "entrypoint": list(ENTRYPOINT),
        "command": [_literal(word) for word in container.arguments],
        # The processes of an engine share memory (vLLM documentation, "Using Docker").
        "ipc": "host",
        "environment": ["HF_TOKEN"],
        "volumes": mounts,
        "ports": [f"{PORT + number}:{PORT}"],
        "restart": "unless-stopped",
        "healthcheck": {
            "test": ["CMD", "python3", "-c", _IS_HEALTHY],
            "interval": "10s",
            "timeout": "10s",
            "start_period": f"{START_S}s",
        },
        "deploy": {
            "resources": {
                "reservations": {
                    "devices": [
                        {"driver": "nvidia", "device_ids": devices, "capabilities": ["gpu"]}
                    ]
                }
            }
        },
    }


def _literal(text: str) -> str:
    """The text as Compose leaves it: ``$$`` is a dollar, ``$NAME`` would be replaced."""
    return text.replace("$", "$$")
