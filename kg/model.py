"""The nouns: sources, entities, claims and evidence, as plain frozen values.

Standard library only.  A :class:`Corpus` is what the curators wrote, checked
and in one order; everything else in the package is made from it.

Identity.  A claim *is* its subject, predicate, object, qualifiers and status
(:attr:`Claim.content`); glosses, notes, rank, premises and evidences are what
is known about it.  So the same claim from two articles is one claim with two
evidences, and a plan that later comes true is two claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

__all__ = [
    "Article",
    "Claim",
    "Corpus",
    "Dataset",
    "Entity",
    "Evidence",
    "Literal",
    "Rank",
    "Record",
    "Ref",
    "Source",
    "Span",
    "Status",
    "Text",
    "Value",
]


class Text(NamedTuple):
    """Words in a language; `lang` is a lower-case BCP 47 tag."""

    lang: str
    value: str


class Ref(NamedTuple):
    """A value that is an entity, by its id."""

    id: str


class Literal(NamedTuple):
    """A value that is data: its lexical form, and what it is.

    `datatype` is a prefixed name such as ``xsd:gYear``; text in a language has
    ``rdf:langString`` and a `lang`.  A word of the ontology, such as ``over`` for
    an amount, has the word's class (``aie:Approximation``) and is an IRI in RDF.
    """

    value: str
    datatype: str = "xsd:string"
    lang: str = ""


Value = Ref | Literal


class Status(StrEnum):
    """What kind of saying a claim is."""

    STATED = "stated"
    """The source says it as a fact."""
    PLANNED = "planned"
    """The source says that it is intended; no flat triple is asserted."""
    REPORTED = "reported"
    """The source passes on somebody's words; the qualifier ``speaker`` says whose."""
    INFERRED = "inferred"
    """No source says it; it follows from the claims named as premises."""


class Rank(StrEnum):
    """Which of several claims to prefer (as Wikidata ranks its statements)."""

    PREFERRED = "preferred"
    NORMAL = "normal"
    DEPRECATED = "deprecated"
    """Known to be wrong or superseded; kept, but no flat triple is asserted."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that has an id: a person, an organisation, a topic, a plan, ..."""

    id: str
    """Lower-case slug; the last part of the IRI."""
    cls: str
    """Local name of a class of the ontology."""
    labels: tuple[Text, ...]
    """The preferred name, one a language, sorted."""
    aliases: tuple[Text, ...] = ()
    """Other right names, sorted."""
    misspellings: tuple[Text, ...] = ()
    """Wrong names that sources use, sorted; found by search, never shown as a name."""
    notes: tuple[Text, ...] = ()
    """What this entity is and is not, for curators; at most one a language."""


class Span(NamedTuple):
    """A passage of an article: code points ``[start, end)`` of the file as stored."""

    start: int
    end: int


class Record(NamedTuple):
    """A value in a dataset: the record's id and an RFC 6901 JSON Pointer into it."""

    record: str
    pointer: str


@dataclass(frozen=True, order=True, slots=True)
class Evidence:
    """Where a source says it."""

    source: str
    locator: Span | Record
    sha256: str
    """Of the quoted characters (UTF-8), or of the value as canonical JSON."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that somebody says, plans, reports, or that follows."""

    subject: str
    predicate: str
    object: Value
    qualifiers: tuple[tuple[str, Value], ...] = ()
    """Name and value, sorted by name; a name stands at most once."""
    status: Status = Status.STATED
    rank: Rank = Rank.NORMAL
    gloss: tuple[Text, ...] = ()
    """What the claim says, in our own words; sorted."""
    notes: tuple[Text, ...] = ()
    """How it was read: a date resolved, a choice made; sorted."""
    evidence: tuple[Evidence, ...] = ()
    premises: tuple[str, ...] = ()
    """IRIs of the claims that an inferred claim rests on, sorted."""
    rule: str = ""
    """What derived an inferred claim: ``curator``, or the name of a rule."""
    place: str = field(default="", compare=False)
    """Where it was read from, ``file: id``, for messages; not part of the claim."""

    @property
    def content(self) -> tuple[str, str, Value, tuple[tuple[str, Value], ...], str]:
        """The part that makes it this claim and no other."""
        return (self.subject, self.predicate, self.object, self.qualifiers, self.status.value)


@dataclass(frozen=True, slots=True)
class Source:
    """What says so."""

    id: str
    titles: tuple[Text, ...]
    sha256: str
    """Of the file's bytes: an article's text, a dataset's records."""
    published: str = ""
    """Date or date and time as printed, ISO 8601, without a zone where none is given."""
    url: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Article(Source):
    """A text by authors in a publication; its words belong to the publisher."""

    language: str = ""
    publisher: str = ""
    """Entity id."""
    authors: tuple[str, ...] = ()
    """Entity ids, sorted: RDF keeps no order of a byline."""
    accessed: str = ""
    """When the copy was made; never a basis for dates in the text."""


@dataclass(frozen=True, slots=True)
class Dataset(Source):
    """A release of records under a licence that lets us ship the ones we cite."""

    version: str = ""
    creator: str = ""
    """Who to credit."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything the curators wrote: by id, and claims in the order of their IRIs."""

    entities: Mapping[str, Entity]
    sources: Mapping[str, Source]
    claims: tuple[Claim, ...]
