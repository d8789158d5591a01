"""The format of the weights that a model's name states: ``-AWQ``, ``-FP8-dynamic``, ``-bnb-4bit``.

Publishers write the format, its bits and how it was made as words of the name. A name
without such words states no format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_WORDS = (
    ("16 bit", r"(?:(?:q4_0|int-?[48])-)?unquantized"),
    ("gguf", r"gguf|ggml|(?:ud[-_])?i?q[1-8][-_](?:k(?:[-_](?:xs|s|m|l|xl))?|[01]|xxs|xs|s|m|nl)"),
    ("mlx", r"mlx|mtplx|oq\d+e?|jang[a-z]*\d?(?:[-_]\d[a-z])?"),
    ("exl2", r"exl[23]|\d+\.\d+bpw"),
    ("aqlm", r"aqlm(?:-pv)?(?:-\d+bit)?(?:-\d+x\d+)?"),
    ("hqq", r"hqq"),
    ("onnx", r"onnx"),
    ("openvino", r"openvino|ov"),
    ("engine", r"ct2|litert|tflite|coreml|tensorrt|trt(?:-?llm)?|neuron|qnn|rkllm|mlc"),
    ("qqq", r"qqq"),
    ("mxfp8", r"mxfp[68]"),
    ("w4a8", r"w4a8(?:-?fp8|-?int8)?"),
    ("mixed", r"(?:int|fp|bf)\d+mix|mixed(?:-precision)?|nonuniform"),
    ("sparse", r"2of4|sparse"),
    ("nvfp4", r"nvfp4(?:a16)?|fp4"),
    ("mxfp4", r"mxfp4"),
    ("fp8", r"fp8(?:[-_]?e[45]m[23])?(?:fn)?|fp8w8|w8a8-fp8|fbgemm"),
    ("int4", r"(?<=gptq[-_])4b-\d+g"),
    ("int8", r"(?<=gptq[-_])8b-\d+g"),
    ("awq", r"(?:auto-?)?awq"),
    ("gptq", r"(?:auto-?)?gptq(?:v2|model)?"),
    ("bitsandbytes", r"bnb|bitsandbytes|nf4"),
    ("autoround", r"auto-?round"),
    ("int4", r"w4a16|w4-?g\d+|int-?4|q_4"),
    ("int8", r"w8a8|w8a16|int-?8|q_8|8-?bits?"),
    ("4 bit", r"4-?bits?"),
    (
        "odd bits",
        r"[1-7]\.\d+-?bits?|bpw[\d.]+|tq\d[a-z]?|[123567]-?bits?|int-?[23567]|w[23567](?:a16)?",
    ),
    ("unstated bits", r"compressed-tensors|modelopt|[a-z]*quant(?:ized)?"),
    ("paroquant", r"paro"),
    ("16 bit", r"bf16|fp?16|b?float16|16-?bit"),
    (
        "",
        r"marlin|channelwise|qat|gs?(?:32|64|128|256|1024)|(?:32|64|128|256|1024)g|a?sym|kv|block|static"
        r"|dynamic|dyn|tensorwise|per-?(?:token|tensor|channel)|actorder(?:[-_](?:group|true|false))?|unsloth|gemm"
        r"|oneshot|\d+-samples|(?:w8-)?channel-(?:a8-)?tensor|inc|ct|qvision|qad|gb\d{2,3}|dgx-?spark|blackwell|hopper",
    ),
)
"""What a word of a name means. Words with an empty meaning say how the weights were made."""
_PATTERNS = tuple(
    (meaning, re.compile(rf"(?:^|[-_. :])(?:{words})(?=[-_. :]|$)")) for meaning, words in _WORDS
)
_GROUP = re.compile(r"(?:(?:[-_. :]gs?|w[48]-?g)(\d{2,4})|[-_. :](\d{2,4})g)(?=[-_. :]|$)")
"""The number of weights that share a scale: ``-g32``, ``-4bit-32g``, ``w4g64``."""
_REVISION = re.compile(
    r"(?<=[-_. ])(?:nvfp4|mxfp4|fp4|fp8|awq|gptq|int4|int8)[-_.]?(v\d+|preview)$"
)
"""The revision of a quantized copy, after the word for its format: ``-NVFP4-v2``."""
_KEPT_DRAFT = re.compile(r"[-_. ]mtp(?=[-_. :]|$)")
"""In the name of a quantized copy, that it kept the layers that draft; it is not a draft."""
_UNSIZED = {
    "gguf": "GGUF files, which vLLM serves only experimentally and whose size depends on the file",
    "mlx": "MLX weights, which vLLM does not serve",
    "exl2": "EXL2 or EXL3 weights, which vLLM does not serve",
    "onnx": "ONNX weights, which vLLM does not serve",
    "openvino": "OpenVINO weights, which vLLM does not serve",
    "engine": "weights for another engine, which vLLM does not serve",
    "aqlm": "AQLM weights, which cannot be sized",
    "hqq": "HQQ weights, which cannot be sized",
    "qqq": "QQQ weights, which cannot be sized",
    "paroquant": "ParoQuant weights, which cannot be sized",
    "mxfp8": "MXFP6 or MXFP8 weights, which cannot be sized",
    "mixed": "weights of several formats, which cannot be sized by a name",
    "sparse": "sparse weights, which cannot be sized",
    "odd bits": "weights of neither 4 nor 8 bits, which cannot be sized",
}
_IN_GROUPS = ("awq", "gptq", "w4a8")
_FOUR_BIT = ("w4a8", "nvfp4", "mxfp4", "awq", "gptq", "bitsandbytes", "autoround", "int4", "4 bit")


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """What a name says of its weights.

    ``quantization`` is the format that they are like in size, None if the name states none
    (``none`` is a stated 16 bit). ``problem`` says what the weights are if their size does
    not follow from the name, for "the name states ...". ``in_groups`` is True for 8 bits with
    a scale and a zero point for each group of weights, as GPTQ stores them. ``group_size`` is
    the number of weights in a group, None if the name does not state it.
    """

    quantization: str | None = None
    problem: str | None = None
    in_groups: bool = False
    group_size: int | None = None


def split_format(name: str) -> tuple[str, WeightFormat]:
    """A name in lower case without its words for the weights, and what those words mean."""
    meanings = set()
    group = _GROUP.search(name)
    name = _REVISION.sub(lambda found: found[0].removesuffix(found[1]).rstrip("-_."), name)
    for meaning, pattern in _PATTERNS:
        if meaning == "openvino" and "onevision" in name:
            continue  # -ov is LLaVA-OneVision's own word
        name, found = pattern.subn("", name)
        if found:
            meanings.add(meaning)
    if meanings:
        name = _KEPT_DRAFT.sub("", name)
    weights = _format(meanings)
    if group is not None and (weights.in_groups or weights.quantization in _IN_GROUPS):
        weights = replace(weights, group_size=int(group[1] or group[2]))
    return name, weights


def _format(meanings: set[str]) -> WeightFormat:
    """Eight bits are int8 whoever made them; four bits without a method are sized like gptq."""
    for meaning, what in _UNSIZED.items():
        if meaning in meanings:
            return WeightFormat(problem=what)
    four_bit = [meaning for meaning in _FOUR_BIT if meaning in meanings]
    if "fp8" in meanings:
        return WeightFormat(problem=_UNSIZED["mixed"]) if four_bit else WeightFormat("fp8")
    if "int8" in meanings:
        mixed = meanings & {"int4", "4 bit", "nvfp4", "mxfp4"}
        if mixed:
            return WeightFormat(problem=_UNSIZED["mixed"])
        return WeightFormat("int8", in_groups="gptq" in meanings or "autoround" in meanings)
    if four_bit == ["4 bit"]:
        return WeightFormat(problem="4-bit weights, but not whether awq, gptq or bitsandbytes")
    if four_bit:
        return WeightFormat({"autoround": "gptq", "int4": "gptq"}.get(four_bit[0], four_bit[0]))
    if "16 bit" in meanings:
        return WeightFormat("none")
    if "unstated bits" in meanings:
        return WeightFormat(problem="quantized weights, but not in which format")
    return WeightFormat()
