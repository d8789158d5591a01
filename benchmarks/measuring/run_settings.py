"""The settings of a calibration, as a run stores them for ``--resume``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.design.steady_load import SteadyLoad
from planner.catalog.model_spec import Quantization
from planner.fleet.scenario import Scenario

DEFAULT_COMMAND = "vllm serve"
DEFAULT_SUITE = "quick"
DEFAULT_INTERVAL = 0.15
"""Just above the scatter of single points, about 10 %, which more points do not reduce."""

DEFAULT_POINT_SECONDS = SteadyLoad().seconds


class Settings(BaseModel):
    """``gpu`` None is the hardware of this machine, ``points`` None the number of the suite.

    ``workload`` is the scenario around which points are chosen. ``load_format`` None depends on
    whether the weights are on disk. ``engine`` and its version are those of the server at
    ``base_url``; None is what the server states. ``engine_settings`` are those of the engine, as
    ``planner.vllm.settings_text`` writes them; their ``prefix_hit_share`` is the share of each
    prompt that all have in common. ``speculative_model`` is the draft model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    base_model: str | None = None
    quantization: Quantization | None = None
    gpu: str | None = None
    gpu_count: int = 1
    suite: str = DEFAULT_SUITE
    points: int | None = Field(default=None, ge=1)
    max_minutes: float | None = Field(default=None, gt=0)
    target_interval: float = Field(default=DEFAULT_INTERVAL, gt=0)
    point_seconds: float = Field(default=DEFAULT_POINT_SECONDS, gt=0)
    workload: Scenario = Scenario()
    around_workload: bool = False
    load_format: Literal["auto", "dummy"] | None = None
    base_url: str | None = None
    engine: str | None = None
    engine_version: str | None = None
    engine_settings: str | None = None
    speculative_model: str | None = None
    engine_command: str = DEFAULT_COMMAND

    def as_json(self) -> dict[str, Any]:
        """The JSON values for the run's ``design``."""
        return self.model_dump(mode="json")
