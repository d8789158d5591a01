"""Runs a calibration for ``planner calibrate``, and reports its results."""

from __future__ import annotations

import platform
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.checks.leave_one_out import error_after, error_before
from benchmarks.measuring.agent import Agent
from benchmarks.measuring.calibration_dry_run import show_dry_run
from benchmarks.measuring.progress import MINUTE_S, Progress, progress_for
from benchmarks.measuring.run_limits import Limits
from benchmarks.measuring.run_record import RunRecord, now, refuse_while_alive
from benchmarks.measuring.run_settings import Settings
from benchmarks.measuring.run_store import RunFile, StoreOrFile
from planner.commands.calibration_report import Change, change, show_change, show_points
from planner.commands.calibration_setup import (
    Kept,
    Options,
    Prepared,
    keep,
    prepare,
    run_folder,
    settings_from,
)
from planner.commands.screen import print_line, print_text, say
from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.records.calibration_record import CalibrationRun, RunPoint
from planner.vllm.settings_text import settings_in
from planner.wording.formatting import percent

JOURNAL = "points-not-in-the-store.json"
RESUMABLE = frozenset({"points", "max_minutes", "engine_command"})
"""Options that may be given again with --resume: how long to continue, and the engine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The results of a run; errors are medians of |forecast / measured - 1|, leave-one-out."""

    run: CalibrationRun
    points: tuple[RunPoint, ...]
    error_before: float | None
    error_after: float | None
    change: Change
    stored_in: str
    stopped_by_user: bool

    def as_json(self) -> dict[str, Any]:
        """The JSON document of the interface."""
        return {
            "run_id": self.run.run_id,
            "environment": self.run.environment,
            "points": [
                {
                    "key": point.key,
                    "input_tokens": point.input_tokens,
                    "output_tokens": point.output_tokens,
                    "concurrency": point.concurrency,
                    "status": point.status,
                    "output_tokens_per_s": (
                        None if point.measurement is None else point.measurement.output_tokens_per_s
                    ),
                    "reason": point.reason,
                }
                for point in self.points
            ],
            "stopped": self.run.stopped,
            "forecast_error_before": self.error_before,
            "forecast_error_after": self.error_after,
        }

    def show(self) -> None:
        """Print tables for the user."""
        show_points(self.run, self.points)
        if self.run.design.get("engine_settings"):
            print_text(f"Requested engine settings: {self.run.design['engine_settings']}.")
        show_change(self.change)
        if self.error_before is not None:
            print_text(
                "Median forecast error at these points: "
                f"{percent(self.error_before)} before the run, "
                f"{percent(self.error_after)} from the other points of the run."
            )
        print_text(f"Run {self.run.run_id} ended: {self.run.stopped}. Stored in {self.stored_in}.")


def dry_run(options: Options, resume: str | None, *, quiet: bool) -> dict[str, Any]:
    """The commands and expected minutes of a run, which are printed unless ``quiet``."""
    kept = keep()
    with closing(kept.storage) if kept.storage is not None else nullcontext():
        settings = _settings(options, resume, kept)
        prepared = prepare(settings, kept, options.datasheet, run_folder("RUN"), dry=True)
        limits = _limits(prepared.settings)
        tell = _drop if quiet else print_line
        forecaster = prepared.known.forecaster()
        return show_dry_run(prepared.setup, prepared.stages, forecaster, limits, tell)


def measure(options: Options, resume: str | None) -> Outcome:
    """Measure, store each point at once, and compare the forecasts before and after."""
    kept = keep()
    with closing(kept.storage) if kept.storage is not None else nullcontext():
        settings = _settings(options, resume, kept)
        run_id = resume or f"{now():%Y%m%d}-{secrets.token_hex(3)}"
        folder = run_folder(run_id)
        prepared = prepare(settings, kept, options.datasheet, folder, dry=False)
        scenario = kept.last_scenario()
        with progress_for(sys.stderr) as progress:
            store = _run_store(kept, folder, progress)
            run = store.run(run_id) if resume else _new_run(run_id, prepared)
            with RunRecord(store, run, folder) as record:
                say(f"Run {run_id}; to continue it later: planner calibrate --resume {run_id}")
                agent = Agent(
                    record,
                    prepared.known,
                    prepared.stages,
                    _limits(prepared.settings),
                    prepared.steady_load,
                    progress,
                )
                with _signals_as_ctrl_c():
                    agent.run()
        return _outcome(record, prepared, scenario, _place(kept, store), agent.stopped_by_user)


def _run_store(kept: Kept, folder: Path, progress: Progress) -> RunFile | StoreOrFile:
    if kept.storage is None or not kept.writable:
        return RunFile()
    return StoreOrFile(kept.storage, folder / JOURNAL, progress.say)


def _place(kept: Kept, store: RunFile | StoreOrFile) -> str:
    """Where the run is stored; tells the user what to do if the store lacks points."""
    if isinstance(store, RunFile) or kept.storage is None:
        return f"{store.file}, for planner import"
    if not store.missed:
        return kept.storage.location
    say(
        f"The store lacks {store.missed} of the points. When it is back, run planner import "
        f"{store.file}, or planner calibrate --resume {store.created.run_id} to continue the run"
    )
    return f"{kept.storage.location}, and the points that it lacks in {store.file}"


def _drop(_line: str) -> None:
    """Discards lines for the user, for ``--json``."""


@contextmanager
def _signals_as_ctrl_c() -> Iterator[None]:
    """Treat kill and a closed terminal as Ctrl-C, and heed Ctrl-C even after a script's ``&``."""
    wanted = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _as_ctrl_c}
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        wanted[signal.SIGHUP] = _as_ctrl_c
    before = {told: signal.signal(told, handler) for told, handler in wanted.items()}
    try:
        yield
    finally:
        for told, handler in before.items():
            signal.signal(told, handler)


def _as_ctrl_c(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _settings(options: Options, resume: str | None, kept: Kept) -> Settings:
    if resume is None:
        return settings_from(options, kept)
    if not kept.writable or kept.storage is None:
        raise InputError("--resume needs the store of the run, and it cannot be written.")
    other = sorted((options.chosen.keys() - RESUMABLE) | options.engine_options.keys())
    if other or options.workload is not None:
        raise InputError(
            f"--resume continues with the run's own settings, but --"
            f"{(other or ['workload'])[0].replace('_', '-')} is given too: leave it out, "
            "or start a new run"
        )
    run = kept.storage.run(resume)
    refuse_while_alive(run)
    return Settings.model_validate(run.design | options.chosen)


def _limits(settings: Settings) -> Limits:
    max_s = None if settings.max_minutes is None else settings.max_minutes * MINUTE_S
    return Limits(settings.points, max_s, settings.target_interval)


def _new_run(run_id: str, prepared: Prepared) -> CalibrationRun:
    settings, setup = prepared.settings, prepared.setup
    deployment = prepared.stages[0].deployment
    fixed = {"gpu": setup.hardware.gpu.name}
    return CalibrationRun(
        run_id=run_id,
        started_at=now().isoformat(),
        finished_at=None,
        suite=settings.suite,
        model=setup.subject(deployment, "online").model,
        base_model=settings.base_model,
        gpu=setup.hardware.gpu.name,
        gpu_count=setup.hardware.gpu_count,
        quantization=deployment.quantization,
        engine="vllm",
        engine_version=None,
        environment={
            "machine": platform.platform(),
            "cards": [asdict(card) for card in setup.hardware.cards],
            "steadiness": prepared.steady_load.as_json(),
            "prefix_caching": _prefix_caching(settings),
        },
        design=settings.model_copy(update=fixed).as_json(),
        stopped=None,
        source_id=f"run-{run_id.rpartition('-')[2]}",
    )


def _prefix_caching(settings: Settings) -> str:
    if settings.base_url is not None:
        return "the server's"
    share = settings_in(settings.engine_settings).prefix_hit_share
    return f"on, prompts share {percent(share)}" if share else "switched off"


def _outcome(
    record: RunRecord,
    prepared: Prepared,
    scenario: Scenario | None,
    place: str,
    stopped_by_user: bool,
) -> Outcome:
    own, known = record.measurements(), prepared.known
    return Outcome(
        run=record.run,
        points=record.points(),
        error_before=error_before(known, own),
        error_after=error_after(known, own),
        change=change(prepared, own, scenario, record.run.engine_version),
        stored_in=place,
        stopped_by_user=stopped_by_user,
    )
