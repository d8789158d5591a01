"""Result files of other tools, as they are or changed, and how they are refused.

The files in ``data/benchmarks`` were written by vLLM 0.32, GuideLLM 0.8.1 and
GuideLLM 0.3.1 against a real engine with a tiny model, and shortened.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from paths import DATA

from benchmarks.importing.measurement_files import ImportContext, parse_measurements
from planner.errors import InputError

FILES = DATA / "benchmarks"
ON = ImportContext(gpu="cpu", model="ours/tiny", output_tokens=16)
UNTOLD = ImportContext(gpu="cpu")


def document(name: str) -> dict[str, Any]:
    """The content of a file in ``data/benchmarks``, named without its ending."""
    loaded: dict[str, Any] = json.loads((FILES / f"{name}.json").read_text())
    return loaded


def refusal(content: object, context: ImportContext = ON) -> str:
    """The one line with which ``f.json`` with this content is refused."""
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(InputError) as caught:
        parse_measurements(text, "f.json", context)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    return str(caught.value)


def changed(name: str, **values: object) -> dict[str, Any]:
    """Such a file's content with some of its keys changed."""
    return document(name) | values
