"""A GPU that people own but on which vLLM does not start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnusableGPU:
    """A GPU that vLLM refuses; ``has`` says what it has in place of what vLLM needs."""

    name: str
    aliases: tuple[str, ...]
    has: str
    source: str
    source_date: str

    @property
    def reason(self) -> str:
        """The rest of a sentence about the GPU."""
        return f"has {self.has}; choose a T4 or a newer GPU"
