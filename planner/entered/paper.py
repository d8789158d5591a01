"""The paper that a report is set on."""

from __future__ import annotations

from typing import Literal

Paper = Literal["a4", "letter"]

A4: Paper = "a4"
