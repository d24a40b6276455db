"""The page's subject as schema.org's terms say it, for search engines: a data block of JSON-LD.

Classes are those that ``ontology/alignments.ttl`` maps ours to; what has none is a Thing.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from kg import names, paths
from kg.model import Article, Claim, Dataset, Literal, Ref, Source
from kg.network import Node
from kg.web.pages.frame import address
from kg.web.pages.reading import Reader, is_identifier, plainly

__all__ = ["claim", "credits", "entity", "source"]

_CONTEXT = "https://schema.org"
_SAID = {
    "affiliateOf": "memberOf",
    "birthYear": "birthDate",
    "educatedAt": "alumniOf",
    "expertIn": "knowsAbout",
    "foundedOn": "foundingDate",
    "heldOn": "startDate",
    "holdsPost": "affiliation",
    "locatedIn": "location",
    "partOf": "parentOrganization",
    "website": "url",
}
"""Relations and attributes with a property of schema.org that says the same of every case."""


@functools.cache
def _classes() -> Mapping[str, str]:
    """Our classes by local name, each with the class of schema.org that it is below."""
    import pyoxigraph as ox

    below, schema = names.expand("rdfs:subClassOf"), names.PREFIXES["schema"]
    found: dict[str, str] = {}
    with (paths.shipped("ontology") / "alignments.ttl").open("rb") as turtle:
        for subject, predicate, value, _ in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
            if predicate.value == below and str(value).startswith(f"<{schema}"):
                name = names.compact(subject.value).partition(":")[2]
                found[name] = value.value.removeprefix(schema)
    return found


def _class(types: tuple[str, ...]) -> str:
    return next((_classes()[each] for each in types if each in _classes()), "Thing")


def _texts(texts: Mapping[str, str]) -> Any:
    made = [{"@language": lang, "@value": text} for lang, text in sorted(texts.items())]
    return made[0] if len(made) == 1 else made


def entity(reader: Reader, node: Node, claims: Mapping[str, Claim]) -> dict[str, Any]:
    """Return what schema.org can say of an entity: names, facts, never plans or hearsay."""
    record: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": _class(node.types),
        "@id": node.iri,
        "name": _texts(node.labels) or node.id,
    }
    if aliases := sorted({name for known in node.aliases.values() for name in known}):
        record["alternateName"] = aliases
    same: list[str] = []
    for each in claims.values():
        if each.subject != node.id or not plainly(each):
            continue
        if each.predicate in _SAID:
            record.setdefault(_SAID[each.predicate], []).append(_value(reader, each))
        elif isinstance(each.object, Literal) and is_identifier(each.predicate):
            same += filter(None, [address(each.object.value)])
    return record | ({"sameAs": same} if same else {})


def _value(reader: Reader, each: Claim) -> Any:
    if isinstance(each.object, Literal):
        return each.object.value
    return {"@id": names.entity_iri(each.object.id), "name": reader.wording.entity(each.object.id)}


def source(reader: Reader, about: Source) -> dict[str, Any]:
    """Return what schema.org can say of a source."""
    kind = "NewsArticle" if isinstance(about, Article) else "Dataset"
    record: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": kind,
        "@id": names.source_iri(about.id),
        "name": _texts(dict(about.titles)) or about.id,
        "url": address(about.url),
        "datePublished": about.published,
        "license": about.licence,
    }
    if isinstance(about, Article):
        record |= {"headline": record["name"], "inLanguage": about.language}
        record["publisher"] = _credited(reader, (about.publisher,))
        record["author"] = _credited(reader, about.authors)
    if isinstance(about, Dataset):
        record |= {"version": about.version, "creditText": about.creator}
    return {name: value for name, value in record.items() if value}


def credits(about: Source) -> tuple[str, ...]:
    """Return the ids of who published and who wrote a source."""
    if not isinstance(about, Article):
        return ()
    return tuple(id for id in (about.publisher, *about.authors) if id)


def _credited(reader: Reader, ids: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"@id": names.entity_iri(id), "name": reader.wording.entity(id)} for id in ids if id]


def claim(reader: Reader, iri: str, about: Claim) -> dict[str, Any]:
    """Return what schema.org can say of a claim: its words and where it appeared."""
    found = sorted({each.source for each in about.evidence})
    mentions = [about.subject, *([about.object.id] if isinstance(about.object, Ref) else [])]
    record: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "Claim",
        "@id": iri,
        "text": _texts(dict(about.gloss)),
        "about": _credited(reader, tuple(mentions)),
        "appearance": [source(reader, reader.sources[id]) for id in found if id in reader.sources],
    }
    for each in record["appearance"]:
        each.pop("@context")
    return {name: value for name, value in record.items() if value}
