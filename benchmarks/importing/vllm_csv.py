"""Reads a CSV of vLLM's results, as ``vllm bench sweep`` and pandas write it, as the same objects.

A cell holds what the JSON holds under that name; a blank cell is not stated.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.importing.csv_lines import csv_rows
from benchmarks.importing.json_document import MOST_RESULTS, Document
from planner.errors import InputError

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
    advice = "give the file as vLLM wrote it"
    _, rows = csv_rows(text, name, advice, MOST_RESULTS)
    if not rows:
        raise InputError(f"{name} holds no result under its header; {advice}.")
    return [
        Document(
            {column: cell if column in _TEXTS else _value(cell) for column, cell in row.items()},
            place,
        )
        for place, row in rows
    ]


def _value(cell: str) -> Any:
    """A number, a list or a truth value if the cell holds one; else its text."""
    if cell in _WORDS:
        return _WORDS[cell]
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
