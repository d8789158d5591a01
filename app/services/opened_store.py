"""The store of this server, and what is read from it: the catalogue and the fitted model."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import streamlit as st

from db.storage import Storage, open_storage
from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.own_rows import with_stored_rows
from planner.forecast.forecaster import Forecaster
from planner.records.measurement import Measurement


@st.cache_resource(show_spinner=False)
def store() -> Storage:
    """The store of this server. Raises StoreError."""
    return open_storage()


def catalog() -> Catalog:
    """GPUs, models and prices, the user's additions included."""
    return catalog_of(store().version())


def forecaster() -> Forecaster:
    """The performance model, fitted to the measurements that the store holds now."""
    return forecaster_of(store().version())


@st.cache_resource(show_spinner=False, max_entries=2)
def catalog_of(version: str) -> Catalog:  # noqa: ARG001 (the cache's key)
    """The catalogue as of a version of the store, which must be the current one."""
    own = store()
    return with_stored_rows(load_catalog(), own.gpus(), own.models(), own.offers())[0]


@st.cache_resource(show_spinner=False, max_entries=2)
def forecaster_of(version: str) -> Forecaster:
    """The model as of a version of the store, which must be the current one."""
    own = store()
    rows = own.measurements(exclude_sources=own.set_aside())
    return _fitted(rows, replace(catalog_of(version), offers=()), own.own_source_ids())


@lru_cache(maxsize=2)
def _fitted(
    rows: tuple[Measurement, ...], catalog: Catalog, own_sources: frozenset[str]
) -> Forecaster:
    """Without offers: a new price changes no forecast, and the model is not fitted again."""
    return Forecaster(rows, catalog, own_sources)
