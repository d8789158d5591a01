"""The files that start the recommended fleet, against the schemas of those who read them."""

from __future__ import annotations

import io
import shlex
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from compose_spec import PyCompose
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_plan import FEASIBLE_PLAN, SCENARIO, fleet_item, offer, option

from planner.catalog.lookup import Catalog, load_catalog
from planner.errors import InputError
from planner.fleet.plan import FleetItem, Plan
from planner.fleet.scenario_work import Served
from planner.report.deployment_files import deployment_files, write_deployment_files, zipped
from planner.report.kubernetes_manifest import product_labels
from planner.report.skypilot_task import accelerator

KUBERNETES = "1.37"


def planned(*items: FleetItem, name: str = "Claims", peak_factor: float = 1.0) -> Plan:
    """A plan that recommends this fleet."""
    one = option(items[0], (1e7, 2e7, 3e7), 0.9, 0.8, 12.0, "reference")
    scenario = SCENARIO.model_copy(update={"name": name, "peak_factor": peak_factor})
    return replace(FEASIBLE_PLAN, scenario=scenario, recommended=replace(one, fleet=items))


def item(gpu: str = "L4", replicas: int = 2, model: str = "org/model", **more: Any) -> FleetItem:
    words = ("vllm", "serve", model, "--max-model-len", "8192")
    return replace(fleet_item(gpu, replicas, 1.0, 16), vllm_command=words, **more)


def documents(text: str) -> list[dict[str, Any]]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def check(files: dict[str, str]) -> None:
    """Fail if a schema refuses a file."""
    for name, text in files.items():
        if name.startswith("compose"):
            PyCompose.from_yaml(text)
        elif name.startswith("kubernetes"):
            for document in documents(text):
                kubernetes_validate.validate(document, KUBERNETES, strict=True)
        else:
            [task] = documents(text)
            assert set(task) <= {"name", "resources", "file_mounts", "secrets", "run", "service"}


def test_a_replica_over_two_machines_has_a_script_instead(catalog: Catalog, tmp_path: Path) -> None:
    joined = replace(offer("H100 SXM", 50.0, gpu_count=16), machines=2)
    files = deployment_files(
        planned(item("H100 SXM", 1, gpu_count=16, stages=2, price_offer=joined)), catalog
    )
    assert set(files) == {"start.sh"}
    lines = [line for line in files["start.sh"].splitlines() if not line.startswith("#")]
    assert lines == [
        "set -eu",
        'if [ "$#" -gt 0 ]; then',
        '  exec ray start --address="$1":6379 --block',
        "fi",
        "ray start --head --port=6379",
        "exec vllm serve org/model --max-model-len 8192",
    ]
    write_deployment_files(files, tmp_path)
    checked = subprocess.run(["sh", "-n", str(tmp_path / "start.sh")], check=False)
    assert checked.returncode == 0


def test_only_the_others_of_a_mixed_fleet_have_manifests(catalog: Catalog) -> None:
    joined = replace(offer("H100 SXM", 50.0, gpu_count=16), machines=2)
    spanning = item("H100 SXM", 1, gpu_count=16, stages=2, price_offer=joined)
    files = deployment_files(planned(item("L4"), spanning), catalog)
    assert set(files) == {
        "kubernetes.yaml", "compose-vllm-l4.yaml", "skypilot-vllm-l4.yaml",
        "start-vllm-h100-sxm.sh",
    }  # fmt: skip
    deployed = [one for one in documents(files["kubernetes.yaml"]) if one["kind"] == "Deployment"]
    assert [one["metadata"]["name"] for one in deployed] == ["vllm-l4"]


def test_compose_gives_each_replica_of_a_machine_its_gpus(catalog: Catalog) -> None:
    two_of_four = item("L4", 4, gpu_count=2, instances=2, price_offer=offer("L4", 4.0, "AWS", 4))
    files = deployment_files(planned(two_of_four), catalog)
    check(files)
    [compose] = documents(files["compose.yaml"])
    services = compose["services"]
    assert list(services) == ["replica-0", "replica-1"]
    devices = [
        one["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
        for one in services.values()
    ]
    assert devices == [["0", "1"], ["2", "3"]]
    assert [one["ports"] for one in services.values()] == [["8000:8000"], ["8001:8000"]]
    assert services["replica-0"]["image"] == "vllm/vllm-openai:v0.11.0"
    assert services["replica-0"]["ipc"] == "host"
    assert "Start it on each of the 2 machines" in files["compose.yaml"]


@pytest.mark.slow
def test_kubernetes_asks_for_the_gpus_and_scales_up_to_the_plan(catalog: Catalog) -> None:
    peaks = planned(item("A100 80GB", 6), peak_factor=3.0)
    files = deployment_files(peaks, catalog)
    check(files)
    service, deployment, scaler = documents(files["kubernetes.yaml"])
    assert deployment["spec"]["replicas"] == 6
    pod = deployment["spec"]["template"]
    [container] = pod["spec"]["containers"]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": 1}
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert pod["spec"]["volumes"][0]["emptyDir"] == {"medium": "Memory", "sizeLimit": "2Gi"}
    assert container["command"] + container["args"] == [
        *("vllm", "serve", "org/model", "--max-model-len", "8192")
    ]
    assert "secretKeyRef" in container["env"][0]["valueFrom"]
    # A third of the replicas is enough for the average hour if the busiest has three times it.
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 6)
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def test_spare_replicas_run_in_the_average_hour_too(catalog: Catalog) -> None:
    spared = planned(item("L4", 5, spare_instances=1), peak_factor=4.0)
    [*_, scaler] = documents(deployment_files(spared, catalog)["kubernetes.yaml"])
    assert scaler["spec"]["minReplicas"] == 2


@pytest.mark.slow
def test_kubernetes_and_compose_of_a_mixed_fleet(catalog: Catalog) -> None:
    files = deployment_files(planned(item("L4"), item("A100 80GB", 1), item("L4", 3)), catalog)
    check(files)
    assert list(files) == [
        "compose-vllm-a100-80gb.yaml",
        "compose-vllm-l4-no-2.yaml",
        "compose-vllm-l4.yaml",
        "kubernetes.yaml",
        "skypilot-vllm-a100-80gb.yaml",
        "skypilot-vllm-l4-no-2.yaml",
        "skypilot-vllm-l4.yaml",
    ]
    kinds = [document["kind"] for document in documents(files["kubernetes.yaml"])]
    assert kinds == ["Service", *["Deployment", "HorizontalPodAutoscaler"] * 3]


def test_parts_that_serve_different_documents_have_services_of_their_own(catalog: Catalog) -> None:
    chat = item("A100 80GB", 1, serves=(Served("chat", 0.4),))
    bulk = item("L4", serves=(Served("bulk", 0.6),))
    text = deployment_files(planned(chat, bulk), catalog)["kubernetes.yaml"]
    assert "# Send to the Service vllm-a100-80gb: chat." in text
    assert "# Send to the Service vllm-l4: bulk." in text
    services = [found for found in documents(text) if found["kind"] == "Service"]
    assert [found["metadata"]["name"] for found in services] == ["vllm-a100-80gb", "vllm-l4"]
    pods = [found["spec"]["template"] for found in documents(text) if found["kind"] == "Deployment"]
    for service, pod in zip(services, pods, strict=True):
        assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def test_skypilot_rents_the_machines_that_were_priced(catalog: Catalog) -> None:
    spot = replace(offer("L4", 2.0, "AWS", 2), terms="spot", region="us-east-1")
    two_on_one = item("L4", 4, instances=2, price_offer=spot)
    [task] = documents(deployment_files(planned(two_on_one), catalog)["skypilot.yaml"])
    assert task["resources"] == {
        "infra": "aws/us-east-1",
        "accelerators": "L4:2",
        "use_spot": True,
        "image_id": "docker:vllm/vllm-openai:v0.11.0",
        "ports": 8000,
    }
    assert task["service"]["replicas"] == 2
    assert shlex.split(task["run"])[-2:] == ["--data-parallel-size", "2"]


def test_a_provider_that_skypilot_does_not_know_is_named(catalog: Catalog) -> None:
    text = deployment_files(planned(item()), catalog)["skypilot.yaml"]
    assert "infra" not in documents(text)[0]["resources"]
    assert "SkyPilot has no cloud named Fixture Cloud" in text


@pytest.mark.parametrize(
    ("gpu", "provider", "name"),
    [
        ("A100 80GB", "GCP", "A100-80GB"),
        ("A100 80GB", "RunPod", "A100-80GB-SXM"),
        ("RTX 3090", "Vast.ai", "RTX3090"),
        ("RTX A6000", "RunPod", "RTXA6000"),
        ("RTX 4000 Ada", "RunPod", "RTX4000-Ada"),
        ("H100 SXM", "AWS", "H100"),
        ("L40S", "AWS", "L40S"),
    ],
)
def test_gpus_have_the_names_that_skypilot_lists(gpu: str, provider: str, name: str) -> None:
    assert accelerator(gpu, provider) == name


def test_nodes_are_chosen_by_nvmls_names(catalog: Catalog) -> None:
    assert product_labels(catalog.gpu("A100 80GB")) == ["NVIDIA-A100-SXM4-80GB"]
    assert product_labels(catalog.gpu("T4")) == ["Tesla-T4", "NVIDIA-T4"]


@pytest.mark.slow
def test_a_folder_of_the_users_is_mounted(catalog: Catalog) -> None:
    files = deployment_files(planned(item(model="./my model-awq")), catalog)
    check(files)
    [compose] = documents(files["compose.yaml"])
    service = compose["services"]["replica-0"]
    assert service["command"][0] == "/models/my model-awq"
    assert service["volumes"][1]["source"] == "./my model-awq"
    deployment = documents(files["kubernetes.yaml"])[1]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["volumeMounts"][2] == {
        "name": "models",
        "mountPath": "/models",
        "readOnly": True,
    }
    [task] = documents(files["skypilot.yaml"])
    assert task["file_mounts"] == {"/models/my model-awq": "./my model-awq"}


ANYTHING = st.text(min_size=1, max_size=40)


@pytest.mark.slow
@settings(max_examples=30)  # each is three files of YAML
@given(name=ANYTHING, model=ANYTHING, value=ANYTHING, region=ANYTHING)
def test_text_of_a_user_stays_one_word(name: str, model: str, value: str, region: str) -> None:
    words = ("vllm", "serve", f"org/{model}", "--speculative-config", value)
    priced = replace(offer("L4", 1.0, "AWS"), region=region, instance=value)
    one = replace(item(), vllm_command=words, price_offer=priced)
    files = deployment_files(planned(one, name=name), load_catalog())
    [compose] = documents(files["compose.yaml"])
    command = compose["services"]["replica-0"]["command"]
    assert [word.replace("$$", "$") for word in command] == list(words[2:])
    assert all("$" not in word.replace("$$", "") for word in command)
    deployment = documents(files["kubernetes.yaml"])[1]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert [word.replace("$$(", "$(") for word in container["args"]] == list(words[2:])
    [task] = documents(files["skypilot.yaml"])
    assert shlex.split(task["run"]) == list(words)
    assert set(task) == {"name", "resources", "secrets", "run", "service"}


@pytest.mark.parametrize(
    ("version", "tag"),
    [
        (None, "latest"),
        ("0.11.0", "v0.11.0"),
        ("v0.8.5.post1", "v0.8.5.post1"),
        ("0.10.2+cu128", "v0.10.2"),
        ("0.6.3 (nightly)", "v0.6.3"),
    ],
)
def test_the_image_is_of_the_engine_version(
    catalog: Catalog, version: str | None, tag: str
) -> None:
    one = planned(item())
    scenario = one.scenario.model_copy(update={"engine_version": version})
    files = deployment_files(replace(one, scenario=scenario), catalog)
    [compose] = documents(files["compose.yaml"])
    assert compose["services"]["replica-0"]["image"] == f"vllm/vllm-openai:{tag}"


def test_the_config_of_a_model_on_disk_stands_for_its_folder(
    catalog: Catalog, tmp_path: Path
) -> None:
    files = deployment_files(planned(item(model=str(tmp_path / "config.json"))), catalog)
    [compose] = documents(files["compose.yaml"])
    service = compose["services"]["replica-0"]
    assert service["volumes"][1]["source"] == str(tmp_path)
    assert service["command"][0] == f"/models/{tmp_path.name}"


def test_files_are_written_into_a_new_folder_and_zipped(catalog: Catalog, tmp_path: Path) -> None:
    files = deployment_files(planned(item()), catalog)
    write_deployment_files(files, tmp_path / "new")
    assert {path.name: path.read_text() for path in (tmp_path / "new").iterdir()} == files
    with zipfile.ZipFile(io.BytesIO(zipped(files))) as archive:
        assert archive.namelist() == list(files)


def test_a_file_in_place_of_the_folder_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(InputError, match="choose a writable place"):
        write_deployment_files(deployment_files(planned(item()), catalog), tmp_path / "there")


def test_nothing_is_deployed_if_nothing_is_recommended(catalog: Catalog) -> None:
    assert deployment_files(replace(FEASIBLE_PLAN, recommended=None), catalog) == {}


def test_what_the_schemas_refuse_fails() -> None:
    with pytest.raises(ValueError, match="services"):
        PyCompose.from_yaml("services: {a: {image: [1]}}\n")
    bad = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"prts": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(bad, KUBERNETES, strict=True)
