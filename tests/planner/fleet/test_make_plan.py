"""Plans for the article's case, and for the cases where nothing fits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaged import packaged_catalog, packaged_forecaster

from planner.catalog.lookup import Catalog
from planner.entered.cost_item import CostItem
from planner.errors import InputError
from planner.fleet.make_plan import make_plan
from planner.fleet.plan import MissesLimits, Option, Plan, Remedy
from planner.fleet.refusals import DoesNotFit, RefusedByVllm
from planner.fleet.scenario import Scenario
from planner.forecast.forecaster import Forecaster
from planner.wording.why_not import infeasible_sentence, reason_of
from planner.workload.length_spread import LengthSpread

CATALOG = packaged_catalog()


def article_case(**changes: object) -> Scenario:
    return Scenario.model_validate(
        {"quantization": "awq", "budget_usd_per_year": 30_000, **changes}
    )


EQUAL_LENGTHS = {
    "input_spread": LengthSpread(fixed=True),
    "output_spread": LengthSpread(fixed=True),
}


def plan_for(**changes: object) -> Plan:
    return make_plan(article_case(**changes), packaged_forecaster(), CATALOG)


ESTIMATE = ("estimate",)
"""Terms that ask for the article's own figures of 2024, at which nobody sells."""


def on(result: Plan, gpu: str, tier: str | None = None) -> list[Option]:
    return [
        option
        for option in result.options
        if option.fleet[0].gpu == gpu and (tier is None or option.fleet[0].price_offer.tier == tier)
    ]


def test_one_a100_carries_the_articles_volume_at_the_articles_price() -> None:
    option = on(plan_for(terms=ESTIMATE), "A100 80GB", "article")[0]
    item = option.fleet[0]
    assert (item.replicas, item.gpu_count, item.price_offer.usd_per_year) == (1, 1, 30_000)
    assert option.cost_usd_per_year == 30_000
    assert option.meets.all
    assert 20e6 < option.capacity_documents_per_year.value < 30e6
    assert option.capacity_documents_per_year.low < option.capacity_documents_per_year.high
    assert option.basis == "reference"


def test_three_times_the_volume_takes_more_a100s_and_breaks_the_budget() -> None:
    option = on(plan_for(documents_per_year=60_000_000, terms=ESTIMATE), "A100 80GB", "article")[0]
    assert option.fleet[0].replicas > 1
    assert option.obstacles == ("budget",)
    assert option.cost_usd_per_year > 30_000


@pytest.mark.slow
def test_a_card_whose_every_option_is_too_dear_is_listed_with_its_reason() -> None:
    result = plan_for(documents_per_year=60_000_000)
    why = {entry.gpu: entry.why for entry in result.infeasible}
    assert why["A100 80GB"] == MissesLimits(on(result, "A100 80GB")[0])


def test_t4_and_rtx_3090_appear_with_their_own_numbers() -> None:
    result = plan_for(budget_usd_per_year=None, terms=ESTIMATE)
    a100, t4, rtx = (on(result, gpu, "article")[0] for gpu in ("A100 80GB", "T4", "RTX 3090"))
    assert t4.fleet[0].replicas > rtx.fleet[0].replicas > a100.fleet[0].replicas
    # the article: 12 tokens/s at 4 parallel requests = 2.5 million documents a year and card
    per_card = t4.capacity_documents_per_year.value / t4.fleet[0].replicas
    assert per_card == pytest.approx(12 / 150 * 31_536_000, rel=0.15)


def test_the_articles_two_prices_of_the_t4_are_both_kept() -> None:
    options = on(plan_for(terms=ESTIMATE), "T4", "article")
    prices = {o.fleet[0].price_offer.usd_per_year for o in options}
    assert prices == {5_000, 10_000}


@pytest.mark.slow
def test_a_v100_says_that_its_engine_has_no_awq_kernels() -> None:
    entry = next(e for e in plan_for().infeasible if e.gpu == "V100 16GB")
    assert entry.quantization == "awq"
    assert isinstance(entry.why, RefusedByVllm)
    assert "AWQ" in entry.why.reasons[0]
    assert "0.15.1" in entry.why.reasons[0]


def test_feasible_options_come_first_and_the_cheapest_first() -> None:
    options = plan_for().options
    feasible = [option for option in options if option.meets.all]
    assert list(options[: len(feasible)]) == feasible
    costs = [option.cost_usd_per_year for option in feasible]
    assert costs == sorted(costs)


@pytest.mark.slow
def test_the_articles_answer_time_is_kept_with_the_confidence_asked_for() -> None:
    # one A100 answers within 30 s with 65 % probability, two with nearly all
    one, two = (
        next(
            o for o in on(plan_for(latency_p95_s=30), "A100 80GB PCIe") if o.fleet[0].replicas == n
        )
        for n in (1, 2)
    )
    assert one.latency_s.p95 is not None
    assert one.latency_s.p95 < 30
    assert 0.5 < one.probability.all < 0.8
    assert one.meets.volume
    assert not one.meets.latency
    assert (two.cost_usd_per_year, two.meets.all) == (23_652, True)
    assert two.probability.all > 0.99


@pytest.mark.slow
def test_every_verdict_is_a_probability_against_the_confidence() -> None:
    result = plan_for(latency_p95_s=20, confidence=0.9, budget_usd_per_year=20_000)
    for option in result.options:
        found, meets = option.probability, option.meets
        assert found.latency is not None
        assert found.budget is not None
        assert meets.volume == (found.volume >= 0.9 - 1e-6)
        assert meets.latency == (found.latency >= 0.9 - 1e-6)
        assert meets.budget == (found.budget == 1.0)
        assert found.all == min(found.volume, found.latency, found.budget)


def test_the_recommendation_is_the_cheapest_that_is_sure_enough() -> None:
    result = plan_for(measured_premium=1)
    best = result.recommended
    assert best is not None
    assert best.probability.all >= 0.8
    cheaper = [o for o in result.options if o.cost_usd_per_year < best.cost_usd_per_year]
    assert all(o.probability.all < 0.8 for o in cheaper)


@pytest.mark.slow
def test_what_was_measured_is_worth_a_premium_and_not_everything() -> None:
    # an RTX 6000 Ada at $6,920 was never measured; an A100 40GB at 1.65 times its cost was
    usual, generous = plan_for(), plan_for(measured_premium=1.7)
    for best in (usual.recommended, usual.cheapest_measured, generous.cheapest_sure):
        assert best is not None
    assert usual.recommended is not None
    assert not usual.recommended.is_measured
    assert usual.cheapest_sure is None
    assert generous.recommended == usual.cheapest_measured
    assert generous.cheapest_sure == usual.recommended
    assert generous.cheapest_measured is None
    bold = plan_for(measured_premium=1.7, accept_extrapolated=True)
    assert bold.recommended == usual.recommended


def test_nothing_feasible_is_an_answer_with_what_would_help() -> None:
    result = plan_for(budget_usd_per_year=1_000)
    assert result.recommended is None
    assert [remedy.changed for remedy in result.remedies] == ["budget"]


def remedy_for(result: Plan, changed: str) -> Remedy:
    return next(remedy for remedy in result.remedies if remedy.changed == changed)


def test_the_budget_that_is_named_as_help_does_help() -> None:
    budget = remedy_for(plan_for(budget_usd_per_year=1_000), "budget").value
    assert plan_for(budget_usd_per_year=budget).recommended is not None


@pytest.mark.slow
@pytest.mark.parametrize(
    "limits",
    [
        {"budget_usd_per_year": 30_000},
        {"budget_usd_per_year": 30_000, "latency_p95_s": 60},
        {"budget_usd_per_year": 30_000, "spare_replicas": 1},
        {"latency_p95_s": 0.9},
        {"budget_usd_per_year": 40_000, "latency_p95_s": 12, "peak_factor": 3},
    ],
)
def test_what_is_named_as_help_leads_to_a_recommendation(limits: dict[str, object]) -> None:
    case = {
        "documents_per_year": 100_000_000,
        "gpus": ("A100 80GB", "L4", "A40"),
        "budget_usd_per_year": None,
        **limits,
    }
    found = plan_for(**case).remedies
    assert found
    for remedy in found:
        result = make_plan(remedy.scenario, packaged_forecaster(), CATALOG)
        assert result.recommended is not None
        assert (result.cheapest_sure or result.recommended) == remedy.option


@pytest.mark.slow
def test_a_budget_that_helps_is_minimal() -> None:
    budget = remedy_for(plan_for(budget_usd_per_year=1_000), "budget").value
    assert plan_for(budget_usd_per_year=budget).recommended is not None
    assert plan_for(budget_usd_per_year=budget - 1.01).recommended is None


@pytest.mark.slow
def test_an_answer_time_below_that_of_an_idle_replica_is_an_obstacle_with_its_reason() -> None:
    option = on(plan_for(latency_p95_s=0.5), "A100 80GB")[0]
    assert "latency" in option.obstacles
    assert option.unloaded_latency_s > 0.5


@pytest.mark.slow
def test_an_answer_time_limit_is_kept_by_what_is_recommended() -> None:
    result = plan_for(latency_p95_s=15, peak_factor=2)
    assert result.recommended is not None
    assert result.recommended.latency_s.p95 is not None
    assert result.recommended.latency_s.p95 <= 15


def test_other_costs_are_in_the_cost_and_count_against_the_budget() -> None:
    people = CostItem(name="people", amount=25_000)
    plain, dear = plan_for(terms=ESTIMATE), plan_for(terms=ESTIMATE, other_costs=(people,))
    before, after = (on(p, "A100 80GB", "article")[0] for p in (plain, dear))
    assert after.cost_usd_per_year == before.cost_usd_per_year + 25_000
    assert after.obstacles == ("budget",)


def test_only_the_cards_asked_for_are_considered() -> None:
    result = plan_for(gpus=("T4", "NVIDIA A100-SXM4-80GB"))
    assert {o.fleet[0].gpu for o in result.options} == {"T4", "A100 80GB"}


@pytest.mark.slow
def test_a_reservation_is_considered_only_if_wanted() -> None:
    assert {o.fleet[0].price_offer.terms for o in plan_for().options} == {"on-demand"}
    wanted = plan_for(terms=("on-demand", "reserved-3y"))
    assert "reserved-3y" in {o.fleet[0].price_offer.terms for o in wanted.options}


@pytest.mark.slow
def test_the_command_has_what_the_card_needs() -> None:
    command = on(plan_for(**EQUAL_LENGTHS), "T4")[0].fleet[0].vllm_command
    assert command[:3] == ("vllm", "serve", "./Mistral-7B-Instruct-v0.2-awq")
    assert "--quantization" not in command  # vLLM reads it from the checkpoint
    assert command[3:5] == ("--max-model-len", "8192")  # 8,150 rounded up to 256
    assert command[-2:] == ("--dtype", "half")


def test_documents_longer_than_the_model_can_hold_are_refused() -> None:
    with pytest.raises(InputError, match="exceeds the 32,768 tokens"):
        plan_for(input_tokens=40_000)


def test_an_unknown_model_or_card_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="A100 80GB"):
        plan_for(gpus=("A100 8GB",))
    with pytest.raises(InputError, match="Mistral-7B-Instruct"):
        plan_for(model="mistralai/Mistral-7B-Instruct-v9")


@pytest.mark.slow
@given(
    st.floats(1, 1e12),
    st.integers(1, 30_000),
    st.integers(1, 2_000),
    st.floats(1, 20),
    st.floats(1, 168),
    st.one_of(st.none(), st.floats(0.1, 1000)),
)
@settings(max_examples=25, deadline=None)
def test_any_scenario_gets_a_plan_that_adds_up(
    documents: float, inputs: int, outputs: int, peak: float, hours: float, limit: float | None
) -> None:
    result = plan_for(
        documents_per_year=documents,
        input_tokens=inputs,
        output_tokens=outputs,
        peak_factor=peak,
        hours_per_week=hours,
        latency_p95_s=limit,
        gpus=("A100 80GB", "T4", "L4"),
    )
    for option in result.options:
        item = option.fleet[0]
        assert option.cost_usd_per_year == pytest.approx(
            item.instances * item.price_offer.usd_per_year
        )
        assert item.instances * (item.price_offer.gpu_count // item.gpu_count) >= item.replicas
        assert 0 <= option.probability.all <= 1
        assert option.utilization <= 1 / peak + 1e-6
        assert option.meets.all == (option.obstacles == ())
        assert (reason_of(result.scenario, option) is None) == option.meets.all
        if option.latency_s.p95 is not None and option.latency_s.p50 is not None:
            assert option.latency_s.p50 <= option.latency_s.p95


@pytest.mark.slow
def test_a_busier_hour_or_fewer_hours_never_take_fewer_machines() -> None:
    def replicas(**changes: object) -> int:
        return on(plan_for(budget_usd_per_year=None, **changes), "L4")[0].fleet[0].replicas

    assert replicas() <= replicas(peak_factor=2) <= replicas(peak_factor=2, hours_per_week=40)


@pytest.mark.slow
def test_one_spare_is_exactly_one_machine_more_and_never_pays_for_sureness() -> None:
    def sizes(spares: int) -> list[int]:
        result = plan_for(
            documents_per_year=150_000_000, budget_usd_per_year=None, spare_replicas=spares
        )
        found = [o for o in on(result, "A100 80GB") if o.meets.all]
        return [o.fleet[0].instances for o in found if o.fleet[0].price_offer.gpu_count == 1]

    without, one, two = sizes(0), sizes(1), sizes(2)
    assert min(without) > 1
    assert one == [n + 1 for n in without]
    assert two == [n + 2 for n in without]


@pytest.mark.slow
def test_with_the_spare_machine_down_a_fleet_is_as_sure_as_without_it() -> None:
    case = {"documents_per_year": 140_000_000, "budget_usd_per_year": None, "latency_p95_s": 30}
    [plain, spared] = [
        next(o for o in on(plan_for(**case, spare_replicas=n), "A100 80GB") if o.meets.all)
        for n in (0, 1)
    ]
    assert spared.probability_one_down == plain.probability
    assert spared.probability.all > plain.probability.all
    assert plain.probability_one_down.all < plain.probability.all
    # 7 machines of 99.5 % each: 0.995^7; with one more at most one of 8 is down
    assert plain.fleet[0].instances == 7
    assert plain.availability == pytest.approx(0.995**7)
    assert spared.availability == pytest.approx(0.995**8 + 8 * 0.995**7 * 0.005)


def test_a_rented_machine_is_filled_with_replicas_and_split_only_where_that_pays() -> None:
    small = plan_for(budget_usd_per_year=None, gpus=("H200",))
    assert small.options
    for item in (o.fleet[0] for o in small.options):
        assert (item.gpu_count, item.replicas) == (1, item.instances * item.price_offer.gpu_count)
    large = plan_for(
        model="meta-llama/Meta-Llama-3.1-405B", quantization="fp8", budget_usd_per_year=None,
        gpus=("H200",),
    )  # fmt: skip
    for item in (o.fleet[0] for o in large.options):
        machine = item.price_offer.gpu_count
        assert (item.gpu_count, item.replicas) == (4, item.instances * machine // 4)


@pytest.mark.slow
def test_a_larger_split_is_taken_where_only_it_answers_in_time() -> None:
    case = {"quantization": "none", "budget_usd_per_year": None, "gpus": ("A100 80GB",)}
    case |= EQUAL_LENGTHS
    loose, tight = plan_for(**case, latency_p95_s=60), plan_for(**case, latency_p95_s=1.6)
    for result in (loose, tight):
        assert result.recommended is not None
    assert loose.recommended is not None
    assert tight.recommended is not None
    assert loose.recommended.fleet[0].gpu_count == 1
    assert tight.recommended.fleet[0].gpu_count > 1


@pytest.mark.slow
def test_short_documents_run_with_more_requests_than_usual() -> None:
    short = {"input_tokens": 300, "output_tokens": 60, "documents_per_year": 1e10}
    item = on(plan_for(**short, quantization="none"), "H100 SXM")[0].fleet[0]
    assert 256 < item.concurrency <= 1024
    assert item.vllm_command[-2:] == ("--max-num-seqs", str(item.concurrency))
    assert on(plan_for(quantization="none"), "H100 SXM")[0].fleet[0].concurrency <= 256


def test_a_fleet_between_likely_and_sure_is_listed_if_the_budget_pays_for_it() -> None:
    case = {"documents_per_year": 400_000_000, "gpus": ("L4",), "confidence": 0.99}
    free = plan_for(**case, budget_usd_per_year=None)
    [cheap] = {o.fleet[0].price_offer.id for o in free.options[:1]}
    likely, sure = sorted(
        o.fleet[0].instances for o in free.options if o.fleet[0].price_offer.id == cheap
    )
    price = free.options[0].fleet[0].price_offer.usd_per_year
    result = plan_for(**case, budget_usd_per_year=(likely + 2.5) * price)
    assert likely + 2 < sure
    found = [o.fleet[0].instances for o in result.options if o.fleet[0].price_offer.id == cheap]
    assert sorted(found) == [likely, likely + 2, sure]


@pytest.mark.slow
def test_a_fleet_is_never_used_to_the_full_in_the_busiest_hour() -> None:
    for option in plan_for(peak_factor=2, budget_usd_per_year=None).options:
        assert 2 * option.utilization <= 0.95 + 1e-6
    tight = plan_for(peak_factor=2, budget_usd_per_year=None, max_utilization=0.5)
    assert all(2 * option.utilization <= 0.5 + 1e-6 for option in tight.options)


def test_a_replica_larger_than_every_machine_on_offer_is_told() -> None:
    result = plan_for(gpus=("GH200",), pipeline_parallel_size=64)
    [entry] = result.infeasible
    assert infeasible_sentence(result.scenario, entry) == (
        "a replica takes 64 GPUs, and the largest machine on offer has 1."
    )


def test_a_model_too_large_for_every_machine_is_told_of_the_largest_one() -> None:
    """671 billion parameters of a byte are 625 GiB: a ninth card of 79 GiB is missing."""
    gpus = ["H100 SXM", "H200"]
    result = plan_for(model="deepseek-ai/DeepSeek-R1", gpus=gpus, quantization="fp8")
    entry = next(entry for entry in result.infeasible if entry.gpu == "H100 SXM")
    assert entry.gpu_count == 8
    assert isinstance(entry.why, DoesNotFit)
    assert entry.why.remedy == (
        "GPUs with more memory, or a second machine with --pipeline-parallel-size 2"
    )


@pytest.mark.parametrize(
    ("model", "gpu", "limit_s", "share"),
    [
        # at this share of the speed the p95 of a replica that is hardly used is the limit
        ("Qwen/Qwen2.5-14B-Instruct", "RTX 6000 Ada", 90.0, 0.28),
        ("Qwen/Qwen2.5-7B-Instruct", "H100 SXM", 20.0, 0.236),
    ],
)
def test_a_fleet_that_is_sure_answers_in_time_at_the_least_speed_that_it_asks_for(
    model: str,
    gpu: str,
    limit_s: float,
    share: float,
    forecaster: Forecaster,
    catalog: Catalog,
) -> None:
    scenario = Scenario(
        model=model, quantization="none", gpus=(gpu,), documents_per_year=1e4,
        input_tokens=3_000, output_tokens=500, latency_p95_s=limit_s,
    )  # fmt: skip
    found = make_plan(scenario, forecaster, catalog).recommended
    assert found is not None
    assert found.without_spares.work == 1.0
    assert found.latency_s.p95 is not None
    assert found.latency_s.p95 / limit_s == pytest.approx(share, rel=0.02)
    assert found.least_speed_share > share
