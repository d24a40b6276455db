"""What is in a vault: front matter as PyYAML reads it, and links."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from databases import Rows
from given import CLAIM

LINK = re.compile(
    r"(?<!\\)(?:\[\[(?P<file>[^\]|]+)\|(?P<text>[^\]]+)\]\]"
    r"|\[(?P<marked>(?:\\.|[^\\\]])+)\]\((?P<path>[^()\s]+)\.md\))"
)


def with_yaml(folder: Path) -> Rows:
    """Front matter as PyYAML reads it, and what the lines with a claim's block id link."""
    nodes, links = {}, {}
    for note in sorted((folder / "entities").glob("*.md")):
        front, body = parted(note)
        node = yaml.safe_load(front)
        nodes[node["entity"]] = node
        links[note.stem] = (node["entity"], body)
    edges = {}
    for entity, body in links.values():
        for line, block in re.findall(r"(?m)^- (.*) \^([0-9a-f]{32})$", body):
            if found := LINK.match(line):
                target = links[found["file"] or Path(found["path"]).name][0]
                assert edges.setdefault(f"{CLAIM}{block}", (entity, target, {}))[0] == entity
    return nodes, edges


def parted(note: Path) -> tuple[str, str]:
    found = re.fullmatch(r"---\n(.*?)\n---\n(.*)", note.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1], found[2]
