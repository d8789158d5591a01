"""``planner measure-documents``: how many tokens the user's own documents have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.commands.screen import AsJson, print_json, print_line, print_table, print_text, say
from planner.errors import InputError
from planner.files import read_at_most

if TYPE_CHECKING:
    from planner.documents.measured_lengths import MeasuredLengths
    from planner.documents.sample_file import CountedFile

_SHOWN_QUANTILES = ("p50", "p95", "p99.9")


def measure_documents(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="PDFs and texts, each a document, and .jsonl or .csv files, each row a document.",
        ),
    ],
    tokenizer: Annotated[
        Path | None,
        typer.Option(help="The model's tokenizer.json. Default: Mistral 7B's tokenizer."),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            help="The column with the text. Default: the only one, or one called text, prompt or "
            "document."
        ),
    ] = None,
    answer_column: Annotated[
        str | None,
        typer.Option(
            help="The column with the answer. Default: one called answer, output, completion or "
            "response."
        ),
    ] = None,
    template_tokens: Annotated[
        int, typer.Option(min=0, max=2_000_000, help="Tokens that a prompt template adds to each.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Count the tokens of a sample of documents.

    Prints their mean, quantiles and histogram, and input_tokens for a scenario file; output_tokens
    too if the rows state answers. Files that cannot be read are named and left out.

    \b
    Example:
      planner measure-documents claims/*.pdf --template-tokens 400
    """
    from planner.documents.counted_files import counted_files
    from planner.documents.document_rows import Columns
    from planner.documents.measured_lengths import measured_answers, measured_lengths
    from planner.documents.sample_file import MOST_FILE_BYTES, MOST_TOKENIZER_BYTES, SampleFile

    sample = [SampleFile(path.name, _content(path, MOST_FILE_BYTES)) for path in files]
    own = None if tokenizer is None else _content(tokenizer, MOST_TOKENIZER_BYTES)
    counted = counted_files(sample, own, Columns(column, answer_column))
    for file in counted:
        if file.refused is not None:
            say(file.refused)
    measured, answers = measured_lengths(counted, template_tokens), measured_answers(counted)
    if as_json:
        print_json(_json(counted, measured, answers))
    else:
        _print(counted, measured, answers, own is not None)


def _content(path: Path, most_bytes: int) -> bytes:
    try:
        return read_at_most(path, most_bytes)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); check the name and the permissions."
        ) from error


def _scenario(measured: MeasuredLengths, answers: MeasuredLengths | None) -> dict[str, Any]:
    """The lengths for a scenario file."""
    found = {"input_tokens": _stated(measured)}
    return found if answers is None else found | {"output_tokens": _stated(answers)}


def _stated(measured: MeasuredLengths) -> Any:
    from planner.entered.stated_groups import stated_length

    spread = measured.spread
    shape = None if spread is None else spread.model_dump(mode="json", exclude_defaults=True)
    return stated_length(measured.mean, shape)


def _figures(measured: MeasuredLengths) -> dict[str, Any]:
    from dataclasses import asdict

    from planner.documents.measured_lengths import SHOWN

    named = zip(_SHOWN_QUANTILES, SHOWN, strict=True)
    return {
        "documents": measured.documents,
        "mean_tokens": measured.mean,
        "quantiles": {name: measured.quantile(p) for name, p in named},
        "longest_tokens": measured.longest,
        "histogram": [asdict(one) for one in measured.histogram],
    }


def _json(
    files: Sequence[CountedFile], measured: MeasuredLengths, answers: MeasuredLengths | None
) -> dict[str, Any]:
    return {
        **_figures(measured),
        "answers": None if answers is None else _figures(answers),
        "files": [
            {
                "name": one.name,
                "documents": len(one.tokens),
                "documents_without_text": one.empty,
                "answers": len(one.answers),
                "pages": one.pages,
                "pages_without_text": one.scanned,
                "is_whole": one.is_whole,
                "refused": one.refused,
            }
            for one in files
        ],
        **_scenario(measured, answers),
    }


def _print(
    files: Sequence[CountedFile],
    measured: MeasuredLengths,
    answers: MeasuredLengths | None,
    is_own: bool,
) -> None:
    import yaml

    from planner.wording import measured_sentences as words

    figure, documents = words.LENGTH_COLUMNS[1], words.HISTOGRAM_COLUMNS[1]
    print_table("Sample", words.LENGTH_COLUMNS, words.length_rows(measured), numbers=[figure])
    if answers is not None:
        print_table("Answers", words.ANSWER_COLUMNS, words.answer_rows(answers), numbers=[figure])
    print_table(
        "Documents by tokens",
        words.HISTOGRAM_COLUMNS,
        words.histogram_rows(measured),
        numbers=[documents],
    )
    for sentence in words.sample_sentences(files, measured):
        print_text(sentence)
    print_text(words.tokenizer_sentence(is_own))
    print_text("For a scenario file:")
    block = yaml.safe_dump(_scenario(measured, answers), sort_keys=False)
    for line in block.splitlines():
        print_line(line)
