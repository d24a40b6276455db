#!/usr/bin/env python
"""The named questions on a large graph: kg, the ``oxigraph`` program, and rdflib's own engine.

The shipped data are copied until the graph has about a million triples, and loaded by all
three; every named question without required parameters is asked of each and the answer read
to its end.  kg reads a store on disk; ``oxigraph serve`` the same triples over HTTP; rdflib
holds them in memory.  A question that takes rdflib longer than the limit counts as the limit,
so its ratio is a lower bound, marked ``>``.

Then, on the shipped data: ``kg query`` from start to answer against a Python that only
imports pyoxigraph and loads the same triples from a file.

    benchmarks/queries.py [COPIES] [SECONDS]      defaults: 300 copies, 20 s a question
"""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import rdflib

from kg import corpus, names, opening, queries, store
from kg.paths import shipped
from synthetic import copies

PROLOGUE = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in names.PREFIXES.items())


def main(size: int, limit_s: int) -> None:
    """Print a row a question, the medians, and the start-up."""
    asked = {
        name: each.text
        for name, each in queries.catalogue().items()
        if not any(one.required or one.default for one in each.parameters)
    }
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        copies(size, place / "data")
        opening.graph(corpus.load(place / "data"), place / "kg").close()
        with (
            store.open(place / "kg", read_only=True) as opened,
            (place / "all.nt").open("wb") as out,
        ):
            opened.dump(out, ox.RdfFormat.N_TRIPLES)
            print(f"{len(opened):,} quads, {len(asked)} questions")
            ours = {
                name: best(lambda text=text: ask_kg(opened, text)) for name, text in asked.items()
            }
        theirs = ask_server(place, asked)
        slow = ask_rdflib(place / "all.nt", asked, limit_s)
    print(
        f"{'question':<32}{'kg ms':>10}{'oxigraph':>10}{'rdflib':>12}{'kg/oxi':>8}{'rdflib/kg':>11}"
    )
    for name in asked:
        over = ">" if slow[name] >= limit_s else " "
        row = f"{ours[name] * 1e3:>10.1f}{theirs[name] * 1e3:>10.1f}{slow[name] * 1e3:>12.0f}"
        ratios = f"{ours[name] / theirs[name]:>8.2f}{over:>3}{slow[name] / ours[name]:>8.0f}"
        print(f"{name:<32}{row}{ratios}")
    limit = statistics.median(ours[name] / theirs[name] for name in asked)
    gain = statistics.median(slow[name] / ours[name] for name in asked)
    print(
        f"median: kg/oxigraph {limit:.2f} (aim at most 1.2), rdflib/kg {gain:.0f} (aim at least 20)"
    )


def best(ask: Callable[[], object], times: int = 3) -> float:
    """Seconds of the quickest of a few runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        found.append(time.perf_counter() - start)
    return min(found)


def ask_kg(opened: store.Store, text: str) -> int:
    """Read the whole answer."""
    return sum(1 for _ in store.solutions(opened.query(text)))


def ask_server(place: Path, asked: dict[str, str]) -> dict[str, float]:
    """Load and serve with the oxigraph program on a free port; stop it by its own handle."""
    program = str(Path(sys.executable).with_name("oxigraph"))
    location = ["--location", str(place / "oxigraph")]
    subprocess.run(
        [program, "load", *location, "--file", place / "all.nt"], check=True, capture_output=True
    )
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [program, "serve-read-only", *location, *bind], stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}/query"
    try:
        for _ in range(100):
            try:
                fetch(address, "ASK {}")
                break
            except OSError:
                time.sleep(0.1)
        return {
            name: best(lambda text=text: fetch(address, PROLOGUE + text))
            for name, text in asked.items()
        }
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def fetch(address: str, query: str) -> bytes:
    """Ask over HTTP and read the whole answer as TSV, which costs the least to write."""
    form = urllib.parse.urlencode({"query": query}).encode()
    request = urllib.request.Request(address, form, {"Accept": "text/tab-separated-values, */*"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def ask_rdflib(file: Path, asked: dict[str, str], limit_s: int) -> dict[str, float]:
    """Once each, cut off at the limit."""
    graph = rdflib.Graph()
    graph.parse(file, format="nt11")
    found = {}
    for name, text in asked.items():
        start = time.perf_counter()
        signal.signal(signal.SIGALRM, _late)
        signal.alarm(limit_s)
        try:
            for _ in graph.query(PROLOGUE + text):
                pass
        except TimeoutError:
            pass
        finally:
            signal.alarm(0)
        found[name] = min(time.perf_counter() - start, limit_s)
    return found


def _late(*_: object) -> None:
    raise TimeoutError


def start_up(runs: int = 15) -> None:
    """Print `kg query` from start to answer beside pyoxigraph alone with the same triples."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "graph.nt"
        with opening.graph(corpus.load(shipped("data"))) as opened, file.open("wb") as out:
            opened.dump(out, ox.RdfFormat.N_TRIPLES)
        bare = (
            "import pyoxigraph as ox; s = ox.Store();"
            f"s.load(path={str(file)!r}, format=ox.RdfFormat.N_TRIPLES); print(s.query('ASK {{}}'))"
        )
        commands = (
            [str(Path(sys.executable).with_name("kg")), "query", "ASK {}"],
            [sys.executable, "-c", bare],
        )
        times = [
            [
                best(lambda c=command: subprocess.run(c, check=True, capture_output=True), 1)
                for command in commands
            ]
            for _ in range(runs)
        ]
    ours, theirs = (statistics.median(column) * 1e3 for column in zip(*times, strict=True))
    ratio = statistics.median(a / b for a, b in times)
    print(
        f"kg query: {ours:.0f} ms, pyoxigraph and load: {theirs:.0f} ms, "
        f"ratio {ratio:.2f} (aim at most 2)"
    )


if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:]]
    start_up()
    main(*(arguments + [300, 20][len(arguments) :]))
