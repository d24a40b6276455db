"""``kg serve --processes``: several servers at one port."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path

import httpx
import pytest
from serving import PLAIN, family, serving, until

from kg import opening
from kg.cli import main
from kg.model import Corpus

ASK = "ASK { id:mirae-ai-lab a aie:ResearchInstitute }"


def servers(process: int) -> list[int]:
    """The servers that a process has started, by number."""
    return [each for each in children(process) if family(each)]


def children(process: int) -> list[int]:
    """All that a process has started, by number."""
    told = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(each) for each in told.split()]


def answers(url: str) -> int:
    """Ask over many connections, so that each server gets some; return how many are right."""
    right = 0
    for _ in range(40):
        with contextlib.suppress(httpx.TransportError):  # what waited for one that was killed
            answer = httpx.get(f"{url}/sparql", params={"query": ASK}, **PLAIN)
            right += answer.json()["boolean"]
    return right


def test_all_answer_alike_and_end_together() -> None:
    with serving("--processes", "2") as running:
        port = running.url.rpartition(":")[2]
        assert main(["serve", "-p", port, "--processes", "2"]) == 2  # not let in by mistake
        started = servers(running.process.pid)
        assert len(started) == 2
        assert answers(running.url) == 40
        tags = {running.ask(ASK, "*/*").headers["etag"] for _ in range(40)}
        assert len(tags) == 1
        everyone = family(running.process.pid)
        assert running.end() == 0
        assert until(lambda: not any(Path(f"/proc/{each}").exists() for each in everyone))
    assert len([line for line in running.log if "GET /sparql" in line]) == 80


def test_both_get_questions_and_one_that_dies_is_replaced() -> None:
    with serving("--processes", "2") as running:
        first = servers(running.process.pid)
        # With either held, the other goes on: the connections are dealt out among them.
        for held in first:
            os.kill(held, signal.SIGSTOP)
            some = 0
            for _ in range(20):
                try:
                    some += running.get("/healthz", timeout=0.1).status_code == 200
                except httpx.TimeoutException:
                    continue
            os.kill(held, signal.SIGCONT)
            assert 0 < some < 20
        os.kill(first[0], signal.SIGKILL)
        assert until(lambda: len(servers(running.process.pid)) == 2)
        assert until(lambda: answers(running.url) == 40)
        assert servers(running.process.pid) != first
    assert any("another takes its place" in line for line in running.log)


def test_one_that_cannot_start_again_ends_no_other(toy_corpus: Corpus, tmp_path: Path) -> None:
    path, away = tmp_path / "store", tmp_path / "away"
    opening.graph(toy_corpus, path).close()
    with serving("--processes", "2", "--store", str(path), data=None) as running:
        path.rename(away)
        os.kill(servers(running.process.pid)[0], signal.SIGKILL)
        assert until(lambda: any("will be tried again" in line for line in running.log))
        assert running.get("/healthz").status_code == 200
        away.rename(path)
        assert until(lambda: len(servers(running.process.pid)) == 2)
        assert until(lambda: answers(running.url) == 40)


def test_none_outlives_who_started_them() -> None:
    with serving("--processes", "2") as running:
        everyone = family(running.process.pid)
        running.end(signal.SIGKILL)
        assert until(lambda: not any(Path(f"/proc/{each}").exists() for each in everyone))


def test_what_stops_one_stops_all(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path / "nothing")
    assert main(["serve", "-p", "0", "--processes", "2", "--store", store]) == 2
    told = capfd.readouterr().err
    assert told == f"{store}: there is no store here; make one: kg build --store {store}\n"
    assert main(["serve", "--processes", "2", "--write", "--store", store]) == 2
    assert "--write: does not go with --processes; leave one of them out" in capfd.readouterr().err


def test_nobody_waits_for_one_that_is_still_reading_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    data = tmp_path / "data"
    shutil.copytree("tests/toy/data", data)
    with serving("--processes", "2", data=str(data)) as running:
        dies, stays = servers(running.process.pid)
        before = set(tmp_path.glob("kg-serve-*"))
        file = next((data / "entities").glob("*.toml"))
        content = file.read_bytes()
        file.unlink()
        os.mkfifo(file)  # who opens it waits for a writer
        os.kill(dies, signal.SIGKILL)
        assert until(lambda: len(set(tmp_path.glob("kg-serve-*")) - before) == 1)
        # And what the first left has gone.
        assert until(lambda: len(list(tmp_path.glob("kg-serve-*"))) == 2)
        for _ in range(30):
            assert running.get("/healthz", timeout=2).status_code == 200
        file.write_bytes(content)
        assert until(lambda: set(servers(running.process.pid)) - {stays})
        assert until(lambda: answers(running.url) == 40)
    assert not list(tmp_path.glob("kg-serve-*"))


def test_texts_that_are_not_there_are_told_in_lines(tmp_path: Path) -> None:
    with serving("--processes", "2", "-q", "--articles", str(tmp_path)) as running:
        pass
    wanted = "holds the text of no source; it should hold mirae-launch.txt or mirae-review.txt"
    assert set(running.log) == {f"{tmp_path}: {wanted}\n"}
