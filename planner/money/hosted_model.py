"""Models that providers host, and which network each has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from planner.catalog.csv_rows import read_records


@dataclass(frozen=True, slots=True)
class HostedModel:
    """A model of a provider under the provider's own name.

    ``catalog_model`` is the Hugging Face id of the catalogue model that it is; None for a closed
    model of the GPT-4 class, which the article compares with. ``context_tokens`` hold prompt
    and answer. A model whose context is not stated is not listed: nothing says that the
    documents fit. Neither are fine-tunes, free samples and what is marked as deprecated.
    """

    provider: str
    model: str
    catalog_model: str | None
    context_tokens: int
    source: str
    source_date: str


@cache
def load_hosted_models() -> tuple[HostedModel, ...]:
    """All rows of ``data/hosted_models.csv``. Raises CatalogError if one is not sound."""
    return read_records(Path(__file__).parent.parent / "data" / "hosted_models.csv", HostedModel)
