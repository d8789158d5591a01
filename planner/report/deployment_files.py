"""The files that start the recommended fleet, beside its ``vllm serve`` commands."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.files import replace_file
from planner.fleet.plan import Plan
from planner.report.compose_file import compose_text
from planner.report.kubernetes_manifest import manifest_text
from planner.report.replica_container import replica_containers, start_script
from planner.report.skypilot_task import skypilot_text


def deployment_files(plan: Plan, catalog: Catalog) -> dict[str, str]:
    """The text of each file by its name; none if nothing is recommended.

    A Compose file and a SkyPilot task are for one kind of machine, so a mixed fleet has several.
    SkyPilot rents machines, so that what is owned has no task. A replica that spans several
    machines has a script instead of all of these.
    """
    containers = replica_containers(plan)
    if not containers:
        return {}
    alone = tuple(one for one in containers if one.item.price_offer.machines == 1)
    files = {"kubernetes.yaml": manifest_text(plan, catalog, alone)} if alone else {}
    for one in containers:
        kind = "" if len(containers) == 1 else f"-{one.name}"
        if one not in alone:
            files[f"start{kind}.sh"] = start_script(plan, one)
            continue
        files[f"compose{kind}.yaml"] = compose_text(plan, one)
        if one.item.price_offer.terms != "owned":
            files[f"skypilot{kind}.yaml"] = skypilot_text(plan, one)
    return dict(sorted(files.items()))


def write_deployment_files(files: dict[str, str], folder: Path) -> None:
    """Write the files into ``folder``, which is made if it is not there. Raises InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be made a folder ({error.strerror}); choose a writable place."
        ) from error
    for name, text in files.items():
        replace_file(folder / name, text.encode())


def zipped(files: dict[str, str]) -> bytes:
    """The files as one zip archive."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
