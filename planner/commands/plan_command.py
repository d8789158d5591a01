"""``planner plan``: which GPUs, how many, at what cost, for a year's documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack, get_args

import typer

from planner.catalog.model_spec import Quantization
from planner.catalog.price_offer import Terms
from planner.commands.engine_options import PrefixHitShare
from planner.commands.money_options import (
    CostItems,
    DiscountRate,
    FollowLoad,
    MinimumBilled,
    Owned,
    PaperOfReport,
    PayOnlyForHours,
    SpotEvictionShare,
    Workbook,
    refuse_paper_alone,
)
from planner.commands.option_groups import with_option_group
from planner.commands.replica_options import EngineVersion
from planner.commands.screen import AsJson, print_json, print_text, say
from planner.commands.workload_options import (
    DoneWithin,
    FirstTokenP95,
    Growth,
    InputP95,
    OutputP95,
    PerTokenP95,
    PlanOptions,
    Risk,
    Years,
    refuse_options_of_one_class,
)
from planner.entered.cost_item import standard_costs
from planner.entered.owned_hardware import owned_from
from planner.entered.paper import A4, Paper
from planner.entered.stated_fleet import stated_fleet
from planner.fleet import scenario_defaults as defaults

if TYPE_CHECKING:
    from planner.commands.store_access import Known
    from planner.fleet.plan import Plan
    from planner.fleet.scenario import Scenario
    from planner.forecast.forecaster import Forecaster
    from planner.risk.assess_risk import Risk as PlanRisk

NO = 1

OPTIONS = {
    "name": "--name",
    "documents_per_year": "--documents-per-year",
    "input_tokens": "--input-tokens",
    "output_tokens": "--output-tokens",
    "input_spread": "--input-p95",
    "output_spread": "--output-p95",
    "done_within_h": "--done-within-h",
    "growth_per_year": "--growth",
    "years": "--years",
    "model": "--model",
    "quantization": "--quantization",
    "gpus": "--gpu",
    "fleet": "--fleet",
    "budget_usd_per_year": "--budget",
    "latency_p95_s": "--latency-p95",
    "ttft_p95_s": "--ttft-p95",
    "tpot_p95_ms": "--tpot-p95-ms",
    "peak_factor": "--peak-factor",
    "hours_per_week": "--hours-per-week",
    "standard_costs": "--cost-items",
    "discount_rate": "--discount-rate",
    "spot_eviction_share": "--spot-eviction-share",
    "minimum_billed_h": "--minimum-billed-h",
    "owned": "--owned",
    "terms": "--terms",
    "include_marketplace": "--marketplace",
    "pay_only_for_hours": "--pay-only-for-hours",
    "follow_load": "--follow-load",
    "spare_replicas": "--spare-replicas",
    "machine_availability": "--machine-availability",
    "max_utilization": "--max-utilization",
    "confidence": "--confidence",
    "measured_premium": "--measured-premium",
    "accept_extrapolated": "--accept-extrapolated",
    "engine_version": "--engine-version",
    "prefix_hit_share": "--prefix-hit-share",
    **{name: f"--{name.replace('_', '-')}" for name in PlanOptions.__annotations__},
}
"""The option of the command line for each field of ``Scenario``."""


@with_option_group
def plan(
    scenario_file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SCENARIO.yaml]",
            help="Fields of the scenario, one 'field: value' per line; options override them.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Title of the scenario.")] = None,
    documents_per_year: Annotated[
        float | None, typer.Option(show_default=str(defaults.DOCUMENTS_PER_YEAR), help="Volume.")
    ] = None,
    input_tokens: Annotated[
        int | None,
        typer.Option(
            show_default=str(defaults.INPUT_TOKENS), help="Tokens of a document and its prompt."
        ),
    ] = None,
    output_tokens: Annotated[
        int | None,
        typer.Option(show_default=str(defaults.OUTPUT_TOKENS), help="Tokens of an answer."),
    ] = None,
    input_p95: InputP95 = None,
    output_p95: OutputP95 = None,
    model: Annotated[
        str | None,
        typer.Option(
            show_default=defaults.MODEL,
            help="Hugging Face id in the catalogue, or the path of a config.json or its folder.",
        ),
    ] = None,
    quantization: Annotated[
        Quantization | None,
        typer.Option(
            case_sensitive=False, help="Format of the weights. All are compared if it is left out."
        ),
    ] = None,
    gpu: Annotated[
        list[str] | None, typer.Option(help="Consider this GPU only; may be repeated.")
    ] = None,
    fleet: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GPU:GPUS:REPLICAS",
            help="Judge this fleet instead of looking for one; L4:1:2 is two replicas of one L4 "
            "each. Repeat it for machines of several kinds.",
        ),
    ] = None,
    budget: Annotated[float | None, typer.Option(help="USD a year.")] = None,
    latency_p95: Annotated[
        float | None, typer.Option(help="Answer time in seconds that 95 % of documents must keep.")
    ] = None,
    ttft_p95: FirstTokenP95 = None,
    tpot_p95_ms: PerTokenP95 = None,
    peak_factor: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.PEAK_FACTOR:g}",
            help="Documents of the busiest hour over those of the average hour.",
        ),
    ] = None,
    hours_per_week: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.WORKING_HOURS_PER_WEEK:g}",
            help="Hours in which documents arrive.",
        ),
    ] = None,
    done_within_h: DoneWithin = None,
    growth: Growth = None,
    years: Years = None,
    owned: Owned = None,
    cost_items: CostItems = None,
    discount_rate: DiscountRate = None,
    spot_eviction_share: SpotEvictionShare = None,
    minimum_billed_h: MinimumBilled = None,
    terms: Annotated[
        list[str] | None,
        typer.Option(
            show_default=", ".join(defaults.TERMS),
            help=f"Price terms to consider ({', '.join(get_args(Terms))}: the article's); "
            "may be repeated.",
        ),
    ] = None,
    marketplace: Annotated[
        bool | None,
        typer.Option("--marketplace/--no-marketplace", help="Consider third-party hosts too."),
    ] = None,
    pay_only_for_hours: PayOnlyForHours = None,
    follow_load: FollowLoad = None,
    spare_replicas: Annotated[
        int | None,
        typer.Option(
            show_default=str(defaults.SPARE_REPLICAS),
            help="Machines beyond the need. Enter 1 to keep every limit when a machine fails.",
        ),
    ] = None,
    machine_availability: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.MACHINE_AVAILABILITY:g}",
            help="Share of the time that a machine runs.",
        ),
    ] = None,
    max_utilization: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.MAX_UTILIZATION:g}",
            help="Largest share of its capacity that a fleet may use in the busiest hour.",
        ),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.CONFIDENCE:g}",
            help="Probability of keeping every limit from which a fleet is recommended.",
        ),
    ] = None,
    measured_premium: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.MEASURED_PREMIUM:g}",
            help="Prefer what was measured up to this many times the cost of what was not.",
        ),
    ] = None,
    accept_extrapolated: Annotated[
        bool | None,
        typer.Option(
            "--accept-extrapolated/--measured-only",
            help="Pay no premium for what was measured: recommend the cheapest.",
        ),
    ] = None,
    engine_version: EngineVersion = None,
    prefix_hit_share: PrefixHitShare = None,
    risk: Risk = False,
    as_json: AsJson = False,
    pdf: Annotated[Path | None, typer.Option(help="Write the sizing report to this file.")] = None,
    paper: PaperOfReport = None,
    xlsx: Workbook = None,
    deploy: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write a Docker Compose file, a Kubernetes manifest and a SkyPilot task here.",
        ),
    ] = None,
    **engine_options: Unpack[PlanOptions],
) -> None:
    """Rank GPU configurations for a year's documents.

    Exit status 1 if none is feasible.

    \b
    Example:
      planner plan --documents-per-year 20000000 --input-tokens 8000 --output-tokens 150 \\
        --quantization awq --budget 30000 --latency-p95 60
    """
    refuse_paper_alone(paper, pdf)
    scenario, stated = _scenario(
        scenario_file,
        {
            "name": name,
            "documents_per_year": documents_per_year,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
            "input_spread": None if input_p95 is None else {"p95": input_p95},
            "output_spread": None if output_p95 is None else {"p95": output_p95},
            "done_within_h": done_within_h,
            "growth_per_year": growth,
            "years": years,
            "standard_costs": standard_costs(cost_items, "--cost-items") if cost_items else None,
            "discount_rate": discount_rate,
            "spot_eviction_share": spot_eviction_share,
            "minimum_billed_h": minimum_billed_h,
            "owned": [owned_from(one, "--owned") for one in owned or ()] or None,
            "model": model,
            "quantization": quantization,
            "gpus": gpu or None,
            "fleet": stated_fleet(fleet) if fleet else None,
            "budget_usd_per_year": budget,
            "latency_p95_s": latency_p95,
            "ttft_p95_s": ttft_p95,
            "tpot_p95_ms": tpot_p95_ms,
            "peak_factor": peak_factor,
            "hours_per_week": hours_per_week,
            "terms": terms or None,
            "include_marketplace": marketplace,
            "pay_only_for_hours": pay_only_for_hours,
            "follow_load": follow_load,
            "spare_replicas": spare_replicas,
            "machine_availability": machine_availability,
            "max_utilization": max_utilization,
            "confidence": confidence,
            "measured_premium": measured_premium,
            "accept_extrapolated": accept_extrapolated,
            "engine_version": engine_version,
            "prefix_hit_share": prefix_hit_share,
            **engine_options,
        },
    )
    from planner.commands.store_access import known
    from planner.fleet.scenario_file import naming_the_line
    from planner.mixing.whole_plan import whole_plan
    from planner.risk.assess_risk import assess_risk

    facts = known()
    forecaster = facts.forecaster()
    with naming_the_line(scenario_file, stated):
        answer = whole_plan(scenario, forecaster, facts.catalog)
    at_risk = assess_risk(answer, forecaster, facts.catalog) if risk else None
    if pdf is not None:
        _write_report(pdf, answer, facts, forecaster, scenario_file, at_risk, paper or A4)
    if xlsx is not None:
        from planner.workbook.plan_workbook import write_plan_workbook

        write_plan_workbook(xlsx, answer, forecaster, facts.catalog)
    if deploy is not None:
        _write_deployment(deploy, answer, facts)
    named = facts.catalog.model(scenario.model)
    if as_json:
        from planner.report.deployment_files import deployment_files
        from planner.report.json_output import plan_json, read_as_json
        from planner.report.risk_json import risk_json

        asked = {"risk": risk_json(at_risk)} if risk else {}
        written = {"deployment_files": deployment_files(answer, facts.catalog)}
        print_json(plan_json(answer) | read_as_json(named) | written | asked)
    else:
        from planner.commands.plan_tables import show_plan, show_risk
        from planner.wording.model_sentences import names_read

        show_plan(answer)
        if risk:
            show_risk(at_risk)
        for sentence in names_read(scenario, facts.catalog):
            print_text(sentence)
    if answer.recommended is None:
        raise typer.Exit(NO)


def _scenario(file: Path | None, options: dict[str, Any]) -> tuple[Scenario, set[str]]:
    """The scenario, and the fields that options state."""
    from planner.fleet.scenario_file import read_scenario_file, scenario_from

    fields = {} if file is None else read_scenario_file(file).model_dump(exclude_unset=True)
    refuse_options_of_one_class(fields, options, OPTIONS)
    stated = {field: value for field, value in options.items() if value is not None}
    fields |= stated
    scenario = scenario_from(fields, spelled=OPTIONS, advice="see: planner plan --help")
    return scenario, set(stated)


def _write_deployment(folder: Path, answer: Plan, facts: Known) -> None:
    from planner.report.deployment_files import deployment_files, write_deployment_files

    files = deployment_files(answer, facts.catalog)
    if files:
        write_deployment_files(files, folder)
        say(f"Wrote {', '.join(files)} to {folder}.")
    else:
        say("No deployment file was written: no configuration is recommended.")


def _write_report(
    path: Path,
    answer: Plan,
    facts: Known,
    forecaster: Forecaster,
    scenario_file: Path | None,
    risk: PlanRisk | None,
    paper: Paper,
) -> None:
    from datetime import date

    from benchmarks.design.informative_points import worth_measuring
    from planner.files import replace_file
    from planner.fleet.candidates import replica_of, scenario_of_model
    from planner.fleet.scenario_file import states_scenario
    from planner.report.pdf import sizing_pdf
    from planner.report.pdf_accuracy import accuracy_of, curve_of
    from planner.report.pdf_evidence import evidence_for
    from planner.report.shortlist import advised_fleet

    worth = None
    for item in advised_fleet(answer)[:1]:
        s = scenario_of_model(item, answer.scenario, facts.catalog)
        replica = replica_of(item, s, facts.catalog)
        worth = worth_measuring(forecaster, replica, s.input_tokens, s.output_tokens)
    evidence = evidence_for(
        answer,
        facts.catalog,
        forecaster.measurements,
        accuracy=accuracy_of(answer, facts.catalog),
        curve=curve_of(answer, forecaster, facts.catalog),
        worth=worth,
        workload=str(scenario_file) if states_scenario(scenario_file, answer.scenario) else None,
        risk=risk,
    )
    replace_file(path, sizing_pdf(answer, evidence, created=date.today(), paper=paper))
