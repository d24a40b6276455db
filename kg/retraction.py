"""Taking a source back: what is left of a corpus without it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kg import names
from kg.errors import KGError, near
from kg.model import Claim, Corpus

__all__ = ["without"]


def without(corpus: Corpus, sources: Collection[str]) -> Corpus:
    """Return the corpus without some sources, by id, and all that rests only on them.

    A claim loses the evidence that lies in them, and goes if it had some and has
    none left.  An inferred claim goes with any of its premises, and so on.
    Entities stay: they are ours, not a source's, and so are the words of a claim
    that other sources hold.  Raises :class:`~kg.errors.KGError` for a source that
    the corpus does not have.

    >>> from kg import corpus
    >>> toy = corpus.load("tests/toy/data")
    >>> len(toy.claims), len(without(toy, ["mirae-launch"]).claims)
    (14, 7)
    """
    for source in sources:
        if source not in corpus.sources:
            remedy = near(source, corpus.sources, f"it has {', '.join(corpus.sources) or 'none'}")
            raise KGError(source, "is no source of the graph", remedy)
    left = {names.claim_iri(claim): _without(claim, sources) for claim in corpus.claims}
    claims = {
        iri: claim
        for (iri, claim), before in zip(left.items(), corpus.claims, strict=True)
        if claim.evidence or not before.evidence
    }
    while gone := {iri for iri, claim in claims.items() if not claims.keys() >= {*claim.premises}}:
        claims = {iri: claim for iri, claim in claims.items() if iri not in gone}
    kept = {id: source for id, source in corpus.sources.items() if id not in sources}
    return Corpus(corpus.entities, kept, tuple(claims.values()))


def _without(claim: Claim, sources: Collection[str]) -> Claim:
    left = tuple(each for each in claim.evidence if each.source not in sources)
    return replace(claim, evidence=left)
