"""The command line: ``planner`` and its commands, which ``planner.commands`` and
``planner.checking`` hold.
"""

from __future__ import annotations

import atexit
import gc
import os
from typing import Annotated

import typer

from planner.checking.compare_command import compare
from planner.checking.doctor_command import doctor
from planner.checking.measure_documents_command import measure_documents
from planner.checking.schema_command import schema
from planner.checking.verify_command import verify
from planner.commands.calibrate_command import calibrate
from planner.commands.catalog_additions import add_gpu, add_model, add_offer, remove
from planner.commands.catalog_command import catalog
from planner.commands.db_command import db
from planner.commands.measurement_commands import evaluate, export, import_files
from planner.commands.memory_command import memory
from planner.commands.one_line_errors import OneLineErrors
from planner.commands.own_runs_command import measurements
from planner.commands.plan_command import plan
from planner.commands.predict_command import predict
from planner.commands.price_list_commands import import_prices, refresh_prices

app = typer.Typer(
    name="planner",
    cls=OneLineErrors,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    plan,
    predict,
    memory,
    evaluate,
    measure_documents,
    calibrate,
    export,
    compare,
    schema,
    verify,
    doctor,
):
    app.command()(command)
app.command("import")(import_files)
for addition in (add_gpu, add_model, add_offer, import_prices, refresh_prices, remove):
    catalog.command()(addition)
app.add_typer(catalog)
app.add_typer(db)
app.add_typer(measurements)


@app.callback(invoke_without_command=True)
def planner(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Which GPUs, how many and at what cost, to serve a language model with vLLM.

    \b
    Example:
      planner plan --documents-per-year 20000000 --budget 30000
    """
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"planner {version_of('planner')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line that this process was given."""
    # One thread solves the model's small systems fastest: more of them wait for one another.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Most objects stay until the end. Python looks at all of them each time it searches for
    # garbage, which took an eighth of a plan's time.
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    atexit.register(gc.freeze)
    app()


OBJECTS_BETWEEN_SEARCHES = 100_000
"""New objects between two searches for garbage: a few tens of MB. Python's default is 700."""
