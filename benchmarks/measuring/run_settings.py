"""What was asked of a calibration, as the run keeps it so that ``--resume`` can go on."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from planner.catalog.model_spec import Quantization
from planner.fleet.scenario import Scenario

DEFAULT_COMMAND = "vllm serve"
DEFAULT_SUITE = "quick"
DEFAULT_INTERVAL = 0.15
"""Just above the scatter of single points, about 10 %, which no number of them takes away."""

DEFAULT_POINT_SECONDS = 20.0


class Settings(BaseModel):
    """``gpu`` None is "what this machine has", ``points`` None "as many as the suite says".

    ``workload`` is the scenario around which points are chosen; ``load_format`` None
    decides by whether the weights are on disk. ``engine`` and its version are those of the
    server at ``base_url``, None "what it says". ``engine_settings`` are those it is started
    with, or those of the server, as ``planner.vllm.settings_text`` writes them;
    ``prefix_hit_share`` is what prompts have in common. ``speculative_model`` is the draft.
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
        """For the run's ``design``."""
        return self.model_dump(mode="json")
