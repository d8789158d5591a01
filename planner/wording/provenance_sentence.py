"""How near the published measurements behind a forecast are to what is forecast, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator

from planner.fleet.plan import Option
from planner.forecast.provenance import Provenance
from planner.wording.formatting import count, counted
from planner.wording.model_fleet_sentences import machines, model_names


def provenance_sentences(option: Option) -> tuple[str, ...]:
    """What the measurements behind an option share with it, of each model if there are several."""
    if option.of_models:
        return tuple(
            f"{name} on {machines(one.fleet)} ({one.basis}): {sentence}"
            for name, one in zip(model_names(option), option.of_models, strict=True)
            for sentence in provenance_sentences(one)
        )
    return () if option.provenance is None else (provenance_sentence(option.provenance),)


def why_unmeasured(option: Option) -> str:
    """The reason that an option counts as not measured: the property that no measurement shares."""
    if option.of_models:
        unmeasured = [one for one in option.of_models if not one.is_measured]
        return "; ".join(f"{machines(one.fleet)}: {why_unmeasured(one)}" for one in unmeasured)
    known = option.provenance
    if known is None or not known.gpu:
        return "nobody has published a measurement of this GPU"
    if not known.quantization:
        return "this GPU is measured, but not with this quantization"
    if not known.model_size:
        return "this GPU is measured, but with models of other sizes"
    if not known.gpu_count:
        return f"this GPU is measured, but not with {counted(known.gpus_asked, 'GPU')} a replica"
    return (
        "this GPU is measured, but a model of this size not with "
        f"{counted(known.gpus_asked, 'GPU')} a replica"
    )


def provenance_sentence(provenance: Provenance) -> str:
    """What the measurements share with the deployment, and what not."""
    if not provenance.gpu:
        return "No published measurement of this GPU."
    return "; ".join((_of_the_gpu(provenance), *_of_the_pool(provenance))) + "."


def _of_the_gpu(provenance: Provenance) -> str:
    of_gpu = f"{counted(provenance.gpu, 'published measurement')} of this GPU"
    model = _model(provenance)
    if not provenance.quantization:
        return f"{of_gpu}, none with this quantization, {model}"
    if provenance.quantization == provenance.gpu:
        return f"{of_gpu} with this quantization, {model}"
    return f"{of_gpu}; {count(provenance.quantization)} with this quantization, {model}"


def _model(provenance: Provenance) -> str:
    whole = provenance.counted
    if provenance.model_shape:
        return f"{_share(provenance.model_shape, whole)} of a model of this shape"
    if provenance.model_size:
        return f"{_share(provenance.model_size, whole)} of a model of this size but another shape"
    return "of a model of another size" if whole == 1 else "all of models of other sizes"


def _of_the_pool(provenance: Provenance) -> Iterator[str]:
    whole = provenance.counted
    yield f"{_share(provenance.gpu_count, whole)} on {counted(provenance.gpus_asked, 'GPU')}"
    if provenance.kv_format < whole:
        yield f"{_share(provenance.kv_format, whole)} with this KV cache format"
    if provenance.engine is not None and provenance.engine < whole:
        yield f"{_share(provenance.engine, whole)} of this vLLM generation"
    if provenance.engines:
        stated = provenance.engine_stated
        where = f" in the {count(stated)} that state it" if stated < whole else ""
        only = " only" if len(provenance.engines) == 1 else ""
        yield f"vLLM {', '.join(provenance.engines)}{where or only}"


def _share(number: int, whole: int) -> str:
    if number == 0:
        return "none"
    return "all" if number == whole > 1 else count(number)
