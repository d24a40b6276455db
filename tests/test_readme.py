"""The README's commands run, and print what it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
SHOWN = [
    (command, output)
    for block in BLOCKS
    for command, _, output in (part.partition("\n") for part in block.split("$ ")[1:])
]
ON_PATH = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
for name in ("KG_ARTICLES", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # we may run under make
    ON_PATH.pop(name, None)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_a_command_prints_what_the_readme_shows(command: str, output: str, tmp_path: Path) -> None:
    """A line that is only ``...`` stands for any number of lines."""
    if command == "make test":
        assert not output  # we are in it
        return
    here = ROOT if command == "make run" else tmp_path
    if here != ROOT:
        (here / "data").symlink_to(ROOT / "data")
    ran = subprocess.run(
        shlex.split(command), cwd=here, env=ON_PATH, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    pattern = "(?:.*\n)?".join(re.escape(part) for part in re.split(r"(?m)^\.\.\.\n", output))
    assert re.fullmatch(pattern, ran.stdout, re.DOTALL), ran.stdout


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})  # the README is ours
    printed = capsys.readouterr().out
    assert "https://w3id.org/aieco/id/lee-honglak" in printed
    assert "KAIST" in printed


def test_the_claim_of_the_readme_is_the_shipped_one() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    claims = (ROOT / "data/sources/lg-ai-research-launch/claims.toml").read_text(encoding="utf-8")
    head, _, tail = shown.partition("…")
    at = claims.index(head)
    assert claims[at + len(head) + 64 :].startswith(tail)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)", README))
def test_a_link_of_the_readme_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()
