"""The packaged catalogue, and the forecaster of the packaged measurements, made once a process."""

from __future__ import annotations

from functools import cache

from planner.catalog.lookup import Catalog, load_catalog
from planner.forecast.forecaster import Forecaster
from planner.records.reference import reference_measurements


@cache
def packaged_catalog() -> Catalog:
    return load_catalog()


@cache
def packaged_forecaster() -> Forecaster:
    return Forecaster(reference_measurements(), packaged_catalog())
