"""From the curators' TOML files to one checked :class:`~kg.model.Corpus`.

A data folder holds ``entities/*.toml`` (a table an entity, its key the id) and
``sources/<id>/`` with ``article.toml`` or ``dataset.toml`` and ``claims.toml``
(a ``[[claim]]`` each).  :func:`load` reads it all, and either gives a corpus in
which every id resolves, every value is of its property's form and every claim
stands once, or raises all the problems it found.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg import literals, names, tomlfile, vocabulary
from kg.errors import KGError, KGWarning, Problem, Problems, near
from kg.model import (
    Article,
    Claim,
    Corpus,
    Dataset,
    Entity,
    Evidence,
    Literal,
    Rank,
    Record,
    Ref,
    Source,
    Span,
    Status,
    Text,
    Value,
)

__all__ = ["load"]

_ENTITY = {"class", "labels", "aliases", "misspellings", "notes"}
_CLAIM = {
    "id", "subject", "predicate", "object", "qualifiers", "status", "rank", "gloss", "notes",
    "evidence", "premises",
}  # fmt: skip
_SOURCE = {"title", "sha256", "published", "url", "licence"}
_ARTICLE = _SOURCE | {"language", "publisher", "authors", "accessed"}
_DATASET = _SOURCE | {"version", "creator"}
_STATUSES, _RANKS = tuple(Status), tuple(Rank)
_ORDERED = (("start", "end"), ("earliest", "latest"), ("start", "latest"))

Table = Mapping[str, Any]


def load(folder: str | Path) -> Corpus:
    """Read and check a data folder.

    Raises :class:`~kg.errors.Problems` with every unknown key, class, relation
    or qualifier (and the near match), duplicate or dangling id, bad date,
    period that ends before it starts, value of the wrong kind, and quote that
    is not pinned; each with its file and claim id.

    >>> corpus = load("tests/toy/data")
    >>> corpus.entities["mirae-ai-lab"].cls
    'ResearchInstitute'
    """
    folder = Path(folder)
    if not (folder / "entities").is_dir():
        raise KGError(folder, "has no folder 'entities'", "name a data folder of kg")
    reader = _Reader(folder)
    entities = reader.entities()
    sources, claims = reader.sources(entities)
    if reader.unread or reader.problems:
        raise Problems(reader.unread or reader.problems)
    if not entities:
        remedy = "write entities/NAME.toml with a table [id] for each"
        warnings.warn(KGWarning(folder, "has no entities", remedy), stacklevel=2)
    return Corpus(entities, sources, claims)


class _Reader:
    """Reads one folder and remembers what is wrong with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terms = vocabulary.load()
        self.problems: list[Problem] = []
        self.unread: list[Problem] = []
        """Files that cannot be read: what is missed elsewhere may stand in them."""

    # -- what can go wrong ---------------------------------------------------

    def report(self, place: str, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(place, what, remedy))

    def keys(self, place: str, table: Table, known: Iterable[str]) -> None:
        for key in table.keys() - set(known):
            self.report(place, f"unknown key '{key}'", near(key, known, f"known: {_list(known)}"))

    def known(self, place: str, what: str, word: object, words: Iterable[str]) -> str:
        """`word` if it is one of `words`, else ``""`` and a problem."""
        if isinstance(word, str) and word in words:
            return word
        ours = "kg terms lists all" if what in {"class", "relation", "qualifier"} else ""
        self.report(place, f"no {what} '{word}'", near(str(word), words, ours))
        return ""

    def entity_id(self, place: str, word: object, entities: Mapping[str, Entity]) -> str:
        """As :meth:`known`; of who writes a name instead the id is told."""
        if isinstance(word, str) and word not in entities:
            called = [
                id
                for id, each in entities.items()
                if any(word == text.value for text in (*each.labels, *each.aliases))
            ]
            if called:
                self.report(place, f"no entity '{word}'", f"write {' or '.join(called[:3])}")
                return ""
        return self.known(place, "entity", word, entities)

    def words(self, place: str, key: str, value: object) -> str:
        if problem := literals.text_problem(value):
            self.report(place, f"{key} {problem}")
            return ""
        return str(value)

    def strings(self, place: str, key: str, value: object) -> list[str]:
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return value
        self.report(place, f"{key} must be a list of text")
        return []

    def typed(self, place: str, key: str, form: str, value: object) -> Literal | None:
        try:
            return literals.typed(form, value)
        except ValueError as error:
            self.report(place, f"{key} {error}")
            return None

    def texts(self, place: str, key: str, table: object, many: bool = False) -> tuple[Text, ...]:
        """Read ``{ en = "…", ko = "…" }``, or with `many` ``{ en = ["…", "…"] }``."""
        if not isinstance(table, dict):
            self.report(place, f"{key} must name its language", f'write {key} = {{ en = "…" }}')
            return ()
        found = []
        for lang, value in table.items():
            if not names.LANG.fullmatch(lang):
                self.report(
                    place, f"'{lang}' is no language tag in lower case", "write ko or pt-br"
                )
            elif many:
                each = self.strings(place, f"{key}.{lang}", value)
                found += [Text(lang, self.words(place, f"{key}.{lang}", one)) for one in each]
            else:
                found.append(Text(lang, self.words(place, f"{key}.{lang}", value)))
        return tuple(sorted(set(found)))

    # -- files ---------------------------------------------------------------

    def table(self, path: Path) -> Table:
        place = path.relative_to(self.folder).as_posix()
        try:
            read = tomlfile.read(path, place)
            if not isinstance(read, Problem):
                return read
            self.unread.append(read)
        except FileNotFoundError:
            self.report(place, "is missing")
        return {}

    def entities(self) -> dict[str, Entity]:
        found: dict[str, Entity] = {}
        first: dict[str, str] = {}
        for path in sorted((self.folder / "entities").glob("*.toml")):
            file = path.relative_to(self.folder).as_posix()
            for id, table in self.table(path).items():
                place = f"{file}: {id}"
                if id in found:
                    self.report(place, f"the id stands in {first[id]} too", "keep one")
                elif not names.SLUG.fullmatch(id):
                    self.report(place, "is no id", "use lower-case letters, digits and hyphens")
                elif not isinstance(table, dict):
                    self.report(place, "stands outside a table", "write [id] above the keys")
                else:
                    found[id] = self.entity(place, id, table)
                    first[id] = file
        return dict(sorted(found.items()))

    def entity(self, place: str, id: str, table: Table) -> Entity:
        self.keys(place, table, _ENTITY)
        labels = self.texts(place, "labels", table.get("labels", {}))
        if not table.get("labels"):
            self.report(place, "has no label", 'write labels = { en = "…", ko = "…" }')
        return Entity(
            id,
            self.known(place, "class", table.get("class", ""), self.terms.classes),
            labels,
            self.texts(place, "aliases", table.get("aliases", {}), many=True),
            self.texts(place, "misspellings", table.get("misspellings", {}), many=True),
            self.texts(place, "notes", table.get("notes", {})),
        )

    def sources(
        self, entities: Mapping[str, Entity]
    ) -> tuple[dict[str, Source], tuple[Claim, ...]]:
        sources: dict[str, Source] = {}
        claims: dict[str, tuple[Claim, Sequence[str]]] = {}
        for home in sorted(each for each in (self.folder / "sources").glob("*") if each.is_dir()):
            source = self.source(home, entities)
            if source:
                sources[source.id] = source
                claims |= _Claims(self, home, source, entities).read()
        return sources, self.merged(claims)

    def source(self, home: Path, entities: Mapping[str, Entity]) -> Source | None:
        place = home.relative_to(self.folder).as_posix()
        kinds = [kind for kind in ("article", "dataset") if (home / f"{kind}.toml").exists()]
        if len(kinds) != 1 or not names.SLUG.fullmatch(home.name):
            self.report(
                place, "is no source", "name it like-this, with one article.toml or dataset.toml"
            )
            return None
        place += f"/{kinds[0]}.toml"
        table = self.table(home / f"{kinds[0]}.toml")
        self.keys(place, table, _ARTICLE if kinds == ["article"] else _DATASET)

        def read(key: str, form: str = "string") -> str:
            literal = self.typed(place, key, form, table[key]) if key in table else None
            return literal.value if literal else ""

        sha256 = read("sha256")
        if len(sha256) != 64:
            self.report(place, "sha256 must be the 64 hex digits of the file's SHA-256")
        titles = self.texts(place, "title", table.get("title", {}))
        if "title" not in table:
            self.report(place, "has no title")
        common = (home.name, titles, sha256, read("published", "date"), read("url", "uri"))
        if kinds == ["dataset"]:
            return Dataset(*common, read("licence"), read("version"), read("creator"))
        if "published" not in table:
            self.report(place, "has no 'published'", "relative dates are resolved from it")
        publisher = table.get("publisher", "")
        authors = self.strings(place, "authors", table.get("authors", []))
        for id in filter(None, [publisher, *authors]):
            self.entity_id(place, id, entities)
        accessed = read("accessed", "date")
        return Article(
            *common, read("licence"), read("language"), publisher, tuple(sorted(authors)), accessed
        )

    # -- claims of all sources -------------------------------------------------

    def merged(self, read: Mapping[str, tuple[Claim, Sequence[str]]]) -> tuple[Claim, ...]:
        """Resolve premises, and make one claim of those with the same content."""
        iris = {key: names.claim_iri(claim) for key, (claim, _) in read.items()}
        found: dict[str, Claim] = {}
        for key, (claim, premises) in read.items():
            home = key.partition("/")[0]
            named = [each if "/" in each else f"{home}/{each}" for each in premises]
            known = {iris[each] for each in named if self.known(claim.place, "claim", each, iris)}
            whole = replace(claim, premises=tuple(sorted(known)))
            other = found.get(iris[key])
            found[iris[key]] = self.one(other, whole) if other else whole
        return tuple(claim for _, claim in sorted(found.items()))

    def one(self, first: Claim, second: Claim) -> Claim:
        if {each.source for each in first.evidence} & {each.source for each in second.evidence}:
            remedy = "give one claim both evidences"
            self.report(second.place, f"says the same as {first.place}", remedy)
        elif first.rank != second.rank:
            self.report(
                second.place,
                f"has another rank than the same claim at {first.place}",
                "give both the same rank",
            )
        return replace(
            first,
            gloss=tuple(sorted({*first.gloss, *second.gloss})),
            notes=tuple(sorted({*first.notes, *second.notes})),
            evidence=tuple(sorted({*first.evidence, *second.evidence})),
            premises=tuple(sorted({*first.premises, *second.premises})),
        )


class _Claims:
    """Reads the claims of one source."""

    def __init__(
        self, reader: _Reader, home: Path, source: Source, entities: Mapping[str, Entity]
    ) -> None:
        self.reader, self.source, self.entities = reader, source, entities
        self.path = home / "claims.toml"
        self.file = self.path.relative_to(reader.folder).as_posix()

    def read(self) -> dict[str, tuple[Claim, Sequence[str]]]:
        """Return claims and the ids of their premises, by ``source/claim-id``."""
        table = self.reader.table(self.path)
        self.reader.keys(self.file, table, {"claim"})
        found: dict[str, tuple[Claim, Sequence[str]]] = {}
        tables = table.get("claim", [])
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            self.reader.report(
                self.file, "'claim' is no list of tables", "write [[claim]] above each"
            )
            return {}
        for number, each in enumerate(tables, 1):
            id = each.get("id", "")
            place = f"{self.file}: {id or f'claim {number}'}"
            key = f"{self.source.id}/{id}"
            if not isinstance(id, str) or not names.SLUG.fullmatch(id):
                self.reader.report(place, "has no id of lower-case letters, digits and hyphens")
            elif key in found:
                self.reader.report(place, "the id stands twice", "give each claim an id of its own")
            elif claim := self.claim(place, each):
                found[key] = claim
        return found

    def claim(self, place: str, table: Table) -> tuple[Claim, Sequence[str]] | None:
        reader = self.reader
        before = len(reader.problems)
        reader.keys(place, table, _CLAIM)
        subject = reader.entity_id(place, table.get("subject", ""), self.entities)
        relation = reader.known(
            place, "relation", table.get("predicate", ""), reader.terms.predicates
        )
        value = (
            self.value(place, "object", reader.terms.predicates[relation], table.get("object"))
            if relation
            else None
        )
        status = reader.known(place, "status", table.get("status", "stated"), _STATUSES)
        rank = reader.known(place, "rank", table.get("rank", "normal"), _RANKS)
        qualifiers = self.qualifiers(place, table.get("qualifiers", {}))
        gloss = reader.texts(place, "gloss", table.get("gloss", {}))
        notes = reader.texts(place, "notes", table.get("notes", {}))
        evidence = self.evidence(place, table.get("evidence", []))
        premises = reader.strings(place, "premises", table.get("premises", []))
        self.agree(place, status, dict(qualifiers), premises)
        if status != Status.INFERRED and not table.get("evidence"):
            reader.report(place, "has no evidence", "say where the source says it")
        if len(reader.problems) > before or value is None:
            return None
        rule = "curator" if status == Status.INFERRED else ""
        return Claim(
            subject, relation, value, qualifiers, Status(status), Rank(rank),
            gloss, notes, evidence, (), rule, place,
        ), premises  # fmt: skip

    def value(self, place: str, key: str, term: vocabulary.Property, value: object) -> Value | None:
        reader = self.reader
        named = f"object of '{term.name}'" if key == "object" else key
        if term.form == "entity":
            if isinstance(value, str):
                return Ref(reader.entity_id(place, value, self.entities))
            reader.report(place, f"{named} must be the id of an entity")
        elif term.form == "term":
            words = reader.terms.terms[term.range]
            return Literal(reader.known(place, key, value, words), f"aie:{term.range}")
        elif term.form == "text":
            texts = reader.texts(place, key, value)
            if len(texts) == 1:
                return Literal(texts[0].value, "rdf:langString", texts[0].lang)
            if texts:
                reader.report(place, f"{key} has several languages", "write a claim for each")
        else:
            return reader.typed(place, named, term.form, value)
        return None

    def qualifiers(self, place: str, table: object) -> tuple[tuple[str, Value], ...]:
        known = self.reader.terms.qualifiers
        if not isinstance(table, dict):
            self.reader.report(place, "qualifiers must be a table", "write { role = … }")
            return ()
        found = {}
        for name, value in table.items():
            if self.reader.known(place, "qualifier", name, known):
                read = self.value(place, f"qualifier '{name}'", known[name], value)
                if read is not None:
                    found[name] = read
        return tuple(sorted(found.items()))

    def evidence(self, place: str, tables: object) -> tuple[Evidence, ...]:
        article = isinstance(self.source, Article)
        wanted = {"start": int, "end": int} if article else {"record": str, "pointer": str}
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            self.reader.report(place, "evidence must be a list of tables", "write [{ quote = … }]")
            return ()
        found = set()
        for table in tables:
            if "quote" in table or "sha256" not in table:
                self.reader.report(place, "has evidence that is not pinned", "run kg pin")
                continue
            self.reader.keys(place, table, {*wanted, "sha256"})
            for key, kind in {**wanted, "sha256": str}.items():
                if type(table.get(key)) is not kind:
                    self.reader.report(place, f"evidence has no {key} ({kind.__name__})")
                    break
            else:
                locator = (Span if article else Record)(*(table[key] for key in wanted))
                if isinstance(locator, Span) and not 0 <= locator.start < locator.end:
                    self.reader.report(place, "evidence must end after it starts")
                found.add(Evidence(self.source.id, locator, table["sha256"]))
        return tuple(sorted(found))

    def agree(
        self,
        place: str,
        status: str,
        qualifiers: Mapping[str, Value],
        premises: Sequence[str],
    ) -> None:
        """What must hold between the parts of one claim."""
        report = self.reader.report
        if status == Status.REPORTED and "speaker" not in qualifiers:
            report(place, "is reported but has no qualifier 'speaker'", "say whose words they are")
        if status == Status.INFERRED and not premises:
            report(place, "is inferred but has no premises", "name the claims it rests on")
        if status != Status.INFERRED and premises:
            report(place, "has premises but is not inferred", 'set status = "inferred"')
        for first, last in _ORDERED:
            a, b = qualifiers.get(first), qualifiers.get(last)
            if (
                isinstance(a, Literal)
                and isinstance(b, Literal)
                and literals.period(a)[0] > literals.period(b)[1]
            ):
                report(place, f"'{last}' {b.value} is before '{first}' {a.value}")


def _list(known: Iterable[str]) -> str:
    return ", ".join(sorted(known))
