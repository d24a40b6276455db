#!/usr/bin/env python
"""The page of ``kg view`` beside stock pyvis, on the same graph, in headless Chromium.

For each size a made-up graph with two links a node is written as a page by both and opened:

- ``write``: seconds to make the page from a graph in memory, layout included;
- ``MB``: its size;
- ``paint``: seconds from opening to the first stable picture, the quickest of three, with
  every node drawn (of ours, ``open`` too: as it opens by default, with the 150 most important);
- ``fps``: frames a second while the mouse drags the whole picture.

Stock pyvis is as it comes: ``write_html`` with everything in the file, physics on; its first
stable picture is when vis-network says that it has stabilised.  It is cut off after a while;
then its figures are bounds, marked ``>`` and ``<``.

    benchmarks/page.py [NODES ...] [--cut-off SECONDS]      sizes default to 150 1000 5000 20000
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from kg import network, rdf, store, view
from synthetic import network as made_up

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
AIMS = {150: (0.3, 50, 0.7), 1000: (0.6, 50, 1.1), 5000: (1.0, 20, 3.0), 20_000: (2.2, 0, 10.0)}
"""Seconds to the first stable picture, frames a second, MB."""

# Runs before the page's own scripts: notes when the picture stands.
WATCH = """
const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.painted = performance.now() / 1000;
}));
let held;
Object.defineProperty(window, "network", {  // stock pyvis' global
  get: () => held,
  set: (value) => { held = value; value.once("stabilizationIterationsDone", painted); },
});
new MutationObserver((_, watcher) => {
  if (document.querySelector("#picture[data-ready=true]")) {
    watcher.disconnect();
    painted();
  }
}).observe(document, {subtree: true, childList: true, attributeFilter: ["data-ready"]});
"""
COUNT = """() => {
  window.frames_seen = 0;
  const count = () => { window.frames_seen++; requestAnimationFrame(count); };
  requestAnimationFrame(count);
}"""


@dataclass(frozen=True)
class Figures:
    """What one page costs; no frames if it was cut off before it stood still."""

    write_s: float
    mb: float
    paint_s: float
    fps: float | None


def main(sizes: list[int], cut_off_s: float) -> None:
    """Print a row a size: ours, stock pyvis, the ratios and the aims."""
    print(f"{'':>7}{'kg view':^42}{'stock pyvis':^30}{'stock / kg':^24}{'aims for kg':^21}")
    ours = ("write s", "MB", "open s", "paint s", "fps")
    theirs = ("write s", "MB", "paint s", "fps")
    ratios = ("paint", "fps", "MB")
    print(
        f"{'nodes':>7}{''.join(f'{head:>8}' for head in ours)}  "
        f"{''.join(f'{head:>8}' for head in (*theirs, *ratios))}"
        f"{''.join(f'{head:>8}' for head in ('paint s', 'fps', 'MB'))}"
    )
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        for size in sizes:
            graph = projected(size)
            one, opened_s = measure_ours(browser, graph, Path(scratch) / "kg.html")
            other = measure_stock(browser, graph, Path(scratch) / "pyvis.html", cut_off_s)
            print(row(size, one, opened_s, other), flush=True)
        browser.close()


def row(size: int, ours: Figures, opened_s: float, stock: Figures) -> str:
    """One line of the table."""
    late = ">" if stock.fps is None else " "
    stock_fps = "       -" if stock.fps is None else f"{stock.fps:>8.0f}"
    gain = "       -" if stock.fps is None else f"{stock.fps / (ours.fps or 1):>8.2f}"
    aim_s, aim_fps, aim_mb = AIMS.get(size, (0, 0, 0))
    return (
        f"{size:>7}{ours.write_s:>8.2f}{ours.mb:>8.2f}{opened_s:>8.2f}{ours.paint_s:>8.2f}"
        f"{ours.fps or 0:>8.0f}  "
        f"{stock.write_s:>8.2f}{stock.mb:>8.2f}{late + format(stock.paint_s, '.2f'):>8}{stock_fps}"
        f"{late + format(stock.paint_s / ours.paint_s, '.1f'):>8}{gain}{stock.mb / ours.mb:>8.2f}"
        f"{aim_s:>8}{aim_fps:>8}{aim_mb:>8}"
    )


def projected(size: int) -> network.Network:
    """A made-up graph in memory."""
    opened = store.open()
    opened.replace([*rdf.quads(made_up(size)), *rdf.ontology()])
    return network.project(opened)


def measure_ours(browser: Browser, graph: network.Network, file: Path) -> tuple[Figures, float]:
    """Write the page; open it as it is, and with all nodes drawn."""
    started = time.perf_counter()
    view.write(graph, file)
    write_s = time.perf_counter() - started
    opened_s, _ = seen(browser, file.as_uri(), "#picture canvas", 60)
    paint_s, fps = seen(browser, file.as_uri() + "#all=1", "#picture canvas", 60)
    return Figures(write_s, file.stat().st_size / 1e6, paint_s, fps), opened_s


def measure_stock(
    browser: Browser, graph: network.Network, file: Path, cut_off_s: float
) -> Figures:
    """Write the same graph as pyvis' documentation says, and open it."""
    from pyvis.network import Network as Stock

    started = time.perf_counter()
    stock = Stock(height="750px", directed=True, cdn_resources="in_line")
    for node in graph.nodes():
        stock.add_node(node.id, label=network.label(node), title=node.cls)
    for edge in graph.edges():
        stock.add_edge(edge.source, edge.target, title=edge.relation)
    file.write_text(stock.generate_html(), encoding="utf-8")  # write_html writes in the locale
    write_s = time.perf_counter() - started
    mb = file.stat().st_size / 1e6
    try:
        return Figures(write_s, mb, *seen(browser, file.as_uri(), "#mynetwork canvas", cut_off_s))
    except TimeoutError:
        return Figures(write_s, mb, cut_off_s, None)


def seen(browser: Browser, address: str, canvas: str, limit_s: float) -> tuple[float, float]:
    """Seconds to the first stable picture, the quickest of three, and frames a second."""
    found = []
    for _ in range(3):
        with opened(browser, address) as page:
            found.append(painted(page, limit_s))
            fps = frames(page, canvas) if len(found) == 3 else 0.0
    return min(found), fps


@contextlib.contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """The page in a fresh window without a network."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(address, wait_until="commit")
        yield page
    finally:
        context.close()


def painted(page: Page, limit_s: float) -> float:
    """Seconds from opening to the first stable picture; :class:`TimeoutError` after the limit."""
    handle = page.wait_for_function("() => window.painted", timeout=limit_s * 1000)
    return float(handle.json_value())


def frames(page: Page, canvas: str, seconds: float = 1.5) -> float:
    """Frames a second while the mouse drags the picture by its corner, to and fro."""
    box = page.locator(canvas).first.bounding_box()
    if box is None:
        sys.exit(f"there is no {canvas} on the page")
    right, bottom = box["x"] + box["width"] - 12, min(box["y"] + box["height"], 900) - 12
    page.mouse.move(right, bottom)
    page.mouse.down()
    page.mouse.move(right - 10, bottom - 5)
    page.evaluate(COUNT)
    started = time.perf_counter()
    step = 0
    while (elapsed := time.perf_counter() - started) < seconds:
        step += 1
        page.mouse.move(right - 10 - abs(step % 60 - 30) * 6, bottom - 5 - abs(step % 40 - 20) * 4)
    seen = int(page.evaluate("window.frames_seen"))
    elapsed = time.perf_counter() - started
    page.mouse.up()
    return seen / elapsed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nodes", nargs="*", type=int, help="sizes (150 1000 5000 20000)")
    parser.add_argument("--cut-off", type=float, default=20, help="seconds for stock pyvis (20)")
    options = parser.parse_args()
    main(options.nodes or list(AIMS), options.cut_off)
