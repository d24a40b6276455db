"""The page as a file: what it holds, and that it is inert whatever the graph holds.

What it does in a browser is in test_page*.py.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hostile import TRAPS

from kg import evidence, names, network, rdf, store, view
from kg import page as pages
from kg.errors import KGError
from kg.model import (
    Article,
    Claim,
    Corpus,
    Entity,
    Evidence,
    Literal,
    Ref,
    Source,
    Span,
    Status,
    Text,
)

STYLE = Path(view.__file__).parent / "templates" / "page.css"


class Page(HTMLParser):
    """What is on a page: its elements, its text, and the data that its script reads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside = ""
        self.data: Any = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 the base class calls it so
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            if self.elements[-1][1].get("type") == "application/json":
                self.data = json.loads(data)
        elif self.inside != "style":
            self.text += data

    def text_of(self, number: int, lang: str = "en") -> str:
        """A text of the data by its number."""
        said = self.data["texts"][number]
        return str(said if isinstance(said, str) else said[self.data["languages"].index(lang)])

    def column(self, records: str, name: str) -> list[Any]:
        """A column of the data, what it leaves out as 0."""
        column = self.data[records][name]
        count = len(self.data[records]["id"])
        return column if isinstance(column, list) else [column.get(str(n), 0) for n in range(count)]

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


def corpus_of(
    *claims: Claim, entities: tuple[Entity, ...] = (), sources: tuple[Source, ...] = ()
) -> Corpus:
    return Corpus(
        {entity.id: entity for entity in entities},
        {source.id: source for source in sources},
        claims,
    )


def project(corpus: Corpus) -> network.Network:
    opened = store.open()
    opened.replace([*rdf.quads(corpus)])
    return network.project(opened)


def page(corpus: Corpus, **options: Any) -> Page:
    return Page(view.render(project(corpus), **options))


def ring(count: int) -> list[Claim]:
    return [Claim(f"e{n}", "partOf", Ref(f"e{(n + 1) % count}")) for n in range(count)]


# -- what is on it -----------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_table_and_data_hold_every_claim(lang: str, toy_corpus: Corpus) -> None:
    shown = page(toy_corpus, lang=lang)
    iris = [names.PREFIXES["claim"] + id for id in shown.data["claims"]["id"]]
    assert sorted(iris) == [names.claim_iri(claim) for claim in toy_corpus.claims]
    assert len([tag for tag, _ in shown.elements if tag == "tr"]) == len(toy_corpus.claims) + 1
    assert set(shown.data["nodes"]["id"]) == {
        end for claim in toy_corpus.claims for end in _ends(claim)
    } | set(toy_corpus.entities)
    for claim in toy_corpus.claims:
        assert dict(claim.gloss)[lang] in shown.text
        assert dict(toy_corpus.entities[claim.subject].labels)[lang] in shown.text
    assert ("html", {"lang": lang}) in shown.elements
    assert shown.html.startswith("<!doctype html>\n")


def _ends(claim: Claim) -> set[str]:
    return {claim.subject, claim.object.id} if isinstance(claim.object, Ref) else {claim.subject}


def test_nothing_is_loaded_and_only_our_scripts_may_run(toy_corpus: Corpus) -> None:
    shown = page(toy_corpus)
    assert not shown.attributes("src")
    assert not [attrs for tag, attrs in shown.elements if tag in {"link", "iframe", "object"}]
    assert not shown.attributes("style")
    (policy,) = [each for each in shown.attributes("content") if "default-src" in each]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "sourceMappingURL" not in shown.html


def test_vis_network_keeps_its_licence(toy_corpus: Corpus) -> None:
    assert " * vis.js may be distributed under either license." in page(toy_corpus).html


def test_the_page_says_how_it_was_made_and_of_when_it_is(toy_corpus: Corpus) -> None:
    shown = page(toy_corpus, command="kg view --focus <x>", title="Ours & yours")
    assert "kg view --focus <x>" in shown.text
    assert shown.text.count("Ours & yours") == 2
    newest = max(source.published[:10] for source in toy_corpus.sources.values())
    assert f"Newest source: {newest}" in shown.text


def test_families_differ_in_shape() -> None:
    classes = ("Person", "Company", "Programme", "ResearchTopic", "Statement", "Award", "Place")
    entities = tuple(Entity(cls.lower(), cls, ()) for cls in classes)
    claims = [Claim(entity.id, "name", Ref("person")) for entity in entities[1:]]
    data = page(corpus_of(*claims, entities=entities)).data
    drawn = [data["families"][number] for number in data["picture"]["nodes"]["family"]]
    assert len({family["shape"] for family in drawn}) == len(classes)
    assert len({family["name"] for family in drawn}) == len(classes)


def test_parallel_edges_do_not_lie_on_one_another() -> None:
    years = [(("start", Literal(year, "xsd:gYear")),) for year in ("2001", "2002")]
    claims = [Claim("a", "heldPost", Ref("b"), year) for year in years]
    claims += [Claim("b", "partnerOf", Ref("a")), Claim("b", "partOf", Ref("c"))]
    claims += [Claim("b", "locatedIn", Ref("c"), status=Status.INFERRED)]
    shown = page(corpus_of(*claims))
    ids, edges = shown.data["nodes"]["id"], shown.data["picture"]["edges"]
    # Left of the line from a to b is right of the line from b to a.
    sides = [
        (ids[start], ids[end], bend if ids[start] < ids[end] else -bend)
        for start, end, bend in zip(edges["from"], edges["to"], edges["bend"], strict=True)
    ]
    assert len({bend for start, end, bend in sides if {start, end} == {"a", "b"}}) == 3
    kept, added = sorted(abs(bend) for start, end, bend in sides if {start, end} == {"b", "c"})
    assert kept == 0 < added  # what is inferred comes beside what is there, which stays


def test_a_large_graph_is_whole_and_opens_with_its_best_connected() -> None:
    hub = [Claim(f"e{n:02}", "partOf", Ref("hub")) for n in range(30)]
    data = page(corpus_of(*hub, entities=(Entity("alone", "Person", ()),)), max_nodes=11).data
    assert data["nodes"]["id"][:2] == ["hub", "e00"]
    assert data["nodes"]["id"][-1] == "alone"
    assert len(data["nodes"]["id"]) == len(data["picture"]["nodes"]["x"]) == 32
    assert data["counts"]["opening"] == len(data["picture"]["near"]) == 11
    assert len(data["claims"]["id"]) == 30


def test_what_a_browser_cannot_draw_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = [Claim(f"e{n}", "partOf", Ref("hub")) for n in range(30)]
    monkeypatch.setattr(pages, "LIMIT", 11)
    shown = page(corpus_of(*hub))
    assert len(shown.data["nodes"]["id"]) == 11
    assert len(shown.data["claims"]["id"]) == 10
    assert "the 11 best connected of 31 entities. Not on it: entities, 20; rel" in shown.text
    assert "Not on it" not in page(corpus_of(*ring(3))).text


def test_what_is_only_inferred_makes_nobody_important() -> None:
    stated = [Claim("b", "partOf", Ref("c"))]
    inferred = [Claim("a", "locatedIn", Ref(f"p{n}"), status=Status.INFERRED) for n in range(5)]
    data = page(corpus_of(*stated, *inferred), max_nodes=2).data
    assert data["nodes"]["id"][:2] == ["b", "c"]


def test_if_all_is_inferred_it_is_shown() -> None:
    inferred = [Claim("a", "partOf", Ref(f"p{n}"), status=Status.INFERRED) for n in range(3)]
    shown = page(corpus_of(*inferred, entities=(Entity("alone", "Person", ()),)))
    assert shown.data["off"] == []
    assert shown.data["counts"]["opening"] == 4
    assert shown.data["nodes"]["id"][0] == "a"
    assert "Relations: 3 ·" in shown.text


def test_the_heading_says_how_much_is_only_inferred() -> None:
    inferred = Claim("a", "locatedIn", Ref("b"), status=Status.INFERRED)
    shown = page(corpus_of(Claim("a", "partOf", Ref("b")), inferred))
    assert shown.data["off"] == ["inferred"]
    assert "Relations: 2, of which inferred and shown only on demand: 1" in shown.text


def test_the_table_without_a_script_is_cut_and_says_so() -> None:
    shown = page(corpus_of(*(Claim(f"e{n}", "partOf", Ref("hub")) for n in range(210))))
    assert len([tag for tag, _ in shown.elements if tag == "tr"]) == 201
    assert "not in this table without JavaScript: 10." in shown.text


def test_values_are_written_for_people() -> None:
    qualifiers = (
        ("amount", Literal("200000000000", "xsd:decimal")),
        ("approximation", Literal("over", "aie:Approximation")),
        ("at", Literal("2020-12-07T09:30:00", "xsd:dateTime")),
        ("duration", Literal("P3Y", "xsd:duration")),
        ("role", Ref("head")),
    )
    entities = (Entity("head", "Role", (Text("en", "Head"), Text("ko", "원장"))),)
    shown = page(corpus_of(Claim("a", "holdsPost", Ref("b"), qualifiers), entities=entities))
    (said,) = shown.column("claims", "qualifiers")
    assert [shown.text_of(value) for value in said[1::2]] == [
        "200,000,000,000", "a little over", "2020-12-07 09:30:00", "3 years", "Head",
    ]  # fmt: skip
    assert [shown.text_of(value, "ko") for value in said[1::2]][3:] == ["3년", "원장"]


@pytest.mark.parametrize(
    ("relation", "dates", "months"),
    [
        ("holdsPost", {"start": "2020-12"}, (2020 * 12 + 11, 0)),
        ("holdsPost", {"start": "2020", "end": "2021-03"}, (2020 * 12, 2021 * 12 + 2)),
        ("founded", {"at": "2020"}, (2020 * 12, 2020 * 12 + 11)),
        ("appointed", {"start": "2020-12"}, (2020 * 12 + 11, 2020 * 12 + 11)),
        ("plansTo", {"due": "2023"}, (0, 2023 * 12 + 11)),
        ("partOf", {}, (0, 0)),
        # What a store may hold that nobody validated.
        ("holdsPost", {"start": "2020", "end": "9999-12"}, (2020 * 12, 0)),
        ("holdsPost", {"start": "2020Z"}, (2020 * 12, 0)),
        ("holdsPost", {"start": "-0044"}, (0, 0)),
        ("holdsPost", {"start": "12020"}, (0, 0)),
        ("holdsPost", {"start": "2020-13"}, (0, 0)),
        ("holdsPost", {"start": "soon"}, (0, 0)),
    ],
)
def test_a_claim_knows_its_months(
    relation: str, dates: dict[str, str], months: tuple[int, int]
) -> None:
    kinds = {4: "xsd:gYear", 7: "xsd:gYearMonth"}
    given = tuple(
        (name, Literal(day, kinds.get(len(day), "xsd:date"))) for name, day in sorted(dates.items())
    )
    shown = page(corpus_of(Claim("a", relation, Ref("b"), given)))
    assert (*shown.column("claims", "from"), *shown.column("claims", "to")) == months


def test_a_gloss_does_not_repeat_the_names_it_is_about() -> None:
    entities = (Entity("a", "Company", (Text("en", "LG AI"), Text("ko", "엘지 AI"))),
                Entity("b", "Company", (Text("en", "LG"), Text("ko", "엘지"))))  # fmt: skip
    gloss = (Text("en", "LG AI is part of LG.\x7f"), Text("ko", "엘지 AI는 엘지에 속한다."))
    shown = page(corpus_of(Claim("a", "partOf", Ref("b"), gloss=gloss), entities=entities))
    (number,) = shown.column("claims", "gloss")
    signs = {"\x7f": "[s]", "\x80": "[o]"}
    texts = [shown.text_of(number, lang) for lang in ("en", "ko")]
    assert [re.sub("[\x7f\x80]", lambda sign: signs[sign[0]], text) for text in texts] == [
        "[s] is part of [o].", "[s]는 [o]에 속한다.",
    ]  # fmt: skip


def test_words_are_quoted_only_where_they_fit_their_fingerprint() -> None:
    text = "The lab opened in May. It will grow."
    right = Evidence("news", Span(0, 22), evidence.fingerprint(text[:22]))
    wrong = Evidence("news", Span(23, 36), evidence.fingerprint("It has grown."))
    corpus = corpus_of(
        Claim("a", "partOf", Ref("b"), evidence=(right,)),
        Claim("b", "partOf", Ref("c"), evidence=(wrong,)),
        sources=(Article("news", (Text("en", "News"),), "0" * 64),),
    )
    shown = page(corpus, texts={"news": text})
    assert shown.data["articles"] == {"news": text}
    assert sorted(shown.column("claims", "evidence")) == [[0, 0, 22, 1], [0, 23, 36, 0]]
    assert "The lab opened in May." in shown.text
    assert "It will grow." not in shown.text
    assert page(corpus).data["articles"] == {}
    assert "The lab opened" not in page(corpus).html


def test_an_article_of_which_nothing_is_proven_stays_out() -> None:
    wrong = Evidence("news", Span(0, 3), "0" * 64)
    news = Article("news", (Text("en", "News"),), "0" * 64)
    corpus = corpus_of(Claim("a", "partOf", Ref("b"), evidence=(wrong,)), sources=(news,))
    assert "It will grow." not in page(corpus, texts={"news": "It will grow."}).html


def test_an_inferred_claim_names_what_it_follows_from() -> None:
    premise = Claim("a", "partOf", Ref("b"))
    derived = Claim(
        "a", "locatedIn", Ref("c"), status=Status.INFERRED,
        premises=(names.claim_iri(premise), names.PREFIXES["claim"] + "elsewhere"), rule="curator",
    )  # fmt: skip
    shown = page(corpus_of(premise, derived))
    ids = shown.data["claims"]["id"]
    row = ids.index(names.claim_iri(derived).removeprefix(names.PREFIXES["claim"]))
    known = ids.index(names.claim_iri(premise).removeprefix(names.PREFIXES["claim"]))
    assert set(shown.column("claims", "premises")[row]) == {known, "elsewhere"}
    assert shown.text_of(shown.column("claims", "rule")[row]) == "curator"


@pytest.mark.parametrize(
    ("corpus", "options", "message"),
    [
        (
            corpus_of(*ring(3)),
            {"lang": "fr"},
            "language 'fr': the page is not written in it; choose one of en, ko",
        ),
        (corpus_of(), {}, "the graph: holds no entity, so there is nothing to show"),
    ],
)
def test_what_cannot_be_shown_is_told(corpus: Corpus, options: Any, message: str) -> None:
    with pytest.raises(KGError) as caught:
        page(corpus, **options)
    assert str(caught.value) == message


def test_same_graph_same_bytes(tmp_path: Path, toy_corpus: Corpus) -> None:
    script = (
        "import sys; from pathlib import Path; from kg import corpus, network, rdf, store, view\n"
        "opened = store.open(); opened.replace(rdf.quads(corpus.load(Path(sys.argv[1]))))\n"
        "view.write(network.project(opened), sys.argv[2])\n"
    )
    pages = [tmp_path / "one.html", tmp_path / "other.html"]
    for seed, path in enumerate(pages):
        arguments = [sys.executable, "-c", script, "tests/toy/data", str(path)]
        subprocess.run(arguments, check=True, env={**os.environ, "PYTHONHASHSEED": str(seed)})
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert pages[0].read_text() == view.render(project(toy_corpus))


# -- colours ------------------------------------------------------------------


def _colours(rule: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", rule))


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    shares = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_colours_can_be_told_apart_from_the_paper(mode: str) -> None:
    style = STYLE.read_text("utf-8")
    light, _, rest = style.partition("@media screen and (prefers-color-scheme: dark)")
    colours = _colours(light if mode == "light" else rest.partition("\n}\n")[0])
    surfaces = {name: colours.pop(name) for name in ("paper", "shade", "mark")}
    colours.pop("line")  # between things that need no line to be told apart
    words = {name: colours.pop(name) for name in ("ink", "soft", "link")}
    assert len(colours) > 20
    for name, colour in colours.items():
        assert _contrast(colour, surfaces["paper"]) >= 3, name
    for name, colour in words.items():
        assert _contrast(colour, surfaces["shade"]) >= 4.5, name
    for name in ("planned", "reported", "deprecated"):  # words in the panel, too
        assert _contrast(colours[name], surfaces["shade"]) >= 4.5, name
    assert _contrast(words["ink"], surfaces["mark"]) >= 4.5


# -- hostile graphs ----------------------------------------------------------


def hostile_corpus(words: str) -> Corpus:
    """Return a graph of two entities with `words` wherever words can stand."""
    texts = (Text("en", words),)
    person = Entity("someone", "Person", texts, texts, texts, texts)
    award = Entity("prize", "Award", texts, texts, texts, texts)
    news = Article(
        "news", texts, words, "2021-01-19", words, words, language=words, publisher="someone"
    )
    proof = Evidence("news", Span(0, 4), words)
    qualifiers = (("currency", Literal(words)), ("role", Ref("prize")))
    edge = Claim(
        "someone", "received", Ref("prize"), qualifiers, gloss=texts, notes=texts,
        evidence=(proof,), premises=(), rule=words,
    )  # fmt: skip
    facts = [
        Claim("someone", "name", Literal(words, "rdf:langString", "en"), gloss=texts),
        Claim("someone", "website", Literal(words, "xsd:anyURI"), gloss=texts),
    ]
    return corpus_of(edge, *facts, entities=(person, award), sources=(news,))


@pytest.mark.parametrize("trap", sorted(TRAPS.keys() - {"address-quoted", "blank"}))
def test_hostile_words_are_only_words(trap: str) -> None:  # but for a link, and for no words
    words = TRAPS[trap]
    tame = page(hostile_corpus("tame"), title="tame")
    shown = page(hostile_corpus(words), title=words, texts={"news": words})
    assert [tag for tag, _ in shown.elements] == [tag for tag, _ in tame.elements]
    assert [set(attrs) for _, attrs in shown.elements] == [set(attrs) for _, attrs in tame.elements]
    assert not [each for each in shown.attributes("href") if not each.startswith("http")]
    assert shown.text.count(words) == tame.text.count("tame") > 10
    assert words in [shown.text_of(number) for number in shown.data["nodes"]["name"]]
    island = shown.html.partition('id="graph">')[2].partition("</script>")[0]
    assert not re.search("[<>&\u2028\u2029]", island)
