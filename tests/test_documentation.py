"""The documentation names commands, options, modules and files that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from command_line import COMMANDS, parse
from paths import REPOSITORY

from tests.test_architecture import FLOORS

DOCUMENTS = {
    path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        REPOSITORY / "README.md",
        REPOSITORY / "CONTRIBUTING.md",
        *sorted((REPOSITORY / "docs").rglob("*.md")),
    )
}
README = DOCUMENTS["README.md"]
OPTIONS = {option for command in COMMANDS.values() for p in command.params for option in p.opts}
FOLDERS = "app|benchmarks|db|docs|planner|tests"


def typed(text: str) -> Iterator[str]:
    """Every ``$ planner ...`` of the console blocks, its continued lines joined."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines = re.findall(r"^\$ ((?:[^\n]*\\\n)*[^\n]*)", block, re.MULTILINE)
        for line in (line.replace("\\\n", " ").strip() for line in lines):
            if re.match(r"(\S*/)?planner\b", line):
                yield re.sub(r"^\S*planner", "planner", line)


def mentioned(text: str) -> Iterator[str]:
    """Every `planner ...` within a sentence."""
    without_blocks = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`(planner(?: [^`]+)?)`", without_blocks)


def unknown_words(mention: str) -> list[str]:
    """Command names and options of a mention that the program does not have."""
    words = mention.split()[1:]
    names = {name for path in COMMANDS for name in path}
    wrong = [] if not words or words[0].startswith("-") or words[0] in names else words[:1]
    return wrong + [
        word
        for word in words
        if word.startswith("--") and word.split("=")[0] not in {*OPTIONS, "--help", "--version"}
    ]


def paths_named(text: str, folder: Path = REPOSITORY) -> set[Path]:
    """Every path of the repository that a text names: as code, as a link, as ``python -m``.

    Links are relative to ``folder``. ``planner/vllm/memory.py, kv_cache.py`` names two
    files of one folder.
    """
    named = set()
    for path, siblings in re.findall(
        rf"(?<![\w/.+-])((?:{FOLDERS})/[\w./-]*)((?:, \w+\.py)*)", text
    ):
        named.add(REPOSITORY / path.rstrip("."))
        named |= {REPOSITORY / Path(path).parent / s for s in re.findall(r"\w+\.py", siblings)}
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        named.add(folder / link)
    for module in re.findall(rf"python -m ((?:{FOLDERS})(?:\.\w+)*)", text):
        named.add(_source_of(module))
    return named


def _source_of(module: str) -> Path:
    package = REPOSITORY / module.replace(".", "/")
    return package / "__main__.py" if package.is_dir() else package.with_suffix(".py")


def test_the_readme_shows_how_to_plan() -> None:
    assert any(line.startswith("planner plan") for line in typed(README))


def undocumented(text: str) -> set[str]:
    """Commands and groups of commands that a text neither mentions nor shows."""
    shown = [mention.split() for mention in (*mentioned(text), *typed(text))]
    return {path[0] for path in COMMANDS} - {words[1] for words in shown if len(words) > 1}


def test_every_command_is_documented() -> None:
    assert undocumented(README) == set()


@pytest.mark.parametrize("line", [line for text in DOCUMENTS.values() for line in typed(text)])
def test_a_command_of_the_documentation_is_accepted(line: str) -> None:
    parse(line)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_option_that_a_document_mentions_exists(document: str) -> None:
    mentions = mentioned(DOCUMENTS[document])
    assert {m: unknown_words(m) for m in mentions if unknown_words(m)} == {}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_a_document_names_exists(document: str) -> None:
    folder = (REPOSITORY / document).parent
    assert [str(p) for p in paths_named(DOCUMENTS[document], folder) if not p.exists()] == []


def test_the_architecture_page_answers_where_to_change_what() -> None:
    table = DOCUMENTS["docs/architecture.md"].split("## Where do I change")[1].split("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    assert [row for row in rows if not paths_named(row)] == []


def test_the_architecture_page_lists_every_room_on_its_floor() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", DOCUMENTS["docs/architecture.md"], re.MULTILINE)
    listed = {
        room.rstrip("/"): int(floor)
        for floor, rooms in rows
        for room in re.findall("`(.*?)`", rooms)
    }
    assert listed == {room: floor for room, floor in FLOORS.items() if "__main__" not in room}


SAMPLE = """
Try `planner paln` or `planner plan --budgte 3`, not `vllm serve --nothing`. See
`planner/vlm/memory.py`, planner/vllm/memory.py, keep.py, [the model](modell.md#top) and
`python -m benchmarks.accuracy`;
https://example.org/planner/nothing.py is no path of ours.

```console
$ planner plan --budget 30000 \\
    --gpu "A100 80GB"
some output
$ make app
$ .venv/bin/planner predict --gpu L4
```
"""


def test_a_planted_mistake_is_found() -> None:
    plan, predict = typed(SAMPLE)
    parse(plan)
    with pytest.raises(typer.TyperException, match="model"):
        parse(predict)
    assert [unknown_words(m) for m in mentioned(SAMPLE)] == [["paln"], ["--budgte"]]


def test_a_command_that_no_document_names_is_found() -> None:
    assert undocumented("See `planner`.") == {path[0] for path in COMMANDS}
    assert {path[0] for path in COMMANDS} - undocumented(SAMPLE) == {"plan", "predict"}


def test_planted_paths_are_found() -> None:
    missing = {path for path in paths_named(SAMPLE, REPOSITORY / "docs") if not path.exists()}
    assert missing == {
        REPOSITORY / "planner/vlm/memory.py",
        REPOSITORY / "planner/vllm/keep.py",
        REPOSITORY / "docs/modell.md",
        REPOSITORY / "benchmarks/accuracy.py",
    }
