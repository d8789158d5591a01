"""Files are counted in a process that is stopped if one of them wants too much."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from dataclasses import asdict

import pytest
from sample_documents import WORDS_TOKENIZER, encrypted_pdf, pdf_saying

from planner.documents import counted_files as counting
from planner.documents.counted_files import counted_files
from planner.documents.counting_process import count_file
from planner.documents.document_rows import USUAL
from planner.documents.sample_file import CountedFile, SampleFile
from planner.documents.token_counter import mistral_counter
from planner.errors import InputError

LOADED = '{"tokenizer": null}\n'
"""What the process writes before it reads the files."""


def test_every_file_is_counted_or_refused_alone() -> None:
    files = [
        SampleFile("a.txt", b"one two three four"),
        SampleFile("b.pdf", encrypted_pdf()),
        SampleFile("c.pdf", pdf_saying("one two")),
        SampleFile("d.jsonl", b'"one"\n""\n"one two three"\n'),
        SampleFile("e.txt", b" \n"),
    ]
    a, b, c, d, e = counted_files(files, WORDS_TOKENIZER)
    assert a == CountedFile("a.txt", (4,))
    assert b.refused is not None
    assert c == CountedFile("c.pdf", (2,), pages=1)
    assert d == CountedFile("d.jsonl", (1, 3), empty=1)
    assert e.refused == "e.txt has no text."


def test_half_of_a_surrogate_pair_counts_as_a_question_mark() -> None:
    rows = rb"""{"text": "hello \ud83d world"}"""
    found = count_file(io.BytesIO(rows), "a.jsonl", len(rows), USUAL, mistral_counter())
    assert found == CountedFile("a.jsonl", (mistral_counter()("hello ? world"),))


def test_mistrals_tokenizer_counts_as_sentencepiece_pieces() -> None:
    # ▁Hello, ▁world: pieces 22557 and 1526 of Mistral 7B's vocabulary; "!" is 28808
    assert mistral_counter()("Hello world!") == 3
    assert mistral_counter()("") == 0


def test_what_is_no_tokenizer_is_refused_at_its_field() -> None:
    with pytest.raises(InputError, match=r"upload the tokenizer\.json") as refusal:
        counted_files([SampleFile("a.txt", b"one")], b'{"secret": 1}')
    assert refusal.value.field == "tokenizer"
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("tokenizer", "remedy"), [(WORDS_TOKENIZER, "in the model's folder"), (None, "more memory")]
)
def test_a_tokenizer_that_ends_the_process_is_refused_and_not_the_files(
    monkeypatch: pytest.MonkeyPatch, tokenizer: bytes | None, remedy: str
) -> None:
    dies = (sys.executable, "-c", "import os; os.abort()")
    monkeypatch.setattr(counting, "_PROCESS", dies)
    with pytest.raises(InputError, match=f"takes too much time or memory.*{remedy}") as refusal:
        counted_files([SampleFile("a", b"x"), SampleFile("b", b"x")], tokenizer)
    assert refusal.value.field == "tokenizer"


def test_the_file_that_ends_the_process_is_refused_and_the_next_one_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = LOADED + json.dumps(asdict(CountedFile("read", (7,))))
    dies = (sys.executable, "-c", f"print('''{lines}''', flush=True); import os; os.abort()")
    monkeypatch.setattr(counting, "_PROCESS", dies)
    files = [SampleFile(name, b"x") for name in ("a", "b", "c")]
    counted = counted_files(files)
    assert [one.tokens for one in counted] == [(7,), (), (7,)]
    assert counted[1].refused == "b takes too much time or memory to read; split it."


def test_when_time_is_over_the_files_left_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (LOADED + json.dumps(asdict(CountedFile("a", (7,))))).encode()

    def late(*_: object, **__: object) -> None:
        monkeypatch.setattr(counting.time, "monotonic", lambda: float("inf"))
        raise subprocess.TimeoutExpired("count", 120, output=lines + b'\n{"na')

    monkeypatch.setattr(counting.subprocess, "run", late)
    counted = counted_files([SampleFile(name, b"x") for name in ("a", "b", "c")])
    assert [one.tokens for one in counted] == [(7,), (), ()]
    assert "too much time" in (counted[1].refused or "")
    assert counted[2].refused == (
        "c was not read: 120 seconds are over; upload fewer files at a time."
    )


def test_rows_that_were_counted_before_time_was_over_stay() -> None:
    def counter(text: str) -> int:
        if text == "late":
            signal.raise_signal(signal.SIGPROF)
        return len(text)

    rows, text = b'"ab"\n"abc"\n"late"\n"x"\n', b"late"
    found = count_file(io.BytesIO(rows), "a.jsonl", len(rows), USUAL, counter)
    assert found == CountedFile("a.jsonl", (2, 3), is_whole=False)
    refused = count_file(io.BytesIO(text), "a.txt", len(text), USUAL, counter).refused
    assert refused == "a.txt takes more than 30 s of computing to read; split it."


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], "No file is selected"),
        ([SampleFile("a.pdf", bytes(20_000_001))], r"a\.pdf is larger than 20 MB"),
        ([SampleFile("a.pdf", bytes(19_000_000))] * 6, "more than 100 MB together"),
    ],
)
def test_too_much_is_refused_before_anything_is_read(files: list[SampleFile], said: str) -> None:
    with pytest.raises(InputError, match=said):
        counted_files(files)


def test_a_lower_limit_of_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    gib = 2**30
    lowered = (
        "import resource, runpy; "
        f"resource.setrlimit(resource.RLIMIT_AS, ({gib}, {gib})); "
        "runpy.run_module('planner.documents.counting_process', run_name='__main__')"
    )
    monkeypatch.setattr(counting, "_PROCESS", (sys.executable, "-c", lowered))
    [counted] = counted_files([SampleFile("a.txt", b"one two")], WORDS_TOKENIZER)
    assert counted.tokens == (2,)


def test_no_word_of_a_file_is_in_the_repr_of_what_holds_it() -> None:
    assert "secret" not in repr(SampleFile("a.txt", b"secret"))
