"""The explorer's pages as a browser without JavaScript gets them, from a running server."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urldefrag, urlsplit

import httpx
import pytest
from exploring import LIMIT, Page, addresses, browsing, page

from kg import names, rules
from kg.model import Corpus, Span
from kg.web import pages
from kg.web.pages import twins

WEB = Path(pages.__file__).parent.parent


@pytest.fixture(scope="module")
def toy() -> Iterator[httpx.Client]:
    with browsing("tests/toy/data", "--articles", "tests/toy/articles") as client:
        yield client


@pytest.fixture(scope="module")
def shipped() -> Iterator[httpx.Client]:
    with browsing("data") as client:
        yield client


# -- every page --------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_page_of_the_toy_graph_is_there_and_every_link_leads_somewhere(
    toy: httpx.Client, toy_corpus: Corpus, lang: str
) -> None:
    """A walk from the front page over all links, through opened pictures one step deep."""
    waiting, ids, wanted = deque([f"/?lang={lang}"]), {}, set()
    while waiting:
        path = waiting.popleft()
        if path in ids:
            continue
        answer = toy.get(path, headers={"accept-language": "fr"})
        assert answer.status_code == 200, path
        ids[path] = set()
        if not answer.headers["content-type"].startswith("text/html") or path.startswith("/graph"):
            continue
        shown = Page(answer.text)
        assert not shown.wrong, path
        assert len(answer.content) < LIMIT
        assert shown.lang == parse_qs(urlsplit(path).query)["lang"][0]
        ids[path] = set(shown.attributes("id"))
        for href in shown.links:
            whole, fragment = urldefrag(href)
            if fragment:
                wanted.add((whole or path, fragment))
            graphs = sum(each.startswith("/graph") for each in ids)
            drawn = whole.startswith("/graph") and graphs > 2
            ours = whole.startswith("/") and f"lang={lang}" in whole
            if ours and "open=" not in path and not drawn:
                waiting.append(whole)
    missing = [(path, fragment) for path, fragment in wanted
               if path in ids and fragment not in ids[path]]  # fmt: skip
    assert not missing
    assert {urlsplit(path).path for path in ids} >= set(addresses(toy_corpus))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_page_of_the_shipped_graph_is_there_and_light(
    shipped: httpx.Client, shipped_corpus: Corpus, lang: str
) -> None:
    known = {*addresses(shipped_corpus), "/", "/query", "/path", "/graph", "/search"}
    known |= {f"{each}.{suffix}" for each in known for suffix in twins.SUFFIXES}
    for path in addresses(shipped_corpus):
        answer = shipped.get(path, params={"lang": lang})
        assert answer.status_code == 200, path
        assert len(answer.content) < LIMIT, path
        shown = Page(answer.text)
        assert not shown.wrong, path
        assert shown.lang == lang
        ours = {urlsplit(each).path for each in shown.links if each.startswith("/")}
        assert ours <= known, path


def test_the_article_at_hand_does_not_make_pages_heavy(
    articles: Path, shipped_corpus: Corpus
) -> None:
    with browsing("data", "--articles", str(articles)) as client:
        heavy = ("/id/lg-ai-research", *(f"/source/{id}" for id in shipped_corpus.sources))
        for path in heavy:
            assert len(client.get(f"{path}?lang=ko").content) < LIMIT


def test_a_page_is_in_the_language_that_its_reader_wants(toy: httpx.Client) -> None:
    assert page(toy, "/").lang == "en"
    assert page(toy, "/", **{"accept-language": "de, ko;q=0.8, en;q=0.5"}).lang == "ko"
    chosen = page(toy, "/?lang=en", **{"accept-language": "ko"})
    assert chosen.lang == "en"
    inner = [each for each in chosen.links if each.startswith("/") and "lang=ko" not in each]
    assert all("lang=en" in each for each in inner)
    assert {"name": "lang", "value": "en", "type": "hidden"} in chosen.of("input")


def test_words_are_the_same_in_both_languages() -> None:
    words = tomllib.loads((WEB / "words.toml").read_text("utf-8"))
    assert words["en"].keys() == words["ko"].keys()
    for name, text in words["en"].items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", words["ko"][name]))


@pytest.mark.parametrize("path", ["/", "/graph", "/query", "/path", "/search", "/id/seoul"])
def test_caches_are_told_that_the_language_is_chosen(toy: httpx.Client, path: str) -> None:
    for lang in ("en", "ko"):
        answer = toy.get(path, headers={"accept-language": lang})
        assert answer.headers["content-language"] == lang
        assert "Accept-Language" in answer.headers["vary"]


def test_no_code_may_run_but_our_files(toy: httpx.Client) -> None:
    policy = toy.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    own = toy.get("/graph").headers["content-security-policy"]
    assert own.startswith("default-src 'none'; script-src 'sha256-")
    assert own.endswith("; frame-ancestors 'none'")


# -- what is on them ---------------------------------------------------------------


def test_an_entity_shows_its_claims_with_status_place_and_words(
    toy: httpx.Client, toy_corpus: Corpus
) -> None:
    shown = page(toy, "/id/mirae-ai-lab?lang=en")
    about = [each for each in toy_corpus.claims
             if "mirae-ai-lab" in (each.subject, getattr(each.object, "id", ""))]  # fmt: skip
    assert len(about) > 10
    for claim in about:
        assert dict(claim.gloss)["en"] in shown.text
        assert f"/claim/{names.claim_iri(claim).rpartition('/')[2]}?lang=en" in shown.links
    for part in (
        "Mirae AI Lab", "미래AI랩", "planned", "deprecated", "characters 33–56", "2022-05-10",
        "A mistake of the article.", "over two years", "a little over", "5,000,000,000",
    ):  # fmt: skip
        assert part in shown.text
    assert "https://mirae.example" in shown.links
    for suffix in twins.SUFFIXES:
        assert f"/id/mirae-ai-lab.{suffix}?lang=en" in shown.links


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_an_inferred_claim_says_by_what_rule(lang: str) -> None:
    with browsing("tests/toy/data", "--inferred") as client:
        inferred = page(client, f"/id/mirae-group?lang={lang}").links
        said = {rule.titles[lang] for rule in rules.catalogue().values()}
        claims = sorted({each for each in inferred if each.startswith("/claim/")})
        texts = [page(client, each).text for each in claims]
        assert any(title in text for title in said for text in texts)


def test_what_rests_on_something_is_told(toy: httpx.Client) -> None:
    gloss = "Through the lab Haneul Kim holds a post in Mirae Group."
    assert gloss in page(toy, "/id/mirae-ai-lab").text
    premise = next(each for each in page(toy, "/id/kim-haneul").links if "/claim/" in each)
    assert premise.startswith("/claim/")
    assert gloss in page(toy, "/id/lab-head").text  # as its role
    assert "Mirae Group opens Mirae AI Lab" in page(toy, "/id/toy-times").text  # as its publisher


def test_roles_stand_on_a_time_line(toy: httpx.Client) -> None:
    shown = page(toy, "/id/kim-haneul")
    assert not [each for each in shown.of("rect") if each.get("class") == "bar"]
    drawn = [each["d"] for each in shown.of("path") if each.get("class") == "open"]
    assert len(drawn) == 2  # the post that had ended by a day, since when is not known; a legend
    assert str(drawn[0]).startswith("M0 5H")
    assert "as of 2022-05-10" in shown.text
    assert "at the latest; since when is not said" in shown.text
    assert "늦어도" in page(toy, "/id/kim-haneul?lang=ko").text


def test_the_picture_opens_and_closes_by_links(toy: httpx.Client) -> None:
    before = page(toy, "/id/kim-haneul")
    boxes = [each for each in before.of("a") if "box" in (each.get("class") or "")]
    opens = next(each["href"] for each in before.of("a")
                 if each.get("aria-label") == "Show what is around Mirae AI Lab")  # fmt: skip
    after = page(toy, str(opens))
    more = [each for each in after.of("a") if "box" in (each.get("class") or "")]
    assert len(more) > len(boxes) > 3
    closes = {each["href"] for each in after.of("a")
              if each.get("aria-label") == "Hide what is around Mirae AI Lab"}  # fmt: skip
    assert closes == {"/id/kim-haneul#around"}
    two = page(toy, next(each for each in before.links if "%2C" in each and "open=" in each))
    assert "One step only" in two.text
    narrowed = page(toy, "/id/kim-haneul?only=said")
    kept = [each for each in narrowed.of("a") if "box" in (each.get("class") or "")]
    assert len(kept) == 2


def test_a_source_marks_what_carries_claims_and_what_does_not(
    toy: httpx.Client, toy_corpus: Corpus
) -> None:
    text = (Path("tests/toy/articles/mirae-launch.txt")).read_text("utf-8")
    answer = toy.get("/source/mirae-launch?lang=en")
    article = re.findall(r'<div class="article"[^>]*>(.*?)</div>', answer.text, re.DOTALL)[0]
    marked = "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", article))
    for claim in toy_corpus.claims:
        for each in claim.evidence:
            if each.source == "mirae-launch" and isinstance(each.locator, Span):
                quoted = text[each.locator.start : each.locator.end]
                assert all(part in marked for part in quoted.split())
    plain = re.sub(r'<a class="ref".*?</a>|<[^>]*>', "", article)
    assert "".join(plain.split()) == "".join(text.split())
    shown = page(toy, "/id/mirae-ai-lab?lang=en")
    passages = {each for each in shown.links if each.startswith("/source/mirae-launch?lang=en#at-")}
    assert len(passages) > 5
    assert all(f'<mark id="{each.partition("#")[2]}">' in article for each in passages)
    bare = re.findall(r'<span class="bare">(.*?)</span>', article)
    assert bare
    assert f"carry none: {len(bare)} of" in answer.text


def test_without_its_text_a_source_shows_places_and_our_words(shipped: httpx.Client) -> None:
    shown = page(shipped, "/source/lg-ai-research-launch?lang=en")
    assert "not at hand" in shown.text
    assert "characters" in shown.text
    assert not shown.of("mark")
    assert not shown.of("q")


def test_a_path_shows_the_evidence_of_each_step(toy: httpx.Client) -> None:
    shown = page(toy, "/path?from=김하늘&to=Seoul&lang=en")
    for part in ("2 steps", "Haneul Kim is head of Mirae AI Lab.", "characters 58–72", "preferred"):
        assert part in shown.text
    assert "No way of at most 1 steps" in page(toy, "/path?from=kim-haneul&to=seoul&hops=1").text


def test_search_finds_and_guesses(toy: httpx.Client) -> None:
    assert "/id/kim-haneul" in page(toy, "/search?q=ㄱㅎㄴ").links
    guess = page(toy, "/search?q=Mirrai Labb&lang=en")
    assert "/id/mirae-ai-lab?lang=en" in guess.links
    assert "/id/kim-haneul" in page(toy, "/search?type=Person").links


# -- questions ---------------------------------------------------------------------


def test_a_question_is_filled_in_and_answered(toy: httpx.Client) -> None:
    form = page(toy, "/query?name=about&lang=en")
    assert not form.of("table")
    shown = page(toy, "/query?name=planned-partners&p-who=Mirae AI Lab&lang=en")
    assert "/id/hanbyeol-university?lang=en" in shown.links
    (area,) = shown.of("textarea")
    assert area["name"] == "query"
    csv = next(each for each in shown.links if each.startswith("/sparql") and "=csv" in each)
    assert "https://w3id.org/aieco/id/hanbyeol-university" in toy.get(csv).text
    share = next(each for each in shown.links if each.startswith("/query?query="))
    assert "/id/hanbyeol-university?lang=en" in page(toy, share).links


def test_an_answer_comes_with_its_claims(toy: httpx.Client) -> None:
    query = "SELECT ?who { ?who aie:locatedIn id:seoul }"
    shown = page(toy, f"/query?query={query}&cite=on&lang=en")
    assert "Mirae AI Lab is in Seoul." in shown.text


def test_graphs_and_yes_or_no_are_answers_too(toy: httpx.Client) -> None:
    drawn = page(toy, "/query?query=CONSTRUCT WHERE { ?a aie:partOf ?b }")
    assert len(drawn.of("circle")) == 2
    assert "Yes" in page(toy, "/query?query=ASK { id:mirae-ai-lab a aie:ResearchInstitute }").text


def test_a_wrong_query_is_told_with_its_place(toy: httpx.Client) -> None:
    shown = page(toy, "/query?query=SELECT * {%0A ?a ?b }", 400)
    (area,) = shown.of("textarea")
    assert (area["data-line"], area["aria-invalid"]) == ("2", "true")
    assert "Line 2, column" in shown.text


def test_the_editor_knows_our_terms(toy: httpx.Client) -> None:
    known = toy.get("/query/terms?lang=ko").json()
    assert {"name": "aie:partOf", "label": "상위 조직", "kind": "property"} in known["terms"]
    assert known["prefixes"] == names.PREFIXES


# -- what goes wrong ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/id/mirae-lab", 404, "Mirae AI Lab"),
        ("/id/%3Cb%3E", 404, "no entity has this name"),
        ("/claim/0000", 404, "there is no such claim"),
        ("/claim/a%20b", 404, "there is no such claim"),
        ("/source/mirae-lunch", 404, "Mirae Group opens Mirae AI Lab"),
        ("/graph?source=mirae-lunch", 404, "Mirae Group opens Mirae AI Lab"),
        ("/graph?around=mirae-ai-lob", 404, "Mirae AI Lab"),
        ("/source/mirae-launch?page=2", 400, "there are pages 1 to 1"),
        ("/id/seoul?all=partOf", 400, "nothing of that kind is said here"),
        ("/id/seoul?only=part0f", 400, "there is no such relation"),
        ("/search?type=Persn", 400, "did you mean 'Person'?"),
        ("/search?type=Person&page=x", 400, "there are pages 1 to 1"),
        ("/path?from=Mirae&to=Seoul", 404, "Which one do you mean?"),
        ("/path?from=seoul&to=Seoul", 400, "Name two different things."),
        ("/path?from=seoul&to=busan&hops=99", 400, "Write a number from 1 to 6."),
        ("/query?name=peple", 404, "There is no question 'peple'."),
        ("/query?name=about&p-entity=nobody", 404, "no entity has this name"),
        ("/graph?status=planed", 400, "did you mean 'planned'?"),
        ("/graph?around=toy-times", 400, "nothing to draw"),
        ("/graph?around=%22", 404, "no entity has this name"),
    ],
)
def test_what_goes_wrong_is_told_on_a_page(
    toy: httpx.Client, path: str, status: int, says: str
) -> None:
    shown = page(toy, f"{path}{'&' if '?' in path else '?'}lang=en", status)
    assert says in shown.text
    assert "Traceback" not in shown.text


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/id/Mirae-AI-Lab", "/id/mirae-ai-lab"),
        ("/id/김하늘?lang=ko", "/id/kim-haneul?lang=ko"),
        ("/id/Haneul Kim.ttl", "/id/kim-haneul.ttl"),
        ("/id/kim-haneul.html", "/id/kim-haneul"),
    ],
)
def test_a_name_leads_to_the_entity_that_has_it(toy: httpx.Client, path: str, there: str) -> None:
    answer = toy.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, there)
    assert toy.get(there).status_code == 200


def test_a_name_of_several_or_of_none_leads_nowhere_by_itself(toy: httpx.Client) -> None:
    shown = page(toy, "/id/Mirae?lang=en", 404)
    assert {"/id/mirae-ai-lab?lang=en", "/id/mirae-group?lang=en"} <= set(shown.links)


def test_only_names_that_are_near_are_offered(shipped: httpx.Client) -> None:
    near = page(shipped, "/id/kaistt?lang=en", 404)
    found = [each for each in near.links if re.match("/id/.*lang=en", each)]
    assert found == ["/id/kaist?lang=en"]


@pytest.mark.parametrize("name", ["kim-haneul.xml", "kim-haneul.TTL", "kim-haneul.rdf"])
def test_a_suffix_that_is_none_is_told_which_there_are(toy: httpx.Client, name: str) -> None:
    shown = page(toy, f"/id/{name}?lang=en", 404)
    assert ".ttl, .jsonld, .nt, .json" in shown.text
    assert "/id/kim-haneul?lang=en" in shown.links


@pytest.mark.parametrize("path", ["/id/nobody.ttl", "/claim/0000.json", "/source/none.nt"])
def test_a_program_is_told_in_a_line_that_there_is_nothing(toy: httpx.Client, path: str) -> None:
    answers = [toy.get(path), toy.get(path.rpartition(".")[0], headers={"accept": "text/turtle"})]
    for answer in answers:
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.text.count("\n") == 1
        assert "there is no such" in answer.text or "no entity has" in answer.text


def test_a_program_is_told_the_near_match_too(toy: httpx.Client) -> None:
    answer = toy.get("/id/kim-hanuel.ttl?lang=en")
    assert answer.status_code == 404
    assert answer.text == "kim-hanuel: no entity has this name; did you mean kim-haneul?\n"


def test_a_name_of_several_leads_to_each(toy: httpx.Client) -> None:
    shown = page(toy, "/path?from=Mirae&to=seoul&lang=en", 404)
    found = [each for each in shown.links if each.startswith("/path?from=mirae")]
    assert len(found) == 2
    assert all(page(toy, each) for each in found)


# -- vendored files ------------------------------------------------------------------


def test_vendored_files_are_those_of_the_lock() -> None:
    folder = WEB / "static" / "vendor"
    lock = tomllib.loads((folder / "vendor.toml").read_text("utf-8"))
    for name, told in lock["file"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told["sha256"]
    known = {path.name for path in folder.iterdir()} - {"vendor.toml", "LICENSES.txt"}
    assert known == lock["file"].keys()
    licences = (folder / "LICENSES.txt").read_text("utf-8")
    for name, told in lock["package"].items():
        assert told["licence"] == "MIT"
        assert name in licences
    assert "http" not in (folder / "vendor.toml").read_text("utf-8")


def test_a_neighbour_that_is_linked_both_ways_says_which_way(shipped: httpx.Client) -> None:
    """LG founded the institute, and the institute is a part of LG (so says the registry)."""
    around = shipped.get("/id/lg-ai-research?lang=en").text
    assert "← founded, part of" in around or "part of, ← founded" in around
    assert "← part of: LG Group" not in around


@pytest.mark.parametrize(("lang", "word"), [("en", "contradicted"), ("ko", "출처끼리 어긋남")])
def test_citations_say_what_is_contradicted(shipped: httpx.Client, lang: str, word: str) -> None:
    asked = {"name": "people", "p-organisation": "LG", "cite": "1", "lang": lang}
    answer = shipped.get("/query", params=asked).text
    assert f'<span class="status contradicted">{word}</span>' in answer


def test_the_marks_of_a_row_stand_in_a_column_of_their_own(shipped: httpx.Client) -> None:
    asked = "/query?name=people&p-organisation=lg&cite=on"
    answer = shipped.get(f"{asked}&lang=en").text
    assert '<th scope="col">rests on</th><th scope="col">marks</th>' in answer
    rows = re.findall("<tr><td>.*</tr>", answer)
    assert [each.count("</td>") for each in rows] == [7] * len(rows)
    assert not any("status" in cell for row in rows for cell in row.split("</td>")[:-2])
    assert ">marks<" not in shipped.get(asked.replace("cite=on", "lang=en")).text


def test_what_other_sources_contradict_is_marked_and_leads_to_them(toy: httpx.Client) -> None:
    mark = '<span class="status contradicted">contradicted</span>'
    shown = toy.get("/id/mirae-ai-lab?lang=en").text
    assert shown.count(mark) == 2
    assert toy.get("/source/mirae-review?lang=en").text.count(mark) == 1
    claims = re.findall(r'/claim/[0-9a-f]+', "".join(
        each for each in shown.split('<li class="claim') if ">contradicted<" in each
    ))  # fmt: skip
    one, other = dict.fromkeys(claims)
    for claim, rival in ((one, other), (other, one)):
        told = toy.get(f"{claim}?lang=en").text
        assert re.search(f'<dt>Other sources say</dt><dd><a href="{rival}[^"]*">', told)


def test_who_has_not_filled_in_a_question_is_offered_one_button(toy: httpx.Client) -> None:
    shown = toy.get("/query?name=people&lang=en").text
    open_ones = re.sub(r"<details.*?</details>", "", shown, flags=re.S)
    main = open_ones.partition("<main")[2]
    assert re.findall(r"<button>(.*?)</button>", main) == ["Ask with these"]
    assert "SELECT" in shown
    assert "SELECT" not in open_ones
