"""What the vocabularies define to which ``ontology/alignments.ttl`` maps.

``vocabulary-terms.txt`` lists their classes and properties, so that the tests
need no archive.  To renew it from a ``vocab.tar.xz`` of their RDF files::

    python tests/vocabularies.py vocab.tar.xz > tests/vocabulary-terms.txt
"""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

LISTED = Path(__file__).parent / "vocabulary-terms.txt"
FILES = ("dcterms.nq", "foaf.nq", "oa.nq", "org.nq", "prov.nq", "skos.nq")
NAMESPACES = (
    "http://purl.org/dc/terms/",
    "http://www.w3.org/2004/02/skos/core#",
    "http://www.w3.org/ns/oa#",
    "http://www.w3.org/ns/org#",
    "http://www.w3.org/ns/prov#",
    "http://xmlns.com/foaf/0.1/",
    "https://schema.org/",
)
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
KINDS = {"Class": "class", "Property": "property"}


def archived(archive: Path) -> Iterator[ox.Triple]:
    """Yield what the vocabularies of the archive state."""
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            name = member.name.rpartition("/")[2]
            if name in FILES or name.startswith("schemaorg"):
                content = files.extractfile(member)
                assert content is not None
                form = ox.RdfFormat.from_extension(name.rpartition(".")[2])
                yield from (quad.triple for quad in ox.parse(io.BytesIO(content.read()), form))


def terms_of(archive: Path) -> dict[str, str]:
    """Return ``class`` or ``property`` by IRI, sorted."""
    found = {}
    for subject, predicate, value in archived(archive):
        if predicate == TYPE and subject.value.startswith(NAMESPACES):
            for ending, kind in KINDS.items():
                if value.value.endswith(ending):
                    found[subject.value] = kind
    return dict(sorted(found.items()))


def as_text(terms: dict[str, str]) -> str:
    """Write them in the form of the list: a line a namespace, then one a term."""
    lines = ["# Terms of the vocabularies that ontology/alignments.ttl maps to: vocabularies.py"]
    for namespace in NAMESPACES:
        lines.append(namespace)
        lines += [
            f"{kind} {iri.removeprefix(namespace)}"
            for iri, kind in terms.items()
            if iri.startswith(namespace)
        ]
    return "\n".join(lines) + "\n"


def listed() -> dict[str, str]:
    """Read the list: ``class`` or ``property`` by IRI."""
    found, namespace = {}, ""
    for line in LISTED.read_text(encoding="utf-8").splitlines()[1:]:
        kind, _, name = line.partition(" ")
        if name:
            found[namespace + name] = kind
        else:
            namespace = line
    return found


if __name__ == "__main__":
    sys.stdout.write(as_text(terms_of(Path(sys.argv[1]))))
