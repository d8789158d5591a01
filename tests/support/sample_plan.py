"""A plan and its evidence made up by hand, for tests of what shows a plan.

Every figure here is invented for the tests; none is a measurement, a price or
a forecast.
"""

from __future__ import annotations

from dataclasses import replace

from planner.catalog.price_offer import PriceOffer
from planner.entered.cost_item import CostItem
from planner.fleet.plan import FleetItem, Infeasible, Lever, Option, Plan, Remedy
from planner.fleet.refusals import RefusedByVllm
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import Limit, Meets
from planner.fleet.sizing import Latency
from planner.forecast.forecast_values import Basis, Interval
from planner.forecast.provenance import Provenance
from planner.money.cost_line import CostLine
from planner.records.measurement import COLUMNS, Measurement
from planner.sureness.probability import Probability

SCENARIO = Scenario(
    name="Claims 2027",
    documents_per_year=20_000_000,
    budget_usd_per_year=30_000,
    latency_p95_s=30,
    engine_version="0.11.0",
    other_costs=(CostItem(name="Log storage", amount=240),),
)


def offer(
    gpu: str, usd_per_hour: float, provider: str = "Fixture Cloud", gpu_count: int = 1
) -> PriceOffer:
    return PriceOffer(
        id=f"{provider}-{gpu}-{gpu_count}".lower().replace(" ", "-"),
        provider=provider,
        instance=f"fx.{gpu_count}x",
        gpu=gpu,
        gpu_count=gpu_count,
        terms="on-demand",
        region="eu-test-1",
        usd_per_hour=usd_per_hour,
        usd_per_year=usd_per_hour * 8760,
        tier="list",
        as_of="2026-07-20",
        source="example.org/price-list (test fixture)",
    )


def fleet_item(gpu: str, replicas: int, usd_per_hour: float, concurrency: int) -> FleetItem:
    return FleetItem(
        gpu=gpu,
        gpu_count=1,
        replicas=replicas,
        instances=replicas,
        quantization="awq",
        concurrency=concurrency,
        price_offer=offer(gpu, usd_per_hour),
        vllm_command=(
            *("vllm", "serve", "mistralai/Mistral-7B-Instruct-v0.2", "--quantization", "awq"),
            *("--dtype", "half", "--max-model-len", "8192", "--max-num-seqs", str(concurrency)),
            *("--gpu-memory-utilization", "0.90", "--host", "127.0.0.1"),
        ),
    )


MEASURED = Provenance(
    gpus_asked=1,
    gpu=18,
    quantization=18,
    model_shape=18,
    model_size=18,
    gpu_count=18,
    engine=18,
    kv_format=18,
    alike=18,
    of_kind=18,
    engine_stated=18,
    engines=(),
)


def option(
    item: FleetItem,
    capacity: tuple[float, float, float],
    probability: float,
    utilization: float,
    p95: float | None,
    basis: Basis,
    obstacles: tuple[Limit, ...] = (),
) -> Option:
    cost = item.price_offer.usd_per_year * item.instances
    sure = Probability(
        volume=probability,
        latency=0.1 if "latency" in obstacles else probability,
        budget=0.0 if "budget" in obstacles else 1.0,
    )
    return Option(
        fleet=(item,),
        cost_lines=(CostLine("GPUs", cost, "fixture"),),
        cost_usd_per_year=cost,
        cost_usd_per_1000_documents=cost / SCENARIO.documents_per_year * 1000,
        capacity_documents_per_year=Interval(*capacity),
        probability=sure,
        one_down=lambda: replace(sure, volume=0.0, latency=0.0),
        availability=0.995,
        utilization=utilization,
        answers=lambda: Latency(p50=None if p95 is None else p95 * 0.62, p95=p95),
        unloaded_latency_s=1.2,
        meets=Meets(
            volume="volume" not in obstacles,
            latency="latency" not in obstacles,
            budget="budget" not in obstacles,
        ),
        basis=basis,
        sources=("fixture-lab",) if basis != "extrapolated" else (),
        binding_limit="prefill",
        provenance=MEASURED if basis == "reference" else None,
        seconds_per_request={
            "prefill": 0.9,
            "weights": 0.06,
            "kv_cache": 0.1,
            "decode": 0.02,
            "overhead": 0.12,
        },
    )


def less_sure(of: Option, probability: float) -> Option:
    """The option if it kept up with a probability below the scenario's confidence."""
    sure = replace(of.probability, volume=probability)
    return replace(of, probability=sure, meets=replace(of.meets, volume=False))


A100 = option(
    fleet_item("A100 80GB", 1, 3.3968, 16), (26.1e6, 22.0e6, 30.4e6), 0.93, 0.766, 21.4, "reference"
)
L40S = option(
    fleet_item("L40S", 2, 1.86, 8), (30.4e6, 19.8e6, 44.0e6), 0.88, 0.66, 24.9, "extrapolated",
    ("budget",),
)  # fmt: skip
H100 = option(
    fleet_item("H100 SXM", 1, 5.98, 32), (48.2e6, 39.0e6, 58.1e6), 0.998, 0.415, 9.6, "reference",
    ("budget",),
)  # fmt: skip
RTX_3090 = option(
    fleet_item("RTX 3090", 4, 0.57, 4), (21.9e6, 15.1e6, 30.2e6), 0.64, 0.91, 48.0, "measured",
    ("latency",),
)  # fmt: skip
L4 = option(
    fleet_item("L4", 5, 0.8048, 4), (22.7e6, 17.2e6, 29.1e6), 0.73, 0.88, 61.0, "calibrated",
    ("latency", "budget"),
)  # fmt: skip
T4 = option(
    fleet_item("T4", 4, 0.526, 2), (4.1e6, 2.2e6, 7.4e6), 0.0004, 1.0, None, "extrapolated",
    ("volume", "latency"),
)  # fmt: skip

V100_REFUSAL = Infeasible(
    gpu="V100 16GB",
    gpu_count=1,
    quantization="awq",
    why=RefusedByVllm(
        ("AWQ needs compute capability 7.5 in vLLM 0.11.0; this card has 7.0.",),
        "GPTQ, or another card",
    ),
)

FEASIBLE_PLAN = Plan(
    schema_version=1,
    scenario=SCENARIO,
    model_version="fixture-1",
    recommended=A100,
    options=(A100, L40S, H100, RTX_3090, L4, T4),
    infeasible=(V100_REFUSAL,),
)

_CHEAPER = replace(A100, cost_usd_per_year=18_000.0)
LEVERS = (
    Lever("reserve", _CHEAPER, 11_755.97, SCENARIO),
    Lever("fp8_kv_cache", _CHEAPER, 11_755.97, SCENARIO),
    Lever("slower_answers", _CHEAPER, 11_755.97, SCENARIO.model_copy(update={"latency_p95_s": 60})),
)
FEASIBLE_PLAN = replace(FEASIBLE_PLAN, levers=LEVERS)

_TIGHT = SCENARIO.model_copy(update={"name": "Claims 2027, tight", "budget_usd_per_year": 15_000.0})
_A100_TOO_DEAR = replace(
    A100,
    probability=replace(A100.probability, budget=0.0),
    meets=Meets(volume=True, latency=True, budget=False),
)
INFEASIBLE_PLAN = replace(
    FEASIBLE_PLAN,
    scenario=_TIGHT,
    levers=(),
    recommended=None,
    options=(_A100_TOO_DEAR, L40S, H100, RTX_3090, L4, T4),
    remedies=(
        Remedy(
            "budget", 29_756.0, A100, SCENARIO.model_copy(update={"budget_usd_per_year": 29_756.0})
        ),
        Remedy("latency", 48.0, RTX_3090, _TIGHT.model_copy(update={"latency_p95_s": 48.0})),
        Remedy(
            "volume", 3_020_000.0, L40S, _TIGHT.model_copy(update={"documents_per_year": 3_020_000})
        ),
    ),
)

EMPTY_PLAN = replace(
    INFEASIBLE_PLAN,
    scenario=SCENARIO.model_copy(update={"gpus": ("V100 16GB",), "quantization": "awq"}),
    options=(),
    remedies=(),
)


def measurement(**figures: object) -> Measurement:
    """A load point that states what is given and nothing else."""
    stated: dict[str, object] = {
        "source_id": "fixture-lab",
        "gpu": "A100 80GB",
        "gpu_count": 1,
        "model": "mistralai/Mistral-7B-Instruct-v0.2",
        "quantization": "awq",
        "engine": "vllm",
        "engine_version": "0.6.1",
        "load": "closed_loop",
        "date": "2024-10-02",
        "source": "Fixture Lab, made-up sweep",
    }
    return Measurement(**{**dict.fromkeys(COLUMNS), **stated, **figures})  # type: ignore[arg-type]


MEASUREMENTS = (
    *(measurement(concurrency=float(n), date=f"2024-10-{n:02d}") for n in range(2, 20)),
    *(measurement(gpu="H100 SXM", engine_version="0.8.2") for _ in range(12)),
    *(measurement(source_id="other-lab", source="Other Lab", gpu="GH200") for _ in range(7)),
)
