"""What the article states of its analyses in words, beyond the figures among the measurements."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planner.catalog.csv_rows import read_records

_TABLE = Path(__file__).parent.parent / "data" / "article_statements.csv"


@dataclass(frozen=True, slots=True)
class ArticleStatement:
    """One finding; ``analysis`` is the name that the suite ``article`` has for the analysis."""

    analysis: str
    statement: str
    source: str
    source_date: str


@cache
def article_statements() -> tuple[ArticleStatement, ...]:
    """All statements, in the order of the analyses. Raises CatalogError."""
    return read_records(_TABLE, ArticleStatement)
