"""Every named question: its header, that it parses, and its answers on both graphs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import queries, results
from kg.store import Store

GOLDEN = Path(__file__).parent / "golden/queries"


@pytest.mark.parametrize("graph", ["toy", "shipped"])
@pytest.mark.parametrize("name", sorted(queries.catalogue()))
def test_a_question_answers_as_it_did(
    name: str, graph: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Wrong answers are mended in the query, right ones by ``pytest --golden``."""
    store: Store = request.getfixturevalue(f"{graph}_store")
    question = queries.catalogue()[name]
    out = tmp_path / "answer.csv"
    results.write(store.query(question.text, place=name), str(out))
    golden = GOLDEN / graph / f"{name}.csv"
    if request.config.getoption("--golden"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(out.read_bytes())
    assert out.read_bytes() == golden.read_bytes()


def test_every_golden_answer_belongs_to_a_question() -> None:
    found = {path.stem for path in GOLDEN.glob("*/*.csv")}
    assert found == set(queries.catalogue())


def test_titles_are_in_both_languages() -> None:
    for question in queries.catalogue().values():
        assert question.titles["en"].endswith("?")
        assert question.titles["ko"].endswith("?")
        assert question.description
