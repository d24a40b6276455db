"""What a named question asks for: its parameters, and from a user's words to RDF terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg import headers, lookup, names, vocabulary
from kg.errors import KGError, Problem, Problems, near
from kg.sparql import Value
from kg.store import Store, solutions

__all__ = ["KINDS", "Parameter", "bind", "choices", "of_header", "read", "value_of"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a question that a user may give a value."""

    name: str
    kind: str
    """One of :data:`KINDS`."""
    descriptions: Mapping[str, str]
    """What its value is, by language."""
    required: bool = True
    default: str = ""
    """What stands for it when it is not given; without one an optional variable is free."""


_FIELD = "parameter."
_FORM = re.compile(r"(\w+)(?: (optional|default (\S.*)))?")
_YEAR = re.compile(r"[0-9]{4}")
_DATE = re.compile(r"[0-9]{4}(-(?:0[1-9]|1[0-2])(-(?:0[1-9]|[12][0-9]|3[01]))?)?")


def of_header(place: str, fields: Mapping[str, str]) -> tuple[Parameter, ...]:
    """Return the parameters of a question's header, in its order.

    Raises :class:`~kg.errors.Problems` for one that is not described in every language,
    and for descriptions of none.
    """
    written = [each.removeprefix(_FIELD) for each in fields if each.startswith(_FIELD)]
    named = [each for each in written if "." not in each]
    wanted = {f"{name}.{lang}" for name in named for lang in headers.LANGS}
    problems = [
        Problem(place, f"has no header field '{_FIELD}{each}'", "add it")
        for each in sorted(wanted.difference(written))
    ]
    problems += [
        Problem(place, f"header field '{_FIELD}{each}' describes no parameter", "drop it")
        for each in written
        if "." in each and each not in wanted
    ]
    if problems:
        raise Problems(problems)
    return tuple(
        read(place, name, fields[_FIELD + name], headers.by_language(fields, _FIELD + name))
        for name in named
    )


def read(place: str, name: str, written: str, descriptions: Mapping[str, str]) -> Parameter:
    """Return the parameter that a header writes as ``kind[ optional| default x]``.

    >>> read("a.rq", "by", "year default 2025", {"en": "the last year"}).default
    '2025'
    """
    found = _FORM.fullmatch(written)
    if not found or found[1] not in KINDS:
        remedy = "write 'kind[ optional| default x]'; a kind is " + ", ".join(KINDS)
        raise KGError(place, f"parameter '{name}' is not understood", remedy)
    return Parameter(name, found[1], descriptions, found[2] is None, found[3] or "")


def bind(
    store: Store, question: str, parameters: Sequence[Parameter], given: Sequence[str]
) -> dict[str, Value]:
    """Return terms for variables, from what a user gave as ``name=value``.

    Raises :class:`~kg.errors.KGError` for what is no ``name=value``, a parameter that
    is unknown, given twice or missing, and a value that is not of its kind.
    """
    values = {each.name: each.default for each in parameters if each.default}
    known = {each.name: each for each in parameters}
    seen = set()
    for written in given:
        name, equals, value = written.partition("=")
        if not equals:
            raise KGError(written, "is no parameter", "write --param name=value")
        name = _whole(name, known)
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise KGError(question, f"has no parameter '{name}'", near(name, known, has))
        if name in seen:
            raise KGError(question, f"parameter '{name}' is given twice", "give it once")
        if not value.strip():
            raise KGError(question, f"parameter '{name}' is empty", "give it a value")
        seen.add(name)
        values[name] = value
    for each in parameters:
        if each.required and each.name not in values:
            what = f"needs parameter '{each.name}' ({each.descriptions['en']})"
            raise KGError(question, what, f'say --param {each.name}="…"')
    return {name: value_of(store, known[name], value) for name, value in values.items()}


def value_of(store: Store, parameter: Parameter, written: str) -> Value:
    """Return the term that a user's words for a parameter mean.

    Raises :class:`~kg.errors.KGError` for what is not of its kind.
    """
    return KINDS[parameter.kind](store, parameter.name, written)


def choices(kind: str) -> Collection[str]:
    """Return the local names of the terms that a kind of parameter takes; none of other kinds.

    >>> choices("status")
    ['Inferred', 'Planned', 'Reported', 'Stated']
    """
    return sorted(_TERMS[kind]()) if kind in _TERMS else []


def _whole(name: str, known: Collection[str]) -> str:
    """The parameter whose name begins so, if there is just one: ``org`` for ``organisation``."""
    begun = [each for each in known if each.startswith(name)]
    return begun[0] if len(begun) == 1 and name not in known else name


# -- kinds -------------------------------------------------------------------


def _entity(store: Store, _: str, value: str) -> Value:
    return ox.NamedNode(names.entity_iri(lookup.find(store, value)))


def _source(store: Store, name: str, value: str) -> Value:
    """A source by id, IRI or title."""
    query = "SELECT ?source ?title { ?source dcterms:title ?title }"
    found: dict[str, ox.NamedNode] = {}
    for source, title in solutions(store.query(query, place=name)):
        id = source.value.removeprefix(names.PREFIXES["source"])
        found |= {key.casefold(): source for key in (id, f"source:{id}", source.value, title.value)}
    if value.strip().casefold() not in found:
        ids = sorted({iri.value.removeprefix(names.PREFIXES["source"]) for iri in found.values()})
        remedy = near(value, ids, f"one of {', '.join(ids)}" if ids else "")
        raise KGError(value, "no source has this id or title", remedy)
    return found[value.strip().casefold()]


def _term(kind: str, known: Callable[[], Mapping[str, object]]) -> Callable[..., Value]:
    """A term of the ontology by local name, in any case, or by a label in any language."""

    def find(_: Store, name: str, value: str) -> Value:
        wanted = value.strip().removeprefix(names.PREFIXES["aie"]).removeprefix("aie:").casefold()
        terms = known()
        labels = vocabulary.load().labels
        for term in terms:
            called = (text.value for text in labels.get(term, ()))
            if wanted in {term.casefold(), *(each.casefold() for each in called)}:
                return ox.NamedNode(names.PREFIXES["aie"] + term)
        remedy = near(value, terms, f"one of {', '.join(terms)}")
        raise KGError(f"{name}={value}", f"is no {kind} of the ontology", remedy)

    return find


def _classes() -> Mapping[str, object]:
    return vocabulary.load().classes


def _predicates() -> Mapping[str, object]:
    return vocabulary.load().predicates


def _statuses() -> Mapping[str, object]:
    return {word.capitalize(): word for word in vocabulary.load().terms["Status"]}


_TERMS: Mapping[str, Callable[[], Mapping[str, object]]] = {
    "class": _classes,
    "relation": _predicates,
    "status": _statuses,
}


def _literal(form: re.Pattern[str], datatype: str, wanted: str) -> Callable[..., Value]:
    def read(_: Store, name: str, value: str) -> Value:
        if not form.fullmatch(value.strip()):
            raise KGError(f"{name}={value}", f"is no {wanted}", f"write it as {_EXAMPLE[wanted]}")
        return ox.Literal(value.strip(), datatype=ox.NamedNode(names.expand(datatype)))

    return read


_EXAMPLE = {"year": "2023", "date": "2023, 2023-04 or 2023-04-30", "whole number": "5"}


def _text(_: Store, __: str, value: str) -> Value:
    return ox.Literal(value)


KINDS: Mapping[str, Callable[[Store, str, str], Value]] = {
    "entity": _entity,
    "source": _source,
    **{kind: _term(kind, known) for kind, known in _TERMS.items()},
    "year": _literal(_YEAR, "xsd:string", "year"),
    "date": _literal(_DATE, "xsd:string", "date"),
    "integer": _literal(re.compile("-?[0-9]{1,18}"), "xsd:integer", "whole number"),
    "text": _text,
}
"""What a value can be: an entity by id, IRI, name or alias, a source by id or title, terms
of the ontology by name or label; years, dates (compared as text) and words."""
