"""The page: complete without JavaScript, inert whatever the graph holds, alive in a browser."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from kg import evidence, layout, names, network, rdf, store, view
from kg.errors import KGError
from kg.model import (
    Article,
    Claim,
    Corpus,
    Entity,
    Evidence,
    Literal,
    Rank,
    Ref,
    Source,
    Span,
    Status,
    Text,
)

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
    linked = {end for claim in toy_corpus.claims if isinstance(claim.object, Ref)
              for end in (claim.subject, claim.object.id)}  # fmt: skip
    expected = [claim for claim in toy_corpus.claims if claim.subject in linked]
    assert len(shown.data["claims"]) == len(expected) > 5
    assert len([tag for tag, _ in shown.elements if tag == "tr"]) == len(expected) + 1
    for claim in expected:
        assert dict(claim.gloss)[lang] in shown.text
        assert dict(toy_corpus.entities[claim.subject].labels)[lang] in shown.text
    assert ("html", {"lang": lang}) in shown.elements
    assert shown.html.startswith("<!doctype html>\n")


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


def test_lines_tell_the_status() -> None:
    claims = [Claim("a", "partOf", Ref(status), status=status) for status in Status]
    claims.append(Claim("a", "partOf", Ref("wrong"), rank=Rank.DEPRECATED))
    edges = page(corpus_of(*claims)).data["picture"]["edges"]
    dashes = {edge["to"]: edge["dashes"] for edge in edges}
    assert dashes.pop("stated") is False
    assert len({tuple(each) for each in dashes.values()}) == len(Status)


def test_families_differ_in_colour_and_in_shape() -> None:
    classes = ("Person", "Company", "Programme", "ResearchTopic", "Statement", "Award", "Place")
    entities = tuple(Entity(cls.lower(), cls, ()) for cls in classes)
    claims = [Claim(entity.id, "name", Ref("person")) for entity in entities[1:]]
    nodes = page(corpus_of(*claims, entities=entities)).data["picture"]["nodes"]
    assert len({node["shape"] for node in nodes}) == len(classes)
    assert len({node["color"]["background"] for node in nodes}) == len(classes)


def test_parallel_edges_do_not_lie_on_one_another() -> None:
    years = [(("start", Literal(year, "xsd:gYear")),) for year in ("2001", "2002")]
    claims = [Claim("a", "heldPost", Ref("b"), year) for year in years]
    claims += [Claim("b", "partnerOf", Ref("a")), Claim("b", "partOf", Ref("c"))]
    edges = page(corpus_of(*claims)).data["picture"]["edges"]
    # Clockwise from a to b is on the other side than clockwise from b to a.
    bends = {
        (
            edge["smooth"]["roundness"],
            (edge["smooth"]["type"] == "curvedCW") == (edge["from"] == "a"),
        )
        for edge in edges
        if edge["smooth"]["enabled"] and edge["smooth"]["roundness"]
    }
    straight = [edge for edge in edges if not edge["smooth"]["enabled"]]
    assert (len(bends), len(straight)) == (2, 2)


def test_a_large_graph_is_cut_and_says_so() -> None:
    hub = [Claim(f"e{n}", "partOf", Ref("hub")) for n in range(30)]
    shown = page(corpus_of(*hub, entities=(Entity("alone", "Person", ()),)), max_nodes=11)
    assert len(shown.data["picture"]["nodes"]) == len(shown.data["entities"]) == 11
    assert len(shown.data["claims"]) == 10
    assert (
        "the 11 best connected of 31 entities. Not on this page: entities, 20; relations"
        in shown.text
    )
    assert "no relation links them: 1." in shown.text


def test_a_graph_that_fits_says_nothing_of_leaving_out() -> None:
    text = page(corpus_of(*ring(3))).text
    assert "Not on this page" not in text
    assert "Not shown" not in text


def test_values_are_written_for_people() -> None:
    qualifiers = (
        ("amount", Literal("200000000000", "xsd:decimal")),
        ("approximation", Literal("over", "aie:Approximation")),
        ("at", Literal("2020-12-07T09:30:00", "xsd:dateTime")),
        ("duration", Literal("P3Y", "xsd:duration")),
        ("role", Ref("head")),
    )
    entities = (Entity("head", "Role", (Text("en", "Head"), Text("ko", "원장"))),)
    claim = Claim("a", "holdsPost", Ref("b"), qualifiers)
    corpus = corpus_of(claim, entities=entities)
    (english,) = page(corpus).data["claims"].values()
    (korean,) = page(corpus, lang="ko").data["claims"].values()
    assert [value for _, value in english["qualifiers"]] == [
        "200,000,000,000", "a little over", "2020-12-07 09:30:00", "3 years", "Head",
    ]  # fmt: skip
    assert [value for _, value in korean["qualifiers"]][3:] == ["3년", "원장"]


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
    assert "The lab opened in May." in shown.text
    assert "It will grow." not in shown.html
    assert "The lab opened" not in page(corpus).html


def test_an_inferred_claim_names_what_it_follows_from() -> None:
    premise = Claim("a", "partOf", Ref("b"))
    derived = Claim(
        "a", "locatedIn", Ref("c"), status=Status.INFERRED,
        premises=(names.claim_iri(premise),), rule="curator",
    )  # fmt: skip
    assert "Follows from: a part of b." in page(corpus_of(premise, derived)).text


@pytest.mark.parametrize(
    ("corpus", "options", "message"),
    [
        (
            corpus_of(*ring(3)),
            {"lang": "fr"},
            "language 'fr': the page is not written in it; choose one of en, ko",
        ),
        (
            corpus_of(entities=(Entity("a", "Person", ()),)),
            {},
            "the graph: no two entities are linked, so there is nothing to show",
        ),
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


# -- where it is drawn -------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_every_node_has_a_place_of_its_own_in_the_box(count: int) -> None:
    ids = [f"e{n}" for n in range(count)]
    edges = [(f"e{n}", f"e{n // 2}") for n in range(count - 3)]  # the last ones hang on nothing
    places = layout.positions(ids, edges, 400, 300)
    assert places == layout.positions(list(reversed(ids)), edges, 400, 300)
    assert places.keys() == set(ids)
    assert len(set(places.values())) == count
    assert all(abs(x) <= 200 and abs(y) <= 150 for x, y in places.values())


def test_a_path_is_drawn_as_one() -> None:
    ids = "abcdef"
    places = layout.positions(ids, itertools.pairwise(ids), 600, 100)
    across = [places[id][0] for id in ids]
    assert across in (sorted(across), sorted(across, reverse=True))


# -- hostile graphs ----------------------------------------------------------

HOSTILE = {
    "script": "</script><script>document.title='broken in'</script>",
    "image": "<img src=x onerror=\"document.title='broken in'\">",
    "comment": "<!--<script>",
    "quotes": "\"'><b onclick=alert(1)>&lt;&amp;",
    "address": "javascript:document.title='broken in'",
    "template": "{{ 7*7 }}{% raw %}${7*7}",
    "separators": "a\u2028b\u2029c",
    "bidi": "\u202eevil\u2066",
}


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


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_are_only_words(words: str) -> None:
    tame = page(hostile_corpus("tame"), title="tame")
    shown = page(hostile_corpus(words), title=words, texts={"news": words})
    assert [tag for tag, _ in shown.elements] == [tag for tag, _ in tame.elements]
    assert [set(attrs) for _, attrs in shown.elements] == [set(attrs) for _, attrs in tame.elements]
    assert not [each for each in shown.attributes("href") if not each.startswith("http")]
    assert shown.text.count(words) == tame.text.count("tame") > 10
    assert shown.data["entities"]["someone"]["name"] == words
    island = shown.html.partition('id="graph">')[2].partition("</script>")[0]
    assert not re.search("[<>&\u2028\u2029]", island)


# -- in a browser ------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A headless Chromium, or the test is skipped."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM} (apt-get install chromium fonts-noto-cjk)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        yield browser
        browser.close()


class Visit:
    """A page opened from disk; what it asked for and what went wrong is kept."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.tab = browser.new_page(viewport={"width": 1280, "height": 800}, **options)
        self.requests: list[str] = []
        self.troubles: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", lambda message: self.troubles.append(message.text))
        self.tab.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.troubles.append(dialog.message))
        self.tab.goto(path.as_uri())
        self.tab.wait_for_timeout(300)

    def click(self, colour: str) -> None:
        """Click the middle of what is drawn in `colour`."""
        x, y = self.tab.evaluate(_MIDDLE, [int(colour[n : n + 2], 16) for n in (1, 3, 5)])
        self.tab.locator("#picture").click(position={"x": x, "y": y})
        self.tab.wait_for_timeout(300)

    @property
    def panel(self) -> str:
        return str(self.tab.locator("#panel").inner_text())


_MIDDLE = """([red, green, blue]) => {
  const canvas = document.querySelector("#picture canvas");
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, width, height).data;
  let [x, y, count] = [0, 0, 0];
  for (let at = 0; at < width * height; at++) {
    if (pixels[4 * at] !== red || pixels[4 * at + 1] !== green) continue;
    if (pixels[4 * at + 2] !== blue) continue;
    x += at % width; y += Math.floor(at / width); count++;
  }
  return [x / count / devicePixelRatio, y / count / devicePixelRatio];
}"""


def colour_of(shown: Page, id: str) -> str:
    (node,) = [node for node in shown.data["picture"]["nodes"] if node["id"] == id]
    return str(node["color"]["background"])


def test_a_click_shows_what_is_known_and_where_it_stands(chromium: Any, tmp_path: Path) -> None:
    news = Article("news", (Text("en", "The Daily"),), "0" * 64, "2021-01-19T09:33:00")
    claims = [
        Claim("kim", "birthYear", Literal("1977", "xsd:gYear"), gloss=(Text("en", "Born 1977."),)),
        Claim(
            "kim", "holdsPost", Ref("lab"), (("start", Literal("2020-12", "xsd:gYearMonth")),),
            status=Status.PLANNED, gloss=(Text("en", "She will head it."),),
            evidence=(Evidence("news", Span(120, 160), "0" * 64),),
        ),
    ]  # fmt: skip
    entities = (
        Entity("kim", "Person", (Text("en", "Haneul Kim"), Text("ko", "김하늘"))),
        Entity("lab", "Company", (Text("en", "Lab"),)),
    )
    corpus = corpus_of(*claims, entities=entities, sources=(news,))
    path = tmp_path / "graph.html"
    view.write(project(corpus), path)
    visit = Visit(chromium, path)
    assert "Click a shape" in visit.panel
    visit.click(colour_of(page(corpus), "kim"))
    for part in (
        "Haneul Kim", "person", "김하늘", "Born 1977.", "holds a post at", "planned", "2020-12",
        "She will head it.", "The Daily", "2021-01-19", "characters 120–160",
    ):  # fmt: skip
        assert part in visit.panel
    visit.click(colour_of(page(corpus), "lab"))
    assert visit.panel.startswith("Lab")
    visit.click("#0f7a72")  # the line between them, as it is planned
    assert visit.panel.startswith("Haneul Kim holds a post at Lab")
    assert visit.requests == [path.as_uri()]
    assert visit.troubles == []


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_stay_words_in_the_browser(chromium: Any, tmp_path: Path, words: str) -> None:
    corpus = hostile_corpus(words)
    path = tmp_path / "graph.html"
    view.write(project(corpus), path)
    visit = Visit(chromium, path)
    visit.click(colour_of(page(corpus), "someone"))
    panel = visit.tab.locator("#panel")
    assert panel.locator("h3").text_content() == words
    assert panel.text_content().count(words) > 8
    assert panel.locator("a, b, img, script, iframe").count() == 0
    assert visit.tab.title() == "AI ecosystem knowledge graph"
    assert visit.requests == [path.as_uri()]
    assert visit.troubles == []


def test_without_scripts_the_table_is_there(
    chromium: Any, tmp_path: Path, toy_corpus: Corpus
) -> None:
    path = tmp_path / "graph.html"
    view.write(project(toy_corpus), path)
    tab = Visit(chromium, path, java_script_enabled=False).tab
    assert "needs JavaScript" in tab.locator("#picture").inner_text()
    assert tab.locator("tbody tr").count() > 5


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_shipped_graph_opens_quietly_on_any_screen(
    chromium: Any, tmp_path: Path, shipped_store: store.Store, lang: str, width: int
) -> None:
    path = tmp_path / "graph.html"
    view.write(network.project(shipped_store), path, lang=lang)
    visit = Visit(chromium, path)
    visit.tab.set_viewport_size({"width": width, "height": 844})
    visit.tab.reload()
    visit.tab.get_by_role("button", name="+").or_(visit.tab.locator("[data-zoom=in]")).first.click()
    wide = visit.tab.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    assert visit.troubles == []
    assert set(visit.requests) == {path.as_uri()}
