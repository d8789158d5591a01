"""Figures and names as text: one wording for the command line, the page and the PDF.

Forecasts are rounded to three significant digits: their interval is wider than
a fourth digit. Stated facts (prices, volumes) keep all of theirs. A missing
figure is an en dash, never 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from planner.catalog.price_offer import PriceOffer
from planner.fleet.scenario_limits import Limit
from planner.forecast.bottleneck import BindingLimit
from planner.forecast.forecast_values import Basis, Interval
from planner.networks.quantization import Quantization

MISSING = "–"

BASIS_MEANING: dict[Basis, str] = {
    "measured": "measured at this load on this deployment",
    "calibrated": "fitted to your own measurements of this deployment",
    "reference": "fitted to published measurements of this GPU with this quantization",
    "extrapolated": "from the datasheet and from measurements of other GPUs or quantizations",
}

# Okabe and Ito, "Color Universal Design" (2008): told apart with any colour vision.
BASIS_COLOUR: dict[Basis, str] = {
    "measured": "#009E73",
    "calibrated": "#0072B2",
    "reference": "#E69F00",
    "extrapolated": "#CC79A7",
}
BASIS_SHAPE: dict[Basis, str] = {
    "measured": "circle",
    "calibrated": "diamond",
    "reference": "square",
    "extrapolated": "triangle",
}

BINDING_MEANING: dict[BindingLimit, str] = {
    "prefill": "prompt processing",
    "weights": "reading the weights",
    "kv_cache": "reading the KV cache",
    "decode": "decode arithmetic",
    "overhead": "per-step overhead",
    "kv_capacity": "KV cache memory",
    "latency": "answer time",
}

LIMIT_NAME: dict[Limit, str] = {
    "volume": "volume",
    "latency": "answer time",
    "budget": "budget",
    "replicas": "number of replicas",
    "spread": "spread",
}


def weights(quantization: Quantization) -> str:
    """The format of a model's weights, which are in 16 bit if they are not quantized."""
    return "16 bit" if quantization == "none" else quantization


def terms_of(offer: PriceOffer) -> str:
    """The terms of a price; an article's price is an estimate of its year and no offer."""
    return f"{offer.as_of[:4]} estimate" if offer.tier == "article" else offer.terms


def machine_of(offer: PriceOffer) -> str:
    """The machine that is priced, without the provider; an article prices a GPU alone."""
    return offer.gpu if offer.tier == "article" else offer.instance


def significant(value: float | None, digits: int = 3) -> str:
    """Round to ``digits`` significant digits, with thousands separators.

    >>> significant(26_123_456)
    '26,100,000'
    >>> significant(0.012345)
    '0.0123'
    >>> significant(130.0)
    '130'
    >>> significant(None)
    '–'
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    text = f"{rounded:,.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration(hours: float) -> str:
    """Hours, or minutes if it is less than one.

    >>> duration(0.335), duration(61.5)
    ('20.1 minutes', '61.5 hours')
    >>> duration(1 / 60), duration(0.9999)
    ('1 minute', '1 hour')
    """
    minutes = significant(60.0 * hours)
    in_hours = hours >= 1.0 or minutes == "60"
    amount, unit = (significant(hours), "hour") if in_hours else (minutes, "minute")
    return f"{amount} {unit}{'' if amount == '1' else 's'}"


def count(value: float | None) -> str:
    """A stated number, unrounded up to two decimals.

    >>> count(20_000_000)
    '20,000,000'
    >>> count(37.5)
    '37.5'
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def capitalized(text: str) -> str:
    """The text with its first letter in upper case; the others stay (GPU, KV).

    >>> capitalized("forecast of a GPU")
    'Forecast of a GPU'
    """
    return text[:1].upper() + text[1:]


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is 1.

    >>> counted(1, "replica"), counted(1200, "replica")
    ('1 replica', '1,200 replicas')
    """
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def large(value: float | None, digits: int = 3) -> str:
    """A forecast number in words from a million on.

    >>> large(26_123_456)
    '26.1 million'
    >>> large(999_999_999)
    '1 billion'
    >>> large(48_210)
    '48,200'
    """
    number, scale = _scaled(value, digits)
    return f"{number} {scale}" if scale else number


def _scaled(value: float | None, digits: int = 3) -> tuple[str, str]:
    """The number and the word for its scale, empty under a million."""
    if value is None or not math.isfinite(value):
        return MISSING, ""
    rounded = float(f"{value:.{digits - 1}e}")
    for scale, word in _SCALES:
        if abs(rounded) >= scale:
            return significant(rounded / scale, digits), word
    return significant(rounded, digits), ""


def usd(value: float | None) -> str:
    """US dollars: whole from 100 on, cents below, three significant digits under one dollar.

    >>> usd(29_755), usd(3.4309), usd(0.5)
    ('$29,755', '$3.43', '$0.50')
    >>> usd(0.001234), usd(0)
    ('$0.00123', '$0')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size >= 99.995:
        return f"{sign}${size:,.0f}"
    if size == 0:
        return "$0"
    if size >= 0.995:
        return f"{sign}${size:.2f}"
    cents = f"{size:.2f}"
    text = cents if float(cents) == size else significant(size)
    return f"{sign}${text}"


LEAST_SHARE = 0.001
"""The smallest share that is told as a number."""

_NO_SHARE = 1e-9  # rounding of a share that is none


def percent(share: float | None) -> str:
    """A share of one, rounded to whole percent, or one decimal under ten.

    >>> percent(0.857)
    '86 %'
    >>> percent(0.0234)
    '2.3 %'
    >>> percent(0.0003), percent(0.0)
    ('under 0.1 %', '0 %')
    """
    if share is None or not math.isfinite(share):
        return MISSING
    value = 100 * share
    if _NO_SHARE < abs(share) < LEAST_SHARE / 2:
        return f"under {100 * LEAST_SHARE:g} %"
    if abs(value) < 9.95:
        return f"{value:.1f}".removesuffix(".0") + " %"
    return f"{value:,.0f} %"


def probability(share: float | None) -> str:
    """A probability in whole percent that never claims certainty.

    >>> probability(0.9312), probability(0.9999), probability(0.0001)
    ('93 %', 'over 99 %', 'under 1 %')
    """
    if share is None or not math.isfinite(share):
        return MISSING
    if share > 0.99:
        return "over 99 %"
    if share < 0.01:
        return "under 1 %"
    return f"{100 * share:.0f} %"


def seconds(value: float | None) -> str:
    """A duration in the unit that people would say.

    >>> seconds(0.0421), seconds(31.04), seconds(1_500), seconds(86_400)
    ('42.1 ms', '31 s', '25 min', '24 h')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if 0 < value < 0.1:
        return f"{significant(1000 * value)} ms"
    if value < 600:
        return f"{significant(value)} s"
    if value < 2 * 3600:
        return f"{significant(value / 60)} min"
    return f"{significant(value / 3600)} h"


def interval(figure: Interval, write: Callable[[float], str] = significant) -> str:
    """A forecast with its 90 % interval.

    >>> interval(Interval(26_123_456, 22_000_000, 30_400_000), large)
    '26.1 million (22 million to 30.4 million)'
    """
    return f"{write(figure.value)} ({write(figure.low)} to {write(figure.high)})"


def low_to_high(figure: Interval) -> str:
    """The interval alone, for large numbers; the scale is said once if it is the same.

    >>> low_to_high(Interval(26_123_456, 22_000_000, 30_400_000))
    '22 to 30.4 million'
    >>> low_to_high(Interval(1_100_000, 700_000, 1_500_000))
    '700,000 to 1.5 million'
    """
    (low, scale), (_, scale_of_high) = _scaled(figure.low), _scaled(figure.high)
    stated = low if scale == scale_of_high else large(figure.low)
    return f"{stated} to {large(figure.high)}"


def large_interval(figure: Interval) -> str:
    """A large forecast with its 90 % interval.

    >>> large_interval(Interval(26_123_456, 22_000_000, 30_400_000))
    '26.1 million (22 to 30.4 million)'
    """
    return f"{large(figure.value)} ({low_to_high(figure)})"


def verdict(holds: bool | None) -> str:
    """``yes``, ``no``, or ``no limit set``.

    >>> verdict(None)
    'no limit set'
    """
    if holds is None:
        return "no limit set"
    return "yes" if holds else "no"
