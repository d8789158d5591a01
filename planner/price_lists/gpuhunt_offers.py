"""Today's prices as the package gpuhunt fetches them (an extra: github.com/dstackai/gpuhunt)."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from planner.errors import InputError

LONGEST_SILENCE_S = 30.0
"""An assumption: a server that says nothing for so long does not answer. gpuhunt waits for ever."""

MOST_SAID = 300
"""Letters of a reason: those of the network repeat an address several times."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The machines with GPUs that gpuhunt lists, and why it has none of some providers."""

    offers: tuple[Any, ...]
    without: Mapping[str, str]


def gpuhunt_offers(providers: Sequence[str]) -> Fetched:
    """The offers of these providers; of all that need no key if none is named.

    Raises InputError if gpuhunt is not installed, or if it has no prices of any of them.
    """
    try:
        import gpuhunt
    except ImportError as error:
        raise InputError(
            "refresh-prices needs gpuhunt, which is not installed; install planner[prices] "
            "(.venv/bin/pip install -e '.[prices]'), or import a price list with import-prices."
        ) from error
    offers: list[Any] = []
    without: dict[str, str] = {}
    # The last three are what a provider's code raises if its server answers in another form.
    failures = (
        *(gpuhunt.GPUHuntError, OSError, ValueError),
        *(LookupError, AttributeError, TypeError),
    )
    with _quiet():
        try:
            catalog = gpuhunt.default_catalog()
        except failures as error:
            raise InputError(_no_prices(_reason(error))) from error
        loaded = [*catalog.catalog, *(provider.NAME for provider in catalog.providers)]
        for name in dict.fromkeys(providers or loaded):
            try:
                found = catalog.query(provider=name, min_gpu_count=1)
            except failures as error:  # one that does not answer does not hold back the others
                without[name] = _reason(error)
                continue
            offers.extend(found)
            if not found:
                without[name] = "nothing is listed"
    if not offers:
        raise InputError(_no_prices("; ".join(f"{name}: {why}" for name, why in without.items())))
    return Fetched(tuple(offers), without)


def _no_prices(reason: str) -> str:
    return (
        f"gpuhunt found no prices ({reason[:MOST_SAID]}); check the network and --provider, or "
        "import a price list with import-prices."
    )


def _reason(error: BaseException) -> str:
    """The message of an error and of what caused it, in one line."""
    said, cause = str(error) or type(error).__name__, error.__cause__
    if isinstance(error, LookupError):  # whose text is the missing key alone
        said = f"{type(error).__name__} {error}"
    whole = said if cause is None else f"{said}: {_reason(cause)}"
    return " ".join(whole.split())[:MOST_SAID]


@contextmanager
def _quiet() -> Iterator[None]:
    """Limit each wait for a server, and keep gpuhunt's tracebacks off the screen.

    gpuhunt logs each failure with its traceback, and then raises an error for all of them.
    """
    log, patience = logging.getLogger("gpuhunt"), socket.getdefaulttimeout()
    silent, propagates = logging.NullHandler(), log.propagate
    log.addHandler(silent)
    log.propagate = False
    socket.setdefaulttimeout(LONGEST_SILENCE_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(patience)
        log.propagate = propagates
        log.removeHandler(silent)
