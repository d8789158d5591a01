"""Compares the memory model with the figures that vLLM logged at its start.

    python -m benchmarks.checks.memory_accuracy [FILE.csv]

Each row of the file is one logged start: card, model, settings, and either the
size of the KV cache or the refusal. A row whose card, model or version is not
stated is skipped, by name. Columns that are read: gpu, gpu_memory_gb,
tensor_parallel, model, base_model (optional), quantization,
gpu_memory_utilization, max_model_len, kv_cache_dtype, vllm_version,
total_gpu_memory_gib, weights_gib, activation_gib, non_torch_gib, kv_cache_gib,
kv_cache_tokens, outcome, message, url, grade, notes; and, where a file has them,
max_num_seqs, max_num_batched_tokens, enforce_eager, pipeline_parallel,
data_parallel, lora (adapters:rank) and text_only. Settings may stand in the notes
instead (``--max-num-seqs 16``, ``enforce_eager``). Weights in MXFP4 tell which kernel
ran, as its padding is in their size. Where vLLM logged all four
parts, they add up to what it planned with: that says the card's memory where it
is not stated, and the utilization where another is noted.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import planner
from planner.catalog.csv_rows import read_records
from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.errors import InputError
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig, MoeBackend
from planner.vllm.lora import lora_adapters_from
from planner.vllm.memory import Memory, sized
from planner.vllm.scheduler import default_max_num_seqs

_DATA = Path(planner.__file__).parent / "data"
LOGS = _DATA / "kv_cache_logs.csv"
TOLERANCE = 0.03
"""Largest relative error of a KV cache size that counts as right."""

_MEMORY_REFUSAL = re.compile(
    r"max seq len|available memory|out of memory|oom|max context 0|no kv cache room|cache size"
    r"|capture_end|enough memory",
    re.IGNORECASE,
)
_QUANTIZATION_WORDS: tuple[tuple[str, Quantization], ...] = (
    ("int8", "int8"),
    ("w8a8", "int8"),
    ("fp8", "fp8"),
    ("awq", "awq"),
    ("gptq", "gptq"),
    ("w4a16", "gptq"),
    ("mxfp4", "mxfp4"),
    ("bitsandbytes", "bitsandbytes"),
)
_SEVERAL_MACHINES = re.compile(r"diff-nodes|across nodes")
"""Cards in several machines: no link joins them, and custom all-reduce is off."""
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """One logged start and its forecast.

    ``skipped`` says why there is no forecast. ``error`` is forecast / logged - 1 of the KV cache,
    None if its size was not logged. ``started`` is None if the row does not tell whether memory
    decided.
    """

    label: str
    source: str
    grade: str
    skipped: str | None
    forecast: Memory | None = None
    error: float | None = None
    started: bool | None = None

    @property
    def right_start(self) -> bool | None:
        """True if start or refusal was forecast correctly; None if the row does not tell."""
        if self.forecast is None or self.started is None:
            return None
        return self.forecast.fits == self.started


def cases(rows: Iterable[Row], catalog: Catalog) -> list[Case]:
    """Every row as a case, in order."""
    return [_case(row, catalog) for row in rows]


def read_logs(path: Path) -> list[Row]:
    """The rows of a CSV of logged starts."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def logged_catalog() -> Catalog:
    """The catalogue with additional models that occur only in logs."""
    return load_catalog().with_additions(models=read_records(_DATA / "log_models.csv", ModelSpec))


def deployment_of(row: Row, catalog: Catalog) -> Deployment:
    """The deployment of a row. Raises InputError if the row does not state enough."""
    notes = row["notes"]
    card = row["gpu"].partition("(")[0].strip().removesuffix(" SXM")
    gpu = catalog.gpu(card, _number(row["gpu_memory_gb"]))
    utilization = _number(row["gpu_memory_utilization"]) or _noted(r"util (0\.\d+)", notes)
    total, planned = _number(row["total_gpu_memory_gib"]), _planned_gib(row)
    if planned and total:
        utilization = round(planned / total, 2)
    elif planned and utilization:
        total = planned / utilization
    gpu = replace(gpu, memory_gib=total or gpu.memory_gib)
    if _SEVERAL_MACHINES.search(f"{row['url']} {notes}"):
        gpu = replace(gpu, link_gb_per_s=None)
    model = _model_of(row, catalog)
    count = _number(row["tensor_parallel"])
    if count is None:
        raise InputError("tensor_parallel is not stated", field="gpu_count")
    version = _version(row["vllm_version"], notes)
    length = _number(row["max_model_len"])
    stages = _stated(row, "pipeline_parallel") or 1
    ranks = _stated(row, "data_parallel") or 1
    lora = row.get("lora")
    engine = EngineConfig(
        version=version,
        gpu_memory_utilization=utilization,
        max_model_len=None if length is None else int(length),
        max_num_seqs=_stated(row, "max_num_seqs") or default_max_num_seqs(gpu, version),
        max_num_batched_tokens=_stated(row, "max_num_batched_tokens"),
        kv_cache_dtype=row["kv_cache_dtype"] or "auto",
        enforce_eager=_switched_on(row, "enforce_eager"),
        pipeline_parallel_size=stages,
        data_parallel_size=ranks,
        lora=lora_adapters_from(lora) if lora else None,
        text_only=_switched_on(row, "text_only"),
    )
    deployment = Deployment(
        gpu, int(count) * stages * ranks, model, _quantization(row["quantization"]), engine
    )
    return _with_the_kernel_that_ran(deployment, _number(row.get("weights_gib")))


def _model_of(row: Row, catalog: Catalog) -> ModelSpec:
    """The model with the weights that its name states, or the shape of its base.

    Raises InputError (field ``model``) if neither is known.
    """
    shape = catalog.model_of(row["model"], row.get("base_model") or None)
    if shape is None:
        raise InputError(f"model {row['model']} is not in the catalogue", field="model")
    try:
        return catalog.model(row["model"])
    except InputError:
        return shape


def _stated(row: Row, option: str) -> int | None:
    """A whole number from a column, or from ``--option N`` in the notes."""
    value = _number(row.get(option) or row.get(f"{option}_size"))
    if value is None:
        value = _noted(option.replace("_", "[-_]") + r"(?:[-_]size)?[ =]+(\d+)", row["notes"])
    return None if value is None else int(value)


def _switched_on(row: Row, option: str) -> bool:
    """True if a column says so, or if the notes name the option without saying that it is off."""
    column = row.get(option)
    if column:
        return column.strip().lower() in ("true", "yes", "1", "1.0")
    pattern = option.replace("_", "[-_]") + r"(?![ =]+(?:false|no|off|0))"
    return re.search(pattern, row["notes"], re.IGNORECASE) is not None


def _with_the_kernel_that_ran(deployment: Deployment, weights_gib: float | None) -> Deployment:
    """The deployment with the MXFP4 kernel whose weights come nearest to the logged ones."""
    if deployment.model.native_quantization != "mxfp4" or weights_gib is None:
        return deployment
    kernels: tuple[MoeBackend, ...] = ("triton", "marlin")
    candidates = [
        replace(deployment, engine=replace(deployment.engine, moe_backend=kernel))
        for kernel in kernels
    ]
    return min(candidates, key=lambda d: abs(sized(d).weights_gib - weights_gib))


def report(scored: Sequence[Case]) -> str:
    """The table with one line per case, and the resulting shares."""
    lines = [f"{'case':72} {'logged/forecast':>16}  {'start':8} source"]
    lines += [_line(case) for case in scored if case.skipped is None]
    lines += [f"skipped: {case.label}: {case.skipped}" for case in scored if case.skipped]
    exact = [c for c in scored if c.error is not None and c.grade in ("A", "A-recovered")]
    within = [c for c in exact if abs(c.error or 0.0) <= TOLERANCE]
    judged = [c for c in scored if c.right_start is not None]
    right = [c for c in judged if c.right_start]
    lines += [
        "",
        f"KV cache within {TOLERANCE:.0%} of the log: {_share(within, exact)} of the exact sizes",
        f"starts or refuses as logged: {_share(right, judged)}",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table for a file, or for the packaged selection of logs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.checks.memory_accuracy",
        description="Memory model against vLLM's log.",
    )
    parser.add_argument("file", nargs="?", type=Path, default=LOGS, help="CSV of logged starts")
    path: Path = parser.parse_args(arguments).file
    try:
        print(report(cases(read_logs(path), logged_catalog())))
    except (OSError, KeyError, UnicodeDecodeError) as error:
        parser.error(f"{path} is no CSV of logged starts: {error!r}; see the module's columns")


def _case(row: Row, catalog: Catalog) -> Case:
    label = " ".join(
        part
        for part in (
            f"{row['gpu'][:12]} x{row['tensor_parallel'].removesuffix('.0') or '?'}",
            row["model"].rpartition("/")[2][:32],
            row["quantization"],
            f"len {row['max_model_len'].removesuffix('.0') or 'max'}",
            row["vllm_version"][:12],
        )
        if part
    )
    source, grade = row["url"], row["grade"]
    try:
        memory = sized(deployment_of(row, catalog))
    except InputError as error:
        return Case(label, source, grade, skipped=str(error))
    refused = row["outcome"] != "ok"
    about_memory = not refused or bool(_MEMORY_REFUSAL.search(row["message"]))
    return Case(
        label,
        source,
        grade,
        skipped=None,
        forecast=memory,
        error=_error(row, memory),
        started=not refused if about_memory else None,
    )


def _planned_gib(row: Row) -> float | None:
    """GiB that vLLM planned with, the sum of the logged parts; None if one is missing."""
    names = ("weights_gib", "activation_gib", "non_torch_gib", "kv_cache_gib")
    parts = [_number(row.get(name)) for name in names]
    return sum(part for part in parts if part) if all(parts) else None


def _error(row: Row, memory: Memory) -> float | None:
    tokens, gib = _number(row["kv_cache_tokens"]), _number(row["kv_cache_gib"])
    if tokens:
        return memory.kv_cache_tokens / tokens - 1
    if gib and gib > 0:
        return memory.kv_cache_gib / gib - 1
    return None


def _version(stated: str, notes: str) -> str:
    for text, before in ((stated, r"(?<![\d.])"), (notes, r"\(")):
        match = re.search(before + r"(0\.(?!1\.dev)\d+(?:\.\d+)*)(?=[^\d]|$)", text)
        if match:
            return match[1]
    raise InputError("vLLM's version is not stated", field="engine_version")


def _quantization(stated: str) -> Quantization:
    lower = stated.lower()
    return next((value for word, value in _QUANTIZATION_WORDS if word in lower), "none")


def _number(text: str | None) -> float | None:
    return float(text) if text else None


def _noted(pattern: str, notes: str) -> float | None:
    match = re.search(pattern, notes)
    return float(match[1]) if match else None


def _line(case: Case) -> str:
    error = "" if case.error is None else f"{case.error:+.1%}"
    start = {None: "", True: "right", False: "WRONG"}[case.right_start]
    return f"{case.label[:72]:72} {error:>16}  {start:8} {case.source}"


def _share(part: Sequence[Case], whole: Sequence[Case]) -> str:
    return f"{len(part)} of {len(whole)}" + (f" ({len(part) / len(whole):.0%})" if whole else "")


if __name__ == "__main__":
    main()
