"""The server that a load is sent to: our own engine, or one that somebody else started."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.design.points import Failure
from benchmarks.engine.hang_rules import ANSWER_S, no_answer
from benchmarks.engine.http_client import checked_base_url, get_text
from benchmarks.engine.vllm_process import EngineProcess, bench_command, server_version
from planner.errors import InputError


@dataclass(frozen=True, slots=True)
class Server:
    """The server that gets the requests. ``health`` returns what is wrong with it, or None.

    ``model`` is the name under which it is served, ``tokenizer`` a Hugging Face id or a folder,
    ``bench`` the command ``vllm bench serve`` as words.
    """

    base_url: str
    model: str
    tokenizer: str
    bench: tuple[str, ...]
    health: Callable[[], Failure | None]
    engine: str
    engine_version: str | None


def own_server(engine: EngineProcess) -> Server:
    """The server of a started ``engine``."""
    assert engine.base_url is not None, "start the engine first"
    return Server(
        base_url=engine.base_url,
        model=engine.spec.model,
        tokenizer=engine.spec.model,
        bench=bench_command(engine.spec.command),
        health=engine.failure,
        engine="vllm",
        engine_version=engine.facts.version if engine.facts else None,
    )


def other_server(
    base_url: str,
    *,
    bench: tuple[str, ...],
    model: str | None = None,
    tokenizer: str | None = None,
) -> Server:
    """A server that somebody else started; its models are those of ``/v1/models``.

    ``OPENAI_API_KEY`` of the environment is sent to it, as the load generator does. ``model`` is
    used if it is served, else the only served model, whatever its name. Raises InputError if
    the server does not answer, or if it serves several models and ``model`` is none of them.
    """
    base_url = checked_base_url(base_url)
    try:
        document = json.loads(_models(base_url))
        served = {entry["id"]: entry for entry in document["data"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{base_url}/v1/models does not list models ({error}): "
            "give the address of a running OpenAI-compatible server",
            field="base_url",
        ) from error
    if model not in served and len(served) == 1:
        model = next(iter(served))
    if model is None or model not in served:
        raise InputError(
            f"{base_url} serves {', '.join(served) or 'no model'}: give one of these as --model, "
            "and with --base-model the catalogue model whose architecture it has",
            field="model",
        )
    return Server(
        base_url=base_url,
        model=model,
        tokenizer=tokenizer or served[model].get("root") or model,
        bench=bench,
        health=lambda: _reachable(base_url),
        engine=served[model].get("owned_by") or "unknown",
        engine_version=server_version(base_url),
    )


def api_key() -> str | None:
    """The key for a server that we did not start; the load generator sends the same."""
    return os.environ.get("OPENAI_API_KEY")


def _models(base_url: str) -> str:
    return get_text(f"{base_url}/v1/models", timeout_s=ANSWER_S, key=api_key())


def _reachable(base_url: str) -> Failure | None:
    """Why the server does not answer; None if it does."""
    try:
        _models(base_url)
    except TimeoutError:
        return no_answer("from /v1/models", ANSWER_S)
    except OSError as error:
        return Failure("unreachable", f"{base_url} cannot be reached: {error}")
    return None
