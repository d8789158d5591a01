"""Sentences on the charts of the Measurements page, computed from their rows."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from app.analysis_data import Selection, ShownSweep, Whose
from app.html_pieces import quantization_words
from app.scenario_from_fields import ARTICLE_CASE
from app.sweep_names import conditions, subject
from planner.catalog.gpu import CPU
from planner.catalog.names import is_path
from planner.forecast.article_analyses import LARGEST_LENGTHS, Analysis, Quantity, is_vllm
from planner.forecast.measured_sweeps import SAME, MeasuredRow
from planner.wording.formatting import count, counted, percent, significant

NEARLY_ALL = 0.9
"""From this share of the highest throughput on, more concurrency gains little."""

_GROWS: dict[Quantity, str] = {
    "input_tokens": "as the input grows from {} to {} tokens",
    "output_tokens": "as the answer grows from {} to {} tokens",
    "concurrency": "from {} to {} parallel requests",
}
_WHOSE: dict[Whose, str] = {
    "All": "measurements",
    "Your own": "measurements of your own",
    "Published": "published measurements",
}
_BATCHES = "from a batch of {} to one of {}"


def what_it_shows(analysis: Analysis, sweeps: Sequence[ShownSweep]) -> str:
    """One sentence on the first sweep of a chart, and one on how many points the forecast held."""
    if analysis.name == "transformers":
        first = _engines_compared(analysis, sweeps)
    elif analysis.varied == "gpu":
        first = _gpus_compared(sweeps[0])
    else:
        first = _along(analysis, sweeps[0])
    return f"{first} {_inside(sweeps)}".rstrip()


def _along(analysis: Analysis, shown: ShownSweep) -> str:
    rows, varied = shown.sweep.rows, analysis.varied
    first, last = _speed(rows[0]), _speed(rows[-1])
    grows = _BATCHES if analysis.name == "batch-size" else _GROWS[varied]
    span = grows.format(_place(rows[0], varied), _place(rows[-1], varied))
    told = f"{_subject(shown)}: throughput {_goes(first, last)} {span}{_forecast(shown)}"
    return f"{told}; {_plateau(rows, analysis)}." if varied == "concurrency" else f"{told}."


def _goes(first: float, last: float) -> str:
    if abs(last / first - 1) < 0.02:
        return f"stays at about {significant(last)} output tokens/s"
    word = "rises" if last > first else "falls"
    by = f"{significant(last / first)} times" if last > 2 * first else _changed(first, last)
    return f"{word} from {significant(first)} to {significant(last)} output tokens/s ({by})"


def _changed(first: float, last: float) -> str:
    return f"{'+' if last > first else '-'}{percent(abs(last / first - 1))}"


def _forecast(shown: ShownSweep) -> str:
    first, last = shown.at_rows[0], shown.at_rows[-1]
    if first is None or last is None:
        return ""
    return f", forecast {significant(first.value)} to {significant(last.value)}"


def _plateau(rows: Sequence[MeasuredRow], analysis: Analysis) -> str:
    most = max(map(_speed, rows))
    enough = next(row for row in rows if _speed(row) >= NEARLY_ALL * most)
    together = round(float(enough.at("concurrency") or 1))
    at = counted(together, "parallel request")
    if analysis.name == "batch-size":
        at = f"a batch of {count(together)}"
    return f"{percent(NEARLY_ALL)} of the highest measured throughput is reached with {at}"


def _gpus_compared(shown: ShownSweep) -> str:
    rows = shown.sweep.rows
    best, *others = _fastest_of_each(rows)
    behind = ", ".join(
        f"{row.at('gpu')} reaches {percent(_speed(row) / _speed(best))} of that "
        f"({significant(_speed(row), 4)})"
        for row in others
    )
    inputs, outputs = map(count, LARGEST_LENGTHS)
    assumed = (
        ""
        if all(row.lengths_stated for row in rows)
        else f" Lengths are not stated; the forecast is for {inputs} tokens in and {outputs} out."
    )
    first = f"{_subject(shown)}: {best.at('gpu')}"
    reached = f"{significant(_speed(best), 4)} output tokens/s"
    if not others:
        return f"{first} reaches {reached}.{assumed}"
    return f"{first} is the fastest with {reached}; {behind}.{assumed}"


def _fastest_of_each(rows: Sequence[MeasuredRow]) -> list[MeasuredRow]:
    """The fastest row of each GPU, the fastest GPU first, as a sweep of GPUs is sorted."""
    best: dict[object, MeasuredRow] = {}
    for row in rows:
        best.setdefault(row.at("gpu"), row)
    return list(best.values())


def _engines_compared(analysis: Analysis, sweeps: Sequence[ShownSweep]) -> str:
    rows = [row for shown in sweeps for row in shown.sweep.rows]
    others = [row for row in rows if not is_vllm(row.measurement)]
    if not others:
        return _along(analysis, sweeps[0])
    first_of_each: dict[str, MeasuredRow] = {}
    for row in others:
        first_of_each.setdefault(row.quantization, row)
    pairs = [(row, _like(row, rows)) for row in first_of_each.values()]
    told = [_times_as_fast(row, vllm) for row, vllm in pairs if vllm is not None]
    if not told:
        return "No measurement of vLLM drawn has the GPU, model and lengths of the other engine."
    return f"vLLM generates {'; '.join(told)}."


def _times_as_fast(other: MeasuredRow, vllm: MeasuredRow) -> str:
    return (
        f"{significant(_speed(vllm) / _speed(other))} times as fast as "
        f"{other.measurement.engine} with {quantization_words(other.quantization)} weights "
        f"({significant(_speed(vllm))} against {significant(_speed(other))} output tokens/s on "
        f"{other.at('gpu')} at {_place(other, 'input_tokens')} tokens in)"
    )


def _like(other: MeasuredRow, rows: Sequence[MeasuredRow]) -> MeasuredRow | None:
    """vLLM's row on the same GPU, model and weights, of like lengths; of the same load first."""
    alike = [
        row
        for row in rows
        if is_vllm(row.measurement)
        and (row.at("gpu"), row.model) == (other.at("gpu"), other.model)
        and row.quantization == other.quantization
        and all(_is_near(row.at(q), other.at(q)) for q in ("input_tokens", "output_tokens"))
    ]
    load = other.measurement.load
    return min(alike, key=lambda row: row.measurement.load != load, default=None)


def _is_near(value: float | str | None, other: float | str | None) -> bool:
    if not isinstance(value, float | int) or not isinstance(other, float | int):
        return False
    return max(value, other) <= SAME * min(value, other)


def _inside(sweeps: Sequence[ShownSweep]) -> str:
    inside = sum(shown.inside[0] for shown in sweeps)
    known = sum(shown.inside[1] for shown in sweeps)
    if not known:
        return "There is no forecast for these conditions."
    share = f"All {count(known)}" if inside == known else f"{count(inside)} of the {count(known)}"
    return f"{share} points with a forecast are within its 90 % interval."


def memory_shown(sweeps: Sequence[ShownSweep]) -> str:
    """The memory of the first sweep, and whether it was measured."""
    measured = [
        row.measurement.peak_memory_gb
        for shown in sweeps
        for row in shown.sweep.rows
        if row.measurement.peak_memory_gb is not None
    ]
    known = next((shown for shown in sweeps if shown.memory is not None), None)
    sentences = []
    if known is not None and known.memory is not None and known.along is not None:
        memory, at = known.memory, known.along.at
        sentences.append(
            f"{_subject(known)}: vLLM reserves {significant(memory.reserved_gib)} GiB when it "
            f"starts (dashed); {significant(memory.fixed_gib)} GiB are weights and working memory, "
            "and with the KV cache that requests fill they are the memory in use (solid): "
            f"{significant(at[-1])} parallel requests fill {significant(memory.requests_gib[-1])} "
            f"of the {significant(memory.kv_cache_gib)} GiB of the KV cache."
        )
    if measured:
        sentences.append(
            f"Marks are measured peaks of {counted(len(measured), 'row')}; lines are computed "
            "from the shape of the model."
        )
    elif known is None:
        sentences.append("No row drawn states its peak memory, and it cannot be computed for them.")
    else:
        sentences.append(
            "Computed from the shape of the model and the settings: no row shown states its "
            "measured peak memory."
        )
    return " ".join(sentences)


def nothing_found(analysis: Analysis, selection: Selection) -> str:
    """Why an analysis is empty, and what to do."""
    chosen = [*selection.gpus, *selection.models, *selection.quantizations]
    chosen += ["the chosen sources"] if selection.sources else []
    rows = _WHOSE[selection.whose]
    among = f" for {', '.join(chosen)}" if chosen else ""
    return (
        f"No {rows}{among} show this: it takes at least two that differ in their "
        f"{analysis.axis} alone. Choose fewer filters, or measure it with the command below."
    )


def command_to_measure(selection: Selection) -> str:
    """The command that measures all six analyses, for the model that is chosen if it is one."""
    model = selection.models[0] if len(selection.models) == 1 else ARTICLE_CASE.model
    if is_path(model):
        model = ARTICLE_CASE.model
    processor = ["--gpu", CPU] if selection.gpus == (CPU,) else []
    return shlex.join(["planner", "calibrate", "--model", model, *processor, "--suite", "article"])


def where_to_measure(analysis: Analysis, selection: Selection) -> str:
    """On which machine to run the command, and what it needs beyond vLLM."""
    gpu = f"a machine with {selection.gpus[0]}" if len(selection.gpus) == 1 else "your GPU machine"
    more = {
        "transformers": " Transformers is measured only if the weights are on its disk.",
        "gpus": " Run it on each machine whose GPU you want to compare.",
    }.get(analysis.name, "")
    return (
        f"Run this on {gpu}: it measures all six analyses, each until it is done or the GPU "
        f"refuses.{more} Results of other tools come in with planner import FILE; see "
        "planner import --help."
    )


def _subject(shown: ShownSweep) -> str:
    return ", ".join(filter(None, (subject(shown.sweep), conditions(shown.sweep))))


def _speed(row: MeasuredRow) -> float:
    speed = row.output_tokens_per_s
    assert speed is not None, "a sweep holds rows with a throughput"
    return speed


def _place(row: MeasuredRow, quantity: Quantity) -> str:
    value = row.at(quantity)
    return count(round(value)) if isinstance(value, float | int) else str(value)
