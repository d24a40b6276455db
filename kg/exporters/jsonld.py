"""JSON-LD: the data in readable JSON, without the ontology.

JSON-LD 1.1 (W3C Recommendation, 2020) in compact form.  The context stands in
the file, so that nothing has to be fetched to understand it; one subject a line.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import pyoxigraph as ox

from kg import names, vocabulary
from kg.network import Network

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "context", "write"]

SUFFIXES = (".jsonld",)
MEDIA_TYPE = "application/ld+json"
LOSSES: dict[str, str] = {}

_LINKS = (
    "rdf:subject",
    "rdf:predicate",
    "rdf:object",
    "prov:wasDerivedFrom",
    "dcterms:publisher",
    "dcterms:creator",
    "oa:hasSource",
    "oa:hasSelector",
    "aie:status",
    "aie:rank",
    "aie:evidence",
)
"""What else points to things, beside relations and qualifiers."""


def write(network: Network, out: BinaryIO, *_: object) -> None:
    """Write the default graph, sorted by subject; it is never held whole."""
    terms = context()
    links = {names.expand(term["@id"]): key for key, term in terms.items() if "@id" in term}
    with tempfile.TemporaryFile() as triples:
        network.store.dump(triples, ox.RdfFormat.N_TRIPLES)
        triples.seek(0)
        found = itertools.groupby(
            ox.parse(triples, format=ox.RdfFormat.N_TRIPLES), key=lambda quad: quad.subject
        )
        out.write(b'{"@context": ' + _json(terms) + b', "@graph": [')
        for number, (subject, quads) in enumerate(found):
            out.write((b",\n" if number else b"\n") + _json(_thing(subject, quads, links)))
    out.write(b"\n]}\n")


def context() -> dict[str, Any]:
    """Return our terms by their local names, prefixes for the others, and what points to a thing.

    ``ontology/context.jsonld`` is this.
    """
    known = vocabulary.load()
    relations = {**known.predicates, **known.qualifiers}.values()
    links = {*_LINKS, *(f"aie:{each.name}" for each in relations if each.form == "entity")}
    terms = {link.partition(":")[2]: {"@id": link, "@type": "@id"} for link in sorted(links)}
    return {"@vocab": names.PREFIXES["aie"], **names.PREFIXES, **terms}


def _thing(subject: ox.NamedNode, quads: Iterable[ox.Quad], links: Mapping[str, str]) -> object:
    types: list[str] = []
    said: dict[str, Any] = {}
    for _, predicate, value, _ in quads:
        if predicate.value == names.expand("rdf:type"):
            types.append(_term(value.value))
        else:
            key = links.get(predicate.value) or _term(predicate.value)
            said.setdefault(key, []).append(_value(value, is_link=predicate.value in links))
    record = {"@id": [_compact(subject.value)], **({"@type": types} if types else {}), **said}
    return {key: value[0] if len(value) == 1 else value for key, value in record.items()}


def _term(iri: str) -> str:
    """A property or class: by its local name where it is ours (the context's ``@vocab``)."""
    return _compact(iri).removeprefix("aie:")


def _value(value: ox.NamedNode | ox.Literal, *, is_link: bool) -> object:
    """A link as plain text where the context says that it is one; a literal with its type."""
    if isinstance(value, ox.NamedNode):
        return _compact(value.value) if is_link else {"@id": _compact(value.value)}
    if value.language:
        return {"@language": value.language, "@value": value.value}
    if value.datatype.value != names.expand("xsd:string"):
        return {"@type": _compact(value.datatype.value), "@value": value.value}
    return {"@value": value.value} if is_link else value.value


def _compact(iri: str) -> str:
    """Shorten by prefix: any rest will do in JSON-LD, but ``//`` would make it another address."""
    for prefix, namespace in names.PREFIXES.items():
        if iri.startswith(namespace) and not iri.startswith(namespace + "//"):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": ")).encode()
