"""Errors that a user can cause and correct.

Every message says what was given, what is allowed and what to do next, in one
line. The command line prints it and exits with status 2; the web app shows it
beside the field. Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations


class PlannerError(Exception):
    """Base class of all errors whose message is meant for a user."""


class InputError(PlannerError):
    """Something that was typed, passed or uploaded cannot be used.

    ``field`` names the input (``"documents_per_year"``), so that a page can
    show the message beside it; None if the error concerns no single field.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class CatalogError(PlannerError):
    """A row of a data file is not valid, for example because it has no source."""


class StoreError(PlannerError):
    """The database cannot be opened, read or written."""
