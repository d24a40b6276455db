"""Nodes and edges as flat records: the one way down for formats without lists, maps or languages.

========================  =====================================================================
what                      becomes
========================  =====================================================================
text by language          one value a language: ``label_ko``, ``gloss_en``
several texts a language  JSON list: ``aliases_ko``
qualifiers                one value each: ``start``, ``amount``, ``currency``, ``role`` (an id),
                          under ``qualifier_…`` where the name is taken
dates                     lexical form, which keeps the precision: ``2020``, ``2020-12``
facts of a node           JSON list ``facts``; identifiers also as ``rorId``, ``wikidataId``, ...
evidence                  JSON list ``evidence`` of ``{source, start, end, sha256}`` or
                          ``{source, record, pointer, sha256}``
premises, types           JSON list
what is not there         is not there: no empty value
========================  =====================================================================
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence

from kg import vocabulary
from kg.model import Evidence, Source, Span
from kg.network import Edge, Fact, Node, label, plain

__all__ = [
    "NO_XML",
    "Record",
    "Value",
    "attribute",
    "edge",
    "fact",
    "node",
    "relation",
    "safe_xml",
    "source",
    "utf8",
]

Value = str | int | float | bool
Record = dict[str, Value]

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold (section 2.2), lone surrogates among them."""
_SURROGATES = re.compile("[\ud800-\udfff]")


def node(node: Node, langs: Sequence[str] = ("en", "ko")) -> Record:
    """Return a node: ``entity``, ``label``, ``iri``, ``class``, ``types``, names, facts, ids.

    ``label`` is in the first of `langs` that there is.  An identifier that is said
    twice keeps the first; ``facts`` has both.

    >>> from kg.model import Text
    >>> a = Node(id="a", iri="https://example.org/a", cls="Person", types=("Person", "Agent"),
    ...     labels={"ko": "가"}, aliases={"en": ("A",)}, misspellings={}, notes={}, facts=())
    >>> node(a)["label"], node(a)["types"], node(a)["aliases_en"]
    ('가', '["Person", "Agent"]', '["A"]')
    """
    found: Record = {"entity": node.id, "label": label(node, langs), "iri": node.iri}
    _put(found, "class", node.cls)
    _put(found, "types", node.types)
    for name, by_language in (
        ("label", node.labels),
        ("aliases", node.aliases),
        ("misspellings", node.misspellings),
        ("note", node.notes),
    ):
        for lang, texts in sorted(by_language.items()):
            _put(found, _in_language(name, lang), texts)
    for each in node.facts:
        if each.flat and each.predicate in identifiers():
            found.setdefault(each.predicate, each.value.value)
    if node.facts:
        found["facts"] = _JSON([fact(each) for each in node.facts])
    return found


def fact(fact: Fact) -> dict[str, object]:
    """Return a fact as dicts and lists, with the datatype and the language of its value."""
    lang = {"lang": fact.value.lang} if fact.value.lang else {}
    return {**plain(fact), "datatype": fact.value.datatype, **lang}


def attribute(fact: Fact) -> Record:
    """Return a fact as flat as an edge: ``claim``, ``predicate``, ``value``, and all about it."""
    found: Record = {"claim": fact.id, "predicate": fact.predicate, "value": plain(fact.value)}
    found["datatype"] = fact.value.datatype
    _put(found, "lang", fact.value.lang)
    return _about(fact, found)


def edge(edge: Edge) -> Record:
    """Return an edge: ``claim`` (its IRI), ``relation``, ``status``, ``rank``, and all about it.

    Its ends are not in it: ``edge.source`` and ``edge.target`` are what a format numbers.
    """
    return _about(edge, {"claim": edge.id, "relation": edge.relation})


def _about(claim: Fact | Edge, found: Record) -> Record:
    found["status"] = claim.status.value
    found["rank"] = claim.rank.value
    found["flat"] = claim.flat
    for name, value in sorted(claim.qualifiers.items()):
        _put(found, f"qualifier_{name}" if name in _TAKEN else name, plain(value))
    for lang, text in sorted(claim.gloss.items()):
        found[_in_language("gloss", lang)] = text
    for lang, text in sorted(claim.notes.items()):
        found[_in_language("note", lang)] = text
    if claim.evidence:
        found["evidence"] = f"[{', '.join(map(_evidence, claim.evidence))}]"
    if claim.premises:
        found["premises"] = _JSON(claim.premises)
    _put(found, "rule", claim.rule)
    return found


@functools.cache
def _in_language(name: str, lang: str) -> str:
    """One string for each: as a key it is then compared by identity."""
    return f"{name}_{lang}"


def _evidence(evidence: Evidence) -> str:
    """The same as of :data:`_JSON`, several times as fast: every edge has some."""
    if not isinstance(evidence.locator, Span):
        return _JSON(plain(evidence))
    start, end = evidence.locator
    source, sha256 = _STRING(evidence.source), _STRING(evidence.sha256)
    return f'{{"end": {end}, "sha256": {sha256}, "source": {source}, "start": {start}}}'


def source(source: Source) -> Record:
    """Return a source: ``source`` (its id), ``class``, ``title_…`` by language, and the rest."""
    found: Record = {"source": source.id, "class": type(source).__name__}
    for name, value in plain(source).items():
        if name == "titles":
            for lang, text in sorted(source.titles):
                _put(found, f"title_{lang}", text)
        elif name != "id":
            _put(found, name, value)
    return found


_TAKEN = {"id", "label", "source", "target", "claim", "relation", "status", "rank", "flat"} | {
    "type", "evidence", "premises", "rule", "from", "to", "predicate", "value", "datatype", "lang",
    "subject", "sources", "number",
}  # fmt: skip
"""Names that an edge or a fact, or a format for it, has taken already."""
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""Made once: ``json.dumps`` would make one for every value."""
_STRING = json.encoder.encode_basestring


@functools.cache
def relation(name: str, langs: tuple[str, ...]) -> str:
    """Return what to write on an edge: the relation's label in the first of `langs` that has one.

    >>> relation("partOf", ("en", "ko"))
    'part of'
    """
    labels = dict(vocabulary.load().labels.get(name, ()))
    return next((labels[lang] for lang in langs if lang in labels), name)


@functools.cache
def identifiers() -> frozenset[str]:
    """Return the local names of the attributes that identify their subject elsewhere."""
    return frozenset(name for name in vocabulary.load().predicates if name.endswith("Id"))


def safe_xml(text: str) -> tuple[str, int]:
    r"""Return the text as XML 1.0 can hold it, and how many characters became U+FFFD.

    >>> safe_xml("a\x00b")
    ('a\ufffdb', 1)
    """
    return NO_XML.subn("\ufffd", text)


def utf8(text: str) -> tuple[str, int]:
    r"""Return the text as UTF-8 can hold it, and how many lone surrogates became U+FFFD.

    >>> utf8("a\ud800b")
    ('a\ufffdb', 1)
    """
    return _SURROGATES.subn("\ufffd", text)


def _put(record: Record, name: str, value: object) -> None:
    kind = type(value)
    if kind is str:
        if value:
            record[name] = str(value)
    elif isinstance(value, int | float):
        record[name] = value
    elif value:
        record[name] = _JSON(plain(value))
