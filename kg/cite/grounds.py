"""What each row of an answer rests on: the triples that its solutions matched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pyoxigraph as ox

from kg.cite.matched import Chain, Matched, Pattern
from kg.sparql import Value
from kg.store import Store, Term, solutions

__all__ = ["Asked", "Ground", "Row", "Triple"]

Row = tuple[Term | None, ...]
Triple = tuple[Term, Term, Term]


class Ground(NamedTuple):
    """The triples that a row matched, and whether they are all it rests on."""

    triples: tuple[Triple, ...]
    whole: bool


Solution = dict[str, Term]


class Asked:
    """A query, asked so that each row comes with the solutions it was made of."""

    def __init__(
        self,
        store: Store,
        query: Matched,
        variables: Sequence[str],
        bindings: Mapping[str, Value],
        place: str,
    ) -> None:
        self.store, self.query, self.bindings, self.place = store, query, bindings, place
        self.variables = tuple(variables)
        self.hidden = [name for name in query.variables() if name[1:] not in self.variables]
        self.merged = query.aggregates or query.distinct is not None
        self.keys, self.traceable = self._keys()
        self.constants = self._constants()
        self._chains: dict[tuple[Term, Term, Chain], tuple[Triple, ...]] = {}

    def _keys(self) -> tuple[list[str], bool]:
        """What tells the solutions of a merged row: select items, and whether they do."""
        if not self.query.aggregates:
            items = [item for item in self.query.selected if item != "*"]
            return items or [f"?{name}" for name in self.variables], True
        groups = self.query.groups or []
        return groups, all(item.startswith("?") or " AS " in item.upper() for item in groups)

    def rows(self) -> Iterator[tuple[Row, Solution]]:
        """Yield each row with what its variables, and for a plain query the hidden ones, hold."""
        query = self.query
        more = self.hidden
        if self.merged:
            grouped = [item for item in self.keys if item.startswith("?")] if self.traceable else []
            known = {f"?{name}" for name in self.variables}
            more = [item for item in grouped if item not in known and query.aggregates]
        start, end = query.listed
        listed = query.text[start:end]
        if listed.strip() == "*":
            listed = " ".join(f"?{name}" for name in self.variables) or "*"
        body = query.text[slice(*query.body)] if self.merged else query.rewritten_body()
        text = "".join(
            [
                query.text[:start],
                " ".join([listed, *more]),
                " ",
                query.text[end : query.body[0]],
                body,
                query.rest,
            ]
        )
        answer = self.store.query(text, bindings=self.bindings, place=self.place)
        for row in solutions(answer):
            bound = self._solution((*self.variables, *(name[1:] for name in more)), row)
            yield row[: len(self.variables)], bound

    def grounds(self, batch: Sequence[tuple[Row, Solution]]) -> list[Ground]:
        """Return what each row rests on, in order."""
        whole = self.query.unread == 0
        if not self.merged:
            return [Ground(self._triples([found]), whole) for _, found in batch]
        if not self.traceable:
            return [Ground((), False) for _ in batch]
        keys = [_name(item) for item in self.keys]
        wanted = [tuple(found.get(key) for key in keys) for _, found in batch]
        found = self._witnesses(keys, set(wanted))
        # Solutions that were merged have no order; sorted, they are cited alike every time.
        triples = (self._triples(found.get(key, ())) for key in wanted)
        return [Ground(tuple(sorted(each, key=str)), whole) for each in triples]

    def _witnesses(self, keys: list[str], wanted: set[Row]) -> dict[Row, list[Solution]]:
        """Return all solutions of the rows with these keys."""
        query = self.query
        plain = [at for at, item in enumerate(self.keys) if item.startswith("?")]
        values = ""
        if plain:
            heads = " ".join(self.keys[at] for at in plain)
            lines = {" ".join(_written(row[at]) for at in plain) for row in wanted}
            values = f"VALUES ({heads}) {{ {' '.join(f'({line})' for line in sorted(lines))} }}"
        hidden = [name for name in query.variables() if name not in self.keys]
        between = query.text[query.listed[1] : query.body[0]]
        listed = " ".join([*self.keys, *hidden])
        if not listed:
            return {}
        body = query.rewritten_body(values)
        text = f"{query.prologue}SELECT {listed} {between}{body} {query.values}"
        found: dict[Row, list[Solution]] = {}
        answer = self.store.query(text, bindings=self.bindings, place=self.place)
        names_ = [*keys, *(name[1:] for name in hidden)]
        for row in solutions(answer):
            if (key := row[: len(keys)]) in wanted:
                found.setdefault(key, []).append(self._solution(names_, row))
        return found

    def _solution(self, variables: Sequence[str], row: Row) -> Solution:
        bound = zip(variables, row, strict=True)
        return {name: term for name, term in bound if term is not None}

    def _constants(self) -> dict[str, Term]:
        """The terms that constants in the text are: the engine knows their spellings."""
        written = self.query.constants()
        if not written:
            return {}
        heads = " ".join(f"?c{number}" for number in range(len(written)))
        terms = " ".join("rdf:type" if each == "a" else each for each in written)
        text = f"{self.query.prologue} SELECT {heads} {{ VALUES ({heads}) {{ ({terms}) }} }}"
        (row,) = solutions(self.store.query(text, place=self.place))
        return dict(zip(written, row, strict=True))

    # -- triples --

    def _triples(self, found: Iterable[Solution]) -> tuple[Triple, ...]:
        """What these solutions matched, each once, in the order of the query."""
        triples: dict[Triple, None] = {}
        for solution in found:
            for pattern in self.query.patterns:
                if triple := self._instance(pattern, solution):
                    triples[triple] = None
            for chain in self.query.chains:
                triples |= dict.fromkeys(self._links(chain, solution))
        return tuple(triples)

    def _instance(self, pattern: Pattern, solution: Solution) -> Triple | None:
        if any(marker[1:] not in solution for marker in pattern.markers):
            return None
        terms = [self._term(part, solution) for part in pattern[:3]]
        return (terms[0], terms[1], terms[2]) if None not in terms else None  # type: ignore[return-value]

    def _term(self, part: str, solution: Solution) -> Term | None:
        return solution.get(part[1:]) if part.startswith("?") else self.constants[part]

    def _links(self, chain: Chain, solution: Solution) -> tuple[Triple, ...]:
        """One shortest way along a chain, the first by IRI: enough for the row to hold."""
        ends = self._term(chain.subject, solution), self._term(chain.object, solution)
        start, goal = ends
        if any(marker[1:] not in solution for marker in chain.markers):
            return ()
        if start is None or goal is None or start == goal:
            return ()
        key = (start, goal, chain)
        if key not in self._chains:
            self._chains[key] = self._way(start, goal, chain)
        return self._chains[key]

    def _way(self, start: Term, goal: Term, chain: Chain) -> tuple[Triple, ...]:
        ways: dict[Term, tuple[Triple, ...]] = {start: ()}
        edge = [start]
        while edge and goal not in ways:
            beyond: list[Term] = []
            for here in edge:
                for triple, there in self._steps(here, chain):
                    if there not in ways:
                        ways[there] = (*ways[here], triple)
                        beyond.append(there)
            edge = beyond
        return ways.get(goal, ())

    def _steps(self, here: Term, chain: Chain) -> list[tuple[Triple, Term]]:
        if not isinstance(here, ox.NamedNode):
            return []
        steps = []
        for predicate, backwards in chain.steps:
            relation = self.constants[predicate]
            pattern = f"?x {relation} {here}" if backwards else f"{here} {relation} ?x"
            query = f"SELECT DISTINCT ?x {{ {pattern} }}"
            for (there,) in solutions(self.store.query(query, place=self.place)):
                ends = (there, relation, here) if backwards else (here, relation, there)
                steps.append((ends, there))
        return sorted(steps, key=lambda step: str(step[1]))


def _name(item: str) -> str:
    """``x`` of ``?x`` and of ``(… AS ?x)``."""
    return item.rstrip(") \t\r\n").rpartition("?")[2]


def _written(term: Term | None) -> str:
    return str(term) if isinstance(term, ox.NamedNode | ox.Literal) else "UNDEF"
