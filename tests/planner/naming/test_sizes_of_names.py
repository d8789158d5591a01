"""Whatever is typed, what is found has the size that was typed, or nothing is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from planner.catalog.lookup import load_catalog
from planner.catalog.model_spec import ModelSpec
from planner.naming.model_name import model_name, sizes_in

ROUNDING = 0.10
"""A size in a name is rounded: Qwen2.5-7B has 7.6 billion parameters, 8.8 % more."""


@cache
def sizes_of_shapes() -> dict[str, set[str]]:
    """The sizes in the names of all models and fine-tunes of a shape, by the shape's id."""
    sizes = defaultdict(set)
    for model in load_catalog().models:
        sizes[model.hf_id].update(sizes_in(model_name(model.hf_id).own.replace("_", ".")))
    for tune in load_catalog().fine_tunes:
        sizes[tune.base_model].update(sizes_in(model_name(tune.name).own))
    return sizes


def typed_forms(hf_id: str) -> Iterator[str]:
    """The name as people shorten and run it together, and with a digit that belongs elsewhere."""
    own = hf_id.rpartition("/")[2]
    words = own.replace("_", "-").split("-")
    yield from (own, " ".join(words), "".join(words), own.replace(".", ""), own.replace("-", "_"))
    for size in (word for word in words if sizes_in(word.lower())):
        first = words[0]
        family = first.rstrip("0123456789.")
        yield from (f"{first} {size}", f"{first}:{size.lower()}", f"{first}{size}")
        yield from (f"{family} {size}", f"{family}-{size}", f"{family} 3{size}", f"{family}3{size}")
        yield from (f"{first} 1{size}", f"{first}-1.{size}", f"{first} {size[1:]}")
        yield from (f"acme/{first}-9{size}", f"acme/x-{own}-38B", f"acme/x38b-{own}")


def is_size_of(size: str, found: ModelSpec) -> bool:
    """True if the size is in a name of the shape, or its parameters rounded."""
    if size in sizes_of_shapes()[found.hf_id]:
        return True
    if "x" in size:
        return False
    parameters = float(size[:-1]) * {"m": 1e6, "b": 1e9, "t": 1e12}[size[-1]]
    return abs(parameters / (found.params + (found.vision_params or 0)) - 1) <= ROUNDING


def has_size(own: str, found: ModelSpec) -> bool:
    """True if all sizes in the name are the model's; 1_8b is 1.8b, and 2_7b of Llama_2_7b 7b."""
    readings = (own, own.replace("_", "."), own.replace(" ", "."))
    return any(all(is_size_of(size, found) for size in sizes_in(words)) for words in readings)


def found_under(written: str) -> ModelSpec | None:
    return load_catalog().model_of(written)


def test_no_form_of_any_name_is_read_as_a_model_of_another_size() -> None:
    catalog = load_catalog()
    ids = [*(model.hf_id for model in catalog.models), *(one.name for one in catalog.fine_tunes)]
    wrong = []
    for written in dict.fromkeys(form for hf_id in ids for form in typed_forms(hf_id)):
        found = found_under(written)
        if found is not None and not has_size(model_name(written).own, found):
            wrong.append((written, found.hf_id))
    assert wrong == []


@pytest.mark.parametrize(
    "written",
    [
        *("internvl 3.8b", "qwen 38b", "qwen38b", "acme/internvl-38b", "llama 38b", "gemma29b"),
        *("qwen257b", "qwen 3 .8b", "opt-1-3b", "qwen-2-5-1-5b", "acme/Smaug72b-Qwen3-8B"),
    ],
)
def test_the_digits_of_a_size_are_never_divided(written: str) -> None:
    assert found_under(written) is None


@pytest.mark.parametrize(
    ("written", "hf_id"),
    [
        ("qwen25 7b", "Qwen/Qwen2.5-7B-Instruct"),
        ("llama-3-1-8b", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
        ("qwen-3-0-6b", "Qwen/Qwen3-0.6B"),
        ("internlm2-chat-1.8b", "internlm/internlm2-chat-1_8b"),
    ],
)
def test_a_version_may_lose_its_dot(written: str, hf_id: str) -> None:
    found = found_under(written)
    assert found is not None
    assert found.hf_id == hf_id
