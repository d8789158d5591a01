"""The processor that a measurement was made on, with the peaks that were measured beside it.

The catalogue holds the processor of one machine, under the name ``cpu``. So each measurement on
a processor states the peaks of its own: exported and imported elsewhere, it means the same.
"""

from __future__ import annotations

from dataclasses import replace

from planner.catalog.gpu import CPU, GPU, PROCESSOR, processor_gpu
from planner.catalog.lookup import Catalog
from planner.catalog.names import gpu_key
from planner.records.measurement import Measurement


def states_processor(measurement: Measurement) -> bool:
    """True if it was made on a processor and states its memory and peaks."""
    m = measurement
    stated = m.gpu_memory_gb and m.peak_bandwidth_gb_per_s and m.peak_fp16_tflops
    return gpu_key(m.gpu) == CPU and bool(stated)


def peaks_of(gpu: GPU) -> dict[str, float | None]:
    """Peaks of a processor as fields of a measurement; None for a GPU, whose datasheet has them."""
    measured = gpu.architecture == PROCESSOR
    return {
        "peak_bandwidth_gb_per_s": gpu.bandwidth_gb_per_s if measured else None,
        "peak_fp16_tflops": gpu.fp16_tflops if measured else None,
    }


def with_peaks(measurement: Measurement, catalog: Catalog) -> Measurement:
    """The measurement with the catalogue's peaks, if it is of a processor and states none."""
    m = measurement
    own = _own_processor(catalog)
    if own is None or gpu_key(m.gpu) != CPU or m.peak_bandwidth_gb_per_s or m.peak_fp16_tflops:
        return m
    return replace(
        m, peak_bandwidth_gb_per_s=own.bandwidth_gb_per_s, peak_fp16_tflops=own.fp16_tflops
    )


def processor_of(measurement: Measurement, catalog: Catalog) -> GPU:
    """The processor of a measurement that states it; another than the catalogue's is named so."""
    m, own = measurement, _own_processor(catalog)
    peaks = (m.peak_bandwidth_gb_per_s or 0.0, m.peak_fp16_tflops or 0.0)
    if own is not None and (own.bandwidth_gb_per_s, own.fp16_tflops) == peaks:
        return own
    return processor_gpu(
        m.gpu_memory_gb or 0.0,
        *peaks,
        source=m.source,
        source_date=m.date or "not stated",
        note=f"as stated with the measurements of {m.source_id}",
        name=CPU if own is None else f"{CPU} of {peaks[0]:g} GB/s and {peaks[1]:g} TFLOP/s",
    )


def _own_processor(catalog: Catalog) -> GPU | None:
    return next((gpu for gpu in catalog.gpus if gpu.name == CPU), None)
