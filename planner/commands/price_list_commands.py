"""``planner catalog import-prices`` and ``refresh-prices``: price lists, and what they change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.catalog import price_age
from planner.catalog.listed_price import (
    PROVIDER_NAMES,
    ExchangeRate,
    ListedPrice,
    exchange_rate,
)
from planner.catalog.price_age import stated_day
from planner.catalog.price_offer import PriceOffer
from planner.commands.one_line_errors import fields_as_options
from planner.commands.screen import AsJson, print_json, print_table, print_text, say
from planner.errors import InputError
from planner.price_lists.gpuhunt_offers import gpuhunt_offers
from planner.price_lists.price_changes import Pair, PriceChanges
from planner.price_lists.price_import import PriceImport, price_import
from planner.price_lists.price_list_file import gpuhunt_price, read_price_list
from planner.price_lists.price_rows import Stated
from planner.wording.price_change_tables import change_sentences, change_tables

if TYPE_CHECKING:
    from planner.catalog.lookup import Catalog

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; store nothing.")]
Regions = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        show_default="each machine's cheapest, and those that are known",
        help="Only prices in this region; may be repeated.",
    ),
]


def import_prices(
    file: Annotated[
        Path, typer.Argument(help="CSV: a catalogue of SkyPilot or gpuhunt, or your own.")
    ],
    provider: Annotated[
        str | None,
        typer.Option(show_default="by folder or file name", help="Whose prices these are."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="YYYY-MM-DD",
            show_default="the file's date",
            help="Date of prices that state none.",
        ),
    ] = None,
    regions: Regions = None,
    negotiated: Annotated[
        bool,
        typer.Option("--negotiated", help="Your own prices, in place of published ones."),
    ] = False,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="Currency of the prices, if not USD.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="US dollars for one unit of that currency.")
    ] = None,
    rate_date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Day of that rate.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Read a price list, say what changes, and store it.

    Earlier prices stay in the catalogue with their dates. Your own list has the columns
    provider, gpu, gpu_count, terms, as_of, source, and usd_per_hour or usd_per_year; instance,
    region, note are optional.

    \b
    Example:
      planner catalog import-prices ~/.sky/catalogs/v8/aws/vms.csv --dry-run
    """
    from planner.commands.store_access import catalog

    known = catalog()
    with fields_as_options():
        day = None if as_of is None else stated_day(as_of, "as_of")
    stated = Stated(
        provider=provider,
        as_of=day,
        tier="own" if negotiated else None,
        source=f"{file.name}, imported {price_age.today()}",
    )
    listed = read_price_list(file, stated)
    exchange = _exchange_rate(currency, rate, rate_date)
    _apply(known, listed, tuple(regions or ()), exchange, dry_run, as_json)


def refresh_prices(
    provider: Annotated[
        list[str] | None,
        typer.Option(
            show_default="all that need no key",
            help="Only this provider, in gpuhunt's spelling (aws, runpod); may be repeated.",
        ),
    ] = None,
    regions: Regions = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Fetch today's prices with gpuhunt, say what changes, and store it.

    gpuhunt downloads its catalogue from the Internet; it is the optional extra "prices".

    \b
    Example:
      planner catalog refresh-prices --provider aws --dry-run
    """
    from planner.commands.store_access import catalog

    known = catalog()
    day = price_age.today().isoformat()
    listed: list[ListedPrice] = []
    fetched = gpuhunt_offers(provider or ())
    for missing, why in fetched.without.items():
        say(f"gpuhunt has no prices of {missing}: {why}")
    for item in fetched.offers:
        name = PROVIDER_NAMES.get(str(item.provider).casefold(), str(item.provider))
        stated = Stated(name, day, source=f"gpuhunt, fetched {day}")
        listed.extend(gpuhunt_price(item, stated))
    _apply(known, listed, tuple(regions or ()), None, dry_run, as_json)


def _apply(
    known: Catalog,
    listed: list[ListedPrice],
    regions: tuple[str, ...],
    rate: ExchangeRate | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Compare, show, and store unless it is a dry run."""
    from planner.commands.store_access import storage_to_write

    found = price_import(known, listed, regions, rate)
    if as_json:
        print_json(_json(found.changes, found.unknown_gpus, stored=not dry_run))
    else:
        _show(found)
    if dry_run:
        say("Dry run: nothing was stored.")
        return
    with storage_to_write() as storage:
        storage.add_offers(found.changes.to_store)
        say(f"Stored {len(found.changes.to_store):,} prices in {storage.location}")


def _exchange_rate(
    currency: str | None, rate: float | None, rate_date: str | None
) -> ExchangeRate | None:
    given = (currency, rate, rate_date)
    if given == (None, None, None):
        return None
    if currency is None or rate is None or rate_date is None:
        raise InputError(
            "give --currency, --rate and --rate-date together, for example "
            "--currency EUR --rate 1.08 --rate-date 2026-11-01."
        )
    with fields_as_options():
        return exchange_rate(currency, rate, rate_date)


def _show(found: PriceImport) -> None:
    for table in change_tables(found):
        print_table(table.title, table.headings, table.rows, numbers=table.numbers)
    for sentence in change_sentences(found):
        print_text(sentence)


def _json(changes: PriceChanges, unknown: Mapping[str, int], stored: bool) -> dict[str, Any]:
    def one(offer: PriceOffer) -> dict[str, Any]:
        return {
            "id": offer.id, "provider": offer.provider, "instance": offer.instance,
            "gpu": offer.gpu, "gpu_count": offer.gpu_count, "terms": offer.terms,
            "region": offer.region, "usd_per_hour": offer.usd_per_hour, "as_of": offer.as_of,
        }  # fmt: skip

    def both(pair: Pair) -> dict[str, Any]:
        return one(pair[1]) | {"was_usd_per_hour": pair[0].usd_per_hour, "was_as_of": pair[0].as_of}

    return {
        "new": [one(offer) for offer in changes.new],
        "dearer": [both(pair) for pair in changes.dearer],
        "cheaper": [both(pair) for pair in changes.cheaper],
        "unchanged": [one(now) for _, now in changes.same],
        "gone": [one(offer) for offer in changes.gone],
        "retired": [one(offer) for offer in changes.superseded],
        "outdated": [one(offer) for offer in changes.outdated],
        "unknown_gpus": dict(unknown),
        "stored": stored,
    }
