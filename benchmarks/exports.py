#!/usr/bin/env python
"""Graph files: kg's GraphML and GEXF writers, networkx' and igraph's, on one graph in one run.

First on made-up records with every attribute that a claim has.  The whole way is
from the records to the file: kg flattens and writes them one after the other; for
networkx and igraph they are flattened the same way, and put into a graph.  The
writer alone is without the flattening, and without building the graph.

Then the whole way from the same store on disk: ``exporters.export``, and what a
user would do instead: read every node and edge into a networkx graph and write it.

Then growth: kg's writers from 10,000 edges on, tenfold each time.

Each measurement is a process of its own; memory is its peak above that of one that
only imports kg.

    benchmarks/exports.py [EDGES] [STORED] [LARGEST]
    defaults: 50000 edges, 10000 in a store, growth to 100000; a fifth as many nodes
    the whole measurement: 500000 100000 1000000
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from kg import exporters, names, network, rdf, records, store
from kg.exporters import Losses
from kg.model import Claim, Corpus, Entity, Evidence, Literal, Rank, Ref, Source, Span, Status, Text
from kg.network import Edge, Fact, Node

LANGS = ("en", "ko")
TYPES = ("Company", "Organisation", "Agent", "Entity")
RELATIONS = ("partOf", "investsIn", "partnerOf", "holdsPost", "founded")
STATUSES = (Status.STATED, Status.STATED, Status.PLANNED, Status.REPORTED)


class Synthetic(network.Network):
    """A graph of any size that nobody holds: records are made as they are asked for."""

    def __init__(self, edges: int) -> None:
        self.size = edges

    def nodes(self, _: Iterable[str] | None = None) -> Iterator[Node]:
        """Yield a fifth as many nodes as edges."""
        for number in range(self.size // 5):
            yield Node(
                id=f"company-{number}",
                iri=f"https://w3id.org/aieco/id/company-{number}",
                cls="Company",
                types=TYPES,
                labels={"en": f"Company {number} & Sons", "ko": f"주식회사 {number}호"},
                aliases={"en": (f"Co. {number}", f"C{number}"), "ko": (f"{number}호",)},
                misspellings={},
                notes={"en": f"One of {self.size} made-up companies, number {number}."},
                facts=(_fact(number),),
            )

    def edges(self, _: Iterable[str] | None = None) -> Iterator[Edge]:
        """Yield the edges."""
        nodes = max(self.size // 5, 1)
        for number in range(self.size):
            status = STATUSES[number % 4]
            yield Edge(
                id=f"https://w3id.org/aieco/claim/{number:032x}",
                source=f"company-{number % nodes}",
                target=f"company-{number * 7 % nodes}",
                relation=RELATIONS[number % 5],
                **_about(number, status),
            )

    def sources(self) -> Iterator[Source]:
        """Yield nothing."""
        return iter(())


def _about(number: int, status: Status) -> dict[str, object]:
    year = 2000 + number % 25
    plans = "plans" if number % 10 else '"plans" & <wants>'
    return {
        "status": status,
        "rank": Rank.NORMAL,
        "qualifiers": {
            "amount": Literal(str(number * 1000), "xsd:decimal"),
            "currency": Literal("KRW"),
            "role": Ref("partner"),
            "start": Literal(f"{year}-{number % 12 + 1:02}", "xsd:gYearMonth"),
        },
        "gloss": {
            "en": f"The company says that it {plans} this for {year}, at {number} a share.",
            "ko": f"회사는 {year}년에 주당 {number}원으로 그렇게 할 계획이라고 밝혔다.",
        },
        "notes": {},
        "evidence": (_evidence(number),),
        "premises": (),
        "rule": "",
        "flat": status is not Status.PLANNED,
    }


def _evidence(number: int) -> Evidence:
    return Evidence(f"article-{number % 1000}", Span(number, number + 60), f"{number:064x}")


def _fact(number: int) -> Fact:
    year = Literal(str(1900 + number % 120), "xsd:gYear")
    about = {**_about(number, Status.STATED), "qualifiers": {}}
    return Fact(id=f"{names.PREFIXES['claim']}f{number:031x}", predicate="foundedOn", value=year,
                **about)  # fmt: skip


# -- what a process measures: prints its seconds ------------------------------------------


Seconds = tuple[float, float]
"""Of the writer alone, and of the whole way."""


def kg(form: str, edges: int, file: Path) -> Seconds:
    """Write with kg, which makes records, flattens and writes in one pass."""
    graph = Synthetic(edges)
    making = spent(lambda: (each for things in (graph.nodes(), graph.edges()) for each in things))
    flattening = spent(lambda: _flat(graph))
    chosen = exporters.formats()[form]
    start = time.process_time()
    with file.open("wb") as out:
        chosen.write(graph, out, Losses(chosen.losses), LANGS)
    whole = time.process_time() - start
    return whole - flattening, whole - making


def _flat(graph: network.Network) -> Iterator[object]:
    yield from (records.node(node, LANGS) for node in graph.nodes())
    yield from (records.edge(edge) for edge in graph.edges())


def spent(things: Callable[[], Iterable[object]]) -> float:
    """Return the seconds that it takes to make things."""
    start = time.process_time()
    for _ in things():
        pass
    return time.process_time() - start


def with_networkx(form: str, edges: int, file: Path) -> Seconds:
    """Write with networkx; the whole way is from the records."""
    import networkx as nx

    source = Synthetic(edges)
    making = spent(lambda: (each for things in (source.nodes(), source.edges()) for each in things))
    begin = time.process_time()
    graph = flat_networkx(source)
    start = time.process_time()
    if form == "gexf":
        nx.write_gexf(graph, file)
    else:
        nx.write_graphml_lxml(graph, file)
    end = time.process_time()
    return end - start, end - begin - making


def with_igraph(_: str, edges: int, file: Path) -> Seconds:
    """Write with igraph; the whole way is by networkx."""
    import igraph

    source = Synthetic(edges)
    making = spent(lambda: (each for things in (source.nodes(), source.edges()) for each in things))
    begin = time.process_time()
    graph = igraph.Graph.from_networkx(flat_networkx(source))
    start = time.process_time()
    graph.write_graphml(str(file))
    end = time.process_time()
    return end - start, end - begin - making


def flat_networkx(graph: network.Network) -> object:
    """Return a networkx graph with the values that kg writes."""
    import networkx as nx

    flat = nx.MultiDiGraph()
    for node in graph.nodes():
        flat.add_node(node.id, **records.node(node, LANGS))
    for edge in graph.edges():
        flat.add_edge(edge.source, edge.target, key=edge.id, **records.edge(edge))
    return flat


def kg_stored(form: str, _: int, place: Path) -> Seconds:
    """Export a store."""
    start = time.process_time()
    with store.open(place / "store", read_only=True) as opened:
        exporters.export(opened, place / f"kg.{form}", form)
    return 0.0, time.process_time() - start


def networkx_stored(form: str, _: int, place: Path) -> Seconds:
    """Read a store into networkx and write."""
    import networkx as nx

    start = time.process_time()
    with store.open(place / "store", read_only=True) as opened:
        graph = flat_networkx(network.project(opened))
    if form == "gexf":
        nx.write_gexf(graph, place / "networkx.gexf")
    else:
        nx.write_graphml_lxml(graph, place / "networkx.graphml")
    return 0.0, time.process_time() - start


def nothing(_: str, __: int, ___: Path) -> Seconds:
    """Only import."""
    exporters.formats()
    return 0.0, 0.0


def fill(_: str, edges: int, place: Path) -> Seconds:
    """Make a store on disk with the same kind of graph."""
    count = max(edges // 5, 1)
    texts = ((Text("en", f"Company {n}"), Text("ko", f"회사 {n}")) for n in range(count))
    entities = {f"c{n}": Entity(f"c{n}", "Company", each) for n, each in enumerate(texts)}
    claims = [_claim(number, count) for number in range(edges)]
    with store.open(place) as opened:
        opened.replace(rdf.quads(Corpus(entities, {}, tuple(claims))))
    return 0.0, 0.0


def _claim(number: int, count: int) -> Claim:
    edge = _about(number, STATUSES[number % 4])
    span = Span(number, number + 60)
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return Claim(
        f"c{number % count}",
        RELATIONS[number % 5],
        Ref(f"c{number * 7 % count}"),
        tuple(sorted(edge["qualifiers"].items())),
        STATUSES[number % 4],
        gloss=tuple(Text(*each) for each in sorted(edge["gloss"].items())),
        evidence=(Evidence(f"article-{number % 1000}", span, sha256),),
    )


WORKERS = {
    each.__name__: each
    for each in (kg, with_networkx, with_igraph, kg_stored, networkx_stored, fill, nothing)
}

# -- the parent ---------------------------------------------------------------------------


class Found(NamedTuple):
    """What a process measured."""

    writer: float
    whole: float
    peak: float
    """MiB"""


def measured(worker: str, form: str, edges: int, place: Path) -> Found:
    """Run a worker in a process of its own; seconds are of the processor, not of the clock."""
    command = [sys.executable, __file__, "--worker", worker, form, str(edges), str(place)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return Found(*map(float, ran.stdout.split()))


def main(edges: int, stored: int, largest: int) -> None:
    """Print the three tables."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        idle = measured("nothing", "", 0, place).peak
        print(f"writers alone: {edges // 5:,} nodes, {edges:,} edges; {idle:.0f} MiB to begin with")
        for form, others in (("graphml", ("with_networkx", "with_igraph")),
                             ("gexf", ("with_networkx",))):  # fmt: skip
            ours = measured("kg", form, edges, place / "ours")
            row("kg", form, ours, ours, idle)
            size = (place / "ours").stat().st_size / 2**20
            for other in others:
                row(other.removeprefix("with_"), form,
                    measured(other, form, edges, place / "theirs"), ours, idle)  # fmt: skip
            print(f"  ({size:.0f} MiB written)")
        measured("fill", "", stored, place / "store")
        print(f"from a store: {stored // 5:,} nodes, {stored:,} edges")
        for form in ("graphml", "gexf"):
            ours = measured("kg_stored", form, stored, place)
            row("kg", form, ours, ours, idle)
            row("networkx", form, measured("networkx_stored", form, stored, place), ours, idle)
        print("growth of kg's writers")
        size = 10_000
        while size <= largest:
            for form in ("graphml", "gexf"):
                found = measured("kg", form, size, place / "ours")
                each = found.whole / size * 1e6
                more = f"{each:6.1f} µs an edge{found.peak - idle:8.0f} MiB"
                print(f"  {size:>9,} edges {form:<8}{more}")
            size *= 10


def row(name: str, form: str, found: Found, ours: Found, idle: float) -> None:
    """Print seconds, memory and how many times as long as kg."""
    line = f"  {form:<8}{name:<9}{found.peak - idle:6.0f} MiB   "
    if found.writer:
        line += f"writer {found.writer:7.2f} s{found.writer / ours.writer:6.1f} x kg   "
    print(f"{line}whole {found.whole:7.2f} s{found.whole / ours.whole:6.1f} x kg")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        worker, form, edges, place = sys.argv[2:]
        seconds = WORKERS[worker](form, int(edges), Path(place))
        print(*seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    else:
        arguments = [int(each) for each in sys.argv[1:]]
        main(*(arguments + [50_000, 10_000, 100_000][len(arguments) :]))
