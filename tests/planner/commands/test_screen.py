"""Tables on a screen of any width."""

from __future__ import annotations

import pytest

from planner.commands.plan_tables import COLUMNS, NUMBERS
from planner.commands.screen import print_table

ROWS = (
    (
        *("2 x L40S, fp8", "Verda", "$4,907", "54.5 (41.9 to 70.8)"),
        *("over 99 %", "8.44 s", "reference", "recommended"),
    ),
    (
        *("6 x L4, fp8", "GCP (old price)", "$6,099", "43.6 (24.7 to 77.1)"),
        *("82 %", "21.6 s", "extrapolated", "not measured"),
    ),
)


@pytest.mark.parametrize("width", [60, 100, 110, *range(114, 130)])
def test_no_word_of_a_table_is_cut(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    print_table("Options", COLUMNS, ROWS, numbers=NUMBERS)
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= width
    cells = (*COLUMNS, *(cell for row in ROWS for cell in row))
    missing = {word for cell in cells for word in cell.split()} - set(
        printed.replace(":", " ").split()
    )
    # As paragraphs, a row begins with its configuration, and no column is named so.
    assert missing <= {"Configuration"}
