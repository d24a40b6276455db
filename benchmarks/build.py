#!/usr/bin/env python
"""Building the graph: the shipped data and copies of it, against plain rdflib.

For each size, the data folder is copied N times under other ids, and three
processes run one after the other:

- ``kg``: read the TOML, make the graph in a store, write Turtle and N-Quads;
- ``check``: the same without writing, then prove, rules and SHACL;
- ``rdflib``: parse the same N-Quads into rdflib's own store, write N-Quads.  (Its Turtle
  writer is left out, in rdflib's favour: it alone takes two minutes at 100 copies.)

Printed are seconds and peak memory of each whole process and the ratios to
rdflib, which only has to read what kg had to make.

    benchmarks/build.py [SIZE ...]      sizes default to 1 10 100 1000
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from synthetic import copies

KG = """
import sys; from pathlib import Path; from kg import corpus, exporters, opening
with opening.graph(corpus.load(sys.argv[1])) as store:
    exporters.export(store, Path(sys.argv[2]) / "graph.ttl")
    exporters.export(store, Path(sys.argv[2]) / "graph.nq")
"""
CHECK = """
import sys; from pathlib import Path; from kg import build
build.check(Path(sys.argv[1]), None)  # it finds that the copies share names and identifiers
"""
RDFLIB = """
import sys; from pathlib import Path; import rdflib
dataset = rdflib.Dataset()
dataset.parse(Path(sys.argv[2]) / "graph.nq", format="nquads")
dataset.serialize(Path(sys.argv[2]) / "rdflib.nq", format="nquads")
"""


def measured(code: str, *arguments: Path) -> tuple[float, float]:
    """Run Python code in a process of its own; return seconds and peak MiB."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"a benchmark process failed: {code.strip().splitlines()[-1]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main(sizes: list[int]) -> None:
    """Print one row a size."""
    heads = ("copies", "triples", *("kg", "check", "rdflib", "kg/rdflib") * 2)
    print(" " * 18 + "seconds".center(40) + "peak MiB".center(40))
    print("".join(f"{head:>10}" for head in heads))
    for size in sizes:
        with tempfile.TemporaryDirectory() as scratch:
            data, out = Path(scratch) / "data", Path(scratch) / "out"
            out.mkdir()
            copies(size, data)
            (kg_s, kg_m), (check_s, check_m), (rdf_s, rdf_m) = (
                measured(code, data, out) for code in (KG, CHECK, RDFLIB)
            )
            with (out / "graph.nq").open("rb") as lines:
                triples = sum(1 for _ in lines)
        seconds = f"{kg_s:>10.1f}{check_s:>10.1f}{rdf_s:>10.1f}{kg_s / rdf_s:>10.2f}"
        memory = f"{kg_m:>10.0f}{check_m:>10.0f}{rdf_m:>10.0f}{kg_m / rdf_m:>10.2f}"
        print(f"{size:>10}{triples:>10}{seconds}{memory}", flush=True)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1, 10, 100, 1000])
