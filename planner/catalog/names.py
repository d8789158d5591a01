"""Names of GPUs and models, reduced to keys so that different spellings compare equal.

NVML, price lists and people write the same GPU differently (``NVIDIA
A100-SXM4-80GB``, ``a100 80gb``), and a checkpoint's repository name contains its
quantization (``TheBloke/CodeLlama-13B-AWQ``). A key has no case, no punctuation and
no such words.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

_VENDOR_WORDS = re.compile(r"\b(nvidia|tesla|geforce)\b")
_PARENTHESES = re.compile(r"\([^)]*\)")
_CHECKPOINT_WORDS = re.compile(
    r"[-_. ](awq|gptq(-\d+b-\d+g)?|marlin|bnb|fp8|fp16|bf16|nvfp4|mxfp4|int4|int8|4bits?|8bits?"
    r"|w\d+a\d+|g(32|64|128)|(32|64|128)g|sym|asym|kv|block|static|quantized|autoround|unsloth"
    r"|dynamic|hf|instruct|chat|it|base|sft|dpo|thinking)(?=[-_. ]|$)"
)
_DATE = re.compile(r"[-_. ]2[4-9]\d\d(?=[-_. ]|$)")
_SIZE = re.compile(r"\db(?![a-z0-9])")
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def gpu_key(name: str) -> str:
    """``NVIDIA A100-SXM4-80GB`` -> ``a100sxm480gb``."""
    return _NOT_ALPHANUMERIC.sub("", _VENDOR_WORDS.sub(" ", name.lower()))


def model_key(name: str) -> str:
    """A model's name without its publisher: ``Qwen/Qwen3-8B`` -> ``qwen3-8b``.

    Punctuation between two digits becomes a dot or a hyphen: opt-1.3b is not
    opt-13b. ``loose`` removes that too.
    """
    return _key(name.lower().rstrip("/").rpartition("/")[2].removeprefix("meta-"))


def architecture_key(name: str) -> str:
    """A model's name without words that do not change its shape (AWQ, Instruct, chat, hf).

    Sizes and version numbers stay, so names with equal keys differ only in
    publisher, tuning, date (``-2507``) and quantization. If the name has no size
    the date stays, because it distinguishes models (Mistral-Small-2409 and -2503).
    """
    own = _PARENTHESES.sub("", name.lower()).strip().rpartition("/")[2].removeprefix("meta-")
    own = _CHECKPOINT_WORDS.sub("", own)
    return _key(_DATE.sub("", own) if _SIZE.search(own) else own)


def loose(key: str) -> str:
    """A model's key without dots and hyphens: ``llama3.1-70b`` -> ``llama3170b``."""
    return _NOT_ALPHANUMERIC.sub("", key)


def without_publisher_prefix(name: str, publishers: Iterable[str]) -> str:
    """``nvidia_Llama-3.1-Nemotron`` -> ``Llama-3.1-Nemotron``, as requantizers name copies."""
    prefix, separator, rest = name.rpartition("/")[2].partition("_")
    return rest if separator and prefix.lower() in publishers else name


def _key(own: str) -> str:
    return _NOT_ALPHANUMERIC.sub(_between_digits, own)


def _between_digits(gap: re.Match[str]) -> str:
    before, after = gap.string[: gap.start()][-1:], gap.string[gap.end() :][:1]
    if not (before.isdigit() and after.isdigit()):
        return ""
    return "." if gap[0] == "." else "-"


def nearest(given: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The known names that are most similar to ``given``, best first."""
    lower = {name.lower(): name for name in known}
    return [lower[m] for m in difflib.get_close_matches(given.lower(), lower, count, 0.3)]


def quoted(given: str) -> str:
    """What a user typed, in quotes, shortened and on one line, for a message."""
    return repr(given if len(given) <= 80 else given[:77] + "...")


def same_publisher(given: str, hf_id: str) -> bool:
    """True if ``given`` names no publisher or the publisher of ``hf_id``."""
    publisher = given.rpartition("/")[0].lower()
    return publisher in ("", hf_id.rpartition("/")[0].lower())


def is_path(given: str) -> bool:
    """True if ``given`` is an existing file or folder, or can only be meant as one."""
    looks_like_one = given.endswith(".json") or given.startswith(("/", "./", "../", "~"))
    return looks_like_one or os.path.exists(given)
