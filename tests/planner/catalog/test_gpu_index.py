"""GPUs by the names that NVML, clouds, price lists and people give them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.cloud_machine import CloudMachine, machines_by_key
from planner.catalog.gpu_index import GPUIndex
from planner.catalog.lookup import Catalog, load_catalog
from planner.errors import InputError

NVML_NAMES = {
    "Tesla T4": "T4",
    "Tesla V100-SXM2-16GB": "V100 16GB",
    "Tesla V100-SXM2-32GB": "V100 32GB",
    "Tesla V100S-PCIE-32GB": "V100S",
    "NVIDIA L4": "L4",
    "NVIDIA L2": "L2",
    "NVIDIA L20": "L20",
    "NVIDIA L40": "L40",
    "NVIDIA L40S": "L40S",
    "NVIDIA A2": "A2",
    "NVIDIA A10": "A10",
    "NVIDIA A10G": "A10G",
    "NVIDIA A30": "A30",
    "NVIDIA A40": "A40",
    "NVIDIA A100-SXM4-40GB": "A100 40GB",
    "NVIDIA A100-SXM4-80GB": "A100 80GB",
    "NVIDIA A100-PCIE-40GB": "A100 40GB PCIe",
    "NVIDIA A100 80GB PCIe": "A100 80GB PCIe",
    "NVIDIA A800-SXM4-80GB": "A800 80GB",
    "NVIDIA A800 80GB PCIe": "A800 80GB PCIe",
    "NVIDIA A800 40GB Active": "A800 40GB Active",
    "NVIDIA H100 80GB HBM3": "H100 SXM",
    "NVIDIA H100 PCIe": "H100 PCIe",
    "NVIDIA H100 NVL": "H100 NVL",
    "NVIDIA H800": "H800 SXM",
    "NVIDIA H800 PCIe": "H800 PCIe",
    "NVIDIA H20": "H20",
    "NVIDIA H200": "H200",
    "NVIDIA GH200 480GB": "GH200",
    "NVIDIA B200": "B200",
    "NVIDIA B300 SXM6 AC": "B300",
    "NVIDIA GB200": "GB200",
    "NVIDIA GB300": "GB300",
    "NVIDIA GB10": "GB10",
    "NVIDIA GeForce RTX 3060": "RTX 3060",
    "NVIDIA GeForce RTX 3070": "RTX 3070",
    "NVIDIA GeForce RTX 3080 Ti": "RTX 3080 Ti",
    "NVIDIA GeForce RTX 3090": "RTX 3090",
    "NVIDIA GeForce RTX 3090 Ti": "RTX 3090 Ti",
    "NVIDIA GeForce RTX 4070": "RTX 4070",
    "NVIDIA GeForce RTX 4070 SUPER": "RTX 4070 Super",
    "NVIDIA GeForce RTX 4070 Ti": "RTX 4070 Ti",
    "NVIDIA GeForce RTX 4070 Ti SUPER": "RTX 4070 Ti Super",
    "NVIDIA GeForce RTX 4080": "RTX 4080",
    "NVIDIA GeForce RTX 4080 SUPER": "RTX 4080 Super",
    "NVIDIA GeForce RTX 4090": "RTX 4090",
    "NVIDIA GeForce RTX 5070": "RTX 5070",
    "NVIDIA GeForce RTX 5070 Ti": "RTX 5070 Ti",
    "NVIDIA GeForce RTX 5080": "RTX 5080",
    "NVIDIA GeForce RTX 5090": "RTX 5090",
    "NVIDIA RTX A4000": "RTX A4000",
    "NVIDIA RTX A4500": "RTX A4500",
    "NVIDIA RTX A5000": "RTX A5000",
    "NVIDIA RTX A5500": "RTX A5500",
    "NVIDIA RTX A6000": "RTX A6000",
    "NVIDIA RTX 4000 Ada Generation": "RTX 4000 Ada",
    "NVIDIA RTX 4500 Ada Generation": "RTX 4500 Ada",
    "NVIDIA RTX 5000 Ada Generation": "RTX 5000 Ada",
    "NVIDIA RTX 6000 Ada Generation": "RTX 6000 Ada",
    "NVIDIA RTX PRO 6000 Blackwell Workstation Edition": "RTX PRO 6000",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition": "RTX PRO 6000",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition": "RTX PRO 6000 Max-Q",
}


@pytest.mark.parametrize(("written", "meant"), NVML_NAMES.items())
def test_a_card_is_known_by_its_nvml_name(catalog: Catalog, written: str, meant: str) -> None:
    assert catalog.gpu(written).name == meant


@pytest.mark.parametrize(
    ("written", "memory_gb", "meant"),
    [
        # nvidia-smi shows 10240, 12288, 8188 and 16380 MiB
        ("NVIDIA GeForce RTX 3080", 10.74, "RTX 3080 10GB"),
        ("NVIDIA GeForce RTX 3080", 12.88, "RTX 3080 12GB"),
        ("NVIDIA GeForce RTX 4060 Ti", 8.59, "RTX 4060 Ti 8GB"),
        ("NVIDIA GeForce RTX 4060 Ti", 17.18, "RTX 4060 Ti 16GB"),
        ("A100 PCIe", 80, "A100 80GB PCIe"),
        ("A100-PCIE", 40, "A100 40GB PCIe"),
        ("A100 SXM", 80, "A100 80GB"),
        ("H100", 94, "H100 NVL"),
        ("NVIDIA RTX A2000", 6.44, "RTX A2000 6GB"),  # nvidia-smi shows 6138 MiB
        ("A2000", 12.88, "RTX A2000 12GB"),
        ("RTX 6000", 24, "Quadro RTX 6000"),
        ("RTX 6000", 48, "RTX 6000 Ada"),
        ("RTX 5000", 16, "Quadro RTX 5000"),
        ("RTX 4000", 20, "RTX 4000 Ada"),
        ("RTX 3060", 8, "RTX 3060 8GB"),
        ("NVIDIA GeForce RTX 3060", 8.59, "RTX 3060 8GB"),
        ("RTX 3060", 12.88, "RTX 3060"),
        ("RTX 2060", 12, "RTX 2060 12GB"),
        ("GH200", 144, "GH200 144GB"),
        ("GH200", 96, "GH200"),
    ],
)
def test_the_memory_decides_between_cards_of_one_name(
    catalog: Catalog, written: str, memory_gb: float, meant: str
) -> None:
    assert catalog.gpu(written, memory_gb).name == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("3090", "RTX 3090"),
        ("4070 ti super", "RTX 4070 Ti Super"),
        ("rtx4090", "RTX 4090"),
        ("RTX_4080S", "RTX 4080 Super"),
        ("a100-80gb", "A100 80GB"),
        ("A100-80G", "A100 80GB"),
        ("A100-PCIE-80GB", "A100 80GB PCIe"),
        ("H100 SXM", "H100 SXM"),
        ("H100_SXM5_80GB", "H100 SXM"),
        ("H100-PCIe", "H100 PCIe"),
        ("V100-32GB", "V100 32GB"),
        ("T4 16 GB", "T4"),
        ("L4 24GiB", "L4"),
        ("RTX6000-Ada", "RTX 6000 Ada"),
        ("a6000", "RTX A6000"),
        ("H200-SXM", "H200"),
        ("DGX Spark", "GB10"),
    ],
)
def test_short_names_are_understood(catalog: Catalog, written: str, meant: str) -> None:
    assert catalog.gpu(written).name == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("nvidia-l4", "L4"),
        ("nvidia-tesla-t4", "T4"),
        ("nvidia-tesla-v100", "V100 16GB"),
        ("nvidia-tesla-a100", "A100 40GB"),
        ("nvidia-a100-80gb", "A100 80GB"),
        ("nvidia-h100-80gb", "H100 SXM"),
        ("nvidia-h100-mega-80gb", "H100 SXM"),
        ("nvidia-h200-141gb", "H200"),
        ("nvidia-b200", "B200"),
        ("nvidia-rtx-pro-6000", "RTX PRO 6000"),
    ],
)
def test_a_clouds_accelerator_type_means_one_card(
    catalog: Catalog, written: str, meant: str
) -> None:
    assert catalog.gpu(written).name == meant


@pytest.mark.parametrize(
    ("written", "choices"),
    [
        ("A100", "A100 40GB or A100 40GB PCIe or A100 80GB or A100 80GB PCIe"),
        ("A100 PCIe", "A100 40GB PCIe or A100 80GB PCIe"),
        ("H100 80GB", "H100 SXM or H100 PCIe"),
        ("V100", "V100 16GB or V100 32GB"),
        ("RTX 3080", "RTX 3080 10GB or RTX 3080 12GB"),
        ("NVIDIA GeForce RTX 4060 Ti", "RTX 4060 Ti 8GB or RTX 4060 Ti 16GB"),
        ("NVIDIA A800-SXM4-40GB", "A800 80GB or A800 80GB PCIe"),
        ("NVIDIA RTX A2000", "RTX A2000 6GB or RTX A2000 12GB"),
        ("A2000", "RTX A2000 6GB or RTX A2000 12GB"),
        ("A10 48GB", "A10"),
    ],
)
def test_a_name_of_several_cards_is_refused_with_the_choices(
    catalog: Catalog, written: str, choices: str
) -> None:
    with pytest.raises(InputError, match=rf"did you mean {choices}\? ") as error:
        catalog.gpu(written)
    assert error.value.field == "gpu"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("NVIDIA A100-SXM4-80GB MIG 1g.10gb", "MIG slice"),
        ("NVIDIA-A100-SXM4-80GB-MIG-3g.40gb", "MIG slice"),
        ("GRID A100-4C", "virtual GPU"),
        ("NVIDIA A40-24Q", "virtual GPU"),
        ("A10 12Q", "virtual GPU"),
        ("7900XTX", "not made by NVIDIA"),
        ("Strix Halo", "not made by NVIDIA"),
        ("Groq LPU", "not made by NVIDIA"),
        ("Tesla-T4-SHARED", "several pods share"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "laptop's GPU"),
        ("Tesla P100-PCIE-16GB", "compute capability 6.0, and vLLM needs 7.0"),
        ("p40", "compute capability 6.1, and vLLM needs 7.0"),
        ("1080 Ti", "compute capability 6.1, and vLLM needs 7.0"),
    ],
)
def test_a_part_of_a_card_or_a_card_without_vllm_is_refused_with_the_reason(
    catalog: Catalog, written: str, reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as error:
        catalog.gpu(written, 80)
    assert error.value.field == "gpu"


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ("2x3090", "2 x RTX 3090"),
        ("4090 x2", "2 x RTX 4090"),
        ("RTX 3090 * 4", "4 x RTX 3090"),
        ("dual 3090", "2 x RTX 3090"),
        ("L4x8", "8 x L4"),
        ("gpu_8x_h100_sxm5", "8 x H100 SXM"),
        ("8x A100 80GB", "8 x A100 80GB"),
    ],
)
def test_several_cards_in_a_name_are_told_as_their_number(
    catalog: Catalog, written: str, stated: str
) -> None:
    card = stated.partition(" x ")[2]
    with pytest.raises(InputError, match=f"is {stated}; name one, {card}, and the number"):
        catalog.gpu(written)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("H100 x8", "gpu 'H100 x8' is 8 x 'H100', and gpu 'H100' is not one GPU of the catalogue"),
        ("4 x 2 x L4", "gpu '4 x 2 x L4' states more than one number of GPUs; name one GPU, and"),
        (2_000 * "2x" + "L4", "gpu '2x2x2x"),
        (
            "Dual Radeon",
            "gpu 'Dual Radeon' is 2 x 'Radeon', and gpu 'Radeon' is not made by NVIDIA",
        ),
        ("00x L4", "gpu '00x L4' is not one GPU of the catalogue"),
    ],
)
def test_several_of_what_is_no_card_are_refused_as_they_are_written(
    catalog: Catalog, written: str, told: str
) -> None:
    with pytest.raises(InputError) as error:
        catalog.gpu(written)
    assert str(error.value).startswith(told)
    assert error.value.field == "gpu"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1x L4", "L4"),
        ("gpu_1x_h100_pcie", "H100 PCIe"),
        ("NVIDIA GH200 120GB", "GH200"),
        ("Tesla V100-DGXS-32GB", "V100 32GB"),
        ("4090D", "RTX 4090 D"),
        ("NVIDIA T4G", "T4G"),
        ("NVIDIA GeForce GTX 1660 SUPER", "GTX 1660 Super"),
        ("NVIDIA A100X", "A100X"),
    ],
)
def test_cards_of_clouds_and_of_earlier_years_are_known(
    catalog: Catalog, written: str, meant: str
) -> None:
    assert catalog.gpu(written).name == meant


@pytest.mark.parametrize("memory_gb", [None, 24, 48, 80, 96, 141])
@pytest.mark.parametrize(
    "written",
    [
        *("A", "A1", "A4", "L", "RTX", "RTX 40", "H", "B", "GB", "V", "RTX PRO", "Ada"),
        *("NVIDIA GeForce RTX 4090 S", "NVIDIA GTX 1650", "NVIDIA H20-3e", "A40X", "RTX 7000"),
        *("Quadro GV200", "NVIDIA L40G", "RTX PRO 4500 64GB", "NVIDIA A10M", ""),
    ],
)
def test_no_name_is_taken_for_another_card(
    catalog: Catalog, written: str, memory_gb: float | None
) -> None:
    with pytest.raises(InputError, match="is not one GPU of the catalogue"):
        catalog.gpu(written, memory_gb)


@given(st.sampled_from(load_catalog().gpus), st.sampled_from(["", "NVIDIA ", "nvidia "]), st.data())
def test_every_name_and_alias_means_its_own_card_in_any_spelling(
    gpu: object, vendor: str, data: st.DataObject
) -> None:
    catalog = load_catalog()
    card = next(own for own in catalog.gpus if own is gpu)
    spoken = [card.name, *(alias for alias in card.aliases if alias != alias.lower())]
    name = data.draw(st.sampled_from(spoken))
    separator = data.draw(st.sampled_from([" ", "-", "_", "  "]))
    spelled = separator.join(vendor.split() + name.split())
    assert (
        catalog.gpu(data.draw(st.sampled_from([spelled, spelled.lower(), spelled.upper()]))) is card
    )


def test_no_two_cards_share_a_name(catalog: Catalog) -> None:
    meant = {}
    for gpu in catalog.gpus:
        for name in (gpu.name, *gpu.aliases):
            assert meant.setdefault(name.lower(), gpu) is gpu


@pytest.mark.parametrize(
    ("written", "memory_gb"),
    [
        ("NVIDIA GeForce RTX 3060 12GB", 8.59),
        ("RTX 3060", 24),
        ("nvidia-tesla-a100", 80),
        ("RTX 4090", 48),
        ("A100 80GB", 40),
        ("A10", 48),
    ],
)
def test_a_card_with_another_memory_is_another_card(
    catalog: Catalog, written: str, memory_gb: float
) -> None:
    with pytest.raises(InputError, match=f"but {memory_gb:g} GB are stated"):
        catalog.gpu(written, memory_gb)


@pytest.mark.parametrize(("written", "memory_gb"), [("L4", 22.03), ("T4", 14.7), ("B200", 192)])
def test_the_size_that_a_driver_or_another_table_states_is_accepted(
    catalog: Catalog, written: str, memory_gb: float
) -> None:
    assert catalog.gpu(written, memory_gb).name == written


def test_a_user_may_add_the_other_memory_size(catalog: Catalog) -> None:
    l4 = catalog.gpu("L4")
    larger = replace(l4, name="L4 48GB", memory_gb=48, aliases=())
    assert GPUIndex((l4, larger)).find("L4 48GB").memory_gb == 48
    assert GPUIndex((l4, larger)).find("L4") is l4


@pytest.mark.parametrize(
    ("own", "written"),
    [
        ("Orin 64GB", "orin-64gb"),
        ("Orin 64 GiB", "Orin 64 GiB"),
        ("MI300X", "mi300x"),
        ("RTX 4050", "rtx4050"),
        ("RTX 4090 Laptop", "RTX 4090 Laptop"),
        ("A100 MIG 3g.40gb", "A100 MIG 3g.40gb"),
        ("L4-SHARED", "L4-shared"),
        ("A40-48Q", "A40-48Q"),
        ("5050", "5050"),
        ("GTX 1070", "GTX 1070"),
    ],
)
def test_a_card_that_a_user_added_is_known_whatever_its_name_says(
    catalog: Catalog, own: str, written: str
) -> None:
    card = replace(catalog.gpu("A40"), name=own, aliases=(), source="our own measurement")
    price = replace(catalog.offers[0], id="ours", gpu=own)
    extended = catalog.with_additions(gpus=[card], offers=[price])
    assert extended.gpu(written).name == own
    assert [offer.id for offer in extended.offers_for(own)] == ["ours"]


def test_rates_accumulate_in_fp32(catalog: Catalog) -> None:
    rates = {gpu.name: gpu.fp16_tflops for gpu in catalog.gpus}
    # GeForce cards, half rate: tensor cores x 128 FLOP x GHz / 1000
    assert rates["RTX 3080 10GB"] == pytest.approx(272 * 128 * 1.71e-3, rel=2e-3)
    assert rates["RTX 4080"] == pytest.approx(304 * 128 * 2.505e-3, rel=2e-3)
    assert rates["RTX 5080"] == pytest.approx(336 * 128 * 2.617e-3, rel=2e-3)
    # workstation cards, full rate: tensor cores x 256 FLOP x GHz / 1000
    assert rates["RTX A5000"] == pytest.approx(256 * 256 * 1.695e-3, rel=2e-3)
    assert rates["RTX 6000 Ada"] == pytest.approx(568 * 256 * 2.505e-3, rel=2e-3)
    assert rates["H20"] == 148


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("g5.xlarge", "A10G"),
        ("ml.g5.2xlarge", "A10G"),
        ("a2-highgpu-1g", "A100 40GB"),
        ("g2-standard-8", "L4"),
        ("Standard_NC24ads_A100_v4", "A100 80GB PCIe"),
        ("nc6s_v3", "V100 16GB"),
    ],
)
def test_a_clouds_machine_with_one_card_means_the_card(
    catalog: Catalog, written: str, meant: str
) -> None:
    assert catalog.gpu(written).name == meant


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("p5.48xlarge", "is a machine of AWS with 8 x H100 SXM; name its GPU, H100 SXM"),
        ("Standard_ND96asr_v4", "is a machine of Azure with 8 x A100 40GB"),
        ("a3-megagpu-8g", "is a machine of GCP with 8 x H100 SXM"),
        ("A100", "is not one GPU of the catalogue; did you mean A100 40GB"),  # an instance too
        ("Ascend 910B", "is not made by NVIDIA"),
        ("DGX H100", "is a machine with 8 x H100 SXM; name its GPU, H100 SXM"),
        ("DGX A100", "is a machine with 8 x A100 80GB or A100 40GB; name its GPU"),
        ("HGX A100", "is a board with 4 or 8 x A100 80GB or A100 40GB; name its GPU"),
        ("HGX H100", "is a board with 4 or 8 x H100 SXM; name its GPU, H100 SXM"),
        ("HGX B200", "is a machine with 8 x B200"),
        ("NVIDIA DGX B200", "is a machine with 8 x B200"),
        ("NVIDIA A40-48Q", "vGPU) that has a whole A40, with less memory; name the A40"),
        ("NVIDIA A40-24Q", "the figures of the whole GPU do not hold"),
        ("MI300X", "is not made by NVIDIA"),
        ("Intel Arc B580", "is not made by NVIDIA"),
        ("Jetson AGX Orin", "a module whose memory the processor shares"),
        ("RTX 4050", "is a laptop's GPU alone"),
        ("GTX 1070", "has compute capability 6.1"),
    ],
)
def test_a_name_without_one_card_is_refused_for_its_reason(
    catalog: Catalog, written: str, told: str
) -> None:
    with pytest.raises(InputError) as caught:
        catalog.gpu(written)
    assert told in str(caught.value)


def test_the_memory_that_is_stated_makes_a_whole_virtual_card_usable(catalog: Catalog) -> None:
    assert catalog.gpu("NVIDIA A40-48Q", 48).name == "A40"
    with pytest.raises(InputError, match="do not hold"):
        catalog.gpu("NVIDIA A40-24Q", 24)


def test_a_machine_that_two_lists_describe_differently_is_not_understood() -> None:
    one, two = (
        CloudMachine("x9.large", provider, "A10", count, "s", "2026-11-28")
        for provider, count in (("one", 1), ("two", 2))
    )
    assert machines_by_key([one], []) == {"x9.large": one}
    assert machines_by_key([one, two], []) == {}


@pytest.mark.parametrize(
    ("name", "gpu"),
    [
        *(("A100-40", "A100 40GB"), ("a100 80", "A100 80GB"), ("A100-PCIE-40", "A100 40GB PCIe")),
        *(("V100-32", "V100 32GB"), ("H100-94", "H100 NVL")),
    ],
)
def test_a_memory_may_stand_without_its_unit(name: str, gpu: str) -> None:
    assert load_catalog().gpu(name).name == gpu


def test_a_machine_that_was_sold_with_two_cards_has_the_one_of_a_stated_memory(
    catalog: Catalog,
) -> None:
    with pytest.raises(InputError, match="is a machine with 8 x A100 40GB; name its GPU, A100 40"):
        catalog.gpu("DGX A100", 40)
