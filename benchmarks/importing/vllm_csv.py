"""Reads a CSV of vLLM's results, as ``vllm bench sweep`` and pandas write it, as the same objects.

A cell holds what the JSON holds under that name; a blank cell is not stated.
"""

from __future__ import annotations

import csv
import io
import json
from itertools import islice
from typing import Any

from benchmarks.importing.json_document import MOST_RESULTS, Document
from planner.errors import InputError
from planner.files import long_csv_cells

NEEDED = frozenset({"num_prompts", "completed", "total_output_tokens"})
_WORDS = {"": None, "True": True, "False": False}
_TEXTS = frozenset({"model_id", "tokenizer_id", "label", "backend", "endpoint_type", "date"})
"""Fields that are texts even if their text is that of a number, as a model's folder ``7`` is."""


def is_vllm_csv(text: str) -> bool:
    """True if the header has the fields that every result of ``vllm bench serve`` has."""
    header = text.partition("\n")[0]
    return {cell.strip('" \r') for cell in header.split(",")} >= NEEDED


def vllm_csv_documents(text: str, name: str) -> list[Document]:
    """One result a row. Raises InputError with the line for what is not CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        with long_csv_cells(len(text)):
            stated = ((reader.line_num, row) for row in reader if row)
            lines = list(islice(stated, MOST_RESULTS + 2))
    except csv.Error as error:
        raise InputError(
            f"{name}, line {reader.line_num}: not readable as CSV ({error})."
        ) from None
    if len(lines) > MOST_RESULTS + 1:
        raise InputError(f"{name} holds more than {MOST_RESULTS:,} results; split it.")
    header = lines[0][1]
    if len(set(header)) < len(header):
        raise InputError(f"{name}, line 1: a column of the header is there twice.")
    documents = []
    for line, cells in lines[1:]:
        if len(cells) != len(header):
            raise InputError(f"{name}, line {line}: {len(cells)} cells, not {len(header)}.")
        values = {
            column: cell if column in _TEXTS else _value(cell)
            for column, cell in zip(header, cells, strict=True)
        }
        documents.append(Document(values, f"{name}, line {line}"))
    if not documents:
        raise InputError(f"{name} holds no result under its header.")
    return documents


def _value(cell: str) -> Any:
    """A number, a list or a truth value if the cell holds one; else its text."""
    if cell in _WORDS:
        return _WORDS[cell]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
