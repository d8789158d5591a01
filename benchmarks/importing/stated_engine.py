"""The engine that a result file names, and the settings of it, beside what the user states.

What a file states counts: it is recorded, or the file is refused. A contradiction between the
file and the user is refused with both.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

from benchmarks.importing.context import ImportContext
from benchmarks.importing.json_document import Document
from benchmarks.importing.speculation import METHODS, drafts_tokens, speculation_of
from planner.catalog.names import quoted
from planner.errors import InputError
from planner.vllm.settings_text import settings_in, settings_text
from planner.vllm.spellings import CACHE_FORMATS

ENGINE_OF_BACKEND: dict[str, str | None] = {
    "vllm": "vllm",
    "vllm-chat": "vllm",
    "sglang": "sglang",
    "sglang-native": "sglang",
    "sglang-oai": "sglang",
    "sglang-oai-chat": "sglang",
    "tensorrt-llm": "tensorrt-llm",
    "trt": "tensorrt-llm",
    "lmdeploy": "lmdeploy",
    "lmdeploy-chat": "lmdeploy",
    "tgi": "tgi",
    "deepspeed-mii": "deepspeed-mii",
    "scalellm": "scalellm",
    "llama.cpp": "llama.cpp",
    "openai": None,
    "openai-comp": None,
    "openai-chat": None,
}
"""The engine behind each ``--backend`` of the load generators of vLLM (``ASYNC_REQUEST_FUNCS`` in
vllm/benchmarks/lib/endpoint_request_func.py, and its predecessor backend_request_func.py) and
SGLang (python/sglang/bench_serving.py). None is a protocol that every engine speaks."""

RECORDED = (
    "max_num_seqs",
    "gpu_memory_utilization",
    "max_model_len",
    "max_num_batched_tokens",
    "kv_cache_dtype",
    "enforce_eager",
    "pipeline_parallel_size",
    "data_parallel_size",
    "enable_expert_parallel",
)
"""Options of ``vllm serve`` that ``engine_settings`` hold under the same name."""

NOT_RECORDED = (
    "decode_context_parallel_size",
    "enable_lora",
    "cpu_offload_gb",
)
"""Options of ``vllm serve`` that change its speed and that a measurement cannot state yet."""

METADATA = {
    "tensor_parallel_size": ("tp", "tp_size", "tensor_parallel"),
    "pipeline_parallel_size": ("pp", "pp_size", "pipeline_parallel"),
}
"""Short names under which people note an option with ``--metadata``, which adds texts.

What is no number there (``tp=auto``) is a remark and states nothing."""

_OFF = ("", "0", "false", "none", "null")


def with_stated_engine(document: Document, context: ImportContext) -> ImportContext:
    """The context, completed with the engine, settings, cards and format that the file states.

    ``vllm bench sweep`` adds the options of the server to each result. Raises InputError for a
    setting that cannot be recorded, and for one that contradicts the context.
    """
    for name in NOT_RECORDED:
        if _changes_speed(name, _option(document, name)):
            raise document.refusal(
                f"{name} is {_shown(_option(document, name))}, which a measurement cannot state; "
                "measure without it"
            )
    return replace(
        context,
        engine=_engine(document, context),
        engine_settings=_settings(document, context),
        gpu_count=_gpu_count(document, context),
        quantization=_same(
            document, "quantization", _text_option(document, "quantization"), context.quantization
        ),
    )


def _changes_speed(name: str, value: object) -> bool:
    """True if an option of ``NOT_RECORDED`` is not at its default."""
    text = str("" if value is None else value).strip().lower()
    return text not in _OFF and not (name.endswith("_size") and text == "1")


def _engine(document: Document, context: ImportContext) -> str:
    named = {}
    for field in ("backend", "endpoint_type"):
        backend = document.text(field)
        if backend is None:
            continue
        if backend not in ENGINE_OF_BACKEND:
            raise document.refusal(
                f"{field} is {quoted(backend)}, not one of {', '.join(ENGINE_OF_BACKEND)}; "
                "give a text generation benchmark of one of these"
            )
        if (engine := ENGINE_OF_BACKEND[backend]) is not None:
            named[engine] = field
    # The load generators send "vllm" if nobody says otherwise, so it yields to another engine.
    others = {engine: field for engine, field in named.items() if engine != "vllm"}
    if len(others) > 1:
        (one, its), (other, others_field) = others.items()
        raise document.refusal(f"{its} says {one} and {others_field} says {other}; correct one")
    for engine, field in others.items():
        if context.engine is not None and context.engine.lower() != engine:
            raise document.refusal(
                f"{field} says the engine is {engine}, but --engine says "
                f"{quoted(context.engine)}; leave --engine out, or give the file it belongs to"
            )
    return context.engine or next(iter(others), "vllm")


def _settings(document: Document, context: ImportContext) -> str | None:
    method, text = _method_alone(context.engine_settings)
    names = {item.partition("=")[0].strip() for item in (text or "").split(";")}
    stated = settings_in(text)
    found = {
        name: value for name in RECORDED if (value := _option(document, name)) not in (None, "")
    }
    if (cache := found.get("kv_cache_dtype")) is not None:
        found["kv_cache_dtype"] = CACHE_FORMATS.get(str(cache), cache)
    try:
        in_file = settings_in("; ".join(f"{name}={value}" for name, value in found.items()))
    except InputError as error:
        raise document.refusal(str(error)) from error
    for name in found:
        ours, its = getattr(stated, name), getattr(in_file, name)
        if name in names and ours != its:
            raise _contradiction(document, name, its, f"--engine-settings say {name}={ours}")
    values: dict[str, Any] = {name: getattr(in_file, name) for name in found}
    if drafts_tokens(document):
        values["speculative"] = speculation_of(document, method, stated.speculative)
    elif method is not None:
        settings_in(context.engine_settings)  # refuses a method without figures
    return settings_text(replace(stated, **values))


def _method_alone(text: str | None) -> tuple[str | None, str | None]:
    """The method of ``speculative=METHOD``, and the settings without it.

    The figures of a method that stands alone come from the file.
    """
    items = [item.strip() for item in (text or "").split(";")]
    alone = [item for item in items if item.partition("=")[0].strip() == "speculative"]
    if len(alone) != 1 or alone[0].partition("=")[2].strip() not in METHODS:
        return None, text
    return alone[0].partition("=")[2].strip(), "; ".join(i for i in items if i != alone[0])


PARALLEL = ("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size")
"""Options whose product is the number of GPUs of a replica."""


def _gpu_count(document: Document, context: ImportContext) -> int:
    stated = [name for name in PARALLEL if _option(document, name) not in (None, "")]
    if not stated:
        return context.gpu_count or 1
    its = math.prod(_whole(document, name) for name in stated)
    tensor_parallel_is_stated = stated[0] == PARALLEL[0]
    ours = context.gpu_count
    if ours is None or ours == its or (not tensor_parallel_is_stated and ours % its == 0):
        return ours or its
    raise _contradiction(document, " x ".join(stated), its, f"--gpu-count says {ours}")


def _whole(document: Document, name: str) -> int:
    """A number that is stated as such, or as the text of one."""
    key = _key(document, name)
    text = document.values[key]
    return int(text) if isinstance(text, str) and _is_whole(text) else document.count(key)


def _is_whole(value: object) -> bool:
    """True for a whole number, and for the text of one."""
    if isinstance(value, str):
        return value.isascii() and value.isdecimal() and len(value) < 10
    return not isinstance(value, bool) and isinstance(value, (int, float)) and value % 1 == 0


def _same(document: Document, name: str, its: str | None, ours: str | None) -> str | None:
    if its is not None and ours is not None and its != ours:
        raise _contradiction(document, name, its, f"--{name} says {quoted(ours)}")
    return ours or its


def _contradiction(document: Document, name: str, its: object, ours: str) -> InputError:
    return document.refusal(f"{name} is {_shown(its)} in the file, but {ours}; correct one of them")


def _key(document: Document, name: str) -> str:
    """The option's name in the file: with underscores, with hyphens, or short as in metadata."""
    values = document.values
    short = (word for word in METADATA.get(name, ()) if _is_whole(values.get(word)))
    spellings = (name, name.replace("_", "-"), *short)
    return next((spelling for spelling in spellings if spelling in values), name)


def _option(document: Document, name: str) -> Any:
    value = document.values.get(_key(document, name))
    if isinstance(value, (dict, list)):
        raise document.refusal(f"{name} is {_shown(value)}, not one value")
    return value


def _text_option(document: Document, name: str) -> str | None:
    return document.text(_key(document, name))


def _shown(value: object) -> str:
    return quoted(value if isinstance(value, str) else json.dumps(value, default=str))
