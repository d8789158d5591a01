"""``planner catalog import-prices`` and ``refresh-prices``: price lists, and what they change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.catalog import price_age
from planner.catalog.gpu import gpu_group
from planner.catalog.listed_price import PROVIDER_NAMES, ExchangeRate, ListedPrice, offers_from
from planner.catalog.price_changes import Pair, PriceChanges, price_changes
from planner.catalog.price_list_file import Stated, gpuhunt_price, read_price_list
from planner.catalog.price_offer import PriceOffer
from planner.commands.screen import AsJson, print_json, print_table, print_text, say
from planner.errors import InputError

if TYPE_CHECKING:
    from planner.catalog.lookup import Catalog

MOST_STORED = 10_000
"""Prices of one list; every later command reads all that are stored."""

MOST_SHOWN = 40
"""Rows of a table for people; --json has all of them."""

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
    stated = Stated(
        provider=provider,
        as_of=None if as_of is None else _day(as_of, "--as-of"),
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
    for item in _gpuhunt_offers(provider or None):
        name = PROVIDER_NAMES.get(str(item.provider).casefold(), str(item.provider))
        stated = Stated(name, day, source=f"gpuhunt, fetched {day}")
        listed.extend(gpuhunt_price(item, stated))
    _apply(known, listed, tuple(regions or ()), None, dry_run, as_json)


def _gpuhunt_offers(providers: list[str] | None) -> list[Any]:
    try:
        import gpuhunt
    except ImportError as error:
        raise InputError(
            "refresh-prices needs gpuhunt, which is not installed; install planner[prices] "
            "(.venv/bin/pip install -e '.[prices]'), or import a price list with import-prices."
        ) from error
    try:
        return list(gpuhunt.query(provider=providers, min_gpu_count=1))
    except (OSError, ValueError) as error:
        raise InputError(
            f"gpuhunt found no prices ({error}); check the network and --provider, or import a "
            "price list with import-prices."
        ) from error


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

    offers, unknown = offers_from(listed, known, rate)
    if not offers:
        raise InputError(
            "the list has no price of a machine with GPUs of the catalogue; nothing was changed."
        )
    changes = price_changes(known.offers, offers, regions)
    if len(changes.to_store) > MOST_STORED:
        raise InputError(
            f"the list would add {len(changes.to_store):,} prices; at most {MOST_STORED:,} are "
            "stored: give --region, or split the list."
        )
    known.with_additions(offers=changes.to_store)
    if as_json:
        print_json(_json(changes, unknown, stored=not dry_run))
    else:
        _show(changes, unknown)
    if dry_run:
        say("Dry run: nothing was stored.")
        return
    with storage_to_write() as storage:
        storage.add_offers(changes.to_store)
        say(f"Stored {len(changes.to_store):,} prices in {storage.location}")


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
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise InputError(f"--currency: {currency[:80]!r} was given; a code like EUR is needed.")
    if not 0 < rate < 1e6:
        raise InputError(f"--rate: {rate:g} was given; US dollars for one {currency}, above 0.")
    return ExchangeRate(currency, rate, _day(rate_date, "--rate-date"))


def _day(text: str, option: str) -> str:
    try:
        price_age.age_days(text, price_age.today())
    except ValueError as error:
        raise InputError(
            f"{option}: {text[:80]!r} was given; it must look like 2026-11-22."
        ) from error
    return text


def _show(changes: PriceChanges, unknown: Counter[str]) -> None:
    for title, pairs in (("Dearer", changes.dearer), ("Cheaper", changes.cheaper)):
        if pairs:
            print_table(
                _counted(title, pairs),
                ("Machine", "Provider", "Terms", "Region", "Was, USD/h", "Is, USD/h"),
                [_moved(pair) for pair in pairs[:MOST_SHOWN]],
                numbers=("Was, USD/h", "Is, USD/h"),
            )
    for title, offers in (
        ("New", changes.new),
        ("Not in the list, kept with their dates", changes.gone),
        ("Older than what is known, left out", changes.outdated),
    ):
        if offers:
            print_table(
                _counted(title, offers),
                ("Machine", "Provider", "Terms", "Region", "USD/h", "As of"),
                [(*_words(o), _price(o), o.as_of) for o in offers[:MOST_SHOWN]],
                numbers=("USD/h",),
            )
    print_text(f"Unchanged, with a new date: {len(changes.same):,}.")
    if changes.superseded:
        print_text(
            f"{len(changes.superseded):,} of those not in the list are retired: another machine "
            "with as many of the same GPU has a later price."
        )
    if unknown:
        named = ", ".join(f"{name} ({n:,})" for name, n in unknown.most_common(10))
        print_text(f"GPUs that the catalogue does not have, left out: {named}.")


def _counted(title: str, rows: Iterable[object]) -> str:
    number = len(list(rows))
    shown = f", the first {MOST_SHOWN}" if number > MOST_SHOWN else ""
    return f"{title} ({number:,}{shown})"


def _moved(pair: Pair) -> tuple[str, ...]:
    return (*_words(pair[1]), _price(pair[0]), _price(pair[1]))


def _words(offer: PriceOffer) -> tuple[str, ...]:
    machine = f"{gpu_group(offer.gpu_count, offer.gpu)}, {offer.instance}"
    return machine, offer.provider, offer.terms, offer.region


def _price(offer: PriceOffer) -> str:
    return f"{offer.usd_per_hour:.4g}"


def _json(changes: PriceChanges, unknown: Counter[str], stored: bool) -> dict[str, Any]:
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
