"""What is taken of gpuhunt is there in the version that is installed."""

from __future__ import annotations

from dataclasses import fields
from inspect import signature

import pytest

from planner.price_lists.price_list_file import GPUHUNT


def test_what_is_taken_of_gpuhunt_is_there() -> None:
    gpuhunt = pytest.importorskip("gpuhunt", reason="an extra that only refresh-prices needs")
    assert callable(gpuhunt.default_catalog)
    assert issubclass(gpuhunt.GPUHuntError, Exception)
    empty = gpuhunt.Catalog(auto_reload=False)
    assert (list(empty.catalog), list(empty.providers)) == ([], [])
    assert {"provider", "min_gpu_count"} <= set(signature(empty.query).parameters)
    assert {"provider", "gpu_memory", *GPUHUNT} <= {f.name for f in fields(gpuhunt.CatalogItem)}
