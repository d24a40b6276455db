"""``/id/NAME``: all that is said of an entity, by whom, and what is around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from starlette.responses import RedirectResponse, Response

from kg import names, network, vocabulary
from kg.errors import KGError
from kg.model import Claim, Literal, Rank, Ref
from kg.network import Node
from kg.web import security
from kg.web.pages import neighbourhood, schema_org, timeline, twins
from kg.web.pages.frame import Frame, Missing, inert
from kg.web.pages.naming import called, like
from kg.web.pages.paging import Paged, turned
from kg.web.pages.reading import Reader, is_identifier, named, when

__all__ = ["entity"]

_SHOWN, _LEAST = 42, 2
"""Claims on the page.  Of more, the largest relations go to pages of their own, but for a few."""
_NAMED = 12
"""What rests on an entity: the first of it."""
_PAGE = 100
_READ = 250
"""Claims that are put in order of time; of more, those with the smallest IRIs come first."""

_SORTED = 1_000
"""Claims whose IRIs are read and sorted; of more, the store's own order is as good."""

_ABOUT = """
  { ?claim rdf:subject THING ; rdf:predicate ?relation BIND (1 AS ?way) }
  UNION { ?claim rdf:object THING ; rdf:predicate ?relation BIND (-1 AS ?way) }"""
_KEYS = f"SELECT ?claim ?relation ?way {{ {_ABOUT} }}"
_COUNTS = f"SELECT ?relation ?way (COUNT(?claim) AS ?n) {{ {_ABOUT} }} GROUP BY ?relation ?way"
_SOME = "SELECT ?claim { ?claim END THING ; rdf:predicate RELATION } LIMIT LIMITED OFFSET SKIPPED"
_EXISTS = """
ASK { { THING a ?class } UNION { ?claim rdf:subject THING } UNION { ?claim rdf:object THING } }"""
_RESTING = """
SELECT ?claim {
  { ?premise rdf:subject THING . ?claim prov:wasDerivedFrom ?premise }
  UNION { ?premise rdf:object THING . ?claim prov:wasDerivedFrom ?premise }
  UNION { VALUES ?qualifier { QUALIFIERS } ?claim ?qualifier THING }
} LIMIT 500"""
_CREDITED = """
SELECT ?source { VALUES ?part { dcterms:publisher dcterms:creator } ?source ?part THING }"""


def entity(frame: Frame) -> Response:
    """Return the page about an entity, or its twin."""
    id, suffix = twins.split(str(frame.request.path_params["name"]))
    iri = names.entity_iri(id)
    wanted = suffix or twins.wanted(frame.request.headers.get("accept"))
    if not _exists(frame, id):
        return _elsewhere(frame, id, suffix, wanted)
    suffix = wanted
    reader = Reader(frame)
    if suffix:
        return twins.twin(frame, f"/id/{id}", suffix, iri, lambda: _record(reader, id))
    answer = _page(reader, id)
    answer.headers.update(twins.links(frame, f"/id/{id}"))
    return answer


def _exists(frame: Frame, id: str) -> bool:
    iri = names.entity_iri(id)
    return named(iri) and bool(frame.served.store.query(_of(_EXISTS, iri), place="entity"))


def _elsewhere(frame: Frame, id: str, suffix: str, wanted: str) -> Response:
    """Lead to the entity that is called like this, else tell what there is."""
    stem, _, other = id.rpartition(".")
    known = called(frame, id) or (called(frame, stem) if other == "html" else "")
    if known and _exists(frame, known):  # a store may hold a name of what is not in it
        address = frame.link(f"/id/{known}.{suffix}" if suffix else f"/id/{known}")
        headers = {"vary": "Accept, Accept-Language", **security.readable(frame.site.settings)}
        return RedirectResponse(address, 303, headers)
    if stem and (meant := stem if _exists(frame, stem) else called(frame, stem)):
        forms = ", ".join(f".{each}" for each in twins.SUFFIXES)
        what = frame.words["no_suffix"].format(suffix=f".{other}")
        error = Missing(id, what, [meant], remedy=frame.words["suffixes"].format(forms=forms))
    else:
        error = Missing(id, frame.words["no_entity"], like(frame, id.replace("-", " ")))
    return twins.missing(frame, wanted, error)


def _of(query: str, iri: str) -> str:
    return query.replace("THING", str(ox.NamedNode(iri)))


def _page(reader: Reader, id: str) -> Response:
    frame = reader.frame
    asked = frame.request.query_params
    about = _about(reader, id)
    only = _relation(asked.get("only", ""))
    whole = asked.get("all", "")
    chosen = _chosen(reader, id, about, whole)
    claims = reader.claims(chosen.items)
    reader.prepare(claims, resting=True)
    reader.learn([id])
    node = reader.nodes[id]
    counts = about.counts
    opened = [each for each in asked.get("open", "").split(",") if names.SLUG.fullmatch(each)]
    return frame.answer(
        "entity.j2",
        title=reader.wording.entity(id),
        thing=reader.thing(id),
        node=node,
        called=_called(reader, node),
        note=reader.wording.text(node.notes),
        identifiers=_identifiers(reader, claims, id),
        sections=_sections(reader, claims, id, counts, whole),
        whole=whole,
        pages=chosen,
        twins=[(each, frame.link(f"/id/{id}.{each}")) for each in twins.SUFFIXES],
        roles=None if whole else timeline.roles(reader, claims, id),
        around=None if whole else neighbourhood.picture(reader, id, only, opened),
        only=only,
        relations=_relations(reader, counts),
        resting=None if whole else _resting(reader, id),
        graph=frame.link("/graph", around=id),
        data=inert(schema_org.entity(reader, node, claims)),
    )


# -- which claims ------------------------------------------------------------------

Key = tuple[int, str]
"""Which way, 1 or -1, and the relation's local name."""


@dataclass(frozen=True, slots=True)
class _About:
    """The claims about an entity, by way and relation: how many, and which if they are few."""

    counts: Mapping[Key, int]
    iris: Mapping[Key, Sequence[str]] | None


def _about(reader: Reader, id: str) -> _About:
    query = _of(_KEYS, names.entity_iri(id))
    rows = list(reader.rows(f"{query} LIMIT {_SORTED + 1}"))
    if len(rows) <= _SORTED:
        groups = _groups(rows)
        return _About({key: len(iris) for key, iris in groups.items()}, groups)
    counted = reader.rows(_of(_COUNTS, names.entity_iri(id)))
    return _About(dict(sorted((_key(*each), int(n.value)) for *each, n in counted)), None)


def _groups(rows: Iterable[tuple[Any, ...]]) -> dict[Key, list[str]]:
    found: dict[Key, set[str]] = {}
    for claim, *each in rows:
        found.setdefault(_key(*each), set()).add(claim.value)
    return {key: sorted(iris) for key, iris in sorted(found.items())}


def _key(relation: ox.NamedNode, way: ox.Literal) -> Key:
    return int(way.value), names.compact(relation.value).partition(":")[2]


def _some(
    reader: Reader, id: str, about: _About, key: Key, most: int, skipped: int = 0
) -> Sequence[str]:
    """Some claims of one group: by their IRIs, or of very many as the store has them."""
    if about.iris is not None:
        return about.iris[key][skipped : skipped + most]
    way, name = key
    query = _of(_SOME, names.entity_iri(id)).replace("LIMITED", str(most))
    query = query.replace("END", "rdf:subject" if way > 0 else "rdf:object")
    query = query.replace("RELATION", str(ox.NamedNode(names.expand(f"aie:{name}"))))
    return [row[0].value for row in reader.rows(query.replace("SKIPPED", str(skipped)))]


def _chosen(reader: Reader, id: str, about: _About, whole: str) -> Paged[str]:
    """The claims to read for this page: of the group that is asked for, or of all."""
    if not whole:
        total = sum(about.counts.values())
        room = total if total <= _READ else max(_LEAST, _READ // len(about.counts))
        some = (_some(reader, id, about, key, room) for key in about.counts)
        return Paged([iri for iris in some for iri in iris], 1, [])
    key = (-1 if whole.startswith("-") else 1, whole.removeprefix("-"))
    if key not in about.counts:
        raise KGError(f"all={whole[:80]}", "nothing of that kind is said here", "leave it out")
    number, links = turned(reader.frame, about.counts[key], _PAGE, f"/id/{id}", all=whole)
    items = _some(reader, id, about, key, _PAGE, (number - 1) * _PAGE)
    return Paged(items, number, links)


def _relation(name: str) -> str:
    if name and name not in vocabulary.load().predicates:
        raise KGError(f"only={name[:80]}", "there is no such relation", "choose one from the page")
    return name


# -- in words ----------------------------------------------------------------------


def _called(reader: Reader, node: Node) -> list[tuple[str, str]]:
    """Every other name with its language, once."""
    first = reader.wording.entity(node.id)
    aliases = ((lang, name) for lang, known in node.aliases.items() for name in known)
    texts = [*node.labels.items(), *aliases]
    return [(lang, name) for lang, name in dict.fromkeys(texts) if name != first]


def _identifiers(reader: Reader, claims: Mapping[str, Claim], id: str) -> list[dict[str, Any]]:
    return [
        reader.said(iri, claim)
        for iri, claim in claims.items()
        if claim.subject == id and isinstance(claim.object, Literal)
        if is_identifier(claim.predicate)
    ]


def _sections(
    reader: Reader, claims: Mapping[str, Claim], id: str, counts: Mapping[Key, int], whole: str
) -> list[dict[str, Any]]:
    """Facts, what it does, and what others say of it, each grouped by relation."""
    kinds: dict[str, dict[Key, dict[str, Claim]]] = {"facts": {}, "outward": {}, "inward": {}}
    for iri, claim in claims.items():
        way = 1 if claim.subject == id else -1
        kind = "facts" if isinstance(claim.object, Literal) else "outward" if way > 0 else "inward"
        kinds[kind].setdefault((way, claim.predicate), {})[iri] = claim
    most = _PAGE if whole else _most(counts)
    sections = []
    for kind, groups in kinds.items():
        ordered = sorted(groups, key=lambda key: reader.wording.term(key[1]))
        made = [_group(reader, id, key, groups[key], counts[key], most) for key in ordered]
        sections += [{"kind": kind, "groups": made}] if made else []
    return sections


def _most(counts: Mapping[Key, int]) -> int:
    """How many claims of one relation are shown, so that all together are not too many."""
    fits = (
        most
        for most in range(_SHOWN, _LEAST, -1)
        if sum(min(count, most) for count in counts.values()) <= _SHOWN
    )
    return next(fits, _LEAST)


def _group(
    reader: Reader, id: str, key: Key, found: Mapping[str, Claim], count: int, most: int
) -> dict[str, Any]:
    way, predicate = key
    name = f"{'-' if way < 0 else ''}{predicate}"

    def in_time(iri: str) -> tuple[bool, str, str, str]:
        claim = found[iri]
        other = Ref(claim.subject) if way < 0 else claim.object
        return (
            claim.rank is Rank.DEPRECATED,
            when(claim) or "9999",
            reader.value(other)["name"],
            iri,
        )

    shown = [reader.said(iri, found[iri]) for iri in sorted(found, key=in_time)[:most]]
    return {
        "name": reader.wording.term(predicate),
        "key": name,
        "claims": shown if way > 0 else [each | {"object": each["subject"]} for each in shown],
        "count": count,
        "more": reader.frame.link(f"/id/{id}", all=name) if most < min(count, _PAGE) else "",
    }


def _relations(reader: Reader, counts: Mapping[Key, int]) -> list[tuple[str, str, int]]:
    """The relations by which the picture can be narrowed: local name, name and number."""
    known = vocabulary.load().predicates
    total: Counter[str] = Counter()
    for (_, name), count in counts.items():
        if name in known and known[name].kind == "relation":
            total[name] += count
    named = ((name, reader.wording.term(name), count) for name, count in total.items())
    return sorted(named, key=lambda each: each[1])


def _resting(reader: Reader, id: str) -> dict[str, Any] | None:
    """What rests on the entity: claims inferred from its own, or that name it; its articles."""
    iri = names.entity_iri(id)
    qualifiers = (each for each in vocabulary.load().qualifiers.values() if each.form == "entity")
    query = _RESTING.replace("QUALIFIERS", " ".join(f"aie:{each.name}" for each in qualifiers))
    found = sorted({row[0].value for row in reader.rows(_of(query, iri))})
    credited = sorted({row[0].value for row in reader.rows(_of(_CREDITED, iri))})
    if not found and not credited:
        return None
    reader.gloss(found[:_NAMED])
    ids = [each.removeprefix(names.PREFIXES["source"]) for each in credited]
    return {
        "claims": [reader.about(each) for each in found[:_NAMED]],
        "more": len(found) - len(found[:_NAMED]),
        "sources": [
            {"name": reader.wording.source(each), "date": reader.wording.date(each),
             "address": reader.frame.link(f"/source/{each}")}
            for each in ids[:_NAMED]
        ],
        "more_sources": len(ids) - len(ids[:_NAMED]),
    }  # fmt: skip


# -- for programs ------------------------------------------------------------------


def _record(reader: Reader, id: str) -> dict[str, Any]:
    """The entity and every claim it is in, with plain values."""
    groups = _groups(reader.rows(_of(_KEYS, names.entity_iri(id))))
    claims = reader.claims(iri for iris in groups.values() for iri in iris)
    node = next(reader.graph.nodes([id]))
    record: dict[str, Any] = network.plain(node)
    del record["facts"]
    return record | {"claims": [claim_record(iri, claim) for iri, claim in claims.items()]}


def claim_record(iri: str, claim: Claim) -> dict[str, Any]:
    """Return a claim as plain values under the names that the data files use."""
    record: dict[str, Any] = network.plain(claim)
    del record["place"]
    texts = {name: dict(getattr(claim, name)) for name in ("gloss", "notes")}
    qualifiers = network.plain(dict(claim.qualifiers))
    kind = "entity" if isinstance(claim.object, Ref) else claim.object.datatype
    return {"iri": iri, **record, **texts, "qualifiers": qualifiers, "object_kind": kind}
