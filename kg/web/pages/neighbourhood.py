"""A small picture of what is around an entity, drawn here: an SVG of links.

What points to it stands on its left, what it points to on its right, each neighbour
that was opened with its own beside it.  Every name is a link to its page, every ``+``
one to the picture with that neighbour opened: going back takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kg import names
from kg.web.pages.reading import Reader, keys

__all__ = ["cut", "folded", "picture"]

_SIDE = 9
"""Neighbours drawn on one side of an entity."""
_OPENED = 6
"""Entities whose own neighbours may be shown, and how many of each."""
_READ = 1_000
"""Links read of all that is opened."""
_COLUMN, _BOX, _GAP = 250, 186, 8
"""Distance of columns, width of a box, what is free between two boxes."""
_LINE, _REST, _LINES = 15, 23, 3
"""Height of a line of a name, of what else is in a box, and the lines that a name may take."""

_LINKS = """
SELECT ?this ?way ?relation ?far ?status ?rank {
  { VALUES ?this { KEYS } ?claim rdf:subject ?this ; rdf:object ?far ; rdf:predicate ?relation ;
    aie:status ?status ; aie:rank ?rank BIND (1 AS ?way) FILTER isIRI(?far) ONLY }
  UNION
  { VALUES ?this { KEYS } ?claim rdf:object ?this ; rdf:subject ?far ; rdf:predicate ?relation ;
    aie:status ?status ; aie:rank ?rank BIND (-1 AS ?way) ONLY }
} LIMIT LIMITED"""
# Each branch is written out: joined to their union, the engine would go over all claims.

_STATUSES = ("stated", "inferred", "reported", "planned", "deprecated")
"""From the plainest: a line between two shows the plainest of its claims."""


@dataclass(slots=True)
class _Branch:
    """A neighbour: how it is linked, and what is opened beside it."""

    id: str
    way: int
    relations: dict[tuple[str, int], str] = field(default_factory=dict)
    """By local name and way (1 from the entity, -1 to it) the plainest status."""
    beyond: list[_Branch] = field(default_factory=list)
    left_out: int = 0
    can_open: bool = False
    name: list[str] = field(default_factory=list)
    """In lines."""

    @property
    def status(self) -> str:
        return min(self.relations.values(), key=_STATUSES.index)

    @property
    def own(self) -> int:
        """Height of its box with the gap below."""
        return _REST + _LINE * len(self.name) + _GAP

    @property
    def height(self) -> int:
        """Height that it takes, with all beside it."""
        return max(self.own, sum(each.own for each in self.beyond))


def picture(reader: Reader, id: str, only: str, opened: Iterable[str]) -> dict[str, Any] | None:
    """Return what the template draws, None if nothing is linked to the entity.

    `only` is a relation's local name or ``""``; `opened` are ids of entities whose own
    neighbours are shown too, as many as can be reached and at most six.
    """
    wanted = list(dict.fromkeys(each for each in opened if each != id))[:_OPENED]
    around = _around(reader, [id, *wanted], only)
    if not around[id]:
        return None
    seen = {id}
    sides = {way: [each for each in around[id].values() if each.way == way] for way in (-1, 1)}
    counts = {way: len(side) for way, side in sides.items()}
    for way, side in sides.items():
        sides[way] = sorted(side, key=lambda each: (each.id not in wanted, _order(each)))[:_SIDE]
        seen |= {each.id for each in sides[way]}
    reached = []
    for each in (*sides[-1], *sides[1]):
        if each.id in wanted and each.id not in reached:
            reached.append(each.id)
            fresh = [far for far in around[each.id].values() if far.id not in seen]
            each.beyond = sorted(fresh, key=_order)[:_OPENED]
            each.left_out = len(fresh) - len(each.beyond)
            seen |= {far.id for far in each.beyond}
    reader.learn(seen)
    return _drawn(reader, id, sides, counts, reached, only)


def _order(branch: _Branch) -> tuple[int, str, str]:
    return _STATUSES.index(branch.status), min(branch.relations)[0], branch.id


def _around(reader: Reader, ids: list[str], only: str) -> dict[str, dict[str, _Branch]]:
    """The neighbours of each of these entities, by id; the first link tells the side."""
    found: dict[str, dict[str, _Branch]] = {id: {} for id in ids}
    filtered = f"FILTER (?relation = aie:{only})" if only else ""
    query = _LINKS.replace("KEYS", keys(map(names.entity_iri, ids)))
    query = query.replace("ONLY", filtered).replace("LIMITED", str(_READ))
    for this, way, relation, far, status, rank in sorted(reader.rows(query), key=str):
        start, end = (iri.value.removeprefix(names.PREFIXES["id"]) for iri in (this, far))
        if start == end or end == far.value:
            continue
        branch = found[start].setdefault(end, _Branch(end, int(way.value)))
        word = names.compact(rank.value if rank.value.endswith("#Deprecated") else status.value)
        name, plain = names.compact(relation.value)[4:], word[4:].lower()
        link = name, int(way.value)
        known = branch.relations.get(link, plain)
        branch.relations[link] = min(known, plain, key=_STATUSES.index)
    return found


# -- drawing -----------------------------------------------------------------


def _drawn(
    reader: Reader,
    id: str,
    sides: Mapping[int, list[_Branch]],
    counts: Mapping[int, int],
    reached: list[str],
    only: str,
) -> dict[str, Any]:
    for each in (*sides[-1], *sides[1]):
        each.can_open = each.id in reached or len(reached) < _OPENED
        for branch in (each, *each.beyond):
            branch.name = _name(reader, branch.id, opens=branch.can_open)
    height = max(
        _REST + _LINES * _LINE, *(sum(each.height for each in side) for side in sides.values())
    )
    columns = {way: _columns(side) for way, side in sides.items()}
    pen = _Pen(reader, id, reached, only)
    middle = columns[-1] * _COLUMN + 4
    pen.centre(middle, _GAP + height // 2)
    for way, side in sides.items():
        top = _GAP + (height - sum(each.height for each in side)) // 2
        for each in side:
            y = top + each.height // 2
            pen.branch(each, (middle, _GAP + height // 2), y, way)
            beside = top + (each.height - sum(far.own for far in each.beyond)) // 2
            for far in each.beyond:
                pen.branch(far, (middle + way * _COLUMN, y), beside + far.own // 2, way)
                beside += far.own
            top += each.height
    nearest = [each.id for each in (*sides[1], *sides[-1])][:_OPENED]
    hidden = sum(count - len(sides[way]) for way, count in counts.items())
    return {
        "width": sum(columns.values()) * _COLUMN + _BOX + 8,
        "height": height + 2 * _GAP,
        "boxes": pen.boxes,
        "lines": pen.lines,
        "left_out": hidden + sum(each.left_out for side in sides.values() for each in side),
        "near": pen.opened([]) if reached else "",
        "far": pen.opened(nearest) if set(nearest) > set(reached) else "",
        "reached": [reader.thing(each) | {"opens": pen.toggled(each)} for each in reached],
    }


def _name(reader: Reader, id: str, *, opens: bool) -> list[str]:
    return folded(reader.wording.entity(id), 19 if opens else 24, _LINES)


def _columns(side: list[_Branch]) -> int:
    return 2 if any(each.beyond for each in side) else 1 if side else 0


class _Pen:
    """Collects boxes and lines, all in whole numbers."""

    def __init__(self, reader: Reader, id: str, reached: list[str], only: str) -> None:
        self.reader, self.id, self.reached, self.only = reader, id, reached, only
        self.boxes: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []

    def toggled(self, id: str) -> str:
        """The address of this picture with an entity opened, or closed if it is open."""
        left = [each for each in self.reached if each != id]
        return self.opened(left if id in self.reached else [*left, id])

    def opened(self, ids: Sequence[str]) -> str:
        """The address of this picture with these entities opened."""
        return self.reader.frame.link(f"/id/{self.id}#around", only=self.only, open=",".join(ids))

    def centre(self, x: int, y: int) -> None:
        """Draw the entity itself."""
        name = _name(self.reader, self.id, opens=False)
        kind = self.reader.thing(self.id)["kind"]
        self._box(self.id, name, (x, y), "centre", kind, "")

    def branch(self, far: _Branch, start: tuple[int, int], y: int, way: int) -> None:
        """Draw a neighbour one column on, and the line to it from the box at `start`."""
        words = self.reader.wording
        told = (("" if way > 0 else "← ") + words.term(name) for name, way in sorted(far.relations))
        shown = ", ".join(told)
        mark = "" if far.status == "stated" else f" [{words.term(far.status.capitalize())}]"
        x = start[0] + way * _COLUMN
        begin, end = (start[0] + _BOX, x) if way > 0 else (start[0], x + _BOX)
        bend = (begin + end) // 2
        path = f"M{begin} {start[1]}C{bend} {start[1]} {bend} {y} {end} {y}"
        self.lines.append({"path": path, "status": far.status})
        opens = self.toggled(far.id) if far.can_open else ""
        self._box(far.id, far.name, (x, y), "near", shown + mark, opens)

    def _box(
        self, id: str, name: list[str], at: tuple[int, int], role: str, over: str, opens: str
    ) -> None:
        thing = self.reader.thing(id)
        height = _REST + _LINE * len(name)
        top = at[1] - height // 2
        told = cut(over, 24 if opens else 28)
        whole = told == over and " ".join(name) == thing["name"]
        box = {
            "x": at[0],
            "y": top,
            "width": _BOX,
            "height": height,
            "role": role,
            "lines": [(top + 30 + _LINE * number, line) for number, line in enumerate(name)],
            "over": told,
            "full": "" if whole else f"{over}: {thing['name']}",
            "opens": opens,
            "opener": (at[0] + _BOX - 14, at[1]),
            "is_open": id in self.reached,
        }
        self.boxes.append({**thing, **box})


def cut(text: str, cells: int) -> str:
    """Return the text if it fits into so many cells, else its beginning; a Korean letter is two."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= cells else set_cell_size(text, cells - 1).rstrip() + "…"


def folded(text: str, cells: int, lines: int) -> list[str]:
    """Return the text in lines of so many cells, broken between words where that is possible.

    What is left after the last line is cut off.

    >>> folded("Seoul National University", 10, 3), folded("Seoul National University", 10, 2)
    (['Seoul', 'National', 'University'], ['Seoul', 'National…'])
    >>> folded("더 나은 고객 가치를 위한 디지털 전환", 12, 4)
    ['더 나은 고객', '가치를 위한', '디지털 전환']
    """
    from rich.cells import cell_len, chop_cells

    made: list[str] = []
    rest = " ".join(text.split())
    while rest and len(made) < lines:
        if len(made) == lines - 1 or cell_len(rest) <= cells:
            made.append(cut(rest, cells))
            break
        at = chop_cells(rest, cells + 1)[0].rfind(" ")
        taken = rest[:at] if at > 0 else chop_cells(rest, cells)[0]
        made.append(taken)
        rest = rest[len(taken) :].lstrip()
    return made
