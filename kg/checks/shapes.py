"""The SHACL shapes, by pySHACL on rdflib's own graphs in memory, a chunk at a time.

Over oxrdflib pySHACL is some 60 times slower and reports violations that are none.
On one big graph its memory grows with the data.  So the nodes are cut into chunks,
each with all triples of its nodes, the classes and literals of what these point to,
and what points to them where a shape looks backwards (``sh:inversePath``).  A shape
may therefore look one step from its focus node, or go between a claim, its evidence
and its selector, which are kept together.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pyshacl
from rdflib import SH, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from kg.names import compact
from kg.paths import shipped
from kg.store import Solutions, Store, Triples

__all__ = ["CHUNK", "Result", "validate"]

CHUNK = 5_000
"""Claims (with their evidence), or other nodes, at a time."""

_FEW = 10_000
"""Triples that are validated sooner here than in processes, each of which has to start."""

_END = b"# end\n"
"""The last line of what another process is to validate."""
_SEVERITIES = {SH.Violation: "error", SH.Warning: "warning", SH.Info: "info"}


class Result(NamedTuple):
    """What a shape found at a node."""

    focus: str
    severity: str
    message: str
    remedy: str
    shape: str


def validate(
    store: Store,
    shapes: Path | None = None,
    ontology: Path | None = None,
    *,
    chunk: int = CHUNK,
    workers: int | None = None,
) -> Iterator[Result]:
    """Yield what the shapes find at the IRIs of a store's default graph, in no order.

    `shapes` and `ontology` are Turtle files, by default those that ship with kg.
    Several chunks are validated in `workers` processes, by default one a processor
    up to 8; few triples, or all with 1 worker, in this process.  What is found at an
    evidence that claims of several chunks share comes with each.
    """
    files = (
        shapes or shipped("ontology") / "shapes.ttl",
        ontology or shipped("ontology") / "aieco.ttl",
    )
    backwards = sorted(map(str, _read(files[0]).objects(None, SH.inversePath)))
    chunks = _chunks(store, backwards, chunk)
    begun = list(islice(chunks, 3))
    few = len(begun) < 3 and sum(len(each.triples) for each in begun) < _FEW
    chunks = chain(begun, chunks)
    del begun  # which would hold them to the end
    workers = workers or min(os.cpu_count() or 1, 8)
    if workers == 1 or few:
        for each in chunks:
            yield from each.own(_validated(each.triples, *files))
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[tuple[Chunk, Future[list[Result]]]] = deque()
        for each in chunks:
            waiting.append((each, pool.submit(_elsewhere, each.triples, files)))
            if len(waiting) > workers:  # no more in memory than are being worked on, and one
                done, results = waiting.popleft()
                yield from done.own(results.result())
        for done, results in waiting:
            yield from done.own(results.result())


# -- cutting -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chunk:
    """Nodes to validate, and all triples that it takes."""

    nodes: frozenset[str]
    triples: list[ox.Triple]

    def own(self, results: Iterable[Result]) -> Iterator[Result]:
        """Leave out what was found at nodes that are whole only in another chunk."""
        described = {str(triple.subject)[1:-1] for triple in self.triples}
        elsewhere = described - self.nodes
        return (each for each in results if each.focus not in elsewhere)


# A claim goes with its evidences and their selectors; then comes all that is in no such group.
_CLAIMS = "SELECT ?s WHERE { ?s a aie:Claim }"
_GROUP = "SELECT ?s WHERE { VALUES ?claim { NODES } ?claim (aie:evidence/oa:hasSelector?)? ?s }"
_OTHERS = """
SELECT DISTINCT ?s WHERE {
  { SELECT DISTINCT ?s WHERE { ?s ?p ?o } }
  MINUS { ?s a aie:Claim }
  MINUS { ?claim aie:evidence ?s }
  MINUS { ?claim aie:evidence/oa:hasSelector ?s }
}"""
# With a chunk's nodes come the classes of the nodes that they point to, and what these say
# in literals: lest the shapes of their classes report each of them, only to be ignored.
_TRIPLES = (
    "CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { NODES } ?s ?p ?o }",
    """CONSTRUCT { ?o ?q ?v } WHERE {
      { SELECT DISTINCT ?o WHERE { VALUES ?s { NODES } ?s ?p ?o FILTER (isIRI(?o)) } }
      ?o ?q ?v FILTER (isLiteral(?v) || ?q = rdf:type)
    }""",
    "CONSTRUCT { ?x ?p ?s } WHERE { VALUES ?s { NODES } ?x ?p ?s FILTER (?p IN (PATHS)) }",
)


def _chunks(store: Store, backwards: Iterable[str], size: int) -> Iterator[Chunk]:
    paths = ", ".join(f"<{iri}>" for iri in backwards)
    for query, closure in ((_CLAIMS, _GROUP), (_OTHERS, None)):
        found = _iris(store, query)
        while own := frozenset(islice(found, size)):
            if closure:
                own = frozenset(_iris(store, closure.replace("NODES", _listed(own))))
            triples: list[ox.Triple] = []
            for text in _TRIPLES:
                asked = text.replace("NODES", _listed(own)).replace("PATHS", paths)
                answer = store.query(asked)
                assert isinstance(answer, Triples)  # noqa: S101 the query is ours
                triples += answer
            yield Chunk(own, triples)


def _iris(store: Store, query: str) -> Iterator[str]:
    answer = store.query(query)
    assert isinstance(answer, Solutions)  # noqa: S101 the query is ours
    return (row[0].value for row in answer.rows if isinstance(row[0], ox.NamedNode))


def _listed(iris: Iterable[str]) -> str:
    return " ".join(f"<{iri}>" for iri in iris)


def _elsewhere(triples: list[ox.Triple], files: tuple[Path, Path]) -> list[Result]:
    """Validate in a process of its own, which also gives its memory back at the end.

    A plain child and not :mod:`multiprocessing`, which would run the user's script
    again (spawn) or copy the engine's threads half (fork).
    """
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    done = subprocess.run(  # noqa: S603 our own module
        [sys.executable, "-m", __name__, *map(str, files)],
        input=(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"") + _END,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    return [Result(*each) for each in json.loads(done.stdout)]


def _main(shapes: str, ontology: str) -> None:
    gc.disable()  # a third of the time; the process ends with its chunk
    given = sys.stdin.buffer.read()
    if not given.endswith(_END):  # who asked has been ended
        sys.exit(1)
    triples = ox.parse(given, format=ox.RdfFormat.N_TRIPLES)
    found = _validated((quad.triple for quad in triples), Path(shapes), Path(ontology))
    json.dump(found, sys.stdout)


# -- validating --------------------------------------------------------------


def _validated(triples: Iterable[ox.Triple], shapes: Path, ontology: Path) -> list[Result]:
    with _quiet():
        _, report, text = pyshacl.validate(
            _graph(triples),
            shacl_graph=_read(shapes),
            ont_graph=_read(ontology),
            inference="none",
            inplace=True,  # the graph is made for this; a copy doubles the memory
        )
    if not isinstance(report, Graph):
        raise RuntimeError(f"pySHACL could not validate: {text}")
    found = report.objects(None, SH.result)  # their details (sh:detail) are results, too
    return [_result(report, each, _read(shapes)) for each in found]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without rdflib's log, a traceback for every ill-typed literal: a rule of ours finds them."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@cache
def _read(file: Path) -> Graph:
    return Graph().parse(file, format="turtle")


def _graph(triples: Iterable[ox.Triple]) -> Graph:
    """The triples as an rdflib graph; each term is made once, which is twice as fast."""
    graph = Graph(bind_namespaces="none")
    terms: dict[object, Node] = {}

    def term(node: object) -> Node:
        made = terms.get(node)
        if made is None:
            made = terms[node] = _term(node)
        return made

    for subject, predicate, value in triples:
        graph.add((term(subject), term(predicate), term(value)))
    return graph


def _term(node: object) -> Node:
    if isinstance(node, ox.NamedNode):
        return URIRef(node.value)
    if isinstance(node, ox.BlankNode):
        return BNode(node.value)
    if not isinstance(node, ox.Literal):
        raise TypeError(f"{node} is no term of RDF 1.1")
    datatype = None if node.language else URIRef(node.datatype.value)
    # rdflib holds "x" and "x"^^xsd:string unequal; shapes and data must spell it one way.
    datatype = None if datatype == XSD.string else datatype
    return Literal(node.value, lang=node.language, datatype=datatype)


def _result(report: Graph, node: Node, shapes: Graph) -> Result:
    told = [each for each in report.objects(node, SH.resultMessage) if isinstance(each, Literal)]
    text = min(told, key=lambda each: (each.language != "en", each.language or "", each))
    what, _, remedy = str(text).strip().rstrip(".").partition("; ")
    path, value = report.value(node, SH.resultPath), report.value(node, SH.value)
    focus = report.value(node, SH.focusNode)
    about = " ".join(filter(None, (_path(path, shapes), _shown(value) if value != focus else "")))
    severity = report.value(node, SH.resultSeverity)
    return Result(
        focus=str(focus),
        severity=_SEVERITIES.get(severity, "error") if isinstance(severity, URIRef) else "error",
        message=_uncapitalised(" ".join(what.split())) + (f" ({about})" if about else ""),
        remedy=" ".join(remedy.split()),
        shape=f"shape:{_shape(report.value(node, SH.sourceShape), shapes)}",
    )


def _path(path: Node | None, shapes: Graph) -> str:
    if isinstance(path, URIRef):
        return compact(str(path))
    inverse = shapes.value(path, SH.inversePath) if path is not None else None
    return f"^{compact(str(inverse))}" if isinstance(inverse, URIRef) else ""


def _shown(value: Node | None) -> str:
    if isinstance(value, URIRef):
        return compact(str(value))
    if not isinstance(value, Literal):
        return ""
    text = " ".join(str(value).split())
    return f'"{text}"' if len(text) <= 60 else f'"{text[:59]}…"'


def _uncapitalised(text: str) -> str:
    """As the middle of a line wants it; a word such as ROR or LG keeps its capitals."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _shape(node: Node | None, shapes: Graph) -> str:
    """The name of a shape, or of the named shape that an unnamed one is part of."""
    while node is not None and not isinstance(node, URIRef):
        node = min(shapes.subjects(None, node), key=str, default=None)
    return str(node).rpartition("#")[2].rpartition("/")[2] if node else ""


if __name__ == "__main__":
    _main(*sys.argv[1:])
