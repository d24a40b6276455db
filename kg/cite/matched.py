"""What was read of a query: its triple patterns, and where its parts stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Chain", "Matched", "Pattern"]


class Pattern(NamedTuple):
    """A triple pattern; each part is ``?variable`` or a constant as SPARQL writes it."""

    subject: str
    predicate: str
    object: str
    markers: tuple[str, ...] = ()
    """Variables that must all be bound, or the pattern had no part in the solution."""


class Chain(NamedTuple):
    """A path ``p?``, ``p*`` or ``p+`` between two ends."""

    subject: str
    object: str
    steps: tuple[tuple[str, bool], ...]
    """Predicates that a step can go along, and whether backwards."""
    markers: tuple[str, ...] = ()


@dataclass
class Matched:
    """A ``SELECT`` taken apart; offsets are into `text`."""

    text: str
    patterns: list[Pattern] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    unread: int = 0
    """How many parts of the query could not be read."""
    prologue: str = ""
    """What stands before ``SELECT``."""
    distinct: tuple[int, int] | None = None
    """Where ``DISTINCT`` or ``REDUCED`` stands."""
    listed: tuple[int, int] = (0, 0)
    """Where the list of what is selected stands."""
    selected: list[str] = field(default_factory=list)
    """Items as written: ``*``, ``?x`` or ``(… AS ?x)``."""
    body: tuple[int, int] = (0, 0)
    """The ``WHERE`` group with its braces."""
    nested: bool = False
    """Whether that group is one subquery."""
    aggregates: bool = False
    groups: list[str] | None = None
    """What ``GROUP BY`` names: ``?x`` or ``(… AS ?x)``; anything else as written."""
    rest: str = ""
    """What follows the group."""
    values: str = ""
    """The ``VALUES`` clause that ends the query, if there is one."""
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def variables(self) -> list[str]:
        """Return the variables of all that was read, and the markers, sorted."""
        found: set[str] = set()
        for pattern in self.patterns:
            found |= {part for part in pattern[:3] if part.startswith("?")} | {*pattern.markers}
        for chain in self.chains:
            ends = (chain.subject, chain.object)
            found |= {part for part in ends if part.startswith("?")} | {*chain.markers}
        return sorted(found)

    def constants(self) -> list[str]:
        """Return the constants of all that was read, sorted."""
        found = {part for pattern in self.patterns for part in pattern[:3]}
        for chain in self.chains:
            found |= {chain.subject, chain.object, *(step for step, _ in chain.steps)}
        return sorted(part for part in found if not part.startswith("?"))

    def rewritten_body(self, more: str = "") -> str:
        """Return the ``WHERE`` group as rewritten, with `more` at its end."""
        start, end = self.body
        pieces, position = [], start
        for first, last, text in sorted(self.edits):
            pieces += [self.text[position:first], text]
            position = last
        group = "".join(pieces) + self.text[position:end]
        if not more:
            return group
        return f"{{ {group} {more} }}" if self.nested else f"{group[:-1]} {more} }}"
