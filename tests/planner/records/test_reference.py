"""The packaged measurements: sound, dated, and known by a hash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from store_samples import REFERENCE

from planner.errors import CatalogError
from planner.records.measurement_csv import write_measurement_csv
from planner.records.reference import reference_measurements, reference_version, source_name


def test_every_packaged_row_states_its_source_and_date() -> None:
    rows = reference_measurements()
    assert rows
    assert all(row.source and row.date for row in rows)
    assert len(set(rows)) == len(rows)


def test_a_row_without_a_date_does_not_load(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    write_measurement_csv(path, [REFERENCE, replace(REFERENCE, date=None)])
    with pytest.raises(CatalogError, match=r"r.csv, row 2 \(An article\), date: is blank; state"):
        reference_measurements(path)


def test_a_row_that_is_not_understood_does_not_load(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    write_measurement_csv(path, [replace(REFERENCE, source="")])
    with pytest.raises(CatalogError, match=r"r.csv, line 2, source: is blank"):
        reference_measurements(path)


def test_the_version_changes_with_the_rows(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    versions = set()
    for tokens_per_s in (55.0, 55.1, 55.0):
        write_measurement_csv(path, [replace(REFERENCE, output_tokens_per_s=tokens_per_s)])
        versions.add(reference_version(path))
    assert len(versions) == 2


def test_a_missing_file_asks_to_reinstall(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="reinstall"):
        reference_version(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("owner/repo@4211f5d:Plots/All_results.csv", "owner/repo"),
        ("owner/repo@gh-pages(9b22428):bench/data.gz", "owner/repo"),
        ("owner/repo: docs/learning/M4.md (table 3; raw: results/m4.jsonl)", "owner/repo"),
        ("owner/repo commit 4c04122 benchmark comment", "owner/repo"),
        ("A Name, owner/repo@e5b3929:remeasure.log", "A Name, owner/repo"),
        (
            "Their own runs, in PyPI some-package 0.12.0 (Apache-2.0) sample.csv id b200_c4",
            "Their own runs, in PyPI some-package",
        ),
        ('"Week 4: vLLM" (GitHub; file ids 5644 and, script, 5623)', '"Week 4: vLLM" (GitHub)'),
        ("https://example.org/a/b@c", "https://example.org/a/b@c"),
        ("https://example.org/a: b", "https://example.org/a: b"),
        ("An article, 2024", "An article, 2024"),
    ],
)
def test_a_file_in_a_repository_goes_by_the_repositorys_name(source: str, name: str) -> None:
    assert source_name(source) == name
