"""Checkpoints whose names state one format, while a part of the network stays in 16 bit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.learning.from_measurements import deployment_of
from planner.report.json_output import read_as_json
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.memory import GIB, estimate
from planner.vllm.stages import stages_of
from planner.vllm.weights import weights_bytes
from planner.wording.model_sentences import read_as
from tests.support.sample_plan import measurement

LLAMA = "meta-llama/Llama-3.1-405B-Instruct-FP8"
MAVERICK = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8"


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        # 405,853,388,800 weights. Twice: 2 x 128,256 x 16,384 of embeddings, 126 x 570,425,344 of
        # attention (16,384 x (2 x 16,384 + 2 x 1,024)) and 2 x 2,617,278,594 of two layers' rest.
        (LLAMA, 405_853_388_800 + 4_202_692_608 + 71_873_593_344 + 5_234_557_188),
        # 24 x 128 x 3 x 5,120 x 8,192 of routed experts once, the other 14,164,792,320 twice.
        (MAVERICK, 386_547_056_640 + 2 * 14_164_792_320),
        ("RedHatAI/Llama-4-Maverick-17B-128E-Instruct-FP8", 414_876_641_280),
        # Twice: 2 x 202,048 x 5,120 of embeddings and 48 x 5,120 x 128 x (2 x 40 + 2 x 8).
        (
            "RedHatAI/Llama-4-Scout-17B-16E-Instruct-FP8-dynamic",
            107_769_873_408 + 2_068_971_520 + 3_019_898_880,
        ),
        # A weight in NVFP4 takes 9/16 bytes.
        (
            "RedHatAI/Llama-4-Scout-17B-16E-Instruct-NVFP4",
            2 * 5_088_870_400 + 102_681_003_008 * 9 / 16,
        ),
        # A weight in 4 bit with a scale and a zero for 128 takes 66.5/128 bytes.
        (
            "RedHatAI/Llama-4-Scout-17B-16E-Instruct-quantized.w4a16",
            2 * 5_088_870_400 + 102_681_003_008 * 66.5 / 128,
        ),
        # 94 x 128 x 3 x 4,096 x 1,536 of routed experts; nvidia's of this name has none in 16 bit.
        ("RedHatAI/Qwen3-235B-A22B-NVFP4", 2 * 7_997_238_784 + 227_096_395_776 * 9 / 16),
        ("nvidia/Qwen3-235B-A22B-NVFP4", 134_101_359_616),
        # 61 x 187,105,280 of latent attention: 7,168 x (1,536 + 576) + 1,536 x 24,576
        # + 512 x 32,768 + 16,384 x 7,168; and 2 x 129,280 x 7,168 of embeddings.
        (
            "nvidia/DeepSeek-R1-0528-FP4",
            2 * (1_853_358_080 + 11_413_422_080) + 657_759_624_192 * 9 / 16,
        ),
        ("nvidia/DeepSeek-V3-0324-NVFP4", 396_523_348_928),
        # The output projection, 61 x 16,384 x 7,168 = 7,163,871,232, is quantized too.
        (
            "nvidia/DeepSeek-R1-NVFP4-v2",
            2 * (1_853_358_080 + 4_249_550_848) + 664_923_495_424 * 9 / 16,
        ),
        # 58 x 256 x 3 x 7,168 x 2,048 of routed experts.
        (
            "RedHatAI/DeepSeek-R1-quantized.w4a16",
            2 * 17_117_633_536 + 653_908_770_816 * 66.5 / 128,
        ),
        # 64 x 3 x 5,120 x 17,408 of feed-forward layers.
        ("RedHatAI/Qwen3.8-27B-NVFP4", 2 * 9_783_238_144 + 17_112_760_320 * 9 / 16),
        # All linear layers of these are quantized.
        ("nvidia/Llama-3.1-405B-Instruct-FP8", 405_853_388_800 + 4_202_692_608),
        ("NousResearch/Hermes-3-Llama-3.1-405B-FP8", 405_853_388_800 + 4_202_692_608),
    ],
)
def test_the_bytes_are_those_of_the_checkpoint_of_that_name(name: str, stored: float) -> None:
    assert weights_bytes(load_catalog().model(name), "none") == pytest.approx(stored, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "elements", "without_it"),
    [
        # Elements of the safetensors (PyPI llmfit==1.1.17): two weights of NVFP4 are one, and each
        # 16 have a scale. The second number is the same count of the model without NVFP4.
        ("nvidia/DeepSeek-R1-0528-NVFP4", 396_767_013_632, 684_531_386_000),
        ("nvidia/DeepSeek-R1-NVFP4-v2", 393_632_819_968, 684_489_845_504),
        ("RedHatAI/Llama-4-Scout-17B-16E-Instruct-NVFP4", 63_720_802_592, 108_641_793_536),
        ("RedHatAI/Qwen3.8-27B-NVFP4", 20_294_595_344, 27_781_427_952),
        ("RedHatAI/Qwen3-235B-A22B-NVFP4", 135_739_033_600, 235_093_634_560),
    ],
)
def test_as_many_weights_are_quantized_as_the_files_hold(
    name: str, elements: float, without_it: float
) -> None:
    model = load_catalog().model(name)
    quantized = (2 * model.params - weights_bytes(model, "none")) / (2 - 9 / 16)

    assert quantized == pytest.approx((without_it - elements) * 16 / 7, rel=5e-4)


def test_vllm_logs_the_weights_of_the_fp8_checkpoint_of_405_billion() -> None:
    """57.7520 GB on each of 8 cards, July 2024 (vllm-project/vllm issue 6746).

    That copy held each KV head twice: 126 x 2 x 1,024 x 16,384 more weights in 16 bit.
    """
    loaded = _weights_gib(load_catalog().model(LLAMA), "0.5.3")
    doubled_heads = 2 * 126 * 2 * 1_024 * 16_384 / 8 / GIB

    assert loaded == pytest.approx(57.752, rel=0.02)
    assert loaded + doubled_heads == pytest.approx(57.752, rel=0.002)


def test_vllm_logs_the_weights_of_maverick_in_fp8() -> None:
    """48.8682 GiB on each of 8 cards (vllm-project/vllm issue 16152)."""
    assert _weights_gib(load_catalog().model(MAVERICK), "0.8.3") == pytest.approx(48.8682, rel=0.01)


@pytest.mark.parametrize("name", ["Llama-3.1-405B-Instruct-FP8", "Meta-Llama-3.1-405B-FP8"])
def test_a_bare_name_means_the_publisher_that_has_it(name: str) -> None:
    assert load_catalog().model(name).sixteen_bit_parts == ("attention", "first and last layer")


def test_each_listed_name_is_a_known_shape_in_the_format_that_it_states() -> None:
    catalog = load_catalog()
    for checkpoint in catalog.checkpoints:
        for name in checkpoint.names:
            model = catalog.model(f"{checkpoint.owner}/{name}")
            read = (model.native_quantization, model.sixteen_bit_parts)
            assert read == (checkpoint.quantization, checkpoint.kept)


def test_another_publishers_copy_of_the_name_is_not_taken_for_it() -> None:
    assert load_catalog().model("someone/Llama-3.1-405B-Instruct-FP8").sixteen_bit_parts == ()


def test_what_a_publisher_left_in_16_bit_is_not_read_for_anothers_copy_of_the_name() -> None:
    catalog = load_catalog()
    for own in ("nvidia/Gemma-4-31B-IT-NVFP4", "Gemma-4-31B-IT-NVFP4"):
        assert catalog.model(own).checkpoint_bytes == 31_481_766_400
    other = catalog.model("someone/Gemma-4-31B-IT-NVFP4")
    assert (other.read_as, other.checkpoint_bytes) == ("google/gemma-4-31B-it", None)
    assert other.native_quantization == "nvfp4"


def test_another_format_of_the_same_model_is_the_usual_one() -> None:
    model = load_catalog().model(LLAMA)

    assert weights_bytes(model, "awq") == weights_bytes(_base(), "awq")
    assert weights_bytes(_base(), "fp8") == 405_853_388_800 + 4_202_692_608


def test_key_and_value_heads_are_repeated_in_16_bit_where_attention_stays_so() -> None:
    """On 16 cards with 8 KV heads each head is there twice."""
    kept = load_catalog().model(LLAMA)
    usual = replace(kept, sixteen_bit_parts=())
    again = [_weights_gib(model, "0.11.0", 16) * 16 * GIB for model in (kept, usual)]

    assert again[0] - again[1] == pytest.approx(8 * 256 * 16_384 * 126)


def test_a_measurement_of_the_checkpoint_read_its_bytes() -> None:
    deployment = deployment_of(
        measurement(gpu="H100", gpu_memory_gb=80, gpu_count=8, model=LLAMA, quantization="fp8"),
        load_catalog(),
    )

    assert not isinstance(deployment, str)
    assert weights_bytes(deployment.model, deployment.quantization) == pytest.approx(487.164e9)


def test_the_answer_says_what_stays_in_16_bit() -> None:
    said = read_as(load_catalog().model(LLAMA))

    assert said is not None
    assert said.endswith(
        "In this checkpoint the attention layers and the first and the last layer stay in 16 bit."
    )
    assert read_as_json(load_catalog().model(MAVERICK)) == {
        "read_as": {
            "model": "meta-llama/Llama-4-Maverick-17B-128E-Instruct",
            "quantization": "fp8",
            "sixteen_bit": ["all but the routed experts"],
        }
    }


def test_a_data_parallel_rank_holds_its_experts_and_all_that_stays_in_16_bit() -> None:
    """One eighth of 386,547,056,640 routed weights in FP8, and 28,329,584,640 bytes of the rest."""
    engine = EngineConfig(
        version="0.11.0", data_parallel_size=8, enable_expert_parallel=True, text_only=True
    )
    model = load_catalog().model(MAVERICK)
    (rank,) = stages_of(Deployment(load_catalog().gpu("H200 SXM"), 8, model, "none", engine))

    assert weights_bytes(rank.model, "none") == pytest.approx(
        386_547_056_640 / 8 + 28_329_584_640, rel=1e-9
    )


def _base() -> ModelSpec:
    return load_catalog().model("meta-llama/Llama-3.1-405B")


def _weights_gib(model: ModelSpec, version: str, gpu_count: int = 8) -> float:
    gpu = load_catalog().gpu("H100 SXM")
    engine = EngineConfig(version=version)
    return estimate(Deployment(gpu, gpu_count, model, "none", engine)).weights_gib
