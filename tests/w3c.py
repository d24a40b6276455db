"""The W3C's SPARQL test suites: their manifests as cases, their results to compare with.

The suites (``dawg-data-r2`` of 2008 and ``sparql11`` of 2013) are not part of this
project: ``.ci/w3c`` unpacks them into ``tests/w3c-suite/`` from the source distribution
of rdflib.  Copyright W3C and their contributors, under the W3C Test Suite License and
the W3C 3-clause BSD License.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

__all__ = ["Case", "Table", "as_csv", "cases", "expected", "parsed", "quads", "same_graph", "table"]

SUITE = Path(__file__).parent / "w3c-suite"
_PLACES = {
    "sparql11": "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/",
    "dawg-data-r2": "http://www.w3.org/2001/sw/DataAccess/tests/data-r2/",
}
"""Where each suite is published: IRIs in it are relative to that."""
_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
_UT = "http://www.w3.org/2009/sparql/tests/test-update#"
_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
_TYPE = ox.NamedNode(_RDF + "type")

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Row = dict[str, Term]


@dataclass(frozen=True)
class Data:
    """The content of a store: files by the graphs that hold them."""

    default: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()
    """Each graph's IRI, and that of the file with its triples."""


@dataclass(frozen=True)
class Case:
    """An entry of a manifest."""

    name: str
    """Folder and name: ``aggregates/agg01``."""
    kind: str
    """The entry's class: ``QueryEvaluationTest``, ``NegativeSyntaxTest11``, …"""
    asks: str = ""
    """IRI of the file with the query or update."""
    before: Data = field(default=Data())
    after: Data = field(default=Data())
    """For updates."""
    answer: str = ""
    """IRI of the file with the expected result of a query."""
    lax: bool = False
    """Rows may be there more often or less often (``REDUCED``)."""

    @property
    def text(self) -> str:
        """The query or update."""
        return content(self.asks).decode()

    @property
    def text_here(self) -> str:
        """The query or update, with IRIs relative to its file."""
        return f"BASE <{self.asks}>\n{self.text}"

    @property
    def files(self) -> Iterator[str]:
        """IRIs of the files that a query asks, which may name them itself (``FROM``)."""
        yield from self.before.default
        yield from (file for _, file in self.before.named)
        if re.search(r"\bFROM\b", self.text):
            place = self.asks.rpartition("/")[0]
            yield from (f"{place}/{path.name}" for path in _file(place).glob("data*.ttl"))


def content(iri: str) -> bytes:
    """Return the content of a file of the suites."""
    return _file(iri).read_bytes()


def _file(iri: str) -> Path:
    for suite, place in _PLACES.items():
        if iri.startswith(place):
            return SUITE / suite / iri.removeprefix(place)
    raise ValueError(iri)


def cases() -> list[Case]:
    """Return all entries of the suites' manifests, in their order."""
    found = []
    for suite, place in _PLACES.items():
        for path in sorted((SUITE / suite).glob("*/manifest.ttl")):
            base = place + path.relative_to(SUITE / suite).as_posix()
            found += _Manifest(path, base).cases()
    return found


class _Manifest:
    def __init__(self, path: Path, base: str) -> None:
        self.folder = path.parent.name
        self.store = ox.Store()
        self.store.load(path=str(path), format=ox.RdfFormat.TURTLE, base_iri=base)
        self.iri = ox.NamedNode(base)

    def cases(self) -> Iterator[Case]:
        rest = self._one(self.iri, _MF + "entries")
        while rest is not None and rest.value != _RDF + "nil":
            entry = self._one(rest, _RDF + "first")
            assert isinstance(entry, ox.NamedNode)
            if kind := self._one(entry, _TYPE.value):
                yield self._case(entry, kind.value.removeprefix(_MF))
            rest = self._one(rest, _RDF + "rest")

    def _case(self, entry: ox.NamedNode, kind: str) -> Case:
        name = f"{self.folder}/{entry.value.partition('#')[2]}"
        action, result = self._one(entry, _MF + "action"), self._one(entry, _MF + "result")
        if action is None:  # what is to be done stands elsewhere, in words
            return Case(name, kind)
        if isinstance(action, ox.NamedNode):
            return Case(name, kind, asks=action.value)
        if request := self._one(action, _UT + "request"):
            assert result is not None
            before, after = self._data(action, _UT), self._data(result, _UT)
            return Case(name, kind, request.value, before, after)
        query = self._one(action, _QT + "query")
        assert query is not None
        lax = self._one(entry, _MF + "resultCardinality") is not None
        answer = result.value if isinstance(result, ox.NamedNode) else ""
        return Case(name, kind, query.value, self._data(action, _QT), answer=answer, lax=lax)

    def _data(self, node: Term, space: str) -> Data:
        named = []
        for graph in self._all(node, space + "graphData"):
            label, file = self._one(graph, _LABEL.value), self._one(graph, space + "graph")
            named.append((label.value if label else graph.value, (file or graph).value))
        default = sorted(term.value for term in self._all(node, space + "data"))
        return Data(tuple(default), tuple(sorted(named)))

    def _all(self, node: Term, predicate: str) -> list[Term]:
        found = self.store.quads_for_pattern(node, ox.NamedNode(predicate), None)
        return [quad.object for quad in found]

    def _one(self, node: Term, predicate: str) -> Term | None:
        return next(iter(self._all(node, predicate)), None)


# -- results -----------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """The rows of a ``SELECT``."""

    variables: frozenset[str]
    rows: tuple[Row, ...]
    ordered: bool = False

    def same(self, other: Table, *, lax: bool = False) -> bool:
        """Whether the other one has these rows, blank nodes being nobody's names."""
        if self.variables != other.variables:
            return False
        return self._form(self.ordered, lax) == other._form(self.ordered, lax)

    def _form(self, ordered: bool, lax: bool) -> object:
        """Rows that no longer depend on the names of blank nodes: equal where they are the same.

        Each different row is a node that says how often, and where, it is.
        """
        places: dict[frozenset[tuple[str, Term]], list[int]] = {}
        for number, row in enumerate(self.rows):
            key = frozenset((name, _plain(term)) for name, term in row.items())
            places.setdefault(key, []).append(number)
        form = []
        for key, where in places.items():
            node = ox.BlankNode()
            told = f"{0 if lax else len(where)} {where if ordered else ''}"
            form.append(ox.Quad(node, ox.NamedNode("x:told"), ox.Literal(told)))
            form += [ox.Quad(node, ox.NamedNode(f"x:of/{name}"), term) for name, term in key]
        return _canonical(form)


def _plain(term: Term) -> Term:
    """Numbers by their value: how they are written is left to the engine."""
    kind = term.datatype.value.rpartition("#")[2] if isinstance(term, ox.Literal) else ""
    if kind in ("integer", "decimal", "double", "float"):
        try:
            return ox.Literal(f"{float(term.value):.12g}", datatype=term.datatype)
        except ValueError:  # ill-formed: kept as it is
            return term
    return term


def _canonical(quads: Iterable[ox.Quad]) -> ox.Dataset:
    found = ox.Dataset(quads)
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return found


def same_graph(one: Iterable[ox.Quad], other: Iterable[ox.Quad]) -> bool:
    """Whether two graphs or datasets are isomorphic (RDF 1.1, section 3.6)."""
    return _canonical(map(_plain_quad, one)) == _canonical(map(_plain_quad, other))


def _plain_quad(quad: ox.Quad) -> ox.Quad:
    return ox.Quad(quad.subject, quad.predicate, _plain(quad.object), quad.graph_name)


def parsed(iri: str) -> list[ox.Quad]:
    """Return the triples of a file of the suites, with blank nodes of their own each time."""
    form = ox.RdfFormat.from_extension(iri.rpartition(".")[2])
    return list(ox.parse(content(iri), format=form, base_iri=iri, rename_blank_nodes=True))


def quads(data: Data) -> list[ox.Quad]:
    """Return the content of a store."""
    named = ((file, ox.NamedNode(graph)) for graph, file in data.named)
    return [
        *(quad for file in data.default for quad in parsed(file)),
        *(ox.Quad(*quad.triple, graph) for file, graph in named for quad in parsed(file)),
    ]


def expected(case: Case) -> Table | bool | bytes | list[ox.Quad]:
    """Return the result that the suite gives for a query; of a CSV file the content."""
    suffix = case.answer.rpartition(".")[2]
    if suffix == "csv":
        return content(case.answer)
    if suffix in ("srx", "srj", "tsv"):
        forms = {"srx": ox.QueryResultsFormat.XML, "srj": ox.QueryResultsFormat.JSON}
        return table(content(case.answer), forms.get(suffix, ox.QueryResultsFormat.TSV))
    triples = parsed(case.answer)
    sets = [triple.subject for triple in triples if triple.object.value == _RS + "ResultSet"]
    return _result_set(triples, sets[0]) if sets else triples


def table(text: bytes, form: ox.QueryResultsFormat) -> Table | bool:
    """Return the rows, or the answer, in one of the W3C's formats for results."""
    found = ox.parse_query_results(text, format=form)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    rows = [
        {name: term for name, term in zip(names, row, strict=True) if term is not None}
        for row in found
    ]
    return Table(frozenset(names), tuple(rows))


def _result_set(triples: list[ox.Quad], node: Term) -> Table | bool:
    """The vocabulary in which results were written down before there were formats for them."""
    by: dict[tuple[Term, str], list[Term]] = {}
    for triple in triples:
        key = (triple.subject, triple.predicate.value.removeprefix(_RS))
        by.setdefault(key, []).append(triple.object)
    if (node, "boolean") in by:
        return by[node, "boolean"][0].value == "true"
    solutions = by.get((node, "solution"), [])
    ordered = all((each, "index") in by for each in solutions) and bool(solutions)
    if ordered:
        solutions.sort(key=lambda each: int(by[each, "index"][0].value))
    rows = tuple(
        {by[b, "variable"][0].value: by[b, "value"][0] for b in by.get((each, "binding"), [])}
        for each in solutions
    )
    names = frozenset(term.value for term in by.get((node, "resultVariable"), []))
    return Table(names, rows, ordered)


def as_csv(told: Table | bytes) -> object:
    """Return what CSV tells of rows, or tells: columns by name, values without their types."""
    if isinstance(told, Table):
        names = sorted(told.variables)
        values = [[_bare(row.get(name)) for name in names] for row in told.rows]
        return names, sorted(values)
    head, *lines = csv.reader(io.StringIO(told.decode(), newline=""))
    order = sorted(range(len(head)), key=lambda place: head[place])
    rows = [[_unnamed((line or [""])[place]) for place in order] for line in lines]
    return [head[place] for place in order], sorted(rows)


def _bare(term: Term | None) -> str:
    return "_:" if isinstance(term, ox.BlankNode) else term.value if term else ""


def _unnamed(value: str) -> str:
    return re.sub(r"^_:.*", "_:", value)
