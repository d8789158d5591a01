"""``planner doctor``: what is installed and reachable, and what to do about what is not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import typer

from planner.commands.screen import AsJson, print_json, print_line

NO = 1
OLDEST_PYTHON = (3, 11)

NOT_FOR_SALE = ("stale", "article")
"""Tiers of prices at which nobody sells."""

State = Literal["ok", "missing", "optional"]
_SHOWN: dict[State, str] = {"ok": "ok", "missing": "MISSING", "optional": "optional"}


@dataclass(frozen=True, slots=True)
class Check:
    """A part of the installation.

    ``missing`` is needed for what every user does, ``optional`` for some. ``advice`` says what to
    do; empty if it is ok.
    """

    name: str
    state: State
    found: str
    advice: str = ""


def doctor(as_json: AsJson = False) -> None:
    """Say what is installed and reachable, and what to do about what is not.

    Exit status 1 if something needed is missing. Lines marked optional name what only some
    commands need.

    \b
    Example:
      planner doctor
    """
    checks = [check() for check in CHECKS]
    complete = all(one.state != "missing" for one in checks)
    if as_json:
        rows = [
            {"name": one.name, "state": one.state, "found": one.found, "advice": one.advice or None}
            for one in checks
        ]
        print_json({"complete": complete, "checks": rows})
    else:
        for one in checks:
            said = f"{one.found}; {one.advice}" if one.advice else one.found
            print_line(f"{_SHOWN[one.state]:<8} {one.name}: {said}")
    if not complete:
        raise typer.Exit(NO)


def python() -> Check:
    """The version of the Python that runs this."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Check("Python", "ok", found)
    needed = ".".join(map(str, OLDEST_PYTHON))
    return Check("Python", "missing", found, f"make install PYTHON=python{needed}")


def store() -> Check:
    """The store: where it is, its schema, and whether it can be written."""
    from db.connection import URL_VARIABLE
    from db.schema import CURRENT_REVISION
    from db.storage import open_storage
    from planner.errors import PlannerError

    try:
        storage = open_storage()
    except PlannerError as error:
        advice = f"set {URL_VARIABLE} or PLANNER_DATA_DIR to a place that can be written"
        return Check("Store", "missing", str(error), advice)
    try:
        found = f"{storage.location}, schema {CURRENT_REVISION}"
        if storage.writable:
            return Check("Store", "ok", found)
        return Check("Store", "optional", f"{found}, read-only", "make it writable to save runs")
    finally:
        storage.close()


def prices() -> Check:
    """The age of the newest price on offer, the user's own among them."""
    from planner.catalog import price_age
    from planner.catalog.lookup import load_catalog
    from planner.commands.store_access import catalog
    from planner.errors import PlannerError

    try:
        offers = catalog().offers
    except PlannerError:  # the line of the store says what is wrong with it
        offers = load_catalog().offers
    today = price_age.today()
    ages = [
        price_age.age_days(offer.as_of, today) for offer in offers if offer.tier not in NOT_FOR_SALE
    ]
    if not ages:
        return Check("Prices", "missing", "none", "add one: planner catalog add-offer --help")
    old = sum(age > price_age.MARKED_AFTER_DAYS for age in ages)
    found = (
        f"the newest of {len(ages)} is {min(ages)} days old, {old} are older than "
        f"{price_age.MARKED_AFTER_DAYS} days"
    )
    if min(ages) <= price_age.MARKED_AFTER_DAYS:
        return Check("Prices", "ok", found)
    return Check("Prices", "optional", found, "get new ones: planner catalog refresh-prices")


def pdf() -> Check:
    """The program that sets the PDF, and its fonts."""
    from planner.report import pdf as report

    fonts = sorted((Path(report.__file__).parent / "fonts").glob("*.ttf"))
    return _packages("PDF report", ("typst",), f"{len(fonts)} fonts" if fonts else None)


def web_app() -> Check:
    """The program that shows the pages."""
    return _packages("Web app", ("streamlit", "plotly"))


def gpus() -> Check:
    """The GPUs of this machine and their driver."""
    from benchmarks.hardware.nvml import find_cards

    found = find_cards()
    if not found.cards:
        why = found.reason or "none is visible"
        advice = "calibrate on the GPU machine, or another server with --base-url"
        return Check("GPU", "optional", why, advice)
    names = ", ".join(card.name for card in found.cards)
    drivers = {card.driver for card in found.cards if card.driver}
    driver = f", driver {', '.join(sorted(drivers))}" if drivers else ""
    return Check("GPU", "ok", f"{names}{driver}")


def vllm() -> Check:
    """The vLLM that a calibration would start."""
    from benchmarks.engine.installed_packages import installed_version
    from benchmarks.engine.vllm_process import engine_command
    from planner.errors import InputError

    try:
        command = engine_command()
    except InputError:
        advice = (
            "to calibrate, install it with pip install '.[engine]' on a GPU machine or with make "
            "engine for a processor"
        )
        return Check("vLLM", "optional", "no command vllm", advice)
    found = installed_version(command, "vllm") or "of an unknown version"
    return Check("vLLM", "ok", f"{found}, {command[0]}")


def price_source() -> Check:
    """The program that fetches new prices."""
    found = _version("gpuhunt")
    if found is not None:
        return Check("Price source", "ok", f"gpuhunt {found}")
    advice = "to fetch new prices, pip install '.[prices]'"
    return Check("Price source", "optional", "gpuhunt is not installed", advice)


CHECKS: tuple[Callable[[], Check], ...] = (
    python,
    store,
    prices,
    pdf,
    web_app,
    gpus,
    vllm,
    price_source,
)


def _packages(name: str, packages: tuple[str, ...], more: str | None = "") -> Check:
    """The versions of packages; missing if one is not there, or if ``more`` is None."""
    versions = {package: _version(package) for package in packages}
    found = [f"{package} {number}" for package, number in versions.items() if number]
    absent = [package for package, number in versions.items() if number is None]
    absent += ["fonts"] if more is None else []
    if absent:
        return Check(name, "missing", f"no {' and no '.join(absent)}", "run make install again")
    return Check(name, "ok", ", ".join([*found, *([more] if more else [])]))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
