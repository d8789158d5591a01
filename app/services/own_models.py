"""Models that users add with their config.json."""

from __future__ import annotations

import json

from app.services.opened_store import catalog, store
from planner.catalog.config_json import MAX_CONFIG_BYTES, model_from_config
from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.names import is_path
from planner.catalog.own_rows import check_own_model
from planner.errors import InputError


def add_model(config: bytes, name: str, base_model: str) -> ModelSpec:
    """Store the model that a config.json describes as the user's own. Raises InputError."""
    model = model_from_upload(config, name, base_model)
    if any(model.hf_id == built_in.hf_id for built_in in load_catalog().models):
        raise InputError(
            f"{model.hf_id} is a model of the catalogue; give yours another name.", field="name"
        )
    check_own_model(catalog(), model)
    store().add_model(model)
    return model


def model_from_upload(config: bytes, name: str, base_model: str) -> ModelSpec:
    """The model that a config.json describes; ``base_model`` is blank if it is no fine-tune.

    Raises InputError.
    """
    if is_path(name):
        raise InputError(
            f"“{name[:60]}” is a path; give a Hugging Face id, or a name of your own.", field="name"
        )
    if base_model and catalog().model_of(base_model) is None:
        raise InputError(
            f"“{base_model[:60]}” is not in the catalogue; give the id of a model in the list, or "
            "leave it empty.",
            field="base_model",
        )
    return model_from_config(_settings(config), name or None, base_model or None)


def _settings(config: bytes) -> dict[str, object]:
    if len(config) > MAX_CONFIG_BYTES:
        raise InputError("The file is over 4 MB; give the model's config.json.", field="config")
    try:
        settings = json.loads(config)
    except (ValueError, RecursionError) as error:
        raise InputError(
            "The file is not JSON; give the config.json from the model's folder.", field="config"
        ) from error
    if not isinstance(settings, dict):
        raise InputError(
            "The file is JSON, but holds no settings by name; give the config.json from the "
            "model's folder.",
            field="config",
        )
    return settings
