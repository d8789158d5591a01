"""The catalogue: GPUs and offers by name, and what a user adds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.catalog.lookup import load_catalog
from planner.errors import InputError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100 80GB"),
        ("NVIDIA A100-SXM4-40GB", "A100 40GB"),
        ("NVIDIA A100 80GB PCIe", "A100 80GB PCIe"),
        ("NVIDIA A100-PCIE-40GB", "A100 40GB PCIe"),
        ("a100-80gb", "A100 80GB"),
        ("Tesla T4", "T4"),
        ("Tesla V100-SXM2-32GB", "V100 32GB"),
        ("Tesla V100-PCIE-16GB", "V100 16GB"),
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("rtx3090", "RTX 3090"),
        ("NVIDIA H100 80GB HBM3", "H100 SXM"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA H100 NVL", "H100 NVL"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA A10G", "A10G"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
        ("NVIDIA GH200 480GB", "GH200"),
    ],
)
def test_a_card_is_known_by_its_nvml_name_and_in_any_spelling(written: str, meant: str) -> None:
    assert load_catalog().gpu(written).name == meant


@pytest.mark.parametrize(
    ("family", "memory_gb", "meant"),
    [("A100", 40, "A100 40GB"), ("A100", 80, "A100 80GB"), ("V100", 32, "V100 32GB"),
     ("H100", 80, "H100 SXM"), ("H100", 94, "H100 NVL")],
)  # fmt: skip
def test_a_family_name_needs_the_memory_size(family: str, memory_gb: float, meant: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {family} ") as error:
        load_catalog().gpu(family)
    assert error.value.field == "gpu"
    assert load_catalog().gpu(family, memory_gb).name == meant


def test_an_unknown_card_is_refused_with_the_nearest_names_on_one_line() -> None:
    with pytest.raises(InputError, match="RTX 3090") as error:
        load_catalog().gpu("RTX 3099")
    assert error.value.field == "gpu"
    assert "\n" not in str(error.value)


@given(st.text(max_size=200))
def test_any_text_for_a_card_is_answered_or_refused(text: str) -> None:
    try:
        answer = load_catalog().gpu(text).name
    except InputError as error:
        answer = str(error)
    assert answer.isprintable()


def test_datasheet_figures_are_the_dense_rates_with_fp32_accumulation() -> None:
    rates = {gpu.name: gpu.fp16_tflops for gpu in load_catalog().gpus}
    assert rates["RTX 3090"] == 71  # 142 accumulates in fp16
    assert rates["A10G"] == 70  # 125 is the A10's
    assert rates["H100 SXM"] == 989  # 1979 is with sparsity
    assert rates["A100 80GB"] == 312


def test_memory_is_what_the_driver_reports() -> None:
    catalog = load_catalog()
    assert catalog.gpu("H100 SXM").memory_gib == 79.18
    assert catalog.gpu("A100 40GB").memory_gib == 39.5
    for gpu in catalog.gpus:
        assert 0.85 * gpu.memory_gb * 1e9 < gpu.memory_gib * 2**30 < 1.10 * gpu.memory_gb * 1e9


def test_names_and_ids_are_unique_and_offers_are_for_known_cards() -> None:
    catalog = load_catalog()
    assert len({gpu.name for gpu in catalog.gpus}) == len(catalog.gpus) >= 24
    assert len({model.hf_id for model in catalog.models}) == len(catalog.models) >= 40
    assert len({offer.id for offer in catalog.offers}) == len(catalog.offers) >= 130
    assert {offer.gpu for offer in catalog.offers} <= {gpu.name for gpu in catalog.gpus}


def test_every_built_in_row_names_a_public_source() -> None:
    catalog = load_catalog()
    for shipped in (*catalog.gpus, *catalog.models, *catalog.offers):
        assert shipped.added_by == "planner"
    rows = (*catalog.gpus, *catalog.models, *catalog.offers, *catalog.fine_tunes, *catalog.unsized)
    for row in rows:
        assert row.source
        assert "/work" not in row.source


def test_offers_are_found_under_any_name_of_the_card() -> None:
    catalog = load_catalog()
    assert catalog.offers_for("NVIDIA A100-SXM4-80GB") == catalog.offers_for("A100 80GB")
    assert {o.gpu for o in catalog.offers_for("A100 80GB PCIe")} == {"A100 80GB PCIe"}
    assert catalog.offers_for("T4")


def test_user_rows_replace_built_in_ones_and_are_marked() -> None:
    catalog = load_catalog()
    faster = replace(catalog.gpu("T4"), bandwidth_gb_per_s=400.0, source="our own measurement")
    extended = catalog.with_additions(gpus=[faster])
    assert extended.gpu("Tesla T4").bandwidth_gb_per_s == 400.0
    assert extended.gpu("T4").added_by == "user"
    assert len(extended.gpus) == len(catalog.gpus)
    assert catalog.gpu("T4").added_by == "planner"


def test_a_users_offer_is_kept_under_the_cards_catalogue_name() -> None:
    catalog = load_catalog()
    mine = replace(catalog.offers[0], id="mine", gpu="NVIDIA A100-SXM4-80GB")
    extended = catalog.with_additions(offers=[mine])
    assert [o.added_by for o in extended.offers_for("A100 80GB") if o.id == "mine"] == ["user"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"source": " "}, "source"),
        ({"source_date": ""}, "source_date"),
        ({"memory_gib": float("nan")}, "memory_gib"),
        ({"bandwidth_gb_per_s": -1.0}, "bandwidth_gb_per_s"),
        ({"fp16_tflops": 0.0}, "fp16_tflops"),
        ({"name": "two\nlines"}, "name"),
    ],
)
def test_an_unsound_user_row_is_refused_by_field(change: dict[str, object], field: str) -> None:
    catalog = load_catalog()
    planted = replace(catalog.gpu("T4"), **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=rf"^GPU to add: {field} ") as error:
        catalog.with_additions(gpus=[planted])
    assert error.value.field == field


def test_an_offer_for_an_unknown_card_is_refused() -> None:
    catalog = load_catalog()
    with pytest.raises(InputError, match="RTX 1234"):
        catalog.with_additions(offers=[replace(catalog.offers[0], id="x", gpu="RTX 1234")])


def test_a_catalogue_is_a_value() -> None:
    catalog = load_catalog()
    assert catalog is load_catalog()
    assert replace(catalog) == catalog
