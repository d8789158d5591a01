"""From measurements, as people state them, to observations that the model can learn from.

Measurements that cannot be used (unknown GPU or model, lengths not stated, concurrency not
known) are skipped with a reason; nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from planner.catalog.gpu import GPU, gpu_group
from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import Quantization
from planner.catalog.names import quoted
from planner.errors import InputError
from planner.learning.measured_processor import processor_of, states_processor
from planner.learning.observation import Observation
from planner.learning.random_effects import Labels, labels_of
from planner.physics.load_points import ENDLESS
from planner.physics.work import Work, work_of
from planner.records.measurement import Measurement
from planner.vllm.deployment import Deployment
from planner.vllm.memory import sized
from planner.vllm.scheduler import default_max_num_seqs
from planner.vllm.settings_text import settings_in
from planner.vllm.start_remedies import HIGHEST_PERCENT

_KV_FP8 = "+kv_fp8"
_QUANTIZATION_WORDS: dict[str, Quantization] = {
    "": "none",
    "none": "none",
    "fp16": "none",
    "bf16": "none",
    "awq": "awq",
    "awq_marlin": "awq",
    "w4a16": "awq",
    "gptq": "gptq",
    "gptq_marlin": "gptq",
    "fp8": "fp8",
    "int8": "int8",
    "w8a8": "int8",
    "int4": "gptq",
    "mxfp4": "mxfp4",
    "nvfp4": "nvfp4",
    "w4a8": "w4a8",
    "bitsandbytes": "bitsandbytes",
}
DEFAULT_MAX_NUM_SEQS = 256

BEFORE_0_6_UNTIL = "202409"
V0_CERTAIN_UNTIL = "202503"
V1_CERTAIN_FROM = "202507"
GENERATION_0_12_CERTAIN_FROM = "202603"
"""What the date of a run says of a version that it does not state: vLLM 0.6 came out in September
2024, 0.8 with the V1 engine as its default in March 2025, 0.12 in December 2025
(github.com/vllm-project/vllm/releases). A quarter later nobody is taken to run the older one."""

ARRIVALS_SCATTER_SD = 0.3
"""Relative error of the speed that follows from a load with arrivals at a rate: the number in
service is inferred, short runs fill and drain, and prompts that share a prefix skip prefill."""

MOST_COMMON: dict[str, str] = {"A100": "A100 80GB", "H100": "H100 SXM", "V100": "V100 16GB"}
"""What people mean if they do not say which: the form that most price offers have."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A measurement that the model cannot learn from, and why."""

    measurement: Measurement
    reason: str


@dataclass(frozen=True, slots=True)
class Observed:
    """A measurement with its observation and its seconds per request."""

    measurement: Measurement
    deployment: Deployment
    observation: Observation
    seconds_per_request: float


def group_name(measurement: Measurement) -> str:
    """The run that a measurement belongs to: one deployment, engine version and author.

    Rows under several engine settings are one run: the physics of each row accounts for the
    settings.
    """
    m = measurement
    parts = (
        m.source_id,
        m.gpu,
        m.gpu_memory_gb,
        m.gpu_count,
        m.model,
        m.quantization,
        m.engine_version,
    )
    return " | ".join("" if part is None else str(part) for part in parts)


def run_in_words(measurement: Measurement) -> str:
    """The run that a measurement belongs to, for people; what is not stated is left out.

    Like "1 x A100 (80 GB), Qwen/Qwen3-8B, awq, vLLM 0.10.1, source mine".
    """
    m = measurement
    memory = "" if m.gpu_memory_gb is None else f" ({m.gpu_memory_gb:g} GB)"
    version = f"{m.engine} {m.engine_version}" if m.engine_version else ""
    stated = (gpu_group(m.gpu_count, m.gpu) + memory, m.model, m.quantization, version)
    return ", ".join((*filter(None, stated), f"source {m.source_id}"))


def gpu_of(measurement: Measurement, catalog: Catalog) -> GPU:
    """The catalogue's card; a name without form factor and memory means the most common one.

    A processor has the peaks that the measurement states; the catalogue holds those of one machine.
    Raises InputError if the GPU is not in the catalogue.
    """
    if states_processor(measurement):
        return processor_of(measurement, catalog)
    if measurement.gpu_memory_gb is None and measurement.gpu in MOST_COMMON:
        return catalog.gpu(MOST_COMMON[measurement.gpu])
    return catalog.gpu(measurement.gpu, measurement.gpu_memory_gb)


def quantization_of(word: str | None) -> tuple[Quantization, str] | None:
    """Quantization and KV-cache dtype from a source's word, None if it is not understood."""
    word = (word or "").strip().lower()
    kv_cache_dtype = "fp8" if word.endswith(_KV_FP8) else "auto"
    quantization = _QUANTIZATION_WORDS.get(word.removesuffix(_KV_FP8))
    return None if quantization is None else (quantization, kv_cache_dtype)


def deployment_of(measurement: Measurement, catalog: Catalog) -> Deployment | str:
    """The deployment that was measured, or a reason why it is unknown."""
    try:
        gpu = gpu_of(measurement, catalog)
        stated = settings_in(measurement.engine_settings)
    except InputError as error:
        return str(error)
    model = catalog.model_of(measurement.model, measurement.base_model)
    if model is None:
        unsized = catalog.unsized_model(measurement.model)
        if unsized is not None:
            return f"model {measurement.model!r} has {unsized.has}, which cannot be sized"
        return f"the shape of model {measurement.model!r} is not in the catalogue"
    model = catalog.as_stored(measurement.model, model)
    understood = quantization_of(measurement.quantization)
    if understood is None:
        return f"quantization {measurement.quantization!r} is not one that the model knows"
    quantization, kv_cache_dtype = understood
    version = _release_of(measurement.engine_version)
    engine = replace(
        stated,
        version=version,
        kv_cache_dtype=stated.kv_cache_dtype if kv_cache_dtype == "auto" else kv_cache_dtype,
        max_num_seqs=stated.max_num_seqs or _default_max_num_seqs(gpu, version),
    )
    stored = model.stored_quantization(quantization)
    try:
        return _as_it_started(Deployment(gpu, measurement.gpu_count, model, stored, engine))
    except InputError as error:
        return f"engine_settings and gpu_count: {error}"


SHORTEST_CONTEXT = 1024
"""Tokens. No engine that was measured held fewer."""


def _as_it_started(deployment: Deployment) -> Deployment:
    """With more of the memory than vLLM takes by default, if that would not have been enough.

    A measurement shows that the engine started, so it was not started with the default.
    """
    engine = deployment.engine
    if engine.gpu_memory_utilization is not None:
        return deployment
    short = engine if engine.max_model_len else replace(engine, max_model_len=SHORTEST_CONTEXT)
    if sized(replace(deployment, engine=short)).kv_cache_tokens >= SHORTEST_CONTEXT:
        return deployment
    return replace(deployment, engine=replace(engine, gpu_memory_utilization=HIGHEST_PERCENT / 100))


def _default_max_num_seqs(gpu: GPU, version: str | None) -> int:
    """vLLM's default on this GPU; the older one if the version is not stated."""
    return DEFAULT_MAX_NUM_SEQS if version is None else default_max_num_seqs(gpu, version)


def _release_of(version: str | None) -> str | None:
    """The version if it names a release; None for "nightly" or the version of a fork."""
    return version if version and re.match(r"v?\d", version.strip()) else None


def is_open_loop(measurement: Measurement) -> bool:
    """True if requests arrived at a given rate, independent of the server."""
    return measurement.load in ("poisson_rate", "constant_rate")


def mean_e2e_s(measurement: Measurement) -> float | None:
    """Mean seconds per request from start to end: as stated, or TTFT + (O - 1) x TPOT."""
    m = measurement
    if m.e2e_s_mean is not None:
        return m.e2e_s_mean
    if m.ttft_ms_mean is None or m.tpot_ms_mean is None or output_tokens_of(m) is None:
        return None
    return (m.ttft_ms_mean + ((output_tokens_of(m) or 1.0) - 1.0) * m.tpot_ms_mean) / 1e3


def output_tokens_of(measurement: Measurement) -> float | None:
    """Mean output tokens per request: as stated, or from the two throughputs."""
    m = measurement
    if m.output_tokens is None and m.output_tokens_per_s and m.requests_per_s:
        return m.output_tokens_per_s / m.requests_per_s
    return m.output_tokens


def concurrency_of(measurement: Measurement) -> float | None:
    """Requests in flight during the measurement, None if the load does not determine it.

    With arrivals at a rate it is the mean number in the system, by Little's
    law throughput x mean seconds per request, and at least 1.
    """
    if is_open_loop(measurement):
        seconds, rate = mean_e2e_s(measurement), throughput_per_s(measurement)
        return None if seconds is None or rate is None else max(1.0, rate * seconds)
    if measurement.load == "single_stream":
        return 1.0
    if measurement.load == "burst" and measurement.concurrency is None:
        return None if measurement.requests is None else float(measurement.requests)
    return measurement.concurrency


def requests_of(measurement: Measurement) -> float:
    """Number of requests in the run; infinity if not stated.

    A static batch is its own run. With arrivals at a rate it is infinity, because the rate
    and not the number of requests determines how full the server is.
    """
    if measurement.load == "static_batch":
        return concurrency_of(measurement) or ENDLESS
    if measurement.load not in ("closed_loop", "burst") or not measurement.requests:
        return ENDLESS
    return measurement.requests


def throughput_per_s(measurement: Measurement) -> float | None:
    """Requests per second; from the output tokens per second if they are stated."""
    m = measurement
    if m.output_tokens_per_s and m.output_tokens:
        return m.output_tokens_per_s / m.output_tokens
    return m.requests_per_s or None


def seconds_per_request(measurement: Measurement) -> float | None:
    """The replica's seconds per request while it works.

    1 / throughput if requests are always there. With arrivals at a rate the server is idle at
    times, so it is mean E2E / number in the system.
    """
    rate = throughput_per_s(measurement)
    if rate is None:
        return None
    if is_open_loop(measurement):
        seconds, together = mean_e2e_s(measurement), concurrency_of(measurement)
        return None if seconds is None or together is None else seconds / together
    return 1.0 / rate


def observe(
    measurements: Iterable[Measurement], catalog: Catalog
) -> tuple[list[Observed], list[Skipped]]:
    """Observations of the usable measurements, and the others with the reason."""
    observed: list[Observed] = []
    skipped: list[Skipped] = []
    known: dict[tuple[object, ...], tuple[Deployment, Labels, Work] | str] = {}
    deployments: dict[tuple[object, ...], Deployment | str] = {}
    for measurement in measurements:
        m = measurement
        peaks = (m.peak_bandwidth_gb_per_s, m.peak_fp16_tflops)
        settings = (m.base_model, m.engine_settings, *peaks)
        key = (group_name(m), m.mode, *settings)
        if key not in known:
            own = m.source_id if states_processor(m) else None
            card = (m.gpu, m.gpu_memory_gb, m.gpu_count, own)
            served = (*card, m.model, m.quantization, m.engine_version, *settings)
            if served not in deployments:
                deployments[served] = deployment_of(measurement, catalog)
            known[key] = _labelled(measurement, deployments[served])
        found = known[key]
        reason = found if isinstance(found, str) else _unusable(measurement)
        if isinstance(found, str) or reason is not None:
            skipped.append(Skipped(measurement, reason or ""))
            continue
        observed.append(_observed(measurement, *found))
    return observed, skipped


def _labelled(
    measurement: Measurement, deployment: Deployment | str
) -> tuple[Deployment, Labels, Work] | str:
    if isinstance(deployment, str):
        return deployment
    # Another KV format is another kernel: its rows must not speak for the others of a run.
    kv_format = deployment.engine.kv_cache_dtype
    run = group_name(measurement) + ("" if kv_format == "auto" else f" | {kv_format} KV cache")
    labels = labels_of(deployment, measurement.mode, measurement.source_id, run)
    if deployment.engine.version is None:
        labels = _with_generation_by_date(labels, (measurement.date or "").replace("-", "")[:6])
    return deployment, labels, _work_that_started(deployment)


def _with_generation_by_date(labels: Labels, month: str) -> Labels:
    """Labels of a run without a stated version: what its month (YYYYMM) makes certain."""
    engine = ""
    if month >= GENERATION_0_12_CERTAIN_FROM:
        engine = "from 0.12"
    elif "" < month < BEFORE_0_6_UNTIL:
        engine = "before 0.6"
    era = "V1" if month >= V1_CERTAIN_FROM else "V0" if "" < month < V0_CERTAIN_UNTIL else ""
    engine_kernel = f"{labels.quantization} {engine}" if engine else ""
    return replace(labels, era=era, engine=engine, engine_kernel=engine_kernel)


@lru_cache(maxsize=4096)
def _work_that_started(deployment: Deployment) -> Work:
    """Work of a deployment whose engine did start, whatever the memory model says."""
    length = deployment.engine.max_model_len or _ANY_LENGTH
    work = work_of(replace(deployment, engine=replace(deployment.engine, max_model_len=length)))
    if work.kv_capacity_tokens > 0:
        return work
    return replace(work, kv_capacity_tokens=float("inf"))


_ANY_LENGTH = 4096  # the KV pool hardly depends on it, and the model's own maximum may not fit


def _unusable(measurement: Measurement) -> str | None:
    m = measurement
    if m.engine.strip().lower() != "vllm":
        return f"measured without vLLM, on {quoted(m.engine)}: no evidence of vLLM's speed"
    if m.input_tokens is None or output_tokens_of(m) is None:
        return "input or output length not stated"
    if concurrency_of(m) is None:
        return f"load {m.load} does not fix the concurrency"
    if seconds_per_request(m) is None:
        return "no throughput stated"
    return None


def _observed(
    measurement: Measurement, deployment: Deployment, labels: Labels, work: Work
) -> Observed:
    m = measurement
    seconds, concurrency, outputs = seconds_per_request(m), concurrency_of(m), output_tokens_of(m)
    if not (seconds and concurrency and m.input_tokens and outputs):
        raise ValueError(f"checked by _unusable before: {m}")
    if m.load == "static_batch" and settings_in(m.engine_settings).max_num_seqs is None:
        work = _with_room_for_batch(work, int(concurrency))
    scatter = ARRIVALS_SCATTER_SD if is_open_loop(m) else 0.0
    observation = Observation(
        labels,
        work,
        m.input_tokens,
        outputs,
        concurrency,
        requests_of(m),
        scatter,
        unsteady_sd=m.throughput_sd or 0.0,
    )
    return Observed(m, deployment, observation, seconds)


@lru_cache(maxsize=4096)
def _with_room_for_batch(work: Work, batch: int) -> Work:
    """The same with room for the batch: the server's max_num_seqs does not limit offline runs."""
    return replace(work, max_num_seqs=max(work.max_num_seqs, batch))
