"""Entries of a user's own, as the fields of the Catalogue page state them."""

from __future__ import annotations

import json

from model_configs import MISTRAL_7B

CARD = {
    "name": "Our GPU",
    "memory_gb": "48",
    "memory_gib": "44.5",
    "bandwidth_gb_per_s": "1,800",
    "fp16_tflops": "200",
    "fp8_tflops": "",
    "int8_tops": "",
    "tdp_w": "300",
    "link_gb_per_s": "",
    "compute_capability": "8.9",
    "architecture": "",
    "source": "the maker's datasheet",
    "source_date": "2026-11-01",
}
PRICE = {
    "id": "",
    "provider": "own",
    "gpu": "L4",
    "gpu_count": "1",
    "instance": "",
    "terms": "on-demand",
    "region": "",
    "price": "0.50",
    "per": "hour",
    "currency": "",
    "rate": "",
    "rate_date": "",
    "as_of": "2026-11-01",
    "source": "invoice 4711",
}
MODEL = {
    "name": "our-org/claims-7b",
    "base_model": "mistralai/Mistral-7B-Instruct-v0.2",
    "source": "our registry",
    "source_date": "2026-10-01",
}
CONFIG = json.dumps(MISTRAL_7B | {"architectures": ["MistralForCausalLM"]}).encode()
