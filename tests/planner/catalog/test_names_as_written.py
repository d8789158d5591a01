"""350 ids as people write them, from vLLM's documentation, issues and public repositories.

Each row of the file states the shape that its publisher gives it, the format of the
weights, and where the id was seen.
"""

from __future__ import annotations

import csv

import pytest
from paths import REPOSITORY

from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec, UnsizedModel
from planner.naming.model_name import exact_key, model_name, shape_words

with (REPOSITORY / "tests/data/models/names_as_written.csv").open(newline="") as file:
    ROWS = list(csv.DictReader(file))

NOT_UNDERSTOOD = {
    "casperhansen/mixtral-instruct-awq",
    "TheBloke/leo-hessianai-7B-AWQ",
    "TheBloke/Synthia-70B-v1.2b-AWQ",
}
"""Refused: their config.json was not found, or their name does not state their base or size."""


def shape_of(written: str, catalog: Catalog) -> ModelSpec | UnsizedModel | None:
    return catalog.model_of(written) or catalog.unsized_model(written)


def shape_key(hf_id: str) -> str:
    return exact_key(shape_words(model_name(hf_id).own))


def test_95_percent_of_two_hundred_ids_are_understood() -> None:
    assert len(ROWS) >= 200
    assert len({row["written"] for row in ROWS}) == len(ROWS)
    assert len(NOT_UNDERSTOOD) <= 0.05 * len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["written"])
def test_an_id_is_read_as_its_shape_and_format_or_not_at_all(
    row: dict[str, str], catalog: Catalog
) -> None:
    found = shape_of(row["written"], catalog)
    if row["written"] in NOT_UNDERSTOOD:
        assert found is None
        return
    assert found is not None
    assert shape_key(found.hf_id if isinstance(found, ModelSpec) else found.name) == shape_key(
        row["shape"]
    )
    weights = model_name(row["written"]).weights
    if weights.problem is not None:
        assert weights.problem.lower().startswith(row["quantization"])
    elif isinstance(found, ModelSpec):
        assert (weights.quantization or found.native_quantization) == row["quantization"]
