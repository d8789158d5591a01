"""``planner catalog`` and ``planner db``: facts with their sources, and the user's own."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from command_line import LLAMA_7B, MISTRAL, answer, complaint, fill_store, run

from planner.catalog.lookup import load_catalog

ADD_CARD = (
    *("catalog", "add-gpu", "--name", "Our card", "--memory-gb", "48", "--memory-gib", "47"),
    *("--bandwidth-gb-per-s", "900", "--fp16-tflops", "200", "--compute-capability", "8.9"),
)
SOURCED = ("--source", "the maker's datasheet, page 2", "--source-date", "2026-10")
OFFER = ("catalog", "add-offer", "--provider", "own", "--source", "invoice 7")


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


@pytest.mark.parametrize(
    ("command", "count", "dated"),
    [
        ("gpus", len(load_catalog().gpus), "source_date"),
        ("models", len(load_catalog().models), "source_date"),
        ("offers", len(load_catalog().offers), "as_of"),
    ],
)
def test_every_row_has_its_source_and_date(command: str, count: int, dated: str) -> None:
    rows = answer("catalog", command)
    assert len(rows) == count
    assert all(row["source"] and row[dated] for row in rows)
    assert {row["added_by"] for row in rows} == {"planner"}


@pytest.mark.slow
@pytest.mark.parametrize("command", ["gpus", "models", "offers", "sources"])
def test_tables_for_people_name_every_row(command: str) -> None:
    shown = "".join(run("catalog", command).stdout.split())
    for row in answer("catalog", command):
        name = row.get("id") or row.get("hf_id") or row["name"]
        assert "".join(name.split()) in shown


def test_sources_count_their_measurements() -> None:
    rows = {row["id"]: row for row in answer("catalog", "sources")}
    assert rows["article"]["measurements"] > 0
    assert "Roots Automation" in rows["article"]["name"]
    assert (
        sum(row["measurements"] for row in rows.values()) == answer("db", "status")["measurements"]
    )


def test_offers_of_one_card() -> None:
    offers = answer("catalog", "offers", "--gpu", "tesla t4")
    assert {offer["gpu"] for offer in offers} == {"T4"}


@pytest.mark.slow
def test_a_card_of_ones_own_is_marked_planned_with_and_removed() -> None:
    assert run(*ADD_CARD, *SOURCED).exit_code == 0
    [card] = [row for row in answer("catalog", "gpus") if row["name"] == "Our card"]
    assert (card["added_by"], card["compute_capability"]) == ("user", "8.9")
    assert card["architecture"] == "Ada"
    assert card["source_date"] == "2026-10"
    assert "Our card (yours)" in run("catalog", "gpus").stdout
    assert run(*OFFER, "--gpu", "our card", "--usd-per-year", "4380").exit_code == 0
    plan = answer("plan", "--gpu", "Our card", "--quantization", "awq")
    [price] = {json.dumps(o["fleet"][0]["price_offer"]) for o in plan["options"]}
    assert json.loads(price)["usd_per_hour"] == pytest.approx(0.5)
    assert "own-our-card-x1-on-demand; remove these first" in complaint(
        "catalog", "remove", "gpu", "Our card"
    )
    assert run("catalog", "remove", "offer", "own-our-card-x1-on-demand").exit_code == 0
    assert run("catalog", "remove", "gpu", "Our card").exit_code == 0
    assert "Our card" not in run("catalog", "gpus").stdout


@pytest.mark.slow
def test_a_model_of_ones_own_is_known_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_7B))
    words = ("catalog", "add-model", str(tmp_path), "--name", "acme/claims-7b")
    assert run(*words).exit_code == 0
    assert answer("memory", "--gpu", "L4", "--model", "acme/claims-7b")["fits"]
    assert answer("memory", "--gpu", "L4", "--model", "claims-7b")["fits"]
    assert run("catalog", "remove", "model", "claims-7b").exit_code == 0
    complaint("memory", "--gpu", "L4", "--model", "acme/claims-7b")


def test_a_model_without_an_id_goes_by_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "claims-7b"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(LLAMA_7B))
    assert run("catalog", "add-model", str(folder / "config.json")).exit_code == 0
    [model] = [row for row in answer("catalog", "models") if row["added_by"] == "user"]
    assert (model["name"], model["hf_id"]) == ("claims-7b", str(folder))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (ADD_CARD, "Missing option '--source'"),
        ((*ADD_CARD, "--source", " "), "source is blank"),
        ((*ADD_CARD, *SOURCED, "--memory-gb", "nan"), "memory_gb is nan"),
        ((*ADD_CARD, *SOURCED, "--fp16-tflops", "-1"), "fp16_tflops is -1.0"),
        ((*ADD_CARD, *SOURCED, "--compute-capability", "8"), "'8' was given; it must look like"),
        ((*ADD_CARD, *SOURCED, "--compute-capability", "6.1"), "--architecture is missing"),
        ((*ADD_CARD, *SOURCED, "--source-date", "May"), "--source-date: 'May' was given"),
        ((*OFFER, "--gpu", "T4"), "either --usd-per-hour or --usd-per-year"),
        ((*OFFER, "--gpu", "T4", "--usd-per-hour", "-1"), "usd_per_hour is -1.0"),
        (
            (*OFFER, "--gpu", "T4", "--usd-per-hour", "1", "--as-of", "2026-13-01"),
            "is '2026-13-01'; it must look like 2026-11-22",
        ),
        ((*OFFER, "--gpu", "nothing", "--usd-per-hour", "1"), "'nothing'"),
        (("catalog", "add-model", "/nowhere"), "/nowhere"),
        (("catalog", "remove", "gpu", "T4"), "no gpu 'T4' was added by you"),
        (("catalog", "remove", "card", "T4"), "'card' is not one of 'gpu', 'model', 'offer'"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_not_stored(words: tuple[str, ...], said: str) -> None:
    assert said in complaint(*words)
    status = answer("db", "status")
    assert (status["gpus_added"], status["models_added"], status["offers_added"]) == (0, 0, 0)


def test_db_says_where_the_store_is_and_what_is_in_it() -> None:
    status = answer("db", "status")
    assert status["location"] == run("db", "path").stdout.strip()
    assert Path(status["location"]).parent == Path(os.environ["PLANNER_DATA_DIR"])
    assert status["writable"] is True
    assert status["measurements"] > 300
    assert status["own_measurements"] == status["runs"] == 0
    assert status["revision"] in run("db", "upgrade").stdout
    assert "measurements:" in run("db", "status").stdout


@pytest.mark.slow
def test_db_upgrade_creates_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANNER_DATA_DIR", str(tmp_path / "new"))
    assert run("db", "upgrade").exit_code == 0
    assert len(os.listdir(tmp_path / "new")) == 1
    assert answer("memory", "--gpu", "L4", "--model", MISTRAL, "--max-model-len", "8192")["fits"]
