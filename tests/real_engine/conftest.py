"""One small vLLM engine with random weights, started once and shared by the tests here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.engine.engine_cpu.install import DEFAULT_DIRECTORY, install
from benchmarks.engine.engine_cpu.tiny_model import write_tiny_model
from benchmarks.engine.target_server import Server, own_server
from benchmarks.engine.vllm_process import EngineProcess, EngineSpec

MAX_MODEL_LEN = 2048
# 70 blocks of 128 tokens: room for 5 requests of 1,500 tokens, but not for what they become.
KV_BLOCKS = 70

MakeSpec = Callable[..., EngineSpec]


@pytest.fixture(scope="session")
def vllm() -> Path:
    install()
    return DEFAULT_DIRECTORY / "bin" / "vllm"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def make_spec(vllm: Path, tiny_model: Path) -> MakeSpec:
    def make_spec(kv_blocks: int = KV_BLOCKS) -> EngineSpec:
        flags = (
            f"--load-format dummy --dtype bfloat16 --enforce-eager --max-num-seqs 8 "
            f"--max-model-len {MAX_MODEL_LEN} --num-gpu-blocks-override {kv_blocks} "
            "--no-enable-prefix-caching"
        )
        return EngineSpec(
            command=(str(vllm), "serve"),
            model=str(tiny_model),
            flags=tuple(flags.split()),
            environment={"VLLM_CPU_KVCACHE_SPACE": "1"},
            start_timeout_s=300,
        )

    return make_spec


@pytest.fixture(scope="session")
def engine(
    make_spec: MakeSpec, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineProcess]:
    with EngineProcess(make_spec(), tmp_path_factory.mktemp("engine")) as engine:
        failure = engine.start()
        assert failure is None, failure
        yield engine


@pytest.fixture
def server(engine: EngineProcess) -> Server:
    """The shared engine, started anew where an earlier test has killed it."""
    if engine.failure() is not None:
        assert engine.start() is None
    return own_server(engine)
