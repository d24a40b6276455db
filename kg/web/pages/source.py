"""``/source/ID``: a source and all that stands in it, in its own words where they are at hand."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from starlette.responses import Response

from kg import evidence, names, network
from kg.contradiction import contradictions
from kg.model import Article, Dataset, Evidence, Record, Source, Span
from kg.store import Store, solutions
from kg.web.pages import schema_org, twins
from kg.web.pages.entity import claim_record
from kg.web.pages.frame import Frame, Missing, address, inert
from kg.web.pages.naming import like_source
from kg.web.pages.paging import Paged, paged, turned
from kg.web.pages.reading import Reader, keys, named, passage

__all__ = ["source"]

_PAGE = 150
"""Places listed on one page."""
_SORTED = 1_000
"""Places that are put in the order of the text or of the records.  Of more, pages come in the
store's own order: it took the engine 4 s to sort 50,000, where one page takes it 0.1 s."""

_CLAIMS = "?ground oa:hasSource THING . ?claim aie:evidence ?ground"
_KEYS = f"SELECT DISTINCT ?claim {{ {_CLAIMS} }}"
_COUNT = f"SELECT (COUNT(DISTINCT ?claim) AS ?n) {{ {_CLAIMS} }}"
_GROUNDS = "SELECT (COUNT(?ground) AS ?n) { ?ground oa:hasSource THING }"
_SOME = "SELECT ?ground { ?ground oa:hasSource THING } LIMIT LIMITED OFFSET SKIPPED"
# In two branches, each with its keys: for an OPTIONAL the engine goes over all evidence there is.
_HELD = "VALUES ?ground { KEYS } ?claim aie:evidence ?ground . ?ground oa:hasSelector ?selector"
_PLACES = f"""
SELECT ?ground ?claim ?sha256 ?one ?other {{
  {{ {_HELD} ; aie:sha256 ?sha256 . ?selector oa:start ?one ; oa:end ?other }}
  UNION {{ {_HELD} . ?selector aie:record ?one ; aie:pointer ?other BIND ("" AS ?sha256) }}
}}"""
_SAID = """
SELECT ?s ?p ?o {
  VALUES ?s { KEYS } ?s ?p ?o FILTER (?p IN (rdf:predicate, aie:status, aie:rank, aie:gloss))
}"""
_LINKED = f"""
ASK {{
  {{ SELECT ?claim {{ {_CLAIMS} }} LIMIT {_SORTED} }}
  ?claim rdf:object ?far FILTER isIRI(?far)
}}"""


def source(frame: Frame) -> Response:
    """Return the page about a source, or its twin."""
    id, suffix = twins.split(str(frame.request.path_params["name"]))
    iri, path = names.source_iri(id), f"/source/{id}"
    reader = Reader(frame)
    suffix = suffix or twins.wanted(frame.request.headers.get("accept"))
    if id not in reader.sources or not named(iri):
        near = like_source(reader.sources, id)
        error = Missing(id, frame.words["no_source"], near, kind="source")
        return twins.missing(frame, suffix, error)
    if suffix:
        return twins.twin(frame, path, suffix, iri, lambda: _record(reader, id, iri))
    answer = _page(reader, reader.sources[id], path)
    answer.headers.update(twins.links(frame, path))
    return answer


def _page(reader: Reader, about: Source, path: str) -> Response:
    frame = reader.frame
    text = frame.site.texts.get(about.id) if isinstance(about, Article) else None
    count, places, listed = _listed(reader, about.id, path, all_of_them=text is not None)
    reader.learn(schema_org.credits(about))
    said = _said(reader, {each.claim for each in listed.items})
    return frame.answer(
        "source.j2",
        title=reader.wording.source(about.id),
        about=about,
        kind=reader.wording.term(type(about).__name__),
        original=address(about.url),
        particulars=_particulars(reader, about),
        count=count,
        lines=None if text is None else [*_lines(reader, text, places)],
        bare=None if text is None else _bare(text, places),
        listed=[_told(reader, each, said[each.claim], text) for each in listed.items],
        pages=listed,
        twins=[(each, frame.link(f"{path}.{each}")) for each in twins.SUFFIXES],
        graph=frame.link("/graph", source=about.id) if _asked(reader, _LINKED, about.id) else "",
        data=inert(schema_org.source(reader, about)),
    )


# -- what is on the page -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """A claim at one of its places in this source."""

    number: int
    """By which the text refers to it."""
    claim: str
    """Its IRI."""
    evidence: Evidence


def _of(query: str, id: str) -> str:
    return query.replace("THING", str(ox.NamedNode(names.source_iri(id))))


def _asked(reader: Reader, query: str, id: str) -> bool:
    return reader.store.query(_of(query, id), place="source") is True


def _number(store: Store, query: str, id: str) -> int:
    return next(int(n.value) for (n,) in solutions(store.query(_of(query, id), place="source")))


def _listed(
    reader: Reader, id: str, path: str, *, all_of_them: bool
) -> tuple[int, Sequence[_Place], Paged[_Place]]:
    """How many claims there are, the places that were read, and those on this page."""
    frame, address = reader.frame, f"{path}#claims"
    grounds = _number(reader.store, _GROUNDS, id)
    if all_of_them or grounds <= _SORTED:
        found = sorted(_places(reader, id, grounds), key=lambda each: each[1:])
        places = [_Place(n, claim, each) for n, (_, _, each, claim) in enumerate(found, 1)]
        return len({each.claim for each in places}), places, paged(frame, places, _PAGE, address)
    page, links = turned(frame, grounds, _PAGE, address)
    skipped = (page - 1) * _PAGE
    found = sorted(_places(reader, id, _PAGE, skipped), key=lambda each: each[1:])
    numbers = {ground: n for n, ground in enumerate(dict.fromkeys(each[0] for each in found), 1)}
    places = [_Place(skipped + numbers[ground], claim, each) for ground, _, each, claim in found]
    count = frame.served.once(f"claims of {id}", lambda store: _number(store, _COUNT, id))
    return count, places, Paged(places, page, links)


def _places(
    reader: Reader, id: str, most: int, skipped: int = 0
) -> Iterator[tuple[str, bool, Evidence, str]]:
    """Yield the ground, whether it is a span, the evidence, and a claim that rests on it."""
    query = _SOME.replace("LIMITED", str(most)).replace("SKIPPED", str(skipped))
    for grounds in network.batches(row[0].value for row in reader.rows(_of(query, id))):
        for row in reader.rows(_PLACES.replace("KEYS", keys(grounds))):
            ground, claim, sha256, one, other = (each.value for each in row)
            is_span = bool(sha256)
            locator = Span(int(one), int(other)) if is_span else Record(one, other)
            yield ground, is_span, Evidence(id, locator, sha256), claim


def _said(reader: Reader, claims: Collection[str]) -> dict[str, dict[str, Any]]:
    """Predicate, status, rank, gloss of these claims, and if others contradict them, by IRI."""
    found: dict[str, dict[str, Any]] = {iri: {"gloss": {}} for iri in claims}
    for batch in network.batches(sorted(claims)):
        for iri, term, value in reader.rows(_SAID.replace("KEYS", keys(batch))):
            about, name = found[iri.value], names.compact(term.value).partition(":")[2]
            if name == "gloss":
                about["gloss"][value.language] = value.value
            else:
                about[name] = names.compact(value.value).partition(":")[2]
    relations = {iri: each.get("predicate", "") for iri, each in found.items()}
    for iri in contradictions(reader.store, relations):
        found[iri]["contradicted"] = True
    return found


def _told(
    reader: Reader, place: _Place, said: Mapping[str, Any], text: str | None
) -> dict[str, Any]:
    words = reader.wording
    return {
        "number": place.number,
        "address": reader.frame.of(place.claim),
        "gloss": words.text(said["gloss"]) or words.term(said["predicate"]),
        "status": said["status"].lower(),
        "status_name": "" if said["status"] == "Stated" else words.term(said["status"]),
        "deprecated": said["rank"] == "Deprecated",
        "rank_name": words.term(said["rank"]),
        "contradicted": "contradicted" in said,
        "place": "" if text is not None else words.place(place.evidence),
        "passage": passage(place.evidence, reader.frame.site.texts),
    }


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
            "refs": [(place.number, reader.frame.of(place.claim)) for place in ending],
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
    found = reader.claims(row[0].value for row in reader.rows(_of(_KEYS, id)))
    claims = [claim_record(key, claim) for key, claim in found.items()]
    titles = dict(reader.sources[id].titles)
    return {"iri": iri, **record, "titles": titles, "claims": claims}
