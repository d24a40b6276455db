"""A query that takes too long is ended, whatever it does, and leaves everything usable."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from kg import limits, opening
from kg.cli import main
from kg.errors import KGError, KGWarning, Problem, Problems
from kg.model import Corpus

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER (?c != ?l) }"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(params=["in memory", "on disk"])
def graph(request: pytest.FixtureRequest, toy_corpus: Corpus, tmp_path: Path) -> list[str]:
    if request.param == "in memory":
        return ["--data", "tests/toy/data"]
    opening.graph(toy_corpus, tmp_path / "store").close()
    return ["--store", str(tmp_path / "store")]


def test_a_runaway_query_is_ended_and_the_store_stays_usable(
    graph: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    began = time.monotonic()
    assert main(["query", RUNAWAY, "--timeout", "0.5", *graph]) == 2
    assert time.monotonic() - began < 20
    out, err = capfd.readouterr()
    assert out == ""
    assert err == (
        "query: has no answer after 0.5 seconds; ask for less, or allow more with --timeout\n"
    )
    kept = tmp_path / "answer.csv"
    kept.write_text("kept")
    assert main(["query", ENDLESS, "--timeout", "0.5", "-o", str(kept), *graph]) == 2
    assert kept.read_text() == "kept"
    assert not list(tmp_path.glob(".answer*"))
    assert main(["query", "ASK { id:kim-haneul aie:said ?x }", *graph]) == 0


def test_who_sets_a_limit_gets_the_same_answer(
    graph: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for more in ([], ["-f", "csv"], ["--cite"], ["--lang", "ko"]):
        question = ["query", "posts", "-p", "person=김하늘", *graph, *more]
        assert main(question) == 0
        plain = capfd.readouterr().out
        assert main([*question, "--timeout", "100"]) == 0
        assert capfd.readouterr().out == plain
    path = tmp_path / "posts.json"
    assert main(["query", "posts", *graph, "--timeout", "100", "-o", str(path)]) == 0
    assert '"vars": ["person"' in path.read_text("utf-8")


def test_errors_come_through_a_limit(graph: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["query", "SELECT ?x {", "--timeout", "100", *graph]) == 2
    assert capfd.readouterr().err == "query:1:11: '{' is never closed; close it\n"


# -- what other processes are asked to do ------------------------------------


def several_problems(begin: Callable[[], None]) -> None:
    begin()
    raise Problems([Problem("a", "is wrong", "mend it"), Problem("b", "is wrong too")])


def broken_pipe(begin: Callable[[], None]) -> None:
    begin()
    raise BrokenPipeError


def bug(_: Callable[[], None]) -> None:
    raise ZeroDivisionError("of ours")


def sudden_end(_: Callable[[], None]) -> None:
    os._exit(3)


def slow_start(begin: Callable[[], None]) -> None:
    time.sleep(0.5)
    begin()


def test_what_another_process_raises_is_raised_here() -> None:
    with pytest.raises(Problems) as raised:
        limits.within(60, "work", several_problems)
    assert str(raised.value) == "a: is wrong; mend it\nb: is wrong too"
    with pytest.raises(BrokenPipeError):
        limits.within(60, "work", broken_pipe)
    with pytest.raises(RuntimeError, match="ZeroDivisionError: of ours"):
        limits.within(60, "work", bug)
    with pytest.raises(RuntimeError, match="without a word"):
        limits.within(60, "work", sudden_end)


def warning(begin: Callable[[], None]) -> None:
    begin()
    warnings.warn(KGWarning("a", "is odd", "look at it"), stacklevel=1)


def test_what_another_process_warns_of_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    limits.within(60, "work", warning)
    assert capfd.readouterr().err == "a: is odd; look at it\n"


def test_the_time_counts_from_when_the_work_begins() -> None:
    limits.within(0.4, "work", slow_start)
    with pytest.raises(KGError, match=r"work: has no answer after 0.1 seconds"):
        limits.within(0.1, "work", never)


def never(begin: Callable[[], None]) -> None:
    begin()
    time.sleep(60)


def test_ctrl_c_ends_a_runaway_query_at_once() -> None:
    command = [sys.executable, "-m", "kg", "query", RUNAWAY, "--data", "tests/toy/data"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(3)
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == -signal.SIGINT
