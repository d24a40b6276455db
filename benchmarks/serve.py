#!/usr/bin/env python
"""The endpoint under load, against ``oxigraph serve`` and rdflib-endpoint on the same data.

All are started on the shipped data, in memory or as they come, ours with one process and with
two, and asked over HTTP by the same clients, which keep their connections.  A round asks each
server in turn, so that all meet the same machine; printed are the medians of the rounds, and of
the ratios to what ``oxigraph serve`` did in the same round.

- ``facts``: those of one entity after the other, some tens of rows, 100 texts in turn;
- ``new facts``: the same, but no text comes twice, so that nothing is answered from memory;
- ``questions``: the named questions in turn, none of them twice as the same text;
- ``large``: 50,000 rows of five terms.

Then a minute of honest questions from eight clients among hostile ones: products, sorts of
products, doubled texts, deep nesting.  Printed are the honest requests that failed, their
times, and the memory of all processes of the server at the beginning and at the end.

    benchmarks/serve.py [SECONDS] [MIXED]     seconds of each measurement (2), of the mix (60)
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from kg import names, opening, queries
from kg.paths import shipped

PROLOGUE = "".join(f"PREFIX {name}: <{names.PREFIXES[name]}> " for name in ("id", "aie", "rdf"))
DECLARED = "".join(f"PREFIX {name}: <{iri}> " for name, iri in names.PREFIXES.items())
LARGE = f"{PROLOGUE} SELECT * {{ ?a ?b ?c . ?d rdf:type ?e }} LIMIT 50000"
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER (?c != ?l) }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?c ?f",
    "SELECT (STRLEN(?x40) AS ?n) { BIND('0123456789' AS ?x0) "
    + " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
    + "}",
    "SELECT * " + "{" * 1700,
    "SELECT * { ?s " + "id:x/" * 900 + "id:x ?o }",
)
CLIENTS = (1, 8, 32)
ROUNDS = 3


@dataclass
class Server:
    """One that is asked."""

    name: str
    host: str
    path: str
    process: subprocess.Popen[str]


@dataclass
class Load:
    """What some seconds of asking came to."""

    seconds: list[float] = field(default_factory=list)
    """Of each request."""
    failed: int = 0
    took: float = 0.0

    def row(self) -> tuple[float, float, float, float]:
        """Requests a second, and p50, p95 and p99 in milliseconds."""
        ordered = sorted(self.seconds)
        last = len(ordered) - 1
        at = [ordered[min(last, int(len(ordered) * part))] for part in (0.5, 0.95, 0.99)]
        return len(ordered) / self.took, *(each * 1e3 for each in at)  # type: ignore[return-value]


@contextmanager
def servers(scratch: Path) -> Iterator[list[Server]]:
    """Start all on the same data."""
    dump = scratch / "graph.nq"
    with opening.open_graph(None, shipped("data")) as graph, dump.open("wb") as out:
        graph.dump(out, ox.RdfFormat.N_QUADS)
    bin = Path(sys.executable).parent
    place = scratch / "oxigraph"
    load = [bin / "oxigraph", "load", "--location", place, "--file", dump]
    subprocess.run(load, check=True, capture_output=True)
    optimize = [bin / "oxigraph", "optimize", "--location", place]
    subprocess.run(optimize, check=True, capture_output=True)
    started = [of_ours("kg serve"), of_ours("… --processes 2", "--processes", "2")]
    first, second = free_port(), free_port()
    theirs = ["oxigraph", "serve-read-only", "--location", place, "--bind", f"127.0.0.1:{first}"]
    slow = ["rdflib-endpoint", "serve", "--host", "127.0.0.1", "--port", str(second), dump]
    for (program, *arguments), port, path in ((theirs, first, "/query"), (slow, second, "/")):
        process = subprocess.Popen(
            [bin / str(program), *map(str, arguments)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(Server(str(program), f"127.0.0.1:{port}", path, process))
    try:
        for server in started:
            asyncio.run(until_it_answers(server))
        yield started
    finally:
        for server in started:
            server.process.terminate()
            server.process.wait()


def of_ours(name: str, *options: str) -> Server:
    """Start a ``kg serve``."""
    command = [sys.executable, "-m", "kg", "serve", "-p", "0", "-q", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = re.search(r"http://(\S+)/", process.stdout.readline())
    assert told is not None
    return Server(name, told[1], "/sparql", process)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_it_answers(server: Server) -> None:
    """Wait for the first answer."""
    for _ in range(300):
        try:
            async with asyncio.timeout(20):
                reader, writer = await asyncio.open_connection(*server.host.split(":"))
                await ask(server, "ASK {}", reader, writer)
                writer.close()
                return
        except OSError:
            await asyncio.sleep(0.1)
    sys.exit(f"{server.name} does not start")


async def ask(
    server: Server, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> int:
    """Ask, read the answer to its end, and return its status."""
    target = f"{server.path}?query={urllib.parse.quote(text)}"
    head = f"GET {target} HTTP/1.1\r\nHost: {server.host}\r\n"
    writer.write(f"{head}Accept: application/sparql-results+json\r\n\r\n".encode())
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    if found := re.search(rb"content-length: *(\d+)", answer):
        await reader.readexactly(int(found[1]))
    else:
        while size := int((await reader.readuntil(b"\r\n"))[:-2].partition(b";")[0], 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return int(answer[9:12])


async def client(server: Server, texts: Callable[[], str], end: float, load: Load) -> None:
    """Ask one after the other, over one connection."""
    reader, writer = await asyncio.open_connection(*server.host.split(":"))
    while (began := time.perf_counter()) < end:
        status = await ask(server, texts(), reader, writer)
        load.seconds.append(time.perf_counter() - began)
        load.failed += status != 200
    writer.close()


async def measured(server: Server, texts: Callable[[], str], clients: int, seconds: float) -> Load:
    """Ask with so many clients for so long."""
    load, began = Load(), time.perf_counter()
    each = [client(server, texts, began + seconds, load) for _ in range(clients)]
    await asyncio.gather(*each)
    load.took = time.perf_counter() - began
    if load.failed:
        sys.exit(f"{server.name}: {load.failed} of {len(load.seconds)} requests failed")
    return load


def questions() -> dict[str, Callable[[], str]]:
    """Return what makes the next text, by kind."""
    with opening.open_graph(None, shipped("data")) as graph:
        found = graph.query("SELECT DISTINCT ?e { ?e a ?c FILTER STRSTARTS(STR(?e), STR(id:)) }")
        entities = sorted(row[0].value for row in found)[:100]
    named = [
        DECLARED + each.text
        for each in queries.catalogue().values()
        if not any(one.required or one.default for one in each.parameters)
    ]
    number = iter(range(10**9))

    def facts() -> str:
        return f"{PROLOGUE} SELECT * {{ <{entities[next(number) % len(entities)]}> ?p ?o }}"

    return {
        "facts": facts,
        "new facts": lambda: f"{facts()} # {next(number)}",
        "questions": lambda: f"{named[(at := next(number)) % len(named)]}\n# {at}",
        "large": lambda: LARGE,
    }


def compare(started: list[Server], seconds: float) -> None:
    """Print a table for each kind of question."""
    heads = ("server", "clients", "per s", "p50 ms", "p95 ms", "p99 ms", "to oxigraph")
    for kind, texts in questions().items():
        print(f"\n{kind}")
        print(f"{heads[0]:<18}" + "".join(f"{head:>12}" for head in heads[1:]))
        for clients in CLIENTS if kind != "large" else CLIENTS[:2]:
            rows: dict[str, list[tuple[float, ...]]] = {server.name: [] for server in started}
            for _ in range(ROUNDS):
                for server in started:
                    if kind == "large" and server.name == "rdflib-endpoint" and clients > 1:
                        continue  # half a minute an answer
                    load = asyncio.run(measured(server, texts, clients, seconds))
                    rows[server.name].append(load.row())
            theirs = [row[0] for row in rows["oxigraph"]]
            for name, found in rows.items():
                if found:
                    middle = [statistics.median(column) for column in zip(*found, strict=True)]
                    ratio = statistics.median(a[0] / b for a, b in zip(found, theirs, strict=True))
                    cells = f"{middle[0]:>12.1f}" + "".join(f"{each:>12.2f}" for each in middle[1:])
                    print(f"{name:<18}{clients:>12}{cells}{ratio:>12.3f}", flush=True)


def memory_mib(process: int) -> float:
    """Return the resident memory of a process and all below it."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        found = re.search(r"VmRSS:\s+(\d+)", text)
        if found and lineage(int(status.parent.name), process):
            total += int(found[1]) / 1024
    return total


def lineage(process: int, ancestor: int) -> bool:
    """Return whether a process is below another, or it itself."""
    while process > 1:
        if process == ancestor:
            return True
        try:
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


async def mixed(server: Server, seconds: float) -> None:
    """Honest questions among hostile ones."""
    texts, honest, hostile = questions(), Load(), Load()
    end = time.perf_counter() + seconds
    before = memory_mib(server.process.pid)

    async def attack(number: int) -> None:
        while time.perf_counter() < end:
            try:
                reader, writer = await asyncio.open_connection(*server.host.split(":"))
                began = time.perf_counter()
                status = await ask(server, HOSTILE[number % len(HOSTILE)], reader, writer)
                hostile.seconds.append(time.perf_counter() - began)
                hostile.failed += status not in (400, 503)
                writer.close()
            except (OSError, asyncio.IncompleteReadError):
                hostile.failed += 1
            number += 1

    mixture = [texts[kind] for kind in ("facts", "new facts", "questions", "large")]
    asked = [client(server, mixture[number % 4], end, honest) for number in range(8)]
    await asyncio.gather(*asked, *(attack(number) for number in range(4)))
    honest.took = seconds
    rate, *times = honest.row()
    print(f"\n{seconds:g} s of honest questions among hostile ones")
    print(f"honest: {len(honest.seconds)} asked, {honest.failed} failed, {rate:.0f} a second")
    print("        p50 {:.1f}, p95 {:.1f}, p99 {:.1f} ms".format(*times))
    print(f"hostile: {len(hostile.seconds)} refused or ended, {hostile.failed} answered otherwise")
    after = memory_mib(server.process.pid)
    print(f"memory of all processes: {before:.0f} MiB before, {after:.0f} after")


def main(seconds: float, mix: float) -> None:
    """Compare, then mix."""
    with tempfile.TemporaryDirectory() as scratch, servers(Path(scratch)) as started:
        print(f"{os.cpu_count()} processors, shared by servers and clients")
        if seconds:
            compare(started, seconds)
        if mix:
            asyncio.run(mixed(started[0], mix))


if __name__ == "__main__":
    main(*(float(each) for each in (*sys.argv[1:], *("2", "60")[len(sys.argv) - 1 :])))
