"""``planner db``: where the store is and what it contains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from planner.commands.screen import AsJson, print_json, print_line, print_text

if TYPE_CHECKING:
    from db.storage import Storage

db = typer.Typer(
    name="db",
    no_args_is_help=False,
    rich_markup_mode=None,
    help="Where your data is stored.\n\n\b\nExample:\n  planner db status",
)


@db.command()
def status(as_json: AsJson = False) -> None:
    """Show where the store is and what it contains.

    \b
    Example:
      planner db status --json
    """
    from planner.commands.store_access import storage_to_write

    with storage_to_write() as storage:
        found = _status(storage)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        print_text(f"{name.replace('_', ' ')}: {value}")


@db.command()
def upgrade() -> None:
    """Create the store or upgrade it to this version.

    Updates the schema and the reference measurements. Every other command does so, too.

    \b
    Example:
      planner db upgrade
    """
    from planner.commands.store_access import storage_to_write

    with storage_to_write() as storage:
        found = _status(storage)
    print_text(f"{found['location']} has schema {found['revision']}.")


@db.command()
def path() -> None:
    """Print the path of the store without opening it.

    \b
    Example:
      planner db path
    """
    from db.connection import connect

    print_line(connect().name)


def _status(storage: Storage) -> dict[str, str | int | bool]:
    from db.schema import CURRENT_REVISION

    sources = storage.sources()
    return {
        "location": storage.location,
        "writable": storage.writable,
        "revision": CURRENT_REVISION,
        "measurements": sum(source.measurements for source in sources),
        "own_measurements": sum(source.measurements for source in sources if source.own),
        "sources": len(sources),
        "runs": len(storage.runs()),
        "gpus_added": len(storage.gpus()),
        "models_added": len(storage.models()),
        "offers_added": len(storage.offers()),
        "scenarios": len(storage.newest_scenarios()),
    }
