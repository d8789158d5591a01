"""Window sizes: a desktop and a telephone."""

from __future__ import annotations

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}
