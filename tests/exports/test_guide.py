"""The guide: its table is the code's, its commands run, and what it asks is answered."""

from __future__ import annotations

import re
import shlex
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from databases import run

from kg import cli, exporters

ROOT = Path(__file__).parent.parent.parent
GUIDE = ROOT / "docs" / "guide"
PAGES = {page.name: page.read_text("utf-8") for page in sorted(GUIDE.glob("*.md"))}
BLOCKS = [
    (name, kind, text)
    for name, page in PAGES.items()
    for kind, text in re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", page)
]
COMMANDS = sorted(
    {line for _, kind, text in BLOCKS if kind == "console" for line in text.splitlines()}
)
TABLE = re.compile(r"(?s)(<!-- formats:[^\n]*-->\n).*?(<!-- /formats -->)")


def table() -> str:
    """A row a format: how it is named, what it is, and what it cannot hold."""
    lines = ["| Format | File | What it is | What it cannot hold |", "| --- | --- | --- | --- |"]
    for each in exporters.formats().values():
        suffixes = ", ".join(f"`{suffix}`" for suffix in each.suffixes) or "a folder"
        title = each.title.replace("``", "`")
        losses = "<br>".join(loss.replace("|", "\\|") for loss in each.losses.values())
        lines.append(f"| `{each.name}` | {suffixes} | {title} | {losses} |")
    return "\n".join(lines) + "\n"


def test_the_table_of_formats_is_the_codes(pytestconfig: pytest.Config) -> None:
    page = GUIDE / "README.md"
    text = PAGES["README.md"]
    assert len(TABLE.findall(text)) == 1
    made = TABLE.sub(lambda found: f"{found[1]}\n{table()}\n{found[2]}", text)
    if pytestconfig.getoption("--golden"):
        page.write_text(made, "utf-8", newline="\n")
    else:
        assert made == text


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every command of the guide has run."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "data").symlink_to(ROOT / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in COMMANDS:
            prompt, program, *arguments = shlex.split(command)
            assert (prompt, program) == ("$", "kg")
            answer = CliRunner().invoke(cli.cli, arguments)
            assert answer.exit_code == 0, (command, answer.output)
    return folder


def test_every_command_leaves_something(exported: Path) -> None:
    for command in COMMANDS:
        made = exported / shlex.split(command)[-1]
        assert made.is_file() or (made.is_dir() and any(made.iterdir())), command


@pytest.mark.parametrize(
    "query", [text for name, kind, text in BLOCKS if kind == "sql" and "parquet" in text]
)
def test_duckdb_answers_what_the_guide_asks(
    query: str, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb = pytest.importorskip("duckdb")
    monkeypatch.chdir(exported)
    with duckdb.connect() as base:
        assert base.execute(query).fetchall()


@pytest.mark.parametrize(
    "query", [text for name, kind, text in BLOCKS if kind == "sql" and "parquet" not in text]
)
def test_sqlite_answers_what_the_guide_asks(query: str, exported: Path) -> None:
    with sqlite3.connect(exported / "graph.sqlite") as base:
        assert base.execute(query).fetchall()
    base.close()


@pytest.mark.parametrize(
    "query", [text for name, kind, text in BLOCKS if kind == "cypher" and "MATCH" in text]
)
def test_cypher_answers_what_the_guide_asks(query: str, exported: Path) -> None:
    assert list(run(exported / "graph.cypher").cypher(query))


@pytest.mark.parametrize("name", PAGES)
def test_links_of_the_guide_lead_somewhere(name: str) -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)", PAGES[name]):
        assert (GUIDE / link).exists(), link
