"""A graph that tries to break whatever shows it: traps wherever a value can stand.

``corpus()`` is the same for a seed.  As a script it writes the page of that graph, to look
at: ``python tests/hostile.py hostile.html``.
"""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterator

from kg import names, network, rdf, store, view
from kg.evidence import fingerprint
from kg.model import (
    Article,
    Claim,
    Corpus,
    Dataset,
    Entity,
    Evidence,
    Literal,
    Rank,
    Record,
    Ref,
    Source,
    Span,
    Status,
    Text,
    Value,
)

TRAPS = {
    "script": "</script><script>document.title='broken in'</script>",
    "image": "<img src=x onerror=\"document.title='broken in'\">",
    "style": "</style><style>*{display:none}</style>",
    "comment": "<!--<script>",
    "cdata": "]]></script><![CDATA[",
    "quotes": "\"'><b onclick=alert(1)>&lt;&amp;&#x3c;",
    "address": "javascript:document.title='broken in'",
    "address-spaced": " \tjava\nscript:alert(1)",
    "data-address": "data:text/html,<script>alert(1)</script>",
    "address-quoted": "https://example.org/\"onmouseover='alert(1)'",
    "template": "{{ 7*7 }}{% raw %}${7*7}{n}{count}",
    "separators": "a\u2028b\u2029c\u0085d",
    "lines": "one\ntwo\r\nthree\rfour\tfive",
    "controls": "a\x01b\x07c\x1b[31md\x7fe\x08",
    "nul": "a\x00b",
    "bidi": "\u202eevil\u2066 \u2069\u200f end",
    "zero-width": "zero\u200bwidth\u200d\ufeff\u2060",
    "rtl": "مركز الذكاء الاصطناعي 42 (A)",
    "hebrew": "בינה <b> 1:2",
    "emoji": "👩🏽‍💻🇰🇷🫠e\u0301",
    "zalgo": "z" + "\u0300\u0316\u0324\u0355" * 12,
    "long": "x" * 400,
    "long-korean": "가나다라마바사아자차카타파하" * 25,
    "formula": '=HYPERLINK("https://example.org","x")',
    "formula-plus": "+1+1",
    "formula-minus": "-2+3",
    "formula-at": "@SUM(A1)",
    "formula-tab": "\t=1+1",
    "formula-wide": "＝1+1",
    "markdown": "[x](javascript:alert(1)) | `y` **z**",
    "backslash": '\\u003cscript\\u003e \\" \\',
    "prototype": "__proto__",
    "noncharacter": "a\ufffeb\uffff",
    "blank": " ",
}
"""What tools have stumbled over, by a name for it.  A lone surrogate is not among them:
no RDF store takes one."""

IDS = ("__proto__", "constructor", "toString", "hasOwnProperty", "null", "한글", "a.b", "NaN")
"""Ids that RDF allows and that JavaScript has ideas about."""

DATES = ("9999-12-31", "-0044", "12020", "2020Z", "2020-13", "2020-02-30")
"""Dates that RDF allows, or that a store takes, and that calendars have trouble with."""

CLASSES = ("Person", "Company", "Initiative", "ResearchTopic", "Statement", "Award", "Place")


def corpus(seed: int = 1) -> Corpus:
    """Return a graph with every trap in every place of a node, a claim and a source.

    For each trap there is a person called so who received an award called so, says a
    source called so; chance links them all and chooses classes, status and rank.  Korean
    texts are the trap with a mark after it.
    """
    chance = random.Random(seed)
    entities = [entity for trap in TRAPS for entity in _entities(chance, trap)]
    entities += [Entity(id, "Person", _texts(id), (), (), ()) for id in IDS]
    sources = [source for trap in TRAPS for source in _sources(trap)]
    claims = [claim for trap in TRAPS for claim in _claims(chance, trap)]
    claims += _links(chance, [entity.id for entity in entities])
    return Corpus(
        {entity.id: entity for entity in entities},
        {source.id: source for source in [*sources, Article("constructor", (), "0" * 64)]},
        tuple(sorted(claims, key=names.claim_iri)),
    )


def _texts(words: str) -> tuple[Text, ...]:
    return (Text("en", words), Text("ko", f"{words}·한"))


def _entities(chance: random.Random, trap: str) -> Iterator[Entity]:
    words = _texts(TRAPS[trap])
    also = tuple(Text(lang, f"{said} (also)") for lang, said in words)
    yield Entity(f"who-{trap}", chance.choice(CLASSES), words, also, also, words)
    yield Entity(f"what-{trap}", chance.choice(CLASSES), words)


def _sources(trap: str) -> Iterator[Source]:
    said = TRAPS[trap]
    common = (_texts(said), said, "2021-01-19", said, said)
    yield Article(f"news-{trap}", *common, said, f"what-{trap}", (f"who-{trap}",))
    yield Dataset(f"list-{trap}", *common, said, said)


def _claims(chance: random.Random, trap: str) -> Iterator[Claim]:
    said, words = TRAPS[trap], _texts(TRAPS[trap])
    who, what = f"who-{trap}", f"what-{trap}"
    evidence = (
        Evidence(f"news-{trap}", Span(0, len(said)), fingerprint(said)),
        Evidence(f"list-{trap}", Record(said, said), said),
    )
    start = Literal(f"20{chance.randrange(10, 24)}-0{chance.randrange(1, 10)}", "xsd:gYearMonth")
    particulars: tuple[tuple[str, Value], ...] = (
        ("currency", Literal(said)),
        ("end", Literal(chance.choice((*DATES, said)), "xsd:date")),
        ("role", Ref(what)),
        ("start", start),
    )
    rank = chance.choice([Rank.NORMAL, Rank.PREFERRED, Rank.DEPRECATED])
    status = chance.choice([Status.STATED, Status.PLANNED, Status.REPORTED])
    edge = Claim(
        who, "received", Ref(what), particulars, status, rank, words, words, evidence
    )  # fmt: skip
    yield edge
    yield Claim(
        what, "partOf", Ref(who), (), Status.INFERRED, Rank.NORMAL, words, words,
        premises=(names.claim_iri(edge),), rule=said,
    )  # fmt: skip
    values = (
        Literal(said, "rdf:langString", "en"),
        Literal(said, "xsd:anyURI"),
        Literal(said),
    )
    for value, relation in zip(values, ("name", "website", "birthYear"), strict=True):
        yield Claim(who, relation, value, (), gloss=words, notes=words, evidence=evidence)


def _links(chance: random.Random, ids: list[str]) -> Iterator[Claim]:
    """Link all in a row of chance order, so that none is out of reach."""
    order = chance.sample(ids, len(ids))
    for one, other in itertools.pairwise(order):
        relation = chance.choice(("partnerOf", "constructor", "__proto__", "toString"))
        yield Claim(one, relation, Ref(other), gloss=(Text("en", f"{one} and {other}."),))


def project(seed: int = 1) -> network.Network:
    """Return the same as a network, in a store of its own."""
    opened = store.open()
    opened.replace([*rdf.quads(corpus(seed))])
    return network.project(opened)


def texts(seed: int = 1) -> dict[str, str]:
    """Return what the articles are said to hold: the same traps."""
    return {source.id: TRAPS.get(source.id.removeprefix("news-"), "") + " tail"
            for source in corpus(seed).sources.values() if isinstance(source, Article)}  # fmt: skip


if __name__ == "__main__":
    view.write(project(), sys.argv[1], title=TRAPS["script"], texts=texts())
