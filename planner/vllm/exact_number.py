"""Numbers as text that reads back as the same number."""

from __future__ import annotations


def exact(number: float) -> str:
    """Shortest text that reads back as ``number``.

    >>> exact(4.0), exact(0.7), exact(1 / 3)
    ('4', '0.7', '0.3333333333333333')
    """
    short = f"{number:g}"
    return short if float(short) == number else repr(number)
