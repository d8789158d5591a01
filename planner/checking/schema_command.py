"""``planner schema``: the JSON Schema of scenario files."""

from __future__ import annotations

from planner.commands.screen import AsJson, print_json


def schema(as_json: AsJson = False) -> None:  # noqa: ARG001 (a schema is JSON in any case)
    """Print the JSON Schema of scenario files, version 2.

    Editors check and complete a file by it: name it in the file's first line as
    # yaml-language-server: $schema=scenario.schema.json

    \b
    Example:
      planner schema
    """
    from planner.report.scenario_schema import scenario_schema

    print_json(scenario_schema())
