"""``/claim/HASH``: one claim, what it rests on, and what rests on it."""

from __future__ import annotations

import pyoxigraph as ox
from starlette.responses import RedirectResponse, Response

from kg import names, rdf
from kg.web import security
from kg.web.pages import schema_org, twins
from kg.web.pages.entity import claim_record
from kg.web.pages.frame import Frame, Missing, inert
from kg.web.pages.reading import Reader, named

__all__ = ["claim", "evidence"]

_RESTING = "SELECT ?claim { ?claim aie:evidence THING }"


def claim(frame: Frame) -> Response:
    """Return the page about a claim, or its twin."""
    name, suffix = twins.split(str(frame.request.path_params["name"]))
    iri = names.PREFIXES["claim"] + name
    reader = Reader(frame)
    found = reader.claims([iri]) if named(iri) else {}
    suffix = suffix or twins.wanted(frame.request.headers.get("accept"))
    if not found:
        return twins.missing(frame, suffix, Missing(name, frame.words["no_claim"]))
    path = f"/claim/{name}"
    if suffix:
        return twins.twin(frame, path, suffix, iri, lambda: claim_record(iri, found[iri]))
    reader.prepare(found, resting=True)
    credited = {reader.sources[each.source] for each in found[iri].evidence
                if each.source in reader.sources}  # fmt: skip
    reader.learn(id for source in credited for id in schema_org.credits(source))
    said = reader.said(iri, found[iri])
    answer = frame.answer(
        "claim.j2",
        title=f"{said['subject']['name']} — {said['relation']} — {said['object']['name']}",
        said=said,
        rivals=reader.rivals(iri),
        flat=rdf.is_flat(found[iri]),
        twins=[(each, frame.link(f"{path}.{each}")) for each in twins.SUFFIXES],
        data=inert(schema_org.claim(reader, iri, found[iri])),
    )
    answer.headers.update(twins.links(frame, path))
    return answer


def evidence(frame: Frame) -> Response:
    """Lead from the IRI of an evidence to the first claim that rests on it."""
    name = str(frame.request.path_params["name"])
    iri = names.PREFIXES["ev"] + name.removesuffix("#selector")
    reader = Reader(frame)
    query = _RESTING.replace("THING", str(ox.NamedNode(iri))) if named(iri) else ""
    claims = sorted(row[0].value for row in reader.rows(query)) if query else []
    if not claims:
        raise Missing(name, frame.words["no_claim"])
    headers = security.readable(frame.site.settings)
    return RedirectResponse(f"{frame.of(claims[0])}#evidence", 303, headers)
