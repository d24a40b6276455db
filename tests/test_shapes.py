"""The shapes pass a good graph, fail each broken one, and agree with the ontology.

``shapes/good.ttl`` keeps every shape.  Each other file there breaks it: lines
``# drops: subject predicate`` take statements of the good graph away, the file's
own are added, and ``# expects: …`` says what the findings read, no more, no fewer.
"""

from __future__ import annotations

import functools
import itertools
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, XSD, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

ROOT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).parent / "shapes"
AIE = Namespace("https://w3id.org/aieco/ontology#")
ID = Namespace("https://w3id.org/aieco/id/")
SHAPE = Namespace("https://w3id.org/aieco/shapes#")

ONTOLOGY = Graph().parse(ROOT / "ontology" / "aieco.ttl")
SHAPES = Graph().parse(ROOT / "ontology" / "shapes.ttl")
GOOD = Graph().parse(CASES / "good.ttl")

DATATYPES = {
    "text": RDF.langString,
    "string": XSD.string,
    "year": XSD.gYear,
    "uri": XSD.anyURI,
    "decimal": XSD.decimal,
    "integer": XSD.integer,
    "duration": XSD.duration,
}
SUPERS = (AIE.relation, AIE.attribute, AIE.qualifier, AIE.qualifierValue)


def findings(data: Graph) -> Graph:
    _, report, _ = pyshacl.validate(
        data, shacl_graph=SHAPES, ont_graph=ONTOLOGY, inference="none", allow_warnings=True
    )
    assert isinstance(report, Graph)
    return report


def english(graph: Graph, predicate: URIRef) -> list[str]:
    return sorted(str(m) for m in graph.objects(None, predicate) if m.language == "en")


@functools.cache
def findings_of(case: Path) -> tuple[list[str], list[str]]:
    """What is found in the good graph with the case's changes, and what the case expects."""
    text = case.read_text(encoding="utf-8")
    graph = Graph()
    for triple in GOOD:
        graph.add(triple)
    for subject, predicate in re.findall(r"^# drops: (\S+) (\S+)$", text, re.MULTILINE):
        pattern = tuple(
            URIRef(name.strip("<>"))
            if name.startswith("<")
            else GOOD.namespace_manager.expand_curie(name)
            for name in (subject, predicate)
        )
        assert (*pattern, None) in graph, f"{case.name} drops what is not there"
        graph.remove((*pattern, None))
    graph.parse(case)
    messages = english(findings(graph), SH.resultMessage)
    return messages, re.findall(r"^# expects: (.+)$", text, re.MULTILINE)


def below(super_property: Node) -> list[Node]:
    found = set(ONTOLOGY.transitive_subjects(RDFS.subPropertyOf, super_property))
    return sorted(found - {*SUPERS})


RELATIONS, ATTRIBUTES = below(AIE.relation), below(AIE.attribute)
QUALIFIERS = below(AIE.qualifier) + below(AIE.qualifierValue)


def wrong_uses() -> tuple[Graph, set[tuple[Node, Node | None]]]:
    """Every relation, attribute and qualifier between the wrong things, and twice too often.

    With the (focus, path) pairs that a validator has to name.
    """
    graph, expected = Graph(), set()
    for property_ in RELATIONS + ATTRIBUTES:
        subject = ID["wrong-" + property_.removeprefix(AIE)]
        graph.add((subject, property_, Literal("wrong", datatype=AIE.nothing)))
        expected |= {(subject, None), (subject, property_)}
    for which, values in (("one", ["wrong"]), ("two", ["wrong", "twice"])):
        claim = ID[which]
        graph.add((claim, RDF.type, AIE.Claim))
        for qualifier, value in itertools.product(QUALIFIERS, values):
            graph.add((claim, qualifier, Literal(value, datatype=AIE.nothing)))
            expected.add((claim, qualifier))
    return graph, expected


def reported_on(report: Graph) -> set[tuple[Node, Node | None]]:
    results = report.subjects(RDF.type, SH.ValidationResult)
    return {(report.value(r, SH.focusNode), report.value(r, SH.resultPath)) for r in results}


def test_who_validates_for_somebody_that_was_ended_says_nothing() -> None:
    command = [sys.executable, "-m", "kg.checks.shapes", "none.ttl", "none.ttl"]
    cut = b'<x:s> <x:p> "the rest is'
    ran = subprocess.run(command, input=cut, capture_output=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, b"", b"")


def test_the_shapes_are_shacl() -> None:
    """By the shapes that W3C gives for shapes."""
    conforms, _, text = pyshacl.validate(
        GOOD, shacl_graph=SHAPES, ont_graph=ONTOLOGY, meta_shacl=True
    )
    assert conforms, text


def test_a_good_graph_passes() -> None:
    assert english(findings(GOOD), SH.resultMessage) == []


@pytest.mark.parametrize(
    "case", sorted(set(CASES.glob("*.ttl")) - {CASES / "good.ttl"}), ids=lambda case: case.stem
)
def test_a_broken_graph_fails(case: Path) -> None:
    messages, expected = findings_of(case)
    assert expected, "the case expects nothing"
    unexpected = [m for m in messages if not any(part in m for part in expected)]
    missing = [part for part in expected if not any(part in m for m in messages)]
    assert (unexpected, missing) == ([], [])


def test_wrong_uses_fail() -> None:
    graph, expected = wrong_uses()
    assert expected - reported_on(findings(graph)) == set()


@pytest.mark.parametrize("lexical", ["2021", "2021-01", "2021-01-19", "2021-01-19T09:33:00"])
def test_dates_of_any_precision_pass(lexical: str) -> None:
    datatypes = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date, 19: XSD.dateTime}
    graph = Graph()
    graph.add((ID.lab, AIE.foundedOn, Literal(lexical, datatype=datatypes[len(lexical)])))
    assert (ID.lab, AIE.foundedOn) not in reported_on(findings(GOOD + graph))


@pytest.mark.parametrize(
    ("lexical", "datatype"),
    [
        ("abc", XSD.gYear),  # pySHACL and rdflib hold it well typed
        ("2021-13", XSD.gYearMonth),
        ("2021-01-19", XSD.gYear),
        ("2021", XSD.date),
        ("2021-02-32", XSD.date),
        ("2021-01-19T25:00:00", XSD.dateTime),
        ("2021", XSD.string),
        ("2021", XSD.integer),
    ],
)
def test_ill_typed_dates_fail(
    lexical: str, datatype: URIRef, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("CRITICAL", "rdflib.term"):
        graph = Graph()
        graph.add((ID.lab, AIE.foundedOn, Literal(lexical, datatype=datatype)))
        assert (ID.lab, AIE.foundedOn) in reported_on(findings(GOOD + graph))


def test_offsets_that_a_store_turned_into_integers_pass() -> None:
    stored = Graph()
    for s, p, o in GOOD:
        turned = isinstance(o, Literal) and o.datatype == XSD.nonNegativeInteger
        stored.add((s, p, Literal(str(o), datatype=XSD.integer) if turned else o))
    assert english(findings(stored), SH.resultMessage) == []


def test_every_message_has_been_seen() -> None:
    """No shape that no case breaks: it could be one that nothing can break."""
    seen = set(english(findings(wrong_uses()[0]), SH.resultMessage))
    seen.update(*(findings_of(case)[0] for case in CASES.glob("*.ttl")))
    assert sorted(set(english(SHAPES, SH.message)) - seen) == []


# -- messages ----------------------------------------------------------------


def speaking() -> Iterator[Node]:
    """The shapes that a finding can name: all but the form of dates and those that only bind."""
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in SHAPES.subjects(RDF.type, kind):
            if shape != SHAPE.Date and (shape, SH.property, None) not in SHAPES:
                yield shape


def test_messages_are_in_both_languages_and_say_what_to_do() -> None:
    for shape in speaking():
        said = {m.language: str(m) for m in SHAPES.objects(shape, SH.message)}
        assert sorted(said) == ["en", "ko"], shape
        assert re.fullmatch(r"\S.+; .+\.", said["en"]), said["en"]
        assert re.fullmatch(r"\S.+다\. .*[가-힣].*\.", said["ko"]), said["ko"]


def test_each_message_belongs_to_one_named_shape() -> None:
    saying = list(SHAPES.subject_objects(SH.message))
    assert all(isinstance(shape, URIRef) for shape, _ in saying)
    assert len({message for _, message in saying}) == len(saying)


# -- agreement with the ontology ---------------------------------------------


def one(values: Iterable[Node]) -> Node | None:
    found = list(values)
    assert len(found) < 2, found
    return found[0] if found else None


def expected_of(property_: Node) -> Node | None:
    """What the ontology says that values are: a class, a datatype, or a date."""
    form = str(ONTOLOGY.value(property_, AIE.valueForm, default=""))
    if form == "date":
        return SHAPE.Date
    return DATATYPES.get(form) or one(ONTOLOGY.objects(property_, RDFS.range))


def kind_checked(shape: Node) -> Node | None:
    kinds = (SH["class"], SH.datatype, SH.node)
    return one(itertools.chain(*(SHAPES.objects(shape, kind) for kind in kinds)))


def test_every_domain_is_checked_and_no_other() -> None:
    checked = {
        (property_, kind_checked(shape))
        for shape, property_ in SHAPES.subject_objects(SH.targetSubjectsOf)
        if (shape, RDF.type, SH.NodeShape) in SHAPES
    }
    axioms = {(p, d) for p, d in ONTOLOGY.subject_objects(RDFS.domain) if p not in SUPERS}
    assert checked == axioms


def test_every_range_is_checked_and_no_other() -> None:
    checked = {
        (property_, kind_checked(shape))
        for shape, property_ in SHAPES.subject_objects(SH.targetSubjectsOf)
        if (shape, SH.path, property_) in SHAPES
    }
    assert checked == {(p, expected_of(p)) for p in RELATIONS + ATTRIBUTES + QUALIFIERS}


def test_functional_properties_stand_once() -> None:
    once = {SHAPES.value(shape, SH.path) for shape in SHAPES.subjects(SH.maxCount, Literal(1))}
    assert set(ONTOLOGY.subjects(RDF.type, OWL.FunctionalProperty)) - once == set()


@pytest.mark.parametrize(
    ("shape", "cls"), [(SHAPE.ClaimStatus, AIE.Status), (SHAPE.ClaimRank, AIE.ClaimRank)]
)
def test_individuals_are_those_of_the_ontology(shape: URIRef, cls: URIRef) -> None:
    listed = Collection(SHAPES, SHAPES.value(shape, SH["in"]))
    assert set(listed) == set(ONTOLOGY.subjects(RDF.type, cls))


def test_shapes_name_only_what_the_ontology_defines() -> None:
    named = {t for triple in SHAPES for t in triple if isinstance(t, URIRef) and t.startswith(AIE)}
    assert sorted(t for t in named if (t, RDF.type, None) not in ONTOLOGY) == []
    assert (None, OWL.imports, None) not in SHAPES
