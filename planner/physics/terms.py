"""The terms that a request's seconds are made of, by name.

The replica's seconds per request are ``s = 1 / throughput = sum_k theta_k * x_k``.
``request_terms`` computes the x_k, ``planner.learning`` estimates the theta_k. Arrays
of terms have them in the order of ``Term`` as their last axis, of length ``TERM_COUNT``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Term(IntEnum):
    """Position of each term. Overheads are in milliseconds, so their theta is too."""

    PREFILL_ARITHMETIC = 0
    PREFILL_ATTENTION = 1
    WEIGHTS_READ = 2
    KV_READ = 3
    DECODE_ARITHMETIC = 4
    LINK_TRAFFIC = 5
    STEP_OVERHEAD = 6
    TOKEN_OVERHEAD = 7
    REQUEST_OVERHEAD = 8
    PREFILL_OVERHEAD = 9
    ALL_REDUCE_LATENCY = 10


TERM_COUNT = len(Term)
TERM_NAMES: tuple[str, ...] = tuple(term.name.lower() for term in Term)
"""Names of the terms in data files, in order."""

OVERHEADS = (
    Term.STEP_OVERHEAD,
    Term.TOKEN_OVERHEAD,
    Term.REQUEST_OVERHEAD,
    Term.PREFILL_OVERHEAD,
    Term.ALL_REDUCE_LATENCY,
)

PHYSICAL_LIMIT: Array = np.array([0.0 if term in OVERHEADS else 1.0 for term in Term])
"""Smallest theta of each term: 1 is the hardware's limit, an overhead may vanish."""

Cause = Literal["prefill", "weights", "kv_cache", "decode", "overhead"]
"""What a replica's seconds per request are spent on."""

CAUSES: dict[Cause, tuple[Term, ...]] = {
    "prefill": (Term.PREFILL_ARITHMETIC, Term.PREFILL_ATTENTION),
    "weights": (Term.WEIGHTS_READ,),
    "kv_cache": (Term.KV_READ,),
    "decode": (Term.DECODE_ARITHMETIC,),
    "overhead": (Term.LINK_TRAFFIC, *OVERHEADS),
}
"""Terms that make up each entry of a forecast's ``seconds_per_request``."""


def by_cause(terms_s: Array) -> dict[str, float]:
    """Seconds per request by cause, from seconds by term (K,)."""
    return {cause: float(sum(terms_s[term] for term in terms)) for cause, terms in CAUSES.items()}
