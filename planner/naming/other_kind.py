"""What a name says that a model is, if it is no model that generates text by itself.

Such models have the name of a base, and neither its speed nor its use; a plan for them would
be wrong, whatever their shape.
"""

from __future__ import annotations

import re

MAYBE_REWARD_MODEL = r"reward|[a-z]*rm(?<!farm)(?<!storm)(?<!swarm)(?<!norm)(?<!form)"
"""RM, PRM, ArmoRM, BTRM; but not the English words farm, brainstorm, swarm, norm and platform. A
firm and a term may be meant, too, so it says only that a name is not surely a chat model's.
"""

_KINDS = (
    (
        "a draft for speculative decoding",
        r"eagle\d?|draft(?:er)?|medusa|speculators?|accelerator|hydra|dspark|d(?:flash|flare)\d?"
        r"|domino|vispec|(?<=-it-)assistant|mtp",
    ),
    ("an adapter that is added to a model", r"q?loras?|adapters?|peft"),
    (
        "an embedding model",
        r"embed(?:ding|dings|der)?|retriever|colbert|encoder|bidirectional|e5|gte|bge|llm2vec"
        r"|minilm|[a-z]*bert[a-z]*|clip",
    ),
    ("a model that ranks documents", r"rerank(?:er)?|rankqa"),
    (
        "a model that grades answers and writes none",
        r"reward|(?:[po]|bt|armo)?rm|worldpm|critic|classifier|cls|seq-?cls|prompt-?guard\d?",
    ),
    ("a model of speech or sound", r"whisper|asr|tts|speech|voxtral|audio|parakeet|canary"),
    ("a model that makes images or video", r"image|video|flux[\d.]*|sdxl|wan[\d.]*|cogvideox"),
    ("a model that reads page images", r"ocr|docling"),
)
_PATTERNS = tuple(
    (what, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for what, words in _KINDS
)


def other_kind(own: str) -> str | None:
    """The kind that a name in lower case states if not a text generator; None if it states none."""
    return next((what for what, pattern in _PATTERNS if pattern.search(own)), None)
