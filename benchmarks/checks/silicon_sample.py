"""Errors on the runs that NVIDIA's aiconfigurator is validated with, none of them in the fit.

    pip download --no-deps aiconfigurator-core && unzip aiconfigurator_core-*.whl -d sample
    python -m benchmarks.checks.silicon_sample sample/aiconfigurator_core/systems/silicon_sample.csv

The package (Apache-2.0) holds measured times to the first token and per output token: results
of InferenceX, and NVIDIA's own runs. Only vLLM rows are read, one engine that prefills and
decodes, tensor parallel without replicas. Throughput is derived from the two times.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.checks.evaluation import own_sources
from planner.catalog.lookup import load_catalog
from planner.errors import InputError, PlannerError
from planner.forecast.forecaster import Forecaster
from planner.learning.from_measurements import Observed, observe
from planner.learning.observation import points_of
from planner.learning.throughput import Z90
from planner.records.measurement import COLUMNS, Measurement
from planner.records.reference import reference_measurements

SYSTEMS = {
    "h100_sxm": "H100 SXM",
    "h200_sxm": "H200",
    "b200_sxm": "B200",
    "b300_sxm": "B300",
    "gb200": "GB200",
}
QUANTIZATIONS = {"fp8": "fp8", "fp4": "nvfp4", "int4": "gptq", "": "none"}
INFERENCEX, NVIDIA = "InferenceX results", "NVIDIA's own runs"
DRAWN_LENGTHS = 0.9
"""InferenceX draws lengths between 0.8 and 1 times the nominal ones."""

FP8_CACHE = ("Llama-3.1-70B", "MiniMax-M2.5", "Kimi-K2.5")
"""Models whose InferenceX run scripts set an FP8 KV cache (Kimi: for NVFP4 alone)."""

Error = tuple[Observed, float, bool]
"""A row, |forecast / measured - 1| of its throughput, and whether the interval holds it."""


def read_sample(path: Path) -> Iterator[Measurement]:
    """The vLLM rows as measurements; InputError if the file has other columns."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        needed = {"silicon_ttft_ms", "silicon_tpot_ms", "silicon_data_source", "tp_size"}
        if not needed <= set(reader.fieldnames or ()):
            raise InputError(
                f"{path.name} lacks the columns {', '.join(sorted(needed))}; give the "
                "silicon_sample.csv of aiconfigurator-core"
            )
        for row in reader:
            if _is_one_vllm(row) and row["system"] in SYSTEMS:
                yield _measurement(row)


def _is_one_vllm(row: dict[str, str]) -> bool:
    """True for one vLLM engine that prefills and decodes, under tensor parallelism alone."""
    engine = row["backend"], row["mode"], row["pp_size"]
    return engine == ("vllm", "agg", "1") and row["attention_dp_size"] in ("", "1")


def _measurement(row: dict[str, str]) -> Measurement:
    nvidia = row["silicon_data_source"].startswith("source_file=/")
    drawn = 1.0 if nvidia else DRAWN_LENGTHS
    inputs, outputs = float(row["isl"]) * drawn, float(row["osl"]) * drawn
    load = re.search(r"silicon_concurrency=(\d+)", row["silicon_data_source"])
    concurrency = float(load[1] if load else row["batch_size"])
    ttft_ms, tpot_ms = float(row["silicon_ttft_ms"]), float(row["silicon_tpot_ms"])
    seconds = (ttft_ms + tpot_ms * (outputs - 1.0)) / 1e3
    model = row["model_path"]
    gpt_oss = "gpt-oss" in model
    cache = not nvidia and any(name in model for name in FP8_CACHE)
    cache = cache and not ("Kimi" in model and row["precision"] != "fp4")
    date = re.search(r"measured=(\d{4}-\d{2}-\d{2})", row["silicon_data_source"])
    version = row["backend_version"]
    stated: dict[str, Any] = {
        "source_id": "nvidia" if nvidia else "inferencex",
        "gpu": SYSTEMS[row["system"]],
        "gpu_count": int(row["tp_size"]),
        "model": model,
        "quantization": "mxfp4" if gpt_oss else QUANTIZATIONS[row["precision"]],
        "engine": "vllm",
        "engine_version": version if re.match(r"\d", version) else None,
        "engine_settings": "kv_cache_dtype=fp8" if cache else None,
        "mode": "online",
        "load": "closed_loop",
        "input_tokens": inputs,
        "output_tokens": outputs,
        "concurrency": concurrency,
        "output_tokens_per_s": concurrency * outputs / seconds,
        "date": date[1] if date else None,
        "source": NVIDIA if nvidia else INFERENCEX,
    }
    blank: dict[str, Any] = dict.fromkeys(COLUMNS)
    return Measurement(**blank | stated)


def errors(rows: Iterable[Observed], forecaster: Forecaster) -> Iterator[Error]:
    """Error of each row before any of its author's rows is known."""
    groups: dict[object, list[Observed]] = defaultdict(list)
    for row in rows:
        groups[row.observation.labels].append(row)
    for some in groups.values():
        posterior = forecaster.evidence_like(some[0]).posterior
        load = points_of([row.observation for row in some])
        log_seconds, sd = posterior.log_seconds(load), posterior.log_sd(load, 0.0)
        missed = np.log([row.seconds_per_request for row in some]) - log_seconds
        for row, miss, spread in zip(some, missed, sd, strict=True):
            yield row, float(abs(np.exp(miss) - 1.0)), bool(abs(miss) <= Z90 * spread)


def main() -> None:
    """Print the median error of all rows, then by author, model and GPU."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    catalog, reference = load_catalog(), reference_measurements()
    observed, skipped = observe(list(read_sample(Path(sys.argv[1]))), catalog)
    own = own_sources([row.measurement for row in observed], reference, {})
    others = [row for row in reference if row.source_id not in own]
    found = list(errors(observed, Forecaster(others, catalog)))
    by: dict[str, list[Error]] = defaultdict(list)
    for error in found:
        deployment, author = error[0].deployment, error[0].measurement.source
        model = f"{deployment.model.name} {deployment.quantization}"
        for key in ("all", author, model, deployment.gpu.name, f"{deployment.gpu_count} GPUs"):
            by[key].append(error)
    print("median error of output tokens/s, rows in the 90 % interval, rows")
    for key, some in by.items():
        inside = np.mean([held for _, _, held in some])
        print(f"{median(e for _, e, _ in some):7.1%} {inside:6.0%} {len(some):5}  {key}")
    for reason, count in Counter(row.reason for row in skipped).most_common():
        print(f"skipped {count}: {reason}")


if __name__ == "__main__":
    try:
        main()
    except (PlannerError, OSError) as error:
        sys.exit(f"Error: {error}")
