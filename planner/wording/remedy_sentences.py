"""What would make something feasible if nothing is, in a phrase each.

Every value is printed as it has to be entered: rounded figures might not help.
"""

from __future__ import annotations

from planner.fleet.answer_targets import StatedTarget
from planner.fleet.plan import Plan, Remedy
from planner.wording.explanation import configuration, describe
from planner.wording.formatting import count, percent, probability, usd


def what_would_help(plan: Plan) -> tuple[str, ...]:
    """One phrase for each remedy of a plan, with the option that is then the cheapest."""
    return tuple(
        change_of(remedy)
        if remedy.changed == "fleet"
        else f"{change_of(remedy)}: {configuration(remedy.option)}, "
        f"{probability(remedy.option.probability.work)} sure"
        for remedy in plan.remedies
    )


_WHOSE: dict[str, str] = {
    "e2e_p50_s": "half of the answers",
    "e2e_p95_s": "95 % of the answers",
    "e2e_p99_s": "99 % of the answers",
    "ttft_p95_s": "95 % of the first tokens",
    "tpot_p95_ms": "95 % of the answers",
    "done_within_h": "each document",
}

_UNIT: dict[str, str] = {"tpot_p95_ms": "ms a token", "done_within_h": "h"}

_OPTION: dict[str, str] = {
    "ttft_p95_s": "--ttft-p95 ",
    "tpot_p95_ms": "--tpot-p95-ms ",
    "done_within_h": "--done-within-h ",
}
"""The options for all documents; the others stand in a file alone."""


def other_limit(target: StatedTarget, limit: float, to_let: str = "let") -> str:
    """Another limit of a target, as an instruction, with what is entered for it.

    >>> other_limit(StatedTarget("claims", "e2e_p95_s", 30.0), 42.0)
    'class claims: let 95 % of the answers take up to 42 s instead of 30 s (e2e_p95_s: 42)'
    """
    unit = _UNIT.get(target.name, "s")
    of_class = "" if target.class_name is None else f"class {target.class_name}: "
    entered = f"{target.name}: "
    if target.class_name is None:
        entered = _OPTION.get(target.name, entered)
    return (
        f"{of_class}{to_let} {_WHOSE[target.name]} take up to {limit:,.15g} {unit} instead of "
        f"{target.limit:,.15g} {unit} ({entered}{limit:.15g})"
    )


def change_of(remedy: Remedy) -> str:
    """The change of one limit, as an instruction."""
    value = remedy.value
    if remedy.changed == "budget":
        return f"raise the budget to {usd(value)} a year"
    if remedy.changed == "latency":
        return f"allow answers up to {value:,.15g} s"
    if remedy.target is not None:
        return other_limit(remedy.target, value)
    if remedy.changed == "volume":
        return f"reduce the volume to {count(value)} documents a year"
    if remedy.changed == "spread":
        return "let one provider or region carry all documents"
    if remedy.changed == "fleet":
        what = "enlarge your fleet to" if remedy.scenario.fleet else "replace your fleet by"
        return f"{what} {describe(remedy.option)}"
    return f"accept a confidence of {percent(value)}"
