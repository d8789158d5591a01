"""Whether ``--limit-mm-per-prompt`` leaves a model that reads images with text alone."""

from __future__ import annotations

import json
from typing import Any

from planner.catalog.names import quoted
from planner.errors import InputError

EXAMPLE = 'image=0,video=0 or {"image": 0, "video": 0}'


def without_images(limits: str | None) -> bool:
    """True if every kind that is stated is limited to 0; False if nothing is stated.

    Both spellings of vLLM are read: ``image=0,video=0`` and a JSON object, whose values may be
    objects with a ``count``. Raises InputError (field ``limit_mm_per_prompt``) for another text.
    """
    if limits is None:
        return False
    stated = _json(limits) if limits.strip().startswith("{") else _pairs(limits)
    if not stated:
        raise _refused(limits)
    return all(_count(value, limits) == 0 for value in stated.values())


def _json(limits: str) -> dict[str, Any]:
    try:
        value = json.loads(limits)
    except (ValueError, RecursionError) as error:
        raise _refused(limits) from error
    if not isinstance(value, dict):
        raise _refused(limits)
    return value


def _pairs(limits: str) -> dict[str, Any]:
    pairs = [item.partition("=") for item in limits.split(",")]
    if not all(name.strip() and separator for name, separator, _ in pairs):
        raise _refused(limits)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _count(value: Any, limits: str) -> int:
    if isinstance(value, dict):
        value = value.get("count")
    if isinstance(value, bool) or not (str(value).isascii() and str(value).isdigit()):
        raise _refused(limits)
    return int(str(value)[:9])


def _refused(limits: str) -> InputError:
    return InputError(
        f"limits {quoted(limits)} were given; give a number for each kind, such as {EXAMPLE}",
        field="limit_mm_per_prompt",
    )
