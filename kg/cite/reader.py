"""What a ``SELECT`` matches: its triple patterns, and the query that shows what they were bound to.

pyoxigraph offers no parsed query, and rdflib's parser no places in the text, which
are needed to ask for more than was asked without changing what was asked.  So this
is a reader of its own, for text that the engine has accepted.  It rewrites:

- property lists and ``[…]`` to plain triple patterns, with variables of our own;
- paths ``a/b``, ``^a`` and ``a|b`` to what SPARQL 1.1 (section 18.2.2.4) says they stand for;
- ``OPTIONAL`` and ``UNION`` branches so that each binds a marker, which tells
  whether it had a part in a solution.

What it cannot read (collections, triple terms, negated property sets, what a
subquery hides) stays as written and is counted as unread.
"""

from __future__ import annotations

import re

from kg.cite.matched import Matched
from kg.cite.tokens import Unreadable
from kg.cite.triples import Triples

__all__ = ["matched"]

_NO_GROUND = {
    "MINUS": "{",
    "GRAPH": "{",  # not the graph of the claims
    "VALUES": "{",
    "BIND": "(",
    "FILTER": "({",
}
"""What adds no claim to a solution, and the bracket that its content begins with."""
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}


def matched(text: str) -> Matched:
    """Take a ``SELECT`` apart, or raise :class:`Unreadable`."""
    return _Reader(text).query()


class _Reader(Triples):
    """Reads a query as SPARQL 1.1's grammar (section 19.8) goes."""

    def query(self) -> Matched:
        while self.next.word in {"PREFIX", "BASE", "VERSION"}:
            self.take()
            while self.next.kind in {"name", "iri", "string"}:
                self.take()
        found = self.found
        found.prologue = found.text[: self.expect("SELECT").start]
        self.select_list()
        while self.next.word != "{":  # FROM …, WHERE
            self.take()
        start = self.next.start
        found.nested = self.tokens[self.at + 1].word == "SELECT"
        self.group(())
        found.body = (start, self.tokens[self.at - 1].end)
        found.rest = found.text[found.body[1] :]
        self.modifiers()
        return found

    def select_list(self) -> None:
        found = self.found
        if self.next.word in {"DISTINCT", "REDUCED"}:
            token = self.take()
            found.distinct = (token.start, token.end)
        start = self.next.start
        while self.next.word not in {"FROM", "WHERE", "{"}:
            first = self.next
            if first.text == "(":
                begin = self.at
                self.skip_brackets()
                inside = self.tokens[begin : self.at]
                found.aggregates |= any(token.word in _AGGREGATES for token in inside)
            else:
                self.take()
            last = self.tokens[self.at - 1]
            found.selected.append(found.text[first.start : last.end].replace("$", "?"))
            found.listed = (start, last.end)

    def modifiers(self) -> None:
        found = self.found
        while self.next.kind != "end":
            token = self.take()
            found.aggregates |= token.word in _AGGREGATES | {"GROUP", "HAVING"}
            if token.word == "VALUES":
                found.values = found.text[token.start :]
            if token.word == "GROUP":
                self.expect("BY")
                found.groups = self.group_keys()

    def group_keys(self) -> list[str]:
        keys = []
        ends = {"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES", ""}
        while self.next.word not in ends:
            first = self.next
            if first.text == "(":
                self.skip_brackets()
            else:
                self.take()
                if self.next.text == "(":
                    self.skip_brackets()
            written = self.found.text[first.start : self.tokens[self.at - 1].end]
            keys.append(written.replace("$", "?"))
        return keys

    # -- groups --------------------------------------------------------------

    def group(self, markers: tuple[str, ...], *, branch: bool = False) -> None:
        """Read ``{…}``; a branch (of ``UNION``, or ``OPTIONAL``) gets a marker of its own."""
        opened = self.expect("{")
        if branch:
            markers = (*markers, self.fresh())
        is_query = self.next.word == "SELECT"
        if is_query:
            self.subquery(markers)
        else:
            while self.next.text != "}":
                self.element(markers)
        closed = self.expect("}")
        if branch:
            bind = f" BIND (true AS {markers[-1]}) "
            if is_query:
                self.found.edits.append((opened.end, opened.end, " {"))
                bind = "} " + bind
            self.found.edits.append((closed.start, closed.start, bind))

    def element(self, markers: tuple[str, ...]) -> None:
        """Read one part of a group."""
        word = self.next.word
        if word == "{":
            branch = self.is_union()
            self.group(markers, branch=branch)
            while self.next.word == "UNION":
                self.take()
                self.group(markers, branch=True)
        elif word == "OPTIONAL":
            self.take()
            self.group(markers, branch=True)
        elif word in _NO_GROUND:
            words = []
            while self.next.text not in _NO_GROUND[word]:  # a function's name, NOT EXISTS, …
                words.append(self.take().word)
            self.found.unread += words == ["FILTER", "EXISTS"]
            self.skip_brackets()
        elif word == ".":
            self.take()
        else:
            self.statement(markers)

    def is_union(self) -> bool:
        """Whether the group that begins here is followed by ``UNION``."""
        here = self.at
        self.skip_brackets()
        union = self.next.word == "UNION"
        self.at = here
        return union

    def subquery(self, markers: tuple[str, ...]) -> None:
        """Of a subquery only what cannot be hidden: plain patterns of variables it selects."""
        opened = self.at
        depth = 0
        while depth or self.next.text != "}":
            token = self.take()
            depth += (token.text == "{") - (token.text == "}")
        closed = self.tokens[self.at].start
        inner_text = self.found.text[self.tokens[opened].start : closed]
        try:
            inner = matched(inner_text)
        except Unreadable:
            self.found.unread += 1
            return
        visible = {item for item in inner.selected if item.startswith("?")}
        for pattern in inner.patterns:
            free = {part for part in pattern[:3] if part.startswith("?")}
            shown = "*" in inner.selected or free <= visible
            ours = all(re.search(rf"[?$]{part[1:]}\b", inner_text) for part in free)
            if shown and ours and not pattern.markers:
                self.found.patterns.append(pattern._replace(markers=markers))
            else:
                self.found.unread += 1
        self.found.unread += inner.unread + len(inner.chains)
