"""How ``kg serve`` ends: at once, with the right exit code, and with nothing left behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest
from servers import answer, faulty
from serving import family, serving, until

from kg import opening
from kg.model import Corpus

HONEST = "SELECT ?whole { id:mirae-ai-lab aie:partOf ?whole }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER (?c != ?l) }"
SIGNALS = pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
TOLD = {signal.SIGINT: 130, signal.SIGTERM: 143}
"""Exit codes of one that was ended before it served."""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The temporary folder of the server."""
    made = tmp_path / "scratch"
    made.mkdir()
    return made


@pytest.fixture
def start(scratch: Path) -> Iterator[Start]:
    """Start a server, and do not wait for it."""
    running: list[subprocess.Popen[str]] = []

    def started(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "kg", "serve", "-p", "0", *options]
        environment = {**os.environ, "TMPDIR": str(scratch)}
        running.append(
            subprocess.Popen(
                command,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
                start_new_session=True,  # its processes are a group, as a terminal makes one
            )
        )
        return running[-1]

    yield started
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@SIGNALS
def test_it_ends_cleanly_in_the_middle_of_a_question(
    by: int, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(scratch))
    with serving("--timeout", "60") as running:
        with ThreadPoolExecutor() as others:
            asked = others.submit(running.ask, RUNAWAY)
            processes = until(lambda: len(family(running.process.pid)) > 2)
            assert running.ask(HONEST).status_code == 200
            assert running.end(by) == 0
            assert isinstance(asked.exception(30), httpx.HTTPError | None)
        assert processes
        assert until(lambda: not family(running.process.pid))
    assert not list(scratch.iterdir())
    assert "Traceback" not in "".join(running.log)


@pytest.mark.parametrize("options", [("--store", "{}"), ("--store", "{}", "--at", "2021")])
def test_nothing_is_left_of_one_that_is_killed(
    options: tuple[str, ...], toy_corpus: Corpus, tmp_path: Path, scratch: Path
) -> None:
    store = tmp_path / "store"
    opening.graph(toy_corpus, store).close()
    told = [each.format(store) for each in options]
    with serving(*told, data=None, TMPDIR=str(scratch)) as running:
        assert running.ask(HONEST + "# by a worker").status_code == 200
        processes = family(running.process.pid)
        assert processes
        running.end(signal.SIGKILL)
        assert until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes))
    assert not list(scratch.iterdir())


@pytest.fixture
def endless(tmp_path: Path) -> str:
    """A data folder that is never read to its end."""
    data = tmp_path / "data"
    shutil.copytree("tests/toy/data", data)
    never = next((data / "entities").glob("*.toml"))
    never.unlink()
    os.mkfifo(never)  # who opens it waits for a writer
    return str(data)


@SIGNALS
def test_it_ends_while_the_data_are_read(
    by: int, start: Start, scratch: Path, endless: str
) -> None:
    running = start("--data", endless)
    assert until(lambda: list(scratch.iterdir()))
    ended(running, by, scratch, TOLD[by])


@SIGNALS
def test_several_end_while_the_data_are_read(
    by: int, start: Start, scratch: Path, endless: str
) -> None:
    running = start("--data", endless, "--processes", "2")
    assert until(lambda: len(list(scratch.iterdir())) == 2)
    if by == signal.SIGINT:  # Ctrl-C goes to all, and only who started them minds it
        for each in family(running.pid):
            os.kill(each, by)
        time.sleep(0.3)  # in which nothing happens
    ended(running, by, scratch, 0, send=os.killpg)


@SIGNALS
def test_it_ends_while_the_process_that_answers_reads_them(
    by: int, start: Start, scratch: Path
) -> None:
    running = start("--data", "tests/toy/data")
    (nursery,) = until(lambda: [each for each in family(running.pid) if is_spawned(each)])
    os.kill(nursery, signal.SIGSTOP)
    assert until(lambda: list(scratch.glob("*/graph.nq")))
    ended(running, by, scratch, TOLD[by])
    assert until(lambda: not Path(f"/proc/{nursery}").exists())


BETWEEN = """
import os, uvicorn
from kg.cli import main
config = uvicorn.Config
def told(*given, **more):
    os.kill(os.getpid(), int(os.environ["TOLD"]))
    return config(*given, **more)
if __name__ == "__main__":
    uvicorn.Config = told
    raise SystemExit(main())
"""


@SIGNALS
def test_it_ends_between_reading_the_data_and_serving_them(
    by: int, scratch: Path, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text(BETWEEN, encoding="utf-8")
    command = [sys.executable, program, "serve", "-p", "0", "--data", "tests/toy/data"]
    environment = {**os.environ, "TMPDIR": str(scratch), "TOLD": str(int(by))}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as running:
        try:
            _, told = running.communicate(timeout=30)
        finally:
            running.kill()
    assert (running.returncode, told.strip()) == (TOLD[by], "")
    assert not list(scratch.iterdir())


@SIGNALS
def test_it_ends_while_the_store_lets_it_wait(by: int, start: Start, scratch: Path) -> None:
    nothing = answer('{"head": {}, "boolean": false}')
    with faulty(nothing) as server:
        asked = []

        def at_first(handler: BaseHTTPRequestHandler) -> None:
            asked.append(handler)
            nothing(handler) if len(asked) <= 2 else handler.rfile.read(1)

        server.opened = at_first
        running = start("--store", server.address)
        assert until(lambda: len(asked) > 2)
        ended(running, by, scratch, 0)


def ended(
    running: subprocess.Popen[str],
    by: int,
    scratch: Path,
    code: int,
    send: Callable[[int, int], None] = os.kill,
) -> None:
    """End a server, and see that it does, and that nothing is left of it."""
    processes = family(running.pid)
    send(running.pid, by)
    _, told = running.communicate(timeout=30)
    assert running.returncode == code
    assert not told.strip()
    assert not list(scratch.iterdir())
    assert until(lambda: not any(Path(f"/proc/{each}").exists() for each in processes))


def is_spawned(process: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{process}/cmdline").read_bytes()


# -- what cannot begin -------------------------------------------------------


def test_processes_that_cannot_start_are_one_line(start: Start, scratch: Path) -> None:
    nothing = answer('{"head": {}, "boolean": false}')
    with faulty(nothing) as server:
        asked = []

        def at_first(handler: BaseHTTPRequestHandler) -> None:
            asked.append(handler)
            (nothing if len(asked) <= 2 else answer("", status=404))(handler)

        server.opened = at_first
        running = start("--store", server.address)
        _, told = running.communicate(timeout=30)
    assert running.returncode == 2
    assert told == (
        f"no worker can be made: {server.address}: takes no such request (404); name a SPARQL "
        "1.1 endpoint; KG_STORE_UPDATE is where updates go\n"
        f"{server.address}: cannot be asked by the processes that answer; see above\n"
    )
    assert not list(scratch.iterdir())
