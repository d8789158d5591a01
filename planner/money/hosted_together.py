"""Hosted APIs for the documents of several models: one service for all, or one for each model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import get_args

from planner.money.hosted_alternative import Hosted, Likeness
from planner.money.hosted_bill import Bill

AND = " + "
"""Between the names of several services."""

FROM_ALIKE: tuple[Likeness, ...] = get_args(Likeness)


def hosted_together(of_models: Sequence[Sequence[Hosted]]) -> tuple[Hosted, ...]:
    """The hosted APIs that process the documents of all models, the cheapest first.

    ``of_models`` are the hosted models for the documents of each. One that is among those of
    each is a service for all; beside it stand the same models, and the cheapest open ones, each
    at its cheapest provider.
    """
    found = [*_for_all(of_models), *_for_each(of_models)]
    unique = {(one.model, one.bill.provider): one for one in found}
    return tuple(sorted(unique.values(), key=lambda hosted: hosted.usd_per_year))


def _for_all(of_models: Sequence[Sequence[Hosted]]) -> Iterator[Hosted]:
    for first in of_models[0]:
        alike = [[h for h in hosted if _service(h) == _service(first)] for hosted in of_models]
        if all(alike):
            yield _together([hosted[0] for hosted in alike])


def _service(hosted: Hosted) -> tuple[str, str]:
    return hosted.model, hosted.bill.provider


def _for_each(of_models: Sequence[Sequence[Hosted]]) -> Iterator[Hosted]:
    open_ones = [[one for one in hosted if one.is_open] for hosted in of_models]
    same_ones = [[one for one in hosted if one.likeness == "same model"] for hosted in of_models]
    for offered in (open_ones, same_ones):
        if all(offered):
            yield _together([min(one, key=lambda hosted: hosted.usd_per_year) for one in offered])


def _together(services: Sequence[Hosted]) -> Hosted:
    """The services as one, as alike as the one that is least alike."""
    bills = [one.bill for one in services]
    bill = Bill(
        AND.join(dict.fromkeys(one.provider for one in bills)),
        sum(one.usd_per_year for one in bills),
        all(one.batch for one in bills),
        min(one.as_of for one in bills),
        "; ".join(dict.fromkeys(one.source for one in bills)),
    )
    return replace(
        max(services, key=lambda one: FROM_ALIKE.index(one.likeness)),
        model=AND.join(dict.fromkeys(one.model for one in services)),
        bill=bill,
    )
