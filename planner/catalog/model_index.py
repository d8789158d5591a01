"""What a model's name means: the shape that it has, never guessed from a size alone.

Six readings are tried, the strictest first: the name with all its words, without words for
tuning and dates, without a version that only one shape has, without a day at its end, as a
fine-tune that names its base, and as a longer name with words left out. Words for the format of
the weights are never part of a shape's name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from planner.catalog.model_spec import FineTune, ModelSpec, UnsizedModel
from planner.naming.fine_tune_name import BaseShape, states_size
from planner.naming.model_name import (
    ModelName,
    exact_key,
    loose,
    model_name,
    shape_words,
    sizes_in,
    unversioned,
    with_dotted_zero,
    without_day,
)
from planner.naming.other_kind import other_kind
from planner.naming.short_name import (
    as_it_was_tuned,
    fitting_names,
    full_names,
    is_all_but_tuning,
    near_names,
    says_which,
    that_begin_alike,
)
from planner.naming.weight_format import WeightFormat

MAX_NAME = 500
"""The longest name that is read; owner and name of a Hugging Face id have 96 characters each."""

Known = ModelSpec | UnsizedModel
_Table = Mapping[str, Known]


@dataclass(frozen=True)
class ModelIndex:
    """Models, fine-tunes and models that cannot be sized, found by a name."""

    models: tuple[ModelSpec, ...]
    fine_tunes: tuple[FineTune, ...]
    unsized: tuple[UnsizedModel, ...]

    def find(self, written: str) -> Known | None:
        """The shape that the name means; None if that is not sure."""
        if len(written) > MAX_NAME:
            return None
        name = model_name(written)
        for table, words_of in (
            (self._exact, str),
            (self._shapes, shape_words),
            (self._unversioned, shape_words),
            (self._shapes, lambda own: shape_words(without_day(own))),
        ):
            for words in map(words_of, name.spellings(self._publishers)):
                found = (
                    table.get(exact_key(words))
                    or table.get(_loose_key(words))
                    or table.get(_loose_key(with_dotted_zero(words)))
                )
                if found is not None:
                    return found
        return self._base_of(name) or self._unsized_family(name) or self._shortened(written)

    def versions_of(self, written: str) -> tuple[str, ...]:
        """Ids of the models that the name means if it left out a version, or a date for one.

        Empty if the versions do not differ, so that ``find`` knows what is meant.
        """
        words = shape_words(model_name(written).own)
        versions = self._versions.get(words, []) if words == unversioned(words) else []
        ids = [known.hf_id if isinstance(known, ModelSpec) else known.name for known in versions]
        if not ids:
            longer = self._with_words_left_out(written)
            published = {model.hf_id for model in self.models}
            ids = [name for name in longer if name in published]
            ids = ids if len(ids) > 1 else list(longer)
        return tuple(ids[-MOST_VERSIONS:])

    def difference(self, names: tuple[str, ...]) -> str | None:
        """In what the models of these ids differ: ``shapes``, ``contexts`` or None."""
        found = [known for name, known in self._named if name in names]
        if not _same_layout(found):
            return "shapes"
        return None if _nearly_same(found) else "contexts"

    def _shortened(self, written: str) -> Known | None:
        """The shape of the longer names that the name shortens; None if it is not sure.

        If only words for tuning are left out, the best known is meant, with its context.
        """
        if other_kind(model_name(written).own) is not None or _is_no_short_name(written):
            return None
        longer = as_it_was_tuned(written, fitting_names(written, self._sizes.items()))
        whole = [name for name in longer if is_all_but_tuning(written, name)]
        if whole:
            found = self._all(whole)
            return found[-1] if _same_layout(found) else None
        versions = [name for name in longer if is_all_but_tuning(written, name, any_version=True)]
        if not versions and not all(says_which(written, name) for name in longer):
            return None
        found = self._all(versions or longer)
        return found[-1] if found and _one_shape(found) else None

    def _all(self, names: Iterable[str]) -> list[Known]:
        return [self._means[name] for name in names]

    def _with_words_left_out(self, written: str) -> tuple[str, ...]:
        """Longer names that the name may shorten, the best known last."""
        if _is_no_short_name(written):
            return ()
        sizes = self._sizes.items()
        longer = full_names(written, sizes)
        if not any(sizes_in(model_name(name).own) for name in longer):
            longer = (*that_begin_alike(written, near_names(written, sizes)), *longer)
        return as_it_was_tuned(written, longer)

    @cached_property
    def _means(self) -> Mapping[str, Known]:
        """The meaning of each full name."""
        return {name: known for name, known in self._named if "/" in name}

    @cached_property
    def _sizes(self) -> Mapping[str, float]:
        """The parameters of each full name; infinity if it cannot be sized."""
        return {
            name: known.params if isinstance(known, ModelSpec) else math.inf
            for name, known in self._means.items()
        }

    def _unsized_family(self, name: ModelName) -> UnsizedModel | None:
        """The model that cannot be sized and of which the name is a variant, if it is one.

        ``DeepSeek-V4-Flash-0731`` has what DeepSeek-V4-Flash has; its draft has not, nor what
        states a size of its own (``DeepSeek-V4-Flash-8B-Distill``).
        """
        if other_kind(name.own) is not None:
            return None
        return next(
            (
                model
                for words, model in self._unsized_words
                if name.own == words
                or (name.own.startswith(f"{words}-") and not states_size(name.own[len(words) :]))
            ),
            None,
        )

    @cached_property
    def _unsized_words(self) -> tuple[tuple[str, UnsizedModel], ...]:
        """Each model that cannot be sized by its name without words for tuning."""
        return tuple((shape_words(model_name(one.name).own), one) for one in self.unsized)

    def _base_of(self, name: ModelName) -> Known | None:
        """The base that a fine-tune names, with the context that it states.

        None if two families of equal length are named.
        """
        words = shape_words(name.own)
        stated = [
            (fine_tune, base)
            for shape, base in self._bases.items()
            if (fine_tune := shape.base_of(words)) is not None
        ]
        longest = max((fine_tune.length for fine_tune, _ in stated), default=0)
        best = [(tune, base) for tune, base in stated if tune.length == longest]
        if len(best) != 1:
            return None
        fine_tune, base = best[0]
        if isinstance(base, ModelSpec) and fine_tune.context_tokens is not None:
            return replace(base, max_position_embeddings=fine_tune.context_tokens)
        return base

    @cached_property
    def _named(self) -> tuple[tuple[str, Known], ...]:
        """Each shape with each of its names, the most important last."""
        by_id = {exact_key(model_name(m.hf_id).own): m for m in reversed(self.models)}
        return (
            *((model.name, model) for model in self.unsized),
            *(
                (tune.name, _tuned(base, tune))
                for tune in self.fine_tunes
                if (base := by_id.get(exact_key(model_name(tune.base_model).own))) is not None
            ),
            *((model.name, model) for model in reversed(self._shape_givers)),
            *((model.hf_id, model) for model in reversed(self._shape_givers)),
        )

    @cached_property
    def _shape_givers(self) -> tuple[ModelSpec, ...]:
        """The models without those that only repeat a shape in another format of the weights.

        A name that states no format must not be read as ``...-NVFP4``. The catalogue finds such
        a model by its whole name before it asks here.
        """
        plain = {_shape_key(n.own) for m in self.models if not _states_format(n := _name(m))}
        return tuple(
            model
            for model in self.models
            if not _states_format(name := _name(model)) or _shape_key(name.own) not in plain
        )

    @cached_property
    def _exact(self) -> _Table:
        return _with_loose((model_name(name).own, known) for name, known in self._named)

    @cached_property
    def _shapes(self) -> _Table:
        named = ((shape_words(model_name(name).own), known) for name, known in self._named)
        return _with_loose(named)

    @cached_property
    def _by_words(self) -> Mapping[str, Known]:
        return {shape_words(model_name(name).own): known for name, known in self._named}

    @cached_property
    def _versions(self) -> Mapping[str, list[Known]]:
        """All versions of each name that has any, the first version first."""
        versions: dict[str, list[Known]] = {}
        for words, known in sorted(self._by_words.items()):
            versions.setdefault(unversioned(words), []).append(known)
        return versions

    @cached_property
    def _unversioned(self) -> _Table:
        return {exact_key(words): of[0] for words, of in self._versions.items() if len(of) == 1}

    @cached_property
    def _bases(self) -> Mapping[BaseShape, Known]:
        """Each base by its family and size.

        Fine-tunes that state no version are of the first; later versions are stated
        (dolphin-2.6-mistral-7b, dolphin-2.8-mistral-7b-v02). A family that has the size in
        several versions must be stated with one: cogito-qwen-14b is of Qwen2.5, not of Qwen.
        """
        stated = {BaseShape.of(words): known for words, known in self._by_words.items()}
        left_out = {
            BaseShape.of(words, any_version=True): versions[0]
            for words, versions in self._versions.items()
            if words not in self._by_words and _nearly_same(versions)
        }
        bases = {shape: known for shape, known in {**stated, **left_out}.items() if shape}
        versioned = {
            (shape.unversioned_family, shape.size) for shape in bases if shape.is_versioned
        }
        return {
            shape: known
            for shape, known in bases.items()
            if shape.is_versioned or (shape.family, shape.size) not in versioned
        }

    @cached_property
    def _publishers(self) -> frozenset[str]:
        return frozenset(model_name(name).owner for name, _ in self._named)


MOST_VERSIONS = 6
"""Names that a refusal lists."""

_SAME_SIZE = 0.01
_LOOSE = "~"
"""Prefix of keys without dots and hyphens; no other key contains it."""


def _name(model: ModelSpec) -> ModelName:
    return model_name(model.hf_id)


def _states_format(name: ModelName) -> bool:
    return name.weights != WeightFormat()


def _shape_key(own: str) -> str:
    return exact_key(shape_words(own))


def _nearly_same(versions: list[Known]) -> bool:
    """True if the versions differ by less than 1 % in size, and not in their context."""
    first = versions[0]
    if not isinstance(first, ModelSpec):
        return len(versions) == 1
    return all(
        isinstance(other, ModelSpec)
        and abs(other.params / first.params - 1) < _SAME_SIZE
        and other.max_position_embeddings == first.max_position_embeddings
        for other in versions
    )


def _is_no_short_name(written: str) -> bool:
    """A Hugging Face id is never short: with an owner it names a repository of its own."""
    return len(written) > MAX_NAME or bool(model_name(written).owner)


def _one_shape(found: list[Known]) -> bool:
    """True if all are nearly the same, in text and in what reads images."""
    return _same_layout(found) and _nearly_same(found)


def _same_layout(found: list[Known]) -> bool:
    """True if all have one shape, whatever their contexts."""
    layouts = {
        (
            (one.layers, one.hidden_size, one.kv_heads, one.head_dim),
            (one.experts, one.sliding_window, one.vision_params),
        )
        for one in found
        if isinstance(one, ModelSpec)
    }
    params = [one.params for one in found if isinstance(one, ModelSpec)]
    return (
        len(layouts) == 1
        and len(params) == len(found)
        and max(params) / min(params) - 1 < _SAME_SIZE
    )


def _tuned(base: ModelSpec, tune: FineTune) -> ModelSpec:
    return replace(
        base,
        vision_params=tune.vision_params,
        max_position_embeddings=tune.max_position_embeddings or base.max_position_embeddings,
    )


def _loose_key(words: str) -> str:
    """A name without dots and hyphens, and its sizes as written: InternVL3-8B is no 38B."""
    return f"{_LOOSE}{loose(exact_key(words))}{_LOOSE}{' '.join(sizes_in(words))}"


def _with_loose(named: Iterable[tuple[str, Known]]) -> _Table:
    """Entries that are also found by a name that lost its dots, if only one name fits."""
    exact = {exact_key(words): (words, known) for words, known in named}
    counts = Counter(loose(key) for key in exact)
    return {key: known for key, (_, known) in exact.items()} | {
        _loose_key(written): known
        for key, (words, known) in exact.items()
        if counts[loose(key)] == 1
        for written in (words, words.replace("_", "."))  # internlm2-chat-1_8b has 1.8b
    }
