"""``planner measurements``: the user's own runs, and which of them forecasts rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.catalog.gpu import gpu_group
from planner.commands.screen import AsJson, print_json, print_table, print_text, say

if TYPE_CHECKING:
    from planner.forecast.forecaster import Forecaster

Source = Annotated[str, typer.Argument(help="Id of one of your sources: see list.")]

measurements = typer.Typer(
    name="measurements",
    no_args_is_help=False,
    rich_markup_mode=None,
    help="Your own runs, and which of them forecasts use."
    "\n\n\b\nExample:\n  planner measurements list",
)


@measurements.command("list")
def list_runs(as_json: AsJson = False) -> None:
    """List your own runs, the newest first, and what forecasts make of each.

    Of several runs of one deployment the newest is used. An older one is used too if it agrees
    with the newest within their noise; if not, it is listed with its date.

    \b
    Example:
      planner measurements list --json
    """
    from planner.commands.store_access import known, sources
    from planner.wording.formatting import significant
    from planner.wording.own_run_sentences import ROLE_MEANING, SET_ASIDE

    facts = known()
    aside = [source for source in sources() if source.set_aside]
    found = _own_runs(facts.forecaster()) if facts.own_sources - facts.set_aside else []
    if as_json:
        unused = [{"source": s.id, "points": s.measurements, "role": "set aside"} for s in aside]
        print_json([*found, *unused])
        return
    if not found and not aside:
        print_text("You have no measurements yet: planner calibrate, or planner import FILE.")
        return
    rows = [
        (
            run["source"],
            run["date"] or "not stated",
            gpu_group(run["gpu_count"], run["gpu"]),
            run["model"],
            run["quantization"],
            str(run["points"]),
            significant(run["speed_ratio"]),
            ROLE_MEANING[run["role"]],
        )
        for run in found
    ]
    rows += [(s.id, "", "", "", "", str(s.measurements), "", SET_ASIDE) for s in aside]
    print_table(
        "Your own runs; the speed is relative to the newest run of the deployment",
        ("Source", "Date", "GPUs", "Model", "Weights", "Points", "Speed", "In forecasts"),
        rows,
        numbers=("Points", "Speed"),
    )


@measurements.command("set-aside")
def set_aside(source: Source) -> None:
    """Keep one of your sources out of all forecasts.

    Its measurements stay stored and are exported. Use restore to undo it.

    \b
    Example:
      planner measurements set-aside run-7f3a
    """
    from planner.commands.store_access import storage_to_write

    with storage_to_write() as storage:
        changed = storage.set_source_aside(source)
    say(f"{source} is {'now' if changed else 'already'} set aside: no forecast uses it")


@measurements.command()
def restore(source: Source) -> None:
    """Use a source in forecasts again that you had set aside.

    \b
    Example:
      planner measurements restore run-7f3a
    """
    from planner.commands.store_access import storage_to_write
    from planner.errors import InputError

    with storage_to_write() as storage:
        aside = storage.set_aside()
        if not storage.take_source_back(source):
            there = ", ".join(sorted(aside)) or "none is"
            raise InputError(f"{source!r} is not set aside ({there}).", field="source")
    say(f"{source} is used in forecasts again")


def _own_runs(forecaster: Forecaster) -> list[dict[str, Any]]:
    from dataclasses import asdict

    return [
        {
            "gpu": deployment.gpu.name,
            "gpu_count": deployment.gpu_count,
            "model": deployment.model.hf_id,
            "quantization": deployment.quantization,
            **asdict(run),
        }
        for deployment, runs in forecaster.own_runs()
        for run in runs
    ]
