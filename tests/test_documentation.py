"""What the documentation tells people to type is what the program takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import typer
from command_line import COMMANDS, parse
from paths import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
OPTIONS = {option for command in COMMANDS.values() for p in command.params for option in p.opts}


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


def test_the_readme_shows_how_to_plan() -> None:
    assert any(line.startswith("planner plan") for line in typed(README))


@pytest.mark.parametrize("line", list(typed(README)))
def test_a_command_of_the_readme_is_taken(line: str) -> None:
    parse(line)


def test_what_the_readme_mentions_exists() -> None:
    assert {m: unknown_words(m) for m in mentioned(README) if unknown_words(m)} == {}


SAMPLE = """
Try `planner paln` or `planner plan --budgte 3`, not `vllm serve --nothing`.

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
