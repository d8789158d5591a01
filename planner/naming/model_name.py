"""A model's name as people write it, taken apart: owner, own name, format of the weights.

``RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic`` is Llama-3.3-70B-Instruct in fp8, by
RedHatAI. Names are compared by keys without case, punctuation and such words; sizes and
versions always stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from planner.naming.weight_format import WeightFormat, split_format

_WEB_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/")
_PARENTHESES = re.compile(r"\([^()]*\)")
_TUNING = re.compile(
    r"[-_. ](?:hf|instruct|inst|chat|it|base|pt|sft|dpo|thinking|think|reasoning|abliterated"
    r"|uncensored)(?=[-_. ]|$)"
)
_TEXT_ONLY = re.compile(r"[-_. ]text[-_. ]?only(?=[-_. ]|$)")
_DATE = re.compile(r"[-_. ]2[4-9](?:0[1-9]|1[0-2])(?=[-_. ]|$)")
_MONTH_AND_DAY = re.compile(r"[-_. ](?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])$")
_VERSION = re.compile(r"(?<=\db)[-_. ]v\d+(?:\.\d+)*$")
_SIZE = re.compile(r"\db(?![a-z0-9])")
_SIZES = re.compile(r"(?:\d+x)?(?:(?<!\d)\.\d+|\d+(?:\.\d+)?)[bmt](?![a-z])")
_ZERO = re.compile(r"(?<![\d.])0[-_](?=\d)")
_FORMAT_OF_OWNER = {"mlx-community": "-mlx", "onnx-community": "-onnx", "openvino": "-openvino"}
"""Owners whose repositories all have one format, whether their names state it or not."""
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class ModelName:
    """A name in lower case.

    ``owner`` is who publishes it, empty if not stated; ``own`` is the rest, without the
    words for the weights, which are in ``weights``.
    """

    owner: str
    own: str
    weights: WeightFormat

    def spellings(self, publishers: frozenset[str]) -> Iterator[str]:
        """The own name, and without a publisher before it, as requantizers name copies.

        ``nvidia_Llama-3.1-Nemotron`` is Llama-3.1-Nemotron too, and
        ``huihui-ai/Huihui-Qwen3-8B`` is Qwen3-8B.
        """
        yield self.own
        owners_word = self.owner.partition("-")[0]
        if owners_word and self.own.startswith(f"{owners_word}-"):
            yield self.own.removeprefix(f"{owners_word}-")
        for separator in ("__", "_"):
            prefix, found, rest = self.own.partition(separator)
            if found and rest and prefix in publishers:
                yield rest


@lru_cache(maxsize=4096)
def model_name(written: str) -> ModelName:
    """The parts of a Hugging Face id, its address or a bare name."""
    name = _WEB_ADDRESS.sub("", _PARENTHESES.sub("", written.lower()).strip()).strip("/ ")
    owner, _, own = name.rpartition("/")
    if own.endswith(".gguf") and "/" in owner:  # owner/repository/file
        owner, _, own = owner.rpartition("/")
    own = own.removesuffix(":latest")
    if not owner and ":" in own and own.endswith("-qat"):
        own += "-gguf"  # a tag of Ollama, which publishes these in 4 bits only
    own, weights = split_format(own)
    if owner in _FORMAT_OF_OWNER:
        weights = split_format(_FORMAT_OF_OWNER[owner])[1]
    return ModelName(owner, _without_publisher(own).strip("-_. "), weights)


@lru_cache(maxsize=4096)
def whole_key(written: str) -> str:
    """The key of a name without its owner, words for the weights included."""
    return exact_key(_without_publisher(written.lower().strip("/ ").rpartition("/")[2]))


def _without_publisher(own: str) -> str:
    """Llama-3-8B and Meta-Llama-3-8B are one model, as NVIDIA's Nemotrons are with and without."""
    return own.removeprefix("meta-").removeprefix("nvidia-")


def exact_key(own: str) -> str:
    """The key of a name with all its words: ``Qwen3-8B`` -> ``qwen3-8b``.

    Punctuation between two digits becomes a dot or a hyphen: opt-1.3b is not opt-13b.
    """
    return _NOT_ALPHANUMERIC.sub(_between_digits, own)


def shape_words(own: str) -> str:
    """A name without words that do not change its shape (Instruct, chat, hf).

    Sizes and version numbers stay. A date (``-2507``) goes if the name has a size;
    otherwise it distinguishes models (Mistral-Small-2409 and -2503).
    """
    own = _TEXT_ONLY.sub("", _TUNING.sub("", own))
    return _DATE.sub("", own) if _SIZE.search(own) else own


def release_date(own: str) -> str | None:
    """The year and month of a release that a name states: ``2507``; None if it states none."""
    found = _DATE.search(own)
    return None if found is None else found[0][1:]


def is_text_only(own: str) -> bool:
    """True if a name says that the copy is without the encoder for images: ``-text-only``."""
    return _TEXT_ONLY.search(own) is not None


def without_day(own: str) -> str:
    """A name without a month and a day at its end: ``DeepSeek-V2.5-1210`` -> ``DeepSeek-V2.5``.

    Releases of one shape are told apart so, but in other families other shapes, too.
    """
    return _MONTH_AND_DAY.sub("", own)


def unversioned(words: str) -> str:
    """Words without a version after the size: ``mixtral-8x7b-v0.1`` -> ``mixtral-8x7b``."""
    return _VERSION.sub("", words)


def loose(key: str) -> str:
    """A key without dots and hyphens: ``llama3.1-70b`` -> ``llama3170b``."""
    return _NOT_ALPHANUMERIC.sub("", key)


def sizes_in(words: str) -> tuple[str, ...]:
    """The sizes that a name states, with all their digits: ``internvl 38b`` -> ``38b``."""
    return tuple(_SIZES.findall(words))


def with_dotted_zero(words: str) -> str:
    """A name whose size below one lost its dot: ``qwen3-0-6b`` -> ``qwen3-0.6b``."""
    return _ZERO.sub("0.", words)


def _between_digits(gap: re.Match[str]) -> str:
    start, end = gap.span()
    before, after = gap.string[max(0, start - 1) : start], gap.string[end : end + 1]
    if not (before.isdigit() and after.isdigit()):
        return ""
    return "." if "." in (gap[0][0], gap[0][-1]) else "-"
