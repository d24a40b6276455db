"""A store on disk outlives what happens to programs and disks: kills, full disks, other users."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import names, store
from kg.errors import KGError
from kg.store import Solutions, Store

LABEL = ox.NamedNode(names.expand("rdfs:label"))
ONTOLOGY = ox.NamedNode(names.ONTOLOGY)
ROUNDS = 15
SIZE = 4_000
"""Quads of a version; what is written takes about as long as the kills are spread over."""


def version(number: int) -> Iterator[ox.Quad]:
    """Yield a content, all of which says the number."""
    label = ox.Literal(str(number))
    yield ox.Quad(ONTOLOGY, LABEL, ox.Literal("marks a store of ours"), ONTOLOGY)
    for each in range(1, SIZE):
        yield ox.Quad(ox.NamedNode(names.expand(f"id:e{each}")), LABEL, label)


def held(location: Path, read_only: bool = False) -> tuple[int, set[str]]:
    """How many quads a store has, and which versions they are of."""
    with store.open(location, read_only=read_only) as opened:
        return contained(opened)


def contained(opened: Store) -> tuple[int, set[str]]:
    answer = opened.query("SELECT DISTINCT ?o { ?s ?p ?o }")
    assert isinstance(answer, Solutions)
    return len(opened), {row[0].value for row in answer.rows}  # type: ignore[union-attr]


CHILD = """
import resource, sys
sys.path.insert(0, "tests")
from kg import store
from kg.errors import KGError
from test_crash import version
method, location, number, *limit = sys.argv[1:]
opened = store.open(location, read_only=method == "read")
print("open", flush=True)
if len(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit[0]), int(limit[0])))
if method in {"read", "write"}:
    sys.stdin.read()
    opened.close()
    sys.exit()
try:
    if method in {"load", "add"}:
        if method == "load":
            opened.update("CLEAR ALL")
        opened.load(version(int(number)))
    else:
        opened.replace(version(int(number)))
except KGError as error:
    print(error)
    opened.close()
else:
    print("done", flush=True)
"""


def child(method: str, location: Path, number: int = 0, *limit: int) -> subprocess.Popen[str]:
    """Another process that works on a store; it has opened it when this returns.

    `limit` is the size in bytes that a file can grow to, as if the disk were full then.
    """
    words = [sys.executable, "-c", CHILD, method, str(location), str(number), *map(str, limit)]
    pipe = subprocess.PIPE
    running = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)
    assert running.stdout
    assert running.stdout.readline() == "open\n"
    return running


def ended(running: subprocess.Popen[str]) -> str:
    """Let a process come to its end, and return what else it said."""
    assert running.stdin
    assert running.stdout
    running.stdin.close()
    said = running.stdout.read()  # not `communicate`, which forgets what `readline` had ahead
    running.wait()
    running.stdout.close()
    return said


def test_a_store_survives_being_killed_again_and_again(tmp_path: Path) -> None:
    """Each kill comes somewhere in the middle, on what the kills before have left."""
    location = tmp_path / "store"
    times = []
    for _ in range(3):  # one may have been held up
        with child("replace", location, 0) as running:
            begun = time.perf_counter()
            ended(running)
            times.append(time.perf_counter() - begun)
    chance = random.Random(6)
    before, finished = 0, 0
    for number in range(1, ROUNDS + 1):
        with child("replace", location, number) as running:
            time.sleep(chance.uniform(0, 1.2 * min(times)))  # the moment that is tested
            running.kill()
            assert running.stdout
            done = running.stdout.read() == "done\n"
        count, versions = held(location)
        assert count == SIZE
        assert versions in ([{str(number)}] if done else [{str(before)}, {str(number)}])
        before = int(versions.pop())
        finished += before == number
    assert finished < ROUNDS, "all kills came too late"
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_load_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    """A load is a transaction: before its end nothing of it is to be seen."""
    location = tmp_path / "store"
    chance = random.Random(7)
    for number in range(1, 6):
        with child("load", location, number) as running:
            time.sleep(chance.uniform(0, 0.1))
            running.kill()
        count, versions = held(location)
        assert (count, len(versions)) in {(0, 0), (SIZE, 1)}


@pytest.mark.parametrize("method", ["load", "replace"])
@pytest.mark.parametrize("most", [0, 20_000, 100_000])
def test_a_full_disk_changes_nothing(method: str, most: int, tmp_path: Path) -> None:
    location = tmp_path / "store"
    with store.open(location) as opened:
        opened.replace(version(0))
    with child(method if method == "replace" else "add", location, 1, most) as running:
        out = ended(running)
    assert out == f"{location}: the disk is full; make room; nothing was changed\n"
    assert held(location) == (SIZE, {"0"})
    with store.open(location) as opened:
        opened.replace(version(2))
    assert held(location) == (SIZE, {"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    location = tmp_path / "store"
    with store.open(location) as opened:
        opened.replace(version(0))
    file = tmp_path / "backup.nq"
    code = (
        "import resource, sys; from kg.backup import backup\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "backup(*sys.argv[1:])"
    )
    words = [sys.executable, "-c", code, str(location), str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert "cannot be written: File too large; nothing was changed" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user of this machine may look into."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield folder
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def test_a_read_only_directory_can_be_read(open_folder: Path) -> None:
    location = open_folder / "store"
    with store.open(location) as opened:
        opened.replace(version(0))
    for path in location.rglob("*"):
        path.chmod(0o444)
    location.chmod(0o555)
    code = (
        "import fcntl, os, sys; from kg import store; from kg.errors import KGError\n"
        "if os.getuid() == 0: os.setuid(65534)\n"  # nobody: root may write everywhere
        "with store.open(sys.argv[1], read_only=True) as opened: print(len(opened))\n"
        "try: store.open(sys.argv[1])\n"
        "except KGError as error: print(error)"
    )
    words = [sys.executable, "-c", code, str(location)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    count, told = done.stdout.splitlines()
    assert count == str(SIZE)
    assert told == f"{location}: cannot be written to; choose another place"


# -- another version ---------------------------------------------------------


def crc32c(data: bytes) -> int:
    """CRC-32C (RFC 3720, appendix B.4), which Python does not have."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_a_store_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    """A newer engine wrote another version into its log: a number of 8 bytes after its name."""
    location = tmp_path / "store"
    ox.Store(str(location))
    first, *_, last = sorted(location.glob("*.log"))
    record = bytearray(first.read_bytes())
    at = record.index(b"oxversion") + len(b"oxversion") + 1
    (version,) = struct.unpack(">Q", record[at : at + 8])
    record[at : at + 8] = struct.pack(">Q", version + 1)
    # RocksDB's log: checksum (masked), length, kind, number of the log, number of the change.
    record[7:19] = struct.pack("<IQ", int(last.stem), 1_000)
    crc = crc32c(bytes(record[6:]))
    record[:4] = struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
    last.write_bytes(record)
    for read_only in (True, False):
        with pytest.raises(KGError, match=r"store: was made by a newer kg; upgrade kg$"):
            store.open(location, read_only=read_only)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
