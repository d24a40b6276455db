"""The ontology as the loaders, checks and views need it: its classes and properties."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg import names, paths
from kg.model import Text

__all__ = ["Class", "Property", "Vocabulary", "load"]

_KINDS = {
    "relation": "relation",
    "attribute": "attribute",
    "qualifier": "qualifier",
    "qualifierValue": "qualifier",
}


@dataclass(frozen=True, slots=True)
class Class:
    """A class: its local name, the names of all classes above it, and its labels."""

    name: str
    ancestors: frozenset[str]
    """Itself included."""
    labels: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A property that a claim can use."""

    name: str
    kind: str
    """``relation`` (entity to entity), ``attribute`` (entity to value) or ``qualifier``."""
    form: str
    """``entity``, ``term`` (a named individual of the range), or a form of :mod:`kg.literals`."""
    domain: str
    range: str
    """Local names of classes; the range is ``""`` for values."""
    labels: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The terms by local name.  ``classes`` holds the classes of entities only."""

    classes: Mapping[str, Class]
    predicates: Mapping[str, Property]
    qualifiers: Mapping[str, Property]
    terms: Mapping[str, tuple[str, ...]]
    """The words that a class of the model has, in lower case: ``Status`` has ``stated``, ..."""
    labels: Mapping[str, tuple[Text, ...]]
    """Of every term of the ontology."""

    def is_a(self, cls: str, ancestor: str) -> bool:
        """Say whether `cls` is `ancestor` or below it.

        >>> load().is_a("University", "Agent")
        True
        """
        return ancestor in self.classes[cls].ancestors

    def label(self, name: str, lang: str) -> str:
        """Return a term's label in `lang`, or its local name.

        >>> load().label("partOf", "en")
        'part of'
        """
        return dict(self.labels.get(name, ())).get(lang, name)


@functools.cache
def load(file: Path | None = None) -> Vocabulary:
    """Read the ontology from a Turtle file; by default the one that ships with the package."""
    import pyoxigraph as ox  # not at the top: `kg --help` stays light

    found: dict[str, dict[str, list[str | Text]]] = {}
    with (file or paths.shipped("ontology") / "aieco.ttl").open("rb") as turtle:
        for subject, predicate, value, _ in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
            name = names.compact(subject.value) if isinstance(subject, ox.NamedNode) else ""
            if name.startswith("aie:"):
                term = found.setdefault(name[4:], {})
                read = Text(value.language, value.value) if _is_text(value) else value.value
                term.setdefault(names.compact(predicate.value), []).append(read)
    return _vocabulary(found)


def _is_text(value: object) -> bool:
    return getattr(value, "language", None) is not None


def _vocabulary(found: Mapping[str, Mapping[str, list[str | Text]]]) -> Vocabulary:
    def names_of(term: str, predicate: str) -> list[str]:
        """Local names of our own terms that `term` points to, sorted."""
        values = (names.compact(str(value)) for value in found[term].get(predicate, ()))
        return sorted(value[4:] for value in values if value.startswith("aie:"))

    def above(term: str, predicate: str) -> frozenset[str]:
        supers = names_of(term, predicate) if term in found else []
        return frozenset({term}.union(*(above(each, predicate) for each in supers)))

    def labels_of(term: str) -> tuple[Text, ...]:
        return tuple(sorted(_texts(found[term].get("rdfs:label", ()))))

    classes: dict[str, Class] = {}
    predicates: dict[str, Property] = {}
    qualifiers: dict[str, Property] = {}
    terms: dict[str, tuple[str, ...]] = {}
    for term in sorted(found):
        ancestors = above(term, "rdfs:subClassOf")
        kind = next((_KINDS[top] for top in above(term, "rdfs:subPropertyOf") & _KINDS.keys()), "")
        if "Entity" in ancestors:
            classes[term] = Class(term, ancestors, labels_of(term))
        elif kind and term not in _KINDS:
            domain = "".join(names_of(term, "rdfs:domain")[:1])
            range_ = "".join(names_of(term, "rdfs:range")[:1])
            of_entities = "Entity" in above(range_, "rdfs:subClassOf")
            otherwise = "entity" if of_entities else "term"
            form = next(map(str, found[term].get("aie:valueForm", ())), otherwise)
            made = Property(term, kind, form, domain, range_, labels_of(term))
            (qualifiers if kind == "qualifier" else predicates)[term] = made
        for cls in names_of(term, "rdf:type"):
            terms[cls] = (*terms.get(cls, ()), term.lower())
    labels = {term: labels_of(term) for term in found}
    return Vocabulary(classes, predicates, qualifiers, terms, labels)


def _texts(values: Iterable[str | Text]) -> Iterable[Text]:
    return (value for value in values if isinstance(value, Text))
