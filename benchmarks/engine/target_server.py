"""What a load is driven at: an engine of our own, or a server that somebody else started."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.design.points import Failure
from benchmarks.engine.hang_rules import ANSWER_S, no_answer
from benchmarks.engine.http_client import checked_base_url, get_text
from benchmarks.engine.vllm_process import Engine, bench_command, server_version
from planner.errors import InputError


@dataclass(frozen=True, slots=True)
class Server:
    """Where the requests go. ``health`` tells what is wrong with the server, if anything is.

    ``model`` is the name that the server answers to, ``tokenizer`` a Hugging Face id or
    a folder, ``bench`` the words of ``vllm bench serve``.
    """

    base_url: str
    model: str
    tokenizer: str
    bench: tuple[str, ...]
    health: Callable[[], Failure | None]
    engine: str
    engine_version: str | None


def own_server(engine: Engine) -> Server:
    """The server that a started ``engine`` is."""
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
    """A server that somebody else started, asked for its models at ``/v1/models``.

    ``OPENAI_API_KEY`` of the environment is shown to it, as the load generator does.
    ``model`` is taken where it is served; else the only one that is, whose name may be
    any. Raises InputError where it does not answer, or serves several models and
    ``model`` names none of them.
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
        health=lambda: _answers(base_url),
        engine=served[model].get("owned_by") or "unknown",
        engine_version=server_version(base_url),
    )


def api_key() -> str | None:
    """What another's server is shown, by the load generator too."""
    return os.environ.get("OPENAI_API_KEY")


def _models(base_url: str) -> str:
    return get_text(f"{base_url}/v1/models", timeout_s=ANSWER_S, key=api_key())


def _answers(base_url: str) -> Failure | None:
    try:
        _models(base_url)
    except TimeoutError:
        return no_answer("from /v1/models", ANSWER_S)
    except OSError as error:
        return Failure("unreachable", f"{base_url} cannot be reached: {error}")
    return None
