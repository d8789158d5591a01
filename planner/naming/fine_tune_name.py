"""A fine-tune whose name states its base: ``Hermes-3-Llama-3.1-8B`` has the shape of Llama-3.1-8B.

The name must hold the base's family with its version, and its size. It must hold no other
size and no word of another network: an embedding model, a draft or a vision model has a
base's name too, but not its shape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from planner.naming.other_kind import MAYBE_REWARD_MODEL, OTHER_KIND_WORDS

_SHAPE = re.compile(
    r"(?P<family>[a-z][a-z0-9.]*(?:-[a-z0-9.]+)*?)-(?P<size>\d+x\d+b|\d+(?:\.\d+)?[bm])"
    r"(?:-(?P<active>a\d+(?:\.\d+)?b|\d+e))?(?P<version>-v\d+(?:\.\d+)*)?"
)
_OTHER_SIZE = re.compile(r"(?<![0-9.])(?:a?\d+(?:\.\d+)?[bm]|\d+x\d+b?|\d+e)(?![a-z0-9])")
_CONTEXT = re.compile(r"(?<![a-z0-9.])(\d+)(k|m)(?![a-z0-9])")
_OTHER_NETWORKS = re.compile(
    r"(?<![a-z0-9])(?:"
    r"v|vl|vlm|vision|visual|omni|multimodal|mm|llava|vila[\d.]*|captioner"
    r"|ovis[\d.]*|blip\d?"
    rf"|{OTHER_KIND_WORDS}|{MAYBE_REWARD_MODEL}"
    r"|ocr|ultravox|(?<=-)assistant|delta"
    r"|moe|mamba\d?|jamba|rwkv|linear|hybrid|mla|swiftkv|next|rw|bitnet"
    r"|h|prun(?:ed|e|ing)|rea[mp]|slim|sheared|minitron|puzzle|upscaled?|franken"
    r"|width|depth|layers?|\d+l"
    r"|tiny|random"
    r")(?![a-z0-9])"
)
"""Words of a name that say that the network, or what is stored of it, is not the base's."""
_OWN_VERSION = re.compile(r"[-_. ]?v\d")
_LARGEST_CONTEXT_K = 1024


@dataclass(frozen=True, slots=True)
class FineTuneOf:
    """How a name states its base: ``length`` characters of it, and a context in tokens if any."""

    length: int
    context_tokens: int | None


@dataclass(frozen=True)
class BaseShape:
    """Family and size of a base model, as its name ``llama-3.1-8b`` states them.

    ``any_version`` is True if versions of the base (``-v0.1``) were left out, because a
    fine-tune that states none is meant.
    """

    family: str
    size: str
    any_version: bool = False

    @property
    def is_versioned(self) -> bool:
        """True if the family's name ends in a version: ``qwen2.5``, not ``qwen``."""
        return self.family[-1].isdigit()

    @property
    def unversioned_family(self) -> str:
        """The family without its version: ``llama-3.1`` -> ``llama``."""
        return self.family.rstrip("-.0123456789")

    @staticmethod
    def of(words: str, any_version: bool = False) -> BaseShape | None:
        """The shape that a name without words for tuning states; None without one size."""
        found = _SHAPE.fullmatch(words.replace("_", "-"))
        if found is None or states_size(found["family"]):
            return None
        size = "-".join(part for part in (found["size"], found["active"]) if part)
        return BaseShape(found["family"], size + (found["version"] or ""), any_version)

    def base_of(self, name: str) -> FineTuneOf | None:
        """How ``name`` states that it is a fine-tune of this base; None if it does not."""
        family = self._family.search(name)
        size = None if family is None else self._size.search(name, family.end())
        if family is None or size is None:
            return None
        between = name[family.end() : size.start()].strip("-_. ")
        if between and not self.is_versioned:
            return None  # without a version, a word before the size may name another network
        after = name[size.end() :]
        rest = f"{name[: family.start()]} {between} {after}"
        if self.any_version and (not rest.strip("-_. ") or _OWN_VERSION.match(after)):
            return None
        contexts = _CONTEXT.findall(rest)
        tokens = _context_tokens(*contexts[0]) if len(contexts) == 1 else None
        if states_size(rest) or says_other_network(rest):
            return None
        if contexts and tokens is None:
            return None
        return FineTuneOf(len(self.family) + len(self.size), tokens)

    @cached_property
    def _family(self) -> re.Pattern[str]:
        """The family's words; after them no further version, such as the .1 of Llama-3.1."""
        words = re.findall(r"[a-z]+|\d+(?:\.\d+)*", self.family)
        written = r"[-_. ]?".join(re.escape(word).replace(r"\.", "[-_.]?") for word in words)
        return re.compile(rf"(?<![a-z0-9]){written}(?![a-z])(?![-_. ]?\d+(?:\.\d+)*(?![a-z0-9.]))")

    @cached_property
    def _size(self) -> re.Pattern[str]:
        """The size; its dot stays (1.5b is not 15b), that of a version (v0.2, v02) may go."""
        size, _, version = self.size.partition("-v")
        parts = [re.escape(part) for part in size.split("-")]
        parts += ["v" + re.escape(version).replace(r"\.", r"\.?")] if version else []
        return re.compile(rf"(?<![a-z0-9.]){'[-_. ]'.join(parts)}(?![a-z0-9])")


def states_size(words: str) -> bool:
    """True if words of a name, in lower case, state a model's size; a context (128k) is none."""
    return _OTHER_SIZE.search(_CONTEXT.sub("", words)) is not None


def says_other_network(words: str) -> bool:
    """True if words of a name, in lower case, say that the network is not that of its base."""
    return _OTHER_NETWORKS.search(words) is not None


def _context_tokens(number: str, unit: str) -> int | None:
    """128k -> 131,072; None if it is no power of two, so that its meaning is not sure."""
    thousands = int(number) * (1024 if unit == "m" else 1) if len(number) <= 4 else 0
    usual = 4 <= thousands <= _LARGEST_CONTEXT_K and thousands & (thousands - 1) == 0
    return thousands * 1024 if usual else None
