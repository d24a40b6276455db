"""Data as large as one likes: the shipped data copied under other ids, and made-up graphs."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import tomli

from kg import names
from kg.model import (
    Article,
    Claim,
    Corpus,
    Entity,
    Evidence,
    Literal,
    Ref,
    Span,
    Status,
    Text,
    Value,
)
from kg.paths import shipped


def copies(count: int, folder: Path) -> None:
    """Write the shipped data `count` times under other ids, as one data folder."""
    data = shipped("data")
    (folder / "entities").mkdir(parents=True)
    text = "\n".join(path.read_text("utf-8") for path in sorted(data.glob("entities/*.toml")))
    ids = set(tomli.loads(text))
    for number in range(count):
        end = f"-{number}"
        entities = re.sub(r"^\[(.+)\]$", rf"[\1{end}]", text, flags=re.M)
        (folder / f"entities/e{number}.toml").write_text(entities, "utf-8")
        for home in sorted((data / "sources").iterdir()):
            copy = folder / "sources" / (home.name + end)
            shutil.copytree(home, copy)
            for file in copy.glob("*.toml"):
                file.write_text(_renamed(file.read_text("utf-8"), ids, end), "utf-8")


def _renamed(text: str, ids: set[str], end: str) -> str:
    """Give every id that stands alone between quotes, and the other source's name, an end."""
    found = re.sub(r'"([a-z0-9-]+)"', lambda m: f'"{m[1]}{end if m[1] in ids else ""}"', text)
    own = re.sub(r'(?m)^id = "(.+?)"', lambda m: m[0].replace(end, ""), found)
    premises = re.sub(r"(?m)^premises = .*", lambda m: m[0].replace(end, ""), own)
    return premises.replace('"ror/', f'"ror{end}/')


# -- a graph of any size ---------------------------------------------------------------

_KINDS = {
    "Person": 45,
    "Company": 20,
    "ResearchInstitute": 6,
    "University": 4,
    "ResearchTopic": 10,
    "Event": 8,
    "Initiative": 7,
}
"""Classes of the made-up entities, and how many of a hundred."""

_RELATIONS = {
    ("Person", "Person"): ("colleagueOf",),
    ("Person", "Company"): ("holdsPost", "heldPost"),
    ("Person", "ResearchInstitute"): ("holdsPost", "memberOf"),
    ("Person", "University"): ("educatedAt", "alumnusOf"),
    ("Person", "ResearchTopic"): ("expertIn",),
    ("Company", "Initiative"): ("undertakes",),
    ("ResearchInstitute", "ResearchTopic"): ("researches",),
    ("Company", "ResearchTopic"): ("researches",),
    ("Company", "Event"): ("organised",),
    ("Person", "Event"): ("attended",),
    ("ResearchInstitute", "Company"): ("partOf", "foundedBy"),
}
"""What may link two classes; others are partners."""

_SYLLABLES = {
    "가": "ga", "나": "na", "다": "da", "라": "ra", "민": "min", "보": "bo", "서": "seo",
    "아": "a", "윤": "yun", "준": "jun", "지": "ji", "태": "tae", "하": "ha", "현": "hyeon",
}  # fmt: skip
_ENDS = {
    "Person": ("", ""),
    "Company": (" 주식회사", " Corporation"),
    "ResearchInstitute": (" 인공지능연구원", " AI Research"),
    "University": ("대학교", " University"),
    "ResearchTopic": (" 이론", " theory"),
    "Event": (" 학술대회", " Conference"),
    "Initiative": (" 사업", " Programme"),
}
_COMMUNITY = 60
"""Entities in a community, on average."""


def network(nodes: int, seed: int = 1) -> Corpus:
    """Return made-up entities that are all linked, with two links each, the same for a seed.

    New ones link to well-linked ones (so there are hubs), five in six times within their
    community.  Names and glosses are Korean and English; claims have dates, all four kinds
    of status, and evidence in made-up articles; half of the entities have a fact.
    """
    chance = random.Random(seed)
    ids = [f"e{number}" for number in range(nodes)]
    kinds = chance.choices(list(_KINDS), list(_KINDS.values()), k=nodes)
    entities = {
        id: Entity(id, kind, _name(chance, kind)) for id, kind in zip(ids, kinds, strict=True)
    }
    articles = [_article(number) for number in range(max(2, nodes // 50))]
    links = {
        claim.content: claim
        for one, other in _ends(chance, nodes)
        for claim in [_link(chance, entities[ids[one]], entities[ids[other]], articles)]
    }
    facts = [_fact(chance, entity, articles) for entity in entities.values()]
    claims = [*links.values(), *chance.sample(facts, nodes // 2)]
    sources = {article.id: article for article in articles}
    return Corpus(entities, sources, tuple(sorted(claims, key=names.claim_iri)))


def _ends(chance: random.Random, nodes: int) -> Iterator[tuple[int, int]]:
    """Twice as many pairs as nodes; each node gets two as it arrives."""
    communities = [chance.randrange(nodes // _COMMUNITY + 1) for _ in range(nodes)]
    # A node stands in the lists once for each of its links: a draw favours hubs.
    everywhere = [0]
    inside: dict[int, list[int]] = {communities[0]: [0]}
    for one in range(1, nodes):
        own = inside.setdefault(communities[one], [])
        for _ in range(2):
            other = chance.choice(own if own and chance.random() < 5 / 6 else everywhere)
            everywhere.append(other)
            inside[communities[other]].append(other)
            yield one, other
        everywhere.append(one)
        own.append(one)
    for _ in range(2):  # the first one had nothing to link to
        yield chance.choice(everywhere[1:]) or 1, 0


def _link(chance: random.Random, one: Entity, other: Entity, articles: Sequence[Article]) -> Claim:
    if (one.cls, other.cls) not in _RELATIONS and (other.cls, one.cls) in _RELATIONS:
        one, other = other, one
    relation = chance.choice(_RELATIONS.get((one.cls, other.cls), ("partnerOf",)))
    year = chance.randrange(2005, 2027)
    start = ("start", Literal(f"{year}-{chance.randrange(1, 13):02}", "xsd:gYearMonth"))
    end = ("end", Literal(f"{year + chance.randrange(1, 4)}", "xsd:gYear"))
    dates = chance.choice([(), (start,), (start,), (end, start)])
    (status,) = chance.choices(list(Status), (80, 10, 7, 3))
    return _claim(chance, one, relation, Ref(other.id), articles, dates, status, _label(other))


def _fact(chance: random.Random, entity: Entity, articles: Sequence[Article]) -> Claim:
    year = str(chance.randrange(1950, 2026))
    if entity.cls == "Person":
        relation, value = "birthYear", Literal(year, "xsd:gYear")
    elif entity.cls in {"Company", "ResearchInstitute", "University"}:
        relation, value = "foundedOn", Literal(year, "xsd:gYear")
    else:
        value = Literal(f"https://example.org/{entity.id}", "xsd:anyURI")
        relation = "website"
    said = {"ko": value.value, "en": value.value}
    return _claim(chance, entity, relation, value, articles, (), Status.STATED, said)


def _claim(
    chance: random.Random,
    subject: Entity,
    relation: str,
    value: Value,
    articles: Sequence[Article],
    dates: tuple[tuple[str, Value], ...],
    status: Status,
    said: Mapping[str, str],
) -> Claim:
    name = _label(subject)
    gloss = (
        Text("en", f"{name['en']}: {relation} {said['en']}, as the article says."),
        Text("ko", f"{name['ko']}: 기사에 따르면 {said['ko']}({relation})."),
    )
    article = chance.choice(articles)
    start = chance.randrange(2000)
    place = Evidence(article.id, Span(start, start + 60), f"{chance.getrandbits(256):064x}")
    return Claim(subject.id, relation, value, dates, status, gloss=gloss, evidence=(place,))


def _name(chance: random.Random, kind: str) -> tuple[Text, Text]:
    syllables = chance.choices(list(_SYLLABLES), k=3)
    ko, en = _ENDS[kind]
    latin = "".join(_SYLLABLES[each] for each in syllables).capitalize()
    number = chance.randrange(100)
    return Text("en", f"{latin} {number}{en}"), Text("ko", f"{''.join(syllables)}{number}{ko}")


def _label(entity: Entity) -> dict[str, str]:
    return {text.lang: text.value for text in entity.labels}


def _article(number: int) -> Article:
    return Article(
        f"article-{number}",
        (Text("en", f"Article {number}"), Text("ko", f"기사 {number}")),
        f"{number:064x}",
        published=f"{2005 + number % 20}-03-01",
        url=f"https://example.org/articles/{number}",
        language="ko",
    )
