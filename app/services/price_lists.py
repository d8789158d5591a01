"""Price lists that users upload: what one would change, and the change once it is confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from app.services.opened_store import catalog, store
from app.services.own_catalogue import rate_of
from planner.catalog import price_age
from planner.catalog.price_age import stated_day
from planner.errors import InputError
from planner.files import decode_text
from planner.price_lists.price_import import PriceImport, price_import
from planner.price_lists.price_list_file import MAX_FILE_BYTES, parse_price_list, provider_named
from planner.price_lists.price_rows import Stated

MAX_UPLOAD_MB = MAX_FILE_BYTES // 10**6


@dataclass(frozen=True, slots=True)
class ProposedPrices:
    """What a list would change in the catalogue as it was at a version of the store."""

    name: str
    found: PriceImport
    version: str


def propose(content: bytes, file_name: str, stated: Mapping[str, str]) -> ProposedPrices:
    """Read a price list without storing it. Raises InputError with line and field.

    ``stated`` is what the list may not say: provider, as_of, region, negotiated, currency, rate
    and rate_date; a blank is "not stated".
    """
    version, name = store().version(), plain_name(file_name)
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{name} is larger than {MAX_UPLOAD_MB} MB; split it.")
    as_of = stated["as_of"] and stated_day(stated["as_of"], "as_of")
    listed = parse_price_list(
        decode_text(content, name),
        name,
        Stated(
            provider=stated["provider"] or provider_named(PurePosixPath(name).stem),
            as_of=as_of or None,
            tier="own" if stated["negotiated"] else None,
            source=f"{name}, imported {price_age.today()}",
        ),
    )
    regions = tuple(filter(None, (word.strip() for word in stated["regions"].split(","))))
    return ProposedPrices(name, price_import(catalog(), listed, regions, rate_of(stated)), version)


def apply(proposed: ProposedPrices) -> int:
    """Store what was proposed, and return the number of prices. Raises InputError, StoreError.

    Refused if the catalogue has changed since: the differences shown would not be those made.
    """
    if store().version() != proposed.version:
        raise InputError(
            "The catalogue has changed since these differences were shown; show them again."
        )
    store().add_offers(proposed.found.changes.to_store)
    return len(proposed.found.changes.to_store)


def plain_name(file_name: str) -> str:
    """The last part of an uploaded file's name: a name to show, never a path to open.

    >>> plain_name("../../etc/aws.csv"), plain_name("C:\\\\prices\\\\aws.csv")
    ('aws.csv', 'aws.csv')
    """
    last = PurePosixPath(PureWindowsPath(file_name).name).name
    shown = "".join(character for character in last if character.isprintable())[:120]
    return shown or "the file"
