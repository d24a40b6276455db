"""From a data folder to a checked graph, and from the graph to the files that people take away."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from kg import checks, corpus, evidence, exporters, names, network, rdf, store, view
from kg.errors import KGError, Problem, near
from kg.model import Article, Corpus

__all__ = ["OUTPUTS", "Checked", "build", "check", "coverage", "graph", "open_graph", "texts"]

OUTPUTS = ("graph.ttl", "graph.nq", "graph.graphml", "graph.html")
"""What :func:`build` writes: the data as Turtle, data and ontology as N-Quads, for graph
programs, and to look at."""

Progress = Callable[[str], None]
"""Called with what is being done now."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A data folder that loaded, the graph made of it, and what the checks say of both."""

    corpus: Corpus
    store: store.Store
    texts: Mapping[str, str]
    """The articles' texts that are at hand, by source id."""
    proof: evidence.Proof
    report: checks.Report


def graph(data: Corpus, location: str | Path | None = None) -> store.Store:
    """Return a store with the corpus in its default graph and the ontology in a graph of its own.

    In memory, or in the directory `location`, whose content is exchanged whole or
    not at all.
    """
    opened = store.open(location)
    try:
        opened.replace(chain(rdf.quads(data), rdf.ontology()))
    except BaseException:
        opened.close()
        raise
    return opened


def open_graph(location: str | None, data: Path) -> store.Store:
    """Open the store at `location` for reading, or without one build the graph of `data`."""
    if location is None:
        return graph(corpus.load(data))
    return store.open(location, read_only=True)


def check(data: Path, articles: Path | None, progress: Progress = lambda _: None) -> Checked:
    """Load a data folder and check all of it: form, evidence, rules and shapes.

    Raises :class:`~kg.errors.Problems` if the folder does not load at all; close
    the store in the end.
    """
    progress("reading the data")
    read = corpus.load(data)
    progress("proving the evidence")
    material, problems = evidence.read_material(read, data, articles)
    proof = evidence.prove(read, material)
    progress("making the graph")
    made = graph(read)
    progress("checking rules and shapes")
    found = [_finding(problem) for problem in (*problems, *proof.problems)]
    places = {names.claim_iri(claim): claim.place for claim in read.claims}
    report = checks.run(made, places=places).extended(found)
    return Checked(read, made, _texts(read, material), proof, report)


def _finding(problem: Problem) -> checks.Finding:
    return checks.Finding("error", problem.place, problem.what, problem.remedy, "evidence")


def _texts(read: Corpus, material: Mapping[str, evidence.Material]) -> dict[str, str]:
    articles = (id for id, source in read.sources.items() if isinstance(source, Article))
    return {id: str(material[id]) for id in articles if id in material}


def texts(data: Path, articles: Path | None) -> dict[str, str]:
    """Return the articles' texts that are at hand, by source id."""
    if articles is None:
        return {}
    read = corpus.load(data)
    material, _ = evidence.read_material(read, data, articles)
    return _texts(read, material)


def coverage(source: str, data: Path, articles: Path | None) -> tuple[str, list[evidence.Sentence]]:
    """Return an article's text and its sentences with the claims that rest on each."""
    read = corpus.load(data)
    if not isinstance(read.sources.get(source), Article):
        known = [id for id, each in read.sources.items() if isinstance(each, Article)]
        raise KGError(source, "is no article of the data", near(source, known, ", ".join(known)))
    text = texts(data, articles).get(source)
    if text is None:
        remedy = "say --articles FOLDER (or set KG_ARTICLES)"
        raise KGError(source, f"its text {source}.txt is not at hand", remedy)
    return text, evidence.coverage(read, source, text)


def build(
    data: Path, articles: Path | None, folder: Path, progress: Progress = lambda _: None
) -> tuple[Checked, list[Path]]:
    """Check a data folder and write :data:`OUTPUTS` to `folder`; return the files' paths.

    If the report has errors nothing is written.  The files are made beside the
    folder's other content and moved in together at the end.
    """
    if folder.exists() and not folder.is_dir():
        raise KGError(folder, "is a file", "name a folder with -o")
    checked = check(data, articles, progress)
    with checked.store as made:
        if not checked.report.ok:
            return checked, []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=".kg-", dir=folder))
        except OSError as error:
            what = f"cannot be written: {error.strerror}"
            raise KGError(folder, what, "choose another folder with -o") from error
        try:
            for name in OUTPUTS:
                progress(f"writing {name}")
                if name.endswith(".html"):
                    view.write(network.project(made), beside / name, texts=checked.texts)
                else:
                    exporters.export(made, beside / name)
            return checked, [(beside / name).replace(folder / name) for name in OUTPUTS]
        finally:
            shutil.rmtree(beside)
