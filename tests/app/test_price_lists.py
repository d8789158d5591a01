"""Price lists uploaded to the Catalogue page: differences first, then the change."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import complaint

from app.services import opened_store, own_catalogue, price_lists
from planner.errors import InputError

pytestmark = pytest.mark.usefixtures("own_store")

STATED = dict.fromkeys(
    ("provider", "as_of", "regions", "negotiated", "currency", "rate", "rate_date"), ""
)
OWN = b"""provider,gpu,gpu_count,terms,as_of,source,usd_per_hour
AWS,H100 SXM,8,on-demand,2026-11-20,contract 7,50
Our cellar,<b>Abacus</b>,1,on-demand,2026-11-20,invoice,1
"""
GPUHUNT = b"""instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size
1x-B200,eu,5.5,30,240,1,B200,180.0,False,
"""


def test_differences_are_shown_before_anything_is_stored() -> None:
    proposed = price_lists.propose(OWN, "ours.csv", STATED | {"negotiated": "yes"})
    [new] = proposed.found.changes.new
    assert (new.gpu, new.usd_per_hour, new.tier) == ("H100 SXM", 50.0, "own")
    assert proposed.found.unknown_gpus == {"<b>Abacus</b>": 1}
    assert opened_store.store().offers() == ()
    assert price_lists.apply(proposed) == 1
    assert [offer.usd_per_hour for offer in opened_store.store().offers()] == [50.0]


def test_a_later_list_keeps_the_earlier_price_in_the_history() -> None:
    price_lists.apply(price_lists.propose(OWN, "ours.csv", STATED | {"negotiated": "yes"}))
    later = OWN.replace(b"2026-11-20", b"2026-11-25").replace(b",50", b",40")
    proposed = price_lists.propose(later, "ours.csv", STATED | {"negotiated": "yes"})
    [(was, now)] = proposed.found.changes.cheaper
    price_lists.apply(proposed)
    history = own_catalogue.price_history(now)
    mine = [(p.as_of, p.usd_per_hour) for p in history if p.added_by == "user"]
    assert mine == [("2026-11-25", 40.0), ("2026-11-20", 50.0)]
    assert was.usd_per_hour == 50.0


def test_what_was_shown_is_what_is_stored() -> None:
    proposed = price_lists.propose(OWN, "ours.csv", STATED)
    price_lists.apply(price_lists.propose(OWN, "others.csv", STATED))
    with pytest.raises(InputError, match="has changed since"):
        price_lists.apply(proposed)


def test_a_foreign_list_needs_a_provider_and_a_date() -> None:
    with pytest.raises(InputError, match="whose prices are they") as refusal:
        price_lists.propose(GPUHUNT, "list.csv", STATED)
    assert refusal.value.field == "provider"
    with pytest.raises(InputError, match="of which day are these prices") as refusal:
        price_lists.propose(GPUHUNT, "lambdalabs.csv", STATED)
    assert refusal.value.field == "as_of"
    proposed = price_lists.propose(GPUHUNT, "lambdalabs.csv", STATED | {"as_of": "2026-11-20"})
    [new] = proposed.found.changes.new
    assert (new.provider, new.as_of) == ("Lambda", "2026-11-20")


def test_page_and_command_line_refuse_a_list_with_the_same_words(tmp_path: Path) -> None:
    wrong = OWN.replace(b"on-demand,2026-11-20,contract", b"some day,2026-11-20,contract")
    with pytest.raises(InputError) as refusal:
        price_lists.propose(wrong, "../../ours.csv", STATED)
    (file := tmp_path / "ours.csv").write_bytes(wrong)
    assert complaint("catalog", "import-prices", str(file)).endswith(str(refusal.value))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: not the columns of a price list"),
        (b"\xff\xfe\x00", "not readable as UTF-16 text"),
        (b"a\0b", "contains a NUL byte"),
        (b"," * 20_000_001, "larger than 20 MB"),
        (OWN.replace(b",50", b",-1"), "usd_per_hour is '-1'"),
        (OWN.replace(b"contract 7", b"\x1b[2J"), "source must be one line"),
    ],
)
def test_a_hostile_list_is_one_line_and_stores_nothing(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        price_lists.propose(content, "/etc/<b>x</b>.csv", STATED)
    assert "\n" not in str(refusal.value)
    assert "/etc" not in str(refusal.value)
    assert opened_store.store().offers() == ()


def test_a_list_of_the_wrong_day_or_currency_is_refused_at_its_field() -> None:
    for wrong, field in (({"as_of": "soon"}, "as_of"), ({"currency": "EUR"}, "rate")):
        with pytest.raises(InputError) as refusal:
            price_lists.propose(OWN, "ours.csv", STATED | wrong)
        assert refusal.value.field == field
