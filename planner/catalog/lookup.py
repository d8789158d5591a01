"""GPUs, models and price offers by name, each with its source and date.

The built-in rows are in ``data/gpus.csv``, ``data/unusable_gpus.csv``, ``data/models.csv``,
``data/other_networks.csv`` (latent attention, states, mixed formats),
``data/fine_tunes.csv``, ``data/unsized_models.csv`` and ``data/prices.csv``; a user's
additions come from the store and have ``added_by="user"``. A row without a source
does not load.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from planner.catalog import names
from planner.catalog.config_json import model_from_config
from planner.catalog.csv_rows import Fields, read_records
from planner.catalog.gpu import GPU
from planner.catalog.gpu_index import GPUIndex
from planner.catalog.model_spec import FineTune, ModelSpec, UnsizedModel
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.catalog.row_check import problem_with
from planner.catalog.unusable_gpu import UnusableGPU
from planner.errors import InputError

_DATA = Path(__file__).parent.parent / "data"


UserRow = TypeVar("UserRow", GPU, ModelSpec, PriceOffer)
Known = TypeVar("Known", ModelSpec, UnsizedModel)


@dataclass(frozen=True)
class Catalog:
    """All GPUs, models and price offers that a plan may use, and what a name means."""

    gpus: tuple[GPU, ...]
    models: tuple[ModelSpec, ...]
    offers: tuple[PriceOffer, ...]
    fine_tunes: tuple[FineTune, ...] = ()
    unsized: tuple[UnsizedModel, ...] = ()
    unusable_gpus: tuple[UnusableGPU, ...] = ()

    def gpu(self, name: str, memory_gb: float | None = None) -> GPU:
        """The GPU that ``name`` means: a name of the catalogue, of NVML or of a price list.

        A family name (``A100``) needs ``memory_gb``; of several form factors the
        first in the catalogue is returned (SXM before PCIe). Raises InputError
        (field ``gpu``) with the nearest names.
        """
        return self._gpu_index.find(name, memory_gb)

    def model(self, name_or_path: str) -> ModelSpec:
        """The model with this Hugging Face id or short name, or the one of a config.json.

        A path names a ``config.json`` or a folder that holds one. Raises
        InputError (field ``model``) with the nearest names.
        """
        found = _lookup(self._models_by_key, names.model_key(name_or_path))
        if found is not None and names.same_publisher(name_or_path, found.hf_id):
            return found
        if names.is_path(name_or_path):
            return model_from_config(Path(name_or_path))
        alike = self.model_of(name_or_path)
        if alike is None and (unsized := self.unsized_model(name_or_path)) is not None:
            raise InputError(
                f"model {names.quoted(name_or_path)} has {unsized.has}, which cannot be sized; "
                "use a decoder-only transformer with standard attention",
                field="model",
            )
        near = (
            [alike.hf_id] if alike else names.nearest(name_or_path, [m.hf_id for m in self.models])
        )
        raise InputError(
            f"model {names.quoted(name_or_path)} is not in the catalogue and no such file exists; "
            f"{'did you mean ' + ' or '.join(near) + ', or ' if near else ''}"
            "give the path of the model's config.json.",
            field="model",
        )

    def model_of(self, model: str, base_model: str | None = None) -> ModelSpec | None:
        """The catalogue model with the shape of a measured checkpoint; None if not known.

        ``base_model`` decides if it is stated. Otherwise the name of ``model``
        decides, without the words for tuning and quantization, or as the name of
        a known fine-tune. Shapes are never guessed from a parameter count.
        """
        for name in (base_model, model):
            if name:
                own = names.without_publisher_prefix(name, self._publishers)
                exact = _lookup(self._models_by_key, names.model_key(own))
                found = exact or _lookup(self._architectures, names.architecture_key(own))
                if found is not None:
                    return found
        return None

    def unsized_model(self, model: str) -> UnsizedModel | None:
        """The model of this name whose shape cannot be expressed; None if not known."""
        own = names.without_publisher_prefix(model, self._publishers)
        return _lookup(self._unsized_by_key, names.architecture_key(own))

    def offers_for(self, gpu_name: str) -> tuple[PriceOffer, ...]:
        """Offers of the GPU that ``gpu_name`` means, in the catalogue's order."""
        return self._offers_by_gpu.get(self.gpu(gpu_name).name, ())

    def with_additions(
        self,
        gpus: Iterable[GPU] = (),
        models: Iterable[ModelSpec] = (),
        offers: Iterable[PriceOffer] = (),
    ) -> Catalog:
        """This catalogue with a user's rows, which replace those of the same name or id.

        They are marked ``added_by="user"``. Raises InputError with the field of a
        row that is not sound, or for an offer of a GPU that is not in the catalogue.
        """
        added_gpus = {names.gpu_key(g.name): _as_users(g) for g in gpus}
        added_models = {names.model_key(m.name): _as_users(m) for m in models}
        own_gpus = {names.gpu_key(g.name): g for g in self.gpus}
        own_models = {names.model_key(m.name): m for m in self.models}
        extended = replace(
            self,
            gpus=tuple((own_gpus | added_gpus).values()),
            models=tuple((own_models | added_models).values()),
        )
        added = {o.id: replace(_as_users(o), gpu=extended.gpu(o.gpu).name) for o in offers}
        return replace(extended, offers=tuple(({o.id: o for o in self.offers} | added).values()))

    @cached_property
    def _gpu_index(self) -> GPUIndex:
        return GPUIndex(self.gpus, self.unusable_gpus)

    @cached_property
    def _models_by_key(self) -> dict[str, ModelSpec]:
        by_id = {names.model_key(model.hf_id): model for model in self.models}
        return _with_loose(by_id | {names.model_key(model.name): model for model in self.models})

    @cached_property
    def _architectures(self) -> dict[str, ModelSpec]:
        own = {names.architecture_key(model.hf_id): model for model in reversed(self.models)}
        by_name = {names.model_key(model.hf_id): model for model in self.models}
        fine_tunes = {
            names.architecture_key(tune.name): replace(base, vision_params=tune.vision_params)
            for tune in self.fine_tunes
            if (base := by_name.get(names.model_key(tune.base_model))) is not None
        }
        return _with_loose(fine_tunes | own)

    @cached_property
    def _unsized_by_key(self) -> dict[str, UnsizedModel]:
        return _with_loose({names.architecture_key(model.name): model for model in self.unsized})

    @cached_property
    def _publishers(self) -> frozenset[str]:
        ids = [model.hf_id for model in self.models]
        ids += [tune.name for tune in self.fine_tunes]
        return frozenset(hf_id.partition("/")[0].lower() for hf_id in ids)

    @cached_property
    def _offers_by_gpu(self) -> dict[str, tuple[PriceOffer, ...]]:
        by_gpu: dict[str, tuple[PriceOffer, ...]] = {}
        for offer in self.offers:
            by_gpu[offer.gpu] = (*by_gpu.get(offer.gpu, ()), offer)
        return by_gpu


def _lookup(found: dict[str, Known], key: str) -> Known | None:
    """The entry of the key, or of the key without dots and hyphens; None if there is none."""
    return found.get(key) or found.get(_LOOSE + names.loose(key))


def _with_loose(exact: dict[str, Known]) -> dict[str, Known]:
    """Entries that are also found by a name that lost its dots, if only one name fits."""
    counts = Counter(names.loose(key) for key in exact)
    loose = {
        _LOOSE + names.loose(key): known
        for key, known in exact.items()
        if counts[names.loose(key)] == 1
    }
    return exact | loose


_LOOSE = "~"
"""Prefix of keys without dots and hyphens; no other key contains it."""


def _as_users(row: UserRow) -> UserRow:
    if (problem := problem_with(row)) is not None:
        raise InputError(f"{type(row).__name__} to add: {' '.join(problem)}", field=problem[0])
    return replace(row, added_by="user")


@cache
def load_catalog() -> Catalog:
    """The built-in catalogue, read once. Raises CatalogError if a row is not sound."""
    return Catalog(
        gpus=read_records(_DATA / "gpus.csv", GPU),
        models=(
            *read_records(_DATA / "models.csv", ModelSpec),
            *read_records(_DATA / "other_networks.csv", ModelSpec),
        ),
        offers=read_records(_DATA / "prices.csv", PriceOffer, _with_both_prices),
        fine_tunes=read_records(_DATA / "fine_tunes.csv", FineTune),
        unsized=read_records(_DATA / "unsized_models.csv", UnsizedModel),
        unusable_gpus=read_records(_DATA / "unusable_gpus.csv", UnusableGPU),
    )


def _with_both_prices(row: Fields) -> Fields:
    per_hour, per_year = row["usd_per_hour"].strip(), row["usd_per_year"].strip()
    if per_hour and per_year:
        return row | {"usd_per_hour": "", "usd_per_year": ""}
    try:
        if per_year:
            return row | {"usd_per_hour": repr(float(per_year) / HOURS_PER_YEAR)}
        return row | {"usd_per_year": repr(float(per_hour) * HOURS_PER_YEAR)}
    except ValueError:
        return row
