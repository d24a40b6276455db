#!/usr/bin/env python3
"""Take the pictures of the page that the README shows (``make screenshots``).

They show the shipped data without texts, so that anybody gets the same ones; fonts are the
machine's.  Needs Chromium, as the browser tests do.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from kg import corpus, network, opening, paths, view

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "tests"))
from browser import Visit, chromium  # noqa: E402 the tests' browser, which is no package

DESK = {"width": 1280, "height": 900}
PICTURES: dict[str, tuple[str, dict[str, Any]]] = {
    "page.png": ("#sel=lee-honglak", {"viewport": DESK}),
    "page-ko.png": ("#lang=ko", {"viewport": DESK, "color_scheme": "dark"}),
}
"""Name of the file: what is shown, and how."""


def main() -> None:
    """Write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        page = Path(folder) / "graph.html"
        with opening.graph(corpus.load(paths.shipped("data")), inferred=True) as graph:
            view.write(network.project(graph), page)
        for name, (fragment, options) in PICTURES.items():
            visit = Visit(browser, page, fragment, **options)
            visit.tab.screenshot(path=HERE / name, animations="disabled")
            visit.close()


if __name__ == "__main__":
    main()
