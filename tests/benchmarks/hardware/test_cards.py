"""From NVML's cards to rows of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.engine.installed_packages import installed_version, is_processor_build
from benchmarks.hardware.cards import (
    Datasheet,
    UnknownCardError,
    card_to_add,
    choose_cards,
    gpu_of_card,
    kinds_of_cards,
)
from benchmarks.hardware.cpu_speed import measure_processor
from benchmarks.hardware.nvml import Card
from planner.catalog.lookup import Catalog
from planner.errors import InputError

A100 = Card(
    index=0,
    name="NVIDIA A100-SXM4-80GB",
    uuid="GPU-1",
    memory_gib=79.2,
    driver="550.54.14",
    compute_capability=(8, 0),
    mig=False,
    mig_slices_gib=(),
    ecc=True,
    power_limit_w=400.0,
    pcie_generation=4,
    pcie_width=16,
)
T4 = replace(A100, index=1, name="Tesla T4", memory_gib=14.7, compute_capability=(7, 5))
NEW = replace(A100, index=2, name="NVIDIA RTX 9000 Zeta", memory_gib=47.5)


def test_nvmls_names_are_understood(catalog: Catalog) -> None:
    assert gpu_of_card(A100, catalog).name == "A100 80GB"
    assert gpu_of_card(T4, catalog).name == "T4"


def test_cards_of_one_kind_are_chosen_and_the_first_ones_unless_another_is_wanted(
    catalog: Catalog,
) -> None:
    second = replace(A100, index=3)
    cards = [A100, T4, second]
    assert choose_cards(cards, catalog, None, 2).cards == (A100, second)
    assert choose_cards(cards, catalog, "T4", 1).cards == (T4,)
    assert [kind.gpu.name for kind in kinds_of_cards(cards, catalog)] == ["A100 80GB", "T4"]


def test_cards_that_are_not_there_are_refused_with_those_that_are(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="2 x T4 was requested, but this machine has 1 of them"):
        choose_cards([A100, T4], catalog, "T4", 2)
    with pytest.raises(InputError, match="this machine has 0 of them"):
        choose_cards([A100], catalog, "L4", 1)


def test_a_card_cut_into_slices_is_not_the_card_of_its_name(catalog: Catalog) -> None:
    sliced = replace(A100, mig=True, mig_slices_gib=(9.5, 9.5))
    with pytest.raises(InputError, match=r"divided into MIG slices \(9.5 GiB, 9.5 GiB\)"):
        gpu_of_card(sliced, catalog)


def test_an_unknown_card_asks_for_the_two_figures_that_nvml_does_not_know(
    catalog: Catalog,
) -> None:
    with pytest.raises(UnknownCardError, match="--bandwidth-gb-per-s, --fp16-tflops"):
        choose_cards([NEW], catalog, None, 1)


def test_a_new_card_is_added_from_nvml_and_its_datasheet(catalog: Catalog) -> None:
    gpu = card_to_add(NEW, Datasheet(1000.0, 200.0, "the maker's datasheet"), catalog)
    assert (gpu.memory_gib, gpu.memory_gb, gpu.tdp_w) == (47.5, 47.5, 400.0)
    assert (gpu.bandwidth_gb_per_s, gpu.fp16_tflops) == (1000.0, 200.0)
    assert (gpu.architecture, gpu.source) == ("Ampere", "the maker's datasheet")
    extended = catalog.with_additions([gpu])
    assert choose_cards([NEW], extended, None, 1).gpu.name == NEW.name


def test_a_card_of_which_nvml_says_too_little_is_refused(catalog: Catalog) -> None:
    silent = replace(NEW, memory_gib=None)
    with pytest.raises(InputError, match="planner catalog add-gpu"):
        card_to_add(silent, Datasheet(1.0, 1.0, "x"), catalog)


def test_a_build_for_processors_is_told_by_its_distribution(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "vllm"
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    (packages / "vllm-0.32.0.dist-info").mkdir(parents=True)
    assert not is_processor_build([str(program), "serve"])
    assert installed_version([str(program), "serve"], "vllm") == "0.32.0"
    assert installed_version([str(program), "serve"], "transformers") is None
    (packages / "vllm-0.32.0.dist-info").rename(packages / "vllm-0.32.0+cpu.dist-info")
    assert is_processor_build([str(program), "serve"])


@pytest.mark.slow
def test_a_processors_speed_is_measured() -> None:
    speed = measure_processor()
    assert speed.number_format == "float32 (numpy)"
    # From a slow core to the fastest machine with hundreds of them, TFLOP/s and GB/s.
    assert 1e-4 < speed.tflops < 1e3
    assert 1e-2 < speed.bandwidth_gb_per_s < 1e5
