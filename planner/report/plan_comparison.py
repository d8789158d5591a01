"""Two plans side by side: what was asked and what the answer is, with what differs marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from planner.fleet.plan import Option, Plan
from planner.fleet.scenario import Scenario
from planner.fleet.scenario_limits import LIMITS, ROUNDING
from planner.fleet.scenario_work import ClassWork, classes_of
from planner.report.json_output import option_json
from planner.wording.explanation import configuration
from planner.wording.formatting import (
    BINDING_MEANING,
    LEAST_SHARE,
    LIMIT_NAME,
    MISSING,
    capitalized,
    count,
    large,
    percent,
    probability,
    seconds,
    significant,
    usd,
    verdict,
)
from planner.wording.hosted_sentences import cheapest_open, named

_OF_CLASSES = frozenset(
    {
        *("documents_per_year", "input_tokens", "output_tokens", "input_spread", "output_spread"),
        *("class_name", "classes", "latency_p50_s", "latency_p95_s", "latency_p99_s"),
        *("ttft_p95_s", "tpot_p95_ms", "done_within_h"),
    }
)
"""Fields of a scenario that are those of its classes, which are compared by name."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure or a word of two plans; None if a plan has none.

    ``text_a`` and ``text_b`` are for people, ``a`` and ``b`` for programs.
    A share is of one.
    """

    name: str
    a: Any
    b: Any
    text_a: str
    text_b: str
    is_share: bool = False

    @property
    def differs(self) -> bool:
        """True unless both are the same, up to rounding."""
        if _is_number(self.a) and _is_number(self.b):
            return bool(abs(self.a - self.b) > ROUNDING * max(abs(self.a), abs(self.b)))
        return bool(self.a != self.b)

    @property
    def ratio(self) -> float | None:
        """``b`` over ``a``; None unless both are numbers above 0."""
        if _is_number(self.a) and _is_number(self.b) and self.a > 0:
            return float(self.b) / float(self.a)
        return None


def compare_questions(a: Scenario, b: Scenario, alone: bool = True) -> tuple[Compared, ...]:
    """Every field of either scenario, in the order of a file, with its place in it.

    Fields of classes have the name of the class, unless both scenarios, and others that stand
    beside them (``alone``), have only one.
    """
    alone = alone and len(classes_of(a)) == len(classes_of(b)) == 1
    left, right = _question(a, alone), _question(b, alone)
    return tuple(
        Compared(name, left.get(name), right.get(name), _plain(left, name), _plain(right, name))
        for name in dict.fromkeys((*left, *right))
    )


def _question(scenario: Scenario, alone: bool) -> dict[str, Any]:
    fields = scenario.model_dump(mode="json", by_alias=True, exclude=set(_OF_CLASSES))
    found: dict[str, Any] = {"name": fields.pop("name")}
    for one in classes_of(scenario):
        found |= _class(one, "" if alone else f"classes.{one.name}.")
    for stated in scenario.classes:
        own = stated.model_dump(include={"model", "quantization"}, exclude_none=True)
        found |= {f"classes.{stated.name}.{name}": value for name, value in own.items()}
    return found | _flat(fields)


def _class(one: ClassWork, place: str) -> dict[str, Any]:
    found: dict[str, Any] = {f"{place}documents_per_year": one.documents_per_year}
    for name, lengths in (("input_tokens", one.inputs), ("output_tokens", one.outputs)):
        found[f"{place}{name}.mean"] = lengths.mean
        found[f"{place}{name}.p95"] = lengths.quantile(0.95)
    targets = one.targets.model_dump()
    return found | {f"{place}targets.{name}": value for name, value in targets.items()}


def _flat(fields: Mapping[str, Any], place: str = "") -> dict[str, Any]:
    """Nested fields under their dotted names; an empty list is no field."""
    found: dict[str, Any] = {}
    for key, value in fields.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{place}{key}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            found |= _flat(_by_name(value), f"{place}{key}.")
        elif value != []:
            found[f"{place}{key}"] = value
    return found


def _by_name(items: list[Any]) -> dict[str, Any]:
    """The items by their names, or by their numbers if they have none."""
    return {
        str(item.get("name", number)): {key: item[key] for key in item if key != "name"}
        for number, item in enumerate(items, start=1)
    }


def _plain(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return count(value) if round(value, 2) == value else f"{value:,.6g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def compare_answers(a: Plan, b: Plan) -> tuple[Compared, ...]:
    """The recommended configurations, or the closest ones, by what a decision rests on."""
    one, other = _Answer.of(a), _Answer.of(b)
    return tuple(
        Compared(
            name,
            value(one),
            value(other),
            write(value(one)),
            write(value(other)),
            is_share=write in (percent, probability),
        )
        for name, value, write in _ROWS
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """A plan's nearest option and its JSON; both None if nothing can run."""

    plan: Plan
    option: Option | None
    fields: dict[str, Any]

    @classmethod
    def of(cls, plan: Plan) -> _Answer:
        option = plan.nearest
        return cls(plan, option, {} if option is None else option_json(plan, option))

    def at(self, *keys: str) -> Any:
        found: Any = self.fields
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def _word(value: Any) -> str:
    return MISSING if value is None else str(value)


def _configuration(answer: _Answer) -> str | None:
    if answer.option is None:
        return None
    stated = answer.plan.recommended is not None or answer.plan.scenario.fleet
    closest = "" if stated else "closest: "
    return f"{closest}{configuration(answer.option)}"


def _bottleneck(value: Any) -> str:
    return BINDING_MEANING.get(value, _word(value))


def _offer(answer: _Answer) -> str | None:
    if answer.option is None:
        return None
    offers = [item.price_offer for item in answer.option.fleet]
    return " + ".join(f"{offer.provider} {offer.instance}, {offer.terms}" for offer in offers)


def _hosted_name(answer: _Answer) -> str | None:
    """The cheapest hosted model with open weights."""
    found = cheapest_open(answer.plan)
    return None if found is None else named(found)


def _hosted_usd(answer: _Answer) -> float | None:
    found = cheapest_open(answer.plan)
    return None if found is None else found.usd_per_year


def _quantization(answer: _Answer) -> str | None:
    if answer.option is None:
        return None
    return " + ".join(dict.fromkeys(item.quantization for item in answer.option.fleet))


def _figure(*keys: str) -> Callable[[_Answer], Any]:
    return lambda answer: answer.at(*keys)


_ROWS: tuple[tuple[str, Callable[[_Answer], Any], Callable[[Any], str]], ...] = (
    ("Recommended", lambda answer: answer.plan.recommended is not None, verdict),
    ("Configuration", _configuration, _word),
    ("Quantization", _quantization, _word),
    ("Price offer", _offer, _word),
    ("Cost a year", _figure("cost_usd_per_year"), usd),
    ("Cost per 1,000 documents", _figure("cost_usd_per_1000_documents"), usd),
    ("Committed", _figure("commitment_usd"), usd),
    ("Sure of everything", _figure("probability", "all"), probability),
    ("Sure of the volume", _figure("probability", "volume"), probability),
    ("Sure of the answer time", _figure("probability", "latency"), probability),
    ("Sure of the budget", _figure("probability", "budget"), probability),
    ("Capacity a year", _figure("capacity_documents_per_year", "value"), large),
    ("Utilization", _figure("utilization"), percent),
    ("Answer time (p50)", _figure("latency_s", "p50"), seconds),
    ("Answer time (p95)", _figure("latency_s", "p95"), seconds),
    *(
        (f"{capitalized(LIMIT_NAME[limit])}: limit kept", _figure("meets", limit), verdict)
        for limit in LIMITS
    ),
    ("Basis", _figure("basis"), _word),
    ("Bottleneck", _figure("binding_limit"), _bottleneck),
    ("Hosted API", _hosted_name, _word),
    ("Hosted API, cost a year", _hosted_usd, usd),
)
"""Name, value and how it is written of each row."""


def change_text(row: Compared) -> str:
    """The difference of ``b`` from ``a``; empty if they are the same or no numbers.

    >>> change_text(Compared("Cost a year", 100, 90, "", ""))
    '-10 %'
    >>> change_text(Compared("Utilization", 0.5, 0.6, "", "", is_share=True))
    '+10 points'
    """
    ratio = row.ratio
    if row.text_a == row.text_b != "":
        return ""  # the same as far as it is shown
    if row.differs and row.is_share and ratio is not None:
        points = round(100 * (row.b - row.a))
        return f"{points:+d} point{'' if abs(points) == 1 else 's'}" if points else ""
    if not row.differs or ratio is None or not ratio > 0:
        return ""
    if ratio >= 2 or ratio <= 0.5:
        return f"x {significant(ratio, 2)}"
    if abs(ratio - 1) < LEAST_SHARE / 2:
        return f"{percent(abs(ratio - 1))} {'more' if ratio > 1 else 'less'}"
    return f"{'+' if ratio > 1 else '-'}{percent(abs(ratio - 1))}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
