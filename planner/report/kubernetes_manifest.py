"""A Kubernetes manifest of the recommended fleet: Deployments, one Service, autoscalers."""

from __future__ import annotations

import math
from typing import Any

from planner.catalog.gpu import GPU
from planner.catalog.lookup import Catalog
from planner.fleet.busiest_hour import load_of
from planner.fleet.candidates import scenario_of_model
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

_FLEET = "vllm"
_LABEL = "app.kubernetes.io/part-of"
_NAME = "app.kubernetes.io/name"
_PERIOD_S = 10
_ANSWER_S = 5  # a loaded server takes longer than the second that is Kubernetes' default

SHARED_MEMORY_GIB_PER_GPU = 2
"""vLLM's documentation ("Using Kubernetes") gives /dev/shm 2 GiB for one GPU."""

WAITING_METRIC = "vllm_num_requests_waiting"
"""vLLM's gauge of waiting requests, under the name that the production stack's Prometheus
adapter gives it (vLLM production stack, "observability/prom-adapter.yaml")."""

CLAIM = "model-folders"
_MODELS = "/models"


def manifest_text(plan: Plan, catalog: Catalog, containers: tuple[ReplicaContainer, ...]) -> str:
    """The manifest of all replicas; a Service spreads requests over those that serve the same.

    Parts of a mixed fleet serve different documents, and each has a Service of its own. So have
    the replicas of each model.
    """
    apart = len({(one.item.model, served_by(one)) for one in containers}) > 1
    heading = (
        *(what_it_runs(plan, one) for one in containers),
        "Needs NVIDIA's device plugin. Apply it: kubectl apply -f kubernetes.yaml",
        "For a model that needs a token: kubectl create secret generic hf-token "
        "--from-literal=HF_TOKEN=...",
        f"The autoscalers need Prometheus and its adapter, which serves {WAITING_METRIC}.",
        *(
            f"Send to the Service {one.name}: {', '.join(served_by(one))}."
            for one in (containers if apart else ())
        ),
        *(line for one in containers for line in about_folder(one)),
        *(
            (f"Put it onto a volume that many pods can read, claimed as {CLAIM}.",)
            if any(one.folder for one in containers)
            else ()
        ),
    )
    documents = [] if apart else [_service(_FLEET, {_LABEL: _FLEET})]
    for one in containers:
        documents += [_service(one.name, {_NAME: one.name})] if apart else []
        gpu = next((gpu for gpu in catalog.gpus if gpu.name == one.item.gpu), None)
        documents += [_deployment(one, gpu), _autoscaler(plan, catalog, one)]
    return document_text(heading, *documents)


def served_by(container: ReplicaContainer) -> tuple[str, ...]:
    """The classes of documents that the replicas serve."""
    return tuple(one.name for one in container.item.serves if one.share > 0.0)


def _service(name: str, selector: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "labels": {_LABEL: _FLEET}},
        "spec": {
            "selector": selector,
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }


def _deployment(container: ReplicaContainer, gpu: GPU | None) -> dict[str, Any]:
    labels = {_NAME: container.name, _LABEL: _FLEET}
    pod: dict[str, Any] = {
        "containers": [_container(container)],
        "volumes": _volumes(container),
    }
    if gpu is not None and (products := product_labels(gpu)):
        pod = {"affinity": _on(products)} | pod
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": container.name, "labels": labels},
        "spec": {
            "replicas": container.replicas,
            "selector": {"matchLabels": {_NAME: container.name}},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _container(container: ReplicaContainer) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = [
        {"name": "shared-memory", "mountPath": "/dev/shm"},
        {"name": "huggingface", "mountPath": CACHE},
    ]
    if container.folder is not None:
        mounts.append({"name": "models", "mountPath": _MODELS, "readOnly": True})
    healthy = {
        "httpGet": {"path": HEALTH, "port": "http"},
        "periodSeconds": _PERIOD_S,
        "timeoutSeconds": _ANSWER_S,
    }
    return {
        "name": "vllm",
        "image": container.image,
        "command": list(ENTRYPOINT),
        "args": [_literal(word) for word in container.arguments],
        "ports": [{"name": "http", "containerPort": PORT}],
        "env": [
            {
                "name": "HF_TOKEN",
                "valueFrom": {
                    "secretKeyRef": {"name": "hf-token", "key": "HF_TOKEN", "optional": True}
                },
            }
        ],
        "resources": {"limits": {"nvidia.com/gpu": container.item.gpu_count}},
        "startupProbe": healthy | {"failureThreshold": START_S // _PERIOD_S},
        "readinessProbe": healthy,
        "livenessProbe": healthy,
        "volumeMounts": mounts,
    }


def _volumes(container: ReplicaContainer) -> list[dict[str, Any]]:
    shared = f"{SHARED_MEMORY_GIB_PER_GPU * container.item.gpu_count}Gi"
    volumes: list[dict[str, Any]] = [
        {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": shared}},
        {"name": "huggingface", "emptyDir": {}},
    ]
    if container.folder is not None:
        volumes.append({"name": "models", "persistentVolumeClaim": {"claimName": CLAIM}})
    return volumes


def _on(products: list[str]) -> dict[str, Any]:
    found = {"key": "nvidia.com/gpu.product", "operator": "In", "values": products}
    terms = [{"matchExpressions": [found]}]
    required = {"nodeSelectorTerms": terms}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def product_labels(gpu: GPU) -> list[str]:
    """The node labels that NVIDIA's GPU Feature Discovery gives the GPU: NVML's name, hyphenated.

    Empty if the catalogue does not know NVML's name.
    """
    names = [alias for alias in gpu.aliases if alias.startswith(("NVIDIA ", "Tesla "))]
    return [name.replace(" ", "-") for name in names]


def _autoscaler(plan: Plan, catalog: Catalog, container: ReplicaContainer) -> dict[str, Any]:
    """From what the average hour needs, or the fewest asked for, to the plan's replicas.

    A request waits only if a replica already runs as many as the plan lets it run together.
    """
    load = load_of(scenario_of_model(container.item, plan.scenario, catalog))
    needed = container.replicas - container.spares
    average = math.ceil(needed * load.mean_per_s / load.busiest_per_s - 1e-9)
    fewest = max(average, plan.scenario.min_replicas) + container.spares
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": container.name, "labels": {_LABEL: _FLEET}},
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": container.name,
            },
            "minReplicas": min(fewest, container.replicas),
            "maxReplicas": container.replicas,
            "metrics": [
                {
                    "type": "Pods",
                    "pods": {
                        "metric": {"name": WAITING_METRIC},
                        "target": {"type": "AverageValue", "averageValue": "1"},
                    },
                }
            ],
        },
    }


def _literal(text: str) -> str:
    """The text as Kubernetes leaves it: ``$$(`` is ``$(``, and ``$(NAME)`` would be replaced."""
    return text.replace("$(", "$$(")
