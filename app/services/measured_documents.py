"""The tokens of uploaded documents. Only the numbers are kept here, no text."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from planner.documents.counted_files import counted_files
from planner.documents.document_rows import Columns
from planner.documents.measured_lengths import MeasuredLengths
from planner.documents.sample_file import CountedFile, SampleFile
from planner.entered.scenario_v2 import flat_fields
from planner.entered.stated_groups import stated_class
from planner.errors import InputError
from planner.fleet.scenario import Scenario

MOST_WAIT_S = 120
"""As long as the longest count takes."""

_few_at_once = threading.Semaphore(2)  # each process may take 2 GB


def count_tokens(
    files: Sequence[tuple[str, bytes]],
    tokenizer_json: bytes | None,
    column: str,
    answer_column: str = "",
) -> tuple[CountedFile, ...]:
    """The tokens in files (name, content), and of the answers that they state.

    Raises InputError if nothing can be counted, or if others count for longer than one may wait.
    """
    sample = [SampleFile(name, content) for name, content in files]
    if not _few_at_once.acquire(timeout=MOST_WAIT_S):
        raise InputError(
            f"The server has been counting the documents of others for {MOST_WAIT_S} seconds; "
            "count yours again in a few minutes."
        )
    try:
        columns = Columns(column.strip() or None, answer_column.strip() or None)
        return counted_files(sample, tokenizer_json, columns)
    finally:
        _few_at_once.release()


def with_lengths(
    scenario: Scenario,
    kind: str | None,
    measured: MeasuredLengths,
    answers: MeasuredLengths | None = None,
) -> Scenario:
    """The scenario with prompts, and answers if there are some, as long as measured.

    ``kind`` names one of its classes if it has any.
    """
    lengths = {"input_tokens": measured.mean, "input_spread": measured.spread}
    if answers is not None:
        lengths |= {"output_tokens": answers.mean, "output_spread": answers.spread}
    if not scenario.classes:
        return scenario.model_copy(update=lengths)
    classes = [
        one.model_copy(update=lengths if one.name == kind else {}) for one in scenario.classes
    ]
    stated = [stated_class(one.model_dump(mode="json", exclude_defaults=True)) for one in classes]
    flat = flat_fields({"classes": stated}, None, known=())
    of_all = {name: flat[name] for name in ("classes", "input_tokens", "output_tokens")}
    return Scenario.model_validate(scenario.model_dump() | of_all)
