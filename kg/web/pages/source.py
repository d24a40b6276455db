"""``/source/ID``: a source and all that stands in it, in its own words where they are at hand."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from starlette.responses import Response

from kg import evidence, names, network
from kg.model import Article, Claim, Dataset, Evidence, Ref, Source, Span
from kg.web.pages import schema_org, twins
from kg.web.pages.entity import claim_record
from kg.web.pages.frame import Frame, Missing, address, inert
from kg.web.pages.naming import like_source
from kg.web.pages.paging import paged
from kg.web.pages.reading import Reader, named, passage

__all__ = ["source"]

_PAGE = 150
"""Claims listed on one page."""

_KEYS = "SELECT DISTINCT ?claim { ?ground oa:hasSource THING . ?claim aie:evidence ?ground }"


def source(frame: Frame) -> Response:
    """Return the page about a source, or its twin."""
    id, suffix = twins.split(str(frame.request.path_params["name"]))
    iri, path = names.source_iri(id), f"/source/{id}"
    reader = Reader(frame)
    if id not in reader.sources or not named(iri):
        near = like_source(reader.sources, id)
        raise Missing(id, frame.words["no_source"], near, kind="source")
    suffix = suffix or twins.wanted(frame.request.headers.get("accept"))
    if suffix:
        return twins.twin(frame, path, suffix, iri, lambda: _record(reader, id, iri))
    answer = _page(reader, reader.sources[id], path)
    answer.headers.update(twins.links(frame, path))
    return answer


def _page(reader: Reader, about: Source, path: str) -> Response:
    frame = reader.frame
    claims = _claims(reader, about.id)
    places = _places(claims, about.id)
    listed = paged(frame, places, _PAGE, f"{path}#claims")
    reader.learn(schema_org.credits(about))
    text = frame.site.texts.get(about.id) if isinstance(about, Article) else None
    return frame.answer(
        "source.j2",
        title=reader.wording.source(about.id),
        about=about,
        kind=reader.wording.term(type(about).__name__),
        original=address(about.url),
        particulars=_particulars(reader, about),
        count=len(claims),
        lines=None if text is None else [*_lines(reader, text, places)],
        bare=None if text is None else _bare(text, places),
        listed=[_listed(reader, each, text) for each in listed.items],
        pages=listed,
        twins=[(each, frame.link(f"{path}.{each}")) for each in twins.SUFFIXES],
        graph=frame.link("/graph", source=about.id) if _links(claims) else "",
        data=inert(schema_org.source(reader, about)),
    )


def _links(claims: Mapping[str, Claim]) -> bool:
    """Whether any claim links two entities: else there is nothing to draw."""
    return any(isinstance(claim.object, Ref) for claim in claims.values())


@dataclass(frozen=True, slots=True)
class _Place:
    """A claim at one of its places in this source."""

    number: int
    """By which the text refers to it."""
    iri: str
    claim: Claim
    evidence: Evidence


def _claims(reader: Reader, id: str) -> dict[str, Claim]:
    query = _KEYS.replace("THING", str(ox.NamedNode(names.source_iri(id))))
    return reader.claims(row[0].value for row in reader.rows(query))


def _places(claims: Mapping[str, Claim], id: str) -> list[_Place]:
    """Every place of every claim, in the order of the text or of the records."""
    found = [
        (each, iri, claim)
        for iri, claim in claims.items()
        for each in claim.evidence
        if each.source == id
    ]
    found.sort(key=lambda each: (isinstance(each[0].locator, Span), each[0].locator, each[1]))
    return [_Place(n, iri, claim, each) for n, (each, iri, claim) in enumerate(found, 1)]


def _particulars(reader: Reader, about: Source) -> list[tuple[str, list[dict[str, str]]]]:
    """What is known of a source, each under its word."""

    def plain(text: str) -> list[dict[str, str]]:
        return [{"name": text, "address": ""}] if text else []

    words = reader.wording.words
    known = [("published", plain(about.published.replace("T", " ")))]
    if isinstance(about, Article):
        known.insert(0, ("author", [reader.thing(id) for id in about.authors]))
        known.insert(0, ("publisher", [reader.thing(about.publisher)] if about.publisher else []))
    if isinstance(about, Dataset):
        known += [("version", plain(about.version)), ("credit", plain(about.creator))]
    known += [("licence", plain(about.licence)), ("fingerprint", plain(about.sha256))]
    return [(words[name], values) for name, values in known if values]


def _listed(reader: Reader, place: _Place, text: str | None) -> dict[str, Any]:
    words, claim = reader.wording, place.claim
    status = "" if claim.status.value == "stated" else words.term(claim.status.capitalize())
    gloss = words.text(dict(claim.gloss))
    return {
        "number": place.number,
        "address": reader.frame.of(place.iri),
        "gloss": gloss or words.term(claim.predicate),
        "status": claim.status.value,
        "status_name": status,
        "deprecated": claim.rank.value == "deprecated",
        "rank_name": words.term(claim.rank.capitalize()),
        "place": "" if text is not None else words.place(place.evidence),
        "passage": passage(place.evidence, reader.frame.site.texts),
    }


# -- the text ----------------------------------------------------------------------


def _lines(reader: Reader, text: str, places: Sequence[_Place]) -> Iterator[list[dict[str, Any]]]:
    """Yield the lines of the text in pieces: bare, or carrying claims.

    A claim's number stands behind the last piece of its passage.  A passage whose words
    are not those that were pinned is not marked.
    """
    texts = reader.frame.site.texts
    spans = [
        (each.evidence.locator, each)
        for each in places
        if isinstance(each.evidence.locator, Span) and evidence.quote(each.evidence, texts)
    ]
    covered = [span for span, _ in spans]
    sentences = [*evidence.sentences(text)]
    bare = _bare_of(sentences, covered)
    for line in re.finditer(r"[^\r\n]*\S[^\r\n]*", text):
        yield [*_pieces(reader, text, line.span(), spans, bare)]


def _pieces(
    reader: Reader,
    text: str,
    line: tuple[int, int],
    spans: Sequence[tuple[Span, _Place]],
    bare: Sequence[Span],
) -> Iterator[dict[str, Any]]:
    start, end = line
    inside = [each for each in spans if each[0].start < end and each[0].end > start]
    cuts = {start, end, *(cut for span, _ in inside for cut in span)}
    cuts |= {cut for span in bare for cut in span}
    for begin, stop in itertools.pairwise(sorted(cut for cut in cuts if start <= cut <= end)):
        over = [place for span, place in inside if span.start <= begin and stop <= span.end]
        ending = [place for span, place in inside if span.end == stop]
        yield {
            "text": text[begin:stop],
            "marked": bool(over),
            "begins": begin if any(span.start == begin for span, _ in inside) else None,
            "bare": any(span.start <= begin and stop <= span.end for span in bare),
            "refs": [(place.number, reader.frame.of(place.iri)) for place in ending],
        }


def _bare_of(sentences: Sequence[Span], covered: Sequence[Span]) -> list[Span]:
    return [
        each
        for each in sentences
        if not any(span.start < each.end and each.start < span.end for span in covered)
    ]


def _bare(text: str, places: Sequence[_Place]) -> tuple[int, int]:
    """How many sentences carry no claim, and how many there are."""
    spans = [each.evidence.locator for each in places]
    sentences = [*evidence.sentences(text)]
    covered = [each for each in spans if isinstance(each, Span)]
    return len(_bare_of(sentences, covered)), len(sentences)


# -- for programs ------------------------------------------------------------------


def _record(reader: Reader, id: str, iri: str) -> dict[str, Any]:
    """The source and every claim that stands in it, with plain values; never its words."""
    record = network.plain(reader.sources[id])
    claims = [claim_record(key, claim) for key, claim in _claims(reader, id).items()]
    titles = dict(reader.sources[id].titles)
    return {"iri": iri, **record, "titles": titles, "claims": claims}
