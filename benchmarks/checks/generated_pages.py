"""Writes the pages of the documentation that come from the program itself.

    python -m benchmarks.checks.generated_pages

A page for each file of ``examples/``, with its command and answer, and the page of all fields
of a scenario file. The answers are those of the packaged figures, on the day that the packaged
prices were collected.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from planner.catalog import price_age
from planner.cli import app
from planner.report.scenario_schema import fields_of, scenario_schema

REPOSITORY = Path(__file__).parents[2]
PAGES = REPOSITORY / "docs"
EXAMPLES = REPOSITORY / "examples"
PRICES_COLLECTED = date(2026, 11, 27)

FIELDS_PAGE = "scenario-files.md"
_HOW = "<!-- Written by python -m benchmarks.checks.generated_pages: do not edit. -->\n"


def main() -> None:
    """Write every page."""
    (PAGES / "examples").mkdir(exist_ok=True)
    (PAGES / FIELDS_PAGE).write_text(fields_page(), encoding="utf-8")
    with _as_shipped():
        for example in examples():
            page = example_page(example, _printed("plan", str(example.relative_to(REPOSITORY))))
            page_of(example).write_text(page, encoding="utf-8")
            print(page_of(example))


def examples() -> list[Path]:
    """The example files, by name."""
    return sorted(EXAMPLES.glob("*.yaml"))


def page_of(example: Path) -> Path:
    """The page of an example."""
    return PAGES / "examples" / f"{example.stem}.md"


def example_page(example: Path, printed: str) -> str:
    """The page: what the file's first lines say, the file, the command, and what it printed."""
    text = example.read_text(encoding="utf-8")
    comment = re.match(r"(?:# .*\n)+", text)
    assert comment is not None, f"{example} begins with a comment that says what it is"
    about = " ".join(line.removeprefix("# ") for line in comment[0].splitlines())
    title = example.stem.replace("-", " ").capitalize()
    command = f"planner plan {example.relative_to(REPOSITORY).as_posix()}"
    return (
        f"{_HOW}\n# {title}\n\n{about}\n\n"
        f"[{example.name}](../../examples/{example.name}):\n\n"
        f"```yaml\n{text[comment.end() :].strip()}\n```\n\n"
        f"```console\n$ {command}\n{without_blanks(printed)}\n```\n"
    )


def without_blanks(printed: str) -> str:
    """The output of a command, without blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in printed.strip().splitlines())


def fields_page() -> str:
    """The table of all fields of a scenario file of version 2."""
    rows = "".join(
        f"| `{place}` | {field.get('description', '')} | {_allowed(field)} | {_default(field)} |\n"
        for place, field in fields_of(scenario_schema())
    )
    linked = "".join(
        f"- [{one.stem.replace('-', ' ')}](examples/{one.stem}.md)\n" for one in examples()
    )
    return (
        f"{_HOW}\n# Scenario files\n\n"
        "A scenario is a YAML file. `planner schema` prints its JSON Schema, by which editors\n"
        "check and complete it. Files without groups are of version 1 and have the names of\n"
        "`planner/fleet/scenario.py`. `planner compare` shows what two files differ in.\n\n"
        f"Examples, each with its answer:\n\n{linked}\n"
        "A dot leads into a group, and `*` stands for a name of your own.\n\n"
        f"| field | meaning | allowed | default |\n|---|---|---|---|\n{rows}"
    )


def _allowed(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return "a number, or `{mean, p95}`, `{fixed}`, `{quantiles}`, `{sample, column}`"
    forms = [form for form in field.get("anyOf", [field]) if form != {"type": "null"}]
    return " or ".join(filter(None, map(_form, forms)))


def _form(form: dict[str, Any]) -> str:
    if "const" in form:
        return f"`{form['const']}`"
    if "enum" in form:
        return ", ".join(f"`{value}`" for value in form["enum"])
    kind = form.get("type")
    if kind == "array":
        return f"list: {_form(form['items'])}"
    if kind in ("number", "integer"):
        return " ".join(filter(None, ("whole number" if kind == "integer" else "", _range(form))))
    if kind == "object":
        return "group"
    if "pattern" in form:
        return "time such as `08:30`"
    return {"boolean": "`true`, `false`", "string": "text"}.get(str(kind), "")


def _range(form: dict[str, Any]) -> str:
    bounds = (("exclusiveMinimum", "above"), ("minimum", "from"), ("maximum", "to"))
    return " ".join(f"{word} {form[key]:,.15g}" for key, word in bounds if key in form)


def _default(field: dict[str, Any]) -> str:
    value = field.get("default")
    if value in (None, [], "") or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _printed(*words: str) -> str:
    """The output of a command."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        app(list(words))
    return output.getvalue()


@contextlib.contextmanager
def _as_shipped() -> Iterator[None]:
    """The packaged figures on their day, in the repository, at the width without a terminal."""
    kept, today = dict(os.environ), price_age.today
    with tempfile.TemporaryDirectory() as empty, contextlib.chdir(REPOSITORY):
        os.environ |= {"PLANNER_DATA_DIR": empty}
        for name in ("PLANNER_DATABASE_URL", "COLUMNS"):
            os.environ.pop(name, None)
        price_age.today = lambda: PRICES_COLLECTED
        try:
            yield
        finally:
            price_age.today = today
            os.environ.clear()
            os.environ.update(kept)


if __name__ == "__main__":
    main()
