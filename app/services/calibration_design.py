"""The calibration of a configuration: this server's GPUs, the command, the points and minutes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import lru_cache

from app.services.opened_store import catalog_of, forecaster_of, store
from benchmarks.hardware.nvml import Cards, find_cards, visible_cards
from benchmarks.measuring.calibration_dry_run import show_dry_run
from benchmarks.measuring.run_limits import Limits
from benchmarks.measuring.run_settings import Settings
from planner.commands.calibration_setup import VISIBLE, Kept, prepare, run_folder
from planner.commands.datasheet_options import DatasheetOptions
from planner.fleet.candidates import replica_of, scenario_of_model
from planner.fleet.plan import FleetItem
from planner.fleet.scenario import Scenario
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.setting_flags import DRAFT_PLACEHOLDER
from planner.vllm.settings_text import settings_text

SUITE = "quick"
_NO_DATASHEET = DatasheetOptions(None, None, None, ask=False)
_DESIGNS_KEPT = 32


@dataclass(frozen=True, slots=True)
class DesignedPoint:
    """A load point that a calibration would measure, and the minutes that it takes."""

    input_tokens: int
    output_tokens: int
    concurrency: int
    minutes: float | None


@dataclass(frozen=True, slots=True)
class CalibrationDesign:
    """The points in their order, and the minutes of all of them with the engine's start."""

    points: tuple[DesignedPoint, ...]
    minutes: float


def cards_here() -> Cards:
    """The GPUs of this server that a calibration may use, and why some or all are missing."""
    found = find_cards()
    return Cards(visible_cards(found.cards, os.environ.get(VISIBLE)), found.reason)


def calibration_design(scenario: Scenario, item: FleetItem) -> CalibrationDesign:
    """The points that `planner calibrate` would choose if every forecast came true.

    Raises InputError if documents of this size do not fit.
    """
    return _design(scenario, item, store().version())


@lru_cache(maxsize=_DESIGNS_KEPT)
def _design(scenario: Scenario, item: FleetItem, version: str) -> CalibrationDesign:
    known = catalog_of(version)
    scenario = scenario_of_model(item, scenario, known)
    engine = _as_calibrated(replica_of(item, scenario, known).engine)
    proposes = engine.speculative is not None and engine.speculative.method != "ngram"
    settings = Settings(
        model=scenario.model,
        quantization=item.quantization,
        gpu=item.gpu,
        gpu_count=item.gpu_count,
        suite=SUITE,
        workload=scenario,
        around_workload=True,
        engine_settings=settings_text(engine),
        speculative_model=DRAFT_PLACEHOLDER if proposes else None,
    )
    kept = Kept(store(), known)
    prepared = prepare(settings, kept, _NO_DATASHEET, run_folder("RUN"), dry=True)
    limits = Limits(prepared.settings.points, None, settings.target_interval)
    found = show_dry_run(
        prepared.setup, prepared.stages, forecaster_of(version), limits, lambda _line: None
    )
    return CalibrationDesign(
        points=tuple(
            DesignedPoint(
                point["input_tokens"],
                point["output_tokens"],
                point["concurrency"],
                point["minutes"],
            )
            for point in found["points"]
        ),
        minutes=found["minutes"],
    )


def _as_calibrated(engine: EngineConfig) -> EngineConfig:
    """The settings without those that a calibration chooses itself or has no option for."""
    return replace(
        engine,
        version=None,
        gpu_memory_utilization=None,
        max_model_len=None,
        max_num_seqs=None,
        lora=None,
        text_only=False,
    )
