"""What is wrong with what a reader wrote into a field: told beside it, the form stays filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kg.errors import KGError
from kg.web.pages.frame import Frame, Missing, behind, suggested

__all__ = ["Wrong", "status", "wrong"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a field's value cannot be used, and what may have been meant."""

    what: str
    near: list[dict[str, Any]] = field(default_factory=list)
    """Name and address of each: this page with that in the field."""
    status: int = 400


def wrong(frame: Frame, error: KGError, instead: str = "") -> Wrong:
    """Return what to tell about an error, or `instead` in its place.

    Raises the error again where the store is to blame and not what was written.
    """
    if behind(frame, error):
        raise error
    if isinstance(error, Missing):
        return Wrong(error.problem.what, suggested(frame, error), 404)
    told = "; ".join(filter(None, (error.problem.what, error.problem.remedy)))
    return Wrong(instead or told)


def status(*found: Wrong) -> int:
    """Return the status of a page on which this is wrong: nothing is 200."""
    return max((each.status for each in found), default=200)
