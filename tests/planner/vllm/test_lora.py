"""LoRA adapters: what is stated, and the memory that vLLM reserves."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.errors import InputError
from planner.vllm.lora import LoraAdapters, adapter_bytes, lora_adapters_from, lora_stated


def test_an_adapter_of_llama_3_1_8b(catalog: Catalog) -> None:
    model = catalog.model("Llama-3.1-8B-Instruct")
    # inputs and outputs of a layer's matrices: 3 x 4,096 + 4,096 + 2 x 1,024 + 2 x 4,096 and
    # 2 x 4,096 + 2 x 14,336 + 14,336 + 4,096 = 81,920; of the vocabulary 2 x (128,256 + 4,096)
    rows = 32 * 81_920 + 264_704
    assert adapter_bytes(model, 1, LoraAdapters(1, 16)) == 2 * 16 * rows
    assert adapter_bytes(model, 1, LoraAdapters(4, 64)) == 2 * 4 * 64 * rows
    # two cards split 4,096 + 2,048 + 4,096 and 3 x 14,336 of the layer's rows
    halved = 32 * (10_240 + 43_008) // 2
    assert adapter_bytes(model, 2, LoraAdapters(1, 16)) == 2 * 16 * (rows - halved)


def test_what_is_not_stated_is_vllms_default() -> None:
    assert lora_stated(False, None, None) is None
    assert lora_stated(True, None, None) == LoraAdapters(1, 16)
    assert lora_stated(False, 4, None) == LoraAdapters(4, 16)
    assert lora_stated(False, None, 64) == LoraAdapters(1, 64)


def test_text_is_read_back() -> None:
    assert lora_adapters_from(str(LoraAdapters(4, 64))) == LoraAdapters(4, 64)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("16", "'16' were given; give adapters:rank, such as 1:16"),
        ("1:17", "LoRA rank 17 was given; give the next larger of 1, 8, 16"),
        ("0:16", "0 LoRA adapters were given; give 1 to 1,000"),
    ],
)
def test_what_vllm_refuses_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        lora_adapters_from(text)
