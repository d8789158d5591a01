"""``planner plan``: its JSON, its tables, its report, and what it refuses."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import MISTRAL, answer, complaint, fill_store, run
from pypdf import PdfReader

from planner.commands.plan_command import OPTIONS
from planner.fleet.scenario import Scenario

ARTICLE = (
    *("plan", "--documents-per-year", "20000000", "--input-tokens", "8000"),
    *("--output-tokens", "150", "--model", MISTRAL, "--quantization", "awq"),
    *("--budget", "30000"),
)


@pytest.fixture(autouse=True)
def _store() -> None:
    fill_store()


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The article's case, planned once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_DATA_DIR", str(tmp_path_factory.mktemp("article")))
        patch.delenv("PLANNER_DATABASE_URL", raising=False)
        fill_store()
        found: dict[str, Any] = answer(*ARTICLE, "--terms", "on-demand", "--terms", "estimate")
    return found


@pytest.mark.slow
def test_the_keys_of_decisions_are_those_that_other_programs_rely_on(
    article: dict[str, Any],
) -> None:
    assert set(article) >= {"levers", "remedies", "cheapest_measured", "cheapest_sure"}
    option = article["options"][0]
    assert set(option["probability"]) == {"volume", "latency", "budget", "all"}
    assert set(option["probability_one_down"]) == {"volume", "latency", "budget", "all"}
    assert option["verdict"] == "recommended"
    lines = option["cost_lines"]
    assert set(lines[0]) == {"name", "usd_per_year", "source"}
    total = sum(line["usd_per_year"] for line in lines)
    assert option["cost_usd_per_year"] == pytest.approx(total)
    assert option["meets"]["volume"] is (option["probability"]["volume"] >= 0.8)


@pytest.mark.slow
def test_costs_beside_the_gpus_and_owned_cards_are_lines_that_add_up() -> None:
    found = answer(
        *("plan", "--quantization", "awq", "--gpu", "L4", "--terms", "owned"),
        *("--owned", "RTX 3090:8:700, watts=200", "--cost-items", "people", "--years", "2"),
    )
    best = found["recommended"]
    assert best["fleet"][0]["price_offer"]["terms"] == "owned"
    machines = best["fleet"][0]["instances"]
    lines = {line["name"].split(", ")[-1]: line["usd_per_year"] for line in best["cost_lines"]}
    # of each card: 0.2 kW x 1.54 x 8,760 h x 0.146; 525 over 4 years; 10 % of 437.50
    assert lines == pytest.approx(
        {
            "electricity": machines * 393.916,
            "depreciation": machines * 131.25,
            "cost of capital": machines * 43.75,
            "people": 60_000,
        },
        rel=1e-5,
    )
    assert best["cost_usd_per_year"] == pytest.approx(sum(lines.values()))
    per_unit = best["cost_lines_per_unit"]
    assert sum(line["usd_per_million_tokens"] for line in per_unit) == pytest.approx(
        best["cost_usd_per_million_tokens"]
    )
    assert best["commitment_usd"] == machines * 700
    assert found["present_value"]["years"] == 2
    assert found["costs_not_counted"][:2] == ["storage", "egress"]


@pytest.mark.slow
def test_remedies_and_levers_work_when_their_scenarios_are_fed_back(tmp_path: Path) -> None:
    file = tmp_path / "changed.yaml"
    case = (*ARTICLE, "--gpu", "A100 80GB", "--latency-p95", "20")
    short = answer(*case, "--budget", "20000", status=1)
    assert {remedy["change"] for remedy in short["remedies"]} >= {
        "raise the budget to $24,178 a year"
    }
    for remedy in short["remedies"]:
        file.write_text(json.dumps(remedy["scenario"]))
        again = answer("plan", str(file))
        assert again["recommended"]["cost_usd_per_year"] == remedy["cost_usd_per_year"]
    typed = answer(*case, "--budget", "24178")
    assert typed["recommended"]["cost_usd_per_year"] == pytest.approx(2 * 1.38 * 8760)
    assert typed["levers"]
    for lever in typed["levers"]:
        file.write_text(json.dumps(lever["scenario"]))
        best = answer("plan", str(file))["recommended"]
        assert best["cost_usd_per_year"] == lever["cost_usd_per_year"]
        assert best["probability"]["all"] == lever["probability_all"]


def options_of(plan: dict[str, Any], gpu: str) -> list[dict[str, Any]]:
    return [o for o in plan["options"] if o["fleet"][0]["gpu"] == gpu]


def test_the_keys_are_those_that_other_programs_rely_on(article: dict[str, Any]) -> None:
    assert set(article) >= {
        *("schema_version", "scenario", "model_version", "recommended", "options", "infeasible"),
    }
    option = article["options"][0]
    assert set(option) >= {
        *("fleet", "cost_usd_per_year", "cost_usd_per_1000_documents", "utilization"),
        *("capacity_documents_per_year", "probability_meets_volume", "latency_s", "meets"),
        *("basis", "binding_limit"),
    }
    assert set(option["capacity_documents_per_year"]) == {"value", "low", "high"}
    assert set(option["latency_s"]) == {"p50", "p95"}
    assert set(option["meets"]) == {"volume", "latency", "budget"}
    [item] = option["fleet"]
    assert set(item) >= {
        *("gpu", "gpu_count", "replicas", "quantization", "concurrency", "price_offer"),
        "vllm_command",
    }
    assert set(item["price_offer"]) >= {"provider", "terms", "usd_per_hour", "as_of", "source"}
    assert all(set(entry) >= {"gpu", "reason"} for entry in article["infeasible"])


def test_one_a100_at_the_articles_price_keeps_up_with_its_20_million(
    article: dict[str, Any],
) -> None:
    [option] = [
        o
        for o in options_of(article, "A100 80GB")
        if o["fleet"][0]["price_offer"]["provider"].startswith("Roots")
    ]
    assert option["fleet"][0]["replicas"] == 1
    assert option["cost_usd_per_year"] == pytest.approx(30_000)
    assert 20e6 < option["capacity_documents_per_year"]["value"] < 30e6
    assert option["meets"] == {"volume": True, "latency": None, "budget": True}


def test_feasible_options_come_first_cheapest_first(article: dict[str, Any]) -> None:
    ranks = [(len(o["obstacles"]), o["cost_usd_per_year"]) for o in article["options"]]
    assert ranks == sorted(ranks)
    assert article["recommended"] in article["options"]
    assert article["recommended"]["obstacles"] == []


def test_a_v100_says_why_it_does_not_run_awq(article: dict[str, Any]) -> None:
    [reason] = [e["reason"] for e in article["infeasible"] if e["gpu"] == "V100 16GB"]
    assert "AWQ" in reason


def test_sixty_million_documents_break_the_budget_and_exit_with_1() -> None:
    plan = answer(*ARTICLE, "--documents-per-year", "60000000", "--gpu", "A100 80GB", status=1)
    assert plan["recommended"] is None
    assert plan["options"][0]["obstacles"] == ["budget"]
    assert plan["options"][0]["fleet"][0]["replicas"] > 1
    assert any("budget" in change for change in plan["what_would_help"])


def test_a_deployment_that_nobody_can_start_exits_with_1_and_says_why() -> None:
    plan = answer(*ARTICLE, "--gpu", "V100 16GB", status=1)
    assert plan["options"] == []
    assert plan["infeasible"][0]["reason"]


@pytest.mark.slow
def test_the_tables_name_the_answer_the_reasons_and_the_command() -> None:
    result = run(*ARTICLE)
    assert result.exit_code == 0
    assert result.stderr == ""
    for words in ("A100 80GB", "T4", "RTX 3090", "V100 16GB", "vllm serve", "Why not", "as of"):
        assert words in result.stdout


def test_the_tables_say_what_would_help_where_nothing_is_feasible() -> None:
    result = run(*ARTICLE, "--budget", "100", "--gpu", "A100 80GB")
    assert result.exit_code == 1
    assert "What would make it feasible:" in result.stdout


@pytest.mark.slow
@pytest.mark.parametrize("columns", ["80", "100"])
def test_no_word_is_broken_however_narrow_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    def lines(width: str) -> list[str]:
        monkeypatch.setenv("COLUMNS", width)
        return run(*ARTICLE, "--latency-p95", "60").stdout.splitlines()

    narrow, wide = lines(columns), lines("500")
    assert all(len(line.rstrip()) <= int(columns) for line in narrow if "vllm serve" not in line)
    words, whole = ({w for line in each for w in line.split()} for each in (narrow, wide))
    new = {word.strip(":") for word in words - whole if not set(word) <= {"─", "·"}}
    assert {word for word in new - whole if len(word) < 24} == set()


def test_options_override_the_file_and_the_rest_of_it_holds(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("name: Claims\ndocuments_per_year: 1e6\ngpus: [T4, L4]\nterms: [spot]\n")
    scenario = answer("plan", str(file), "--documents-per-year", "2e6", "--gpu", "L4")["scenario"]
    assert scenario["name"] == "Claims"
    assert scenario["documents_per_year"] == 2e6
    assert scenario["gpus"] == ["L4"]
    assert scenario["terms"] == ["spot"]


@pytest.mark.slow
def test_every_option_reaches_the_scenario() -> None:
    words = {
        "name": "Claims",
        "documents_per_year": "1e6",
        "input_tokens": "4000",
        "output_tokens": "100",
        "model": "Qwen/Qwen3-8B",
        "quantization": "none",
        "budget_usd_per_year": "90000",
        "latency_p95_s": "500",
        "peak_factor": "2",
        "hours_per_week": "60",
        "spare_replicas": "1",
        "min_replicas": "2",
        "spread_over": "region",
        "confidence": "0.9",
        "engine_version": "0.15.1",
    }
    given = [word for field, value in words.items() for word in (OPTIONS[field], value)]
    given += ["--gpu", "L4", "--gpu", "A10G", "--terms", "spot", "--terms", "reserved-1y"]
    scenario = answer("plan", *given, "--marketplace", "--pay-only-for-hours")["scenario"]
    assert scenario == Scenario(
        name="Claims",
        documents_per_year=1e6,
        input_tokens=4000,
        output_tokens=100,
        model="Qwen/Qwen3-8B",
        quantization="none",
        gpus=("L4", "A10G"),
        budget_usd_per_year=90_000,
        latency_p95_s=500,
        peak_factor=2,
        hours_per_week=60,
        terms=("spot", "reserved-1y"),
        include_marketplace=True,
        pay_only_for_hours=True,
        spare_replicas=1,
        min_replicas=2,
        spread_over="region",
        confidence=0.9,
        engine_version="0.15.1",
    ).model_dump(mode="json")


def test_help_states_the_defaults_of_a_scenario() -> None:
    text = " ".join(run("plan", "--help").stdout.split())
    defaults = Scenario()
    for field in ("documents_per_year", "peak_factor", "hours_per_week", "confidence"):
        assert f"[default: ({getattr(defaults, field):g})]".replace("2e+07", "20000000") in text
    for field in ("input_tokens", "output_tokens", "model", "spare_replicas"):
        assert f"[default: ({getattr(defaults, field)})]" in text
    assert f"[default: ({defaults.terms[0]})]" in text
    assert defaults.terms == ("on-demand",)


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--documents-per-year", "1e18", "it must be at most 1,000,000,000,000"),
        ("--documents-per-year", "nan", "it must be a finite number"),
        ("--documents-per-year", "inf", "it must be a finite number"),
        ("--documents-per-year", "-1", "it must be greater than 0"),
        ("--documents-per-year", "0", "it must be greater than 0"),
        ("--documents-per-year", "many", "it must be a valid number"),
        ("--budget", "0", "it must be greater than 0"),
        ("--latency-p95", "-inf", "it must be a finite number"),
        ("--peak-factor", "0.5", "it must be at least 1"),
        ("--hours-per-week", "169", "it must be at most 168"),
        ("--confidence", "1", "it must be at most 0.99"),
        ("--terms", "weekly", "it must be 'on-demand', 'spot', 'reserved-1y'"),
        ("--input-tokens", "9000000", "it must be at most 2,000,000"),
        ("--spare-replicas", "1.5", "it must be a valid integer"),
        ("--engine-version", "x" * 51, "it must have at most 50 characters"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_option(
    option: str, value: str, said: str
) -> None:
    line = complaint("plan", option, value)
    assert line.startswith(f"Error: {option}: ")
    assert said in line
    assert line.endswith("; see: planner plan --help")


@pytest.mark.parametrize("given", ["nothing", "T4,L4", "", "A100"])
def test_a_card_that_is_not_one_is_refused(given: str) -> None:
    complaint("plan", "--gpu", given)


def test_a_wrong_file_is_refused_even_where_an_option_overrides_it(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("budget_usd_per_year: -1\n")
    assert f"{file}, line 1: budget_usd_per_year" in complaint("plan", str(file), "--budget", "5")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("hardware: {gpus: [L4, Q100]}", "line 2: gpu 'Q100' is not one GPU of the catalogue"),
        ("hardware: {}\nmodel: nobody/nothing", "line 3: model 'nobody/nothing'"),
        ("engine_version: banana", "line 2: engine version 'banana' is not a version"),
        ("rope_scaling: foo", "line 2: rope scaling 'foo' is not understood"),
        ("max_model_len: 20", "line 2: a document of 8,000 tokens in"),
    ],
)
def test_a_value_that_planning_refuses_is_told_with_its_line(
    tmp_path: Path, fields: str, said: str
) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(f"schema_version: 2\n{fields}\n")
    assert f"{file}, {said}" in complaint("plan", str(file))


def test_a_value_that_an_option_states_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("gpus: [L4]\n")
    line = complaint("plan", str(file), "--gpu", "Q100")
    assert "'Q100'" in line
    assert str(file) not in line


def test_paper_without_a_report_is_refused() -> None:
    assert "give --pdf FILE too" in complaint("plan", *ARTICLE, "--paper", "letter")


@pytest.mark.slow
def test_the_report_states_the_plans_figures(tmp_path: Path) -> None:
    file = tmp_path / "sizing.pdf"
    plan = answer(*ARTICLE, "--name", "Claims 2027", "--pdf", str(file), "--paper", "letter")
    pages = PdfReader(file).pages
    assert round(float(pages[0].mediabox.width)) == 612
    text = "\n".join(page.extract_text() for page in pages)
    assert "Claims 2027" in text
    assert f"{plan['recommended']['cost_usd_per_year']:,.0f}" in text
    assert os.listdir(tmp_path) == ["sizing.pdf"]


@pytest.mark.slow
def test_a_report_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    assert "cannot be written" in complaint(*ARTICLE, "--json", "--pdf", str(tmp_path))
    assert "cannot be written" in complaint(*ARTICLE, "--pdf", str(tmp_path / "no" / "x.pdf"))
    assert os.listdir(tmp_path) == []


def test_the_files_of_the_deployment_run_the_recommended_command(tmp_path: Path) -> None:
    folder = tmp_path / "deploy"
    plan = answer(*ARTICLE, "--gpu", "L4", "--deploy", str(folder))
    assert sorted(os.listdir(folder)) == ["compose.yaml", "kubernetes.yaml", "skypilot.yaml"]
    assert plan["deployment_files"] == {
        name: (folder / name).read_text() for name in os.listdir(folder)
    }
    [item] = plan["recommended"]["fleet"]
    [deployment] = [
        document
        for document in yaml.safe_load_all((folder / "kubernetes.yaml").read_text())
        if document["kind"] == "Deployment"
    ]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert deployment["spec"]["replicas"] == item["replicas"]
    options = shlex.split(item["vllm_command"])[3:]
    assert container["args"][1:] == options


def test_nothing_is_deployed_if_nothing_is_feasible(tmp_path: Path) -> None:
    result = run(*ARTICLE, "--gpu", "L4", "--budget", "1", "--deploy", str(tmp_path / "deploy"))
    assert result.exit_code == 1
    assert "no configuration is recommended" in result.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_a_report_may_go_to_a_device() -> None:
    assert run(*ARTICLE, "--pdf", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()


@pytest.mark.slow
def test_the_report_measures_around_the_file_of_the_scenario_unless_an_option_changed_it(
    tmp_path: Path,
) -> None:
    file, pdf = tmp_path / "claims.yaml", tmp_path / "sizing.pdf"
    file.write_text("quantization: awq\ngpu: L4\ninput_tokens: 4000\n")
    for words, told in (((), str(file)), (("--output-tokens", "200"), "scenario.yaml")):
        run("plan", str(file), *words, "--pdf", str(pdf))
        text = "".join(page.extract_text() for page in PdfReader(pdf).pages)
        command = "".join(text.split("planner calibrate", 1)[1].replace("\\", "").split())
        assert f"--workload{told}" in command


@pytest.mark.slow
def test_lengths_deadline_and_growth_are_options() -> None:
    words = (
        *("plan", "--gpu", "A100 80GB", "--quantization", "awq", "--input-p95", "20000"),
        *("--output-p95", "150", "--hours-per-week", "84", "--done-within-h", "24"),
        *("--growth", "0.5", "--years", "2", "--documents-per-year", "100000000"),
    )
    found = answer(*words)
    assert found["schema_version"] == 2
    assert found["scenario"]["input_spread"]["p95"] == 20000
    assert [year["documents"] for year in found["years"]] == [1e8, 1.5e8]
    best = found["recommended"]
    assert best["backlog"]["longest_h"] <= 24
    [item] = best["fleet"]
    assert item["max_model_len"] == 32768
    assert 0.005 < item["share_too_long"] < 0.02
    assert item["serves"] == [{"class": "documents", "share": 1.0}]


def test_an_option_of_one_class_does_not_override_a_file_of_several(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        "schema_version: 2\nclasses:\n"
        "  - {name: a, documents_per_year: 1000, input_tokens: 100, output_tokens: 10}\n"
        "  - {name: b, documents_per_year: 1000, input_tokens: 200, output_tokens: 10}\n"
    )
    said = complaint("plan", str(file), "--input-tokens", "500")
    assert "--input-tokens was given, and the file has 2 classes" in said


@pytest.mark.parametrize(
    ("field", "own", "other"), [("model", "acme/one", "acme/two"), ("quantization", "awq", "fp8")]
)
def test_an_option_does_not_override_what_a_class_states_itself(
    field: str, own: str, other: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(
        "schema_version: 2\nclasses:\n"
        "  - {name: a, documents_per_year: 1000, input_tokens: 100, output_tokens: 10}\n"
        "  - {name: b, documents_per_year: 1000, input_tokens: 200, output_tokens: 10, "
        f"{field}: {own}}}\n"
    )
    said = complaint("plan", str(file), f"--{field}", other)
    assert f"--{field} was given, and the class b of the file has its own {field}" in said


FOLLOWED = """
schema_version: 2
quantization: awq
classes: [{documents_per_year: 200000000, input_tokens: 8000, output_tokens: 150}]
arrivals: {hours_per_week: 168, peak_factor: 1.5}
hardware: {gpus: [L4], terms: [on-demand, reserved-3y], follow_load: true}
"""


@pytest.mark.slow
def test_a_file_has_machines_that_follow_the_load_and_a_reserved_base(tmp_path: Path) -> None:
    file = tmp_path / "followed.yaml"
    file.write_text(FOLLOWED)
    best = answer("plan", str(file))["recommended"]
    [item] = best["fleet"]
    reserved, others = best["cost_lines"]
    assert reserved["name"].startswith(f"{item['reserved_instances']} x ")
    assert others["name"].endswith(", on-demand, while the load needs them")
    assert best["commitment_usd"] == pytest.approx(3 * reserved["usd_per_year"])
    typed = ("--documents-per-year", "200e6", "--peak-factor", "1.5", "--hours-per-week", "168")
    terms = ("--terms", "on-demand", "--terms", "reserved-3y", "--quantization", "awq")
    again = answer("plan", *typed, *terms, "--gpu", "L4", "--follow-load")["recommended"]
    assert again["cost_usd_per_year"] == best["cost_usd_per_year"]
