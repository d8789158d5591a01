"""The sizing report as a PDF: typesets the content with the template."""

from __future__ import annotations

import datetime
import json
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from planner.entered.paper import A4, Paper
from planner.fleet.plan import Plan
from planner.report.pdf_content import content
from planner.report.pdf_evidence import Evidence
from planner.report.pdf_safe_text import literal_tree

if TYPE_CHECKING:
    import typst

_HERE = Path(__file__).parent
_one_at_a_time = threading.Lock()  # a typst.Compiler raises when two threads use it


_TYPST_NAME: dict[Paper, str] = {"a4": "a4", "letter": "us-letter"}


def sizing_pdf(
    plan: Plan, evidence: Evidence, *, created: datetime.date, paper: Paper = A4
) -> bytes:
    """The sizing report as a tagged PDF with embedded fonts.

    The same plan, evidence, date and paper give the same bytes. Text from the
    scenario is data to the template: it is shown as typed, never run as markup.
    """
    told = content(plan, evidence, created) | {"paper": _TYPST_NAME[paper]}
    data = json.dumps(literal_tree(told))
    midnight = datetime.datetime.combine(created, datetime.time(), tzinfo=datetime.UTC)
    with _one_at_a_time:
        pdf = _compiler().compile(
            format="pdf", sys_inputs={"data": data}, timestamp=int(midnight.timestamp())
        )
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__} instead of one PDF")
    return pdf


@cache
def _compiler() -> typst.Compiler:
    import typst  # 60 ms that `planner --help` need not wait for

    return typst.Compiler(
        str(_HERE / "template.typ"),
        root=str(_HERE),
        font_paths=[str(_HERE / "fonts")],
        ignore_system_fonts=True,
    )
