"""Who writes to a store has it from before the work begins, and leaves none if the work fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import store
from kg.cli import main
from kg.directory import Missing


def test_who_cannot_have_a_store_learns_it_before_the_work(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where, backup = tmp_path / "store", tmp_path / "backup.nq"
    backup.write_text("# end of the backup: 0 quads\n")
    for work in ("kg.build.check", "kg.backup._read", "kg.reason.infer"):
        monkeypatch.setattr(work, lambda *_, **__: pytest.fail("it is done for nothing"))
    code = "import sys; from kg import store; s = store.open(sys.argv[1]); print(); input()"
    command = [sys.executable, "-c", code, str(where)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        build = ["build", "--data", "tests/toy/data", "-o", str(tmp_path / "out"), "-q"]
        for arguments in (
            [*build, "--store", str(where)],
            ["restore", str(backup), str(where)],
            ["reason", "--store", str(where)],
        ):
            assert main(arguments) == 2
            told = f"{where}: is in use by another process; wait for it\n"
            assert capfd.readouterr() == ("", told)
        assert not (tmp_path / "out").exists()
        other.communicate(b"\n")
    assert main([*build, "--store", "/proc/x"]) == 2
    assert capfd.readouterr().err.startswith("/proc/x: ")


def test_who_fails_before_anything_is_written_makes_no_store(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.nq").write_text("<x:s> <x:p> 1 .\n")
    assert main(["restore", str(tmp_path / "cut.nq"), str(tmp_path / "store")]) == 2
    assert "nothing was changed" in capfd.readouterr().err
    build = ["build", "--data", "tests/invalid/many-at-once", "-o", str(tmp_path / "out")]
    assert main([*build, "--store", str(tmp_path / "store")]) == 2
    store.open(tmp_path / "store", at_once=False).close()
    assert [each.name for each in tmp_path.iterdir()] == ["cut.nq"]
    quad = ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.NamedNode("x:o"))
    with store.open(tmp_path / "store", at_once=False) as opened:
        opened.load([quad])
    with store.open(tmp_path / "store", read_only=True) as opened:
        assert len(opened) == 1


KILLED = """
import os, signal, sys
from kg import store
opened = store.open(sys.argv[1], at_once=False)
opened.engine
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_killed_before_there_was_a_store_is_in_nobodys_way(tmp_path: Path) -> None:
    where = tmp_path / "store"
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", KILLED, str(where)], check=False)
        assert ran.returncode == -9
        assert [each.name for each in tmp_path.iterdir()] == [".store.writing"]
        with pytest.raises(Missing, match="there is no store here; make one: kg build --store"):
            store.open(where, read_only=True)
        assert not list(tmp_path.iterdir())
