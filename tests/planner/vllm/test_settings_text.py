"""Engine settings as text: read back unchanged, and refused by name where not understood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import engines

from planner.errors import InputError
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.lora import LoraAdapters
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.settings_text import NAMES, canonical, settings_in, settings_text
from planner.vllm.speculative_decoding import SpeculativeDecoding

ALL = (
    "max_num_seqs=64; gpu_memory_utilization=0.85; max_model_len=8192; "
    "max_num_batched_tokens=4096; kv_cache_dtype=fp8; prefix_hit_share=0.5; "
    "speculative=ngram:4:0.7; rope_scaling=yarn:4; enforce_eager=true; "
    "pipeline_parallel_size=2; data_parallel_size=3; enable_expert_parallel=true; lora=4:16; "
    "text_only=true; moe_backend=marlin"
)


@given(engines)
def test_what_is_written_is_read_back_unchanged(engine: EngineConfig) -> None:
    text = settings_text(engine)
    assert settings_in(text) == engine
    assert canonical(text) == text


def refusal(text: str) -> InputError | None:
    try:
        settings_in(text)
    except InputError as error:
        return error
    return None


@pytest.mark.fuzz
@given(st.text() | st.from_regex(r"[a-z_]{3,9}=[\w:.]{0,9}", fullmatch=True))
def test_any_text_is_understood_or_refused_in_one_line(text: str) -> None:
    error = refusal(text)
    if error is None:
        assert settings_in(canonical(text)) == settings_in(text)
    else:
        assert error.field == "engine_settings"
        assert "\n" not in str(error)
        assert len(str(error)) < 500


def test_every_setting_has_its_name_and_place() -> None:
    engine = EngineConfig(
        max_num_seqs=64,
        gpu_memory_utilization=0.85,
        max_model_len=8192,
        max_num_batched_tokens=4096,
        kv_cache_dtype="fp8",
        prefix_hit_share=0.5,
        speculative=SpeculativeDecoding("ngram", 4, 0.7),
        rope_scaling=RopeScaling("yarn", 4.0),
        enforce_eager=True,
        pipeline_parallel_size=2,
        data_parallel_size=3,
        enable_expert_parallel=True,
        lora=LoraAdapters(4, 16),
        text_only=True,
        moe_backend="marlin",
    )
    assert settings_text(engine) == ALL
    assert settings_in(ALL) == engine
    assert [item.partition("=")[0] for item in ALL.split("; ")] == list(NAMES)


def test_nothing_stated_is_no_text_and_defaults() -> None:
    assert settings_text(EngineConfig(version="0.11.0")) is None
    assert settings_in(None) == settings_in(" ; ") == EngineConfig()
    assert canonical("kv_cache_dtype=auto; prefix_hit_share=0") is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("prefix_hit_share = 0.50 ;max_num_seqs=64.0;", "max_num_seqs=64; prefix_hit_share=0.5"),
        ("speculative=eagle:4:.7:0.05", "speculative=eagle:4:0.7:0.05"),
        ("rope_scaling=YaRN:4:32768", "rope_scaling=yarn:4:32768"),
        ("prefix_hit_share=0.33333333333", "prefix_hit_share=0.33333333333"),
    ],
)
def test_order_and_spacing_are_free(text: str, written: str) -> None:
    assert canonical(text) == written


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "swap_space=4",
            r"'swap_space=4' is not an engine setting; give .* \(names: max_",
        ),
        ("max_num_seqs", "'max_num_seqs' is not an engine setting"),
        ("max_num_seqs=8; max_num_seqs=9", "max_num_seqs is stated twice; leave one of them out"),
        ("max_num_seqs=0", "max_num_seqs: '0' was given; give a whole number, 1 to 100000"),
        ("max_num_seqs=1e9", "'1e9' was given; give a whole number"),
        ("max_num_seqs=1_0", "'1_0' was given; give a whole number"),
        ("max_model_len=8.5", "max_model_len: '8.5' was given; give a whole number"),
        ("max_num_batched_tokens=8", "'8' was given; give a whole number, 16 to"),
        ("gpu_memory_utilization=0", "'0' was given; give a share from 0.01 to 1"),
        ("prefix_hit_share=50 %", "'50 %' was given; give a share from 0 to 1"),
        ("prefix_hit_share=nan", "'nan' was given; give a share"),
        ("kv_cache_dtype=int4", "'int4' was given; give one of auto, fp8"),
        ("speculative=ngram:4", "'ngram:4' is not understood; give method:tokens:acceptance"),
        ("speculative=ngram", "'ngram' is not understood"),
        ("speculative=ngram:x:0.7", "'ngram:x:0.7' is not understood"),
        ("speculative=medusa:4:0.7", "speculative method 'medusa' is not one of ngram"),
        ("speculative=ngram:4:7", "acceptance 7 was given; give a share from 0 to 1"),
        ("rope_scaling=4", "rope scaling '4' is not understood; give kind:factor"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        settings_in(text)
    assert refused.value.field == "engine_settings"
