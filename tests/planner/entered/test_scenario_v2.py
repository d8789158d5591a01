"""Scenario files of version 2: what they mean, and how they are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenario_files import read, refusal

from planner.entered.cost_item import CostItem
from planner.entered.owned_hardware import OwnedHardware
from planner.errors import InputError
from planner.fleet.scenario_file import read_scenario_file, scenario_file_text
from planner.fleet.scenario_work import classes_of

WHOLE = """\
schema_version: 2
name: Claims back office
model: mistralai/Mistral-7B-Instruct-v0.2
quantization: awq
classes:
  - name: claims
    documents_per_year: 8_000_000
    input_tokens: {mean: 8000, p95: 20000}
    output_tokens: {mean: 150, p95: 260}
    targets: {e2e_p95_s: 30, ttft_p95_s: 2, tpot_p95_ms: 60, done_within_h: 12}
arrivals: {hours_per_week: 50, peak_factor: 2}
processing: {hours_per_week: 168}
growth: {per_year: 0.2, years: 3}
limits: {budget_usd_per_year: 60000, confidence: 0.8, spare_replicas: 1}
hardware: {gpus: [A100 80GB, L4], terms: [on-demand, reserved-1y]}
costs: {storage: {amount: 1200, unit: usd_per_year, source: an invoice}}
"""

CLASS = "classes:\n  - {documents_per_year: 1000, input_tokens: 100, output_tokens: 10}\n"


def told(folder: Path, text: str) -> str:
    return str(refusal(folder, text)).removeprefix(str(folder))


def test_the_only_class_is_the_flat_fields(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found.name == "Claims back office"
    assert (found.class_name, found.classes) == ("claims", ())
    assert (found.documents_per_year, found.input_tokens, found.output_tokens) == (8e6, 8000, 150)
    assert found.input_spread is not None
    assert found.input_spread.p95 == 20000
    assert (found.latency_p95_s, found.ttft_p95_s, found.tpot_p95_ms) == (30, 2, 60)
    assert (found.done_within_h, found.processing_hours_per_week) == (12, 168)
    assert (found.hours_per_week, found.peak_factor) == (50, 2)
    assert (found.growth_per_year, found.years) == (0.2, 3)
    assert (found.budget_usd_per_year, found.confidence, found.spare_replicas) == (60000, 0.8, 1)
    assert (found.gpus, found.terms) == (("A100 80GB", "L4"), ("on-demand", "reserved-1y"))
    assert found.other_costs == (CostItem(name="storage", amount=1200, source="an invoice"),)


def test_several_classes_have_their_total_and_means_beside_them(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "schema_version: 2\nclasses:\n"
        "  - {name: a, documents_per_year: 3000000, input_tokens: {fixed: 2000}, "
        "output_tokens: 100}\n"
        "  - {name: b, documents_per_year: 1.0e+6, input_tokens: 12000, output_tokens: 200}\n",
    )
    assert (found.documents_per_year, found.input_tokens, found.output_tokens) == (4e6, 4500, 125)
    first, second = classes_of(found)
    assert first.inputs.is_fixed
    assert (first.documents_per_year, second.documents_per_year) == (3e6, 1e6)
    assert second.default_spread


def test_what_is_written_is_what_was_read(tmp_path: Path) -> None:
    for text in (
        WHOLE,
        WHOLE.replace("costs:", "  # \ncosts:").replace(
            "arrivals: {hours_per_week: 50, peak_factor: 2}",
            'arrivals: {days: [mon, Tuesday], from: "08:00", to: "18:00"}',
        ),
    ):
        found = read(tmp_path, text)
        assert read(tmp_path, scenario_file_text(found)) == found


@pytest.mark.parametrize(
    ("volume", "documents"),
    [
        ("requests_per_s: 2", 2 * 3600 * 8760),  # day and night
        ("users: {count: 400, requests_per_hour: 12}", 400 * 12 * 8760),
    ],
)
def test_a_volume_may_be_a_rate_or_people(tmp_path: Path, volume: str, documents: float) -> None:
    text = f"schema_version: 2\n{CLASS}".replace("documents_per_year: 1000", volume)
    assert read(tmp_path, text).documents_per_year == documents
    half = read(tmp_path, text + "arrivals: {hours_per_week: 84}\n")
    assert half.documents_per_year == documents / 2


def test_daily_hours_are_the_hours_a_week(tmp_path: Path) -> None:
    text = f"schema_version: 2\n{CLASS}arrivals: {{days: [fri, mon], from: '22:00', to: '06:00'}}\n"
    found = read(tmp_path, text)
    assert found.hours_per_week == 16
    assert found.arrival_hours is not None
    assert found.arrival_hours.days == ("mon", "fri")


@pytest.mark.parametrize("name", ["lengths.csv", "lengths.jsonl"])
def test_a_sample_is_read_from_its_column(tmp_path: Path, name: str) -> None:
    rows = [100, 200, 300, 1000]
    content = (
        "id,input_tokens\n" + "".join(f"x,{n}\n" for n in rows)
        if name.endswith(".csv")
        else "".join(f'{{"input_tokens": {n}}}\n' for n in rows)
    )
    (tmp_path / name).write_text(content, encoding="utf-8")
    sample = f"input_tokens: {{sample: {name}}}"
    found = read(tmp_path, f"schema_version: 2\n{CLASS}".replace("input_tokens: 100", sample))
    assert found.input_tokens == 400
    assert classes_of(found)[0].inputs.quantile(0.999) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("mean: 8000, p95: 20000", "mean: 8000, p95: 2000", "line 8: classes.0.input_tokens: p95"),
        ("mean: 8000, p95: 20000", "mean: -1", "line 8: classes.0.input_tokens.mean: -1 was"),
        ("mean: 8000, p95: 20000", "median: 1", "classes.0.input_tokens.median is not a field"),
        ("mean: 8000, p95: 20000", "p95: 1", "has p95; it must be a number (the mean)"),
        ("mean: 8000, p95: 20000", "quantiles: {0.5: 10, 1.5: 20}", "above 0 and below 1"),
        (
            "mean: 8000, p95: 20000",
            "mean: null, quantiles: {0.5: 6000, 0.95: 20000}",
            "classes.0.input_tokens: mean: nothing was given",
        ),
        (
            "mean: 8000, p95: 20000",
            "mean: 100, quantiles: {0.5: 6000, 0.95: 20000}",
            # 0.45 x 6,000 + 0.05 x 20,000; 0.5 x 6,000 + 0.45 x 20,000 + 0.05 x 2,000,000
            "mean: 100 was given; documents with these quantiles have a mean of 3,700 to 112,000",
        ),
        (
            "mean: 8000, p95: 20000",
            "mean: 13001, quantiles: {0.5: 6000, 0.95: 20000}, longest: 20000",
            "have a mean of 3,700 to 13,000 tokens",  # 0.5 x 6,000 + 0.5 x 20,000
        ),
        ("mean: 8000, p95: 20000", "sample: none.csv", "cannot be read"),
        ("documents_per_year: 8_000_000", "requests_per_s: yes", "line 7: classes.0.requests_per"),
        ("documents_per_year: 8_000_000", "model: x", "no volume was given; state one of"),
        ("e2e_p95_s: 30", "e2e_p90_s: 30", "line 10: classes.0.targets.e2e_p90_s"),
        ("hours_per_week: 50", "hours_per_week: 500", "line 11: arrivals.hours_per_week: 500"),
        ("hours_per_week: 50", "from: '8 am'", "it must be a time"),
        ("hours_per_week: 50", "days: [someday]", "line 11: arrivals.days"),
        ("per_year: 0.2", "per_year: 20", "line 13: growth.per_year: 20"),
        ("confidence: 0.8", "confidence: 80", "line 14: confidence: 80"),
        ("confidence: 0.8", "sure: 80", "line 14: limits.sure is not a field"),
        (
            "terms: [on-demand, reserved-1y]",
            "owned: [{gpu: L4}]",
            "owned.0.count is missing",
        ),
        (
            "terms: [on-demand, reserved-1y]",
            "owned: [{gpu: L4, count: 2, gpus_per_machine: 4}]",
            "owned.0.gpus_per_machine: 4 was given; it must be at most the count of GPUs",
        ),
        ("terms: [on-demand, reserved-1y]", "stock: []", "hardware.stock is not a field that can"),
        ("unit: usd_per_year", "unit: eur", "line 16: costs.storage.unit: 'eur'"),
        ("costs: {", "costs: {coffee: yes, ", "line 16: costs.coffee: True was given"),
        ("costs: {", "costs: {standard: [coffee], ", "line 16: costs.standard: 'coffee' was"),
        ("name: Claims back office", "peak_factor: 2", "put it under arrivals"),
        ("schema_version: 2", "schema_version: 3", "line 1: schema_version: 3 was given"),
        ("name: claims", "color: red", "classes.0.color is not a field"),
    ],
)
def test_what_is_wrong_is_told_with_line_and_field(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert before in WHOLE
    assert said in told(tmp_path, WHOLE.replace(before, after, 1))


TWO_MODELS = (
    "schema_version: 2\nmodel: z\nquantization: awq\nclasses:\n"
    "  - {name: a, model: x, documents_per_year: 1, input_tokens: 1, output_tokens: 1}\n"
    "  - {name: b, quantization: fp8, documents_per_year: 3, input_tokens: 1, output_tokens: 1}\n"
)


def test_a_class_may_name_a_model_and_its_quantization(tmp_path: Path) -> None:
    found = read(tmp_path, TWO_MODELS)
    assert (found.model, found.quantization) == ("z", "awq")
    assert [(one.model, one.quantization) for one in found.classes] == [("x", None), (None, "fp8")]
    assert read(tmp_path, scenario_file_text(found)) == found


def test_a_model_that_all_classes_name_is_that_of_the_scenario(tmp_path: Path) -> None:
    same = TWO_MODELS.replace("quantization: fp8", "model: x").replace("model: z\n", "")
    found = read(tmp_path, same)
    assert (found.model, found.quantization) == ("x", "awq")
    assert [one.model for one in found.classes] == [None, None]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("name: b", "name: a", "line 6: classes.1.name: 'a' is given twice"),
        ("fp8", "fp9", "line 6: classes.1.quantization: 'fp9' was given; it must be"),
        ("model: x", "model: ''", "line 5: classes.0.model: '' was given"),
        (
            "classes:",
            "hardware: {fleet: [{gpu: L4, replicas: 2}]}\nclasses:",
            "line 4: fleet: a list was given; a fleet that is stated runs one model, and the "
            "classes take 2: leave fleet out, or make a scenario of the classes of each model",
        ),
    ],
)
def test_what_is_wrong_with_classes_of_several_models_is_told(
    tmp_path: Path, before: str, after: str, said: str
) -> None:
    assert said in told(tmp_path, TWO_MODELS.replace(before, after, 1))


def test_version_1_may_state_lengths_as_a_distribution(tmp_path: Path) -> None:
    found = read(tmp_path, "input_tokens: {mean: 8000, p95: 20000}\noutput_tokens: {fixed: 150}\n")
    assert found.input_tokens == 8000
    assert classes_of(found)[0].inputs.quantile(0.95) == pytest.approx(20000)
    assert classes_of(found)[0].outputs.is_fixed


SCRAPS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["mean", "p95", "quantiles", "sample", "days", "from", "count", "name", "targets"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["classes", "arrivals", "processing", "growth", "limits", "hardware", "costs", "name"]
        ),
        SCRAPS,
        max_size=4,
    )
)
def test_any_file_is_a_scenario_or_one_line_of_refusal(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]
) -> None:
    import yaml

    file = tmp_path_factory.mktemp("any") / "scenario.yaml"
    file.write_text(yaml.safe_dump({"schema_version": 2} | values), encoding="utf-8")
    message = ""
    try:
        read_scenario_file(file)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    assert len(message) < 1500


@pytest.mark.parametrize(
    ("costs", "standard", "own"),
    [
        ("{standard: true}", ("people", "storage", "egress", "non-production"), 0),
        (
            "{standard: true, people: false, tax: true}",
            ("storage", "egress", "non-production", "tax"),
            0,
        ),
        ("{standard: [people]}", ("people",), 0),
        ("{tax: true}", ("tax",), 0),
        ("{people: {amount: 150000, unit: usd_per_fte_year, quantity: 0.5}}", (), 1),
    ],
)
def test_standard_costs_are_switched_on_together_or_one_by_one(
    tmp_path: Path, costs: str, standard: tuple[str, ...], own: int
) -> None:
    found = read(tmp_path, f"schema_version: 2\n{CLASS}costs: {costs}\n")
    assert (found.standard_costs, len(found.other_costs)) == (standard, own)
    assert read(tmp_path, scenario_file_text(found)) == found


def test_owned_hardware_and_terms_are_read_and_written(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        f"schema_version: 2\n{CLASS}hardware:\n  owned: [{{gpu: RTX 3090, count: 2, watts: 210}}]\n"
        "  spot_eviction_share: 0.1\n  minimum_billed_h: 1\ndiscount_rate: 0.08\n",
    )
    assert found.owned == (OwnedHardware(gpu="RTX 3090", count=2, watts=210),)
    terms = found.spot_eviction_share, found.minimum_billed_h, found.discount_rate
    assert terms == (0.1, 1, 0.08)
    assert read(tmp_path, scenario_file_text(found)) == found
