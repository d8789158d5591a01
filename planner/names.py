"""Which catalogue name is meant by what somebody wrote.

NVML, price lists and people write the same card differently (``NVIDIA
A100-SXM4-80GB``, ``a100 80gb``), and a checkpoint's repository name says how it
was quantized (``TheBloke/CodeLlama-13B-AWQ``). A key is what remains when case,
punctuation and such words are taken away.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

_VENDOR_WORDS = re.compile(r"\b(nvidia|tesla|geforce)\b")
_PARENTHESES = re.compile(r"\([^)]*\)")
_CHECKPOINT_WORDS = re.compile(
    r"[-_. ](awq|gptq|marlin|bnb|fp8|fp16|bf16|int4|int8|4bits?|8bits?|w\d+a\d+|quantized"
    r"|dynamic|hf|instruct|chat|it|base|thinking|2[4-9]\d\d)(?=[-_. ]|$)"
)
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def gpu_key(name: str) -> str:
    """``NVIDIA A100-SXM4-80GB`` -> ``a100sxm480gb``."""
    return _NOT_ALPHANUMERIC.sub("", _VENDOR_WORDS.sub(" ", name.lower()))


def model_key(name: str) -> str:
    """A model's own name without its publisher: ``Qwen/Qwen3-8B`` -> ``qwen38b``."""
    own = name.lower().rstrip("/").rpartition("/")[2].removeprefix("meta-")
    return _NOT_ALPHANUMERIC.sub("", own)


def architecture_key(name: str) -> str:
    """A model's name without words that leave its shape alone (AWQ, Instruct, chat, hf).

    Sizes and version numbers stay, so two keys are equal only where publisher,
    tuning, its date (``-2507``) and quantization are all that differs.
    """
    own = _PARENTHESES.sub("", name.lower()).strip().rpartition("/")[2].removeprefix("meta-")
    return _NOT_ALPHANUMERIC.sub("", _CHECKPOINT_WORDS.sub("", own))


def nearest(given: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names most like ``given``, best first."""
    lower = {name.lower(): name for name in known}
    return [lower[m] for m in difflib.get_close_matches(given.lower(), lower, count, 0.3)]


def quoted(given: str) -> str:
    """What a user typed, short and on one line, for a message."""
    return repr(given if len(given) <= 80 else given[:77] + "...")


def same_publisher(given: str, hf_id: str) -> bool:
    """Whether ``given`` names no publisher or the one of ``hf_id``."""
    publisher = given.rpartition("/")[0].lower()
    return publisher in ("", hf_id.rpartition("/")[0].lower())


def is_path(given: str) -> bool:
    """Whether ``given`` names a file or folder that exists, or can only be meant as one."""
    looks_like_one = given.endswith(".json") or given.startswith(("/", "./", "../", "~"))
    return looks_like_one or os.path.exists(given)
