"""``kg stats``: the graph in numbers, what stands at its centre, and what it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg import listing, network
from kg.literals import period
from kg.model import Literal, Rank
from kg.network import Edge, Fact, Node
from kg.store import Store
from kg.wording import Wording

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Stats", "measure"]

_SAMPLE, _EFFORT = 200, 3_000_000
"""Betweenness is exact up to so many entities.  Of more it is estimated, from as many as make so
many steps over nodes and links (some ten seconds), but 200 at most and 10 at least."""

_TOP = 10


@dataclass(frozen=True, slots=True)
class Stats:
    """The numbers, and words for them."""

    record: Mapping[str, Any]
    """By name, for programs; lists are sorted, the most first."""
    wording: Wording
    words: Mapping[str, str]

    def text(self) -> str:
        """Return the numbers as plain text."""
        record, said, words = self.record, self.wording, self.words
        lines = [
            words["sizes"].format(**record["size"]),
            words["links"].format(**record["degree"]),
            *self._counts("statuses", lambda name: said.term(name.capitalize())),
            *self._counts("sources", said.source),
            *self._counts("classes", said.term),
            *self._counts("relations", said.term),
            *("", words["central"], *self._central()),
            *("", words["communities"].format(n=len(record["communities"])), *self._groups(), ""),
        ]
        ends = [(words[name], record["time"][name]) for name in ("oldest", "newest")]
        lines += [f"{n}: {fact['date']}  {said.text(fact['gloss'])}" for n, fact in ends if fact]
        lacks = record["lacks"]
        bare = lacks["label"].items()
        lines += [f"{words['no_label'].format(lang=lang)}: {_few(ids)}" for lang, ids in bare]
        counts = {"one": len(lacks["second source"]), "none": len(lacks["source"])}
        lines.append(words["no_source"].format(**counts, all=record["size"]["claims"]))
        return "\n".join(lines)

    def _counts(self, title: str, name: Callable[[str], str]) -> Iterator[str]:
        yield from ("", self.words[f"by_{title}"])
        rows = [(f"  {name(key)}", f"{count:,}") for key, count in self.record[title].items()]
        yield from listing.columns(rows)

    def _central(self) -> Iterator[str]:
        return listing.columns(
            (f"  {self.wording.entity(each['id'])}", each["links"], f"{each['betweenness']:.3f}")
            for each in self.record["central"]
        )

    def _groups(self) -> Iterator[str]:
        for group in self.record["communities"][:_TOP]:
            known = ", ".join(map(self.wording.entity, group["centre"]))
            yield f"  {group['size']:>5}  {known}"


def _few(ids: Sequence[str]) -> str:
    more = ", …" if len(ids) > 5 else ""
    return f"{len(ids)}{': ' if ids else ''}{', '.join(ids[:5])}{more}"


def measure(store: Store, lang: str = "en") -> Stats:
    """Return the numbers of a graph.

    Links are claims between two entities that are not deprecated; two of one pair
    count twice in degrees and weigh twice in communities (Louvain's method).
    Betweenness is exact up to 200 entities, else estimated from as many or fewer,
    always the same.  A claim's date is the first that it has; its source is an article or
    a dataset, however many passages it rests on.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     stats = measure(graph).record
    >>> stats["size"]["claims"], stats["statuses"]["planned"], stats["central"][0]["id"]
    (14, 3, 'mirae-ai-lab')
    """
    graph = network.project(store)
    nodes = {node.id: node for node in graph.nodes()}
    edges = list(graph.edges())
    claims: list[Edge | Fact] = [*edges, *(fact for node in nodes.values() for fact in node.facts)]
    sources = {source.id: source for source in graph.sources()}
    linked = _linked(nodes, edges)
    size = {"entities": len(nodes), "claims": len(claims), "sources": len(sources)}
    record = {
        "size": {**size, "triples": len(store)},
        "degree": _degrees(linked),
        "statuses": _counted(claim.status.value for claim in claims),
        "sources": _counted(source for claim in claims for source in _sources(claim)),
        "classes": _counted(node.cls for node in nodes.values()),
        "relations": _counted(map(network.predicate_of, claims)),
        "central": _central(linked),
        "communities": _communities(linked),
        "time": _time(claims),
        "lacks": _lacks(nodes, claims),
    }
    return Stats(record, Wording(lang, nodes, sources), listing.words(lang))


def _sources(claim: Edge | Fact) -> set[str]:
    return {each.source for each in claim.evidence}


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda each: (-each[1], each[0])))


# -- the network -------------------------------------------------------------


def _linked(nodes: Iterable[str], edges: Iterable[Edge]) -> nx.Graph[str]:
    """One undirected link a pair, weighing as much as there are claims."""
    import networkx as nx  # not at the top: it takes as long to load as all of kg

    linked: nx.Graph[str] = nx.Graph()
    linked.add_nodes_from(nodes)
    pairs = Counter(
        tuple(sorted((edge.source, edge.target)))
        for edge in edges
        if edge.rank is not Rank.DEPRECATED and edge.source != edge.target
    )
    linked.add_weighted_edges_from((*pair, count) for pair, count in sorted(pairs.items()))
    return linked


def _degrees(linked: nx.Graph[str]) -> dict[str, float]:
    degrees = sorted(degree for _, degree in linked.degree(weight="weight"))
    if not degrees:
        return {"mean": 0, "median": 0, "most": 0, "none": 0}
    return {
        "mean": round(sum(degrees) / len(degrees), 1),
        "median": degrees[len(degrees) // 2],
        "most": degrees[-1],
        "none": degrees.count(0),
    }


def _central(linked: nx.Graph[str]) -> list[dict[str, Any]]:
    import networkx as nx

    exact = len(linked) <= _SAMPLE
    sample = max(10, min(_SAMPLE, _EFFORT // max(1, linked.size() + len(linked))))
    between = nx.betweenness_centrality(linked, k=None if exact else sample, seed=0)
    links = dict(linked.degree(weight="weight"))
    best = sorted(linked, key=lambda id: (-round(between[id], 6), -links[id], id))[:_TOP]
    return [
        {"id": id, "links": links[id], "betweenness": round(between[id], 6)}
        for id in best
        if links[id]
    ]


def _communities(linked: nx.Graph[str]) -> list[dict[str, Any]]:
    """Groups of more than one, the largest first, with their best connected entities."""
    import networkx as nx

    links = dict(linked.degree(weight="weight"))
    groups = nx.community.louvain_communities(linked, weight="weight", seed=0)
    ranked = [sorted(group, key=lambda id: (-links[id], id)) for group in groups if len(group) > 1]
    ranked.sort(key=lambda group: (-len(group), group))
    return [{"size": len(group), "centre": group[:3], "members": sorted(group)} for group in ranked]


# -- time, and what is lacking -----------------------------------------------


def _time(claims: Iterable[Edge | Fact]) -> dict[str, Any]:
    dated = sorted(
        (period(date)[0], date.value, claim.id, dict(claim.gloss))
        for claim in claims
        if (date := _date(claim))
    )
    named = [{"date": date, "claim": iri, "gloss": gloss} for _, date, iri, gloss in dated]
    oldest, newest = (named[0], named[-1]) if named else (None, None)
    return {"dated": len(named), "oldest": oldest, "newest": newest}


def _date(claim: Edge | Fact) -> Literal | None:
    if isinstance(claim, Fact) and claim.value.datatype in _DATES:
        return claim.value
    named = (claim.qualifiers.get(name) for name in ("start", "at", "earliest", "end", "latest"))
    return next((value for value in named if isinstance(value, Literal)), None)


_DATES = {"xsd:gYear", "xsd:gYearMonth", "xsd:date", "xsd:dateTime"}


def _lacks(nodes: Mapping[str, Node], claims: Iterable[Edge | Fact]) -> dict[str, Any]:
    langs = sorted({lang for node in nodes.values() for lang in node.labels} | {"en", "ko"})
    sources = {claim.id: len(_sources(claim)) for claim in claims}
    return {
        "label": {
            lang: [id for id, node in nodes.items() if lang not in node.labels] for lang in langs
        },
        "second source": sorted(id for id, count in sources.items() if count == 1),
        "source": sorted(id for id, count in sources.items() if count == 0),
    }
