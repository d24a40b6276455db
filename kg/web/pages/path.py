"""``/path?from=&to=``: how two things are linked, with the evidence of each step."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from kg import path
from kg.errors import KGError
from kg.links import Links
from kg.model import Claim
from kg.store import is_remote
from kg.web.pages.fields import Wrong, status, wrong
from kg.web.pages.frame import Frame
from kg.web.pages.naming import meant
from kg.web.pages.reading import Reader
from kg.web.served import Served

__all__ = ["links", "ways"]

_MOST = 6
"""Steps; the search reads all that is half as far away."""
_SHOWN = 5


def ways(frame: Frame) -> Response:
    """Return the form and, if both ends are given, the shortest ways between them."""
    asked = frame.request.query_params
    given = {name: asked.get(name, "").strip()[:200] for name in ("from", "to")}
    hops = asked.get("hops", "4").strip()[:20]
    ends, faults = _meant(frame, given)
    if not (hops.isascii() and hops.isdecimal() and 1 <= int(hops) <= _MOST):
        faults["hops"] = Wrong(frame.words["wrong_hops"].format(n=_MOST))
    reader = Reader(frame)
    reader.learn(ends.values())
    found, title = None, frame.words["paths"]
    if len(ends) == len(given) and not faults:
        found = _found(reader, ends["from"], ends["to"], int(hops))
        title = " — ".join(map(reader.wording.entity, ends.values()))
    return frame.answer(
        "path.j2", status=status(*faults.values()), title=title, given=given, hops=hops,
        most=_MOST, faults=faults, found=found,
    )  # fmt: skip


def _meant(frame: Frame, given: dict[str, str]) -> tuple[dict[str, str], dict[str, Wrong]]:
    """The ends that are given and known, and what is wrong with the others."""
    ends, faults = dict[str, str](), dict[str, Wrong]()
    for name, text in given.items():
        try:
            if text:
                ends[name] = meant(frame, text, name)
        except KGError as error:
            faults[name] = wrong(frame, error)
    if len(ends) > len(set(ends.values())):
        faults["to"] = Wrong(frame.words["same_ends"])
    return ends, faults


def links(served: Served) -> Links | None:
    """Return all links, unless a server holds them, which may be very many; read once."""
    return None if is_remote(served.source) else served.once("links", Links.of)


def _found(reader: Reader, start: str, end: str, hops: int) -> list[dict[str, Any]]:
    served = reader.frame.served
    found = path.stations(
        served.store, start, end, max_hops=hops, limit=_SHOWN,
        links=links(served), degrees=served.index.claims,
    )  # fmt: skip
    said = path.claims(served.store, found)
    claims = reader.claims(iri for iris in said.values() for iri in iris)
    reader.prepare(claims)
    return [
        {
            "stations": [reader.thing(id) for id in way],
            "hops": reader.frame.words["hop"] if len(way) == 2
            else reader.frame.words["hops"].format(n=len(way) - 1),
            "steps": [_step(reader, said[pair], claims) for pair in itertools.pairwise(way)],
        }
        for way in found
    ]  # fmt: skip


def _step(reader: Reader, iris: Sequence[str], claims: Mapping[str, Claim]) -> list[dict[str, Any]]:
    ordered = sorted(iris, key=lambda iri: path.plainness(
        claims[iri].status, claims[iri].predicate, iri))  # fmt: skip
    return [reader.said(iri, claims[iri]) for iri in ordered]
