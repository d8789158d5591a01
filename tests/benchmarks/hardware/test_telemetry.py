"""NVML through the real binding, against a small library that the tests compile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nvml_cards import A100, BOTH
from paths import REPOSITORY, SUPPORT

from benchmarks.design.points import Window
from benchmarks.hardware.nvml import Card, Sample, visible_cards
from benchmarks.hardware.telemetry import summarize

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(nvml_library: Path, tmp_path: Path) -> Ask:
    def ask(script: str | None, *question: str) -> dict[str, Any]:
        cards, no_library = tmp_path / "cards", tmp_path / "libnvidia-ml.so.1"
        cards.write_text(script or "")
        no_library.touch()
        environment = os.environ | {
            "PYTHONPATH": str(REPOSITORY),
            "NVML_STUB": str(cards),
            # An empty file hides the library of a machine that has one.
            "LD_LIBRARY_PATH": str(no_library.parent if script is None else nvml_library),
        }
        command = [sys.executable, str(SUPPORT / "nvml_probe.py"), *question]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=100, check=True
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


@pytest.mark.slow
def test_a_machine_without_nvml_has_no_cards_and_says_why(ask: Ask) -> None:
    answer = ask(None, "cards")
    assert answer == {"cards": [], "reason": "NVML: NVML Shared Library Not Found"}


def test_a_library_without_a_driver_is_no_card_and_a_reason(ask: Ask) -> None:
    assert ask("", "cards") == {"cards": [], "reason": "NVML: Driver Not Loaded"}


def test_a_driver_without_cards_says_so(ask: Ask) -> None:
    answer = ask("driver 570.86.15\ncount 0", "cards")
    assert answer == {"cards": [], "reason": "NVML lists no GPU"}


def test_several_cards_are_listed_with_what_each_supports(ask: Ask) -> None:
    answer = ask(BOTH, "cards")
    assert answer["reason"] is None
    assert answer["cards"] == [
        {
            "index": 0,
            "name": "NVIDIA A100-SXM4-80GB",
            "uuid": "GPU-00000000-0000-0000-0000-000000000000",
            "memory_gib": 80.0,
            "driver": "570.86.15",
            "compute_capability": [8, 0],
            "mig": False,
            "mig_slices_gib": [],
            "ecc": True,
            "power_limit_w": 400.0,
            "pcie_generation": 4,
            "pcie_width": 16,
        },
        {
            "index": 1,
            "name": "Tesla T4",
            "uuid": None,
            "memory_gib": 15.0,
            "driver": "570.86.15",
            "compute_capability": [7, 5],
            "mig": None,
            "mig_slices_gib": [],
            "ecc": None,
            "power_limit_w": None,
            "pcie_generation": None,
            "pcie_width": None,
        },
    ]


def test_a_card_in_slices_names_the_memory_of_each(ask: Ask) -> None:
    slices = "0 mig_slices 7\n0.0 memory_total 42949672960\n0.2 memory_total 21474836480\n"
    script = "driver 570.86.15\ncount 1" + A100.replace("0 mig 0", "0 mig 1") + slices
    (card,) = ask(script, "cards")["cards"]
    assert card["mig"] is True
    assert card["mig_slices_gib"] == [40.0, 20.0]


def test_a_card_that_is_lost_before_the_run_does_not_hide_the_others(ask: Ask) -> None:
    answer = ask(BOTH + "0 lost\n", "cards")
    assert [card["name"] for card in answer["cards"]] == ["Tesla T4"]
    assert answer["reason"] == "GPU 0 cannot be opened: GPU is lost"


def test_a_point_on_two_cards_is_summed_up_and_the_throttled_one_named(ask: Ask) -> None:
    answer = ask(BOTH, "sample")
    first, second = answer["cards"]
    assert first["power_mean_w"] == 250.0
    assert first["memory_peak_gib"] == 72.0
    assert first["sm_clock_mean_mhz"] == 1410.0
    assert first["temperature_max_c"] == 61
    assert first["utilization_mean_percent"] == 97.0
    assert (first["throttled"], second["throttled"]) == (False, True)
    assert answer["power_mean_w"] == 320.0
    assert answer["energy_wh"] > 0
    assert answer["memory_peak_gib"] == 72.0
    assert answer["throttle_reasons"] == [
        "GPU 1: power limit (software power cap) in 100% of readings",
        "GPU 1: heat (software thermal slowdown) in 100% of readings",
    ]
    assert answer["lost"] == []


def test_fields_that_a_card_does_not_support_are_none_and_not_zero(ask: Ask) -> None:
    bare = "driver 570.86.15\ncount 2\n0 name NVIDIA GB10\n1 name NVIDIA GB10\n"
    answer = ask(bare, "sample")
    card = answer["cards"][0]
    assert card["samples"] >= 3
    unknown = {name for name, value in card.items() if value is None}
    assert unknown == {
        "power_mean_w",
        "power_max_w",
        "energy_wh",
        "memory_peak_gib",
        "sm_clock_mean_mhz",
        "temperature_max_c",
        "utilization_mean_percent",
        "throttled",
        "lost",
    }
    assert answer["energy_wh_per_1000_output_tokens"] is None
    assert answer["throttled"] is None


def test_a_card_lost_during_a_run_is_recorded_and_the_other_goes_on(ask: Ask) -> None:
    answer = ask(BOTH, "sample", "1 lost")
    first, second = answer["cards"]
    assert answer["lost"] == ["GPU 1: GPU is lost"]
    assert first["samples"] > second["samples"] >= 3
    assert first["energy_wh"] > 0
    assert second["temperature_max_c"] == 80
    assert (second["energy_wh"], answer["energy_wh"], answer["power_mean_w"]) == (None, None, None)


def test_sampling_without_nvml_says_why_there_are_no_samples(ask: Ask) -> None:
    answer = ask(None, "sample nothing")
    assert answer["lost"] == ["GPU 0: NVML: NVML Shared Library Not Found"]
    assert answer["energy_wh"] is None


def sample_at(at_s: float, **figures: Any) -> Sample:
    nothing: dict[str, Any] = dict.fromkeys(Sample.__slots__)
    return Sample(**{**nothing, "at_s": at_s, **figures})


def test_energy_is_the_counters_difference_where_the_card_counts() -> None:
    samples = [sample_at(0, energy_j=1000.0, power_w=1.0), sample_at(10, energy_j=4600.0)]
    telemetry = summarize({0: samples}, {}, None, output_tokens=500)
    assert telemetry.energy_wh == pytest.approx(1.0)
    assert telemetry.energy_wh_per_1000_output_tokens == pytest.approx(2.0)


def test_energy_is_power_times_time_where_the_card_does_not_count() -> None:
    samples = [sample_at(second, power_w=360.0) for second in range(11)]
    telemetry = summarize({0: samples}, {}, Window(0, 10), output_tokens=1000)
    assert telemetry.energy_wh_per_1000_output_tokens == pytest.approx(1.0)


def test_readings_outside_the_measured_window_do_not_count() -> None:
    samples = [
        sample_at(0, power_w=50.0, memory_gib=70.0),
        sample_at(5, power_w=300.0, memory_gib=60.0),
        sample_at(9, power_w=300.0, memory_gib=61.0),
        sample_at(20, power_w=50.0, memory_gib=70.0),
    ]
    telemetry = summarize({0: samples}, {}, Window(4, 10), output_tokens=1000)
    assert telemetry.power_mean_w == 300.0
    assert telemetry.memory_peak_gib == 61.0
    assert telemetry.energy_wh == pytest.approx(300 * 6 / 3600)


def test_a_reason_is_given_with_the_share_of_readings_that_show_it() -> None:
    samples = [sample_at(second, throttle_bits=bits) for second, bits in enumerate([0, 0, 0, 0x40])]
    telemetry = summarize({3: samples}, {}, None, output_tokens=1)
    assert telemetry.throttled is True
    assert telemetry.throttle_reasons == (
        "GPU 3: heat (hardware thermal slowdown) in 25% of readings",
    )


def test_idle_and_chosen_clocks_are_no_throttling() -> None:
    samples = [sample_at(0, throttle_bits=0x1 | 0x2 | 0x10 | 0x100)]
    assert summarize({0: samples}, {}, None, output_tokens=1).throttled is False


def card(index: int) -> Card:
    nothing: dict[str, Any] = dict.fromkeys(Card.__slots__)
    return Card(**{**nothing, "index": index, "name": "T4", "uuid": f"GPU-{index}{index}"})


@pytest.mark.parametrize(
    ("setting", "indices"),
    [
        (None, [0, 1, 2]),
        ("", []),
        ("2,0", [2, 0]),
        ("1, 7, 0", [1]),
        ("-1", []),
        ("GPU-22,GPU-0", [2, 0]),
    ],
)
def test_hidden_cards_are_not_counted(setting: str | None, indices: list[int]) -> None:
    visible = visible_cards([card(0), card(1), card(2)], setting)
    assert [one.index for one in visible] == indices
