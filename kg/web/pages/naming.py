"""From what a reader writes into a field to the one entity that is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from kg import names
from kg.hangul import fold
from kg.search import Hit
from kg.web.pages.frame import Frame, Missing

__all__ = ["called", "like", "like_source", "meant"]

_LONGEST = 200
"""Letters that are compared with names; nobody's name is longer."""


_LIKE = 40.0
"""Score from which a name that does not fit is worth an offer."""


def like(frame: Frame, text: str) -> list[str]:
    """Return the ids of entities whose names fit `text`, else of those that look most like it."""
    index, text = frame.served.index, text[:_LONGEST]
    fits = index.search(text, 5)
    return _ids(fits or (hit for hit in index.nearest(text) if hit.score >= _LIKE))


def called(frame: Frame, text: str) -> str:
    """Return the id of the one entity whose id, label or alias is `text`, ``""`` if none is.

    Case and spacing do not count: ``KAIST`` is ``kaist``.
    """
    if len(text) > _LONGEST:
        return ""
    found = {
        hit.entity
        for hit in frame.served.index.search(text, 10)
        if hit.how == "same" and hit.name.kind in {"id", "label", "alias"}
        if fold(hit.name.text) == fold(text)
    }
    return found.pop() if len(found) == 1 else ""


def like_source(known: Iterable[str], text: str) -> list[str]:
    """Return the ids among those of `known` sources that look most like `text`."""
    return difflib.get_close_matches(text[:_LONGEST], known, 3)


def meant(frame: Frame, text: str, parameter: str) -> str:
    """Return the id of the entity with this id, IRI, label, alias or misspelling.

    Raises :class:`~kg.web.pages.frame.Missing` if there is none, or several, with links
    to this page that have one of the likeliest as `parameter`.
    """
    text = text.strip()[:_LONGEST]
    index = frame.served.index
    id = text.removeprefix(names.PREFIXES["id"]).removeprefix("id:")
    if index.knows(id):
        return id
    hits = index.search(text, 10)
    same = [hit for hit in hits if hit.how == "same"]
    best = [hit for hit in same if hit.name.kind == "label"] or same
    if len(best) == 1:
        return best[0].entity
    if best:
        raise Missing(text, frame.words["which"], _ids(best), parameter)
    near = _ids(hits[:5]) or like(frame, text)
    raise Missing(text, frame.words["no_entity"], near, parameter)


def _ids(hits: Iterable[Hit]) -> list[str]:
    return [hit.entity for hit in hits]
