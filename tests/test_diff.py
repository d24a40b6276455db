"""Differences: what was added, removed and changed, between any two kinds of graph."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from test_cli import TOY, Ran

from kg import corpus, diff, names, opening
from kg.model import Claim, Corpus, Entity, Rank, Status, Text
from kg.names import claim_iri


def with_claims(old: Corpus, *claims: Claim) -> Corpus:
    return Corpus(old.entities, old.sources, tuple(sorted(claims, key=claim_iri)))


def changing(old: Corpus, id: str, **fields: object) -> tuple[str, Corpus]:
    """The IRI of a claim, and the corpus with these fields of it exchanged."""
    (one,) = [each for each in old.claims if each.place.endswith(f"mirae-launch/claims.toml: {id}")]
    rest = [each for each in old.claims if each is not one]
    return claim_iri(one), with_claims(old, *rest, replace(one, **fields))  # type: ignore[arg-type]


def test_a_graph_says_what_itself_says(shipped_corpus: Corpus) -> None:
    found = diff.compare(shipped_corpus, shipped_corpus)
    assert not found
    assert found.text() == ""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rank": Rank.DEPRECATED}, {"rank": ("normal", "deprecated")}),
        ({"rule": "x"}, {"rule": ("", "x")}),
        ({"gloss": (Text("en", "New."),)}, {"gloss": None}),
        ({"notes": (Text("en", "New."),)}, {"notes": None}),
        ({"evidence": ()}, {"evidence": None}),
    ],
)
def test_what_is_known_about_a_claim_changes_it(
    toy_corpus: Corpus, fields: dict[str, object], expected: dict[str, object]
) -> None:
    iri, new = changing(toy_corpus, "partner", **fields)
    found = diff.compare(toy_corpus, new)
    (change,) = found.changed["claims"]
    assert (change.old, change.new) == (iri, iri)
    assert change.fields.keys() == expected.keys()
    assert all(pair is None or change.fields[name] == pair for name, pair in expected.items())
    assert not found.added["claims"] + found.removed["claims"]


def test_other_qualifiers_or_another_status_are_the_same_claim_changed(toy_corpus: Corpus) -> None:
    iri, new = changing(toy_corpus, "partner", status=Status.STATED)
    (change,) = diff.compare(toy_corpus, new).changed["claims"]
    assert (change.old, change.fields) == (iri, {"status": ("planned", "stated")})
    assert change.new != iri
    _, new = changing(toy_corpus, "former-post", qualifiers=())
    found = diff.compare(toy_corpus, new)
    (change,) = found.changed["claims"]
    assert change.fields["qualifiers"] == (
        {"latest": "2022-05-10", "role": "senior-researcher"},
        {},
    )


def test_another_object_is_another_claim(toy_corpus: Corpus) -> None:
    busan = next(c.object for c in toy_corpus.claims if c.object == ("busan",))
    _, new = changing(toy_corpus, "robotics", object=busan)
    found = diff.compare(toy_corpus, new)
    assert [len(each["claims"]) for each in (found.added, found.removed, found.changed)] == [
        1,
        1,
        0,
    ]


def test_the_way_back_is_the_difference_turned_round(toy_corpus: Corpus) -> None:
    new = with_claims(toy_corpus, *toy_corpus.claims[3:])
    there, back = diff.compare(toy_corpus, new), diff.compare(new, toy_corpus)
    assert there.removed == back.added
    assert len(there.removed["claims"]) == 3


def test_entities_and_sources(toy_corpus: Corpus) -> None:
    entities = dict(toy_corpus.entities)
    busan = entities.pop("busan")
    entities["ulsan"] = Entity("ulsan", "Place", (Text("en", "Ulsan"),))
    entities["seoul"] = replace(entities["seoul"], aliases=(Text("en", "Hanyang"),))
    sources = dict(toy_corpus.sources)
    sources["mirae-launch"] = replace(sources["mirae-launch"], published="2022-05-11")
    found = diff.compare(toy_corpus, Corpus(entities, sources, toy_corpus.claims))
    assert found.added["entities"] == ("ulsan",)
    assert found.removed["entities"] == (busan.id,)
    assert found.changed["entities"][0].fields == {"aliases": ([], [["en", "Hanyang"]])}
    assert found.changed["sources"][0].fields["published"][1] == "2022-05-11"
    assert found.text().splitlines()[:5] == [
        "entities: 1 added, 1 removed, 1 changed",
        "- busan  Busan (place)",
        "+ ulsan  Ulsan (place)",
        "~ seoul  Seoul (place)",
        '    aliases: – → [["en", "Hanyang"]]',
    ]


def as_folder(to: Path) -> Path:
    return Path(shutil.copytree(TOY / "data", to / "data"))


def as_store(to: Path) -> Path:
    opening.graph(corpus.load(TOY / "data"), to / "store").close()
    return to / "store"


def as_file(to: Path, suffix: str) -> Path:
    from kg import exporters

    with opening.graph(corpus.load(TOY / "data")) as graph:
        exporters.export(graph, to / f"g{suffix}")
    return to / f"g{suffix}"


KINDS: dict[str, Callable[[Path], Path]] = {
    "folder": as_folder,
    "store": as_store,
    "turtle": lambda to: as_file(to, ".ttl"),
    "nquads": lambda to: as_file(to, ".nq"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_graph_says_the_same(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    ran = Ran(capfd, "diff", TOY / "data", KINDS[kind](tmp_path))
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_diff_on_the_command_line(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    new = as_folder(tmp_path)
    file = new / "sources/mirae-launch/claims.toml"
    text = file.read_text("utf-8").replace('latest = "2022-05-10"', 'latest = "2022-05"')
    file.write_text(text, "utf-8")
    ran = Ran(capfd, "diff", TOY / "data", new)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith(
        "claims: 0 added, 0 removed, 1 changed\n"
        "~ Haneul Kim —held a post at→ Nuri Institute; latest 2022-05; role Senior researcher\n"
        "    qualifiers: "
    )
    record = json.loads(Ran(capfd, "diff", TOY / "data", new, "-f", "json").out)
    assert record["claims"]["changed"][0]["fields"]["qualifiers"][1]["latest"] == "2022-05"
    assert record["entities"] == {"added": [], "removed": [], "changed": []}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "nowhere: is not there; name a data folder, a store or an RDF file"),
        ("README.md", "README.md: its suffix tells no RDF format"),
        ("docs", "docs"),
    ],
)
def test_what_is_no_graph_is_exit_2(
    capfd: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    ran = Ran(capfd, "diff", TOY / "data", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(message)
    assert ran.err.count("\n") == 1


def test_a_claim_that_is_not_whole_is_exit_2(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "g.nt"
    claim = f"{names.PREFIXES['claim']}x"
    file.write_text(f"<{claim}> <{names.expand('rdf:subject')}> <{names.entity_iri('x')}> .\n")
    ran = Ran(capfd, "diff", TOY / "data", file)
    assert ran.code == 2
    assert "is no whole graph of kg" in ran.err
