"""The volume as low, expected and high, and how a scenario states it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scenario_files import read, refusal

from planner.errors import InputError
from planner.fleet.replanning import with_change
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_file import scenario_from
from planner.learning.throughput import Z90
from planner.risk.samples import normals
from planner.risk.uncertain_volume import uncertain_volume

RANGE = Scenario(documents_per_year=20e6, volume_low=10e6, volume_high=80e6)


def test_nine_samples_in_ten_lie_between_low_and_high_and_half_below_the_expected() -> None:
    times = uncertain_volume(RANGE).factors(normals(2000, 1)[0])
    assert np.mean(times < 0.5) == pytest.approx(0.05)
    assert np.mean(times < 1.0) == pytest.approx(0.5)
    assert np.mean(times > 4.0) == pytest.approx(0.05)


def test_the_ends_are_at_the_stated_confidence() -> None:
    normal = np.array([-Z90, 0.0, Z90])
    assert uncertain_volume(RANGE).factors(normal).tolist() == pytest.approx([0.5, 1, 4])
    surer = RANGE.model_copy(update={"volume_confidence": 0.5})
    # Quartiles are 0.67449 sd from the median.
    at_quartiles = uncertain_volume(surer).factors(np.array([-0.6744897502, 0.6744897502]))
    assert at_quartiles.tolist() == pytest.approx([0.5, 4])


def test_a_volume_without_a_range_is_certain() -> None:
    normal = normals(100, 1)[0]
    assert np.all(uncertain_volume(Scenario()).factors(normal) == 1.0)
    more = uncertain_volume(Scenario(volume_high=40e6)).factors(normal)
    assert more.min() == 1.0
    assert more.max() > 2.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"volume_low": 3e7}, "volume_low: 30000000.0 was given; it must be at most documents_per"),
        ({"volume_high": 1e7}, "it must be at least documents_per_year, 20,000,000"),
        ({"volume_low": 0}, "it must be greater than 0"),
        ({"volume_confidence": 1}, "it must be at most 0.99"),
        ({"shortfall_usd_per_document": -1}, "it must be at least 0"),
    ],
)
def test_a_range_that_does_not_hold_the_volume_is_refused(
    fields: dict[str, float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        scenario_from(fields)


def test_files_of_both_versions_state_it(tmp_path: Path) -> None:
    one = read(tmp_path, "documents_per_year: 20000000\nvolume_low: 1.0e+7\n")
    two = read(
        tmp_path,
        "schema_version: 2\nvolume_high: 3000\nshortfall_usd_per_document: 0.5\n"
        "classes:\n  - {documents_per_year: 1000, input_tokens: 100, output_tokens: 10}\n",
    )
    assert (one.volume_low, one.volume_high) == (1e7, None)
    assert (two.volume_high, two.shortfall_usd_per_document) == (3000, 0.5)
    told = str(refusal(tmp_path, "documents_per_year: 1000\nvolume_low: 2000\n"))
    assert "line 2: volume_low: 2000" in told


def test_a_changed_volume_takes_its_range_along() -> None:
    half = with_change(RANGE, {"documents_per_year": 10e6})
    assert half is not None
    assert (half.volume_low, half.volume_high) == (5e6, 40e6)
