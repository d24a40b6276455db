"""SPARQL text before the engine reads it: what it may not do, what is bound, where it is broken.

See :mod:`kg.lexer` for how a text is read, and :mod:`kg.calls` for what it may call.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

import pyoxigraph as ox

from kg import broken
from kg.broken import BRACKETS
from kg.calls import Instead, calls, refuse_calls
from kg.errors import KGError, near
from kg.lexer import DECLARED, blanked, closing, code_of, line_column
from kg.names import PREFIXES

__all__ = ["Request", "Value"]

Value = ox.NamedNode | ox.Literal
"""What a variable can be bound to from outside."""

_FROM = re.compile(
    r"(?<![\w?$:-])FROM\s*(?:NAMED\s*)?(?:<([^<>]*)>|(?<=\s)([^\s<>{}()]*:[^\s<>{}()]*))",
    re.IGNORECASE,
)
_DECLARATION = re.compile(
    r"\s*(?:VERSION\s+|(?:BASE|PREFIX\s*([^\s:<>]*):)\s*<([^<>]*)>)", re.IGNORECASE
)
"""Of the prologue, in a text without comments and strings."""
_NAMED = re.compile(r"<([^<>\s]*)>|(?<![\w?$:.%<-])([^\W\d_][\w.-]*|):((?:[\w:%.-]|\\.)*[\w:%-])")
_PATH = re.compile(r"[\w>)][*+?][\s)/|]")
_DEEPEST = 200
"""Levels of brackets; the engine's parser overflows its stack at some 1,000."""
_CHAIN = re.compile(
    r"\b(?:UNION|OPTIONAL|MINUS|FILTER|BIND|AS|GRAPH|EXISTS)\b"
    # A sign before a digit is an operator only behind a value.
    r"|\|\|?|&&|!|[/*]|[+-](?!\d)|(?<![\s({])[+-]",
    re.IGNORECASE,
)
_LONGEST = 1_000
"""Steps of paths, operators and parts of groups; at some 3,000 the stack overflows, too."""
_PADDING = "\n" + " " * 24
"""Longer than any keyword: near the end of a text the engine's positions are off without it."""


class Request:
    """A query or update that may be sent to the engine, or a :class:`KGError` at once.

    Each of `bindings` is joined to the query as a ``VALUES`` row at the start of its
    ``WHERE`` group, so ``FILTER`` and patterns of that group see it (a nested
    ``SELECT`` or group only if it selects or matches the variable itself).  That is
    plain SPARQL 1.1, the same on every engine; pyoxigraph's `substitutions` refuse
    variables that are not selected and get some filters wrong.  Terms are written
    by the engine's own serialiser: no value can end its place in the text.  With
    `bind` it is ``BIND`` instead where there are paths of any length: from a ``VALUES``
    Virtuoso takes no beginning of a path, and from a ``BIND`` not much else.

    Raised: ``SERVICE`` or ``LOAD``, nesting or chains that would crash the engine, a
    binding of a variable that the text does not have.  With `instead` each ``SERVICE``
    and ``LOAD`` is replaced by what it returns (see :class:`kg.calls.Call`).
    """

    def __init__(
        self,
        text: str,
        place: str,
        *,
        update: bool = False,
        bindings: Mapping[str, Value] | None = None,
        bind: bool = False,
        instead: Instead | None = None,
    ) -> None:
        self.place = place
        self.update = update
        self.written = text
        self.text = text
        self._edits: list[tuple[int, int, int]] = []
        """Where the text was changed, how much went, how much came; one after the other."""
        _refuse_nesting(text, place)
        if not update:  # data may be long
            _refuse_chains(text, place)
        if bindings:
            self._bind(bindings, bind)
        if instead is None:
            refuse_calls(self.text, self._at, update=update)
        else:
            self._replace(instead)
        self.text += _PADDING

    def graphs(self, base: str = "") -> Iterator[str]:
        """Yield the IRIs that ``FROM`` and ``FROM NAMED`` name, in order.

        A relative one is completed by the text's own ``BASE``, else by `base`; one with a
        prefix that is not known, or with escapes, is as it is written, and so no graph's.
        """
        code = blanked(self.written, "comment", "string", "variable")
        declared = dict(PREFIXES)
        end = 0
        # At the beginning only: further on `ex:a.BASE <x:b>` is half a triple.
        while found := _DECLARATION.match(code, end):
            end = found.end()
            if found[1] is not None:
                declared[found[1]] = _completed(found[2], base)
            elif found[2] is not None:
                base = _completed(found[2], base)
        for iri, name in _FROM.findall(code):
            prefix, _, local = name.partition(":")
            if not name:
                yield _completed(iri, base)
            elif prefix in declared and not set(local) & {"%", "\\"}:
                yield declared[prefix] + local
            else:
                yield name

    def known_graphs(self, has: Callable[[ox.NamedNode], bool]) -> list[str]:
        """Return what :meth:`graphs` yields, or raise if a store, as `has` tells, has it not."""
        named = list(self.graphs())
        for graph in named:
            if not _is_iri(graph) or not has(ox.NamedNode(graph)):
                what = f"FROM <{graph}> is no graph of the store"
                raise KGError(self.place, what, "a query reads no files")
        return named

    def mentions(self) -> Iterator[tuple[str, int, int]]:
        """Yield the IRIs of the text, in full or by prefix, and from where to where each stands.

        The template of a ``CONSTRUCT`` is left out: what it names may be new.
        """
        code = blanked(self.written, "comment", "string", "variable")
        declared = {**PREFIXES, **dict(DECLARED.findall(code))}
        template = re.search(r"CONSTRUCT\s*(?=\{)", code, re.IGNORECASE)
        start = template.end() if template else len(code)
        end = closing(code, start)
        for found in _NAMED.finditer(code):
            local = re.sub(r"\\(.)", r"\1", found[3] or "")
            iri = found[1] if found[2] is None else declared.get(found[2], "") + local
            if not start <= found.start() < end:
                yield iri, found.start(), found.end()

    def code(self) -> str:
        """Return the text with its comments, strings, IRIs and names overwritten by spaces."""
        return code_of(self.text)

    def solutions(self) -> str | None:
        """Return a query with a row, always the same, a solution of a ``CONSTRUCT``; else None."""
        code = code_of(self.text)
        form = re.search(r"CONSTRUCT\s*(?=(\{)|(?:FROM[^{}]*)?WHERE)", code, re.IGNORECASE)
        if not form:
            return None
        head = closing(code, form.end()) if form[1] else form.end()
        group = code.index("{", head)
        # A nested SELECT has no FROM: that goes to the outer one.
        graphs = re.sub(r"WHERE\s*$", "", self.text[head:group], flags=re.IGNORECASE)
        start, rest = self.text[: form.start()], self.text[group:]
        return f"{start}SELECT (1 AS ?one) {graphs} {{ SELECT * {rest} }}"

    def syntax_error(self, error: SyntaxError) -> KGError:
        """Return the engine's complaint as one line that names line and column."""
        found = re.match(r"error at (\d+):(\d+): expected (.*)", str(error), re.DOTALL)
        if not found:
            return broken.placeless(self, " ".join(str(error).split()))
        offset = _offset(self.text, int(found[1]), int(found[2]))
        expected = found[3].removeprefix("one of ")
        if re.fullmatch("[A-Z_]+(, [A-Z_]+)*", expected):  # it points behind the words it tried
            offset -= min(map(len, expected.split(", ")))
        return broken.explained(self, min(self._back(offset), len(self.written)), expected)

    def at(self, offset: int) -> str:
        """Return ``place:line:column`` of a position in the text as written."""
        return f"{self.place}:{line_column(self.written, offset)}"

    def _at(self, offset: int) -> str:
        """The place of a position in the text as it is now."""
        return self.at(self._back(offset))

    def _back(self, offset: int) -> int:
        """Where a position in the text as it is now was in the text as written."""
        for at, removed, added in reversed(self._edits):
            if offset >= at + added:
                offset += removed - added
            elif offset > at:
                offset = at
        return offset

    def _edit(self, start: int, end: int, new: str) -> None:
        self.text = self.text[:start] + new + self.text[end:]
        self._edits.append((start, end - start, len(new)))

    def _replace(self, instead: Instead) -> None:
        found = calls(self.text, self._at, update=self.update)
        for call, new in reversed([(call, instead(call)) for call in found]):
            self._edit(call.start, call.end, new)

    def _bind(self, bindings: Mapping[str, Value], bind: bool) -> None:
        code = blanked(self.text, "comment", "string")
        known = {found[1:] for found in re.findall(r"[?$]\w+", code)}
        for name in bindings:
            if name not in known:
                remedy = near(name, known, f"it has {', '.join(sorted(known)) or 'none'}")
                raise KGError(self.place, f"the query has no variable ?{name}", remedy)
        names = " ".join(f"?{name}" for name in bindings)
        values = " ".join(str(value) for value in bindings.values())
        before, after, inside = _where(self.text)
        opening = f" VALUES ({names}) {{ ({values}) }} "
        if bind and before is not None and _PATH.search(blanked(self.text, "comment", "string")):
            rows = (f"BIND ({value} AS ?{name})" for name, value in bindings.items())
            opening = f" {' '.join(rows)} "
        if before is None:
            self.text += f" {opening}" if inside else f" WHERE {{{opening}}}"
            return
        if inside:  # a group that is one SELECT takes nothing beside it
            opening += "{ "
            self._edit(after, after, " }")
        self._edit(before, before, opening)


def _completed(iri: str, base: str) -> str:
    """The IRI as the engine completes it by `base`; as it is if there is none."""
    try:
        (quad,) = ox.parse(f"<{iri}> <x:p> 1 .", format=ox.RdfFormat.TURTLE, base_iri=base or None)
    except (SyntaxError, ValueError):
        return iri
    return str(quad.subject)[1:-1]


def _is_iri(text: str) -> bool:
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def _refuse_nesting(text: str, place: str) -> None:
    if sum(map(text.count, "{([")) <= _DEEPEST:
        return
    depth = 0
    for found in re.finditer(r"[{(\[]|[})\]]", code_of(text)):
        depth += -1 if found[0] in BRACKETS else 1
        if depth > _DEEPEST:
            where = f"{place}:{line_column(text, found.start())}"
            raise KGError(where, f"brackets nest deeper than {_DEEPEST}", "make the query simpler")


def _refuse_chains(text: str, place: str) -> None:
    if len(text) < 2 * _LONGEST:
        return
    code = re.sub(r"<[^<>\s]*>", lambda iri: " " * len(iri[0]), code_of(text))
    found = list(itertools.islice(_CHAIN.finditer(code), _LONGEST + 1))
    if len(found) > _LONGEST:
        where = f"{place}:{line_column(text, found[-1].start())}"
        what = f"has more than {_LONGEST} operators, steps of paths and parts of groups"
        raise KGError(where, what, "make the query simpler, or ask in several")


def _where(text: str) -> tuple[int | None, int, bool]:
    """Where the ``WHERE`` group begins and ends, and whether it is one nested ``SELECT``.

    The beginning is None if a row must go to the end of the text instead: as it is
    (``CONSTRUCT WHERE``, whose group takes triples only; the third value is true),
    or in a group of its own (``DESCRIBE`` without one).
    """
    code = code_of(text)
    depth, start = 0, None
    for found in re.finditer(r"[{(\[]|[})\]]", code):
        if found[0] in BRACKETS:
            depth -= 1
            if depth == 0 and start is not None:
                nested = re.match(r"\s*SELECT", code[start : found.start()], re.IGNORECASE)
                return start, found.start(), bool(nested)
            continue
        template = re.search(r"CONSTRUCT\s*$", code[: found.start()], re.IGNORECASE)
        if depth == 0 and found[0] == "{" and not template:
            if re.search(r"CONSTRUCT\s*(?:FROM[^{}]*)?WHERE\s*$", code[: found.start()], re.I):
                return None, len(text), True
            start = found.end()
        depth += 1
    return start, len(text), False


def _offset(text: str, line: int, column: int) -> int:
    return sum(map(len, text.splitlines(keepends=True)[: line - 1])) + column - 1
