"""What must hold of a graph: one ``.rq`` file a rule, and the SHACL shapes, in one report.

A rule is a ``SELECT`` of what is wrong; no rows mean that it holds.  Its header says
``title``, ``problem``, ``solution`` and ``severity`` (``error``, ``warning``, ``info``).
Its variable ``?place`` is where, and ``{variable}`` in problem or solution is filled
from the row; a term that the row calls ``?unknown`` has its near match offered instead
of the solution, if there is one.  A rule that says what a shape says too names it as
``shape``, and is left to it when the shapes are validated.  Adding a rule is adding a
file: the folder is the list.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg import headers, vocabulary
from kg.errors import KGError, near
from kg.names import compact
from kg.store import Solutions, Store, Term

__all__ = ["SEVERITIES", "Finding", "Report", "Rule", "rules", "run"]

SEVERITIES = ("error", "warning", "info")
"""Errors make a graph unfit; warnings want a second look; infos are worth knowing."""

_FOLDER = Path(__file__).parent
_BATCH = 1000
_LONGEST = 100
"""Letters of a term that is compared with all others; no name of ours is longer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found: how bad, where, what is wrong, and what to do.

    >>> print(Finding("warning", "id:lab", "has no label", "add one", "label"))
    warning: id:lab: has no label; add one
    """

    severity: str
    place: str
    """Prefixed name of an entity; of a claim with what it says; or the curator's file."""
    message: str
    remedy: str = ""
    check: str = ""
    """Name of the rule, or ``shape:`` and the name of the shape."""

    def __str__(self) -> str:
        text = f"{self.severity}: {self.place}: {self.message}"
        return f"{text}; {self.remedy}" if self.remedy else text

    def __lt__(self, other: Finding) -> bool:
        return self._order() < other._order()

    def _order(self) -> tuple[int, str, str, str]:
        return SEVERITIES.index(self.severity), self.place, self.check, self.message


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found, errors first, then by place."""

    findings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is an error."""
        return not self.counts["error"]

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of findings by severity, all three always there."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    def extended(self, findings: Iterable[Finding]) -> Report:
        """Return the report with more findings, each of them once."""
        return Report(tuple(sorted({*self.findings, *findings})))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file says it."""

    name: str
    title: str
    problem: str
    solution: str
    severity: str
    text: str
    """The SPARQL, with its header."""
    shape: str = ""
    """Local name of the shape that finds the same."""


@functools.cache
def rules(folder: Path = _FOLDER) -> tuple[Rule, ...]:
    """Return the rules of a folder by name; :class:`~kg.errors.Problems` if a header is wrong.

    >>> [rule.name for rule in rules()][:2]
    ['claim-without-evidence', 'dates-out-of-order']
    """
    return tuple(map(_rule, sorted(folder.glob("*.rq"))))


def _rule(file: Path) -> Rule:
    fields, text = headers.read(file, ["title", "problem", "solution", "severity"], ["shape"])
    if fields["severity"] not in SEVERITIES:
        remedy = near(fields["severity"], SEVERITIES, f"say one of {', '.join(SEVERITIES)}")
        raise KGError(file.name, f"severity '{fields['severity']}' is not known", remedy)
    return Rule(file.stem, text=text, **fields)


def run(store: Store, *, shacl: bool = True, places: Mapping[str, str] | None = None) -> Report:
    """Return what the rules and, unless told not to, the shapes find in a store.

    `places` are words for where an IRI was written, such as a claim's file and id;
    a finding about a claim, its evidence or its selector bears them.
    """
    asked = [rule for rule in rules() if not (shacl and rule.shape)]
    found = [_filled(rule, row) for rule in asked for row in _rows(store, rule)]
    if shacl:
        from kg.checks import shapes  # not at the top: rdflib and pySHACL take their time

        found += [
            (
                result.focus,
                Finding(result.severity, "", result.message, result.remedy, result.shape),
            )
            for result in shapes.validate(store)
        ]
    named = _names(store, sorted({iri for iri, _ in found}), places or {})
    return Report().extended(
        Finding(each.severity, named[iri], each.message, each.remedy, each.check)
        for iri, each in found
    )


def _rows(store: Store, rule: Rule) -> Iterator[dict[str, Term]]:
    answer = store.query(rule.text, place=f"{rule.name}.rq")
    if not isinstance(answer, Solutions) or "place" not in answer.variables:
        raise KGError(f"{rule.name}.rq", "is no SELECT with a ?place", "select what is wrong")
    for row in answer.rows:
        yield {name: term for name, term in zip(answer.variables, row, strict=True) if term}


def _filled(rule: Rule, row: Mapping[str, Term]) -> tuple[str, Finding]:
    def shown(found: re.Match[str]) -> str:
        return " ".join(compact(_text(row[found[1]])).split()) if found[1] in row else "?"

    message, remedy = (re.sub(r"\{(\w+)\}", shown, text) for text in (rule.problem, rule.solution))
    if "unknown" in row:
        remedy = _near(compact(_text(row["unknown"])).removeprefix("aie:"), remedy)
    return _text(row["place"]), Finding(rule.severity, "", message, remedy, rule.name)


@functools.cache
def _near(term: str, otherwise: str) -> str:
    return near(term, vocabulary.load().labels, otherwise) if len(term) < _LONGEST else otherwise


def _text(term: Term) -> str:
    return str(term) if isinstance(term, ox.Triple) else term.value


# -- where -------------------------------------------------------------------

_CLAIM_OF = """
SELECT ?place ?claim ?subject ?predicate ?object WHERE {
  VALUES ?place { IRIS }
  { ?place rdf:predicate ?any BIND (?place AS ?claim) }
  UNION { ?claim aie:evidence ?place }
  UNION { ?claim aie:evidence/oa:hasSelector ?place }
  OPTIONAL { ?claim rdf:subject ?subject }
  OPTIONAL { ?claim rdf:predicate ?predicate }
  OPTIONAL { ?claim rdf:object ?object }
}"""


def _names(store: Store, iris: Sequence[str], places: Mapping[str, str]) -> dict[str, str]:
    """What to call each place: an entity its prefixed name, a claim also what it says."""
    named = {iri: places.get(iri, compact(iri)) for iri in iris}
    nodes = [iri for iri in iris if re.fullmatch(r"https?://[^\s<>\"{}|^`\\]+", iri)]
    for start in range(0, len(nodes), _BATCH):
        values = " ".join(f"<{iri}>" for iri in nodes[start : start + _BATCH])
        answer = store.query(_CLAIM_OF.replace("IRIS", values))
        assert isinstance(answer, Solutions)  # noqa: S101 the query is ours
        said: dict[str, tuple[str, str]] = {}
        for row in sorted(answer.rows, key=str, reverse=True):  # of several claims the first
            place, claim, *parts = (_text(term) if term else "" for term in row)
            said[place] = claim, " ".join(map(compact, parts))
        for iri, (claim, words) in said.items():
            written = places.get(iri) or places.get(claim)
            named[iri] = written or f"{compact(claim)} ({words})"
    return named
