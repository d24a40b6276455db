"""Reading triple patterns: property lists, ``[…]`` and paths become plain patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.cite.matched import Chain, Matched, Pattern
from kg.cite.tokens import CLOSING, Cursor, Unreadable

__all__ = ["Triples"]


class Triples(Cursor):
    """Reads statements, and notes what they match and how they are to be written."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.found = Matched(text)
        self._count = 0
        self._prefix = "kg"
        while self._prefix in text:
            self._prefix += "_"

    def fresh(self) -> str:
        """Return a variable that the text does not have."""
        self._count += 1
        return f"?{self._prefix}{self._count}"

    def statement(self, markers: tuple[str, ...]) -> None:
        """Read a subject with all that is said of it, and write it as plain patterns."""
        begin, start = self.at, self.next.start
        kept = len(self.found.patterns), len(self.found.chains)
        try:
            lines: list[str] = []
            has_list = self.next.text == "["
            subject = self.node(markers, lines)
            if not (has_list and self.next.text in {".", "}"}):
                self.properties(subject, markers, lines)
        except Unreadable:
            if any(token.kind == "blank" for token in self.tokens):
                raise  # its name may stand elsewhere, where it has become a variable
            del self.found.patterns[kept[0] :], self.found.chains[kept[1] :]
            self.at = begin
            self.found.unread += 1
            while self.next.text not in {".", "}"}:
                if self.next.text in CLOSING:
                    self.skip_brackets()
                else:
                    self.take()
            return
        if self.next.text == ".":  # each line has its own
            self.take()
        end = self.tokens[self.at - 1].end
        self.found.edits.append((start, end, " ".join(lines)))

    def node(self, markers: tuple[str, ...], lines: list[str]) -> str:
        """Read a term, or ``[…]``, for which a variable stands."""
        token = self.take()
        if token.kind == "variable":
            return "?" + token.text[1:]
        if token.kind == "blank":
            return f"?{self._prefix}_{re.sub(r'[^0-9A-Za-z]', '_', token.text[2:])}"
        if token.kind in {"iri", "name", "number"} or token.word in {"TRUE", "FALSE"}:
            return token.text
        if token.kind == "string":
            end = token.end
            if self.next.kind == "lang":
                end = self.take().end
            elif self.next.text == "^^":
                self.take()
                end = self.take().end
            return self.found.text[token.start : end]
        if token.text == "[":
            variable = self.fresh()
            if self.next.text != "]":
                self.properties(variable, markers, lines)
            self.expect("]")
            return variable
        raise Unreadable(f"'{token.text}' in a pattern")

    def properties(self, subject: str, markers: tuple[str, ...], lines: list[str]) -> None:
        """Read what is said of a subject: ``p o , o ; p o``."""
        while True:
            path = self.path()
            while True:
                value = self.node(markers, lines)
                if self.next.text in {"~", "{|"}:
                    raise Unreadable("a reifier")
                lines.append(self.expand(subject, path, value, markers))
                if self.next.text != ",":
                    break
                self.take()
            while self.next.text == ";":
                self.take()
                if self.next.text != ";" and self.next.text not in {".", "}", "]"}:
                    break
            else:
                return

    def path(self) -> Path:
        """Read a predicate, a variable or a path."""
        if self.next.kind == "variable":
            return Path("step", "?" + self.take().text[1:])
        branches = [self.sequence()]
        while self.next.text == "|":
            self.take()
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Path("alternative", parts=tuple(branches))

    def sequence(self) -> Path:
        """Read ``a/b/c``."""
        parts = [self.elements()]
        while self.next.text == "/":
            self.take()
            parts.append(self.elements())
        return parts[0] if len(parts) == 1 else Path("sequence", parts=tuple(parts))

    def elements(self) -> Path:
        """Read a step or a group in brackets, with ``^`` before and ``*``, ``+``, ``?`` behind."""
        start = self.next.start
        token = self.take()
        if token.text == "^":
            return Path("inverse", parts=(self.elements(),))
        if token.kind in {"iri", "name"} or token.text == "a":
            path = Path("step", token.text)
        elif token.text == "(":
            path = self.path()
            self.expect(")")
        else:
            raise Unreadable(f"'{token.text}' in a path")
        if self.next.text in {"*", "+", "?"}:
            self.take()
            written = self.found.text[start : self.tokens[self.at - 1].end]
            path = Path("chain", written, (path,))
        return path

    def expand(self, subject: str, path: Path, value: str, markers: tuple[str, ...]) -> str:
        """Record what a path stands for, and return it as SPARQL."""
        match path.kind:
            case "step":
                self.found.patterns.append(Pattern(subject, path.text, value, markers))
                return f"{subject} {path.text} {value} ."
            case "inverse":
                return self.expand(value, path.parts[0], subject, markers)
            case "sequence":
                ends = [subject, *(self.fresh() for _ in path.parts[1:]), value]
                steps = zip(ends, path.parts, ends[1:], strict=False)
                return " ".join(self.expand(*step, markers) for step in steps)
            case "alternative":
                branches = []
                for part in path.parts:
                    marker = self.fresh()
                    inside = self.expand(subject, part, value, (*markers, marker))
                    branches.append(f"{{ {inside} BIND (true AS {marker}) }}")
                return " UNION ".join(branches)
        steps_of = tuple(_steps(path.parts[0], backwards=False))
        if steps_of:
            self.found.chains.append(Chain(subject, value, steps_of, markers))
        else:
            self.found.unread += 1
        return f"{subject} {path.text} {value} ."


@dataclass(frozen=True)
class Path:
    """``step``, ``inverse``, ``sequence``, ``alternative``, or ``chain`` (of unknown length)."""

    kind: str
    text: str = ""
    parts: Sequence[Path] = ()


def _steps(path: Path, *, backwards: bool) -> Iterator[tuple[str, bool]]:
    """What one step of a chain can go along; nothing if it takes more than one triple."""
    if path.kind == "step":
        yield path.text, backwards
    elif path.kind == "inverse":
        yield from _steps(path.parts[0], backwards=not backwards)
    elif path.kind == "alternative":
        inside = [list(_steps(part, backwards=backwards)) for part in path.parts]
        if all(inside):
            yield from (step for steps in inside for step in steps)
