"""One of everything that the store keeps."""

from __future__ import annotations

from dataclasses import replace

from planner.catalog.gpu import GPU
from planner.catalog.model_spec import ModelSpec
from planner.catalog.price_offer import PriceOffer
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.records.measurement import COLUMNS, Measurement

BLANK = dict.fromkeys(COLUMNS)
MEASUREMENT = Measurement(
    **BLANK
    | {
        "source_id": "lab",
        "gpu": "A100 80GB",
        "gpu_count": 1,
        "model": "mistralai/Mistral-7B-Instruct-v0.2",
        "engine": "vllm",
        "load": "closed_loop",
        "input_tokens": 8000.0,
        "output_tokens": 150.0,
        "concurrency": 32.0,
        "output_tokens_per_s": 130.0,
        "date": "2024-08-26",
        "source": "Our lab's notebook",
        "notes": "«é» 'quoted'; DROP TABLE measurements",
    }
)
UNDER_SETTINGS = replace(MEASUREMENT, engine_settings="max_num_seqs=64; prefix_hit_share=0.5")
REFERENCE = replace(MEASUREMENT, source_id="article", source="An article", notes=None)

RUN = CalibrationRun(
    run_id="20261122-7f3a",
    started_at="2026-11-22T10:00:00+00:00",
    finished_at=None,
    suite="quick",
    model="mistralai/Mistral-7B-Instruct-v0.2",
    base_model=None,
    gpu="L4",
    gpu_count=1,
    quantization="awq",
    engine="vllm",
    engine_version=None,
    environment={"driver": "550.54.14", "flags": ["--enforce-eager"], "kv_cache_tokens": 41_000},
    design={"points": 6},
    stopped=None,
    source_id="run-7f3a",
)
POINT = RunPoint(
    run_id=RUN.run_id,
    key="1024x128x8",
    position=0,
    input_tokens=1024,
    output_tokens=128,
    concurrency=8,
    load="closed_loop",
    status="ok",
    reason=None,
    measured_at="2026-11-22T10:03:00+00:00",
    measurement=replace(MEASUREMENT, source_id="run-7f3a", gpu="L4", concurrency=8.0),
    details={"p99_e2e_s": 4.5, "throttled": False},
)
GPU_ROW = GPU(
    name="B200",
    memory_gb=192,
    memory_gib=178.4,
    bandwidth_gb_per_s=8000,
    fp16_tflops=2250,
    fp8_tflops=None,
    int8_tops=None,
    tdp_w=1000,
    compute_capability=(10, 0),
    architecture="Blackwell",
    link_gb_per_s=900,
    aliases=("NVIDIA B200",),
    source="datasheet",
    source_date="2025-01-01",
)
OFFER = PriceOffer(
    id="ours",
    provider="Our cellar",
    instance="box",
    gpu="B200",
    gpu_count=8,
    terms="reserved",
    region="home",
    usd_per_hour=10.0,
    usd_per_year=87_600.0,
    tier="list",
    as_of="2026-11-01",
    source="invoice",
)
MODEL = ModelSpec(
    name="Tiny",
    hf_id="ours/tiny",
    params=1e6,
    active_params=1e6,
    embedding_params=1e5,
    layers=2,
    hidden_size=64,
    intermediate_size=128,
    attention_heads=4,
    kv_heads=2,
    head_dim=16,
    vocab_size=1000,
    max_position_embeddings=2048,
    sliding_window=None,
    sliding_window_layers=0,
    experts=None,
    active_experts=None,
    tied_embeddings=True,
    native_quantization="none",
    source="config.json",
    source_date="2026-11-01",
)
