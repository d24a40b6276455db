"""Imports follow the arrows of the design, files stay short, and words stay the publisher's."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "kg").rglob("*.py"))

LAYERS = (
    {
        "errors",
        "model",
        "names",
        "paths",
        "literals",
        "headers",
        "tomlfile",
        "hangul",
        "letters",
        "limits",
    },
    {"vocabulary"},
    {"evidence", "corpus", "retraction", "pinning", "importers"},
    {
        "serialize",
        "lexer",
        "calls",
        "broken",
        "sparql",
        "addresses",
        "failures",
        "folders",
        "directory",
        "files",
        "ours",
        "rows",
        "unanswered",
        "endpoint",
        "answers",
        "remote",
        "rdflib_view",
        "store",
        "rdf",
    },
    {
        "network",
        "links",
        "lookup",
        "search",
        "spelling",
        "validity",
        "contradiction",
        "queries",
        "results",
        "checks",
        "rules",
        "reason",
        "proof",
    },
    {
        "scope",
        "records",
        "wording",
        "layout",
        "palette",
        "picture",
        "page",
        "view",
        "drawing",
        "tables",
        "turtle",
        "xmlfile",
        "jsonfile",
        "graphml",
        "exporters",
        "show",
        "explain",
        "path",
        "diff",
        "stats",
        "listing",
        "cite",
    },
    {"opening", "backup"},
    {"build", "graph"},
    {"options", "progress"},
    {"web"},
    {"commands"},
    {"cli", "__main__", "__init__"},
)
"""From the bottom up: a module imports its own layer and those before it."""


def level(module: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if module in layer)


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports anywhere, by the name under ``kg``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "kg":
            found |= {alias.name for alias in node.names} - {"__version__"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kg."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
            found |= {parts[1] for parts in names if parts[0] == "kg" and len(parts) > 1}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_follow_the_arrows(path: Path) -> None:
    module = path.relative_to(ROOT / "kg").parts[0].removesuffix(".py")
    above = {other for other in imported(path) if level(other) > level(module)}
    assert not above


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_is_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 430


OTHERS = {"node_modules", "w3c-suite"}
"""Folders of what the tests install."""


def test_no_sentence_of_an_article_is_in_the_project(articles: Path) -> None:
    """No 28 characters of a text stand anywhere: names and our own words are shorter."""
    length = 28
    pieces = {
        text[start : start + length]
        for text in (path.read_text("utf-8") for path in articles.glob("*.txt"))
        for start in range(len(text) - length)
        if "\n" not in text[start : start + length]
    }
    folders = ("kg", "data", "docs", "ontology", "tests", "benchmarks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [path for path in ROOT.glob("*.*") if path.is_file()]
    for path in files:
        if path.suffix in {".pyc", ".png"} or OTHERS & {*path.relative_to(ROOT).parts}:
            continue
        text = path.read_text("utf-8", errors="replace")
        found = {text[start : start + length] for start in range(len(text) - length)} & pieces
        assert not found, path
