"""``kg reason``, ``--no-reason``, ``--inferred`` and ``--without`` as a user meets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import names, opening, store
from kg.cli import main
from kg.model import Corpus

ON_TOY = ("--data", "tests/toy/data")
INFERRED = f"<{names.INFERRED}>"


def test_reason_prints_what_each_rule_made(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["reason", *ON_TOY]) == 0
    out, err = capfd.readouterr()
    counts = {line.split()[1]: int(line.split()[0]) for line in out.splitlines()}
    assert counts["member-of"] == 2
    assert counts["partner-of"] == 0
    assert err.split() == [str(sum(counts.values())), "claims", "inferred"]
    assert main(["reason", *ON_TOY, "--lang", "ko"]) == 0
    assert "자리를 맡은 사람은 그 조직의 구성원이다" in capfd.readouterr().out


def test_reason_writes_to_a_store(
    toy_corpus: Corpus, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "graph")
    opening.graph(toy_corpus, path).close()
    asked = ["query", "ASK { id:kim-haneul aie:memberOf id:mirae-group }", "--store", path]
    assert main([*asked, "--inferred"]) == 2
    assert f"holds nothing inferred; run kg reason --store {path}" in capfd.readouterr().err
    assert main(["reason", "--store", path]) == 0
    capfd.readouterr()
    assert main([*asked, "--inferred"]) == 0
    assert capfd.readouterr().out == "yes\n"
    assert main(asked) == 0
    assert capfd.readouterr().out == "no\n"


def test_reason_makes_no_store(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["reason", "--store", str(tmp_path / "nothing")]) == 2
    assert "nothing: " in capfd.readouterr().err
    assert not (tmp_path / "nothing").exists()
    assert main(["reason", "--store", str(tmp_path), "--without", "ror"]) == 2


@pytest.mark.parametrize(("options", "holds"), [((), True), (("--no-reason",), False)])
def test_build_puts_what_is_inferred_into_the_quads_only(
    options: tuple[str, ...], holds: bool, tmp_path: Path
) -> None:
    assert main(["build", *ON_TOY, "-q", "-o", str(tmp_path), *options]) == 0
    assert (INFERRED in (tmp_path / "graph.nq").read_text("utf-8")) is holds
    for name in ("graph.ttl", "graph.graphml", "graph.html"):
        assert "memberOf" not in (tmp_path / name).read_text("utf-8")


def test_build_without_a_source(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    gone = ("--without", "mirae-launch")
    assert main(["build", *ON_TOY, "-q", "-o", str(tmp_path), *gone]) == 0
    quads = (tmp_path / "graph.nq").read_text("utf-8")
    assert "mirae-launch" not in quads
    assert "alumnusOf> <https://w3id.org/aieco/id/" not in quads
    assert "memberOf> <https://w3id.org/aieco/id/" in quads
    assert main(["check", *ON_TOY, *gone]) == 0
    assert main(["check", *ON_TOY, "--without", "mirae-lunch"]) == 2
    assert "mirae-lunch: is no source of the graph; did you" in capfd.readouterr().err


def test_a_store_is_asked_without_a_source(toy_corpus: Corpus, tmp_path: Path) -> None:
    path = str(tmp_path / "graph")
    opening.graph(toy_corpus, path).close()
    founded = "ASK { id:mirae-group aie:founded ?x }"
    with opening.open_graph(path, Path(), without=["mirae-launch"], inferred=True) as left:
        assert left.query(founded) is False
        assert left.query("ASK { id:kim-haneul aie:memberOf ?x }") is True
    with store.open(path, read_only=True) as whole:
        assert whole.query(founded) is True
