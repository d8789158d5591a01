"""Rows as CSV that a spreadsheet opens without running a cell as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows under their heads (UTF-8 with a byte order mark, as Excel expects)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_inert(value) for value in row] for row in (heads, *rows))
    return out.getvalue().encode("utf-8-sig")


def csv_of_mappings(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """The rows under the keys of the first; without rows, nothing."""
    return csv_text(list(rows[0]), [list(row.values()) for row in rows]) if rows else b""


def _inert(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_STARTS_A_FORMULA):
        return "'" + value
    return value
