"""Engine settings on the command line, in the spelling of each version."""

from __future__ import annotations

import pytest

from planner.catalog.lookup import Catalog
from planner.vllm.compatibility import check
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import estimate
from planner.vllm.rope_scaling import RopeScaling
from planner.vllm.serve_command import checkpoint_note, vllm_command
from planner.vllm.speculative_decoding import SpeculativeDecoding


def deployed(catalog: Catalog, gpu: str = "A100 80GB", **engine: object) -> Deployment:
    model = catalog.model("Qwen/Qwen3-8B")
    return Deployment(catalog.gpu(gpu), 1, model, "none", EngineConfig(**engine))  # type: ignore[arg-type]


def words(catalog: Catalog, gpu: str = "A100 80GB", **engine: object) -> list[str]:
    """What is added to the command of the same deployment without settings."""
    command = list(vllm_command(deployed(catalog, gpu, **engine), 8, ()))
    plain = list(vllm_command(deployed(catalog), 8, ()))
    assert command[: len(plain)] == plain
    return command[len(plain) :]


def test_without_settings_the_command_is_short(catalog: Catalog) -> None:
    assert vllm_command(deployed(catalog), 8, ()) == (
        *("vllm", "serve", "Qwen/Qwen3-8B", "--max-num-seqs", "8"),
    )


def test_prefix_caching_is_asked_for_as_some_versions_need(catalog: Catalog) -> None:
    assert words(catalog, prefix_hit_share=0.1) == ["--enable-prefix-caching"]


@pytest.mark.parametrize(
    ("gpu", "version", "first"),
    [
        ("A100 80GB", "0.7.2", "--enable-chunked-prefill"),
        ("T4", "0.9.0", "--enable-chunked-prefill"),  # still the V0 engine on that card
        ("A100 80GB", "0.8.5", "--max-num-batched-tokens"),
        ("A100 80GB", None, "--max-num-batched-tokens"),
    ],
)
def test_chunked_prefill_is_on_by_itself_in_the_v1_engine(
    catalog: Catalog, gpu: str, version: str | None, first: str
) -> None:
    added = words(catalog, gpu, version=version, max_num_batched_tokens=4096)
    assert added[0] == first
    assert added[-2:] == ["--max-num-batched-tokens", "4096"]


NGRAM = SpeculativeDecoding("ngram", 5, 0.7)


@pytest.mark.parametrize(
    ("version", "speculative", "expected"),
    [
        (
            "0.8.2",
            NGRAM,
            [
                "--speculative-config",
                '{"num_speculative_tokens": 5, "method": "ngram", "prompt_lookup_max": 4}',
            ],
        ),
        (
            "0.7.3",
            NGRAM,
            [
                *("--speculative-model", "[ngram]", "--num-speculative-tokens", "5"),
                *("--ngram-prompt-lookup-max", "4"),
            ],
        ),
        (
            None,
            SpeculativeDecoding("draft_model", 3, 0.7),
            ["--speculative-config", '{"num_speculative_tokens": 3, "model": "./draft-model"}'],
        ),
        (
            None,
            SpeculativeDecoding("eagle", 3, 0.7),
            [
                "--speculative-config",
                '{"num_speculative_tokens": 3, "method": "eagle", "model": "./draft-model"}',
            ],
        ),
        (
            None,
            SpeculativeDecoding("mtp", 1, 0.8),
            ["--speculative-config", '{"num_speculative_tokens": 1, "method": "mtp"}'],
        ),
    ],
)
def test_speculation_is_spelled_as_the_version_takes_it(
    catalog: Catalog,
    version: str | None,
    speculative: SpeculativeDecoding,
    expected: list[str],
) -> None:
    assert words(catalog, version=version, speculative=speculative) == expected


YARN = RopeScaling("yarn", 4.0, 32_768)
STATED = '{"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768'


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.4.2", []),  # the config.json alone could state it
        ("0.8.5", ["--rope-scaling", STATED + "}"]),
        ("0.11.2", ["--hf-overrides", '{"rope_scaling": ' + STATED + "}}"]),
        (
            "0.12.0",
            ["--hf-overrides", '{"rope_parameters": ' + STATED + ', "rope_theta": ROPE_THETA}}'],
        ),
    ],
)
def test_rope_scaling_is_spelled_as_the_version_takes_it(
    catalog: Catalog, version: str, expected: list[str]
) -> None:
    assert words(catalog, version=version, rope_scaling=YARN) == expected


def test_names_to_be_replaced_are_said_beside_the_command(catalog: Catalog) -> None:
    speculative = SpeculativeDecoding("eagle", 3, 0.7)
    deployment = deployed(catalog, speculative=speculative, rope_scaling=YARN)
    note = checkpoint_note(vllm_command(deployment, 8, ())) or ""
    assert "./draft-model stands for your draft" in note
    assert "ROPE_THETA stands for rope_theta of the model's config.json" in note
    assert checkpoint_note(vllm_command(deployed(catalog, speculative=NGRAM), 8, ())) is None


def test_scaling_lets_a_longer_context_start(catalog: Catalog) -> None:
    assert deployed(catalog, rope_scaling=YARN).context_tokens == 131_072
    too_long = estimate(deployed(catalog, max_model_len=65_536))
    assert "derived max_model_len (40960)" in (too_long.reason or "")
    assert estimate(deployed(catalog, max_model_len=65_536, rope_scaling=YARN)).fits
    beyond = estimate(deployed(catalog, max_model_len=131_073, rope_scaling=YARN))
    assert "derived max_model_len (131072)" in (beyond.reason or "")


def test_a_draft_takes_memory_for_its_weights_and_its_cache(catalog: Catalog) -> None:
    plain = estimate(deployed(catalog))
    drafted = estimate(deployed(catalog, speculative=SpeculativeDecoding("draft_model", 3, 0.7)))
    positions = 40_960 * 128 * 2 / 2**30  # cosines and sines, which the draft has not
    assert drafted.weights_gib - positions == pytest.approx(1.1 * (plain.weights_gib - positions))
    # the pool is smaller, and a token takes 36 + 4 layers of it
    share = drafted.kv_cache_tokens / plain.kv_cache_tokens
    assert share == pytest.approx(drafted.kv_cache_gib / plain.kv_cache_gib * 36 / 40, rel=1e-3)
    ngram = estimate(deployed(catalog, speculative=NGRAM))
    assert ngram.kv_cache_tokens == plain.kv_cache_tokens


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ({"version": "0.3.0", "prefix_hit_share": 0.1}, "caches prefixes from 0.4.0 on"),
        ({"version": "0.4.1", "speculative": NGRAM}, "with n-grams from 0.4.2 on"),
        (
            {"version": "0.13.0", "speculative": SpeculativeDecoding("draft_model", 3, 0.7)},
            "no draft models from 0.10.0 to 0.14; 0.13.0 raises",
        ),
        (
            {"version": "0.5.4", "speculative": SpeculativeDecoding("eagle", 3, 0.7)},
            "with EAGLE from 0.6.0 on",
        ),
        (
            {"version": "0.10.2", "speculative": SpeculativeDecoding("mtp", 1, 0.8)},
            "the method mtp from 0.11.0 on",
        ),
    ],
)
def test_a_version_without_the_setting_refuses_it(
    catalog: Catalog, engine: dict[str, object], told: str
) -> None:
    verdict = check(deployed(catalog, **engine))
    assert not verdict.compatible
    assert told in verdict.reasons[0]
    assert verdict.instead is not None


@pytest.mark.parametrize("version", ["0.9.2", "0.15.0", None])
def test_draft_models_work_before_and_after_the_gap(catalog: Catalog, version: str | None) -> None:
    speculative = SpeculativeDecoding("draft_model", 3, 0.7)
    assert check(deployed(catalog, version=version, speculative=speculative)).compatible


def test_what_scaling_does_to_short_texts_is_noted(catalog: Catalog) -> None:
    notes = check(deployed(catalog, rope_scaling=YARN)).notes
    assert any("answers to texts within the model's own length may get worse" in n for n in notes)
    early = check(deployed(catalog, version="0.4.2", rope_scaling=YARN)).notes
    assert any("write it into rope_scaling of the config.json" in note for note in early)
