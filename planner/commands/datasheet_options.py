"""Datasheet figures of a GPU that the catalogue lacks: from options, or from prompts."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import typer

from benchmarks.hardware.cards import Datasheet, UnknownCardError
from planner.commands.screen import say


@dataclass(frozen=True, slots=True)
class DatasheetOptions:
    """The figures from options; with ``ask``, a terminal is prompted for missing ones."""

    bandwidth_gb_per_s: float | None
    fp16_tflops: float | None
    source: str | None
    ask: bool

    def complete(self, error: UnknownCardError) -> Datasheet:
        """The complete datasheet. Raises ``error`` if a figure is missing and nobody can answer."""
        bandwidth, tflops, source = self.bandwidth_gb_per_s, self.fp16_tflops, self.source
        if self.ask and sys.stdin.isatty() and sys.stderr.isatty():
            say(f"{error.card.name} is not in the catalogue; from its datasheet:")
            bandwidth = bandwidth or typer.prompt("Memory bandwidth, GB/s", type=float, err=True)
            tflops = tflops or typer.prompt("Dense FP16 TFLOP/s", type=float, err=True)
            source = source or typer.prompt("Where these figures are from", err=True)
        if bandwidth is None or tflops is None or source is None:
            raise error
        return Datasheet(bandwidth, tflops, source)
