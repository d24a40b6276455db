"""What is shown, taken elsewhere: each export is downloaded by a click and read by a program."""

from __future__ import annotations

import csv
import io
import json
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import pytest
from browser import Visit
from conftest import TOY

from kg import network, opening, view
from kg.store import Store

SVG = "{http://www.w3.org/2000/svg}"
TITLE = 'Toy: "who" said/what?'


@pytest.fixture(scope="module")
def page(
    chromium: Any, tmp_path_factory: pytest.TempPathFactory, toy_store: Store
) -> Iterator[Visit]:
    """The toy graph without what is planned, somebody being selected."""
    path = tmp_path_factory.mktemp("exports") / "graph.html"
    texts = opening.texts(TOY / "data", TOY / "articles")
    view.write(network.project(toy_store), path, title=TITLE, texts=texts)
    visit = Visit(chromium, path, "#status=inferred,planned&sel=kim-haneul")
    yield visit
    assert visit.quiet()
    visit.close()


@pytest.fixture(scope="module")
def traps(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """All of the hostile graph."""
    path = tmp_path_factory.mktemp("exports") / "hostile.html"
    view.write(hostile.project(), path, title=hostile.TRAPS["script"], max_nodes=1000)
    visit = Visit(chromium, path, "#status=")
    yield visit
    assert visit.quiet()
    visit.close()


def saved(visit: Visit, form: str) -> tuple[str, bytes]:
    """Name and content of what a click on an export saves."""
    with visit.tab.expect_download() as download:
        visit[f"#export-{form}"].click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def rows(visit: Visit) -> list[dict[str, str]]:
    _, content = saved(visit, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


# -- pictures --------------------------------------------------------------------


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_the_picture_as_pixels(page: Visit) -> None:
    name, png = saved(page, "png")
    assert name == "Toy-who-said-what.png"
    shown = page["#picture"].bounding_box()
    assert shown
    width, height = size(png)
    assert width > 2 * shown["width"]
    assert height > 2 * shown["height"] + 200, "title, legend and credit have room"


def test_the_picture_as_vectors(page: Visit) -> None:
    name, content = saved(page, "svg")
    assert name == "Toy-who-said-what.svg"
    root = ET.fromstring(content)
    words = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert root.findtext(f"{SVG}title") == TITLE
    for part in (TITLE, "Haneul Kim", "Mirae AI Lab"):  # names in the picture
        assert part in words
    joined = " ".join(words)
    for part in (
        "Person 1",
        "stated",
        "Mirae Group opens Mirae AI Lab, Toy Times, CC0-1.0, 2022-05-10",
    ):
        assert part.lower() in joined.lower()
    (picture,) = root.findall(f"{SVG}svg")
    nodes, edges = page.drawn()
    shapes = [path for path in picture.iter(f"{SVG}path") if path.get("transform")]
    lines = [path for path in picture.iter(f"{SVG}path") if path.get("fill") == "none"]
    assert (len(shapes), len(lines)) == (nodes, edges)


def test_it_is_dark_if_the_page_is(chromium: Any, page: Visit) -> None:
    dark = Visit(chromium, Path(page.address.removeprefix("file://")), color_scheme="dark")
    (paper,) = ET.fromstring(saved(dark, "svg")[1]).findall(f"{SVG}rect")
    assert paper.get("fill") == dark.tab.evaluate("getComputedStyle(document.body).backgroundColor")
    dark.close()


# -- data ------------------------------------------------------------------------


def test_the_table_as_csv(page: Visit) -> None:
    found = rows(page)
    _, edges = page.drawn()
    assert len([row for row in found if row["object_id"]]) == edges
    assert len(found) == page["#table tbody tr"].count() > edges
    assert not {row["status"] for row in found} & {"planned", "inferred"}
    (head,) = [row for row in found if row["relation_id"] == "holdsPost"]
    assert head["subject"] == "Haneul Kim"
    assert head["object"] == "Mirae AI Lab"
    assert head["qualifiers"] == "role: Head of lab"
    assert "characters 109–115" in head["where"]


def test_nodes_and_claims_as_json(page: Visit, toy_store: Store) -> None:
    name, content = saved(page, "json")
    assert name == "Toy-who-said-what.json"
    data = json.loads(content)
    nodes, edges = page.drawn()
    assert (len(data["nodes"]), len(data["edges"])) == (nodes, edges)
    known = {edge.id: edge for edge in network.project(toy_store).edges()}
    for edge in data["edges"]:
        original = known[edge["claim"]]
        assert (edge["subject"], edge["object"]) == (original.source, original.target)
        assert edge["status"] == original.status
        places = {(each["source"], each.get("start"), each.get("end")) for each in edge["evidence"]}
        assert places == {
            (each.source, *each.locator) for each in original.evidence if len(each.locator) == 2
        } or any("record" in each for each in edge["evidence"])
        assert edge["gloss"] == dict(original.gloss)
    assert {"mirae-launch", "mirae-review"} <= {source["id"] for source in data["sources"]}
    (kim,) = [node for node in data["nodes"] if node["id"] == "kim-haneul"]
    assert kim["names"] == {"en": "Haneul Kim", "ko": "김하늘"}


def test_exports_speak_the_page_s_language(page: Visit) -> None:
    page["#lang"].click()
    assert "김하늘" in {row["subject"] for row in rows(page)}
    page.tab.go_back()
    assert "Haneul Kim" in {row["subject"] for row in rows(page)}


# -- hostile ---------------------------------------------------------------------


def test_no_field_of_the_csv_is_a_formula(traps: Visit) -> None:
    found = rows(traps)
    fields = [field for row in found for field in row.values()]
    assert not [field for field in fields if field.startswith(tuple("=+-@\t\r\n＝＋－＠"))]
    names = {row["subject"] for row in found}
    for trap, text in hostile.TRAPS.items():
        told = f"'{text}" if trap.startswith("formula") else text
        assert told in names, trap


def test_a_hostile_svg_is_well_formed_and_plain(traps: Visit) -> None:
    name, content = saved(traps, "svg")
    assert name == "script-script-document.title='broken-in'-script.svg"
    root = ET.fromstring(content)
    tags = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert tags == {"svg", "title", "desc", "rect", "path", "text"}
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]


def test_hostile_pictures_and_data_are_whole(traps: Visit) -> None:
    assert size(saved(traps, "png")[1])[0] > 1000
    data = json.loads(saved(traps, "json")[1])
    names = {node["names"]["en"] for node in data["nodes"]}
    assert set(hostile.TRAPS.values()) <= names
