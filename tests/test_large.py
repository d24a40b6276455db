"""What keeps pages quick on large graphs, where it can be counted: rows, queries, comparisons."""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from exploring import Page
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from test_explorer_data import got, over, run

from kg import links, network, path, search
from kg.letters import Letters
from kg.links import Links
from kg.model import Claim, Corpus, Dataset, Entity, Evidence, Rank, Record, Ref, Status, Text
from kg.search import Index, Name
from kg.store import Solutions, Store
from kg.web.served import Served

# -- names ---------------------------------------------------------------------------


@given(
    keys=st.lists(st.text("abcd1ㄱㅏ", max_size=12), max_size=30, unique=True),
    text=st.text("abcd1ㄱㅏ", min_size=1, max_size=12),
    least=st.sampled_from([45.0, 66.0, 84.0, 100.0]),
)
@settings(max_examples=500, deadline=None)
def test_no_similar_key_is_passed_over(keys: list[str], text: str, least: float) -> None:
    letters = Letters(keys)
    like, beginning = letters.like(text, least), letters.beginning_like(text, least)
    assert like == sorted(set(like))
    assert beginning == sorted(set(beginning))
    assert {n for n, key in enumerate(keys) if fuzz.ratio(text, key) >= least} <= set(like)
    assert {n for n, key in enumerate(keys) if len(key) > len(text)
            and fuzz.ratio(text, key[: len(text)]) >= least} <= set(beginning)  # fmt: skip


class Everything(Letters):
    """Passes nothing over."""

    def __init__(self, keys: Any) -> None:
        self._keys = keys

    def like(self, text: str, least: float) -> list[int]:
        del text, least
        return list(range(len(self._keys)))

    def beginning_like(self, text: str, least: float) -> list[int]:
        del least
        return [number for number, key in enumerate(self._keys) if len(key) > len(text)]


SYLLABLES = dict(zip(
    ["ga", "na", "da", "ra", "min", "bo", "seo", "a", "yun", "jun", "ji", "tae", "ha", "hyeon"],
    "가나다라민보서아윤준지태하현", strict=True,
))  # fmt: skip


def made_up(count: int) -> list[Name]:
    chance = random.Random(1)
    names = []
    for number in range(count):
        picked = chance.choices(list(SYLLABLES), k=3)
        end = chance.choice(["", " Corporation", " AI Research", " University"])
        latin = f"{''.join(picked).capitalize()} {chance.randrange(100)}{end}"
        hangul = "".join(SYLLABLES[each] for each in picked)
        names.append(Name(f"e{number}", "label", "en", latin))
        names.append(Name(f"e{number}", "label", "ko", hangul))
    return names


def slips(names: Iterable[Name], count: int) -> list[str]:
    chance = random.Random(2)
    texts = []
    for name in chance.sample(sorted(names, key=lambda name: name.text), count):
        at = chance.randrange(len(name.text))
        texts += [name.text, name.text[: at + 1], name.text[at:]]
        texts.append(name.text[:at] + chance.choice(["", "x", "ㅏ"]) + name.text[at + 1 :])
    return texts


@pytest.mark.parametrize("data", ["shipped", "made up"])
def test_what_is_found_is_what_comparing_everything_finds(
    data: str, shipped_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = Index.of(shipped_store) if data == "shipped" else Index(made_up(2000))
    quick.prepare()
    monkeypatch.setattr(search, "Letters", Everything)
    thorough = Index(quick.names, quick.claims)
    for text in [*slips(quick.names, 60), "qqqq", "ai", "연구원은", "a" * 90]:
        assert quick.search(text, 30) == thorough.search(text, 30), text
        assert quick.nearest(text, 5) == thorough.nearest(text, 5), text


def compared(names: Iterable[Name], texts: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many keys are compared in looking for these texts."""
    total = 0
    extract = search._extracted

    def counted(key: str, choices: dict[int, str], cutoff: float) -> Any:
        nonlocal total
        total += len(choices)
        return extract(key, choices, cutoff)

    index = Index(names)
    with monkeypatch.context() as patched:
        patched.setattr(search, "_extracted", counted)
        for text in texts:
            index.search(text)
    return total


def test_a_misspelt_name_is_compared_with_few(monkeypatch: pytest.MonkeyPatch) -> None:
    names = made_up(5000)
    texts = ["Gajidx 77 Universty", "Mimbotae 12", "zzzzqq", "현보태x", "Hyeonjunga Reserch"]
    few = compared(names, texts, monkeypatch)
    monkeypatch.setattr(search, "Letters", Everything)
    assert 0 < few < compared(names, texts, monkeypatch) / 20


def test_a_name_that_many_bear_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [Name(f"e{n}", "label", "en", "Seoul National University") for n in range(500)]
    assert compared(names, ["Seoul Natinal Universty"], monkeypatch) < 10


def test_an_index_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def slowly(store: Store) -> Index:
        time.sleep(0.2)
        made.append(store)
        return Index([])

    monkeypatch.setattr(search.Index, "of", slowly)
    served: Any = Served("one", "", "of one", "")  # type: ignore[arg-type]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: served.index, range(4)))
    assert made == ["one"]
    assert all(each is found[0] for each in found)


# -- links ---------------------------------------------------------------------------


@pytest.mark.parametrize("data", ["shipped", "toy"])
def test_links_are_those_of_the_graph(data: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(f"{data}_store")
    known, expected = Links.of(store), dict[str, dict[str, bool]]()
    degrees: Counter[str] = Counter()
    for edge in network.project(store).edges():
        degrees.update([edge.source, edge.target])
        if edge.rank is Rank.DEPRECATED:
            degrees.subtract([edge.source, edge.target])
        elif edge.source != edge.target:
            for one, other in itertools.permutations((edge.source, edge.target)):
                near = expected.setdefault(one, {})
                near[other] = near.get(other, True) and edge.status is Status.PLANNED
    assert any(planned for near in expected.values() for planned in near.values())
    for id in (*network.project(store).ids(), "nobody"):
        assert dict(known.around(id)) == expected.get(id, {})
    degrees = +degrees
    ranked = sorted(degrees.items(), key=lambda each: (-each[1], each[0]))
    for most in (1, 10, 40):
        assert links.most_linked(store, most) == ranked[:most]


def test_of_equally_linked_ones_the_smaller_ids_are_central() -> None:
    ids = [f"e{n:03}" for n in range(300)]
    ring = itertools.pairwise([*ids, ids[0]])
    claims = tuple(Claim(one, "partnerOf", Ref(other)) for one, other in ring)
    store = over(graph_of(ids, claims)).state.site.served.store
    assert links.most_linked(store, 5) == [(id, 2) for id in ids[:5]]


@pytest.mark.parametrize("hops", [2, 4, 6])
def test_ways_over_kept_links_are_those_that_the_store_is_asked_for(
    shipped_store: Store, hops: int
) -> None:
    kept, degrees = Links.of(shipped_store), links.claims_of(shipped_store)
    ids = network.project(shipped_store).ids()
    for start, end in itertools.combinations([*ids[::13], "lg-ai-research", "lee-honglak"], 2):
        asked = path.find(shipped_store, start, end, max_hops=hops, limit=5)
        ways = path.stations(shipped_store, start, end, max_hops=hops, limit=5,
                             links=kept, degrees=degrees)  # fmt: skip
        assert ways == [(start, *(step.end for step in way)) for way in asked.ways]
        claims = path.claims(shipped_store, ways)
        for step in itertools.chain.from_iterable(asked.ways):
            assert claims[step.start, step.end] == sorted(each.id for each in step.claims)


# -- pages ---------------------------------------------------------------------------


class Counting:
    """A store that counts what it is asked and what it answers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.queries = self.rows = 0

    def query(self, text: str, **options: Any) -> Any:
        self.queries += 1
        answer = self._store.query(text, **options)
        return Solutions(answer.variables, self._counted(answer.rows)) \
            if isinstance(answer, Solutions) else answer  # fmt: skip

    def _counted(self, rows: Iterator[Any]) -> Iterator[Any]:
        for row in rows:
            self.rows += 1
            yield row

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def graph_of(ids: Iterable[str], claims: tuple[Claim, ...]) -> Corpus:
    register = Dataset("register", (Text("en", "Register"),), "0" * 64, "2021-01-19")
    entities = {id: Entity(id, "Company", (Text("en", id.upper()),)) for id in ids}
    return Corpus(entities, {"register": register}, claims)


def crowd(count: int) -> Corpus:
    """So many entities in a hub, each with a claim of its own and a fact, by one register."""
    ids = [f"e{n:04}" for n in range(count)]
    claims = tuple(
        Claim(id, "partOf", Ref("hub"), gloss=(Text("en", f"<{id}>"),),
              evidence=(Evidence("register", Record(f"r{n:04}", "/part"), "0" * 64),))
        for n, id in enumerate(ids)
    )  # fmt: skip
    return graph_of(["hub", *ids], claims)


@pytest.fixture(scope="module")
def crowds() -> dict[int, Any]:
    return {count: over(crowd(count), f"crowd {count}") for count in (400, 1600)}


class Cost(NamedTuple):
    """Of one page."""

    queries: int
    rows: int


def cost(made: Any, address: str) -> Cost:
    """What a page takes when others of its kind were shown before."""
    served = made.state.site.served
    store, counting = served.store, Counting(served.store)
    run(got(made, [address.replace("page=2", "page=3")]))
    served.store = counting
    try:
        run(got(made, [address]))
    finally:
        served.store = store
    return Cost(counting.queries, counting.rows)


def told(answers: list[httpx.Response]) -> list[str]:
    """The glosses on these pages, in order."""
    shown = [Page(each.text) for each in answers]
    assert not [each.wrong for each in shown if each.wrong]
    return [part.partition(">")[0] for each in shown for part in each.text.split("<e")[1:]]


@pytest.mark.parametrize("count", [400, 1600])
def test_a_source_shows_each_place_once(crowds: dict[int, Any], count: int) -> None:
    pages = [f"/source/register?page={n}" for n in range(1, -(-count // 150) + 1)]
    answers = run(got(crowds[count], [*pages, f"/source/register?page={len(pages) + 1}"]))
    assert [each.status_code for each in answers] == [200] * len(pages) + [400]
    shown = told(answers[:-1])
    assert sorted(shown) == [f"{n:04}" for n in range(count)]
    if count == 400:
        assert shown == sorted(shown)  # in the order of the records
    assert f"Claims that rest on it: {count}." in Page(answers[0].text).text
    text = Page(answers[1].text).text
    assert "[151]" in text
    assert "[150]" not in text


@pytest.mark.parametrize("count", [400, 1600])
def test_a_hub_shows_each_claim_once(crowds: dict[int, Any], count: int) -> None:
    pages = [f"/id/hub?all=-partOf&page={n}" for n in range(1, count // 100 + 1)]
    answers = run(got(crowds[count], ["/id/hub", *pages, f"/id/hub?all=-partOf&page={count}"]))
    assert [each.status_code for each in answers] == [200] * (len(pages) + 1) + [400]
    assert sorted(told(answers[1:-1])) == [f"{n:04}" for n in range(count)]
    assert all(len(each.content) < 60_000 for each in answers)


@pytest.mark.parametrize("address", ["/source/register?page=2", "/id/hub?all=-partOf&page=2"])
def test_what_is_read_does_not_grow_with_what_there_is(address: str) -> None:
    less, more = (cost(over(crowd(count), f"{count}"), address) for count in (1600, 2400))
    assert less == more
    assert less.queries <= 12


def test_long_lists_link_the_pages_around() -> None:
    answers = run(got(over(crowd(1600), "pages"),
                      [f"/id/hub?all=-partOf&page={n}" for n in (1, 8)]))  # fmt: skip
    first, middle = (Page(each.text) for each in answers)
    linked = [each.partition("&page=")[2] for each in middle.links]
    assert [int(each) for each in linked if each.isdecimal()] == [1, 5, 6, 7, 9, 10, 11, 16]
    assert middle.text.count("…") == first.text.count("…") + 1


def test_names_are_read_without_facts(shipped_store: Store) -> None:
    counting: Any = Counting(shipped_store)
    graph, ids = network.project(counting), ["lg-ai-research", "lee-honglak"]
    named = {node.id: node for node in graph.named(ids)}
    few, counting.rows = counting.rows, 0
    whole = {node.id: node for node in graph.nodes(ids)}
    assert few * 3 < counting.rows
    for id in ids:
        assert (named[id].labels, named[id].cls, named[id].facts) == (
            whole[id].labels, whole[id].cls, ())  # fmt: skip


def test_a_server_that_holds_the_data_is_not_asked_for_all_its_links() -> None:
    from kg.web.pages.path import links as kept_links

    there: Any = None
    assert kept_links(Served(there, "http://127.0.0.1:1/sparql", "", "")) is None


def test_a_long_twin_is_made_by_those_who_answer_queries(
    crowds: dict[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (short,) = run(got(crowds[400], ["/id/hub.nt"]))
    assert short.status_code == 200
    monkeypatch.setattr("kg.web.pages.twins._MOST", 1_000)
    long, plain = run(got(crowds[400], ["/id/hub.nt", "/id/hub.json"]))
    asked = parse_qs(urlsplit(long.headers["location"]).query)
    assert (long.status_code, asked["format"]) == (303, ["nt"])
    found = crowds[400].state.site.served.store.query(asked["query"][0])
    lines = short.text.splitlines()
    assert len(lines) > 1_000
    assert {f"{each} ." for each in found.triples} == set(lines)
    assert (plain.status_code, "/id/hub.ttl" in plain.text) == (406, True)
