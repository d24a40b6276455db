"""Is an ontology in the part of OWL 2 RL (and DL) that we write?

An allow-list, stricter than the profile (https://www.w3.org/TR/owl2-profiles/#OWL_2_RL):
axioms stand between named terms only, and what is not on the list is reported.
So nothing needs to be known of constructs that we do not use.
"""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

CLASS, OBJECT, DATA = {OWL.Class}, {OWL.ObjectProperty}, {OWL.DatatypeProperty}
NOTE, ONE = {OWL.AnnotationProperty}, {OWL.NamedIndividual}
KINDS = (CLASS, OBJECT, DATA, NOTE, ONE)

# Section 4.2 of the profile; rdf:PlainLiteral is what a literal with a language is.
DATATYPES = {RDF.PlainLiteral, RDF.XMLLiteral, RDFS.Literal}
for names in (
    "decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger",
    "long int short byte unsignedLong unsignedInt unsignedShort unsignedByte float double",
    "string normalizedString token language Name NCName NMTOKEN",
    "boolean hexBinary base64Binary anyURI dateTime dateTimeStamp",
):
    DATATYPES |= {XSD[name] for name in names.split()}

AXIOMS = {
    RDFS.subClassOf: [(CLASS, CLASS)],
    OWL.equivalentClass: [(CLASS, CLASS)],
    OWL.disjointWith: [(CLASS, CLASS)],
    RDFS.subPropertyOf: [(OBJECT, OBJECT), (DATA, DATA)],
    OWL.inverseOf: [(OBJECT, OBJECT)],
    RDFS.domain: [(OBJECT, CLASS), (DATA, CLASS)],
    RDFS.range: [(OBJECT, CLASS), (DATA, DATATYPES)],
}
# No owl:TransitiveProperty: OWL 2 DL forbids it beside the others, and what follows
# over several steps is a rule's to infer, with its proof.
CHARACTERISTICS = {
    OWL.FunctionalProperty: (OBJECT, DATA),
    OWL.SymmetricProperty: (OBJECT,),
    OWL.IrreflexiveProperty: (OBJECT,),
}
LISTS = {
    OWL.AllDisjointClasses: (OWL.members, CLASS),
    OWL.AllDifferent: (OWL.distinctMembers, ONE),
}
BUILT_IN_NOTES = {RDFS.label, RDFS.comment, RDFS.isDefinedBy, RDFS.seeAlso, OWL.versionInfo}


def violations(graph: Graph) -> list[str]:
    """Return what is not allowed, one line a statement, sorted; empty when all is well."""
    return sorted({f"{_name(graph, s)} {_name(graph, p)} {_name(graph, o)}: {why}"
                   for s, p, o, why in _violations(graph)})  # fmt: skip


def _name(graph: Graph, node: Node) -> str:
    return "[]" if isinstance(node, BNode) else node.n3(graph.namespace_manager)


def _violations(graph: Graph) -> Iterator[tuple[Node, Node, Node, str]]:
    plumbing = _plumbing(graph)
    for s, p, o in graph:
        if (s, p, o) in plumbing:
            continue
        if isinstance(o, Literal) and o.datatype is not None and o.datatype not in DATATYPES:
            yield s, p, o, "datatype outside the profile"
        if isinstance(s, BNode) or isinstance(o, BNode):
            yield s, p, o, "anonymous expression"
        elif p == RDF.type:
            if why := _type_problem(graph, s, o):
                yield s, p, o, why
        elif p in AXIOMS:
            sides = AXIOMS[p]
            if not any(_is(graph, s, left) and _is(graph, o, right) for left, right in sides):
                yield s, p, o, "not between declared terms of the right kind"
        elif not (p in BUILT_IN_NOTES or _is(graph, p, NOTE) or _is_of_header(graph, s, p)):
            yield s, p, o, "predicate outside the list"


def _plumbing(graph: Graph) -> set[tuple[Node, Node, Node]]:
    """Statements with blank nodes that are allowed: the n-ary axioms, and inverse properties."""
    found: set[tuple[Node, Node, Node]] = set()
    for axiom, (members, kind) in LISTS.items():
        for node in graph.subjects(RDF.type, axiom):
            listed = Collection(graph, graph.value(node, members))
            if isinstance(node, BNode) and all(_is(graph, each, kind) for each in listed):
                cells = graph.transitive_objects(graph.value(node, members), RDF.rest)
                found |= {
                    triple
                    for cell in (node, *cells)
                    for triple in graph.triples((cell, None, None))
                }
    for node, inverse in graph.subject_objects(OWL.inverseOf):
        uses = list(graph.triples((None, None, node)))
        if isinstance(node, BNode) and _is(graph, inverse, OBJECT) and len(uses) == 1:
            ((sub, p, _),) = uses
            if p == RDFS.subPropertyOf and _is(graph, sub, OBJECT):
                found |= {(node, OWL.inverseOf, inverse), uses[0]}
    return found


def _is(graph: Graph, node: Node, kind: set[URIRef]) -> bool:
    if kind is DATATYPES:
        return node in DATATYPES
    return any((node, RDF.type, each) in graph for each in kind)


def _type_problem(graph: Graph, s: Node, type_: Node) -> str:
    own = [kind for kind in KINDS if _is(graph, s, kind)]
    if len(own) > 1:
        return "two kinds of term at once"
    if type_ == OWL.Ontology or any(type_ in kind for kind in KINDS):
        return ""
    if type_ in CHARACTERISTICS:
        return "" if own and own[0] in CHARACTERISTICS[type_] else "characteristic of no property"
    if _is(graph, type_, CLASS):
        return "" if own == [ONE] else "instance that is no declared individual"
    return "type outside the list"


def _is_of_header(graph: Graph, s: Node, p: Node) -> bool:
    return p == OWL.versionIRI and (s, RDF.type, OWL.Ontology) in graph
