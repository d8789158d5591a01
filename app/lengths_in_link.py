"""Measured distributions of lengths as parameters of a link: ``1_end_0.5*8000_0.95*20000``.

That is the number of the kind of documents, ``end`` if none is longer than the last quantile, and
the quantiles, exactly: the page refuses lengths that do not fit its fields. A browser leaves these
signs as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.workload.length_spread import LengthSpread

PARAMETERS = {"lengths_in": "input", "lengths_out": "output"}
"""The parameter of a link for the spread of the tokens in and out."""

LONGEST = 6_000
"""Bytes of all and of the rows of the kinds: of 8 KiB (see ``rows_in_link.LONGEST``) the other
fields take up to 1,700. The two lengths of a kind take about 1,500.
"""

_END = "end"


def texts_of(scenario: Scenario, taken: int = 0) -> dict[str, list[str]]:
    """The texts for each parameter; empty if no distribution is stated or they are too long.

    ``taken`` are the bytes that the rows of the kinds take.
    """
    found = {
        parameter: [
            _text(number, spread)
            for number, one in enumerate(scenario.classes or (scenario,), start=1)
            if (spread := getattr(one, f"{side}_spread")) is not None and spread.quantiles
        ]
        for parameter, side in PARAMETERS.items()
    }
    size = len(urlencode(found, doseq=True, safe="*"))
    return {} if size + taken > LONGEST else {name: texts for name, texts in found.items() if texts}


def with_texts(scenario: Scenario, texts: Mapping[str, Sequence[str]]) -> Scenario:
    """The scenario with the distributions that a link states. Raises InputError if one is none."""
    for parameter, side in PARAMETERS.items():
        for text in texts.get(parameter, ()):
            scenario = _with(scenario, side, text)
    return scenario


def _with(scenario: Scenario, side: str, text: str) -> Scenario:
    number, spread = _read(text)
    kinds = list(scenario.classes)
    if not 1 <= number <= max(1, len(kinds)):
        raise _refused(text)
    try:
        around = kinds[number - 1] if kinds else scenario
        spread.around(getattr(around, f"{side}_tokens"))
    except InputError as error:
        raise InputError(f"The link states lengths that do not fit: {error}") from None
    change = {f"{side}_spread": spread}
    if not kinds:
        return scenario.model_copy(update=change)
    kinds[number - 1] = kinds[number - 1].model_copy(update=change)
    return scenario.model_copy(update={"classes": tuple(kinds)})


def _text(number: int, spread: LengthSpread) -> str:
    pairs = ((_exact(one.probability), _exact(one.tokens)) for one in spread.quantiles)
    quantiles = map("*".join, pairs)
    return "_".join([str(number), *([_END] if spread.none_longer else []), *quantiles])


def _exact(value: float) -> str:
    return repr(value).removesuffix(".0")


def _read(text: str) -> tuple[int, LengthSpread]:
    number, *rest = text.split("_")
    none_longer = rest[:1] == [_END]
    try:
        pairs = [tuple(map(float, pair.split("*"))) for pair in rest[none_longer:]]
        if not all(len(pair) == 2 and all(map(math.isfinite, pair)) for pair in pairs):
            raise _refused(text)
        quantiles = [{"probability": pair[0], "tokens": pair[1]} for pair in pairs]
        spread = LengthSpread.model_validate({"quantiles": quantiles, "none_longer": none_longer})
        return int(number), spread
    except ValueError:  # pydantic's ValidationError is one, too
        raise _refused(text) from None


def _refused(text: str) -> InputError:
    return InputError(
        f"The link states lengths as “{text[:60]}”, which is no distribution for a kind of "
        "documents here; measure them again, or change this field to go on without them."
    )
