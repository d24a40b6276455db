"""``/path?from=&to=``: how two things are linked, with the evidence of each step."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from kg import path
from kg.errors import KGError
from kg.model import Claim
from kg.web.pages.frame import Frame
from kg.web.pages.naming import meant
from kg.web.pages.reading import Reader

__all__ = ["ways"]

_MOST = 6
"""Steps; the search reads all that is half as far away."""
_SHOWN = 5


def ways(frame: Frame) -> Response:
    """Return the form and, if both ends are given, the shortest ways between them."""
    asked = frame.request.query_params
    given = {name: asked.get(name, "").strip()[:200] for name in ("from", "to")}
    hops = asked.get("hops", "4")
    if not hops.isdecimal() or len(hops) > 2 or not 1 <= int(hops) <= _MOST:
        raise KGError(f"hops={hops[:20]}", "is no number of steps", f"write one from 1 to {_MOST}")
    reader = Reader(frame)
    found: list[dict[str, Any]] = []
    ends: list[str] = []
    if all(given.values()):
        ends = [meant(frame, text, name) for name, text in given.items()]
        if ends[0] == ends[1]:
            raise KGError(given["to"], frame.words["same_ends"])
        found = _found(reader, ends[0], ends[1], int(hops))
    title = frame.words["paths"]
    if ends:
        reader.learn(ends)
        title = " — ".join(map(reader.wording.entity, ends))
    return frame.answer(
        "path.j2", title=title, given=given, hops=int(hops), most=_MOST, ends=ends, found=found
    )


def _found(reader: Reader, start: str, end: str, hops: int) -> list[dict[str, Any]]:
    frame = reader.frame
    found = path.find(frame.site.store, start, end, max_hops=hops, limit=_SHOWN, lang=frame.lang)
    iris = [edge.id for way in found.ways for step in way for edge in step.claims]
    claims = reader.claims(iris)
    reader.prepare(claims)
    return [
        {
            "stations": [reader.thing(start), *(reader.thing(step.end) for step in way)],
            "hops": frame.words["hop"] if len(way) == 1
            else frame.words["hops"].format(n=len(way)),
            "steps": [[_step(reader, edge.id, claims) for edge in step.claims] for step in way],
        }
        for way in found.ways
    ]  # fmt: skip


def _step(reader: Reader, iri: str, claims: dict[str, Claim]) -> dict[str, Any]:
    return reader.said(iri, claims[iri])
