"""Words of a ``vllm serve`` command line, as the commands of ``planner`` take them.

vLLM reads ``-tp 2`` and ``--tensor_parallel_size=2`` alike, and ``--max-model-len 32k`` as 32,000
(vllm/engine/arg_utils.py: ``human_readable_int``; vllm/utils/argparse_utils.py). Options on which
no figure here depends are left out and told; of those that are not counted, the first is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from planner.catalog.names import quoted
from planner.errors import InputError

SHORT = {
    "-tp": "--tensor-parallel-size",
    "-pp": "--pipeline-parallel-size",
    "-dp": "--data-parallel-size",
    "-dcp": "--decode-context-parallel-size",
    "-ep": "--enable-expert-parallel",
    "-q": "--quantization",
    "-cc": "--compilation-config",
}
_WITH_VALUE = (
    "host port api-key served-model-name tokenizer tokenizer-mode tokenizer-revision revision "
    "code-revision hf-token seed download-dir chat-template chat-template-content-format "
    "response-role tool-call-parser reasoning-parser max-logprobs generation-config swap-space "
    "override-generation-config uvicorn-log-level root-path max-log-len otlp-traces-endpoint"
)
_ALONE = (
    "trust-remote-code enable-auto-tool-choice disable-log-requests enable-log-requests "
    "no-enable-log-requests disable-log-stats disable-uvicorn-access-log enable-reasoning "
    "enable-prompt-tokens-details enable-server-load-tracking disable-fastapi-docs"
)
WITHOUT_EFFECT = {f"--{name}": True for name in _WITH_VALUE.split()} | {
    f"--{name}": False for name in _ALONE.split()
}
"""Options that change neither memory of a GPU nor speed, and whether a value follows."""

_NOT_COUNTED = (
    "async-scheduling attention-backend block-size compilation-config cpu-offload-gb "
    "cuda-graph-sizes cudagraph-capture-sizes data-parallel-size-local "
    "decode-context-parallel-size disable-cascade-attn disable-custom-all-reduce "
    "distributed-executor-backend enable-chunked-prefill enable-dbo hf-overrides "
    "kv-cache-memory-bytes kv-transfer-config load-format mamba-ssm-cache-dtype "
    "max-seq-len-to-capture model-impl no-enable-chunked-prefill num-gpu-blocks-override "
    "num-scheduler-steps optimization-level performance-mode scheduling-policy"
)
NOT_COUNTED = frozenset(f"--{name}" for name in _NOT_COUNTED.split())
"""Options that may change vLLM's memory or speed and that no figure here follows."""

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)([kmgKMG])")
_TIMES = {"k": 10**3, "m": 10**6, "g": 10**9, "K": 2**10, "M": 2**20, "G": 2**30}
_LEVEL = re.compile(r"-O=?(\d)?")
USUAL_LEVELS = ("2", "3")
"""Levels of optimization at which vLLM starts by default, by version."""
_SIXTEEN_BITS = ("auto", "half", "float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class PlannerWords:
    """The words that remain, and the options that were left out because nothing depends on them."""

    words: tuple[str, ...]
    left_out: tuple[str, ...]


def planner_words(words: Sequence[str], own: Collection[str]) -> PlannerWords:
    """The words of a command whose own options are ``own``, without vLLM's spellings.

    Raises InputError for an option of vLLM that is not counted, and for a value without meaning
    here.
    """
    kept: list[str] = []
    left_out: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, separator, value = word.partition("=")
        name = _full_name(name) if name not in own else name
        if (level := _LEVEL.fullmatch(word)) is not None and "-O" not in own:
            _check_level(level[1] or (waiting.pop(0) if waiting else ""))
            left_out.append("-O")
        elif name in own or not name.startswith("-"):
            kept.append(f"{name}{separator}{value}")
            if (read := _READ.get(name)) is not None:
                if separator:
                    kept[-1] = f"{name}={read(value)}"
                elif waiting:
                    kept.append(read(waiting.pop(0)))
        elif name == "--dtype" or name in WITHOUT_EFFECT:
            takes_value = WITHOUT_EFFECT.get(name, True)
            stated = value if separator or not takes_value or not waiting else waiting.pop(0)
            if name == "--dtype":
                _check_dtype(stated)
            left_out.append(name)
        elif name in NOT_COUNTED:
            raise InputError(
                f"{name} is an option of vLLM that may change its memory or speed, and that is not "
                "counted here; leave it out for the answer without it."
            )
        else:
            kept.append(word)
    return PlannerWords(tuple(kept), tuple(dict.fromkeys(left_out)))


def _full_name(name: str) -> str:
    return SHORT.get(name, name.replace("_", "-") if name.startswith("--") else name)


def _length(value: str) -> str:
    """A length in digits: 32k is 32,000, and 32K is 32,768."""
    if value in ("auto", "-1"):
        raise InputError(
            f"--max-model-len: {quoted(value)} lets vLLM take the longest context that fits; leave "
            "it out to see whether the model's own fits, and which one does."
        )
    found = _LENGTH.fullmatch(value)
    if found is None or len(value) > 20:
        return value
    tokens = float(found[1]) * _TIMES[found[2]]
    return str(int(tokens)) if tokens.is_integer() else value


def _rope_scaling(value: str) -> str:
    """vLLM's JSON object as kind:factor or kind:factor:original length; other texts as they are."""
    try:
        stated = json.loads(value) if value.startswith("{") else None
    except (ValueError, RecursionError):
        return value
    if not isinstance(stated, dict):
        return value
    parts = [stated.get("rope_type") or stated.get("type"), stated.get("factor")]
    parts.append(stated.get("original_max_position_embeddings"))
    return ":".join(str(part) for part in parts if part is not None)


_READ: dict[str, Callable[[str], str]] = {
    "--max-model-len": _length,
    "--max-num-batched-tokens": _length,
    "--rope-scaling": _rope_scaling,
}
"""How a value of vLLM's is written for the option of planner."""


def _check_level(level: str) -> None:
    if level not in USUAL_LEVELS:
        raise InputError(
            f"-O {level} compiles less than vLLM does by default, which is not counted; give "
            "--enforce-eager for an engine without CUDA graphs, or leave it out."
        )


def _check_dtype(value: str) -> None:
    if value not in _SIXTEEN_BITS:
        raise InputError(
            f"--dtype: {quoted(value)} was given; weights of 16 bits are counted: one of "
            f"{', '.join(_SIXTEEN_BITS)}."
        )
