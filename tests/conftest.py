"""What all tests share: the folders, the graphs, and how to find what may be missing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import browser
import pytest
from browser import Open, Visit
from hypothesis import settings

from kg import corpus, network, opening, paths, view
from kg.model import Corpus
from kg.store import Store

settings.register_profile("kg", deadline=None)  # no test is timed: the machine may be busy
settings.load_profile("kg")

# Who runs in the background of a shell has Ctrl-C ignored, and so have its children.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
TOY = ROOT / "tests/toy"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doctests name the toy data from the project's folder; no test sees the user's settings."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("KG_ARTICLES", raising=False)


@pytest.fixture(scope="session")
def articles() -> Path:
    """The folder of the real articles' texts, or the test is skipped."""
    named = ARTICLES
    if not named or not Path(named).is_dir():
        pytest.skip("the articles' texts are not here (set KG_ARTICLES)")
    return Path(named).resolve()


@pytest.fixture(scope="session")
def toy_corpus() -> Corpus:
    """The corpus of the toy data."""
    return corpus.load(TOY / "data")


@pytest.fixture(scope="session")
def shipped_corpus() -> Corpus:
    """The corpus that ships with the package."""
    return corpus.load(paths.shipped("data"))


@pytest.fixture(scope="session")
def toy_store(toy_corpus: Corpus) -> Iterator[Store]:
    """The toy graph, in memory; tests only read it."""
    with opening.graph(toy_corpus) as store:
        yield store


@pytest.fixture(scope="session")
def shipped_store(shipped_corpus: Corpus) -> Iterator[Store]:
    """The shipped graph, in memory; tests only read it."""
    with opening.graph(shipped_corpus) as store:
        yield store


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium for all tests, or the test is skipped."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not browser.CHROMIUM.exists():
        pytest.skip(f"no browser at {browser.CHROMIUM} (apt-get install chromium fonts-noto-cjk)")
    with browser.chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(
    tmp_path_factory: pytest.TempPathFactory, toy_store: Store, shipped_store: Store
) -> dict[str, Path]:
    """The toy graph with its texts and without, the shipped one whole and cut at the opening."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name}.html" for name in ("toy", "bare", "real", "small")}
    toy, shipped = network.project(toy_store), network.project(shipped_store)
    view.write(toy, files["toy"], texts=opening.texts(toy_store, TOY / "articles"))
    view.write(toy, files["bare"])
    view.write(shipped, files["real"])
    view.write(shipped, files["small"], max_nodes=12, title="A small one")
    return files


@pytest.fixture(scope="session")
def tabs(chromium: Any) -> Iterator[dict[str, Visit]]:
    """Tabs that stay open: to load a page anew takes half as long as to open another tab."""
    _ = chromium  # which ends after them
    opened: dict[str, Visit] = {}
    yield opened
    for each in opened.values():
        each.close()


@pytest.fixture
def visit(chromium: Any, pages: dict[str, Path], tabs: dict[str, Visit]) -> Iterator[Open]:
    """Open one of the pages; in the end nothing may have gone wrong with it."""
    used: list[Visit] = []

    def go(name: str = "toy", fragment: str = "", **options: Any) -> Visit:
        wanted = f"{name} {options}"
        if wanted not in tabs:
            tabs[wanted] = Visit(chromium, pages[name], fragment, **options)
        else:
            tabs[wanted].open(fragment)
        used.append(tabs[wanted])
        return tabs[wanted]

    yield go
    assert all(each.quiet() for each in used)


ARTICLES = os.environ.get("KG_ARTICLES", "")
"""Read before any test hides the environment."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: every tenth second somebody waits for a time limit."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest --golden`` writes the golden answers anew; read the diff before it is committed."""
    parser.addoption("--golden", action="store_true", help="write the golden files anew")
