"""The ontology: complete, in its profile, consistent, aligned with what exists, and used."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tomllib
from pathlib import Path

import owl2rl
import pytest
import vocabularies
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, VANN, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from kg import corpus, paths, rdf
from kg.model import Corpus

ROOT = Path(__file__).resolve().parents[1]
AIE = Namespace("https://w3id.org/aieco/ontology#")
IRI = URIRef("https://w3id.org/aieco/ontology")
SHAPE = "https://w3id.org/aieco/shapes#"
LANGUAGES = ["en", "ko"]

ONTOLOGY = Graph().parse(ROOT / "ontology" / "aieco.ttl")
ALIGNMENTS = Graph().parse(ROOT / "ontology" / "alignments.ttl")
SHAPES = Graph().parse(ROOT / "ontology" / "shapes.ttl")
TERMS = sorted({s for s in ONTOLOGY.subjects() if isinstance(s, URIRef) and s.startswith(AIE)})
SUPERS = (RDFS.subClassOf, RDFS.subPropertyOf)

PREFIXES = """
@prefix aie: <https://w3id.org/aieco/ontology#> .
@prefix id: <https://w3id.org/aieco/id/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def with_(turtle: str, *graphs: Graph) -> Graph:
    made = Graph()
    for graph in graphs or (ONTOLOGY,):
        made += graph
    return made.parse(data=PREFIXES + turtle, format="turtle")


def local(term: Node) -> str:
    return str(term).removeprefix(AIE)


@pytest.fixture(scope="module")
def shipped() -> Corpus:
    return corpus.load(paths.shipped("data"))


# -- complete ----------------------------------------------------------------


def test_header() -> None:
    version = str(ONTOLOGY.value(IRI, OWL.versionInfo))
    assert (IRI, RDF.type, OWL.Ontology) in ONTOLOGY
    assert (IRI, OWL.versionIRI, URIRef(f"{IRI}/{version}")) in ONTOLOGY
    assert (IRI, VANN.preferredNamespacePrefix, Literal("aie")) in ONTOLOGY
    assert (IRI, VANN.preferredNamespaceUri, Literal(str(AIE))) in ONTOLOGY
    licence = URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert (IRI, DCTERMS.license, licence) in ONTOLOGY
    for predicate in (DCTERMS.title, DCTERMS.description):
        assert sorted(o.language for o in ONTOLOGY.objects(IRI, predicate)) == LANGUAGES
    for predicate in (DCTERMS.created, DCTERMS.modified, DCTERMS.creator):
        assert (IRI, predicate, None) in ONTOLOGY
    changes = (ROOT / "ontology" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {version}" in changes


@pytest.mark.parametrize("term", TERMS, ids=local)
def test_term_is_documented(term: URIRef) -> None:
    assert (term, RDF.type, None) in ONTOLOGY
    assert list(ONTOLOGY.objects(term, RDFS.isDefinedBy)) == [IRI]
    for predicate in (RDFS.label, SKOS.definition):
        said = {o.language: str(o) for o in ONTOLOGY.objects(term, predicate)}
        assert sorted(said) == LANGUAGES
        assert re.search("[가-힣]", said["ko"])
        assert re.search("[A-Za-z]", said["en"])
    for definition in ONTOLOGY.objects(term, SKOS.definition):
        assert re.fullmatch(r"\S.*[.)]", str(definition))


def test_every_example_is_in_both_languages_or_in_none() -> None:
    for term in set(ONTOLOGY.subjects(SKOS.example)):
        said = sorted(o.language or "" for o in ONTOLOGY.objects(term, SKOS.example))
        assert said in (LANGUAGES, [""]), term


def test_no_term_is_used_that_is_not_defined() -> None:
    used = {
        node
        for triple in itertools.chain(ONTOLOGY, ALIGNMENTS, SHAPES)
        for node in triple
        if isinstance(node, URIRef) and node.startswith(AIE)
    }
    assert sorted(map(local, used - {*TERMS})) == []
    assert sorted(named_in_queries() - {*map(local, TERMS)}) == []


# -- in the profile ----------------------------------------------------------


def test_the_ontology_is_owl_2_rl() -> None:
    assert owl2rl.violations(ONTOLOGY) == []


def test_the_alignments_are_owl_2_rl() -> None:
    assert owl2rl.violations(ONTOLOGY + ALIGNMENTS) == []


@pytest.mark.parametrize(
    "construct",
    [
        "aie:Agent rdfs:subClassOf [ a owl:Class ; owl:unionOf ( aie:Person aie:Group ) ] .",
        "aie:Person rdfs:subClassOf [ owl:onProperty aie:said ; owl:someValuesFrom aie:Entity ] .",
        "aie:Status owl:oneOf ( aie:Stated aie:Planned ) .",
        "aie:Entity rdfs:subClassOf owl:Thing .",
        "aie:Person rdfs:subClassOf aie:Human .",
        "aie:partOf a owl:ReflexiveProperty .",
        "aie:partOf a owl:TransitiveProperty .",
        "aie:name a owl:SymmetricProperty .",
        "aie:name a owl:ObjectProperty .",
        "aie:birthYear rdfs:range xsd:gYear .",
        "aie:amount rdfs:range owl:rational .",
        "aie:partOf rdfs:subPropertyOf aie:name .",
        "aie:Claim rdfs:subClassOf rdf:Statement .",
        "id:kim a aie:Person .",
        "aie:Person aie:said aie:Statement .",
        'aie:Person rdfs:comment "2021"^^xsd:gYear .',
        "[] a owl:AllDisjointClasses ; owl:members ( aie:Person aie:Robot ) .",
    ],
)
def test_other_constructs_are_found(construct: str) -> None:
    assert len(owl2rl.violations(with_(construct))) >= 1


# -- consistent --------------------------------------------------------------

needs_java = pytest.mark.skipif(
    shutil.which("java") is None, reason="HermiT needs Java, which this machine does not have"
)


@pytest.fixture(autouse=True)
def _short_lived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Java compiles well for long work; here that takes longer than what it is for."""
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def unsatisfiable(graph: Graph, folder: Path) -> list[str]:
    """Return the classes that HermiT proves empty; raises where there is no model at all."""
    import owlready2

    file = folder / "ontology.nt"
    graph.serialize(file, format="nt", encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(file.as_uri()).load()
    owlready2.sync_reasoner_hermit(world, debug=0)
    return sorted({str(cls.iri) for cls in world.inconsistent_classes()} - {str(OWL.Nothing)})


def is_consistent(graph: Graph, folder: Path) -> bool:
    import owlready2

    try:
        return unsatisfiable(graph, folder) == []
    except owlready2.OwlReadyInconsistentOntologyError:
        return False


@needs_java
def test_no_class_is_empty(tmp_path: Path) -> None:
    assert unsatisfiable(ONTOLOGY + ALIGNMENTS, tmp_path) == []


@needs_java
def test_an_empty_class_is_found(tmp_path: Path) -> None:
    graph = with_("aie:Hybrid a owl:Class ; rdfs:subClassOf aie:Person , aie:Organisation .")
    assert unsatisfiable(graph, tmp_path) == [str(AIE.Hybrid)]


@needs_java
@pytest.mark.parametrize(
    "facts",
    [
        "id:kim a aie:Person , aie:Company .",
        "id:kim aie:holdsPost id:lab . id:lab a aie:Place .",
        "id:lab aie:partOf id:lab .",
        "id:lab aie:partnerOf id:seoul . id:seoul a aie:Place .",
        "id:c a aie:Claim ; aie:status aie:Stated , aie:Planned .",
        "id:c a aie:Claim ; aie:quantity 1 , 2 .",
        'id:c a aie:Claim ; aie:amount "much" .',
    ],
)
def test_a_contradiction_is_found(facts: str, tmp_path: Path) -> None:
    assert not is_consistent(with_(facts), tmp_path)


@needs_java
def test_a_post_can_be_held_again(tmp_path: Path) -> None:
    facts = "id:kim a aie:Person ; aie:holdsPost id:lab ; aie:heldPost id:lab ."
    assert is_consistent(with_(facts), tmp_path)


@needs_java
def test_the_shipped_data_is_consistent(shipped: Corpus, tmp_path: Path) -> None:
    """What the ontology has words for; rdf:subject and the like OWL 2 DL keeps to itself."""
    declared = {str(term) for term in TERMS}
    graph = Graph()
    graph += ONTOLOGY
    for subject, predicate, value, _ in rdf.quads(shipped):
        typed = predicate.value == str(RDF.type) and value.value in declared
        if typed or predicate.value in declared:
            read = Graph().parse(data=f"{subject} {predicate} {value} .", format="nt")
            graph += Graph() if has_foreign_datatype(read) else read
    assert is_consistent(graph, tmp_path)


def has_foreign_datatype(graph: Graph) -> bool:
    """Say whether a literal is of a datatype that OWL 2 does not have, such as xsd:date."""
    datatypes = (getattr(o, "datatype", None) for o in graph.objects())
    return any(d is not None and d not in owl2rl.DATATYPES for d in datatypes)


# -- aligned -----------------------------------------------------------------

ARCHIVE = Path(os.environ.get("KG_VOCAB", ROOT.parent / "shared" / "data" / "vocab.tar.xz"))
needs_archive = pytest.mark.skipif(
    not ARCHIVE.is_file(), reason="the vocabularies are not here (set KG_VOCAB to vocab.tar.xz)"
)
MATCHES = {SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch}


def mappings() -> list[tuple[Node, Node, Node]]:
    found = []
    for s, p, o in ALIGNMENTS:
        if isinstance(s, URIRef) and s.startswith(AIE):
            inverse = ALIGNMENTS.value(o, OWL.inverseOf)
            found.append((s, p, inverse or o))
    return sorted(found)


@pytest.mark.parametrize("mapping", mappings(), ids=lambda m: f"{local(m[0])}-{m[2]}")
def test_mapped_term_exists(mapping: tuple[Node, Node, Node]) -> None:
    ours, predicate, theirs = mapping
    assert predicate in {*SUPERS, *MATCHES}
    kind = "class" if (ours, RDF.type, OWL.Class) in ONTOLOGY else "property"
    assert vocabularies.listed().get(str(theirs)) == kind


@needs_archive
def test_the_list_of_terms_is_that_of_the_vocabularies() -> None:
    text = vocabularies.as_text(vocabularies.terms_of(ARCHIVE))
    assert vocabularies.LISTED.read_text(encoding="utf-8") == text


@needs_java
@needs_archive
def test_no_class_is_empty_beside_the_vocabularies(tmp_path: Path) -> None:
    """With their class hierarchies, disjointness, domains and ranges: no position is a company."""
    graph = ONTOLOGY + ALIGNMENTS + class_axioms()
    assert unsatisfiable(graph, tmp_path) == []


@needs_java
@needs_archive
def test_a_false_mapping_is_found(tmp_path: Path) -> None:
    graph = ONTOLOGY + ALIGNMENTS + class_axioms()
    graph.add((AIE.Position, RDFS.subClassOf, URIRef("http://www.w3.org/ns/org#Role")))
    graph.add((AIE.Position, RDFS.subClassOf, URIRef("http://www.w3.org/ns/org#Organization")))
    assert unsatisfiable(graph, tmp_path) == [str(AIE.Position)]


def class_axioms() -> Graph:
    """What the vocabularies say of named classes, and of the properties mapped to."""
    classes = {URIRef(iri) for iri, kind in vocabularies.listed().items() if kind == "class"}
    mapped = {theirs for _, predicate, theirs in mappings() if predicate == RDFS.subPropertyOf}
    between_classes = {RDFS.subClassOf, OWL.equivalentClass, OWL.disjointWith}
    graph = Graph()
    for triple in vocabularies.archived(ARCHIVE):
        s, p, o = (URIRef(getattr(term, "value", "")) for term in triple)
        of_class, of_property = s in classes and p in between_classes, s in mapped
        if o in classes and (of_class or (of_property and p in {RDFS.domain, RDFS.range})):
            graph.add((s, p, o))
            graph += [(cls, RDF.type, OWL.Class) for cls in {s, o} & classes]
    return graph


# -- used --------------------------------------------------------------------


def named_in_queries() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "kg").rglob("*.rq"):
        lines = file.read_text(encoding="utf-8").splitlines()
        code = "\n".join(line for line in lines if not line.startswith("#"))
        found.update(re.findall(r"\baie:(\w+)", code))
    return found


def named_in_shapes() -> set[str]:
    """But for the shapes of a property's domain and range: every property has them."""
    mirrored = {
        shape
        for shape, property_ in SHAPES.subject_objects(RDF.type)
        if re.fullmatch(rf"{SHAPE}([a-z]\w*(Subject|Object|Value)|OnlyOn\w+)", str(shape))
    }
    return {
        local(node)
        for s, p, o in SHAPES
        if s not in mirrored
        for node in (s, p, o)
        if isinstance(node, URIRef) and node.startswith(AIE)
    }


def named_in_data(data: Corpus) -> set[str]:
    found = {entity.cls for entity in data.entities.values()}
    for claim in data.claims:
        found |= {claim.predicate, claim.status.capitalize(), claim.rank.capitalize()}
        for name, value in claim.qualifiers:
            found.add(name)
            if getattr(value, "datatype", "").startswith("aie:"):
                found.add(value.value.capitalize())
    return found


def with_what_they_need(names: set[str]) -> set[str]:
    """The terms, all above them, and the classes that they lead from and to."""
    found, due = set[str](), set(names)
    while due:
        term = AIE[due.pop()]
        found.add(local(term))
        for predicate in (*SUPERS, RDFS.domain, RDFS.range, RDF.type):
            due |= {local(o) for o in ONTOLOGY.objects(term, predicate) if o in TERMS} - found
    return found


def test_every_term_is_used_or_excepted(shipped: Corpus) -> None:
    """By a query, a shape or the data; an exception that is used is stale and has to go."""
    exceptions = tomllib.loads((ROOT / "ontology" / "exceptions.toml").read_text(encoding="utf-8"))
    named = named_in_queries() | named_in_shapes() | named_in_data(shipped)
    unused = {*map(local, TERMS)} - with_what_they_need(named)
    assert unused == exceptions.keys()
    assert all(isinstance(reason, str) and len(reason) > 10 for reason in exceptions.values())
