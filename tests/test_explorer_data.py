"""The explorer's pages for programs, and over graphs that mean harm."""

from __future__ import annotations

import gc
import hashlib
import html
import re
import weakref
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pyoxigraph as ox
import pytest
import rdflib
from exploring import Page, addresses, browsing, page
from loops import run
from serving import until
from starlette.applications import Starlette
from starlette.requests import Request

from kg import names, rdf, store
from kg.model import Article, Claim, Corpus, Entity, Evidence, Literal, Ref, Span, Text
from kg.web import pages
from kg.web.pages.frame import Frame
from kg.web.pages.reading import Reader
from kg.web.served import Served
from kg.web.settings import Settings
from kg.web.threads import Threads


@pytest.fixture(scope="module")
def toy() -> Iterator[httpx.Client]:
    with browsing("tests/toy/data", "--articles", "tests/toy/articles") as client:
        yield client


# -- for programs --------------------------------------------------------------------


def described(corpus: Corpus, iri: str) -> set[ox.Triple]:
    """What a description has to hold, worked out from the corpus."""
    triples = {quad.triple for quad in rdf.quads(corpus)}
    subjects, grounds = {iri}, set()
    for claim in corpus.claims:
        evidences = {names.evidence_iri(each): names.source_iri(each.source)
                     for each in claim.evidence}  # fmt: skip
        ends = {names.entity_iri(claim.subject), names.claim_iri(claim)}
        ends |= {names.entity_iri(claim.object.id)} if isinstance(claim.object, Ref) else set()
        if iri in ends:
            subjects.add(names.claim_iri(claim))
            grounds |= evidences.keys()
        if iri in evidences.values():
            subjects.add(names.claim_iri(claim))
            grounds |= {each for each, source in evidences.items() if source == iri}
    subjects |= grounds | {f"{each}#selector" for each in grounds}
    return {each for each in triples if each.subject.value in subjects}


FORMATS = {
    "ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
}


def test_twins_hold_what_the_store_holds(toy: httpx.Client, toy_corpus: Corpus) -> None:
    for path in addresses(toy_corpus):
        expected = described(toy_corpus, names.BASE + path[1:])
        assert len(expected) > 1
        for suffix, (media, format) in FORMATS.items():
            answer = toy.get(f"{path}.{suffix}")
            assert answer.headers["content-type"].startswith(media)
            found = {quad.triple for quad in ox.parse(answer.content, format=format)}
            assert found == expected, path
        record = toy.get(f"{path}.json").json()
        assert record["iri"] == names.BASE + path[1:]
    assert len(rdflib.Graph().parse(data=toy.get("/id/seoul.ttl").text, format="turtle")) == len(
        described(toy_corpus, names.entity_iri("seoul"))
    )


def test_json_of_an_entity_holds_its_claims(toy: httpx.Client) -> None:
    record = toy.get("/id/busan.json").json()
    (claim,) = record["claims"]
    assert record["labels"] == {"en": "Busan", "ko": "부산"}
    assert (claim["subject"], claim["predicate"], claim["object"], claim["rank"]) == (
        "mirae-ai-lab", "locatedIn", "busan", "deprecated",
    )  # fmt: skip
    assert claim["evidence"][0]["source"] == "mirae-review"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json, text/turtle;q=0.5", "application/ld+json"),
        ("application/n-triples;q=0.9, text/html;q=0.1", "application/n-triples"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("text/html;q=0, text/*", "text/turtle"),
        ("text/html;q=0.4, application/n-triples;q=0.5, */*;q=0", "application/n-triples"),
        ("application/ld+json;q=0.9, application/json", "application/json"),
        ("text/plain", "application/n-triples"),
        ("*/*", "text/html"),
        ("", "text/html"),
    ],
)
def test_who_accepts_data_gets_data(toy: httpx.Client, accept: str, media: str) -> None:
    for path in ("/id/seoul", "/source/mirae-launch"):
        answer = toy.get(path, headers={"accept": accept})
        assert answer.headers["content-type"].startswith(media)
        assert "Accept" in answer.headers["vary"]
        for suffix, (type, _) in FORMATS.items():
            named = f'<{path}.{suffix}>; rel="alternate"; type="{type}"'
            assert named in answer.headers["link"]


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "*/*;q=0"])
def test_who_accepts_nothing_of_it_is_told(toy: httpx.Client, accept: str) -> None:
    for path in ("/id/seoul", "/source/mirae-launch"):
        answer = toy.get(path, headers={"accept": accept})
        assert answer.status_code == 406
        assert answer.text == (
            "none of the accepted types can be sent; there are text/html, text/turtle, "
            "application/ld+json, application/n-triples, application/json\n"
        )
        assert answer.headers["vary"] == "Accept"
        # A suffix says it already.
        assert toy.get(f"{path}.nt", headers={"accept": accept}).status_code == 200


def test_search_engines_are_told_in_their_terms(toy: httpx.Client) -> None:
    person = page(toy, "/id/kim-haneul?lang=en").data
    assert (person["@type"], person["@id"]) == ("Person", names.entity_iri("kim-haneul"))
    assert {"@language": "ko", "@value": "김하늘"} in person["name"]
    lab = page(toy, "/id/mirae-ai-lab").data
    assert lab["@type"] == "ResearchOrganization"
    assert lab["location"][0]["@id"] == names.entity_iri("seoul")  # not Busan, which is deprecated
    assert len(lab["location"]) == 1
    assert page(toy, "/source/mirae-review").data["@type"] == "NewsArticle"


# -- time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("relation", "dates", "solid", "dashed", "says"),
    [
        ("heldPost", {"start": "2020-01-01", "end": "2021-01-01"}, (0, 500), [], ""),
        ("heldPost", {"end": "2021-01-01"}, (661, 6), [(0, 661)], "· since when is not said"),
        ("heldPost", {"latest": "2021-01-01"}, None, [(0, 667)],
         "· until 2021-01-01 at the latest; since when is not said"),
        ("heldPost", {"earliest": "2020-01-01", "latest": "2021-01-01"}, None, [(0, 500)],
         "· not before 2020-01-01; until 2021-01-01 at the latest"),
        ("heldPost", {"start": "2020-01-01"}, (0, 6), [(6, 1000)], "· until when is not said"),
        ("holdsPost", {"start": "2020-01-01"}, (0, 525), [(525, 1000)],
         "· until when is not said"),
    ],
)  # fmt: skip
def test_a_bar_is_solid_only_where_a_role_is_known_to_have_lasted(
    relation: str,
    dates: dict[str, str],
    solid: tuple[int, int] | None,
    dashed: list[tuple[int, int]],
    says: str,
) -> None:
    """The years from 2020, or one before if that may be, to 2021: a second role lasts as long."""
    entities = {each: Entity(each, kind, (Text("en", each.upper()),))
                for each, kind in (("ann", "Person"), ("acme", "Company"))}  # fmt: skip
    news = Article("news", (Text("en", "News"),), "0" * 64, "2021-01-19")
    proof = (Evidence("news", Span(0, 4), "0" * 64),)
    whole = {"start": "2020-01-01", "end": "2021-12-31"}
    claims = [
        Claim("ann", predicate, Ref("acme"), tuple(sorted(
            (name, Literal(day, "xsd:date")) for name, day in days.items())), evidence=proof)
        for predicate, days in ((relation, dates), ("educatedAt", whole))
    ]  # fmt: skip
    (answer,) = run(got(over(Corpus(entities, {"news": news}, tuple(claims)), "News"), ["/id/ann"]))
    roles = re.findall("<li>.*?</li>", answer.text.partition('<ol class="roles">')[2], re.DOTALL)
    (found,) = [each for each in roles if "educated" not in each and 'class="axis"' in each]
    bars = re.findall('class="bar" x="([0-9]+)" y="2" width="([0-9]+)"', found)
    opened = re.findall('class="open" d="M([0-9]+) 5H([0-9]+)"', found)
    numbers = [pytest.approx(tuple(map(int, each)), abs=2) for each in bars + opened]
    assert numbers == [*([solid] if solid else []), *dashed]
    assert Page(f"<!doctype html>\n<h1>x</h1>{found}").text.count(says or "not said") == bool(says)


# -- hostile graphs ---------------------------------------------------------------

HOSTILE = (
    "</script><script>document.title='broken in'</script>",
    "<img src=x onerror=\"document.title='broken in'\">",
    "<!--<script>",
    "\"'><b onclick=alert(1)>&lt;&amp;",
    "javascript:document.title='broken in'",
    "{{ 7*7 }}{% raw %}${7*7}",
    "a\u2028b\u2029c",
    "\u202eevil\u2066",
)


def application(words: str, public_url: str = "") -> Starlette:
    """The pages over a graph with `words` wherever words can stand."""
    texts = (Text("en", words),)
    person = Entity("someone", "Person", texts, texts, texts, texts)
    award = Entity("prize", "Award", texts, texts, texts, texts)
    news = Article(
        "news", texts, "0" * 64, "2021-01-19", words, words, language=words, publisher="someone"
    )
    proof = Evidence("news", Span(0, len(words)), hashlib.sha256(words.encode()).hexdigest())
    qualifiers = (("currency", Literal(words)), ("role", Ref("prize")))
    edge = Claim("someone", "received", Ref("prize"), qualifiers, gloss=texts, notes=texts,
                 evidence=(proof,), rule=words)  # fmt: skip
    facts = [
        Claim("someone", "name", Literal(words, "rdf:langString", "en"), gloss=texts),
        Claim("someone", "website", Literal(words, "xsd:anyURI"), gloss=texts),
    ]
    corpus = Corpus({"someone": person, "prize": award}, {"news": news}, (edge, *facts))
    return over(corpus, words, public_url)


def over(corpus: Corpus, words: str = "", public_url: str = "", **told: Any) -> Starlette:
    opened = store.open()
    opened.replace(rdf.quads(corpus))
    made = Starlette(routes=pages.routes(), exception_handlers={404: pages.not_found})
    made.state.site = SimpleNamespace(
        served=Served(opened, "", words, ""),
        settings=Settings(public_url=public_url, **told),
        texts={"news": words},
        threads=Threads(30),
    )
    pages.prepare(made.state.site)
    return made


async def got(made: Starlette, paths: list[str]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(made)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return [await client.get(path) for path in paths]


async def fetched(words: str, public_url: str = "") -> list[Page]:
    claim = names.claim_iri(Claim("someone", "name", Literal(words, "rdf:langString", "en")))
    paths = ["/", "/id/someone", "/id/prize", "/source/news", "/path?from=someone&to=prize",
             "/search?q=someone", "/search?type=Person",
             f"/claim/{claim.rpartition('/')[2]}"]  # fmt: skip
    return [Page(each.text) for each in await got(application(words, public_url), paths)]


FOLDED = {"text", "title"}
"""In pictures: how many lines a name takes depends on the name."""


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_only_words(words: str) -> None:
    for tame, shown in zip(run(fetched("tame")), run(fetched(words)), strict=True):
        assert not shown.wrong
        tags, tame_tags = (
            Counter(tag for tag, _ in each.elements if tag not in FOLDED) for each in (shown, tame)
        )
        assert tags == tame_tags
        assert not [each for each in shown.attributes("href")
                    if not re.match("/|#|https://w3id.org/", each)]  # fmt: skip
        assert shown.text.count(words[:9]) >= tame.text.count("tame") * 0.8


def test_behind_a_proxy_every_address_keeps_its_prefix() -> None:
    for shown in run(fetched("tame", "https://graph.example/kg")):
        ours = [each for name in ("href", "action", "src") for each in shown.attributes(name)
                if each.startswith("/")]  # fmt: skip
        assert len(ours) > 8
        assert all(each.startswith("/kg/") for each in ours)


def test_a_hub_stays_light_and_leads_to_all_of_its_claims() -> None:
    news = Article("news", (Text("en", "News"),), "0" * 64, "2021-01-19")
    proof = (Evidence("news", Span(0, 4), "0" * 64),)
    claims = [
        Claim(f"e{n}", relation, Ref("hub"), gloss=(Text("en", f"{n} {relation}"),), evidence=proof)
        for n in range(230)
        for relation in ("partOf", "affiliateOf")
    ]
    entities = {each: Entity(each, "Company", (Text("en", each.upper()),))
                for each in ("hub", *(f"e{n}" for n in range(230)))}  # fmt: skip
    made = over(Corpus(entities, {"news": news}, tuple(claims)), "hub")
    paths = ["/id/hub", "/source/news", "/source/news?page=3", "/search?type=Company&page=2"]
    whole = [f"/id/hub?all=-partOf&page={n}" for n in (1, 2, 3)]
    answers = run(got(made, [*paths, *whole, "/id/hub?all=-partOf&page=4"]))
    assert [each.status_code for each in answers] == [200] * 7 + [400]
    shown = [Page(each.text) for each in answers]
    assert not [each.wrong for each in shown if each.wrong]
    assert all(len(each.content) < 60_000 for each in answers[:1])
    assert "/id/hub?all=-partOf" in shown[0].links
    assert "Neighbours not drawn here: 221." in shown[0].text
    told = "".join(each.text for each in shown[4:7])
    assert all(f"{n} partOf" in told for n in range(230))
    assert "/source/news?page=2#claims" in shown[1].links


NOTHING = Corpus({}, {}, ())


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", "Shown here: as of 2020-01-01; without ror, b&<; with inferred claims."),
        ("ko", "보여 주는 범위: 2020-01-01 기준; ror, b&< 제외; 추론한 주장 포함."),
    ],
)
def test_every_page_of_a_selection_says_so(toy_corpus: Corpus, lang: str, says: str) -> None:
    told = {"at": "2020-01-01", "without": ("ror", "b&<"), "inferred": True}
    made = over(toy_corpus, **told)
    paths = ["/", "/id/seoul", "/id/nobody", "/query", "/path", "/search?q=seoul", "/graph",
             "/source/mirae-launch"]  # fmt: skip
    for answer in run(got(made, [f"{each}{'&' if '?' in each else '?'}lang={lang}"
                                 for each in paths])):  # fmt: skip
        assert html.escape(says) in answer.text, answer.url
    (whole,) = run(got(over(toy_corpus), ["/?lang=en"]))
    assert "Shown here" not in whole.text


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, "There is nothing in the graph yet.\nStart the server with a --data folder"),
        ({"store": "somewhere"}, "Fill the store with kg build --store, or serve another one."),
        ({"store": "somewhere", "write": True, "token": "a" * 16}, "with the token."),
        ({"at": "1900"}, "in this selection.\nStart the server with another --at"),
    ],
)
def test_an_empty_graph_is_told_with_what_to_do(told: dict[str, Any], says: str) -> None:
    for answer in run(got(over(NOTHING, **told), ["/?lang=en", "/graph?lang=en"])):
        shown = Page(answer.text)
        assert (answer.status_code, shown.wrong) == (200, [])
        assert says in shown.text
        assert not shown.of("dl")


def test_the_graph_says_why_it_has_fewer_entities(toy_corpus: Corpus) -> None:
    lonely = Entity("lonely", "Company", (Text("en", "Lonely"),))
    corpus = Corpus({**toy_corpus.entities, "lonely": lonely}, toy_corpus.sources,
                    toy_corpus.claims)  # fmt: skip
    whole, part = run(got(over(corpus), ["/graph?lang=en", "/graph?lang=en&around=seoul"]))
    assert re.search(f" of {len(corpus.entities)} entities: the others have no links", whole.text)
    assert "the others have no links" not in part.text


@pytest.mark.parametrize(
    ("lang", "says"),
    [("en", "Nothing is said of it yet."), ("ko", "아직 이에 관한 주장이 없습니다.")],
)
def test_of_whom_nothing_is_said_the_page_says_so(lang: str, says: str) -> None:
    corpus = Corpus({"lee": Entity("lee", "Person", (Text("en", "Lee"),))}, {}, ())
    (shown,) = run(got(over(corpus), [f"/id/lee?lang={lang}"]))
    assert shown.status_code == 200
    assert says in shown.text


def test_a_name_of_what_is_not_there_does_not_lead_to_itself() -> None:
    made = over(NOTHING)
    label = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    name = ox.Triple(ox.NamedNode(names.entity_iri("ghost")), label, ox.Literal("Ghost"))
    opened = store.open()
    opened.replace([ox.Quad(*name)])
    made.state.site.served = Served(opened, "", "ghost", "")
    for answer in run(got(made, ["/id/ghost", "/id/Ghost", "/id/ghost.html"])):
        assert answer.status_code == 404


def test_an_address_that_leads_nowhere_has_a_page() -> None:
    answers = run(got(application("tame"), ["/nowhere/<b>", "/evidence/0", "/static/no.js"]))
    for answer in answers:
        assert answer.status_code == 404
        assert not Page(answer.text).wrong
    assert "there is no such page" in answers[0].text


def test_an_evidence_leads_to_its_claim() -> None:
    proof = Evidence("news", Span(0, 4), hashlib.sha256(b"tame").hexdigest())
    path = names.evidence_iri(proof).removeprefix(names.BASE)
    (answer,) = run(got(application("tame"), [f"/{path}"]))
    assert answer.status_code == 303
    assert re.fullmatch("/claim/[0-9a-f]{32}#evidence", answer.headers["location"])


def test_files_with_their_version_may_be_kept() -> None:
    made = application("tame")
    (front,) = run(got(made, ["/"]))
    (style,) = [each for each in Page(front.text).attributes("href") if "style.css" in each]
    kept, plain = run(got(made, [style, "/static/style.css"]))
    assert "immutable" in kept.headers["cache-control"]
    assert "cache-control" not in plain.headers


def test_a_page_stays_with_its_data_and_leaves_none_of_them_to_the_next() -> None:
    """The store may be exchanged while a page is made."""

    def corpus(name: str) -> Corpus:
        person = Entity("someone", "Person", (Text("en", name),))
        return Corpus({"someone": person}, {}, ())

    made, other = over(corpus("Before")), over(corpus("After"))
    request = Request(
        {"type": "http", "app": made, "path": "/", "headers": [], "query_string": b""}
    )
    frame = Frame(request)
    reader = Reader(frame)
    made.state.site.served = other.state.site.served
    reader.learn(["someone"])
    assert reader.thing("someone")["name"] == "Before"
    assert frame.served.index.search("after", 1) == []
    (page,) = run(got(made, ["/id/someone"]))
    assert ("After" in page.text, "Before" in page.text) == (True, False)
    assert made.state.site.served.index.search("after", 1)


def test_data_that_were_exchanged_go_with_their_last_page() -> None:
    """And not when garbage is collected: till then they would take memory, or their directory."""
    made = application("tame")
    other = over(Corpus({}, {}, ()))  # before: making it ready collects garbage
    last = weakref.ref(made.state.site.served)
    paths = ["/", "/id/someone", "/id/someone.json", "/search?q=some", "/search?type=Person"]
    paths += ["/path?from=someone&to=prize", "/graph", "/id/nobody", "/query", "/source/news"]
    gc.collect()
    gc.disable()
    try:
        run(got(made, paths))
        made.state.site.served = other.state.site.served
        assert until(lambda: last() is None)  # the page's thread may be about to end
    finally:
        gc.enable()
