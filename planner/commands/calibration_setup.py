"""Prepares a calibration: store, settings, hardware, stages."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.design.steady_load import SteadyLoad
from benchmarks.design.suite import Suite, read_suite
from benchmarks.engine.installed_packages import is_processor_build
from benchmarks.engine.target_server import Server, other_server
from benchmarks.engine.vllm_process import bench_command, engine_command
from benchmarks.hardware.cards import (
    Hardware,
    UnknownCardError,
    card_to_add,
    choose_cards,
    kinds_of_cards,
    processor,
)
from benchmarks.hardware.nvml import Card, find_cards, visible_cards
from benchmarks.measuring.known_measurements import KnownMeasurements
from benchmarks.measuring.run_settings import DEFAULT_COMMAND, Settings
from benchmarks.measuring.stage import SkippedStage, Stage
from benchmarks.measuring.stages_from_suite import RunSetup, stages_of
from benchmarks.measuring.system_under_test import MeasuringOptions
from planner.catalog.gpu import CPU
from planner.catalog.lookup import Catalog, load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.catalog.names import is_path
from planner.commands.datasheet_options import DatasheetOptions
from planner.commands.engine_options import engine_from
from planner.commands.screen import say
from planner.commands.store_access import catalog_of
from planner.errors import InputError, StoreError
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import scenario_for_model
from planner.records.reference import reference_measurements
from planner.vllm.settings_text import settings_text
from planner.vllm.speculative_decoding import DRAFTED_BY_ANOTHER_MODEL
from planner.wording.model_fleet_sentences import models_of

if TYPE_CHECKING:
    from db.storage import Storage

RUNS_FOLDER = "runs"
VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True, slots=True)
class Options:
    """The options that were given: ``chosen`` are fields of Settings, ``engine_options`` others
    that become engine settings."""

    chosen: dict[str, Any]
    engine_options: dict[str, Any]
    workload: Path | None
    datasheet: DatasheetOptions


@dataclass(frozen=True, slots=True)
class Kept:
    """The store, None if none can be read, and the catalogue with its additions."""

    storage: Storage | None
    catalog: Catalog

    @property
    def writable(self) -> bool:
        return self.storage is not None and self.storage.writable

    def known(self, catalog: Catalog) -> KnownMeasurements:
        """The measurements that forecasts use at the moment."""
        if self.storage is None:
            return KnownMeasurements(reference_measurements(), catalog, frozenset())
        own = self.storage.own_source_ids()
        rows = self.storage.measurements(exclude_sources=self.storage.set_aside())
        return KnownMeasurements(rows, catalog, own)

    def last_scenario(self) -> Scenario | None:
        """The scenario that was saved last."""
        saved = [] if self.storage is None else list(self.storage.scenarios())
        return max(saved, key=lambda s: s.updated_at).scenario if saved else None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run needs; ``settings`` have all defaults filled in."""

    settings: Settings
    suite: Suite
    setup: RunSetup
    stages: list[Stage | SkippedStage]
    known: KnownMeasurements
    steady_load: SteadyLoad


def keep() -> Kept:
    """Open the store and the catalogue; warns if results will go to a file instead."""
    from db.storage import open_storage

    try:
        storage = open_storage()
    except StoreError as error:
        say(f"Warning: no store can be used; results go to a file in this folder ({error})")
        return Kept(None, load_catalog())
    if not storage.writable:
        say(f"Warning: {storage.location} is read-only; results go to a file in this folder")
    return Kept(storage, catalog_of(storage))


def run_folder(run_id: str) -> Path:
    """The folder for logs and results of a run."""
    from db.connection import data_directory

    return data_directory() / RUNS_FOLDER / run_id


def settings_from(options: Options, kept: Kept) -> Settings:
    """Settings of a new run; the workload is that of the file, else the last saved scenario."""
    from planner.fleet.scenario_file import read_scenario_file

    if options.workload is not None:
        workload = read_scenario_file(options.workload)
    else:
        workload = kept.last_scenario() or Scenario()
    named = options.chosen.keys() & {"engine", "engine_version"}
    if named and "base_url" not in options.chosen:
        raise InputError(
            f"--{min(named).replace('_', '-')} describes the server at --base-url: give that "
            "too, or leave it out, as an engine that is started here states it itself",
            field=min(named),
        )
    model = options.chosen.get("model", workload.model)
    stated = options.chosen.get("quantization")
    part = scenario_for_model(workload, kept.catalog, model, stated)
    if part is None and (options.workload is not None or "model" not in options.chosen):
        raise InputError(
            f"{model} is no model of the workload, whose classes take {models_of(workload)}; "
            "give the one to measure as --model",
            field="model",
        )
    is_smaller = part is not None and len(part.classes) < len(workload.classes)
    workload = part or workload
    chosen = {"model": workload.model} | options.chosen
    if (is_smaller or "model" not in options.chosen) and workload.quantization is not None:
        chosen = {"quantization": workload.quantization} | chosen
    given, asked = options.workload is not None, _engine_settings(options)
    return Settings(workload=workload, around_workload=given, engine_settings=asked, **chosen)


def _engine_settings(options: Options) -> str | None:
    engine = engine_from(
        prefix_hit_share=options.engine_options.get("prefix_share"),
        **{name: value for name, value in options.engine_options.items() if name != "prefix_share"},
    )
    method = "ngram" if engine.speculative is None else engine.speculative.method
    drafted = method in DRAFTED_BY_ANOTHER_MODEL
    if drafted and not {"base_url", "speculative_model"} & options.chosen.keys():
        raise InputError(
            f"--speculative-method {method} needs the model that proposes the tokens: give it "
            "as --speculative-model, or propose n-grams of the prompt, which need none",
            field="speculative_model",
        )
    return settings_text(engine)


def prepare(
    settings: Settings, kept: Kept, datasheet: DatasheetOptions, folder: Path, *, dry: bool
) -> Prepared:
    """Find model, hardware and engine, and divide the suite into stages.

    GPUs and models that the catalogue lacks are stored. A ``dry`` preparation stores nothing, and
    needs neither the hardware nor the engine.
    """
    suite = read_suite(settings.suite)
    if settings.points is None and suite.design is not None:
        settings = settings.model_copy(update={"points": suite.design.points})
    model = _model(settings, kept.catalog)
    command = _command(settings, dry)
    cards = visible_cards(find_cards().cards, os.environ.get(VISIBLE))
    hardware = _hardware(settings, kept.catalog, cards, command, datasheet, dry=dry)
    if dry and not hardware.is_processor and is_processor_build(command):
        # The shown commands are for the machine with the GPU, which has another vLLM.
        command = tuple(DEFAULT_COMMAND.split())
    catalog = kept.catalog.with_additions(
        gpus=[] if _is_known(hardware.gpu.name, kept.catalog, hardware) else [hardware.gpu],
        models=_new_model(model, kept.catalog),
    )
    if kept.writable and not dry:
        _store_new(kept, catalog)
    steady_load = SteadyLoad(seconds=settings.point_seconds)
    setup = RunSetup(
        settings=settings,
        catalog=catalog,
        model=model,
        hardware=hardware,
        gpu_kinds=tuple(kinds_of_cards(cards, catalog)) if hardware.cards else (),
        command=command,
        measuring=MeasuringOptions(
            steady_load, folder, tuple(card.index for card in hardware.cards)
        ),
        server=None if settings.base_url is None or dry else _server(settings, command),
    )
    stages = stages_of(suite, setup)
    return Prepared(settings, suite, setup, stages, kept.known(catalog), steady_load)


def _model(settings: Settings, catalog: Catalog) -> ModelSpec:
    if settings.base_model is not None:
        return catalog.model(settings.base_model)
    return catalog.model(settings.model)


def _new_model(model: ModelSpec, catalog: Catalog) -> list[ModelSpec]:
    """The model of a folder, if the catalogue lacks it: learning needs its architecture."""
    if not is_path(model.hf_id):
        return []
    known = catalog.model_of(model.name)
    same = known is not None and (known.params, known.layers) == (model.params, model.layers)
    return [] if same else [model]


def _is_known(name: str, catalog: Catalog, hardware: Hardware) -> bool:
    return any(gpu.name == name and gpu == hardware.gpu for gpu in catalog.gpus)


def _store_new(kept: Kept, catalog: Catalog) -> None:
    assert kept.storage is not None, "the store is writable"
    for gpu in catalog.gpus:
        if gpu not in kept.catalog.gpus:
            kept.storage.add_gpu(gpu)
            say(f"Added {gpu.name} to the catalogue: {gpu.source}")
    for model in catalog.models:
        if model not in kept.catalog.models:
            kept.storage.add_model(model)
            say(f"Added {model.name} to the catalogue: {model.source}")


def _command(settings: Settings, dry: bool) -> tuple[str, ...]:
    try:
        command = engine_command(settings.engine_command)
    except InputError:
        if not dry:
            raise
        command = tuple(shlex.split(settings.engine_command))
    bench_command(command)
    return command


def _server(settings: Settings, command: tuple[str, ...]) -> Server:
    assert settings.base_url is not None, "a server that we did not start has an address"
    bench = bench_command(command)
    server = other_server(settings.base_url, bench=bench, model=settings.model)
    tokenizer = settings.model if is_path(settings.model) else server.tokenizer
    return replace(
        server,
        tokenizer=tokenizer,
        engine=settings.engine or server.engine,
        engine_version=settings.engine_version or server.engine_version,
    )


def _hardware(
    settings: Settings,
    catalog: Catalog,
    cards: tuple[Card, ...],
    command: tuple[str, ...],
    datasheet: DatasheetOptions,
    *,
    dry: bool,
) -> Hardware:
    wanted = settings.gpu
    if settings.base_url is not None:
        return _named(settings, catalog, command)
    if wanted == CPU or (wanted is None and not cards and is_processor_build(command)):
        if settings.gpu_count != 1:
            raise InputError(
                "--gpu-count is for GPUs, and a machine counts as one processor: leave it out."
            )
        return Hardware(processor(catalog, command), 1)
    if dry and wanted is not None:
        return _as_named(wanted, settings.gpu_count, catalog, cards)
    if not cards:
        raise InputError(
            f"no GPU was found ({find_cards().reason or 'none is visible'}): run this on the GPU "
            "machine, give --gpu NAME with --dry-run to see the commands, or --gpu cpu",
            field="gpu",
        )
    try:
        return choose_cards(cards, catalog, wanted, settings.gpu_count)
    except UnknownCardError as error:
        added = card_to_add(error.card, datasheet.complete(error), catalog)
        return choose_cards(cards, catalog.with_additions([added]), wanted, settings.gpu_count)


def _as_named(wanted: str, count: int, catalog: Catalog, cards: tuple[Card, ...]) -> Hardware:
    """For a dry run: this machine's GPUs of that name, else the catalogue's entry."""
    try:
        return choose_cards(cards, catalog, wanted, count)
    except InputError:
        return Hardware(catalog.gpu(wanted), count)


def _named(settings: Settings, catalog: Catalog, command: tuple[str, ...]) -> Hardware:
    wanted = settings.gpu
    if wanted is None:
        raise InputError(
            "--base-url does not say on which GPU the server runs: give --gpu NAME too",
            field="gpu",
        )
    if wanted == CPU:
        return Hardware(processor(catalog, command), 1)
    return Hardware(catalog.gpu(wanted), settings.gpu_count)
