"""Data as large as one likes: the shipped data, copied under other ids."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import tomli

from kg.paths import shipped


def copies(count: int, folder: Path) -> None:
    """Write the shipped data `count` times under other ids, as one data folder."""
    data = shipped("data")
    (folder / "entities").mkdir(parents=True)
    text = "\n".join(path.read_text("utf-8") for path in sorted(data.glob("entities/*.toml")))
    ids = set(tomli.loads(text))
    for number in range(count):
        end = f"-{number}"
        entities = re.sub(r"^\[(.+)\]$", rf"[\1{end}]", text, flags=re.M)
        (folder / f"entities/e{number}.toml").write_text(entities, "utf-8")
        for home in sorted((data / "sources").iterdir()):
            copy = folder / "sources" / (home.name + end)
            shutil.copytree(home, copy)
            for file in copy.glob("*.toml"):
                file.write_text(_renamed(file.read_text("utf-8"), ids, end), "utf-8")


def _renamed(text: str, ids: set[str], end: str) -> str:
    """Give every id that stands alone between quotes, and the other source's name, an end."""
    found = re.sub(r'"([a-z0-9-]+)"', lambda m: f'"{m[1]}{end if m[1] in ids else ""}"', text)
    own = re.sub(r'(?m)^id = "(.+?)"', lambda m: m[0].replace(end, ""), found)
    premises = re.sub(r"(?m)^premises = .*", lambda m: m[0].replace(end, ""), own)
    return premises.replace('"ror/', f'"ror{end}/')
