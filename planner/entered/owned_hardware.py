"""GPUs that are there already, or that are bought: how many, and what running them costs.

The defaults are in ``SOURCES``, with where each is from.
"""

from __future__ import annotations

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from planner.catalog.names import quoted
from planner.errors import InputError

SIZES = (1, 2, 4, 8)
"""GPUs that a replica is spread over, in one machine."""

DEPRECIATION_YEARS = 4.0
RESIDUAL_SHARE = 0.25
COST_OF_CAPITAL = 0.10
PUE = 1.54
USD_PER_KWH = 0.146

SOURCES: dict[str, str] = {
    "depreciation_years": "randomcalculators.com (default; others take 3 to 6), 2026",
    "residual_share": "v2-pseo-ai.pages.dev/tools/gpu-tco-analysis (25 to 35 %), 2026",
    "cost_of_capital": "build-or-buy console of legitlads, read 2026-11-22",
    "pue": "Uptime Institute survey 2025, industry average (thefreesheet.com, 2026-01-19)",
    "usd_per_kwh": "EIA, US commercial average (energypricestoday.com, 2026-04-26)",
    "host_watts": "none was entered",
    "colocation_usd_per_kw_month": "none was entered: own rooms",
    "maintenance_share": "none was entered",
}
"""Where the default of each field is from."""


class OwnedHardware(BaseModel):
    """GPUs of one kind in machines of ``gpus_per_machine``; None: as many as a replica needs.

    ``price_usd`` is what one GPU costs with its share of the machine; None: it is paid for
    already, and only running it costs something. It loses all but ``residual_share`` in
    ``depreciation_years``. ``age_years`` ago it was bought at that price; None: it is to be bought.
    ``watts`` is what a GPU draws while it works, as measured; None: the
    datasheet's rated power, which is more. ``host_watts`` is the rest of a machine.
    ``maintenance_share`` is a share of the price, a year.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gpu: str = Field(min_length=1, max_length=200)
    count: int = Field(ge=1, le=100_000)
    gpus_per_machine: int | None = Field(default=None, ge=1, le=72)
    price_usd: float | None = Field(default=None, gt=0, le=1e9, allow_inf_nan=False)
    age_years: float | None = Field(default=None, ge=0, le=50, allow_inf_nan=False)
    depreciation_years: float = Field(default=DEPRECIATION_YEARS, ge=1, le=20, allow_inf_nan=False)
    residual_share: float = Field(default=RESIDUAL_SHARE, ge=0, le=1, allow_inf_nan=False)
    cost_of_capital: float = Field(default=COST_OF_CAPITAL, ge=0, le=1, allow_inf_nan=False)
    watts: float | None = Field(default=None, gt=0, le=10_000, allow_inf_nan=False)
    host_watts: float = Field(default=0.0, ge=0, le=100_000, allow_inf_nan=False)
    pue: float = Field(default=PUE, ge=1, le=5, allow_inf_nan=False)
    usd_per_kwh: float = Field(default=USD_PER_KWH, ge=0, le=10, allow_inf_nan=False)
    colocation_usd_per_kw_month: float = Field(default=0.0, ge=0, le=1e5, allow_inf_nan=False)
    maintenance_share: float = Field(default=0.0, ge=0, le=1, allow_inf_nan=False)

    @field_validator("gpus_per_machine")
    @classmethod
    def _no_more_than_there_are(cls, size: int | None, info: ValidationInfo) -> int | None:
        count = info.data.get("count")
        if size is not None and count is not None and size > count:
            raise PydanticCustomError("part_of_a_machine", "it must be at most the count of GPUs")
        return size

    @field_validator("age_years")
    @classmethod
    def _of_a_known_price(cls, age: float | None, info: ValidationInfo) -> float | None:
        if age is not None and info.data.get("price_usd") is None:
            raise PydanticCustomError(
                "age_without_price",
                "an age needs price_usd, what one GPU cost when it was bought; leave the age out "
                "if it is paid for and written off",
            )
        return age

    @property
    def machine_sizes(self) -> tuple[int, ...]:
        """GPUs in a machine: as entered, else each that a replica may need, up to 8."""
        if self.gpus_per_machine is not None:
            return (self.gpus_per_machine,)
        return tuple(size for size in SIZES if size <= self.count)

    def source(self, field: str) -> str:
        """Where the value of a field is from."""
        is_default = getattr(self, field) == type(self).model_fields[field].default
        return SOURCES[field] if is_default else "entered by you"


def owned_from(text: str, place: str) -> OwnedHardware:
    """The hardware that a line states: ``RTX 3090:2``.

    ``RTX 3090:2:700`` adds the price of each GPU in USD if they are to be bought; other fields
    follow as ``RTX 3090:2, watts=200``. Raises InputError with the ``place``.
    """
    cards, *others = text.split(",")
    gpu, *numbers = (part.strip() for part in cards.split(":"))
    fields: dict[str, str] = {"gpu": gpu}
    fields |= dict(zip((*_FIRST[1:], "too many"), numbers, strict=False))
    for other in others:
        name, _, value = other.partition("=")
        fields[name.strip()] = value.strip()
    try:
        return OwnedHardware.model_validate(fields)
    except ValidationError:
        others = [name for name in OwnedHardware.model_fields if name not in _FIRST]
        raise InputError(
            f'{place}: {quoted(text)} was given; write the GPU and how many, "RTX 3090:2", or also '
            'the price of each that is bought, "RTX 3090:2:700"; watts=200 and others may follow, '
            "age_years only with the price, "
            f"after commas: {', '.join(others)}",
            field=place,
        ) from None


_FIRST = ("gpu", "count", "price_usd")


def owned_text(hardware: OwnedHardware) -> str:
    """The line that states the hardware."""
    fields = hardware.model_dump(exclude_unset=True)
    first = [str(fields.pop(name)) for name in _FIRST if fields.get(name) is not None]
    others = [f"{name}={value}" for name, value in fields.items() if value is not None]
    return ", ".join([":".join(first), *others])
