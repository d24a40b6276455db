"""From a data folder to a checked graph, and from the graph to the files that people take away."""

from __future__ import annotations

import functools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg import checks, corpus, evidence, exporters, names, network, reason, store, view
from kg.errors import KGError, KGWarning, Problem, near
from kg.model import Article, Corpus
from kg.opening import graph, texts_of
from kg.retraction import without as without_sources

__all__ = ["OUTPUTS", "Checked", "build", "check", "check_store", "coverage"]

OUTPUTS = ("graph.ttl", "graph.nq", "graph.graphml", "graph.html")
"""What :func:`build` writes: the data as Turtle; data, ontology and what was inferred as N-Quads;
for graph programs, and to look at."""

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


def check(
    data: Path,
    articles: Path | None,
    progress: Progress = lambda _: None,
    *,
    without: Collection[str] = (),
) -> Checked:
    """Load a data folder and check all of it: form, evidence, rules and shapes.

    The sources `without` are left out.  Raises :class:`~kg.errors.Problems` if the
    folder does not load at all; close the store in the end.
    """
    progress("reading the data")
    read = without_sources(corpus.load(data), without)
    progress("proving the evidence")
    material, problems = evidence.read_material(read, data, articles)
    proof = evidence.prove(read, material)
    progress("making the graph")
    made = graph(read)
    progress("checking rules and shapes")
    found = [_finding(problem) for problem in (*problems, *proof.problems)]
    places = {names.claim_iri(claim): claim.place for claim in read.claims}
    report = checks.run(made, places=places).extended(found)
    return Checked(read, made, texts_of(read, material), proof, report)


def check_store(location: str) -> checks.Report:
    """Return what the rules and shapes find in a store, a directory or a server."""
    with store.open(location, read_only=True) as opened:
        return checks.run(opened.exact)


def _finding(problem: Problem) -> checks.Finding:
    return checks.Finding("error", problem.place, problem.what, problem.remedy, "evidence")


def coverage(source: str, data: Path, articles: Path | None) -> tuple[str, list[evidence.Sentence]]:
    """Return an article's text and its sentences with the claims that rest on each."""
    read = corpus.load(data)
    if not isinstance(read.sources.get(source), Article):
        known = [id for id, each in read.sources.items() if isinstance(each, Article)]
        raise KGError(
            source,
            "is no article of the data",
            near(source, known, f"choose one of {', '.join(known)}"),
        )
    text = texts_of(read, evidence.read_material(read, data, articles)[0]).get(source)
    if text is None:
        remedy = "say --articles FOLDER (or set KG_ARTICLES)"
        raise KGError(source, f"its text {source}.txt is not at hand", remedy)
    return text, evidence.coverage(read, source, text)


def build(
    data: Path,
    articles: Path | None,
    folder: Path,
    progress: Progress = lambda _: None,
    *,
    reasoning: bool = True,
    without: Collection[str] = (),
    keep: str | None = None,
) -> tuple[Checked, list[Path]]:
    """Check a data folder and write :data:`OUTPUTS` to `folder`; return the files' paths.

    The sources `without` are left out.  Unless told not to, the rules are run, and
    ``graph.nq`` holds what they infer in a graph of its own.  The checks are of what
    sources say; that the rules infer only what would pass them is for tests.

    With `keep` the graph is also kept in the store of that name, a directory or a server,
    whose content is exchanged (see :meth:`kg.store.Store.replace`); nobody else writes to a
    directory meanwhile.  If the report has errors
    nothing is written.  The files are made beside the folder's other content and moved in
    together at the end.
    """
    if folder.exists() and not folder.is_dir():
        raise KGError(folder, "is a file", "name a folder with -o")
    with ExitStack() as held:
        kept = functools.cache(lambda: held.enter_context(store.open(keep, at_once=False)))
        if keep is not None and _can_be_had(keep):
            kept()  # from here on it is ours: who cannot have it learns it before the work
        checked = check(data, articles, progress, without=without)
        with checked.store as made:
            if not checked.report.ok:
                return checked, []
            if reasoning:
                progress("reasoning")
                reason.infer(made)

            def keeping(quads: Path) -> None:
                if keep is not None:
                    progress(f"keeping the graph in {keep}")
                    kept().replace(ox.parse(path=quads, format=ox.RdfFormat.N_QUADS))

            return checked, _written(checked, folder, progress, keeping)


def _can_be_had(location: str) -> bool:
    """Whether a store can be opened already; in a folder that is to be made it is nobody's yet."""
    return store.is_remote(location) or Path(location).absolute().parent.is_dir()


def _written(
    checked: Checked, folder: Path, progress: Progress, keeping: Callable[[Path], None]
) -> list[Path]:
    """Write the files, and have `keeping` keep their quads before they are seen."""
    made = checked.store
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".kg-", dir=folder))
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise KGError(folder, what, "choose another folder with -o") from error
    try:
        for name in OUTPUTS:
            progress(f"writing {name}")
            if not name.endswith(".html"):
                exporters.export(made, beside / name)
            elif any(network.project(made).edges()):
                view.write(network.project(made), beside / name, texts=checked.texts)
            else:
                why = "is not written", "nothing is linked yet, so there is nothing to draw"
                warnings.warn(KGWarning(name, *why), stacklevel=2)
        keeping(beside / "graph.nq")
        written = [name for name in OUTPUTS if (beside / name).exists()]
        return [(beside / name).replace(folder / name) for name in written]
    finally:
        shutil.rmtree(beside)
