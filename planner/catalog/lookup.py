"""GPUs, models and price offers by name, each with its source and date.

The built-in rows are in ``data/gpus.csv``, ``data/unusable_gpus.csv``, ``data/models.csv``,
``data/other_networks.csv`` (latent attention, states, mixed formats),
``data/fine_tunes.csv``, ``data/unsized_models.csv``, ``data/checkpoints.csv`` (what stays in
16 bit) and ``data/prices.csv``; a user's additions come from the store and have
``added_by="user"``. A row without a source does not load.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import TypeVar

from planner.catalog import names
from planner.catalog.checkpoint import Checkpoint, checkpoint_named
from planner.catalog.cloud_machine import CloudMachine, machines_by_key
from planner.catalog.config_json import model_from_config
from planner.catalog.csv_rows import Fields, read_records
from planner.catalog.gpu import GPU
from planner.catalog.gpu_index import GPUIndex
from planner.catalog.model_index import MAX_NAME, ModelIndex
from planner.catalog.model_spec import (
    QUANTIZATIONS,
    SIXTEEN_BIT_BYTES,
    FineTune,
    ModelSpec,
    UnsizedModel,
)
from planner.catalog.price_age import age_days
from planner.catalog.price_offer import HOURS_PER_YEAR, PriceOffer
from planner.catalog.row_check import problem_with
from planner.catalog.unusable_gpu import UnusableGPU
from planner.catalog.vision_encoder import with_largest_image
from planner.errors import InputError
from planner.naming.model_name import is_text_only, model_name, whole_key
from planner.naming.other_kind import is_hosted_only, other_kind, reads_pages, reads_sound
from planner.naming.short_name import names_with_words
from planner.naming.weight_format import WeightFormat
from planner.networks.weight_scheme import USUAL_GROUP, eight_bit_bytes, four_bit_bytes

_DATA = Path(__file__).parent.parent / "data"
MOST_NAMED = 4
"""Models that a refusal asks about."""


UserRow = TypeVar("UserRow", GPU, ModelSpec, PriceOffer)


@dataclass(frozen=True)
class Catalog:
    """All GPUs, models and price offers that a plan may use, and what a name means."""

    gpus: tuple[GPU, ...]
    models: tuple[ModelSpec, ...]
    offers: tuple[PriceOffer, ...]
    fine_tunes: tuple[FineTune, ...] = ()
    unsized: tuple[UnsizedModel, ...] = ()
    unusable_gpus: tuple[UnusableGPU, ...] = ()
    machines: tuple[CloudMachine, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    def gpu(self, name: str, memory_gb: float | None = None) -> GPU:
        """The GPU that ``name`` means: a name of the catalogue, of NVML, of a price list, or of a
        cloud's machine with one GPU.

        A family name (``A100``) needs ``memory_gb``; of several form factors the
        first in the catalogue is returned (SXM before PCIe). Raises InputError
        (field ``gpu``) with the nearest names.
        """
        return self._gpu_index.find(name, memory_gb)

    def model(self, name_or_path: str) -> ModelSpec:
        """The model with this Hugging Face id or short name, or the one of a config.json.

        A name that is not in the catalogue is read for what it states: the shape of a
        catalogue model (``read_as``) in the format of its own weights. A path names a
        ``config.json`` or a folder that holds one. Raises InputError (field ``model``)
        with the nearest names.
        """
        found = self._models_by_key.get(whole_key(name_or_path))
        if found is not None and _same_owner(name_or_path, found.hf_id):
            return found
        if names.is_path(name_or_path):
            try:
                return model_from_config(Path(name_or_path))
            except InputError as error:
                # A path of another machine, such as one of a vLLM log, may end in a known name.
                meant = None if os.path.exists(name_or_path) else self._known(name_or_path)
                if not isinstance(meant, ModelSpec):
                    raise
                raise InputError(
                    f"{error}; its name is one of {meant.hf_id}: give that id", field="model"
                ) from error
        known = self._known(name_or_path)
        if isinstance(known, ModelSpec):
            return self._as_named(name_or_path, known)
        if known is not None:
            raise InputError(
                f"model {names.quoted(name_or_path)} has {known.has}, which cannot be sized; "
                "use a decoder-only transformer with standard attention",
                field="model",
            )
        problem = model_name(name_or_path).weights.problem
        if problem is not None:
            raise InputError(
                f"model {names.quoted(name_or_path)} is not in the catalogue, and its name states "
                f"{problem}; give the path of the config.json of the model that it was made from",
                field="model",
            )
        own = model_name(name_or_path).own
        if is_hosted_only(own, model_name(name_or_path).owner):
            raise InputError(
                f"model {names.quoted(name_or_path)} is offered as a hosted service only, by its "
                "name, and its weights are not published; give a model with published weights",
                field="model",
            )
        kind = None if reads_sound(own) else other_kind(own)
        if kind is not None:
            raise InputError(
                f"model {names.quoted(name_or_path)} is {kind}, by its name; only decoders that "
                "generate text token by token are sized: give the one that it belongs to, or the "
                "path of its config.json if it is one",
                field="model",
            )
        if reads_pages(own) or reads_sound(own):
            reads = "speech or sound" if reads_sound(own) else "page images"
            raise InputError(
                f"model {names.quoted(name_or_path)} reads {reads}, by its name, and is not "
                "in the catalogue; give the path of its config.json",
                field="model",
            )
        versions = self._index.versions_of(name_or_path)
        if versions:
            difference = self._index.difference(versions)
            why = (
                f"has versions of different {difference}; give one of"
                if difference
                else "leaves out words that tell models apart; if it is this one, give its name:"
            )
            raise InputError(
                f"model {names.quoted(name_or_path)} {why} {', '.join(versions)}",
                field="model",
            )
        ids = {model_name(m.hf_id).own: m.hf_id for m in reversed(self.models)}
        holding = () if len(own) > MAX_NAME else names_with_words(own, ids.values())
        near = holding[:MOST_NAMED] or [ids[one] for one in names.nearest(own, ids, likeness=0.5)]
        raise InputError(
            f"model {names.quoted(name_or_path)} is not in the catalogue and no such file exists; "
            f"{'did you mean ' + ' or '.join(near) + ', or ' if near else ''}"
            "give the path of the model's config.json.",
            field="model",
        )

    def model_of(self, model: str, base_model: str | None = None) -> ModelSpec | None:
        """The catalogue model with the shape of a measured checkpoint; None if not known.

        ``base_model`` decides if it is stated, otherwise the name of ``model``. Shapes
        are never guessed from a parameter count.
        """
        for name in (base_model, model):
            found = self._known(name) if name else None
            if isinstance(found, ModelSpec):
                return found
        return None

    def as_stored(self, name: str, shape: ModelSpec) -> ModelSpec:
        """The shape with the bytes of the checkpoint that ``name`` means, itself if none is known.

        ``name`` is that of a published checkpoint that keeps a part of the network in 16 bit.
        """
        checkpoint = checkpoint_named(self.checkpoints, name)
        if checkpoint is None:
            return shape
        return replace(
            shape,
            native_quantization=checkpoint.quantization,
            checkpoint_bytes=checkpoint.weights_bytes(shape),
            sixteen_bit_parts=checkpoint.kept,
        )

    def unsized_model(self, model: str) -> UnsizedModel | None:
        """The model of this name whose shape cannot be expressed; None if not known."""
        found = self._known(model)
        return found if isinstance(found, UnsizedModel) else None

    def offers_for(self, gpu_name: str) -> tuple[PriceOffer, ...]:
        """Offers of the GPU that ``gpu_name`` means, in the catalogue's order."""
        offers = self._offers_by_gpu.get(gpu_name)
        return self._offers_by_gpu.get(self.gpu(gpu_name).name, ()) if offers is None else offers

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
        added_models = {whole_key(m.name): _as_users(m) for m in models}
        own_gpus = {names.gpu_key(g.name): g for g in self.gpus}
        own_models = {whole_key(m.name): m for m in self.models}
        extended = replace(
            self,
            gpus=tuple((own_gpus | added_gpus).values()),
            models=tuple((own_models | added_models).values()),
        )
        added = {o.id: replace(_as_users(o), gpu=extended.gpu(o.gpu).name) for o in offers}
        return replace(extended, offers=tuple(({o.id: o for o in self.offers} | added).values()))

    @cached_property
    def _hash(self) -> int:
        """Computed once: caches are asked for a catalogue of thousands of rows again and again."""
        return hash((self.gpus, self.models, self.offers))

    @cached_property
    def _gpu_index(self) -> GPUIndex:
        machines = machines_by_key(self.machines, self.offers)
        return GPUIndex(self.gpus, self.unusable_gpus, machines)

    def _known(self, written: str) -> ModelSpec | UnsizedModel | None:
        """The row of this name, whoever its owner is, or the shape that the name states."""
        row = self._models_by_key.get(whole_key(written))
        if row is None or (_is_own_mix(row) and not _same_owner(written, row.hf_id)):
            return self._index.find(written) or row
        return row

    def _as_named(self, written: str, shape: ModelSpec) -> ModelSpec:
        """The shape under the name that was typed, with the weights that it states.

        A bare name without a format of its own is the catalogue model's.
        """
        name = model_name(written)
        stated, problem = name.weights.quantization, name.weights.problem
        quantization = next((known for known in QUANTIZATIONS if known == stated), None)
        if stated is not None and quantization is None:
            problem = f"{stated.upper()} weights, which cannot be sized"
        if problem is not None:
            raise InputError(
                f"the name {names.quoted(written)} states {problem}; its shape is that of "
                f"{shape.hf_id}: give that id, with --quantization if it is quantized",
                field="model",
            )
        if is_text_only(name.own):
            shape = replace(shape, vision_params=None)
        own = replace(shape, fp8_in_blocks=shape.has_fp8_blocks or None)
        if quantization not in (None, shape.native_quantization):
            stored = _bytes_in_groups(shape, name.weights)
            own = replace(
                shape,
                native_quantization=quantization,
                checkpoint_bytes=stored,
                fp8_in_blocks=None,
            )
        own = self.as_stored(written, own)
        if name.owner or quantization is not None:
            hf_id = written.strip().strip("/")
            own = replace(own, name=hf_id.rpartition("/")[2], hf_id=hf_id)
        return replace(own, read_as=shape.hf_id)

    @cached_property
    def _models_by_key(self) -> dict[str, ModelSpec]:
        by_id = {whole_key(model.hf_id): model for model in self.models}
        return by_id | {whole_key(model.name): model for model in self.models}

    @cached_property
    def _index(self) -> ModelIndex:
        return ModelIndex(self.models, self.fine_tunes, self.unsized)

    @cached_property
    def _offers_by_gpu(self) -> dict[str, tuple[PriceOffer, ...]]:
        by_gpu: dict[str, tuple[PriceOffer, ...]] = {}
        for offer in self.offers:
            by_gpu[offer.gpu] = (*by_gpu.get(offer.gpu, ()), offer)
        return by_gpu


def _bytes_in_groups(shape: ModelSpec, weights: WeightFormat) -> float | None:
    """Bytes of weights in groups, beside embeddings in 16 bit; None if they are as usual.

    Usual are 4 bits in groups of 128, and 8 bits with a scale for each channel. GPTQ leaves
    gated delta nets in 16 bit, whatever its groups (source: planner.vllm.weights).
    """
    group = weights.group_size or USUAL_GROUP
    if not weights.in_groups and group == USUAL_GROUP:
        return None
    per_param = eight_bit_bytes(group) if weights.in_groups else four_bit_bytes(group)
    sixteen_bit = shape.embedding_params
    if weights.in_groups or weights.quantization == "gptq":
        sixteen_bit += shape.linear_attention_params or 0
    return SIXTEEN_BIT_BYTES * sixteen_bit + per_param * (shape.params - sixteen_bit)


def _same_owner(given: str, hf_id: str) -> bool:
    """True if ``given`` names no owner or the owner of ``hf_id``."""
    owner = model_name(given).owner
    return owner in ("", model_name(hf_id).owner)


def _is_own_mix(row: ModelSpec) -> bool:
    """True if a publisher quantized another's model and chose itself what stays in 16 bit."""
    return row.checkpoint_bytes is not None and model_name(row.hf_id).weights != WeightFormat()


def _as_users(row: UserRow) -> UserRow:
    problem = problem_with(row)
    if problem is None and isinstance(row, PriceOffer):
        problem = _problem_with_date(row)
    if problem is not None:
        raise InputError(f"{type(row).__name__} to add: {' '.join(problem)}", field=problem[0])
    return replace(row, added_by="user")


def _problem_with_date(offer: PriceOffer) -> tuple[str, str] | None:
    try:
        age_days(offer.as_of, date.max)
    except ValueError:
        return "as_of", f"of {offer.id} is {offer.as_of!r}; it must look like 2026-11-22"
    return None


@cache
def load_catalog() -> Catalog:
    """The built-in catalogue, read once. Raises CatalogError if a row is not sound."""
    return Catalog(
        gpus=read_records(_DATA / "gpus.csv", GPU),
        models=(
            *read_records(_DATA / "models.csv", ModelSpec, with_largest_image),
            *read_records(_DATA / "other_networks.csv", ModelSpec, with_largest_image),
        ),
        offers=read_records(_DATA / "prices.csv", PriceOffer, _with_both_prices),
        fine_tunes=read_records(_DATA / "fine_tunes.csv", FineTune),
        unsized=read_records(_DATA / "unsized_models.csv", UnsizedModel),
        unusable_gpus=read_records(_DATA / "unusable_gpus.csv", UnusableGPU),
        machines=read_records(_DATA / "cloud_machines.csv", CloudMachine),
        checkpoints=read_records(_DATA / "checkpoints.csv", Checkpoint),
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
