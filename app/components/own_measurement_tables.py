"""The user's own measurements: the runs that forecasts use, and the calibrations."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.html_pieces import bullets, paragraph, table
from planner.catalog.gpu import gpu_group
from planner.forecast.own_runs import OwnRun
from planner.records.calibration_record import CalibrationRun
from planner.vllm.deployment import Deployment
from planner.wording.formatting import count, significant
from planner.wording.own_run_sentences import ROLE_MEANING, disagreements

Used = Sequence[tuple[Deployment, tuple[OwnRun, ...]]]


def runs_in_forecasts(used: Used) -> None:
    """A table of the runs that forecasts use, and a sentence for each two that disagree."""
    st.html(
        table(
            "Your measurements in the forecasts; the speed is relative to the newest run",
            ("Source", "Date", "GPU", "Model", "Quantization", "Points", "Speed", "Use"),
            [_own_run_row(deployment, run) for deployment, of_it in used for run in of_it],
        )
    )
    st.html(bullets([told for _, of_it in used for told in disagreements(of_it)]))


def sources_set_aside(aside: Sequence[str]) -> None:
    """The sources that no forecast uses."""
    st.html(paragraph(f"Set aside, in no forecast: {', '.join(aside)}."))


def calibration_runs(runs: Sequence[CalibrationRun]) -> None:
    """A table of the user's calibration runs."""
    st.html(
        table(
            "Your calibration runs",
            ("Started", "GPU", "Model", "Quantization", "vLLM", "Ended"),
            [
                (
                    run.started_at[:16].replace("T", " "),
                    gpu_group(run.gpu_count, run.gpu),
                    run.model,
                    run.quantization or "none",
                    run.engine_version or "not stated",
                    run.stopped or "not yet",
                )
                for run in runs
            ],
        )
    )


def _own_run_row(deployment: Deployment, run: OwnRun) -> tuple[str, ...]:
    return (
        run.source,
        run.date or "not stated",
        gpu_group(deployment.gpu_count, deployment.gpu.name),
        deployment.model.hf_id,
        deployment.quantization,
        count(run.points),
        significant(run.speed_ratio),
        ROLE_MEANING[run.role],
    )
