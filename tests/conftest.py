"""What all tests share: the folders, the graphs, and how to find what may be missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg import corpus, opening, paths
from kg.model import Corpus
from kg.store import Store

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


ARTICLES = os.environ.get("KG_ARTICLES", "")
"""Read before any test hides the environment."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``pytest --golden`` writes the golden answers anew; read the diff before it is committed."""
    parser.addoption("--golden", action="store_true", help="write the golden files anew")
