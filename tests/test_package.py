"""What a user installs: the wheel, what it holds, and what starting it loads."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEAVY = {"IPython", "jinja2", "networkx", "oxrdflib", "pyoxigraph", "pyshacl", "pyvis", "rdflib"}


def run(*command: str | Path, cwd: Path) -> str:
    """What `command` prints, with nothing of this test run in its environment."""
    kept = {"HOME", "PATH", "LANG", "TMPDIR", "SYSTEMROOT"}
    environment = {name: value for name, value in os.environ.items() if name in kept}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as an installer would: from the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    hatchling = (sys.executable, "-m", "hatchling", "build", "-d", folder)
    run(*hatchling, "-t", "sdist", cwd=ROOT)
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    run(*hatchling, "-t", "wheel", cwd=next(path for path in folder.iterdir() if path.is_dir()))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment that has the wheel, what it depends on, and no more."""
    home = tmp_path_factory.mktemp("env")
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--no-index", "--no-deps", "--no-compile", wheel, cwd=home)
    packages = Path(
        run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=home).strip()
    )
    for name in sorted(closure(PROJECT["project"]["dependencies"])):
        for file in metadata.files(name) or ():
            if file.parts[0] not in {"..", "__pycache__"}:
                linked = packages / file.parts[0]
                if not linked.exists():
                    linked.symlink_to(metadata.distribution(name).locate_file(file.parts[0]))
    return home / "bin"


def closure(requirements: list[str]) -> set[str]:
    """Names of the distributions that `requirements` bring, those they bring, and so on."""
    found: set[str] = set()
    todo = [(requirement, "") for requirement in requirements]
    while todo:
        text, extra = todo.pop()
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        if name not in found or requirement.extras:
            found.add(name)
            for wanted in {"", *requirement.extras}:
                todo += [(needed, wanted) for needed in metadata.requires(name) or ()]
    return found


def test_the_wheel_builds_the_graph_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed / "python", "-c", "import kg; print(kg.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)

    said = run(installed / "kg", "build", "-o", "out", cwd=tmp_path)

    assert said.strip()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    written = {path.suffix: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    assert set(written) >= {".ttl", ".nq", ".html", ".graphml"}
    assert all(written.values()), written


def test_the_wheel_runs_as_a_module(installed: Path, tmp_path: Path) -> None:
    version = metadata.version("ai-ecosystem-kg")
    assert version in run(installed / "python", "-m", "kg", "--version", cwd=tmp_path)


def test_the_wheel_holds_the_package_the_shipped_folders_and_the_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {re.sub(r"-[\d.]+\.", ".", top) for top in tops} == {"kg", "ai_ecosystem_kg.dist-info"}
    for folder, shipped in {
        "kg": "kg",
        "ontology": "kg/_shipped/ontology",
        "data": "kg/_shipped/data",
    }.items():
        for path in files(ROOT / folder):
            assert f"{shipped}/{path.relative_to(ROOT / folder).as_posix()}" in names
    for licence in ("LICENSE", "ontology/LICENSE", "data/LICENSE"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names), licence


def files(folder: Path) -> Iterator[Path]:
    return (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )


@pytest.mark.parametrize(
    "statement",
    ["import kg.cli", "import sys; sys.argv = ['kg', '--help']; from kg.cli import main; main()"],
    ids=["import kg.cli", "kg --help"],
)
def test_starting_loads_no_heavy_library(statement: str) -> None:
    report = "import atexit, sys; atexit.register(lambda: print('loaded:', *sys.modules)); "
    said, _, loaded = run(sys.executable, "-c", report + statement, cwd=ROOT).partition("loaded:")
    assert ("Usage" in said) == ("--help" in statement)
    assert "kg.cli" in loaded.split()
    assert not HEAVY & set(loaded.split())


def locked(name: str) -> dict[str, str]:
    """Each ``name==version`` of a lock, and the hashes that stand below it."""
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+==[\w.]+).*\n((?:    --hash=.*\n)+)", text, re.MULTILINE))


def test_the_locks_agree_with_each_other_and_name_no_place() -> None:
    assert locked("runtime").items() <= locked("dev").items()
    for name in ("runtime", "dev"):
        text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
        assert not re.search(r"://|file:|--(extra-)?index-url|--find-links| @ ", text)


def test_the_locks_are_within_what_the_project_asks_for() -> None:
    groups = PROJECT["dependency-groups"]
    asked = {
        "runtime": PROJECT["project"]["dependencies"] + groups["build"],
        "dev": groups["build"] + groups["test"] + groups["lint"],
    }
    for lock, requirements in asked.items():
        pins = [Requirement(line) for line in locked(lock)]
        for requirement in map(Requirement, requirements):
            versions = [pin.specifier for pin in pins if pin.name == requirement.name]
            assert versions, f"{requirement.name} is not in locks/{lock}.txt: run make lock"
            for version in versions:
                assert requirement.specifier.contains(str(version).removeprefix("=="))
