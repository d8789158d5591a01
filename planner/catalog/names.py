"""Names that people type: GPUs by a key, and what a message says of a name.

NVML, price lists and people write the same GPU differently (``NVIDIA
A100-SXM4-80GB``, ``a100 80gb``). A key has no case, no punctuation and no vendor.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

_VENDOR_WORDS = re.compile(r"\b(nvidia|tesla|geforce)\b")
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def gpu_key(name: str) -> str:
    """``NVIDIA A100-SXM4-80GB`` -> ``a100sxm480gb``."""
    return _NOT_ALPHANUMERIC.sub("", _VENDOR_WORDS.sub(" ", name.lower()))


def nearest(given: str, known: Iterable[str], count: int = 3, likeness: float = 0.3) -> list[str]:
    """The known names that are most similar to ``given``, best first.

    ``likeness`` is the least share of letters in common, as difflib counts it.
    """
    lower = {name.lower(): name for name in known}
    return [lower[m] for m in difflib.get_close_matches(given.lower(), lower, count, likeness)]


def quoted(given: str) -> str:
    """What a user typed, in quotes, shortened and on one line, for a message."""
    return repr(given if len(given) <= 80 else given[:77] + "...")


def is_path(given: str) -> bool:
    """True if ``given`` is an existing file or folder, or can only be meant as one."""
    looks_like_one = given.endswith(".json") or given.startswith(("/", "./", "../", "~"))
    return looks_like_one or os.path.exists(given)
