"""``planner verify``: does a running server do what was forecast for a scenario?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from planner.catalog.model_spec import Quantization
from planner.commands.replica_options import MAX_CARDS
from planner.commands.screen import AsJson, print_json, print_table, print_text, say

if TYPE_CHECKING:
    from benchmarks.load.measured_against_forecast import Row
    from benchmarks.load.open_loop import AnsweredRequest
    from planner.commands.store_access import Known
    from planner.fleet.plan import FleetItem, Plan
    from planner.fleet.replica_forecast import ReplicaForecast
    from planner.fleet.scenario import Scenario

NO = 1
COLUMNS = ("Figure", "Measured", "Forecast", "Verdict")


@dataclass(frozen=True, slots=True)
class Expected:
    """The forecast of one replica, and the requests per second that it gets when it is busiest.

    ``scenario`` has the documents that come to it and to those like it.
    """

    scenario: Scenario
    replica: ReplicaForecast
    requests_per_s: float


def verify(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO.yaml",
            help="Scenario file, or the name under which a scenario was saved.",
        ),
    ],
    base_url: Annotated[str, typer.Option(help="Running OpenAI-compatible server: one replica.")],
    gpu: Annotated[
        str | None,
        typer.Option(
            show_default="the recommended one",
            help="GPU of the server, or cpu for this machine's processor.",
        ),
    ] = None,
    gpu_count: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_CARDS, show_default="the recommended number", help="GPUs of the server."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            show_default="the scenario's",
            help="Name under which the server serves it, or the scenario's for it.",
        ),
    ] = None,
    quantization: Annotated[
        Quantization | None,
        typer.Option(
            case_sensitive=False,
            show_default="the scenario's",
            help="Format of its weights, if classes take the model in several.",
        ),
    ] = None,
    requests: Annotated[
        int, typer.Option(min=20, max=100_000, help="Requests to send; the first tenth warm up.")
    ] = 200,
    speed: Annotated[
        float,
        typer.Option(
            min=0.001,
            max=1000,
            help="Send requests so many times as fast as in the busiest hour; the forecast is "
            "for that speed.",
        ),
    ] = 1.0,
    max_minutes: Annotated[
        float, typer.Option(min=0.1, max=10_000, help="Send no more requests after so long.")
    ] = 10.0,
    seed: Annotated[int, typer.Option(min=0, max=2**31, help="Seed of moments and lengths.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Send a scenario's busiest hour to a running server and compare it with the forecast.

    Requests arrive at random moments with the lengths and classes of the scenario, at the rate
    of one replica of the plan. Exit status 1 if the server does worse than the forecast's 90 %
    interval, or answers nothing.

    \b
    Example:
      planner verify --base-url http://127.0.0.1:8000 scenario.yaml
    """
    from benchmarks.engine.server_probe import probe
    from benchmarks.engine.target_server import api_key, other_server
    from benchmarks.load.measured_against_forecast import rows_of
    from benchmarks.load.open_loop import send_all
    from benchmarks.load.scenario_arrivals import arriving_requests
    from planner.checking.compare_command import read_named
    from planner.commands.store_access import known
    from planner.errors import InputError
    from planner.fleet.scenario_file import naming_the_line
    from planner.fleet.scenario_work import scenario_for_model, scenarios_by_model
    from planner.wording.model_fleet_sentences import models_of

    named = read_named(scenario)
    facts = known()
    with naming_the_line(named.file):
        [first, *others] = scenarios_by_model(named.scenario, facts.catalog)
        own = named.scenario.model if others else first.model
        server = other_server(base_url, bench=(), model=model or own)
        taken = (
            scenario_for_model(named.scenario, facts.catalog, name, quantization)
            for name in dict.fromkeys((server.model, model or server.model))
        )
        asked = next((one for one in taken if one is not None), None)
        if asked is None:
            raise InputError(
                f"model: no class of the scenario takes {server.model}; they take "
                f"{models_of(named.scenario)}: give the one that the server runs as --model",
                field="model",
            )
        expected = _expected(named.scenario, asked, facts, gpu, gpu_count)
    per_s = expected.requests_per_s * speed
    count = min(requests, max(2, int(per_s * 60.0 * max_minutes)))
    trouble = probe(server.base_url, server.model, api_key())
    if trouble is not None:
        raise InputError(
            f"{base_url} cannot be measured: {trouble.words}; give the address of a server that "
            "streams, counts tokens and knows ignore_eos",
            field="base_url",
        )
    deployment = expected.replica.deployment
    longest = deployment.longest_tokens
    arrivals = arriving_requests(expected.scenario, per_s, count, seed, longest)
    if count < requests:
        say(
            f"No more than {count} of {requests} requests come in {max_minutes:g} minutes; "
            "raise --speed or --max-minutes to send more."
        )
    say(f"Sending {count} requests in {arrivals[-1].at_s / 60.0:.1f} minutes to {base_url} ...")
    answered = send_all(server, arrivals, seed, prefix_share=named.scenario.prefix_hit_share)
    rows = rows_of(answered, expected.replica.pace)
    failures = [one.failure for one in answered if one.failure is not None]
    as_forecast = bool(rows) and not any(row.verdict == "worse" for row in rows)
    if as_json:
        print_json(
            {
                "base_url": server.base_url,
                "model": server.model,
                **_deployment_json(expected.replica),
                "requests": len(answered),
                "failed": len(failures),
                "first_failure": failures[0] if failures else None,
                "requests_per_s": per_s,
                "as_forecast": as_forecast,
                "rows": [_row_json(row) for row in rows],
            }
        )
    else:
        _show(expected.replica, answered, rows, failures)
    if not as_forecast:
        raise typer.Exit(NO)


def _expected(
    of_all: Scenario, scenario: Scenario, facts: Known, gpu: str | None, gpu_count: int | None
) -> Expected:
    """The replica of the plan on this GPU, with its share of the busiest hour.

    ``of_all`` are the documents of all models, whose plan is limited by one budget and by what is
    owned; ``scenario`` are those of the server's model. It is a replica of the stated fleet, if
    that has such a GPU. A processor, which no plan considers, gets the whole hour.
    """
    from dataclasses import replace

    from planner.catalog.gpu import CPU
    from planner.errors import InputError
    from planner.fleet.busiest_hour import load_of
    from planner.fleet.candidates import Candidate, engine_for, replica_of
    from planner.fleet.replica_forecast import forecast_replica
    from planner.fleet.scenario_work import requests_served
    from planner.mixing.class_mix import with_volumes
    from planner.mixing.whole_plan import whole_plan
    from planner.vllm.compatibility import check
    from planner.vllm.deployment import Deployment

    if gpu is not None and gpu.lower() == CPU:
        from benchmarks.engine.vllm_process import engine_command
        from benchmarks.hardware.cards import processor

        spec = facts.catalog.model(scenario.model)
        try:
            command = engine_command()
        except InputError:  # the server may be another engine: this Python measures the processor
            command = (sys.executable,)
        own = processor(facts.catalog, command)
        catalog = facts.catalog.with_additions([own])
        quantization = scenario.quantization or spec.native_quantization
        deployment = Deployment(own, 1, spec, quantization, engine_for(scenario, spec))
        forecaster = replace(facts, catalog=catalog).forecaster()
        replicas = 1
    else:
        forecaster = facts.forecaster()
        name = None if gpu is None else facts.catalog.gpu(gpu).name
        stated = {facts.catalog.gpu(part.gpu).name for part in scenario.fleet}
        plan, asked = whole_plan(of_all, forecaster, facts.catalog), scenario
        item = _item(plan, scenario, name, gpu_count)
        if item is None and name is not None and name not in stated:
            asked = scenario.model_copy(update={"gpus": (name,), "owned": (), "fleet": ()})
            plan = whole_plan(asked, forecaster, facts.catalog)
            item = _item(plan, asked, name, gpu_count)
        if item is None:
            raise InputError(
                "the scenario has no configuration with such a server; name its GPU with --gpu and "
                "--gpu-count, and see what is possible with planner plan"
            )
        if plan.recommended is None:
            say(
                "No configuration keeps every limit; the server is compared with the closest one. "
                "planner plan says what would help."
            )
        deployment = replica_of(item, asked, facts.catalog)
        served = {one.name: one.share * asked.documents_per_year for one in item.serves}
        scenario, replicas = with_volumes(asked, served), item.replicas
    candidate = Candidate(deployment, check(deployment), ())
    replica = forecast_replica(forecaster, candidate, requests_served(scenario, deployment))
    return Expected(scenario, replica, load_of(scenario).busiest_per_s / replicas)


def _item(
    plan: Plan, scenario: Scenario, gpu: str | None, gpu_count: int | None
) -> FleetItem | None:
    """The first replicas of the best option that run these documents on so many such GPUs."""
    from planner.mixing.sum_of_options import fleets_by_model

    options = plan.options if plan.nearest is None else (plan.nearest, *plan.options)
    for option in options:
        for own, one in fleets_by_model(plan.scenario, option):
            if own.classes != scenario.classes:
                continue
            for item in one.fleet:
                if gpu in (None, item.gpu) and gpu_count in (None, item.gpu_count):
                    return item
    return None


def _deployment_json(replica: ReplicaForecast) -> dict[str, Any]:
    deployment = replica.deployment
    return {
        "gpu": deployment.gpu.name,
        "gpu_count": deployment.gpu_count,
        "quantization": deployment.quantization,
        "concurrency": replica.pace.concurrency,
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "unit": row.unit,
        "measured": asdict(row.measured),
        "forecast": None if row.forecast is None else asdict(row.forecast),
        "verdict": row.verdict,
    }


def _show(
    replica: ReplicaForecast,
    answered: Sequence[AnsweredRequest],
    rows: Sequence[Row],
    failures: Sequence[str],
) -> None:
    from planner.catalog.gpu import gpu_group
    from planner.wording.formatting import MISSING, counted, interval

    if failures:
        print_text(
            f"{counted(len(failures), 'request')} of {len(answered)} failed, the first with: "
            f"{failures[0]}"
        )
    deployment = replica.deployment
    title = (
        f"{gpu_group(deployment.gpu_count, deployment.gpu.name)}, {deployment.quantization}: "
        f"{counted(len(answered), 'request')}, each figure with its 90 % interval"
    )
    print_table(
        title,
        COLUMNS,
        [
            (
                f"{row.name}, {row.unit}",
                interval(row.measured),
                MISSING if row.forecast is None else interval(row.forecast),
                row.verdict,
            )
            for row in rows
        ],
    )
