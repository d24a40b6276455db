"""What is wrong with a text that the engine cannot parse, in one line with its place.

The engine says what it expected where it gave up, which is often far from the mistake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kg.errors import KGError, near
from kg.lexer import DECLARED, blanked, code_of
from kg.names import PREFIXES

if TYPE_CHECKING:
    from kg.sparql import Request

__all__ = ["BRACKETS", "explained", "placeless"]

BRACKETS = {"}": "{", ")": "(", "]": "["}
_QUERIES = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
_PREFIX_USED = re.compile(r"(?<![\w?$:.%<-])([^\W\d_][\w.-]*|):")
_SELECT = re.compile(r"(?<![\w?$:-])SELECT\b", re.IGNORECASE)
_HEAD_ENDS = re.compile(r"\{|(?<![\w?$:-])(?:WHERE|FROM)\b", re.IGNORECASE)
_NAMES = re.compile(r"([()])|(\bAS\s*)?[?$](\w+)", re.IGNORECASE)
_IN_FULL = "write IRIs in full, without spaces"
_UNGROUPED = "The SELECT contains a variable that is unbound"
_TWICE = "Duplicated variable name in SELECT"
_TAKEN = "The SELECT overrides an existing variable using an expression"
_REASONS = {
    _UNGROUPED: (
        "SELECT has a variable that is neither grouped nor counted",
        "name it behind GROUP BY, or take one of its values: (SAMPLE(?x) AS ?one)",
    ),
    "The SELECT contains an expression with a variable that is unbound": (
        "SELECT reckons with a variable that is neither grouped nor counted",
        "name it behind GROUP BY, or take one of its values: SAMPLE(?x)",
    ),
    _TWICE: ("SELECT has a variable twice", "name it once"),
    _TAKEN: ("AS names a variable that the query has already", "choose another name"),
    "SELECT * is not authorized with GROUP BY": (
        "SELECT * does not go with GROUP BY",
        "name the variables",
    ),
}
"""The engine's own sentences, and what they come to."""


def explained(request: Request, offset: int, expected: str) -> KGError:
    """Return what is wrong where the engine expected something else."""
    text = request.written
    code = code_of(text)
    opened: list[tuple[str, int]] = []
    for found in re.finditer(r"[{(\[]|[})\]]", code):
        if found[0] not in BRACKETS:
            opened.append((found[0], found.start()))
        elif not opened or opened.pop()[0] != BRACKETS[found[0]]:
            return KGError(request.at(found.start()), f"'{found[0]}' closes nothing", "drop it")
    if opened:
        bracket, position = opened[-1]
        return KGError(request.at(position), f"'{bracket}' is never closed", "close it")
    if unknown := _unknown_prefix(text):
        prefix, position = unknown
        remedy = near(prefix, PREFIXES, f"declare it: PREFIX {prefix}: <…>")
        return KGError(request.at(position), f"prefix '{prefix}:' is not known", remedy)
    if wrong := _wrong_start(request, code):
        return wrong
    if told := _sentence(request, offset, expected):
        return told
    rest = text[offset:].split("\n")[0].strip()[:24]
    remedy = _IN_FULL if rest.startswith("<") else "see SPARQL 1.1"
    where = f"'{rest}'" if rest else "the end of the line"
    return KGError(request.at(offset), f"syntax error at {where}", remedy)


def _sentence(request: Request, offset: int, expected: str) -> KGError | None:
    """Among the engine's expectations, one that is a sentence is its reason."""
    for sentence, told in _REASONS.items():
        if sentence in expected:
            return _of_select(request, sentence) or KGError(request.at(offset), *told)
    start = request.written.rfind("<", 0, offset)
    if "IRI parsing failed" in expected and start >= 0:  # it points behind it
        iri = " ".join(request.written[start:offset].split())[:80]
        return KGError(request.at(start), f"{iri} is no whole IRI", _IN_FULL)
    reason = re.search(r"(?:^|, )([A-Z][A-Za-z]*(?: [A-Za-z]+){2,})", expected)
    if reason and reason[1] != "Prefix not found":
        return KGError(request.at(offset), reason[1], "see SPARQL 1.1")
    return None


def _of_select(request: Request, sentence: str) -> KGError | None:
    """The same with the variable's name and place, where the text has only one ``SELECT``."""
    text = blanked(request.written, "comment", "string", "iri")
    selects = [found.end() for found in _SELECT.finditer(text)]
    end = _HEAD_ENDS.search(text, *selects[:1])
    if len(selects) != 1 or end is None:
        return None
    rest = text[end.end() :]
    _, _, grouped = re.sub(r"\bGROUP\s+BY\b", "GROUP BY", rest, flags=re.I).partition("GROUP BY")
    known = {_UNGROUPED: _variables(grouped), _TAKEN: _variables(rest), _TWICE: set[str]()}
    seen, depth = known.get(sentence, set[str]()), 0
    for found in _NAMES.finditer(text, selects[0], end.start()):
        bracket, named, name = found.groups()
        depth += (bracket == "(") - (bracket == ")")
        if bracket or (depth and not named):
            continue
        where = request.at(found.start(3) - 1)
        if sentence == _UNGROUPED and not named and name not in seen:
            remedy = (
                f"name it behind GROUP BY, or take one of its values: (SAMPLE(?{name}) AS ?one)"
            )
            return KGError(where, f"?{name} is neither grouped nor counted", remedy)
        if sentence == _TWICE and name in seen:
            return KGError(where, f"SELECT has ?{name} twice", "name it once")
        if sentence == _TAKEN and named and name in seen:
            return KGError(where, f"the query has ?{name} already", "choose another name behind AS")
        seen.add(name)
    return KGError(request.at(selects[0] - len("SELECT")), *_REASONS[sentence])


def _variables(text: str) -> set[str]:
    return set(re.findall(r"[?$](\w+)", text))


def placeless(request: Request, told: str) -> KGError:
    """What the engine tells without a place."""
    if found := re.match(r"The blank node (_:\S+) cannot be shared", told):
        at = blanked(request.written, "comment", "string", "iri").rfind(found[1])
        what = f"{found[1]} stands in two places that share no blank nodes"
        return KGError(request.at(at), what, "use a variable, or another name")
    return KGError(request.place, told, "see SPARQL 1.1")


def _unknown_prefix(text: str) -> tuple[str, int] | None:
    code = blanked(text, "comment", "string", "iri", "variable")
    declared = {name for name, _ in DECLARED.findall(blanked(text, "comment", "string"))}
    declares = {found.end() for found in re.finditer(r"PREFIX\s+", code, re.IGNORECASE)}
    for found in _PREFIX_USED.finditer(code):
        known = found[1] in declared or found[1] in PREFIXES
        if not known and found.start() not in declares:
            return found[1], found.start()
    return None


def _wrong_start(request: Request, code: str) -> KGError | None:
    known = _UPDATES if request.update else _QUERIES
    prologue = r"\s*(?:(?:PREFIX\s+[\w.-]*:|BASE)\s*(?:<[^<>]*>\s*)?)*"
    found = re.compile(prologue + r"([A-Za-z]*)", re.IGNORECASE).match(code)
    first = found[1] if found else ""
    if first.upper() in known:
        return None
    where = request.at(found.start(1) if found else 0)
    if not first:
        return KGError(where, "nothing is asked", f"start with {', '.join(known[:4])}")
    if first.upper() in _UPDATES:
        return KGError(where, f"{first.upper()} is an update; a query only reads", "say SELECT")
    if first.upper() in _QUERIES:
        return KGError(where, f"{first.upper()} is a query, not an update", "say INSERT or DELETE")
    what = f"'{first}' does not start {'an update' if request.update else 'a query'}"
    return KGError(where, what, near(first, known, f"start with {', '.join(known[:4])}"))
