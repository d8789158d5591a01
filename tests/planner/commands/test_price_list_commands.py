"""Price lists of SkyPilot, gpuhunt and the user: what is read, said, stored and refused."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_line import answer, complaint, fill_store, run

GPUS = "\"{{'Gpus': [{{'Name': '{0}', 'Count': 1.0, 'MemoryInfo': {{'SizeInMiB': {1}}}}}]}}\""
SKYPILOT = "\n".join(
    (
        "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Price,SpotPrice,"
        "Region,AvailabilityZone",
        "m5.large,2,8,,,,0.096,0.03,us-east-1,us-east-1a",
        f"g4dn.xlarge,4,16,T4,1.0,{GPUS.format('T4', 16384)},0.526,0.21,us-east-1,us-east-1a",
        f"g4dn.xlarge,4,16,T4,1.0,{GPUS.format('T4', 16384)},0.526,0.19,us-east-1,us-east-1b",
        f"p5.48xlarge,192,2048,H100,8.0,{GPUS.format('H100', 81920)},60.0,,us-east-1,us-east-1a",
        f"g9.xlarge,192,96,A100,1.0,{GPUS.format('A100', 81920)},2.5,2.5,us-east-1,us-east-1a",
        "inf2.xlarge,4,16,Inferentia2,1.0,,0.76,,us-east-1,us-east-1a",
        "g6f.large,2,8,L4,0.5,,0.3,,us-east-1,us-east-1a",
        ",,,A100,1.0,,2.93,1.5,us-central1,us-central1-a",
    )
)
GPUHUNT = "\n".join(
    (
        "instance_name,location,price,cpu,memory,gpu_count,gpu_name,gpu_memory,spot,disk_size",
        "1x-B200,eu,5.5,30,240,1,B200,180.0,False,",
        "1x-B200,eu,3.5,30,240,1,B200,180.0,True,",
    )
)
OWN = "\n".join(
    (
        "provider,gpu,gpu_count,terms,as_of,source,usd_per_hour",
        "AWS,H100 SXM,8,on-demand,2026-11-01,contract 7,50",
    )
)


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


def written(tmp_path: Path, name: str, text: str) -> str:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def ids(rows: list[dict[str, Any]]) -> dict[str, float]:
    return {row["id"]: row["usd_per_hour"] for row in rows}


def offers(gpu: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in answer("catalog", "offers", "--gpu", gpu)}


def test_skypilots_catalogue_is_compared_and_stored(tmp_path: Path) -> None:
    file = written(tmp_path, "aws/vms.csv", SKYPILOT)
    os.utime(file, (1_795_100_000, 1_795_100_000))  # 2026-11-19 by UTC
    changes = answer("catalog", "import-prices", file)
    assert ids(changes["new"]) == {
        "aws-g4dn-xlarge-t4-x1-spot-us-east-1": 0.19,
        "aws-g9-xlarge-a100-80gb-x1-on-demand-us-east-1": 2.5,
    }
    assert ids(changes["dearer"]) == {"aws-p5-48xlarge-h100-sxm-x8-on-demand": 60.0}
    assert changes["dearer"][0]["was_usd_per_hour"] == 55.04
    assert ids(changes["unchanged"]) == {"aws-g4dn-xlarge-t4-x1-on-demand": 0.526}
    assert changes["cheaper"] == []
    assert changes["unknown_gpus"] == {"Inferentia2": 1}
    assert "aws-g6-xlarge-l4-x1-on-demand" in ids(changes["gone"])
    kept = offers("H100 SXM")
    now = kept["aws-p5-48xlarge-h100-sxm-x8-on-demand"]
    assert (now["usd_per_hour"], now["as_of"], now["added_by"]) == (60.0, "2026-11-19", "user")
    before = kept["aws-p5-48xlarge-h100-sxm-x8-on-demand-2026-11-09"]
    assert (before["usd_per_hour"], before["tier"]) == (55.04, "stale")


def test_a_dry_run_says_the_same_and_stores_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, "aws/vms.csv", SKYPILOT)
    changes = answer("catalog", "import-prices", file, "--dry-run", "--as-of", "2026-11-20")
    assert (len(changes["new"]), changes["stored"]) == (2, False)
    assert answer("db", "status")["offers_added"] == 0
    shown = run("catalog", "import-prices", file, "--dry-run", "--as-of", "2026-11-20").stdout
    for words in ("Dearer (1)", "New (2)", "Not in the list", "55.04", "Inferentia2 (1)"):
        assert words in shown


def test_gpuhunts_catalogue_is_read_by_its_file_name(tmp_path: Path) -> None:
    file = written(tmp_path, "lambdalabs.csv", GPUHUNT)
    changes = answer("catalog", "import-prices", file)
    assert {(r["provider"], r["terms"], r["usd_per_hour"]) for r in changes["new"]} == {
        ("Lambda", "on-demand", 5.5),
        ("Lambda", "spot", 3.5),
    }


@pytest.mark.slow
def test_a_negotiated_price_takes_the_place_of_the_published_one_in_a_plan(tmp_path: Path) -> None:
    file = written(tmp_path, "ours.csv", OWN)
    answer("catalog", "import-prices", file, "--negotiated")
    plan = answer("plan", "--gpu", "H100 SXM", "--quantization", "fp8")
    prices = {
        o["fleet"][0]["price_offer"]["usd_per_hour"]
        for o in plan["options"]
        if o["fleet"][0]["price_offer"]["provider"] == "AWS"
        and o["fleet"][0]["price_offer"]["gpu_count"] == 8
    }
    assert prices == {50.0}


def test_another_currency_is_converted_at_the_rate_given_and_says_so(tmp_path: Path) -> None:
    file = written(tmp_path, "ours.csv", OWN)
    rate = ("--currency", "EUR", "--rate", "1.08", "--rate-date", "2026-11-01")
    changes = answer("catalog", "import-prices", file, "--negotiated", *rate)
    [price] = changes["new"]
    assert price["usd_per_hour"] == pytest.approx(54.0)
    assert "50 EUR at 1.08 USD each on 2026-11-01" in offers("H100 SXM")[price["id"]]["note"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "words", "said"),
    [
        ("a.csv", "", (), "line 1: not the columns of a price list"),
        ("a.csv", "a,b\n1,2\n", (), "line 1: not the columns of a price list"),
        ("vms.csv", SKYPILOT, (), "whose prices are they?"),
        ("aws.csv", SKYPILOT.replace("60.0", "nan"), (), "line 5: Price is 'nan'"),
        ("aws.csv", SKYPILOT.replace("60.0", "-1"), (), "line 5: Price is '-1'"),
        ("aws.csv", SKYPILOT, ("--as-of", "soon"), "--as-of: 'soon' was given"),
        ("aws.csv", SKYPILOT, ("--rate", "2"), "give --currency, --rate and --rate-date"),
        (
            "aws.csv",
            SKYPILOT,
            ("--currency", "EUR", "--rate", "nan", "--rate-date", "2026-11-01"),
            "--rate: nan was given",
        ),
        ("o.csv", OWN.replace("contract 7", ""), (), "line 2: source is blank"),
        ("o.csv", OWN.replace("on-demand", "some day"), (), "line 2: terms is 'some day'"),
        ("o.csv", OWN.replace("2026-11-01", "2026-13-01"), (), "line 2: as_of is '2026-13-01'"),
        ("o.csv", OWN.replace("2026-11-01", "20260105"), (), "as_of: '20260105' was given; it"),
        ("o.csv", OWN.replace(",8,", ",1.5,"), (), "line 2: gpu_count is '1.5'"),
        ("o.csv", OWN.replace("usd_per_hour", "price"), (), "line 1: price is no column"),
        ("o.csv", OWN.replace("H100 SXM", "Abacus"), (), "nothing was changed"),
        ("o.csv", OWN.replace("contract 7", "\x1b[2J"), (), "line 2: source must be one line"),
        ("o.csv", OWN.replace("50", ""), (), "line 2: it has no price"),
        ("o.csv", OWN.replace("50", '"0,85"'), (), "needed, written like 1234.56"),
        ("o.csv", OWN.replace("50", "0,85"), (), "line 2: more cells than the 7 headings"),
        ("o.csv", OWN.replace(",", ";"), (), "line 1: its columns are separated by semicolons"),
        (
            "o.csv",
            OWN.replace("2026-11-01", "2099-11-01"),
            (),
            "2099-11-01, which is still to come",
        ),
        (
            "o.csv",
            f"{OWN}\n{OWN.splitlines()[1].replace('50', '51')}",
            (),
            "line 3: 51 an hour, but 50 in line 2 for the same machine",
        ),
        ("o.csv", OWN.replace("H100 SXM", "Abacus"), (), "It names Abacus"),
        (
            "o.csv",
            OWN,
            ("--currency", "USD", "--rate", "1.1", "--rate-date", "2026-11-01"),
            "prices in US dollars need no rate",
        ),
        ("aws.csv", SKYPILOT, ("--as-of", "2099-01-01"), "--as-of is 2099-01-01, which is still"),
    ],
)
def test_a_list_that_is_not_sound_is_refused_in_one_line(
    tmp_path: Path, name: str, text: str, words: tuple[str, ...], said: str
) -> None:
    file = written(tmp_path, name, text)
    assert said in complaint("catalog", "import-prices", file, *words)
    assert answer("db", "status")["offers_added"] == 0


def test_refreshing_without_gpuhunt_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpuhunt", None)
    assert "install planner[prices]" in complaint("catalog", "refresh-prices")


class FakeGpuhunt(SimpleNamespace):
    """What refreshing takes of gpuhunt 0.1.34: offers by provider, or the error of one."""

    class GPUHuntError(Exception):
        pass

    def __init__(self, listed: dict[str, object], online: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.catalog = {name: None for name in listed if name not in online}
        self.providers = [SimpleNamespace(NAME=name) for name in online]
        self.listed = listed

    def default_catalog(self) -> FakeGpuhunt:
        return self

    def query(self, *, provider: str, min_gpu_count: int) -> list[object]:
        assert min_gpu_count == 1
        found = self.listed.get(provider, [])
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, list)
        return found


B200 = SimpleNamespace(
    provider="runpod", instance_name="NVIDIA B200", location="EU-RO-1", price=6.5, gpu_count=1,
    gpu_name="B200", gpu_memory=180.0, spot=False,
)  # fmt: skip


@pytest.mark.parametrize("named", [("--provider", "runpod"), ()])
def test_refreshing_takes_the_offers_that_gpuhunt_finds(
    monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, "gpuhunt", FakeGpuhunt({"runpod": [B200]}))
    changes = answer("catalog", "refresh-prices", *named)
    assert [(r["provider"], r["usd_per_hour"]) for r in changes["new"]] == [("RunPod", 6.5)]
    # RunPod's packaged B200 is of 2026-10-01 and under another name for the same machine.
    assert "runpod-1x-b200-secure-x1-on-demand" in ids(changes["retired"])


def test_a_provider_that_does_not_answer_does_not_hold_back_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = {
        **{"runpod": [B200], "gcp": [], "vastai": ConnectionError("no route\nto host")},
        **{"oci": KeyError("price"), "vultr": AttributeError("no attribute 'get'")},
    }
    monkeypatch.setitem(sys.modules, "gpuhunt", FakeGpuhunt(listed, online=("vastai",)))
    result = run("catalog", "refresh-prices", "--dry-run", "--json")
    assert result.exit_code == 0
    assert [row["provider"] for row in json.loads(result.stdout)["new"]] == ["RunPod"]
    assert "gpuhunt has no prices of vastai: no route to host" in result.stderr
    assert "gpuhunt has no prices of gcp: nothing is listed" in result.stderr
    assert "gpuhunt has no prices of oci: KeyError 'price'" in result.stderr
    assert "gpuhunt has no prices of vultr: no attribute 'get'" in result.stderr


def test_gpuhunts_runpod_tells_pcie_from_sxm_and_third_party_hosts_apart(tmp_path: Path) -> None:
    rows = (
        GPUHUNT.splitlines()[0],
        "NVIDIA A100 80GB PCIe,EU-RO-1,1.8,8,80,1,A100,80.0,False,",
        "NVIDIA A100 80GB PCIe,CA,1.2,8,80,1,A100,80.0,False,",
        "NVIDIA A100-SXM4-80GB,EU-RO-1,1.9,8,80,1,A100,80.0,False,",
    )
    changes = answer("catalog", "import-prices", written(tmp_path, "runpod.csv", "\n".join(rows)))
    assert {(r["gpu"], r["usd_per_hour"]) for r in changes["new"]} == {
        ("A100 80GB PCIe", 1.8),
        ("A100 80GB PCIe", 1.2),
        ("A100 80GB", 1.9),
    }
    pcie = offers("A100 80GB PCIe")
    tiers = {pcie[r["id"]]["tier"]: r["usd_per_hour"] for r in changes["new"] if r["id"] in pcie}
    assert tiers == {"list": 1.8, "marketplace": 1.2}


@pytest.mark.parametrize(
    ("fake", "said"),
    [
        (FakeGpuhunt({"aws": ConnectionError("no route to host")}), "aws: no route to host"),
        (FakeGpuhunt({"aws": []}), "aws: nothing is listed"),
    ],
)
def test_refreshing_without_a_network_is_one_line(
    monkeypatch: pytest.MonkeyPatch, fake: FakeGpuhunt, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "gpuhunt", fake)
    assert said in complaint("catalog", "refresh-prices")
    assert answer("db", "status")["offers_added"] == 0


def test_gpuhunts_own_error_is_one_line_without_its_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeGpuhunt({})

    def fails() -> FakeGpuhunt:
        logging.getLogger("gpuhunt._internal.catalog").error("Failed to load aws catalog")
        raise FakeGpuhunt.GPUHuntError("Failed to load catalogs") from OSError("no such name")

    monkeypatch.setattr(fake, "default_catalog", fails, raising=False)
    monkeypatch.setitem(sys.modules, "gpuhunt", fake)
    assert "(Failed to load catalogs: no such name)" in complaint("catalog", "refresh-prices")


def test_a_part_of_a_gpu_is_no_machine_with_that_gpu(tmp_path: Path) -> None:
    # GCP's g4-standard-6 has an eighth of an RTX PRO 6000 (gpuhunt 0.1.34, providers/gcp.py).
    rows = (
        GPUHUNT.splitlines()[0],
        "g4-standard-6,us-central1,0.56,6,22,1,RTXPRO6000,12.0,False,",
        "g2-standard-4,us-central1,0.71,4,16,1,L4,22.0,False,",
    )
    changes = answer("catalog", "import-prices", written(tmp_path, "gcp.csv", "\n".join(rows)))
    assert changes["unknown_gpus"] == {"RTXPRO6000 with 12 GB": 1}
    assert [(row["gpu"], row["usd_per_hour"]) for row in changes["dearer"]] == [("L4", 0.71)]
