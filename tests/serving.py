"""``kg serve`` as it is started by users: a process of its own, on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")
TOKEN = "a-token-for-tests-only"
PLAIN: dict[str, object] = {"verify": False}
"""For clients of servers without TLS: to read the world's certificates takes 20 ms."""


@dataclass
class Running:
    """A server that answers."""

    url: str
    """Without a slash at the end."""
    process: subprocess.Popen[str]
    log: list[str] = field(default_factory=list)
    """What it wrote to standard error; whole when it has ended."""

    def get(self, path: str, **more: object) -> httpx.Response:
        return httpx.get(self.url + path, **{"timeout": 30, **PLAIN, **more})

    def ask(self, query: str, accept: str = "text/csv") -> httpx.Response:
        given = {"params": {"query": query}, "headers": {"Accept": accept}}
        return self.get("/sparql", **given)

    def end(self, by: int = signal.SIGTERM) -> int:
        self.process.send_signal(by)
        return self.process.wait(20)


@contextmanager
def serving(
    *options: str,
    data: str | None = "tests/toy/data",
    program: tuple[str, ...] = ("-m", "kg"),
    **environment: str,
) -> Iterator[Running]:
    """Start a server with these options, and end it."""
    command = [sys.executable, *program, "serve", "-p", "0", *options]
    command += ["--data", data] if data else []
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "KG_SERVE_TOKEN": TOKEN, **environment},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    log: list[str] = []
    reader = threading.Thread(target=log.extend, args=(process.stderr,), daemon=True)
    reader.start()
    try:
        told = process.stdout.readline()
        found = re.search(r"http://\S+?(?=/\s)", told)
        if not found:
            process.wait(10)
            reader.join(5)
            raise AssertionError(f"it does not start: {told}{''.join(log)}")
        yield Running(found[0], process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        reader.join(5)
        process.stdout.close()
        process.stderr.close()


def changed(folder: Path, constant: str, value: float) -> tuple[str, ...]:
    """Make a program that is kg with another value of a constant, also in all its processes."""
    program = folder / "program.py"
    program.write_text(
        f"import {constant.rpartition('.')[0]}\n"
        "from kg.cli import main\n"
        f"{constant} = {value}\n"
        'if __name__ == "__main__":\n'
        "    raise SystemExit(main())\n",
        encoding="utf-8",
    )
    return (str(program),)


def family(process: int) -> list[int]:
    """The processes below one, by number, those that have ended left out."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(status.parent.name))
    found = [process]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def until(what: Callable[[], T], seconds: float = 20.0) -> T:
    """What `what` returns once it is true."""
    end = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return found
