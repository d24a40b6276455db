"""``kg diff``: what one graph says and another does not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg import corpus, names, network, rdf, store
from kg.errors import KGError
from kg.model import Claim, Corpus, Entity, Status, Value
from kg.network import Node
from kg.store import Store
from kg.wording import Wording

__all__ = ["Change", "Difference", "compare", "read"]

_KNOWN_ABOUT = ("rank", "gloss", "notes", "evidence", "premises", "rule")
"""What two claims of one IRI can differ in."""


@dataclass(frozen=True, slots=True)
class Change:
    """A thing that both graphs have, with the fields that differ."""

    old: str
    """Its id, or the IRI of a claim."""
    new: str
    """The same, but for claims that differ in qualifiers or status, which are part of the IRI."""
    fields: Mapping[str, tuple[Any, Any]]
    """By name: the old value and the new one, as :func:`kg.network.plain`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was added, removed and changed, each sorted."""

    added: Mapping[str, tuple[str, ...]]
    """By kind (``claims``, ``entities``, ``sources``): IRIs of claims, ids of others."""
    removed: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, tuple[Change, ...]]
    old: Corpus = field(repr=False)
    new: Corpus = field(repr=False)

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return any((*self.added.values(), *self.removed.values(), *self.changed.values()))

    def text(self, lang: str = "en") -> str:
        """Return the difference as plain text: ``+`` added, ``-`` removed, ``~`` changed."""
        before, after = _Teller(self.old, lang), _Teller(self.new, lang)
        lines: list[str] = []
        for kind in _KINDS:
            added, removed, changed = self.added[kind], self.removed[kind], self.changed[kind]
            if not (added or removed or changed):
                continue
            counts = f"{len(added)} added, {len(removed)} removed, {len(changed)} changed"
            lines += ["", f"{kind}: {counts}"]
            lines += [f"- {before.tell(kind, id)}" for id in removed]
            lines += [f"+ {after.tell(kind, id)}" for id in added]
            for change in changed:
                lines.append(f"~ {after.tell(kind, change.new)}")
                for name, (old, new) in change.fields.items():
                    lines.append(f"    {name}: {_short(old)} → {_short(new)}")
        return "\n".join(lines[1:])

    def record(self) -> dict[str, Any]:
        """Return the difference for programs, claims and entities in full."""
        return {
            kind: {
                "added": [_record(self.new, kind, id) for id in self.added[kind]],
                "removed": [_record(self.old, kind, id) for id in self.removed[kind]],
                "changed": [
                    {
                        "old": each.old,
                        "new": each.new,
                        "fields": {name: list(pair) for name, pair in each.fields.items()},
                    }
                    for each in self.changed[kind]
                ],
            }
            for kind in _KINDS
        }


class _Teller:
    """Says what things of one corpus are, in one line each."""

    def __init__(self, content: Corpus, lang: str) -> None:
        self._content = content
        nodes = {id: _node(entity) for id, entity in content.entities.items()}
        self._wording = Wording(lang, nodes, content.sources)
        self._claims = _by_iri(content)

    def tell(self, kind: str, id: str) -> str:
        wording = self._wording
        if kind == "entities":
            return f"{id}  {wording.entity(id)} ({wording.term(self._content.entities[id].cls)})"
        if kind == "sources":
            return f"{id}  {wording.source(id)}"
        claim = self._claims[id]
        named = wording.qualifiers(dict(claim.qualifiers))
        particulars = "".join(f"; {name} {value}" for name, value in named)
        ends = wording.entity(claim.subject), wording.value(claim.object)
        status = "" if claim.status is Status.STATED else f"  [{wording.term(_term(claim))}]"
        return f"{ends[0]} —{wording.term(claim.predicate)}→ {ends[1]}{particulars}{status}"


def _term(claim: Claim) -> str:
    return claim.status.capitalize()


def _node(entity: Entity) -> Node:
    return Node(
        id=entity.id,
        iri=names.entity_iri(entity.id),
        cls=entity.cls,
        types=(),
        labels=dict(entity.labels),
        aliases={},
        misspellings={},
        notes={},
        facts=(),
    )


_KINDS = ("entities", "sources", "claims")


def read(location: str | Path) -> Corpus:
    """Read a data folder, a store's directory or address, or an RDF file.

    Raises :class:`~kg.errors.KGError` if it is none of them, or does not hold what
    :func:`kg.rdf.quads` writes.
    """
    if store.is_remote(location):
        with store.open(location, read_only=True) as remote:
            return _read(location, remote)
    place = Path(location)
    if not place.exists():
        raise KGError(place, "is not there", "name a data folder, a store or an RDF file")
    if place.is_dir() and ((place / "sources").is_dir() or (place / "entities").is_dir()):
        return corpus.load(place)
    with store.open(place, read_only=True) if place.is_dir() else store.open() as opened:
        if not place.is_dir():
            opened.load(place)
        return _read(place, opened)


def _read(place: object, opened: Store) -> Corpus:
    try:
        return rdf.read(quad for quad in opened.quads() if quad.graph_name == ox.DefaultGraph())
    except (KeyError, ValueError) as error:
        what = f"is no whole graph of kg: {error} is missing or unknown"
        raise KGError(place, what, "compare files that kg build or kg export wrote") from error


def compare(old: Corpus, new: Corpus) -> Difference:
    """Compare two corpora.

    A claim of both is changed if its rank, gloss, notes, evidence or premises
    differ.  Claims of one subject, relation and object that differ in qualifiers
    or status are paired as changed too, in the order of their IRIs; the rest is
    added or removed.

    >>> toy = corpus.load(Path("tests/toy/data"))
    >>> bool(compare(toy, toy))
    False
    """
    added, removed, changed = {}, {}, {}
    for kind in _KINDS:
        before, after = _things(old, kind), _things(new, kind)
        gone, come = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
        pairs = list(_pairs(before, gone, after, come)) if kind == "claims" else []
        paired = {id for pair in pairs for id in pair}
        pairs += [(id, id) for id in sorted(before.keys() & after.keys())]
        changes = [Change(a, b, _fields(before[a], after[b])) for a, b in pairs]
        added[kind] = tuple(id for id in come if id not in paired)
        removed[kind] = tuple(id for id in gone if id not in paired)
        changed[kind] = tuple(each for each in changes if each.fields)
    return Difference(added, removed, changed, old, new)


def _things(content: Corpus, kind: str) -> Mapping[str, Any]:
    if kind == "claims":
        return _by_iri(content)
    return content.entities if kind == "entities" else content.sources


def _by_iri(content: Corpus) -> dict[str, Claim]:
    return {names.claim_iri(claim): claim for claim in content.claims}


def _pairs(
    before: Mapping[str, Claim],
    gone: Iterable[str],
    after: Mapping[str, Claim],
    come: Iterable[str],
) -> Iterator[tuple[str, str]]:
    waiting: dict[tuple[str, str, Value], list[str]] = {}
    for iri in gone:
        waiting.setdefault(_core(before[iri]), []).append(iri)
    for iri in come:
        if same := waiting.get(_core(after[iri])):
            yield same.pop(0), iri


def _core(claim: Claim) -> tuple[str, str, Value]:
    return claim.subject, claim.predicate, claim.object


def _fields(old: object, new: object) -> dict[str, tuple[Any, Any]]:
    """The fields that differ, by name."""
    before, after = _plain(old), _plain(new)
    every = dict.fromkeys((*before, *after))
    pairs = {name: (before.get(name), after.get(name)) for name in every}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(thing: object) -> dict[str, Any]:
    """A thing for programs; where a claim was read from is no part of it."""
    record: dict[str, Any] = network.plain(thing)
    record.pop("place", None)
    if isinstance(thing, Claim):
        record["qualifiers"] = network.plain(dict(thing.qualifiers))
    return record


def _record(content: Corpus, kind: str, id: str) -> dict[str, Any]:
    record = _plain(_things(content, kind)[id])
    return {"iri": id, **record} if kind == "claims" else record


def _short(value: object) -> str:
    """A field's value in a line; what is empty is a dash."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else "–"
    return str(value) if value else "–"
