"""Reads from the changelog how the performance model changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"
HEADING = "Changed results"
UNRELEASED = "Unreleased"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of forecast figures, in Markdown, with its release."""

    release: str
    text: str


def changed_results(path: Path = CHANGELOG) -> tuple[Change, ...]:
    """The entries under "Changed results", newest release first; none if there is no changelog."""
    if not path.exists():
        return ()
    changes: list[Change] = []
    release, within = "", False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            release, within = line.removeprefix("## ").strip(), False
        elif line.startswith("### "):
            within = line.removeprefix("### ").strip() == HEADING
        elif within and line.startswith("- "):
            changes.append(Change(release, line.removeprefix("- ").strip()))
        elif within and line.strip() and changes:
            changes[-1] = Change(release, f"{changes[-1].text} {line.strip()}")
    return tuple(changes)
