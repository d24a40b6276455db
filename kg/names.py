"""Namespaces, and the one way from a thing to its IRI.

The IRI of a claim or of an evidence is a hash of its content, so the same
content has the same IRI in every build and there are no blank nodes.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re

from kg.model import Claim, Evidence, Ref, Value

__all__ = [
    "INFERRED",
    "LANG",
    "ONTOLOGY",
    "PREFIXES",
    "SLUG",
    "claim_iri",
    "compact",
    "entity_iri",
    "evidence_iri",
    "expand",
    "source_iri",
]

BASE = "https://w3id.org/aieco/"
ONTOLOGY = BASE + "ontology"
"""IRI of the ontology, and of the named graph that holds it in a store."""

INFERRED = BASE + "inferred"
"""IRI of the named graph of what the rules infer: claims, and their flat triples."""

PREFIXES = {
    "aie": BASE + "ontology#",
    "id": BASE + "id/",
    "claim": BASE + "claim/",
    "source": BASE + "source/",
    "ev": BASE + "evidence/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "oa": "http://www.w3.org/ns/oa#",
    "schema": "https://schema.org/",
    "prov": "http://www.w3.org/ns/prov#",
}

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""What an id looks like: ``lg-ai-research``."""

LANG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")
"""A BCP 47 language tag in lower case (Oxigraph would lower it anyway)."""


def expand(name: str) -> str:
    """Return the IRI of a prefixed name.

    >>> expand("aie:partOf")
    'https://w3id.org/aieco/ontology#partOf'
    """
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@functools.lru_cache(maxsize=4096)  # a reader asks for the same few predicates all the time
def compact(iri: str) -> str:
    """Return the prefixed name of an IRI, or the IRI itself where no prefix fits.

    >>> compact("https://w3id.org/aieco/id/lg"), compact("https://example.org/x")
    ('id:lg', 'https://example.org/x')
    """
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w.-]*[\w-]", local):
            return f"{prefix}:{local}"
    return iri


def entity_iri(id: str) -> str:
    """Return the IRI of the entity with this id."""
    return PREFIXES["id"] + id


def source_iri(id: str) -> str:
    """Return the IRI of the source with this id."""
    return PREFIXES["source"] + id


def claim_iri(claim: Claim) -> str:
    """Return the IRI of a claim: a hash of its content (see :class:`kg.model.Claim`)."""
    subject, predicate, value, qualifiers, status = claim.content
    named = [[name, _plain(value)] for name, value in qualifiers]
    return PREFIXES["claim"] + _digest([subject, predicate, _plain(value), named, status])


def evidence_iri(evidence: Evidence) -> str:
    """Return the IRI of an evidence: a hash of source, place and fingerprint."""
    return PREFIXES["ev"] + _digest([evidence.source, *evidence.locator, evidence.sha256])


def _plain(value: Value) -> list[str]:
    return ["id", value.id] if isinstance(value, Ref) else list(value)


def _digest(content: list[object]) -> str:
    """128 bits of SHA-256 over compact JSON: 2^64 claims before a likely collision."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
