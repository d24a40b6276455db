"""Places: the same every time, apart from one another, and near those that they belong to."""

from __future__ import annotations

import itertools
import json
import math
import os
import statistics
import subprocess
import sys

import pytest

from kg import layout
from kg.errors import KGError

Edges = list[tuple[str, str]]

CLUSTERS = [[f"{letter}{number}" for number in range(12)] for letter in "abcd"]


def clustered() -> Edges:
    """Four cliques in a ring, one edge between neighbours."""
    inside = [pair for each in CLUSTERS for pair in itertools.combinations(each, 2)]
    return inside + [(CLUSTERS[n - 1][0], CLUSTERS[n][1]) for n in range(4)]


GRAPHS: dict[str, Edges] = {
    "a hub": [("hub", f"leaf{n}") for n in range(149)],
    "pairs": [(f"a{n}", f"b{n}") for n in range(75)],
    "a tree": [(f"n{n}", f"n{(n - 1) // 4}") for n in range(1, 150)],
    "a path": [(f"n{n}", f"n{n + 1}") for n in range(149)],
    "a ring of cliques": clustered(),
}


def nodes_of(edges: Edges) -> list[str]:
    return sorted({end for pair in edges for end in pair})


@pytest.mark.parametrize("count", [1, 2, 3, 40, 400])
def test_every_node_has_a_place_of_its_own_in_the_box(count: int) -> None:
    ids = [f"e{n}" for n in range(count)]
    edges = [(f"e{n}", f"e{n // 2}") for n in range(count - 3)]  # the last ones hang on nothing
    places = layout.positions(ids, edges, 800, 600)
    assert places.keys() == set(ids)
    assert len(set(places.values())) == count
    assert all(abs(x) <= 400 and abs(y) <= 300 for x, y in places.values())


def test_nothing_has_no_places() -> None:
    assert layout.positions([], [], 400, 300) == {}
    assert layout.communities([], []) == {}


@pytest.mark.parametrize("name", GRAPHS)
def test_no_node_covers_another(name: str) -> None:
    ids = nodes_of(GRAPHS[name])
    places = layout.positions(ids, GRAPHS[name], 1200, 880)
    nearest = min(math.dist(places[a], places[b]) for a, b in itertools.combinations(ids, 2))
    assert nearest > 24  # twice the radius of a node with one edge


def test_order_and_doubles_do_not_matter() -> None:
    edges = clustered()
    ids = nodes_of(edges)
    again = [pair[::-1] for pair in reversed(edges)] + edges + [("a0", "a0")]
    assert layout.positions(ids, edges, 400, 300) == layout.positions(ids[::-1], again, 400, 300)
    assert layout.communities(ids, edges) == layout.communities(ids[::-1], again)


def test_two_processes_agree() -> None:
    script = (
        "import json\nfrom kg import layout\n"
        "edges = [(f'n{n}', f'n{n * n % 97}') for n in range(1, 400)]\n"
        "ids = {end for pair in edges for end in pair}\n"
        "print(json.dumps([layout.positions(ids, edges, 1200, 880),"
        " layout.communities(ids, edges)]))"
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1]
    assert len(json.loads(answers[0])[0]) == 400


def test_the_longer_side_lies_along_the_box() -> None:
    edges = [("a", "b"), ("b", "c")]
    places = layout.positions("abc", edges, 600, 100)
    assert sorted(abs(places[end][0]) for end in "ac") == [300, 300]
    assert abs(places["b"][0]) < 300


def test_communities_are_found_and_counted_from_the_largest() -> None:
    edges = [*clustered(), *itertools.combinations([f"big{n}" for n in range(14)], 2)]
    numbers = layout.communities([*nodes_of(edges), "alone"], edges)
    assert {numbers[f"big{n}"] for n in range(14)} == {0}
    assert sorted({numbers[id] for id in each}.pop() for each in CLUSTERS) == [1, 2, 3, 4]
    assert all(len({numbers[id] for id in each}) == 1 for each in CLUSTERS)
    assert numbers["alone"] == 5


def test_communities_are_drawn_apart() -> None:
    edges = clustered()
    places = layout.positions(nodes_of(edges), edges, 900, 900)
    within = statistics.mean(
        math.dist(places[a], places[b])
        for each in CLUSTERS
        for a, b in itertools.combinations(each, 2)
    )
    between = statistics.mean(
        math.dist(places[a], places[b])
        for one, other in itertools.combinations(CLUSTERS, 2)
        for a, b in itertools.product(one, other)
    )
    assert between > 1.8 * within


def test_known_communities_are_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = clustered()
    ids = nodes_of(edges)
    groups = layout.communities(ids, edges)
    expected = layout.positions(ids, edges, 400, 300)
    monkeypatch.setattr(layout, "communities", None)
    assert layout.positions(ids, edges, 400, 300, groups) == expected
    gaps = {id: 3 * number + 2 for id, number in groups.items()} | {"elsewhere": 0}
    assert layout.positions(ids, edges, 400, 300, gaps) == expected


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crategraph_forceatlas2", None)
    with pytest.raises(KGError, match="pip install crategraph-forceatlas2"):
        layout.positions(["a", "b"], [("a", "b")], 400, 300)
