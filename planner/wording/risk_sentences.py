"""The risk of a plan in sentences, and as the rows of two tables."""

from __future__ import annotations

from collections.abc import Callable

from planner.fleet.plan import Option
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_work import classes_of
from planner.risk.assess_risk import Risk
from planner.risk.options_at_risk import OptionAtRisk
from planner.risk.sensitivity import Input, Swing
from planner.risk.shortfall import Shortfall, shortfall, spare_machine_usd_per_year
from planner.wording.explanation import configuration, quantizations
from planner.wording.formatting import (
    count,
    counted,
    large,
    percent,
    probability,
    seconds,
    significant,
    usd,
)
from planner.wording.model_fleet_sentences import classes_served

OPTION_COLUMNS = (
    *("Configuration", "USD a year", "Keeps up", "In time", "All limits"),
    *("Short a year", "Expected USD", "Regret"),
)
SWING_COLUMNS = ("Input", "Low", "High", "Cost at low", "Cost at high")

_NAME: dict[Input, str] = {
    "volume": "documents a year",
    "input_length": "tokens in",
    "output_length": "tokens out",
    "peak_factor": "busiest hour, times the average",
    "confidence": "confidence",
    "price": "price of a machine, USD an hour",
    "speed": "speed, times the forecast",
}


def no_risk_sentence() -> str:
    """The sentence for a plan that recommends nothing."""
    return "The risk is that of a recommended fleet, and none is recommended."


def risk_sentences(risk: Risk) -> tuple[str, ...]:
    """The certainty of the recommended option, what would be surer, what matters most."""
    return (
        _recommended(risk),
        _sure(risk),
        *filter(None, (_least_regret(risk), _matters_most(risk))),
        _calibration(risk),
    )


def _recommended(risk: Risk) -> str:
    found = risk.recommended
    scenario = risk.scenario
    if scenario.volume_low is None and scenario.volume_high is None:
        wrong = "The volume is taken as certain, as no range of it was entered. Then"
    else:
        low = scenario.volume_low or scenario.documents_per_year
        high = scenario.volume_high or scenario.documents_per_year
        wrong = (
            f"If the volume is {large(low)} to {large(high)} documents a year "
            f"({percent(scenario.volume_confidence)} sure) and the forecast may be wrong too,"
        )
    short = "no documents fall short"
    if found.expected_short >= 1.0:
        short = f"{large(found.expected_short)} documents a year fall short on average"
    cost = "" if found.usd is None else f", which costs {usd(found.usd.shortfall)}"
    return (
        f"{wrong} {configuration(found.option)} keeps every limit with a probability of "
        f"{probability(found.probability_all)}; {short}{cost}."
    )


def _sure(risk: Risk) -> str:
    asked = percent(risk.scenario.confidence)
    if risk.cheapest_sure is risk.recommended:
        return f"You asked for {asked}; nothing compared with it is cheaper and as sure as that."
    if risk.cheapest_sure is None:
        return f"Nothing compared with it is as sure as you asked ({asked})."
    found = risk.cheapest_sure
    return (
        f"The cheapest that is as sure as you asked ({asked}) is {configuration(found.option)} at "
        f"{usd(found.option.cost_usd_per_year)} a year."
    )


def _least_regret(risk: Risk) -> str | None:
    found = risk.least_regret
    if found is None or found.usd is None:
        return None
    regret = f"it costs {usd(found.usd.expected_regret)} more than the best in hindsight on average"
    if found is risk.recommended:
        return f"It has the least expected regret, too: {regret}."
    cost = usd(found.option.cost_usd_per_year)
    return (
        f"The least expected regret has {configuration(found.option)} at {cost} a year: {regret}."
    )


def _matters_most(risk: Risk) -> str | None:
    if not risk.sensitivity:
        return None
    first = risk.sensitivity[0]
    if first.is_infeasible:
        return f"The input that matters most is {_name(first)}: {_ends(first)}."
    if first.moves_usd == 0.0:
        return "No input moves the cost within its range."
    return f"The input that moves the cost most is {_name(first)}: {_ends(first)}."


def _name(swing: Swing) -> str:
    """The input, and of which machine or model it is if there are several."""
    return _NAME[swing.input] if swing.of is None else f"{_NAME[swing.input]} ({swing.of})"


def _ends(swing: Swing) -> str:
    return (
        f"{_cost(swing.cost_low_usd)} a year at {_value(swing, swing.low)}, "
        f"{_cost(swing.cost_high_usd)} at {_value(swing, swing.high)}"
    )


def _calibration(risk: Risk) -> str:
    worth, option = risk.calibration, risk.recommended.option
    spans = [item.price_offer.machines for item in option.fleet]
    where = "on one such machine for each model" if option.of_models else "on such a machine"
    if max(spans) > 1:
        alone = len(spans) == 1
        where = (
            f"on such a set of {spans[0]} machines" if alone else "on a machine or set of each kind"
        )
    spent = f"Ten minutes of planner calibrate {where} cost {usd(worth.costs_usd)}"
    if worth.saves_usd_per_year < 1.0:
        return f"{spent} and would change no choice for the better."
    worth_usd = f"{usd(worth.saves_usd_per_year)} a year on average"
    return f"{spent}; knowing their result before you buy is worth {worth_usd}."


def option_rows(risk: Risk) -> list[tuple[str, ...]]:
    """A row for each option, in the order of ``OPTION_COLUMNS``."""
    return [_option_row(one) for one in risk.options]


def _option_row(one: OptionAtRisk) -> tuple[str, ...]:
    found, dollars = one.probability, one.usd
    return (
        f"{configuration(one.option)}, {quantizations(one.option)}",
        usd(one.option.cost_usd_per_year),
        probability(found.volume),
        probability(found.latency),
        probability(one.probability_all),
        large(one.expected_short) if one.expected_short >= 1.0 else "0",
        usd(None if dollars is None else dollars.expected),
        usd(None if dollars is None else dollars.expected_regret),
    )


def swing_rows(risk: Risk) -> list[tuple[str, ...]]:
    """A row for each input, the one that moves the cost most first, as in ``SWING_COLUMNS``."""
    return [
        (
            _name(swing),
            _value(swing, swing.low),
            _value(swing, swing.high),
            _cost(swing.cost_low_usd),
            _cost(swing.cost_high_usd),
        )
        for swing in risk.sensitivity
    ]


def _cost(amount: float | None) -> str:
    return "not feasible" if amount is None else usd(amount)


def _value(swing: Swing, value: float) -> str:
    write: dict[Input, Callable[[float], str]] = {
        "volume": large,
        "confidence": percent,
        "price": usd,
        "input_length": lambda tokens: count(round(tokens)),
        "output_length": lambda tokens: count(round(tokens)),
    }
    return write.get(swing.input, significant)(value)


def plain_risk_sentences(scenario: Scenario, option: Option) -> tuple[str, ...]:
    """The risk of a fleet for readers who know costs but no GPUs: how sure, by how much it may
    fall short and what would make up for that, and a machine that fails.
    """
    found = shortfall(scenario, option)
    return (
        f"In {_of_cases(option.without_spares.work)} cases this fleet does what is asked: "
        f"{_asked(scenario)}. The cases are errors of the forecast; the volume is taken as stated.",
        *(() if found is None else (_falls_short(scenario, found, bool(option.of_models)),)),
        _spare_machine(scenario, option),
    )


def _of_cases(share: float) -> str:
    """``9 of 10``, or ``84 of 100`` if tenths are too coarse."""
    if share <= 0.0:
        return "none of 100"
    hundredths = round(100.0 * share)
    if hundredths >= 100:
        return "over 99 of 100"
    if hundredths < 1:
        return "fewer than 1 of 100"
    if hundredths % 10:
        return f"{hundredths} of 100"
    return f"{hundredths // 10} of 10"


def _asked(scenario: Scenario) -> str:
    busiest = "it keeps up with the busiest hour"
    if scenario.latency_p95_s is not None:
        return f"{busiest}, and 95 % of the answers come within {seconds(scenario.latency_p95_s)}"
    waits = any(one.targets.asks_for_answers for one in classes_of(scenario))
    return f"{busiest}, and answers come in time" if waits else busiest


def _falls_short(scenario: Scenario, found: Shortfall, several: bool) -> str:
    lacks = (
        f"If it falls short, it does so by about {percent(found.speed)} of the speed that it needs "
        "(half of such cases are milder, half are worse)"
    )
    return f"{lacks}; {_then(scenario, found)}.{_made_up_for(found, several)}"


def _then(scenario: Scenario, found: Shortfall) -> str:
    if found.documents_per_year is None:
        return "then answers in the busiest hour come late"
    if found.documents_per_year < 1.0:
        return "then documents of the busiest hours wait for quieter ones"
    share = percent(found.documents_per_year / scenario.documents_per_year)
    documents = f"{large(found.documents_per_year)} documents a year ({share})"
    return f"then no machine has time for {documents}"


def _made_up_for(found: Shortfall, several: bool) -> str:
    if found.machines is None or found.usd_per_year is None:
        return ""
    more = counted(found.machines, "more machine")
    kind = "of the same kind"
    if several:
        kind = f"like those of {configuration(found.fleet)} for {classes_served(found.fleet.fleet)}"
    return f" To make up for that takes {more} {kind}, {usd(found.usd_per_year)} a year."


def _spare_machine(scenario: Scenario, option: Option) -> str:
    spares = sum(item.price_offer.machines_in(item.spare_instances) for item in option.fleet)
    if spares:
        left = probability(option.probability_one_down.work)
        spare = "its spare machine" if spares == 1 else f"its {spares} spare machines"
        of_each = f"N + {scenario.spare_replicas} for each model"
        sets = sum(item.spare_instances for item in option.fleet)
        beside = of_each if option.of_models else f"N + {sets}"
        return f"{beside} is included: with {spare} down the fleet is {left} sure."
    one_more = spare_machine_usd_per_year(scenario, option)
    spans = max(item.price_offer.machines for item in option.fleet)
    one = "One spare machine" if spans == 1 else f"A spare set of {spans} machines"
    one += " for each model" if option.of_models else ""
    cost = "" if one_more is None else f" {one} costs {usd(one_more)} a year more."
    return f"N + 1 is not included: while a machine is down, its documents wait.{cost}"
