"""Options that say how long documents are, how long they may wait, and how many more come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from planner.commands.engine_options import FleetOptions
from planner.errors import InputError
from planner.fleet import scenario_defaults as defaults
from planner.fleet.scenario_defaults import Place

InputP95 = Annotated[
    float | None,
    typer.Option(
        help="95 % of the prompts have at most so many tokens. --input-tokens is the mean."
    ),
]
OutputP95 = Annotated[
    float | None,
    typer.Option(
        help="95 % of the answers have at most so many tokens. --output-tokens is the mean."
    ),
]
DoneWithin = Annotated[
    float | None,
    typer.Option(help="Hours after its arrival within which a document must be done."),
]
Growth = Annotated[
    float | None,
    typer.Option(
        show_default=f"{defaults.GROWTH_PER_YEAR:g}",
        help="More documents each year: 0.2 is a fifth more than in the year before.",
    ),
]
Years = Annotated[
    int | None,
    typer.Option(min=1, max=5, show_default=str(defaults.YEARS), help="Years to plan for."),
]
FirstTokenP95 = Annotated[
    float | None,
    typer.Option(help="Seconds to the first token that 95 % of documents must keep."),
]
PerTokenP95 = Annotated[
    float | None,
    typer.Option(help="Milliseconds per further token that 95 % of documents must keep."),
]

Risk = Annotated[
    bool,
    typer.Option("--risk", help="Show what may go wrong: volume, forecast, what matters most."),
]


class PlanOptions(FleetOptions, total=False):
    """Fields of a scenario that are options of ``planner plan`` under their own names."""

    volume_low: Annotated[
        float | None,
        typer.Option(help="Documents a year that --documents-per-year is unlikely to go below."),
    ]
    volume_high: Annotated[
        float | None,
        typer.Option(help="Documents a year that --documents-per-year is unlikely to exceed."),
    ]
    volume_confidence: Annotated[
        float | None,
        typer.Option(
            show_default=f"{defaults.VOLUME_CONFIDENCE:g}",
            help="Probability of a volume between --volume-low and --volume-high.",
        ),
    ]
    shortfall_usd_per_document: Annotated[
        float | None,
        typer.Option(help="What a document costs that no machine has time for."),
    ]
    min_replicas: Annotated[
        int | None,
        typer.Option(
            show_default=str(defaults.MIN_REPLICAS),
            help="Replicas that serve each class of documents at least, spare ones not counted.",
        ),
    ]
    spread_over: Annotated[
        Place | None,
        typer.Option(
            help="With any one provider, or region of one, down the others keep every limit.",
        ),
    ]


OF_ONE_CLASS = (
    "input_tokens",
    "output_tokens",
    "input_spread",
    "output_spread",
    "latency_p95_s",
    "ttft_p95_s",
    "tpot_p95_ms",
    "done_within_h",
)


OF_EACH_CLASS = ("model", "quantization")
"""Options of the command that a class may state by itself."""


def refuse_options_of_one_class(
    fields: Mapping[str, Any], options: Mapping[str, Any], spelled: Mapping[str, str]
) -> None:
    """Lengths and targets of a file with several classes are those of the classes.

    So are the model and the quantization, if a class states its own.

    Hours that were observed are those of the file, too. Raises InputError; ``spelled`` is the
    option of each field.
    """
    stated_hours = fields.get("hour_profile") or fields.get("arrival_hours")
    if stated_hours and options.get("hours_per_week") is not None:
        raise InputError(
            f"{spelled['hours_per_week']} was given, and the file states the hours of the week in "
            "which documents arrive; change it in the file",
            field="hours_per_week",
        )
    stated = [name for name in OF_ONE_CLASS if options.get(name) is not None]
    if fields.get("classes") and stated:
        raise InputError(
            f"{spelled[stated[0]]} was given, and the file has {len(fields['classes'])} classes; "
            "change it in the file, class by class",
            field=stated[0],
        )
    for name in OF_EACH_CLASS:
        own = [one["name"] for one in fields.get("classes", ()) if one.get(name) is not None]
        if own and options.get(name) is not None:
            raise InputError(
                f"{spelled[name]} was given, and the class {own[0]} of the file has its own "
                f"{name}; change it in the file, class by class",
                field=name,
            )
