"""``kg show``: what is known of an entity, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kg import evidence, network
from kg.model import Rank, Ref, Status
from kg.network import Edge, Fact, Node
from kg.store import Store
from kg.wording import Wording

__all__ = ["card"]


def card(store: Store, id: str, lang: str, texts: Mapping[str, str]) -> str:
    """Return all that is said of one entity, grouped by relation, as plain text.

    Each fact comes with its qualifiers, its status unless it is stated, its
    sources with date and place, its gloss, and the quoted words where the
    article is in `texts` (by source id).  What is said of others with this
    entity as object comes last, marked ``←``.
    """
    graph = network.project(store)
    node = next(graph.nodes([id]))
    edges = list(graph.edges_of(id))
    entities = {each.id: each for each in graph.nodes(_mentioned(node, edges))}
    wording = Wording(lang, entities, {source.id: source for source in graph.sources()})
    said: list[tuple[str, str, Edge | Fact]]
    said = [(fact.predicate, wording.value(fact.value), fact) for fact in node.facts]
    said += [(e.relation, wording.entity(e.target), e) for e in edges if e.source == id]
    inward = [(e.relation, wording.entity(e.source), e) for e in edges if e.source != id]
    lines = [*_head(node, wording), *_grouped("", said, wording, texts)]
    return "\n".join([*lines, *_grouped("← ", inward, wording, texts)])


def _mentioned(node: Node, edges: list[Edge]) -> set[str]:
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    values = (value for each in (*edges, *node.facts) for value in each.qualifiers.values())
    return {node.id} | ends | {value.id for value in values if isinstance(value, Ref)}


def _head(node: Node, wording: Wording) -> Iterator[str]:
    labels = " · ".join(dict.fromkeys([wording.entity(node.id), *node.labels.values()]))
    yield f"{labels}  ({wording.term(node.cls)})"
    yield node.iri
    aliases = dict.fromkeys(name for lang in sorted(node.aliases) for name in node.aliases[lang])
    if aliases:
        yield f"{wording.words['also']}: {', '.join(aliases)}"
    if note := wording.text(node.notes):
        yield note


def _grouped(
    mark: str,
    said: Sequence[tuple[str, str, Edge | Fact]],
    wording: Wording,
    texts: Mapping[str, str],
) -> Iterator[str]:
    last = ""
    for relation, other, claim in sorted(said, key=lambda each: (*each[:2], each[2].id)):
        if relation != last:
            yield f"\n{mark}{wording.term(relation)}"
            last = relation
        yield f"  {other}{_particulars(claim, wording)}"
        yield f"      {wording.text(claim.gloss)}"
        if note := wording.text(claim.notes):
            yield f"      {note}"
        for each in claim.evidence:
            where = (wording.source(each.source), wording.date(each.source), wording.place(each))
            yield f"      {', '.join(filter(None, where))}"
            if quoted := evidence.quote(each, texts):
                yield f"      “{quoted}”"


def _particulars(claim: Edge | Fact, wording: Wording) -> str:
    """``; role chairman  [planned]``: the qualifiers, and the status unless it is stated."""
    named = (f"; {name} {value}" for name, value in wording.qualifiers(claim.qualifiers))
    states = [] if claim.status is Status.STATED else [wording.term(claim.status.capitalize())]
    if claim.rank is not Rank.NORMAL:
        states.append(wording.term(claim.rank.capitalize()))
    return "".join(named) + (f"  [{', '.join(states)}]" if states else "")
