"""Obsidian: notes that say what the graph says, and links that lead somewhere."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from databases import rows
from given import AWKWARD, LANGS, Given, awkward, written
from notes import LINK, parted, with_yaml

from kg import exporters, network, store
from kg.network import Network, Node


@pytest.fixture(params=["toy_store", "shipped_store"])
def graph(request: pytest.FixtureRequest) -> Network:
    opened: store.Store = request.getfixturevalue(request.param)
    return network.project(opened)


def test_a_vault_holds_every_entity_and_claim(graph: Network, tmp_path: Path) -> None:
    path, losses = written(graph, "obsidian", tmp_path)
    nodes, edges = with_yaml(path)
    wanted, links = rows(graph, lists=True)
    for id, record in wanted.items():
        record.pop("facts", None)
        front = nodes[id]
        names = [front.pop("label"), *front.pop("aliases")]
        assert names[0] == record.pop("label")
        said = [record.get(f"{kind}_{lang}", ()) for kind in ("label", "aliases") for lang in LANGS]
        assert set(names) == {
            x for each in said for x in ([each] if isinstance(each, str) else each)
        }
        assert front.pop("tags") == [record["class"]]
        assert front == record
    assert {claim: ends[:2] for claim, ends in edges.items()} == {
        claim: ends[:2] for claim, ends in links.items()
    }
    evidence = sum(len(edge.evidence) for edge in graph.edges())
    evidence += sum(len(fact.evidence) for node in graph.nodes() for fact in node.facts)
    assert losses.counts["fingerprints"] == evidence
    assert losses.counts.keys() <= {"fingerprints", "languages", "values"}


@pytest.mark.parametrize("texts", [(), AWKWARD])
def test_every_link_of_a_vault_leads_to_a_note(
    texts: tuple[str, ...], shipped_store: store.Store, tmp_path: Path
) -> None:
    graph = awkward(*texts) if texts else network.project(shipped_store)
    path, _ = written(graph, "obsidian", tmp_path)
    notes = {note.stem: note for note in path.rglob("*.md")}
    assert len(notes) == len([*path.rglob("*.md")])  # [[name]] has to be enough
    reached = set()
    for note in notes.values():
        body = note.read_text("utf-8").split("\n---\n", 1)[-1]
        for found in LINK.finditer(body):
            if found["path"]:
                assert (note.parent / f"{found['path']}.md").resolve() in notes.values()
            reached.add(found["file"] or Path(found["path"]).name)
            assert "<" not in (found["text"] or "")
    assert reached == notes.keys() - {"_index"}
    if not texts:
        seoul = (path / "entities" / "seoul.md").read_text("utf-8")
        assert "[[lg-ai-research|LG AI Research]]" in seoul
        assert "## What others say of it" in seoul


def test_awkward_words_stay_words_in_a_note(tmp_path: Path) -> None:
    texts = [text for text in AWKWARD if not re.search("[\x1f\x85]", text)]
    path, losses = written(awkward(*texts), "obsidian", tmp_path)
    nodes, edges = with_yaml(path)
    assert [node["label"] for node in nodes.values()] == texts
    assert len(edges) == 2 * len(texts)
    assert "characters" not in losses.counts
    for note in (path / "entities").glob("*.md"):
        body = parted(note)[1]
        shapes = Counter(SHAPES.fullmatch(line).lastgroup for line in body.split("\n") if line)
        assert shapes["title"] == shapes["note"] == shapes["kind"] == 1
        assert not re.search(r"(?<!\\)<(?!br>)", body)


SHAPES = re.compile(
    r"(?P<title># .+)|(?P<heading>#{2,3} .+)|(?P<point>- .+)|(?P<about>    - .+)"
    r"|(?P<kind>\*person\*)|(?P<note>(?![-+#>\s]|\d+[.)] ).+)"
)


def test_a_vault_in_korean(shipped_store: store.Store, tmp_path: Path) -> None:
    exporters.export(shipped_store, tmp_path / "vault", "obsidian", langs=("ko", "en"))
    note = (tmp_path / "vault/entities/seoul.md").read_text("utf-8")
    assert "# 서울" in note
    assert "[[lg-ai-research|LG AI연구원]]" in note
    assert "## 이 개체를 두고 하는 말" in note


@pytest.mark.parametrize("id", ["con", "a" * 300, "..", "A/B", "a%2fb", "source_x", "한글"])
def test_a_note_has_a_name_that_any_system_takes(id: str, tmp_path: Path) -> None:
    node = awkward("x").nodes().__next__()
    odd = Node(**{**{name: getattr(node, name) for name in Node.__slots__}, "id": id})
    path, _ = written(Given([node, odd], [], []), "obsidian", tmp_path)
    one, other = sorted(each.name for each in (path / "entities").iterdir())
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*\.md|-?[a-z0-9-]*\.md", one)
    assert len(other) < 120
    assert {one, other} & {"n00.md"}
