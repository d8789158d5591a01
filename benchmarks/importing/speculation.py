"""The speculative decoding that a result of ``vllm bench serve`` states.

Fields ``spec_decode_*``: vllm/benchmarks/serve.py. A draft is one step's proposal, and the rate of
a position is the share of drafts whose token there was accepted. So the rate of position 0 is the
chance of a token whose predecessors were accepted, which ``SpeculativeDecoding`` needs.
"""

from __future__ import annotations

import json
from typing import Any, cast, get_args

from benchmarks.importing.json_document import Document
from planner.catalog.names import quoted
from planner.errors import InputError
from planner.vllm.speculative_decoding import (
    MOST_SPECULATIVE_TOKENS,
    SpeculativeDecoding,
    SpeculativeMethod,
)

METHODS = get_args(SpeculativeMethod)
PREFIX = "spec_decode_"
CONFIG = "speculative_config"
RATE_TOLERANCE = 0.02
"""The file rounds its rates, and so does who copies one of them."""


def drafts_tokens(document: Document) -> bool:
    """True if the result says that tokens were drafted."""
    figures = (v for key, v in document.values.items() if key.startswith(PREFIX))
    return any(value not in (None, []) for value in figures) or bool(_config(document))


def speculation_of(
    document: Document, method: str | None, stated: SpeculativeDecoding | None
) -> SpeculativeDecoding:
    """The setting that the result states, completed with what the user states.

    ``method`` is what the user states alone, ``stated`` is a whole setting. Raises InputError if
    both together do not determine it, or contradict each other.
    """
    config = _config(document)
    its_method = _method(config)
    ours = method or (stated.method if stated else None)
    if its_method is not None and ours not in (None, its_method):
        raise document.refusal(
            f"{CONFIG} says method {quoted(its_method)}, but --engine-settings say {ours}; "
            "correct one of them"
        )
    tokens = _tokens(document, config, stated)
    acceptance = _acceptance(document, tokens, stated)
    chosen = ours or its_method
    if chosen is None:
        raise document.refusal(
            f"it was measured with speculative decoding ({tokens} tokens a step, acceptance "
            f"{acceptance:g}), but does not state the method; add --engine-settings "
            f"speculative=METHOD with METHOD one of {', '.join(METHODS)}"
        )
    share = stated.draft_share if stated else None
    try:
        return SpeculativeDecoding(cast(SpeculativeMethod, chosen), tokens, acceptance, share)
    except InputError as error:
        raise document.refusal(str(error)) from error


def acceptance_from(tokens_per_step: float, tokens: int) -> float:
    """The acceptance a for which 1 + a + ... + a**tokens is ``tokens_per_step``, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if sum(middle**i for i in range(tokens + 1)) < tokens_per_step:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 4)


def _method(config: dict[str, Any]) -> str | None:
    """Our name of the method: EAGLE has versions, multi-token prediction a name for each family."""
    stated = config.get("method")
    if stated is None:
        return None
    if str(stated).endswith("_mtp"):
        return "mtp"
    return "eagle" if stated == "eagle3" else str(stated)


def _config(document: Document) -> dict[str, Any]:
    """The ``--speculative-config`` that a sweep records: an object, or the text of one."""
    key = CONFIG if CONFIG in document.values else CONFIG.replace("_", "-")
    value = document.values.get(key)
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise document.refusal(f"{CONFIG} is {quoted(value)}, not JSON") from None
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise document.refusal(f"{CONFIG} is {quoted(str(value))}, not an object")
    return value


def _tokens(document: Document, config: dict[str, Any], stated: SpeculativeDecoding | None) -> int:
    """Tokens proposed a step; n-grams may propose fewer, so a mean of drafts is at most this."""
    rates = _rates(document)
    a_draft = _a_draft(document, "draft_tokens")
    its: int | None = None
    if "num_speculative_tokens" in config:
        its = Document(config, f"{document.name}, {CONFIG}").count("num_speculative_tokens")
    elif rates:
        its = len(rates)
    elif a_draft is not None and a_draft.is_integer():
        its = int(a_draft)
    ours = stated.tokens if stated else None
    if its is None and ours is None:
        raise document.refusal(
            "it was measured with speculative decoding, but does not state how many tokens were "
            "proposed a step; add --engine-settings speculative=METHOD:TOKENS:ACCEPTANCE"
        )
    if its is not None and ours not in (None, its):
        raise document.refusal(
            f"{its} tokens were drafted a step, but --engine-settings say {ours}; correct one"
        )
    tokens = its if its is not None else cast(int, ours)
    if not 1 <= tokens <= MOST_SPECULATIVE_TOKENS or (a_draft or 0.0) > tokens:
        raise document.refusal(
            f"{tokens} tokens a step do not agree with {a_draft or 0:g} {PREFIX}draft_tokens a "
            f"draft; allowed are 1 to {MOST_SPECULATIVE_TOKENS}"
        )
    return tokens


def _acceptance(document: Document, tokens: int, stated: SpeculativeDecoding | None) -> float:
    rates, accepted = _rates(document), _a_draft(document, "accepted_tokens")
    length = document.positive(f"{PREFIX}acceptance_length")
    if accepted is None and length is not None:
        accepted = length - 1
    if accepted is not None and not 0 <= accepted <= tokens:
        raise document.refusal(
            f"{accepted:g} tokens were accepted a draft, which has {tokens}; correct the "
            f"{PREFIX} fields"
        )
    if rates and accepted is not None and abs(sum(rates) - accepted) > RATE_TOLERANCE * tokens:
        raise document.refusal(
            f"{PREFIX}per_position_acceptance_rates add up to {sum(rates):g} tokens a draft, but "
            f"{accepted:g} were accepted"
        )
    its = rates[0] if rates else None
    if its is None and accepted is not None:
        its = acceptance_from(1 + accepted, tokens)
    ours = stated.acceptance if stated else None
    if its is None and ours is None:
        raise document.refusal(
            "it was measured with speculative decoding, but does not state how many tokens were "
            "accepted; add --engine-settings speculative=METHOD:TOKENS:ACCEPTANCE"
        )
    if its is not None and ours is not None and abs(its - ours) > RATE_TOLERANCE:
        raise document.refusal(
            f"the acceptance in the file is {its:g} (the first position's), but --engine-settings "
            f"say {ours:g}; leave the acceptance out (speculative=METHOD) or correct it"
        )
    return its if its is not None else cast(float, ours)


def _a_draft(document: Document, counted: str) -> float | None:
    """A count of tokens divided by the number of drafts; None if they are not stated."""
    if document.at(f"{PREFIX}num_drafts") is None or document.at(f"{PREFIX}{counted}") is None:
        return None
    drafts = document.count(f"{PREFIX}num_drafts")
    if not drafts:
        raise document.refusal(
            f"{PREFIX}num_drafts is 0: speculative decoding was on and drafted nothing; measure "
            "without it"
        )
    return document.count(f"{PREFIX}{counted}") / drafts


def _rates(document: Document) -> list[float]:
    field = f"{PREFIX}per_position_acceptance_rates"
    rates = document.at(field)
    if rates in (None, []):
        return []
    if not isinstance(rates, list) or not all(_is_share(rate) for rate in rates):
        raise document.refusal(f"{field} is not a list of shares from 0 to 1")
    return [float(rate) for rate in rates]


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1
