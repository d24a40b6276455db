"""Paths: how two things are linked, the shortest first, and always the same."""

from __future__ import annotations

import itertools
import json

import networkx as nx
import pytest
from test_cli import ON_TOY, WITH_TEXT, Ran

from kg import network, path
from kg.errors import KGError
from kg.model import Rank
from kg.store import Store


def stations(found: path.Paths) -> list[list[str]]:
    return [[found.start, *(step.end for step in way)] for way in found.ways]


def simple(store: Store) -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.Graph()
    for edge in network.project(store).edges():
        if edge.rank is not Rank.DEPRECATED and edge.source != edge.target:
            graph.add_edge(edge.source, edge.target)
    return graph


@pytest.mark.parametrize("hops", [1, 2, 3, 4])
def test_every_way_is_found_that_networkx_finds(shipped_store: Store, hops: int) -> None:
    graph = simple(shipped_store)
    ends = [*sorted(graph)[::9], "lg-ai-research", "lee-honglak"]
    for start, end in itertools.combinations(sorted(set(ends)), 2):
        found = path.find(shipped_store, start, end, max_hops=hops, limit=10_000)
        expected = {tuple(way) for way in nx.all_simple_paths(graph, start, end, cutoff=hops)}
        got = stations(found)
        assert {tuple(way) for way in got} == expected
        assert [len(way) for way in got] == sorted(len(way) for way in got)
        assert len(got) == len(expected)


def test_each_step_has_all_its_claims_and_their_evidence(toy_store: Store) -> None:
    found = path.find(toy_store, "mirae-group", "hanbyeol-university", limit=1)
    assert stations(found) == [["mirae-group", "mirae-ai-lab", "hanbyeol-university"]]
    first, second = found.ways[0]
    assert [claim.relation for claim in first.claims] == ["founded", "partOf"]
    assert [claim.source for claim in first.claims] == ["mirae-group", "mirae-ai-lab"]
    assert [claim.status.value for claim in second.claims] == ["planned"]
    text = found.text()
    assert "Mirae Group ←part of— Mirae AI Lab" in text
    assert "—partner of→ Hanbyeol University  [planned] [" in text


def test_deprecated_claims_link_nothing(toy_store: Store) -> None:
    assert not path.find(toy_store, "mirae-ai-lab", "busan").ways


def test_qualifiers_link_nothing(toy_store: Store) -> None:
    assert not path.find(toy_store, "kim-haneul", "lab-head").ways


def test_only_by_some_relations_or_statuses(toy_store: Store) -> None:
    ends = ("kim-haneul", "mirae-group")
    by = path.find(toy_store, *ends, relations=["holdsPost", "founded"], limit=9)
    assert {c.relation for way in by.ways for step in way for c in step.claims} == {
        "holdsPost",
        "founded",
    }
    stated = path.find(toy_store, *ends, statuses=["stated"], limit=9)
    assert stations(stated) == [["kim-haneul", "mirae-ai-lab", "mirae-group"]]
    with pytest.raises(KGError, match="there is no such relation; did you mean 'partOf'"):
        path.find(toy_store, *ends, relations=["partof"])
    with pytest.raises(KGError, match="there is no such status"):
        path.find(toy_store, *ends, statuses=["x } ASK {"])


def test_path_on_the_command_line(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "path", "김하늘", "서울", *ON_TOY, *WITH_TEXT, "-n", "1", "--lang", "ko")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("김하늘 — 미래AI랩 — 서울  (2단계)\n")
    assert "“김하늘 랩장”" in ran.out
    ran = Ran(capfd, "path", "kim-haneul", "seoul", *ON_TOY, "-f", "json")
    answer = json.loads(ran.out)
    assert [len(way) for way in answer["paths"]] == [2, 3]
    assert {"source", "start", "end", "title", "number"} <= answer["footnotes"][0].keys()


@pytest.mark.parametrize(
    "arguments",
    [
        ("seoul", "kim-haneul", "--max-hops", "1"),
        ("seoul", "seoul"),
        ("seoul", "nuri-institute", "--status", "planned"),
        ("kim-haneul", "hanbyeol-university", "--at", "2020", "--status", "stated"),
    ],
)
def test_no_way_is_exit_1(capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    ran = Ran(capfd, "path", *arguments, *ON_TOY)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"{arguments[0]}: no way to {arguments[1]} of at most ")
    assert ran.err.count("\n") == 1


def test_unknown_ends_are_exit_2(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "path", "Mirae", "seoul", *ON_TOY)
    assert ran.code == 2
    assert "say which: mirae-ai-lab, mirae-group" in ran.err
