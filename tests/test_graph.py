"""``kg.open()``: one object for Python, and what a notebook shows of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kg
from kg.errors import KGError
from kg.graph import Answer, Graph

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def toy() -> Iterator[Graph]:
    with kg.open(data=TOY / "data", articles=TOY / "articles") as graph:
        yield graph


def test_rows_can_be_read_again_and_again(toy: Graph) -> None:
    answer = toy.query("SELECT ?who ?when { ?who aie:foundedOn ?when } ORDER BY ?when")
    assert isinstance(answer, Answer)
    assert len(answer) == len(list(answer)) == len(answer.records()) == 2
    assert answer.records()[0]["who"] == "https://w3id.org/aieco/id/mirae-ai-lab"
    assert "Mirae AI Lab" in str(answer)


def test_an_answer_is_a_table_in_a_notebook_and_nothing_in_it_is_markup(toy: Graph) -> None:
    answer = toy.query('SELECT ?x ?y { VALUES (?x ?y) { ("<script>" id:kim-haneul) } }')
    assert isinstance(answer, Answer)
    page = answer._repr_html_()
    assert "<th>x</th>" in page
    assert "<td>&lt;script&gt;</td><td>Haneul Kim</td>" in page


def test_named_questions_take_parameters_by_any_name(toy: Graph) -> None:
    answer = toy.query("posts", person="김하늘")
    assert isinstance(answer, Answer)
    assert "Nuri Institute" in str(answer)
    assert toy.query("ASK { id:kim-haneul a aie:Person }") is True


def test_the_rest_is_one_call_each(toy: Graph) -> None:
    assert toy.search("미래ai")[0].entity == "mirae-ai-lab"
    card = toy.show("Hanul Kim")
    assert "김 랩장은 누리연구소에서 선임연구원을 지냈다" in card
    assert card._repr_html_().startswith("<pre>")
    assert "Mirae Group" in toy.path("Haneul Kim", "미래그룹")
    assert "part of" in toy.explain("mirae-ai-lab", "partOf", "mirae-group")
    assert toy.network().to_networkx().number_of_nodes() == 13
    assert len(toy.rdflib()) > 100


def test_the_graph_is_its_page_in_a_frame(toy: Graph) -> None:
    frame = toy._repr_html_()
    assert frame.startswith('<iframe sandbox="allow-scripts allow-downloads"')
    assert frame.count("<") == 2  # the frame and its end: the page is quoted


def test_bad_input_says_what_to_do(toy: Graph) -> None:
    with pytest.raises(KGError, match="say which: mirae-ai-lab, mirae-group"):
        toy.show("Mirae")


def test_a_store_on_disk_opens_as_well(tmp_path: Path) -> None:
    from kg import corpus, opening

    opening.graph(corpus.load(TOY / "data"), tmp_path / "store").close()
    with kg.open(tmp_path / "store") as graph:
        assert graph.query("ASK { id:kim-haneul a aie:Person }") is True


def test_importing_kg_loads_nothing() -> None:
    code = "import sys, kg; print([name for name in sys.modules if name.startswith('kg.')])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'kg' has no attribute 'opne'"):
        kg.opne  # noqa: B018
