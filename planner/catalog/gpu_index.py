"""What a GPU's name means: the name of a catalogue, of NVML, of a cloud or of a price list.

A name is the catalogue's or an alias in any spelling, or a family with qualifiers (memory
size, form factor) that leave one card: ``H100 PCIe 80GB``. A name never means a card whose
own name says more (RTX 4090 Laptop, H200 NVL), nor a part of a card (MIG, vGPU).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from planner.catalog import names
from planner.catalog.cloud_machine import CloudMachine, machine_key
from planner.catalog.gpu import GPU
from planner.catalog.unusable_gpu import UnusableGPU
from planner.errors import InputError

_WORD = re.compile(r"[a-z0-9]+")
_MEMORY = re.compile(r"\b(\d+) ?(?:gb|gib|g)\b")
_FORM_FACTORS = {"sxm": "sxm", "sxm2": "sxm", "sxm3": "sxm", "sxm4": "sxm", "sxm5": "sxm",
                 "pcie": "pcie", "pci": "pcie", "nvl": "nvl"}  # fmt: skip
_VENDOR = {"nvidia", "geforce", "tesla"}
_BARE_NUMBER = re.compile(r"[2-5]0[5-9]0(ti|super|tisuper)?")
"""``4090`` or ``4070tisuper``: the name of a GeForce RTX without its first words."""

_PARTS = (
    (re.compile(r"\bmig\b|\b\d+g[.-]\d+gb\b"), "is a MIG slice of a GPU, and the figures of"),
    (re.compile(r"^grid\b|[- ]\d+[abcq]$"), "is a virtual GPU (vGPU), and the figures of"),
    (re.compile(r"[-_]shared$"), "is a GPU that several pods share, and the figures of"),
)
"""How NVML, NVIDIA's vGPU profiles and the Kubernetes device plugin name a part of a GPU."""

_BARE_MEMORY = re.compile(r"\b([ahv]100)[-_ ]?(sxm\d?|pcie)?[-_ ](16|32|40|80|94)$", re.IGNORECASE)
"""``A100-40``: the memory without its unit."""
_MACHINE = re.compile(r"(?:nvidia )?(?P<kind>[dh]gx)[- ](?P<card>[ahb]\d{3})", re.IGNORECASE)
"""NVIDIA's own machine (DGX, eight cards), or its board for others' machines (HGX)."""
_BOARDS_OF_FOUR = ("a100", "h100", "h200")
"""Cards of which HGX boards have four or eight (NVIDIA's HGX datasheets); later ones have eight."""

_WHOLE_PROFILE = re.compile(r"(?:grid )?(?P<card>.+)-(?P<memory>\d+)[abcq]")
_OTHER_MAKERS = re.compile(
    r"\b(?:mi\d{2,3}[a-z]?|instinct|radeon|rx ?\d{4}|gaudi\d?|hpu|tpu|apple"
    r"|m[1-5] ?(?:max|ultra|pro)|arc|ascend|910[bc]|inferentia\d?|inf[12]|trainium\d?|trn[12]"
    r"|\d{4} ?xtx?|w[67][5-9]00|ryzen|strix|groq|cerebras|tenstorrent|cambricon|mlu\d+|mtt)\b"
)
_SEVERAL = re.compile(
    r"(?:gpu )?(?P<before>[1-9]\d?) ?[x×*] ?(?P<card>.+)"
    r"|(?P<of>.+?)(?: [x×*] ?|[×*] ?|(?<![rg]t)x)(?P<after>[1-9]\d?)"
    r"|(?P<word>dual|two|quad|four) (?P<called>.+)",
    re.IGNORECASE,
)
"""Several GPUs as people and clouds write them: 2x3090, H100 x8, gpu_1x_h100_pcie, dual 3090."""
_NUMBER_WORDS = {"dual": 2, "two": 2, "quad": 4, "four": 4}
_MODULES = re.compile(r"\b(?:jetson|orin|thor|xavier)\b")
_LAPTOP = re.compile(r"\b(laptop|notebook|mobile)\b|max-?q design")
_ONLY_LAPTOP = re.compile(r"\brtx ?4050\b")
MEMORY_TOLERANCE = 0.15
"""A stated size may be the box's, the driver's (22 GiB of 24 GB) or MiB taken for GB (+7 %)."""


@dataclass(frozen=True)
class GPUIndex:
    """The GPUs of a catalogue by name."""

    gpus: tuple[GPU, ...]
    unusable: tuple[UnusableGPU, ...] = ()
    machines: Mapping[str, CloudMachine] = field(default_factory=dict)

    def find(self, name: str, memory_gb: float | None = None) -> GPU:
        """The GPU that ``name`` means; ``memory_gb`` chooses within a family (``A100``).

        Of several form factors with that memory the first in the catalogue is returned
        (SXM before PCIe). Raises InputError (field ``gpu``) with the reason or the nearest
        names, also if the card has another memory size than ``memory_gb``.
        """
        name = _BARE_MEMORY.sub(lambda found: f"{found[0]}GB", name.strip())
        written = name.lower()
        if (cloud_gpu := self._by_cloud_name.get(written)) is not None:
            return _with_memory(cloud_gpu, name, memory_gb)
        key = _key(name)
        found = self._by_key.get(names.gpu_key(name)) or self._by_key.get(key)
        if found is not None:
            return self._same_name(found, name, memory_gb)
        if (several := _SEVERAL.fullmatch(name.strip().replace("_", " "))) is not None:
            return self._one_of(several, name, memory_gb)
        if (whole := self._whole_of_virtual(written)) is not None:
            if memory_gb is not None:
                return _with_memory(whole, name, memory_gb)
            raise InputError(
                f"gpu {names.quoted(name)} is a virtual GPU (vGPU) that has a whole {whole.name}, "
                f"with less memory; name the {whole.name}, and give the memory that nvidia-smi "
                "shows (MiB / 1024) as --gpu-memory-gib",
                field="gpu",
            )
        if (reason := _why_not_a_whole_gpu(written)) is not None:
            raise InputError(f"gpu {names.quoted(name)} {reason}", field="gpu")
        if (unusable := self._unusable_by_key.get(key)) is not None:
            raise InputError(f"gpu {names.quoted(name)} {unusable.reason}", field="gpu")
        if (several := _MACHINE.fullmatch(written)) is not None:
            raise self._cards_of(several, name, memory_gb)
        family = self._family(name)
        machine = self.machines.get(machine_key(name))
        if machine is not None and _split(name)[0] not in self._by_model:
            return self._gpu_of(machine, name, memory_gb)
        if memory_gb is None:
            if len(family) == 1:
                return family[0]
        elif (nearest := _nearest(family, memory_gb)) is not None:
            return nearest
        raise self._unknown(name, family)

    def _same_name(self, found: GPU, name: str, memory_gb: float | None) -> GPU:
        """The GPU of this name, or of its family the one with the memory that is stated.

        ``RTX 3060`` is the one with 12 GB; with 8 GB stated it is RTX 3060 8GB.
        """
        if memory_gb is None or _distance(found, memory_gb) <= MEMORY_TOLERANCE:
            return found
        return _nearest(self._family(name), memory_gb) or _with_memory(found, name, memory_gb)

    def _one_of(self, several: re.Match[str], name: str, memory_gb: float | None) -> GPU:
        """The GPU of which the name states one. Raises InputError if it states several."""
        stated = several["before"] or several["after"]
        count = int(stated) if stated else _NUMBER_WORDS[several["word"].lower()]
        card = several["card"] or several["of"] or several["called"]
        if _SEVERAL.fullmatch(card):
            raise InputError(
                f"gpu {names.quoted(name)} states more than one number of GPUs; name one GPU, and "
                "the number of GPUs that share a replica",
                field="gpu",
            )
        try:
            gpu = self.find(card, memory_gb)
        except InputError as error:
            raise InputError(
                f"gpu {names.quoted(name)} is {count} x {names.quoted(card)}, and {error}",
                field="gpu",
            ) from error
        if count == 1:
            return gpu
        raise InputError(
            f"gpu {names.quoted(name)} is {count} x {gpu.name}; name one, {gpu.name}, and the "
            "number of GPUs that share a replica",
            field="gpu",
        )

    def _cards_of(self, machine: re.Match[str], name: str, memory_gb: float | None) -> InputError:
        """The refusal of a DGX or HGX: each card with which it was sold, and their number."""
        card = machine["card"]
        sold = (memory_gb,) if memory_gb or card != "a100" else (80, 40)
        cards = " or ".join(self.find(f"{card} sxm", memory).name for memory in sold)
        four = machine["kind"] == "hgx" and card in _BOARDS_OF_FOUR
        return InputError(
            f"gpu {names.quoted(name)} is {'a board with 4 or' if four else 'a machine with'} 8 x "
            f"{cards}; name its GPU, {cards}, and the number of GPUs that share a replica",
            field="gpu",
        )

    def _whole_of_virtual(self, written: str) -> GPU | None:
        """The GPU of a vGPU profile with all its memory (``a40-48q``); None for other names."""
        found = _WHOLE_PROFILE.fullmatch(written)
        card = found and self._by_key.get(_key(found["card"]))
        return card if found and card and card.memory_gb == float(found["memory"]) else None

    def _gpu_of(self, machine: CloudMachine, name: str, memory_gb: float | None) -> GPU:
        """The GPU of a machine that has one. Raises InputError if it has several."""
        if machine.gpu_count == 1:
            return self.find(machine.gpu, memory_gb)
        raise InputError(
            f"gpu {names.quoted(name)} is a machine of {machine.provider} with "
            f"{machine.gpu_count} x {machine.gpu}; name its GPU, {machine.gpu}, and the number of "
            "GPUs that share a replica",
            field="gpu",
        )

    def _family(self, name: str) -> list[GPU]:
        """The GPUs of the same model that have all qualifiers of ``name``, in catalogue order."""
        model, qualifiers = _split(name)
        return [
            gpu
            for gpu in self._by_model.get(model, ())
            if any(
                model == own_model and qualifiers <= own | {f"{gpu.memory_gb:g}gb"}
                for own_model, own in map(_split, (gpu.name, *gpu.aliases))
            )
        ]

    def _unknown(self, name: str, family: list[GPU]) -> InputError:
        alike = family or self._by_model.get(_split(name)[0], [])
        near = [gpu.name for gpu in alike]
        near = near or names.nearest(name, [gpu.name for gpu in self.gpus])
        return InputError(
            f"gpu {names.quoted(name)} is not one GPU of the catalogue; {_advice(name, near)}",
            field="gpu",
        )

    @cached_property
    def _by_key(self) -> dict[str, GPU]:
        aliases = {
            names.gpu_key(alias): gpu
            for gpu in self.gpus
            for alias in gpu.aliases
            if not _is_cloud_name(alias)
        }
        return aliases | {names.gpu_key(gpu.name): gpu for gpu in self.gpus}

    @cached_property
    def _by_model(self) -> dict[str, list[GPU]]:
        by_model: dict[str, list[GPU]] = {}
        for gpu in self.gpus:
            models = {_split(name)[0] for name in (gpu.name, *gpu.aliases)}
            for model in models - {""}:
                by_model.setdefault(model, []).append(gpu)
        return by_model

    @cached_property
    def _by_cloud_name(self) -> dict[str, GPU]:
        return {alias: gpu for gpu in self.gpus for alias in gpu.aliases if _is_cloud_name(alias)}

    @cached_property
    def _unusable_by_key(self) -> dict[str, UnusableGPU]:
        return {
            names.gpu_key(name): gpu for gpu in self.unusable for name in (gpu.name, *gpu.aliases)
        }


def _is_cloud_name(alias: str) -> bool:
    """True for an accelerator type such as ``nvidia-h100-80gb``, which means one card as written.

    In another spelling (H100 80GB) the same words mean several.
    """
    return alias == alias.lower()


def _key(name: str) -> str:
    key = names.gpu_key(_MEMORY.sub(r"\1gb", name.lower().replace("_", " ")))
    return f"rtx{key}" if _BARE_NUMBER.fullmatch(key) else key


def _split(name: str) -> tuple[str, frozenset[str]]:
    """The model of a name and its qualifiers: ``A100-SXM4-80GB`` -> ``a100``, {sxm, 80gb}."""
    written = name.lower().replace("_", " ")
    qualifiers = {f"{int(size)}gb" for size in _MEMORY.findall(written)}
    model = []
    for word in _WORD.findall(_MEMORY.sub(" ", written)):
        if word in _FORM_FACTORS:
            qualifiers.add(_FORM_FACTORS[word])
        elif word not in _VENDOR:
            model.append(word)
    key = "".join(model)
    return (f"rtx{key}" if _BARE_NUMBER.fullmatch(key) else key), frozenset(qualifiers)


def _why_not_a_whole_gpu(written: str) -> str | None:
    if _OTHER_MAKERS.search(written):
        return (
            "is not made by NVIDIA; only GPUs with a CUDA compute capability are sized, because "
            "vLLM decides by it what runs"
        )
    for pattern, what in _PARTS:
        if pattern.search(written):
            return (
                f"{what} the whole GPU do not hold for it; name a whole GPU, "
                "or add this one with planner catalog add-gpu"
            )
    if _MODULES.search(written):
        return (
            "is a module whose memory the processor shares; add it with planner catalog add-gpu, "
            "with the memory that is left to vLLM"
        )
    if _ONLY_LAPTOP.search(written):
        return "is a laptop's GPU alone; add it with planner catalog add-gpu"
    if _LAPTOP.search(written):
        return (
            "is a laptop's GPU, slower than the desktop card of that number; "
            "add it with planner catalog add-gpu"
        )
    return None


def _with_memory(gpu: GPU, name: str, memory_gb: float | None) -> GPU:
    if memory_gb is None or _distance(gpu, memory_gb) <= MEMORY_TOLERANCE:
        return gpu
    raise InputError(
        f"gpu {names.quoted(name)} is {gpu.name} with {gpu.memory_gb:g} GB in the catalogue, "
        f"but {memory_gb:g} GB are stated: another card, add it with planner catalog add-gpu",
        field="gpu",
    )


def _nearest(family: list[GPU], memory_gb: float) -> GPU | None:
    """The GPU of a family with the memory nearest to a stated one; None if none has about it."""
    near = [gpu for gpu in family if _distance(gpu, memory_gb) <= MEMORY_TOLERANCE]
    return min(near, key=lambda gpu: abs(gpu.memory_gb - memory_gb), default=None)


def _distance(gpu: GPU, memory_gb: float) -> float:
    return abs(gpu.memory_gb - memory_gb) / gpu.memory_gb


def _advice(name: str, near: list[str]) -> str:
    if names.gpu_key(name) == "cpu":
        return "measure this machine's processor first: planner calibrate --gpu cpu"
    if near:
        return f"did you mean {' or '.join(near)}? Others: planner catalog add-gpu"
    return "planner catalog gpus lists them, planner catalog add-gpu adds one"
