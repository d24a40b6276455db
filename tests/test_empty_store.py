"""What commands say of a store that is empty: that it is, and how to fill it."""

from __future__ import annotations

from pathlib import Path

import pytest
from servers import answer, faulty

from kg import store
from kg.cli import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    store.open("a store").close()
    return tmp_path


TOLD = "a store: the store is empty; fill it: kg build --store 'a store'\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "lg"],
        ["show", "lg", "--without", "news"],
        ["show", "lg", "--at", "2021"],
        ["search", "lg"],
        ["path", "lg", "naver"],
        ["explain", "lg", "partOf", "naver"],
        ["view"],
        ["view", "--focus", "lg"],
        ["export", "part.ttl", "--type", "Person"],
    ],
)
def test_what_needs_something_to_be_there_is_refused(
    place: Path, arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--store", "a store"]) == 2
    assert capfd.readouterr() == ("", TOLD)
    assert [each.name for each in place.iterdir()] == ["a store"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["stats"], "0 entities, 0 claims"),
        (["query", "SELECT ?s { ?s ?p ?o }", "-f", "csv"], "s\r\n"),
        (["query", "SELECT ?s { ?s ?p ?o }", "-f", "csv", "--timeout", "100"], "s\r\n"),
        (["query", "planned-partners"], "0 rows"),
        (["export", "all.ttl"], ""),
    ],
)
@pytest.mark.usefixtures("place")
def test_what_is_answered_all_the_same_is_answered_with_a_warning(
    arguments: list[str], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--store", "a store"]) == 0
    out, err = capfd.readouterr()
    assert says in out
    assert err == TOLD


def test_a_store_with_only_named_graphs_is_not_empty(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with store.open(place / "a store") as opened:
        opened.update("INSERT DATA { GRAPH <x:g> { <x:s> <x:p> 1 } }")
    assert main(["query", "ASK { GRAPH ?g { ?s ?p ?o } }", "--store", "a store"]) == 0
    assert capfd.readouterr() == ("yes\n", "")


def test_a_server_that_holds_nothing_is_told_by_its_address(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with faulty(answer('{"head": {}, "boolean": false}')) as server:
        server.opened = server.acts[0]
        assert main(["show", "lg", "--store", server.address]) == 2
        told = f"{server.address}: the store is empty; fill it: kg build --store {server.address}\n"
    assert capfd.readouterr() == ("", told)


@pytest.mark.usefixtures("place")
def test_a_data_folder_without_entities_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data/entities").mkdir(parents=True)
    assert main(["build", "--data", "data", "-q", "-o", "built"]) == 0
    assert sorted(each.name for each in Path("built").iterdir()) == [
        "graph.graphml",
        "graph.nq",
        "graph.ttl",
    ]
    assert capfd.readouterr().err.splitlines() == [
        "data: has no entities; write entities/NAME.toml with a table [id] for each",
        "graph.html: is not written; nothing is linked yet, so there is nothing to draw",
    ]
