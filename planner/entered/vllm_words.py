"""Words of a ``vllm serve`` command line, as the commands of ``planner`` take them.

vLLM reads ``-tp 2`` and ``--tensor_parallel_size=2`` alike, and ``--max-model-len 32k`` as 32,000
(vllm/engine/arg_utils.py: ``human_readable_int``; vllm/utils/argparse_utils.py). Options on which
no figure here depends are left out and told; of those that are not counted, the first is refused.
A command that starts vLLM refuses those that the engine needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from planner.catalog.names import quoted
from planner.entered.refused_words import CALIBRATE, check_is_taken
from planner.errors import InputError
from planner.vllm.version import Release, release_of
from planner.vllm.version_rules import rules_for

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
    "enable-chunked-prefill enable-dbo hf-overrides "
    "kv-cache-memory-bytes kv-transfer-config load-format mamba-ssm-cache-dtype "
    "max-seq-len-to-capture model-impl no-enable-chunked-prefill num-gpu-blocks-override "
    "num-scheduler-steps optimization-level performance-mode scheduling-policy"
)
NOT_COUNTED = frozenset(f"--{name}" for name in _NOT_COUNTED.split())
"""Options that may change vLLM's memory or speed and that no figure here follows."""

CHUNKED = "--enable-chunked-prefill"
EXECUTOR = "--distributed-executor-backend"

_LENGTH = re.compile(r"(\d+(?:\.\d+)?)([kmgtKMGT])")
_TIMES = {
    **{"k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12},
    **{"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40},
}
_LEVEL = re.compile(r"-O=?(\d)?")
USUAL_LEVELS: tuple[tuple[Release, tuple[str, ...]], ...] = (
    ((0, 13, 0), ("2", "3")),
    ((0, 8, 0), ("3",)),
    ((0, 0, 0), ("0",)),
)
"""Levels at which vLLM starts by default, from this version on; since 0.13, 2 and 3 are alike.

Sources: vllm-project/vllm v0.13.0 (vllm/config/vllm.py: ``OptimizationLevel``), v0.11.0 and v0.8.5
(vllm/config: V1 takes ``CompilationLevel.PIECEWISE``, which is 3), v0.7.2 (``level: int = 0``).
"""
_SIXTEEN_BITS = ("auto", "half", "float16", "bfloat16")
_SCENARIOS = (".yaml", ".yml", ".json")
_ALL_CARDS_HAVE_V1 = 7.0


@dataclass(frozen=True, slots=True)
class PlannerWords:
    """The words that remain, and the options that were left out because nothing depends on them."""

    words: tuple[str, ...]
    left_out: tuple[str, ...]


def planner_words(words: Sequence[str], own: Collection[str], command: str = "") -> PlannerWords:
    """The words of a command whose own options are ``own``, without vLLM's spellings.

    Raises InputError for an option of vLLM that is not counted or that this ``command`` cannot do
    without, and for a value without meaning here.
    """
    kept: list[str] = []
    left_out: list[str] = []
    waiting = list(words)
    version = _stated(words, "--engine-version")
    while waiting:
        word = waiting.pop(0)
        name, separator, value = word.partition("=")
        name = _full_name(name) if name not in own else name
        if name not in own:
            check_is_taken(command, name)
        if (level := _LEVEL.fullmatch(word)) is not None and "-O" not in own:
            _check_level(level[1] or _value_of(waiting), version)
            left_out.append("-O")
        elif name in own or not name.startswith("-"):
            kept.append(f"{name}{separator}{value}")
            if (read := _READ.get(name)) is not None:
                if separator:
                    kept[-1] = f"{name}={read(name, value)}"
                elif waiting:
                    kept.append(read(name, waiting.pop(0)))
        elif name == "--dtype" or name in WITHOUT_EFFECT:
            takes_value = WITHOUT_EFFECT.get(name, True)
            stated = value if separator or not takes_value or not waiting else waiting.pop(0)
            if name == "--dtype":
                _check_dtype(stated)
            while name == "--served-model-name" and waiting and _is_name(waiting[0]):
                waiting.pop(0)
            left_out.append(name)
        elif name == CHUNKED and value.lower() in ("", "true"):
            _check_chunked(words, version)
            left_out.append(name)
        elif name == EXECUTOR:
            _check_executor(value if separator else _value_of(waiting), words, command)
            left_out.append(name)
        elif name in NOT_COUNTED:
            raise _not_counted(name)
        else:
            kept.append(word)
    return PlannerWords(tuple(kept), tuple(dict.fromkeys(left_out)))


def _value_of(waiting: list[str]) -> str:
    """The next word, taken out, if it is no option; else no text."""
    return waiting.pop(0) if waiting and not waiting[0].startswith("-") else ""


def _is_name(word: str) -> bool:
    """True for one more of several names, and not for an option or a scenario."""
    return not word.startswith("-") and not word.endswith(_SCENARIOS)


def _stated(words: Sequence[str], option: str) -> str | None:
    """The value of an option among the words, in any spelling; None if it is not there."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, separator, value = word.partition("=")
        if _full_name(name) == option:
            return value if separator else following
    return None


def _not_counted(name: str) -> InputError:
    return InputError(
        f"{name} is an option of vLLM that may change its memory or speed, and that is not "
        "counted here; leave it out for the answer without it."
    )


def _full_name(name: str) -> str:
    return SHORT.get(name, name.replace("_", "-") if name.startswith("--") else name)


def _length(option: str, value: str) -> str:
    """A number of tokens in digits: 32k is 32,000, and 32K is 32,768."""
    if value in ("auto", "-1") and option == "--max-model-len":
        raise InputError(
            f"--max-model-len: {quoted(value)} lets vLLM take the longest context that fits; leave "
            "it out to see whether the model's own fits, and which one does."
        )
    if value == "auto":
        raise InputError(
            f"{option}: 'auto' was given; give a number of tokens, or leave it out for vLLM's "
            "default."
        )
    found = _LENGTH.fullmatch(value)
    if found is None or len(value) > 20:
        return value
    if "." in found[1] and found[2].isupper():
        raise InputError(
            f"{option}: {quoted(value)} was given, but vLLM takes no decimals before "
            f"{found[2]} ({_TIMES[found[2]]:,}); give {found[1]}{found[2].lower()} for "
            f"{float(found[1]) * _TIMES[found[2].lower()]:,.0f}, or the digits."
        )
    tokens = float(found[1]) * _TIMES[found[2]]
    return str(int(tokens)) if tokens.is_integer() else value


def _rope_scaling(option: str, value: str) -> str:
    """vLLM's JSON object as kind:factor or kind:factor:original length; other texts as they are."""
    try:
        stated = json.loads(value) if value.startswith("{") else None
    except (ValueError, RecursionError):
        return value
    if not isinstance(stated, dict):
        return value
    kind, factor = stated.get("rope_type") or stated.get("type"), stated.get("factor")
    if kind is None or factor is None:
        raise InputError(
            f"{option}: {quoted(value)} states no {'factor' if kind else 'rope_type'}; give both, "
            "or the short form, such as yarn:4 or yarn:4:32768."
        )
    original = stated.get("original_max_position_embeddings")
    return ":".join(str(part) for part in (kind, factor, original) if part is not None)


_READ: dict[str, Callable[[str, str], str]] = {
    "--max-model-len": _length,
    "--max-num-batched-tokens": _length,
    "--rope-scaling": _rope_scaling,
}
"""The functions that write a value of vLLM's for the option of planner."""


def _release(version: str | None) -> Release | None:
    """The release; None if it is the newest, or no version, which the command refuses."""
    try:
        return None if version is None else release_of(version)
    except InputError:
        return None


def _check_level(level: str, version: str | None) -> None:
    release = _release(version)
    usual = next(levels for since, levels in USUAL_LEVELS if release is None or release >= since)
    if level.startswith("{"):
        if level.replace(" ", "") == '{"level":3}' and "3" in usual:
            return
        raise InputError(
            f"-O {quoted(level)} is vLLM's compilation config, which is not counted here; leave it "
            "out for the answer without it."
        )
    if level in usual:
        return
    vllm = "vLLM" if release is None else f"vLLM {version}"
    how = "more" if level > usual[-1] else "less"
    raise InputError(
        f"-O {level} compiles {how} than {vllm} does by default, which is not counted; give "
        "--enforce-eager for an engine without CUDA graphs, or leave it out."
    )


def _check_chunked(words: Sequence[str], version: str | None) -> None:
    """Refuse chunks of prompts where they are not the default; a stated step counts as chunks."""
    release = _release(version)
    rules = rules_for(None if release is None else version)
    is_default = rules.v1_from_compute_capability <= _ALL_CARDS_HAVE_V1
    if not is_default and _stated(words, "--max-num-batched-tokens") is None:
        raise InputError(
            f"{CHUNKED} is counted for vLLM {version} only with the tokens of a step: add "
            "--max-num-batched-tokens, or leave it out where the V1 engine runs, which does it by "
            "default."
        )


def _check_executor(value: str, words: Sequence[str], command: str) -> None:
    """Refuse an executor that is not the usual one: processes, or Ray for several machines."""
    stages = _stated(words, "--pipeline-parallel-size") or "1"
    if value == "mp" or (value == "ray" and stages != "1" and command != CALIBRATE):
        return
    raise _not_counted(EXECUTOR)


def _check_dtype(value: str) -> None:
    if value not in _SIXTEEN_BITS:
        raise InputError(
            f"--dtype: {quoted(value)} was given; weights of 16 bits are counted: one of "
            f"{', '.join(_SIXTEEN_BITS)}."
        )
