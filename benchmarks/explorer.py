#!/usr/bin/env python
"""The explorer's pages: how long each takes and what it weighs, beside the aim and a bare answer.

Three graphs are served, each by ``kg serve`` as it comes: the shipped data, and two of a
million triples on disk, the shipped data copied under other ids (the same names over and over)
and a made-up one (all linked, with hubs; hardly a name twice).  When the server has prepared
itself, kinds of pages are asked for in turn, no address twice, over one connection.

- ``p50`` and ``p95``: milliseconds until the answer is there;
- ``cpu``: the 95th percentile of the processor time of all processes of the server (Linux);
- ``of aim``: cpu, or else p95, divided by the aim: 50 ms on the shipped graph, 200 on the large;
- ``bare``: p50 in times that of an answer of three bytes by the same server;
- ``kB`` and ``packed``: the heaviest page, without style and scripts.

Above each table: seconds until the server says that it is ready, until the first page and the
first search are there, and until it has prepared all that readers would else wait for; and the
resident memory of all its processes then, and after all these pages.

    benchmarks/explorer.py [TRIPLES] [PAGES]      a million, and 40 of each kind
"""

from __future__ import annotations

import itertools
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from zlib import compress

import httpx
from serve import lineage, memory_mib

from kg import corpus, links, names, opening, queries, rdf, store
from kg.paths import shipped
from kg.store import Store
from synthetic import copies
from synthetic import network as made_up

AIM_MS, LARGE_AIM_MS = 50, 200
A_COPY, A_NODE = 3180, 50
"""Triples of the shipped data, and of a node of the made-up graph with its share of the rest."""
HUBS = 10


@dataclass
class Figures:
    """Milliseconds and bytes of the pages of one kind."""

    wall_ms: list[float]
    cpu_ms: list[float]
    size: int = 0
    packed: int = 0
    failed: int = 0

    @staticmethod
    def at(times: Sequence[float], part: float) -> float:
        """A percentile."""
        return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def main(triples: int, pages: int) -> None:
    """Print a table for each graph."""
    with tempfile.TemporaryDirectory() as scratch:
        with opening.open_graph(None, shipped("data")) as graph:
            report("the shipped data", [], graph, pages, AIM_MS)
        for name in ("copies", "made up"):
            place = Path(scratch) / name
            build(name, triples, place, Path(scratch) / "data")
            with store.open(place, read_only=True) as graph:
                report(f"{name}, on disk", ["--store", str(place)], graph, pages, LARGE_AIM_MS)


def build(name: str, triples: int, place: Path, folder: Path) -> None:
    """Write a graph of about so many triples."""
    if name == "copies":
        copies(triples // A_COPY, folder)
        read = corpus.load(folder)
    else:
        read = made_up(triples // A_NODE)
    with store.open(place) as graph:
        graph.replace(itertools.chain(rdf.quads(read), rdf.ontology()))


# -- what is asked ----------------------------------------------------------------------


def addresses(graph: Store, pages: int) -> Mapping[str, list[str]]:
    """Return addresses by kind of page, the same for the same graph."""
    chance = random.Random(1)
    degrees = links.claims_of(graph)
    ids = sorted(id for id, count in degrees.items() if not id.startswith("http") and count)
    hubs = sorted(ids, key=lambda id: (-degrees[id], id))[:HUBS]
    claims = found(graph, "SELECT ?x { ?x a aie:Claim } LIMIT 20000", "claim")
    kinds = "{ ?x a aie:Article } UNION { ?x a aie:Dataset }"
    sources = found(graph, f"SELECT ?x {{ {kinds} }}", "source")
    labels = found(graph, "SELECT ?x { ?e rdfs:label ?x FILTER STRSTARTS(STR(?e), STR(id:)) }")
    for each in (ids, claims, sources, labels):
        chance.shuffle(each)
    # Those with the same end of their ids: in the copied data they are of the same copy.
    ends = list(itertools.pairwise(sorted(ids, key=lambda id: id[::-1])))
    chance.shuffle(ends)
    words = [f"/search?q={quote(label)}" for label in labels]
    parts = [f"/search?q={quote(label[: 2 + n % 4])}" for n, label in enumerate(labels)]
    slips = [f"/search?q={quote(slipped(chance, label))}" for label in labels[:pages]]
    asked = {
        "home": ["/", "/?lang=ko", "/?lang=en"],
        "entity": [f"/id/{id}" for id in ids],
        "hub": [f"/id/{id}" for id in hubs],
        "hub, opened": [f"/id/{one}?open={other}" for one, other in itertools.pairwise(hubs)],
        "claim": [f"/claim/{name}" for name in claims],
        "source": [f"/source/{id}" for id in sources],
        "class": [f"/search?type={name}" for name in ("Person", "Company", "ResearchTopic")],
        "search: a name": words,
        "search: a part": parts,
        "search: misspelt": slips,
        "path": [f"/path?from={one}&to={other}" for one, other in ends],
        "path, 6 steps": [f"/path?from={one}&to={other}&hops=6" for one, other in ends[pages:]],
        "path of hubs": [f"/path?from={one}&to={other}" for one, other in itertools.pairwise(hubs)],
        "no such thing": [f"/id/{slipped(chance, id)}x" for id in ids],
        "twin: Turtle": [f"/id/{id}.ttl" for id in (*hubs, *ids)],
        "twin: JSON-LD": [f"/id/{id}.jsonld" for id in (*hubs, *ids)],
        "source: Turtle": [f"/source/{id}.ttl" for id in sources],
        "query editor": [f"/query?name={name}" for name in needing()],
        "graph around": [f"/graph?around={id}" for id in (*hubs, *ids)][:10],
        "graph of a source": [f"/graph?source={id}" for id in sources][:5],
    }
    return {kind: list(dict.fromkeys(each))[:pages] for kind, each in asked.items()}


def found(graph: Store, query: str, prefix: str = "") -> list[str]:
    """Return the one column of an answer, sorted, IRIs without their prefix."""
    start = names.PREFIXES[prefix] if prefix else ""
    rows = store.solutions(graph.query(query))
    return sorted({row[0].value.removeprefix(start) for row in rows})


def slipped(chance: random.Random, text: str) -> str:
    """Return the text with one letter exchanged."""
    at = chance.randrange(len(text))
    return text[:at] + chance.choice("aeknrx") + text[at + 1 :]


def needing() -> list[str]:
    """Return the questions that need a parameter: their pages run nothing yet."""
    known = queries.catalogue().items()
    return [name for name, each in known if any(one.required for one in each.parameters)]


# -- asking -----------------------------------------------------------------------------


def report(title: str, options: Sequence[str], graph: Store, pages: int, aim_ms: float) -> None:
    """Serve a graph, ask for its pages and print their figures."""
    asked = addresses(graph, pages)
    print(f"\n{title}: {len(graph):,} triples", flush=True)
    began = time.perf_counter()
    command = [sys.executable, "-m", "kg", "serve", "-p", "0", "-q", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = re.search(r"http://\S+/", process.stdout.readline())
        assert told is not None
        waits = [time.perf_counter() - began]
        with httpx.Client(base_url=told[0], timeout=60, headers={"accept": "text/html"}) as client:
            for path in ("/", "/search?q=a"):
                client.get(path)
                waits.append(time.perf_counter() - began)
            until_quiet(process.pid)
            waits.append(time.perf_counter() - began)
            before = memory_mib(process.pid)
            bare = Figures.at(measured(client, process.pid, ["/healthz"] * 100).wall_ms, 0.5)
            tables = {kind: measured(client, process.pid, each) for kind, each in asked.items()}
            print("ready {:.1f} s, first page {:.1f}, search {:.1f}, all {:.1f}".format(*waits))
            print(f"{before:.0f} MiB, after all pages {memory_mib(process.pid):.0f}")
            printed(tables, bare, aim_ms)
    finally:
        process.terminate()
        process.wait()


def until_quiet(process: int) -> None:
    """Wait until the server does next to nothing."""
    used = cpu_ms(process)
    for _ in range(120):
        time.sleep(0.5)
        used, before = cpu_ms(process), used
        if used - before < 20:
            return


def measured(client: httpx.Client, process: int, paths: Iterable[str]) -> Figures:
    """Ask for each of the paths."""
    figures = Figures([], [])
    for path in paths:
        used, began = cpu_ms(process), time.perf_counter()
        answer = client.get(path, headers={"accept-encoding": "identity"})
        figures.wall_ms.append((time.perf_counter() - began) * 1e3)
        figures.cpu_ms.append(cpu_ms(process) - used)
        figures.failed += answer.status_code >= 500
        figures.size = max(figures.size, len(answer.content))
        figures.packed = max(figures.packed, len(compress(answer.content, 4)))
    return figures


def cpu_ms(process: int) -> float:
    """Return the processor time that a process and all below it have used, 0 if not on Linux."""
    used = 0
    for threads in Path("/proc").glob("[0-9]*/task"):
        if lineage(int(threads.parent.name), process):
            for each in threads.glob("*/schedstat"):
                try:
                    used += int(each.read_text().split()[0])
                except OSError:  # it has ended
                    continue
    return used / 1e6


def printed(tables: Mapping[str, Figures], bare_ms: float, aim_ms: float) -> None:
    """Print a row for each kind of page."""
    heads = ("asked", "p50 ms", "p95 ms", "cpu ms", "of aim", "bare", "kB", "packed")
    print(f"{'page':<20}" + "".join(f"{head:>9}" for head in heads))
    for kind, each in tables.items():
        p50, p95 = (each.at(each.wall_ms, part) for part in (0.5, 0.95))
        cpu = each.at(each.cpu_ms, 0.95)
        cells = f"{len(each.wall_ms):>9}{p50:>9.1f}{p95:>9.1f}{cpu:>9.1f}"
        ratios = f"{(cpu or p95) / aim_ms:>9.2f}{p50 / bare_ms:>9.1f}"
        failed = f"  {each.failed} failed" if each.failed else ""
        print(f"{kind:<20}{cells}{ratios}{each.size / 1e3:>9.1f}{each.packed / 1e3:>9.1f}{failed}")


if __name__ == "__main__":
    main(*(int(each) for each in (*sys.argv[1:], *("1000000", "40")[len(sys.argv) - 1 :])))
