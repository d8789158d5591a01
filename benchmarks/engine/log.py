"""Reads a vLLM log: the reason for its end, and the memory figures of its start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PROCESS = re.compile(r"^\([\w-]+ pid=\d+\) ")
_LEVEL = re.compile(r"^(DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d \[[^\]]*\] ?")
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Exit)): (?P<message>.*\S)")
_USAGE = re.compile(r"^\S+( \S+)*: error: ")
_LONGEST_WORDS = 1000

# These follow from another error, which is earlier in the log.
_CONSEQUENCES = (
    "Engine core initialization failed",
    "EngineDeadError",
    "EngineGenerateError",
    "RuntimeError: cancelled",
    "CancelledError",
    "WorkerProc initialization failed",
)
_OUT_OF_MEMORY = re.compile(r"OutOfMemoryError|CUDA out of memory|HIP out of memory|MemoryError:")
_LONGEST_THAT_FITS = re.compile(
    r"estimated maximum model length is (\d+)|can be stored in KV cache \((\d+)\)"
)
_PORT_IN_USE = re.compile(r"Address already in use", re.IGNORECASE)


def decisive_words(log: str) -> str | None:
    """The line of an engine's log that says why it stopped; None if the log is empty.

    It is the last exception that is not the consequence of another one, else the first line
    of level ERROR, else an error about the command line, else the last line. The first line of
    a validation error does not name the cause, so the lines under it are added.
    """
    lines = [line for line in map(_strip, log.splitlines()) if line[1].strip()]
    exceptions = [
        _with_details(lines, number)
        for number, (_, text) in enumerate(lines)
        if _EXCEPTION.match(text) and not any(word in text for word in _CONSEQUENCES)
    ]
    errors = [text for level, text in lines if level in {"ERROR", "CRITICAL"}]
    usage = [text for _, text in lines if _USAGE.match(text)]
    last = [lines[-1][1]] if lines else []
    for words in (exceptions[-1:], errors[:1], usage[-1:], last):
        if words:
            return words[0].strip()[:_LONGEST_WORDS]
    return None


def is_out_of_memory(log: str) -> bool:
    """True if the log reports that an allocation failed for lack of memory."""
    return _OUT_OF_MEMORY.search(log) is not None


def is_port_in_use(log: str) -> bool:
    """True if the log says that another program uses the port."""
    return _PORT_IN_USE.search(log) is not None


def longest_that_fits(words: str) -> int | None:
    """The longest context that fits the KV cache, from the words that refuse a longer one."""
    found = _LONGEST_THAT_FITS.search(words)
    return int(found[1] or found[2]) if found else None


@dataclass(frozen=True, slots=True)
class LoggedMemory:
    """Memory figures from the log of a start; None if the log does not state them.

    ``weights_gib`` and ``kv_cache_gib`` are per GPU, as vLLM logs them.
    """

    weights_gib: float | None
    kv_cache_gib: float | None
    kv_cache_tokens: int | None
    max_concurrency: float | None


def logged_memory(log: str) -> LoggedMemory:
    """The memory figures that vLLM logs while it starts; the first two on GPUs only."""
    return LoggedMemory(
        weights_gib=_figure(r"(?:Model loading|model weights) took ([\d.]+) ?Gi?B", log),
        kv_cache_gib=_figure(r"Available KV cache memory: ([\d.]+) ?GiB", log),
        kv_cache_tokens=_whole(_figure(r"KV cache size: ([\d,]+) tokens", log)),
        max_concurrency=_figure(
            r"Maximum concurrency for [\d,]+ tokens per request: ([\d.]+)x", log
        ),
    )


def _strip(line: str) -> tuple[str | None, str]:
    line = _PROCESS.sub("", line)
    level = _LEVEL.match(line)
    return (level[1], line[level.end() :]) if level else (None, line)


def _with_details(lines: list[tuple[str | None, str]], number: int) -> str:
    text = lines[number][1]
    if "validation error" not in text:
        return text
    return " ".join([text, *_indented(lines[number + 1 :])]).partition(" [type=")[0]


def _indented(lines: list[tuple[str | None, str]]) -> Iterator[str]:
    for _, text in lines:
        if not text.startswith(" ") or "For further information" in text:
            return
        yield text.strip()


def _figure(pattern: str, log: str) -> float | None:
    found = re.search(pattern, log)
    return float(found[1].replace(",", "")) if found else None


def _whole(figure: float | None) -> int | None:
    return None if figure is None else int(figure)
