"""From a suite to the stages of a run on this hardware."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.design.design_space import Space, around, over
from benchmarks.design.points import LoadPoint
from benchmarks.design.suite import Analysis, Method, Suite
from benchmarks.engine.engine_flags import EngineLaunch, engine_spec, load_format_for, model_length
from benchmarks.engine.installed_packages import installed_version
from benchmarks.engine.target_server import Server
from benchmarks.engine.vllm_process import EngineSpec
from benchmarks.hardware.cards import Hardware
from benchmarks.measuring.offline_bench import OfflineBench, offline_unavailable
from benchmarks.measuring.point_attempt import Subject
from benchmarks.measuring.run_settings import Settings
from benchmarks.measuring.stage import Stage, Task
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
from planner.vllm.deployment import Deployment, EngineConfig
from planner.vllm.settings_text import settings_in

PORT_SHOWN = 8000

_LOADS: dict[Method, tuple[str, str]] = {
    "online": ("online", "closed_loop"),
    "latency": ("offline", "static_batch"),
    "throughput": ("offline", "static_batch"),
    "transformers": ("offline", "static_batch"),
}


@dataclass(frozen=True, slots=True)
class RunSetup:
    """Everything that the stages of one run share.

    ``server`` is the one at the settings' ``base_url``, once it has been asked.
    """

    settings: Settings
    catalog: Catalog
    model: ModelSpec
    hardware: Hardware
    kinds: tuple[Hardware, ...]
    command: tuple[str, ...]
    measuring: MeasuringOptions
    server: Server | None = None

    def deployment(self, quantization: Quantization | None, hardware: Hardware) -> Deployment:
        """What is measured with these weights on this card."""
        settings = self.settings
        return Deployment(
            gpu=hardware.gpu,
            gpu_count=hardware.gpu_count,
            model=self.model,
            quantization=quantization or settings.quantization or self.model.native_quantization,
            engine=settings_in(settings.engine_settings),
        )

    def subject(self, deployment: Deployment, method: Method) -> Subject:
        """How measurements name it: a folder by its name, not by its place on this machine."""
        mode, load = _LOADS[method]
        engine = "transformers" if method == "transformers" else "vllm"
        if engine != "vllm":
            deployment = replace(deployment, engine=EngineConfig())
        return Subject(
            deployment=deployment,
            model=_public_name(self.settings, self.model),
            base_model=None if self.settings.base_model is None else self.model.hf_id,
            engine=engine,
            # A server is asked for its version when it runs.
            engine_version=None if method == "online" else self._version_of(engine),
            mode=mode,
            load=load,
        )

    def _version_of(self, engine: str) -> str | None:
        """Without what a build adds to it, as a server states it."""
        installed = installed_version(self.command, engine)
        return None if installed is None else installed.partition("+")[0]

    def launch(self, deployment: Deployment, hardware: Hardware) -> EngineLaunch:
        """What the engine is started with."""
        settings, version = self.settings, self._version_of("vllm")
        load_format = load_format_for(settings.model, settings.load_format)
        draft = settings.speculative_model
        return EngineLaunch(settings.model, deployment, hardware, load_format, version, draft)


def _public_name(settings: Settings, model: ModelSpec) -> str:
    if is_path(settings.model):
        return Path(settings.model).expanduser().absolute().name
    return settings.model if settings.base_model else model.hf_id


def stages_of(suite: Suite, setup: RunSetup) -> list[Stage]:
    """The stages of ``suite`` in the order of measuring.

    Raises InputError where nothing of it can run: no point fits the model's context.
    """
    if suite.design is not None:
        return [_designed(setup, space_of(suite, setup))]
    return _analyses(suite.analyses, setup)


def space_of(suite: Suite, setup: RunSetup) -> Space:
    """Where a designed suite looks for points: around the workload, or over its range."""
    design, workload = suite.design, setup.settings.workload
    assert design is not None, "a suite of analyses has its points"
    deployment = setup.deployment(None, setup.hardware)
    near = around(workload.input_tokens, workload.output_tokens, deployment)
    if design.input_tokens:
        space = over(design.input_tokens, design.output_tokens, design.concurrency, deployment)
        if setup.settings.around_workload:
            space = Space((*space.candidates, *near.targets), near.targets)
    else:
        space = near
    if not space.targets:
        raise InputError(
            f"{workload.input_tokens:,} tokens in and {workload.output_tokens:,} out exceed the "
            f"{deployment.model.max_position_embeddings:,} that {deployment.model.name} holds: "
            "give a shorter workload with --workload SCENARIO.yaml",
            field="workload",
        )
    return space


def _designed(setup: RunSetup, space: Space) -> Stage:
    deployment = setup.deployment(None, setup.hardware)
    longest, most = space.longest_tokens, space.largest_concurrency
    return _online_stage(setup, setup.hardware, deployment, longest, most, space=space)


def _online_stage(
    setup: RunSetup,
    hardware: Hardware,
    deployment: Deployment,
    longest_tokens: int,
    largest_concurrency: int,
    space: Space | None = None,
    tasks: tuple[Task, ...] = (),
) -> Stage:
    subject = setup.subject(deployment, "online")
    measuring = replace(setup.measuring, cards=tuple(card.index for card in hardware.cards))
    name = f"{setup.settings.model} ({deployment.quantization}) on {deployment.gpu.name}"
    if setup.settings.base_url is not None:

        def open_server() -> SystemUnderTest:
            assert setup.server is not None, "a dry run opens no system"
            return OtherServer(setup.server, subject, setup.measuring)

        return Stage(name, deployment, open_server, tasks, space)
    launch = setup.launch(deployment, hardware)
    spec = engine_spec(launch, setup.command, longest_tokens, largest_concurrency)
    length = model_length(longest_tokens, deployment)
    deployment = replace(deployment, engine=replace(deployment.engine, max_model_len=length))

    def open_system() -> SystemUnderTest:
        return OwnEngine(spec, subject, measuring)

    return Stage(
        name, deployment, open_system, tasks, space, starts=_shown(spec, spec.arguments(PORT_SHOWN))
    )


def _analyses(analyses: Sequence[Analysis], setup: RunSetup) -> list[Stage]:
    """Online points of one card and format share an engine; each offline method is its own."""
    online: dict[tuple[str, Quantization], list[Task]] = {}
    hardware_of = {setup.hardware.gpu.name: setup.hardware}
    stages: list[Stage] = []
    for analysis in analyses:
        cards = [setup.hardware]
        if analysis.every_gpu:
            cards += [k for k in setup.kinds if k.gpu.name != setup.hardware.gpu.name]
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
) -> Stage:
    deployment = setup.deployment(quantization, hardware)
    longest, most = _extent([task.point for task in tasks])
    try:
        return _online_stage(setup, hardware, deployment, longest, most, tasks=tasks)
    except InputError as error:
        return _unavailable(deployment, tasks, str(error))


def _offline_stage(
    setup: RunSetup, method: Method, quantization: Quantization, tasks: tuple[Task, ...]
) -> Stage:
    deployment = setup.deployment(quantization, setup.hardware)
    launch = setup.launch(deployment, setup.hardware)
    reason = offline_unavailable(method, launch, is_own=setup.settings.base_url is None)
    if reason is not None:
        return _unavailable(deployment, tasks, reason)
    longest, most = _extent([task.point for task in tasks])
    try:
        spec = engine_spec(launch, setup.command, longest, most)
    except InputError as error:
        return _unavailable(deployment, tasks, str(error))
    system = OfflineBench(method, spec, setup.subject(deployment, method), setup.measuring)
    name = f"{method}, {setup.settings.model} ({deployment.quantization})"

    def measures(point: LoadPoint, requests: int, result: str) -> str:
        return _shown(spec, system.arguments(point, requests, result=result))

    return Stage(name, deployment, lambda: system, tasks, measures=measures)


def _shown(spec: EngineSpec, arguments: Sequence[str]) -> str:
    words = [f"{key}={shlex.quote(value)}" for key, value in spec.environment.items()]
    return " ".join([*words, shlex.join(arguments)])


def _unavailable(deployment: Deployment, tasks: tuple[Task, ...], reason: str) -> Stage:
    def open_system() -> SystemUnderTest:
        raise AssertionError(f"not to be measured: {reason}")

    return Stage("skipped", deployment, open_system, tasks, unavailable=reason)


def _tasks(
    analysis: Analysis, method: Method, quantization: Quantization, hardware: Hardware
) -> tuple[Task, ...]:
    prefix = f"{analysis.name}/{hardware.gpu.name}/{method}/{quantization}"
    return tuple(
        Task(f"{prefix}/{p.input_tokens}x{p.output_tokens}x{p.concurrency}", p)
        for p in analysis.points
    )


def _extent(points: Sequence[LoadPoint]) -> tuple[int, int]:
    longest = max(point.input_tokens + point.output_tokens for point in points)
    return longest, max(point.concurrency for point in points)
