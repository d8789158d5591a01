"""What counts as a document in each kind of file, and what is refused without quoting it."""

from __future__ import annotations

import csv

import pytest
from sample_documents import blank_pdf, encrypted_pdf, pdf_of, pdf_saying

from planner.documents.document_rows import USUAL, Columns
from planner.documents.document_texts import document_texts
from planner.errors import InputError


def texts(content: bytes, name: str, column: str | None = None) -> list[str]:
    return [one.text.strip() for one in document_texts(content, name, Columns(column))]


def test_a_pdf_and_a_text_are_a_document_each() -> None:
    [found] = document_texts(pdf_saying("My left knee hurts"), "claim.PDF", USUAL)
    assert (found.text, found.pages, found.scanned) == ("My left knee hurts", 1, 0)
    assert texts(b"\xef\xbb\xbfone\ntwo", "notes.txt") == ["one\ntwo"]
    assert texts("é".encode("utf-16"), "from_windows.txt") == ["é"]


def test_a_pdf_is_recognized_by_its_content() -> None:
    assert texts(pdf_saying("a claim"), "no_ending") == ["a claim"]


@pytest.mark.parametrize(
    ("name", "content", "column", "expected"),
    [
        ("a.jsonl", b'"one"\n\n"two"\n', None, ["one", "two"]),
        ("a.jsonl", b'{"id": 7, "letter": "one"}\n', None, ["one"]),
        ("a.ndjson", b'{"id": "x", "text": "one"}\n', None, ["one"]),
        ("a.jsonl", b'{"id": "x", "letter": "one"}\n', "letter", ["one"]),
        ("a.jsonl", '{"text": "a\u2028b"}\n'.encode(), None, ["a\u2028b"]),
        ("a.csv", b"id,prompt\n1,one\n\n2,\n", None, ["one", ""]),
        ("a.csv", b'letter\n"one\ntwo"\n', None, ["one\ntwo"]),
        ("a.csv", b"id,letter\n1,one\n", "letter", ["one"]),
        ("a.csv", b"text\none,\n", None, ["one"]),
        ("a.csv", b"a;b\none\n", "a;b", ["one"]),
        ("a.csv", b"text\n" + b"x" * 200_000 + b"\n", None, ["x" * 200_000]),
    ],
)
def test_each_row_is_a_document(
    name: str, content: bytes, column: str | None, expected: list[str]
) -> None:
    assert texts(content, name, column) == expected


@pytest.mark.parametrize(
    ("name", "content", "column", "said"),
    [
        ("a.pdf", b"secret", None, "a.pdf is not readable as a PDF"),
        ("a.pdf", pdf_saying("secret")[:300], None, "a.pdf is not readable as a PDF"),
        ("a.pdf", encrypted_pdf(), None, "a.pdf is encrypted"),
        ("a.pdf", blank_pdf(3), None, r"no text on any page \(of 3\).*run OCR"),
        ("a.txt", b"secret \xff", None, "a.txt, line 1: not UTF-8 text"),
        ("a.txt", b"\xff\xfes", None, "not readable as UTF-16"),
        ("a.jsonl", b'{"secret"', None, "line 1: not readable as JSON"),
        ("a.jsonl", b"[" * 100_000, None, "line 1: not readable as JSON"),
        ("a.jsonl", b"[1]", None, "line 1: not a JSON object"),
        ("a.jsonl", b'{"secret": "a", "b": "secret"}', None, "line 1: 2 columns have text"),
        ("a.jsonl", b'{"secret": "a"}', "b", "line 1: there is no column “b”"),
        ("a.jsonl", b'{"b": 7, "secret": ""}', "b", "its “b” is no text"),
        ("a.csv", b"secret,secret\n1,2\n", None, "line 1: 2 columns have text"),
        ("a.csv", b"text\none\nsecret, of two\n", None, "line 3: 2 cells, but 1 in its header"),
        ("a.csv", b'secret;text\n1;"a, b"\n', None, "line 1: its columns .* semicolons or tabs"),
        ("a.csv", b"secret\ttext\n1\ta\n", "text", "line 1: its columns .* semicolons or tabs"),
        ("a.csv", b"secret\n1\n", "b", "line 1: there is no column “b”"),
        ("a.csv", b'text\n"secret\n', None, None),
        ("a.csv", b"", None, "0 columns have text"),
        ("a.csv", b"id,answer\n1,secret\n", None, "line 1: 2 columns have text"),
        ("a.csv", b"date,response\n1,secret\n", None, "line 1: 2 columns have text"),
        ("a.jsonl", b'{"id": "a7", "output": "secret"}', None, "name the column to count"),
    ],
)
def test_a_refusal_says_what_to_do_and_no_word_of_the_file(
    name: str, content: bytes, column: str | None, said: str | None
) -> None:
    if said is None:
        assert texts(content, name, column) == ["secret"]
        return
    with pytest.raises(InputError, match=said) as refusal:
        texts(content, name, column)
    assert "secret" not in str(refusal.value)


@pytest.mark.slow
def test_a_pdf_of_more_pages_than_any_prompt_is_refused() -> None:
    with pytest.raises(InputError, match="2,001 pages; a document may have 2,000"):
        texts(blank_pdf(2_001), "a.pdf")


@pytest.mark.slow
def test_a_pdf_bomb_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.pdf unpacks to far more than a document"):
        texts(pdf_of(bytes(80_000_000)), "a.pdf")


def test_the_limit_of_a_cell_is_what_it_was() -> None:
    before = csv.field_size_limit()
    list(document_texts(b"text\n" + b"a" * 200_000, "a.csv", USUAL))
    list(document_texts(b"text\nb", "b.csv", USUAL))
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("name", "content", "columns", "expected"),
    [
        ("a.jsonl", b'{"prompt": "one", "completion": "two"}', USUAL, [("one", "two")]),
        ("a.jsonl", b'{"letter": "1", "answer": "2"}', Columns("letter"), [("1", "2")]),
        ("a.jsonl", b'{"output": "one"}', USUAL, [("one", None)]),
        ("a.jsonl", b'{"text": "one", "answer": null}', USUAL, [("one", None)]),
        ("a.jsonl", b'{"text": "one", "answer": "", "id": 7}', USUAL, [("one", "")]),
        ("a.jsonl", b'{"text": "1", "said": "2"}', Columns(None, "said"), [("1", "2")]),
        ("a.jsonl", b'{"text": "1", "answer": "2"}', Columns("answer"), [("2", None)]),
        (
            "a.jsonl",
            b'{"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}, '
            b'{"role": "assistant", "content": "c"}]}',
            USUAL,
            [("a\nb", "c")],
        ),
        ("a.jsonl", b'{"messages": [{"role": "user", "content": "b"}]}', USUAL, [("b", None)]),
        (
            "a.jsonl",
            b'{"messages": [{"role": "user", "content": "a"}], "said": "b"}\n'
            b'{"messages": [{"role": "user", "content": "c"}]}',
            Columns(None, "said"),
            [("a", "b"), ("c", None)],
        ),
        (
            "a.jsonl",
            b'{"text": "1"}\n{"text": "2", "said": null}',
            Columns(None, "said"),
            [("1", None), ("2", None)],
        ),
        (
            "a.csv",
            b"id,prompt,response\n1,one,two\n2,three\n",
            USUAL,
            [("one", "two"), ("three", "")],
        ),
        ("a.csv", b"letter,answer\none,two\n", Columns(None, "answer"), [("one", "two")]),
        ("a.csv", b"text,said\none,two\n", Columns(None, "said"), [("one", "two")]),
    ],
)
def test_a_row_may_state_its_answer(
    name: str, content: bytes, columns: Columns, expected: list[tuple[str, str | None]]
) -> None:
    found = document_texts(content, name, columns)
    assert [(one.text, one.answer) for one in found] == expected


@pytest.mark.parametrize(
    ("name", "content", "columns", "said"),
    [
        ("a.jsonl", b'{"text": "1", "said": 2}', Columns(None, "said"), "its “said” is no text"),
        (
            "a.csv",
            b"text,answer\n1,2\n",
            Columns(None, "said"),
            "no column “said”; name the column with the answer",
        ),
        (
            "a.jsonl",
            b'{"text": "1", "answer": "secret"}\n{"text": "2"}',
            Columns(None, "said"),
            "a.jsonl: there is no column “said”; name the column with the answer",
        ),
        ("a.jsonl", b'{"messages": [], "said": 2}', Columns(None, "said"), "its “said” is no text"),
        ("a.jsonl", b'{"messages": [{"role": "user", "content": ["secret"]}]}', USUAL, "a message"),
    ],
)
def test_an_answer_that_is_no_text_is_refused(
    name: str, content: bytes, columns: Columns, said: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        list(document_texts(content, name, columns))
    assert "secret" not in str(refused.value)
