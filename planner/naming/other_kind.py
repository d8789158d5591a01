"""What a name says that a model is, if it is no decoder that generates text token by token.

Such models have the name of a base, and neither its speed nor its use; a plan for them would
be wrong, whatever their shape.
"""

from __future__ import annotations

import re

MAYBE_REWARD_MODEL = r"reward|[a-z]*rm(?<!farm)(?<!storm)(?<!swarm)(?<!norm)(?<!form)"
"""RM, PRM, ArmoRM, BTRM; but not the English words farm, brainstorm, swarm, norm and platform. A
firm and a term may be meant, too, so it says only that a name is not surely a chat model's.
"""

_BERT = (
    r"(?:bio|camem|clinical|code|distil|euro|fin|legal|m|mobile|modern|mosaic|neo|pho|pubmed|ru|s"
    r"|sci)?bert|(?:distil|xlm)?roberta|m?deberta|albert(?=-(?:base|x{0,2}large))"
)
"""Networks named after BERT, but not the first names Robert and Albert."""

_KINDS = (
    (
        "a draft for speculative decoding",
        r"eagle\d?|draft(?:er)?|medusa|speculators?|accelerator|hydra|dspark|d(?:flash|flare)\d?"
        r"|domino|vispec|(?<=-it-)assistant|mtp(?:v\d)?",
    ),
    ("an adapter that is added to a model", r"q?loras?|adapters?|peft"),
    (
        "an embedding model",
        r"embed(?:ding|dings|der)?|embeddinggemma|(?:nemo)?retriever|colbert|encoder|bidirectional"
        rf"|e5|gte|bge|(?:ll|vl)m2vec|minilm|mpnet|{_BERT}|clip|siglip\d?",
    ),
    ("a model that ranks documents", r"rerank(?:er)?|(?:re)?rankqa"),
    (
        "a model that grades answers and writes none",
        r"reward|(?:[po]|bt|armo)?rm|worldpm|critic|classifier|cls|seq-?cls|prompt-?guard\d?",
    ),
    (
        "a model of speech or sound",
        r"whisper|asr|tts|[a-z]+tts|speech|voxtral|vibevoice|audio|parakeet|canary|voxcpm\d?"
        r"|kokoro|musicgen",
    ),
    (
        "a model that makes images or video",
        r"image|(?<!next-)video(?!-?ll(?:a[mv]a))|flux[\d.]*|sdxl|wan[\d.]*|(?:cog|hunyuan)video[x\d.]*"
        r"|stable-diffusion[\d.]*|(?:text|image|video)2(?:image|video|world)|(?:t|i|ti)2[iv]",
    ),
    ("a model that writes text by diffusion", r"[a-z]*diffusion[a-z]*|llada[\d.]*|dream-v0"),
    (
        "an encoder-decoder model",
        r"(?:flan|code|long|u?m|by)?t5(?:gemma|p)?|(?:flan)?ul2|m?bart|florence|nllb|m2m100|opus-mt"
        r"|madlad\d*|pegasus",
    ),
)
"""What a model is, and the words of its name that say so."""
OTHER_KIND_WORDS = "|".join(words for _, words in _KINDS)
_PATTERNS = tuple(
    (what, re.compile(rf"(?<![a-z0-9])(?:{words})(?![a-z0-9])")) for what, words in _KINDS
)
_READS_SOUND = re.compile(
    r"(?<![a-z0-9])(?:qwen\d?-audio|voxtral-(?:mini|small)|granite-speech|ultravox|audio-flamingo)"
    r"(?![a-z])"
)
"""Models that write text about sound: a decoder with an encoder, which vLLM serves."""
_HOSTED = re.compile(
    r"(?:chat)?gpt-?(?:3\.5|[45](?:\.\d)?)(?:o|[-.](?:turbo|mini|nano|pro|codex|chat|latest|preview"
    r"|\d+k|[\d-]+))*|o[134](?:-(?:mini|pro|preview))?"
    r"|claude(?:-(?:v?\d+(?:[.-]\d)?|\d{8}|instant|haiku|sonnet|opus|latest|thinking))*"
    r"|gemini(?:-(?:\d(?:\.\d)?|\d{2,4}|ultra|pro|flash|lite|argon|exp|preview|latest|thinking))*"
)
"""Names of services, with the words of a version; any other word makes it somebody's own name."""
_HOSTS = ("", "openai", "anthropic", "google", "gemini", "azure", "bedrock", "vertex_ai")
"""Owners under which these services are named; any other owner published something of its own."""
_READS_PAGES = re.compile(r"(?<![a-z0-9])(?:[a-z]*ocr\d?|ocrflux|[a-z]*docling)(?![a-z0-9])")


def other_kind(own: str) -> str | None:
    """The kind that a name in lower case states if not a text generator; None if it states none."""
    return next((what for what, pattern in _PATTERNS if pattern.search(own)), None)


def is_hosted_only(own: str, owner: str = "") -> bool:
    """True if a name in lower case is that of a model whose weights its owner keeps."""
    is_service = _HOSTED.fullmatch(own.replace(" ", "-")) is not None
    return is_service and owner.rpartition("/")[2] in _HOSTS


def reads_sound(own: str) -> bool:
    """True if a name in lower case says that the model writes text about speech or sound."""
    return _READS_SOUND.search(own) is not None


def reads_pages(own: str) -> bool:
    """True if a name in lower case says that the model reads page images.

    It generates text, but often with an encoder or a decoder of its own, whatever its base.
    """
    return _READS_PAGES.search(own) is not None
