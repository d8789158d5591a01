"""Measured distributions of lengths as parameters of a link: ``1_end_0.5*8000_0.95*20000``.

That is the number of the kind of documents, ``end`` if none is longer than the last quantile, and
the quantiles, to a thousandth of a percent. A browser leaves these signs as they are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from planner.errors import InputError
from planner.fleet.scenario import Scenario
from planner.workload.length_spread import LengthSpread

PARAMETERS = {"lengths_in": "input", "lengths_out": "output"}
"""The parameter of a link for the spread of the tokens in and out."""

LONGEST = 2_000
"""Bytes of all, beside the rows of the kinds (``rows_in_link.LONGEST``) and the other fields."""

_END = "end"


def texts_of(scenario: Scenario) -> dict[str, list[str]]:
    """The texts for each parameter; empty if no distribution is stated or they are too long."""
    found = {
        parameter: [
            _text(number, spread)
            for number, one in enumerate(scenario.classes or (scenario,), start=1)
            if (spread := getattr(one, f"{side}_spread")) is not None and spread.quantiles
        ]
        for parameter, side in PARAMETERS.items()
    }
    size = sum(len(text) for texts in found.values() for text in texts)
    return {} if size > LONGEST else {name: texts for name, texts in found.items() if texts}


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
    pairs = ((_short(one.probability, 6), _short(one.tokens, 5)) for one in spread.quantiles)
    quantiles = map("*".join, pairs)
    return "_".join([str(number), *([_END] if spread.none_longer else []), *quantiles])


def _short(value: float, digits: int) -> str:
    return f"{float(f'{value:.{digits}g}'):.15g}"


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
