"""What the profiling step takes for images, with start-up logs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec
from planner.networks.quantization import Quantization
from planner.vllm.activations import activation_bytes
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import GIB, estimate
from planner.vllm.stages import stages_of
from planner.vllm.version_rules import rules_for


def activations(catalog: Catalog, model: str, gpu_count: int, version: str, **engine: int) -> float:
    deployment = Deployment(
        catalog.gpu("L40S"),
        gpu_count,
        catalog.model(model),
        "none",
        EngineConfig(version=version, max_num_seqs=6, **engine),
    )
    return activation_bytes(deployment, rules_for(version), 2_048)


@pytest.mark.parametrize(
    ("gpu_count", "version", "vectors"),
    [(1, "0.11.0", 19), (2, "0.11.0", 11), (1, "0.16.1", 12), (2, "0.16.1", 9)],
)
def test_the_largest_image_of_qwen_is_encoded(
    catalog: Catalog, gpu_count: int, version: str, vectors: int
) -> None:
    # 16,384 tokens of 2 x 2 patches of 3 x 2 x 16 x 16 pixels; vectors of 1,152 in 16 bit: the
    # positions, the residual and its norm on every card, and while queries and keys are rotated
    # 16 others divided over the cards; with 0.14 more are needed to project attention: 8 divided,
    # the result, and its sum over cards
    found = activations(catalog, "Qwen/Qwen3.5-27B", gpu_count, version)
    assert found == 65_536 * (1_152 * vectors + 1_536) * 2


def test_as_many_small_images_as_fill_a_step_are_encoded(catalog: Catalog) -> None:
    # gemma-3: 256 tokens of 16 patches each; 2,048 tokens are 8 images
    found = activations(catalog, "google/gemma-3-27b-it", 1, "0.16.1")
    # the residual and its norm, 8 for attention and its result; 3 x 14 x 14 pixels
    assert found == 8 * 4_096 * (1_152 * 11 + 588) * 2


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        # a video of 12,288 tokens of 4 patches has a budget of 12.5 tokens for each of them
        ("0.12.0", (12_288 + 153_600) * 4 * 2_048 + 49_152 * 1_536),
        # the image has 16,384 tokens, of the encoder's result and of three of its layers
        ("0.13.0", 16_384 * 4 * 2_048 + 65_536 * 1_536),
    ],
)
def test_what_is_encoded_stays_while_tokens_are_sampled(
    catalog: Catalog, version: str, kept: int
) -> None:
    engine = EngineConfig(version=version, max_num_seqs=1_024)
    model = catalog.model("Qwen/Qwen3-VL-30B-A3B-Instruct")
    card, rules = catalog.gpu("A100 80GB"), rules_for(version)
    images = activation_bytes(Deployment(card, 1, model, "none", engine), rules, 2_048)
    text = replace(model, vision_params=None)
    language = activation_bytes(Deployment(card, 1, text, "none", engine), rules, 2_048)
    # the embeddings of a step are 2,048 vectors of 2,048
    assert images - language == 2 * (kept + 2_048 * 2_048)


@pytest.mark.parametrize(
    ("version", "length", "pairs"),
    [
        ("0.9.2", 128_000, 6),  # (128,000 - 16,384) // 16,384
        ("0.10.2", 128_000, 7),  # 128,000 // 16,384
        ("0.10.2", 1_000_000, 8),
        ("0.11.0", 1_000_000, 7),
        ("0.11.0", 16_000, 1),  # an image
    ],
)
def test_a_video_of_qwen_2_5_has_as_many_frames_as_the_context_holds(
    catalog: Catalog, version: str, length: int, pairs: int
) -> None:
    found = activations(catalog, "Qwen/Qwen2.5-VL-3B-Instruct", 1, version, max_model_len=length)
    # 16,384 tokens of 4 patches for each pair of frames; 18 vectors of 1,280 and 1,176 pixels
    assert found == pairs * 65_536 * (1_280 * 18 + 1_176) * 2


def test_latent_attention_writes_out_earlier_chunks(catalog: Catalog) -> None:
    deepseek = catalog.model("deepseek-ai/DeepSeek-R1")
    card = catalog.gpu("H200")

    def bytes_with(version: str, length: int) -> float:
        engine = EngineConfig(version=version, max_num_seqs=8, max_model_len=length)
        deployment = Deployment(card, 8, deepseek, "none", engine)
        return activation_bytes(deployment, rules_for(version), 64)

    # of 128 heads each of 8 cards has 16; 128 values of a key that are not rotated, 128 of a value
    token = 16 * (128 + 128) * 2
    step = 4 * 64 * 7_168 * 2
    assert bytes_with("0.11.0", 100_000) == 65_536 * token + step
    assert bytes_with("0.11.0", 1_000) == 8_000 * token + step
    before = bytes_with("0.10.2", 100_000)
    assert before == bytes_with("0.10.2", 1_000)
    assert before < 8_000 * token


@pytest.mark.parametrize(("version", "written"), [("0.14.0", False), ("0.16.0", True)])
def test_sparse_attention_writes_earlier_chunks_out_from_0_16(
    catalog: Catalog, version: str, written: bool
) -> None:
    engine = EngineConfig(version=version, max_num_seqs=1, max_model_len=1_000)
    sparse = catalog.model("deepseek-ai/DeepSeek-V3.2")

    def found(model: ModelSpec) -> float:
        deployment = Deployment(catalog.gpu("H200"), 8, model, "none", engine)
        return activation_bytes(deployment, rules_for(version), 1)

    dense = found(replace(sparse, index_head_dim=None))
    # 8,000 tokens of 16 heads of each of 8 cards; keys of 128 and values of 128
    chunks = 8_000 * 16 * (128 + 128) * 2
    assert dense - found(sparse) == pytest.approx(0 if written else chunks, rel=0.1)


@pytest.mark.parametrize(
    ("name", "quantization", "gpu_count", "workspaces"),
    [
        # a row for each of 8 experts of a token, 2,048 wide (2 x 768 is less) in both workspaces
        ("Qwen/Qwen3-30B-A3B", "none", 1, 2_048 * 8 * (2_048 + 2_048) * 2),
        # of Mixtral's 14,336 each of 4 cards has 3,584: 4,096 and 2 x 3,584 columns
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "fp8", 4, 2_048 * 2 * (4_096 + 7_168) * 2),
        ("Qwen/Qwen3-8B", "none", 1, 0),
    ],
)
def test_workspaces_of_experts_stay_while_tokens_are_sampled(
    catalog: Catalog, name: str, quantization: Quantization, gpu_count: int, workspaces: int
) -> None:
    deployment = Deployment(
        catalog.gpu("L40S"), gpu_count, catalog.model(name), quantization, EngineConfig()
    )
    kept = activation_bytes(deployment, rules_for("0.14.0"), 2_048)
    # both versions sample 256 sequences, which takes more than a layer
    assert kept - activation_bytes(deployment, rules_for("0.13.0"), 2_048) == workspaces


@pytest.mark.parametrize(
    ("version", "quantization", "columns"),
    [
        ("0.13.0", "none", 2_048 + 768),  # what the experts return, and the product
        ("0.14.0", "none", 2_048 + 2_048),  # two workspaces
        ("0.22.1", "awq", 2_048 + 768),  # buffers of a layer
        ("0.24.0", "awq", 2_048 + 2_048),
        ("0.14.0", "nvfp4", 3 * 768),  # kernels that are not known: projections and product
    ],
)
def test_a_layer_of_experts_has_buffers_for_each_expert_of_a_token(
    catalog: Catalog, version: str, quantization: Quantization, columns: int
) -> None:
    engine = EngineConfig(max_num_seqs=1)
    model = catalog.model("Qwen/Qwen3-30B-A3B")
    deployment = Deployment(catalog.gpu("L40S"), 1, model, quantization, engine)
    # 8 experts, and 4 vectors of 2,048, for each of 16,384 tokens in 16 bit; what compiling copies
    # is less: 151,936 + 2 x 16,384 vectors of 2,048 are 378 million values, and these 503 million
    found = activation_bytes(deployment, rules_for(version), 16_384)
    assert found == 16_384 * (8 * columns + 4 * 2_048) * 2


@pytest.mark.parametrize(
    ("name", "routed", "whole", "hidden"),
    [
        ("mistralai/Mixtral-8x22B-Instruct-v0.1", 2, 16_384, 6_144),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 1, 8_192, 5_120),
    ],
)
def test_expert_parallelism_keeps_experts_whole_on_each_card(
    catalog: Catalog, name: str, routed: int, whole: int, hidden: int
) -> None:
    model = replace(catalog.model(name), vision_params=None)

    def kept(expert_parallel: bool) -> float:
        engine = EngineConfig(max_num_seqs=1, enable_expert_parallel=expert_parallel)
        deployment = Deployment(catalog.gpu("H100 SXM"), 8, model, "none", engine)
        return activation_bytes(deployment, rules_for("0.26.0"), 8_192)

    # every card has a row for each expert of each token: an eighth of the columns or all
    columns = 2 * whole + max(whole, hidden) - 2 * hidden
    assert kept(True) - kept(False) == 8_192 * routed * columns * 2


@pytest.mark.parametrize(
    ("version", "quantization", "tokens"),
    [
        ("0.11.2", "none", 32_768),
        ("0.16.0", "none", 16_384),
        ("0.16.0", "awq", 131_072),  # Marlin
        ("0.19.1", "none", 131_072),
    ],
)
def test_experts_took_a_chunk_of_tokens_at_a_time(
    catalog: Catalog, version: str, quantization: Quantization, tokens: int
) -> None:
    engine = EngineConfig(max_num_seqs=1)
    model = catalog.model("Qwen/Qwen3-30B-A3B")
    deployment = Deployment(catalog.gpu("H100 SXM"), 1, model, quantization, engine)
    found = activation_bytes(deployment, rules_for(version), 131_072)
    product = 2_048 if (version, quantization) in [("0.16.0", "none"), ("0.19.1", "none")] else 768
    vectors = 131_072 * 4 * 2_048
    assert found == (vectors + tokens * 8 * (2_048 + product)) * 2


def test_two_l40s_hold_what_qwen_3_5_logged_beside_its_encoder(catalog: Catalog) -> None:
    # start-up log of 0.16.1: 36.73 GiB loaded, 1.73 GiB of KV cache on 44.39 GiB at 0.9;
    # of them 4 x 262,144 positions x 64 values x 2 bytes = 0.125 GiB are cosines and sines,
    # and each card holds the routers of 256 experts in 48 layers whole
    engine = EngineConfig(
        version="0.16.1",
        max_model_len=131_072,
        max_num_seqs=6,
        max_num_batched_tokens=8_192,
        kv_cache_dtype="fp8",
        prefix_caching=True,
    )
    stored, routers = 2 * (36.73 - 0.125) * GIB, 256 * 3_072 * 48 * 2
    model = catalog.model("Qwen/Qwen3.5-122B-A10B")
    model = replace(model, checkpoint_bytes=stored - routers)
    model = replace(model, vision_params=0.0, native_quantization="gptq")
    found = estimate(Deployment(catalog.gpu("L40S"), 2, model, "gptq", engine))
    assert found.weights_gib == pytest.approx(36.73)
    assert found.kv_cache_gib == pytest.approx(1.73, abs=0.3)


@pytest.mark.parametrize(
    ("gpu", "version", "tuned"),
    [
        ("A100 80GB", "0.27.1", True),
        ("RTX PRO 6000", "0.27.1", True),
        ("A100 80GB", "0.16.0", False),
        ("H200", "0.27.1", False),  # FlashInfer's kernels
        ("B200", "0.27.1", False),
    ],
)
def test_the_first_gated_delta_net_tries_its_kernels_beside_triton_s_buffer(
    catalog: Catalog, gpu: str, version: str, tuned: bool
) -> None:
    engine = EngineConfig(version=version, max_num_seqs=4, max_num_batched_tokens=1_024)
    model = catalog.model("Qwen/Qwen3-Next-80B-A3B-Instruct")
    found = activation_bytes(
        Deployment(catalog.gpu(gpu), 4, model, "none", engine), rules_for(version), 1_024
    )
    # 2 x (2 x 2,048 + 4,096) + 4,096 projected values, a quarter on each of 4 cards, and some for
    # the two gates of each head; a quarter of the table that compiling copies is 148 MiB
    tried = 256 * 2**20 + 1_024 * 2 * (1.5 * 16_384 / 4 + 4 * 2_048)
    if tuned:
        assert found == pytest.approx(tried, rel=0.01)
    else:
        assert found < 256 * 2**20


@pytest.mark.parametrize(
    ("gpu_count", "version", "eager", "copied"),
    [
        (1, "0.17.0", False, True),
        (2, "0.28.0", False, True),
        (1, "0.16.0", False, False),
        (1, "0.17.0", True, False),
    ],
)
def test_the_first_start_copies_the_table_of_tokens_to_time_compiled_kernels(
    catalog: Catalog, gpu_count: int, version: str, eager: bool, copied: bool
) -> None:
    engine = EngineConfig(version=version, max_num_seqs=1, enforce_eager=eager)
    deployment = Deployment(catalog.gpu("L40S"), gpu_count, catalog.model("Qwen/Qwen3-14B"), "none")
    found = activation_bytes(replace(deployment, engine=engine), rules_for(version), 2_048)
    # 151,936 tokens of 5,120 values; 2,048 tokens are written twice, in 16 bit
    table = (151_936 * 5_120 / gpu_count + 2 * 2_048 * 5_120) * 2
    # otherwise a layer: 3 x 17,408 and 4 x 5,120 values of each token
    layer = 2_048 * (3 * 17_408 / gpu_count + 4 * 5_120) * 2
    assert found == (table if copied else layer)


def test_only_the_first_stage_of_a_pipeline_has_the_table_of_tokens(catalog: Catalog) -> None:
    engine = EngineConfig(version="0.24.0", max_num_seqs=1, pipeline_parallel_size=3)
    whole = Deployment(catalog.gpu("L40S"), 3, catalog.model("Qwen/Qwen3-14B"), "none", engine)
    rules = rules_for("0.24.0")
    found = [activation_bytes(stage, rules, 2_048) for stage in stages_of(whole)]
    # as above; the last stage has the output head, of as many values
    layer = 2_048 * (3 * 17_408 + 4 * 5_120) * 2
    assert found == [(151_936 + 2 * 2_048) * 5_120 * 2, layer, layer]


def test_a_model_that_reads_images_compiles_without_its_table_of_tokens(catalog: Catalog) -> None:
    def found(eager: bool = False, text_only: bool = False) -> float:
        settings = EngineConfig(
            version="0.24.0", max_num_seqs=1, enforce_eager=eager, text_only=text_only
        )
        model = catalog.model("google/gemma-3-27b-it")
        deployment = Deployment(catalog.gpu("L40S"), 1, model, "none", settings)
        return activation_bytes(deployment, rules_for("0.24.0"), 2_048)

    assert found() == found(eager=True)
    # 262,144 tokens of 5,376 values are more than its images take
    assert found(text_only=True) == (262_144 + 2 * 2_048) * 5_376 * 2
