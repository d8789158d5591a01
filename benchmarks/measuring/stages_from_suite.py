"""The stages of a run: what a suite comes to with this model on this hardware."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.design.design_space import Space, grid_around, grid_over
from benchmarks.design.points import LargestLoad, LoadPoint, largest_load
from benchmarks.design.suite import Analysis, Method, Suite
from benchmarks.engine.engine_flags import EngineLaunch, engine_spec, load_format_for, model_length
from benchmarks.engine.installed_packages import installed_version
from benchmarks.engine.target_server import Server
from benchmarks.engine.vllm_process import EngineSpec
from benchmarks.hardware.cards import Hardware
from benchmarks.measuring.offline_bench import OfflineBench, offline_unavailable
from benchmarks.measuring.point_attempt import Subject
from benchmarks.measuring.run_settings import Settings
from benchmarks.measuring.stage import SkippedStage, Stage, Task
from benchmarks.measuring.system_under_test import (
    MeasuringOptions,
    OtherServer,
    OwnEngine,
    SystemUnderTest,
)
from planner.catalog.lookup import Catalog
from planner.catalog.model_spec import ModelSpec, Quantization
from planner.catalog.names import is_path
from planner.errors import InputError
from planner.records.measurement import Load
from planner.vllm.deployment import Deployment
from planner.vllm.engine_settings import EngineConfig
from planner.vllm.settings_text import settings_in

PORT_SHOWN = 8000


@dataclass(frozen=True, slots=True)
class RunSetup:
    """Everything that the stages of one run share.

    ``gpu_kinds`` is one GPU of every kind in this machine. ``server`` is the server at the
    settings' ``base_url``; None in a dry run and if the engine is started here.
    """

    settings: Settings
    catalog: Catalog
    model: ModelSpec
    hardware: Hardware
    gpu_kinds: tuple[Hardware, ...]
    command: tuple[str, ...]
    measuring: MeasuringOptions
    server: Server | None = None

    def deployment(self, quantization: Quantization | None, hardware: Hardware) -> Deployment:
        """The deployment with these weights, by default the settings' or the checkpoint's own."""
        settings = self.settings
        return Deployment(
            gpu=hardware.gpu,
            gpu_count=hardware.gpu_count,
            model=self.model,
            quantization=quantization or settings.quantization or self.model.native_quantization,
            engine=settings_in(settings.engine_settings),
        )

    def subject(self, deployment: Deployment, method: Method) -> Subject:
        """The names that go into measurements. A model in a folder gets the folder's name."""
        engine = "transformers" if method == "transformers" else "vllm"
        if engine != "vllm":
            deployment = replace(deployment, engine=EngineConfig())
        return Subject(
            deployment=deployment,
            model=_public_name(self.settings, self.model),
            base_model=None if self.settings.base_model is None else self.model.hf_id,
            engine=engine,
            # A server states its version once it runs.
            engine_version=None if method == "online" else self._version_of(engine),
            mode="online" if method == "online" else "offline",
            load=load_of(method),
        )

    def _version_of(self, engine: str) -> str | None:
        """The installed version without the suffix of a build, as a server states it."""
        installed = installed_version(self.command, engine)
        return None if installed is None else installed.partition("+")[0]

    def launch(self, deployment: Deployment, hardware: Hardware) -> EngineLaunch:
        """The options with which the engine is started."""
        settings, version = self.settings, self._version_of("vllm")
        load_format = load_format_for(settings.model, settings.load_format)
        draft = settings.speculative_model
        return EngineLaunch(settings.model, deployment, hardware, load_format, version, draft)


def _public_name(settings: Settings, model: ModelSpec) -> str:
    if is_path(settings.model):
        return Path(settings.model).expanduser().absolute().name
    return settings.model if settings.base_model else model.hf_id


def load_of(method: Method) -> Load:
    """The kind of load that a method drives, as measurements state it."""
    return "closed_loop" if method == "online" else "static_batch"


def stages_of(suite: Suite, setup: RunSetup) -> list[Stage | SkippedStage]:
    """The stages of ``suite`` in the order of measuring.

    Raises InputError if no point of a designed suite fits the model's context.
    """
    if suite.design is not None:
        return [_designed(setup, space_of(suite, setup))]
    return _analyses(suite.analyses, setup)


def space_of(suite: Suite, setup: RunSetup) -> Space:
    """The points from which a designed suite chooses: around the workload, or over its range."""
    design, workload = suite.design, setup.settings.workload
    assert design is not None, "a suite of analyses has fixed points"
    deployment = setup.deployment(None, setup.hardware)
    near = grid_around(workload.input_tokens, workload.output_tokens, deployment)
    if design.input_tokens:
        space = grid_over(design.input_tokens, design.output_tokens, design.concurrency, deployment)
        if setup.settings.around_workload:
            space = Space((*space.candidates, *near.targets), near.targets)
    else:
        space = near
    if not space.targets:
        raise InputError(
            f"{workload.input_tokens:,} input tokens and {workload.output_tokens:,} output tokens "
            f"exceed the context of {deployment.model.name} "
            f"({deployment.context_tokens:,} tokens): "
            "give a shorter workload with --workload SCENARIO.yaml",
            field="workload",
        )
    return space


def _designed(setup: RunSetup, space: Space) -> Stage:
    deployment = setup.deployment(None, setup.hardware)
    return _online_stage(setup, setup.hardware, deployment, largest_load(space.candidates), space)


def _online_stage(
    setup: RunSetup,
    hardware: Hardware,
    deployment: Deployment,
    largest: LargestLoad,
    space: Space | None = None,
    tasks: tuple[Task, ...] = (),
) -> Stage:
    subject = setup.subject(deployment, "online")
    measuring = replace(setup.measuring, cards=tuple(card.index for card in hardware.cards))
    name = f"{setup.settings.model} ({deployment.quantization}) on {deployment.gpu.name}"
    if setup.settings.base_url is not None:

        def open_server() -> SystemUnderTest:
            assert setup.server is not None, "a dry run starts no engine"
            return OtherServer(setup.server, subject, setup.measuring)

        return Stage(name, deployment, subject.load, open_server, tasks, space)
    launch = setup.launch(deployment, hardware)
    spec = engine_spec(launch, setup.command, largest)
    length = model_length(largest.tokens, deployment)
    deployment = replace(deployment, engine=replace(deployment.engine, max_model_len=length))

    def open_system() -> SystemUnderTest:
        return OwnEngine(spec, subject, measuring)

    starts = _shell_line(spec, spec.arguments(PORT_SHOWN))
    return Stage(name, deployment, subject.load, open_system, tasks, space, starts)


def _analyses(analyses: Sequence[Analysis], setup: RunSetup) -> list[Stage | SkippedStage]:
    """Online points of one GPU and format share an engine; each offline method is a stage."""
    online: dict[tuple[str, Quantization], list[Task]] = {}
    hardware_of = {setup.hardware.gpu.name: setup.hardware}
    stages: list[Stage | SkippedStage] = []
    for analysis in analyses:
        cards = [setup.hardware]
        if analysis.every_gpu:
            cards += [k for k in setup.gpu_kinds if k.gpu.name != setup.hardware.gpu.name]
        for method in analysis.methods:
            for quantization in analysis.quantizations:
                for hardware in cards:
                    tasks = _tasks(analysis, method, quantization, hardware)
                    hardware_of.setdefault(hardware.gpu.name, hardware)
                    if method == "online":
                        key = (hardware.gpu.name, quantization)
                        online.setdefault(key, []).extend(tasks)
                    else:
                        stages.append(_offline_stage(setup, method, quantization, tasks))
    for (gpu, quantization), shared in online.items():
        stages.append(_fixed_stage(setup, hardware_of[gpu], quantization, tuple(shared)))
    return stages


def _fixed_stage(
    setup: RunSetup, hardware: Hardware, quantization: Quantization, tasks: tuple[Task, ...]
) -> Stage | SkippedStage:
    deployment = setup.deployment(quantization, hardware)
    largest = largest_load([task.point for task in tasks])
    try:
        return _online_stage(setup, hardware, deployment, largest, tasks=tasks)
    except InputError as error:
        return SkippedStage(deployment, load_of("online"), tasks, str(error))


def _offline_stage(
    setup: RunSetup, method: Method, quantization: Quantization, tasks: tuple[Task, ...]
) -> Stage | SkippedStage:
    deployment = setup.deployment(quantization, setup.hardware)
    launch = setup.launch(deployment, setup.hardware)
    reason = offline_unavailable(method, launch, is_own=setup.settings.base_url is None)
    if reason is not None:
        return SkippedStage(deployment, load_of(method), tasks, reason)
    try:
        spec = engine_spec(launch, setup.command, largest_load([task.point for task in tasks]))
    except InputError as error:
        return SkippedStage(deployment, load_of(method), tasks, str(error))
    system = OfflineBench(method, spec, setup.subject(deployment, method), setup.measuring)
    name = f"{method}, {setup.settings.model} ({deployment.quantization})"

    def measures(point: LoadPoint, requests: int, result: str) -> str:
        return _shell_line(spec, system.arguments(point, requests, result=result))

    return Stage(name, deployment, load_of(method), lambda: system, tasks, measures=measures)


def _shell_line(spec: EngineSpec, arguments: Sequence[str]) -> str:
    words = [f"{key}={shlex.quote(value)}" for key, value in spec.environment.items()]
    return " ".join([*words, shlex.join(arguments)])


def _tasks(
    analysis: Analysis, method: Method, quantization: Quantization, hardware: Hardware
) -> tuple[Task, ...]:
    part = f"{analysis.name}/{hardware.gpu.name}/{method}/{quantization}"
    return tuple(Task(point, part) for point in analysis.points)
