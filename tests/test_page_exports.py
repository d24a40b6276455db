"""What is shown, taken elsewhere: each export is downloaded by a click and read by a program."""

from __future__ import annotations

import base64
import csv
import io
import itertools
import json
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import pytest
from browser import Open, Visit
from conftest import TOY

from kg import network, opening, view
from kg.model import Claim, Corpus, Ref, Span
from kg.store import Store

SVG = "{http://www.w3.org/2000/svg}"
TITLE = 'Toy: "who" said/what?'


@pytest.fixture(scope="module")
def page(
    chromium: Any, tmp_path_factory: pytest.TempPathFactory, toy_store: Store
) -> Iterator[Visit]:
    """The toy graph without what is planned, somebody being selected."""
    path = tmp_path_factory.mktemp("exports") / "graph.html"
    texts = opening.texts(toy_store, TOY / "articles")
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
    root = ET.fromstring(saved(page, "svg")[1])
    (picture,) = root.findall(f"{SVG}svg")
    left, top = float(picture.get("x", "")), float(picture.get("y", ""))
    near = [node for node in nodes(picture) if not node["faded"]]
    spots = [(2 * (left + node["x"]), 2 * (top + node["y"])) for node in near]
    read = page.tab.evaluate(_PIXELS, [base64.b64encode(png).decode(), spots])
    assert read["colours"] == [node["colour"] for node in near], "shapes are filled"
    margin, title = read["rows"][:48], read["rows"][56:96]
    assert max(margin) < 10 < 100 < sum(title), "the title is written"


_PIXELS = """async ([png, spots]) => {
  const bytes = Uint8Array.from(atob(png), (each) => each.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { width, height } = picture;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(picture, 0, 0);
  const hex = (pixel) => `#${[...pixel.slice(0, 3)]
    .map((each) => each.toString(16).padStart(2, "0")).join("")}`;
  const { data } = copy.getImageData(0, 0, width, 120);
  return {
    colours: spots.map(([x, y]) => hex(copy.getImageData(Math.round(x), Math.round(y), 1, 1).data)),
    rows: Array.from({ length: 120 }, (_, y) => {
      let dark = 0;
      for (let x = 0; x < width; x++) dark += data[4 * (y * width + x)] < 128;
      return dark;
    }),
  };
}"""
"""Colours at some places, and how many dark pixels there are in each row at the top."""


def nodes(picture: ET.Element) -> list[dict[str, Any]]:
    """Where the shapes of a picture are, and whether a veil lies over them."""
    found: list[dict[str, Any]] = []
    for path in picture.iter(f"{SVG}path"):
        place = re.match(r"translate\((\S+) (\S+)\)", path.get("transform", ""))
        if place:
            x, y = map(float, place.groups())
            found.append({"x": x, "y": y, "colour": path.get("fill"), "faded": False})
        elif path.get("opacity"):
            for each in found:
                each["faded"] = True
    return found


def test_what_is_not_selected_is_dimmed(page: Visit) -> None:
    (picture,) = ET.fromstring(saved(page, "svg")[1]).findall(f"{SVG}svg")
    found = nodes(picture)
    assert sorted(node["faded"] for node in found) == 4 * [False] + 3 * [True]
    seen = page.tab.evaluate(_SEEN, [[node["x"], node["y"]] for node in found])
    for node, colour in zip(found, seen, strict=True):
        assert (node["colour"] == colour) is not node["faded"]


_SEEN = """(spots) => {
  const canvas = document.querySelector("#picture canvas");
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  return spots.map(([x, y]) => {
    const pixel = copy.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data;
    return `#${[...pixel.slice(0, 3)].map((each) => each.toString(16).padStart(2, "0")).join("")}`;
  });
}"""
"""Colours of the picture on the page."""


def written(visit: Visit, picture: ET.Element) -> list[list[float]]:
    """Left, top, right and bottom of the words in a picture."""
    keys = ("x", "y", "font-size", "font-weight")
    words = [[word.text, *map(word.get, keys)] for word in picture.iter(f"{SVG}text")]
    places: list[list[float]] = visit.tab.evaluate(_PLACES, words)
    return places


_PLACES = """(labels) => {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  return labels.map(([text, x, y, size, weight]) => {
    context.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    const half = context.measureText(text).width / 2;
    return [x - half, y - 0.8 * size, Number(x) + half, Number(y) + 0.2 * size];
  });
}"""


def test_lines_tell_status_by_their_dashes(visit: Open) -> None:
    page = visit("toy", "#status=", device_scale_factor=3)
    (picture,) = ET.fromstring(saved(page, "svg")[1]).findall(f"{SVG}svg")
    lines = [path for path in picture.iter(f"{SVG}path") if path.get("fill") == "none"]
    words = written(page, picture)
    patterns = {line.get("stroke"): line.get("stroke-dasharray", "") for line in lines}
    for status in ("stated", "planned", "reported", "inferred", "deprecated"):
        sign = page[f"#filters svg.{status} path"].first
        dashes = sign.get_attribute("stroke-dasharray") or ""
        assert bool(dashes) == (status != "stated")
        rgb = re.findall(r"\d+", sign.evaluate("(path) => getComputedStyle(path).stroke"))
        colour = "#{:02x}{:02x}{:02x}".format(*map(int, rgb))
        assert patterns.pop(colour) == dashes
        for line in lines:
            if line.get("stroke") == colour and "Q" not in line.get("d", ""):  # straight ones
                gaps = page.tab.evaluate(_GAPS, [line.get("d"), [int(each) for each in rgb], words])
                assert gaps > 14 if dashes else gaps < 7, (status, gaps)
    assert not patterns


_GAPS = """([d, rgb, words]) => {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  const canvas = document.querySelector("#picture canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const { data, width } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const near = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => down * width + right));
  const inked = (x, y) => {
    const at = Math.round(y * devicePixelRatio) * width + Math.round(x * devicePixelRatio);
    return near.some((aside) => rgb.every(
      (each, channel) => Math.abs(data[4 * (at + aside) + channel] - each) < 40));
  };
  let [on, gaps] = [true, 0];
  for (let at = 0; at < path.getTotalLength(); at += 0.5) {
    const { x, y } = path.getPointAtLength(at);
    const free = ([left, top, right, bottom]) =>
      x < left - 4 || x > right + 4 || y < top - 4 || y > bottom + 4;
    if (!words.every(free)) continue;
    if (on && !inked(x, y)) gaps++;
    on = inked(x, y);
  }
  return gaps;
}"""
"""How often a line of the picture on the page stops on its way, but for the words on it."""


def test_labels_do_not_lie_on_each_other(chromium: Any, pages: dict[str, Path]) -> None:
    visit = Visit(chromium, pages["real"])
    (picture,) = ET.fromstring(saved(visit, "svg")[1]).findall(f"{SVG}svg")
    labels, places = list(picture.iter(f"{SVG}text")), written(visit, picture)
    assert len(places) > 40
    for (one, first), (other, second) in itertools.combinations(
        zip(labels, places, strict=True), 2
    ):
        apart = any(first[side] >= second[side + 2] or second[side] >= first[side + 2]
                    for side in (0, 1))  # fmt: skip
        assert apart, (one.text, other.text)
    visit.close()


def test_what_is_linked_to_itself_has_a_circle(chromium: Any, tmp_path: Path) -> None:
    claims = (Claim("lab", "partnerOf", Ref("lab")), Claim("lab", "partOf", Ref("group")))
    with opening.graph(Corpus({}, {}, claims)) as graph:
        view.write(network.project(graph), tmp_path / "graph.html")
    visit = Visit(chromium, tmp_path / "graph.html")
    (picture,) = ET.fromstring(saved(visit, "svg")[1]).findall(f"{SVG}svg")
    lines = [path.get("d") for path in picture.iter(f"{SVG}path") if path.get("fill") == "none"]
    assert len(lines) == 2
    for line in lines:
        assert visit.tab.evaluate(_LENGTH, line) > 50
    visit.close()


_LENGTH = """(d) => {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", d);
  return path.getTotalLength();
}"""


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
        "Mirae Group opens Mirae AI Lab, Toy Times, 2022-05-10, CC0-1.0",
    ):
        assert part.lower() in joined.lower()
    (picture,) = root.findall(f"{SVG}svg")
    lines = [path for path in picture.iter(f"{SVG}path") if path.get("fill") == "none"]
    assert (len(nodes(picture)), len(lines)) == page.drawn()


def test_what_is_selected_is_named_and_communities_are_told(
    chromium: Any, pages: dict[str, Path]
) -> None:
    phone = {"width": 360, "height": 740}
    visit = Visit(chromium, pages["real"], "#sel=lee-honglak&colour=community", viewport=phone)
    words = [text.text for text in ET.fromstring(saved(visit, "svg")[1]).iter(f"{SVG}text")]
    assert "Honglak Lee" in words
    assert "Around LG AI Research 30" in words
    visit.close()


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
    assert (len(data["nodes"]), len(data["edges"])) == page.drawn()
    known = {edge.id: edge for edge in network.project(toy_store).edges()}
    for edge in data["edges"]:
        original = known[edge["claim"]]
        assert (edge["subject"], edge["object"]) == (original.source, original.target)
        assert edge["status"] == original.status
        places = [(each["source"], each.get("record"), each.get("start"), each.get("end"))
                  for each in edge["evidence"]]  # fmt: skip
        assert places == [
            (each.source, None, *each.locator)
            if isinstance(each.locator, Span)
            else (each.source, str(each.locator), None, None)
            for each in original.evidence
        ]
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


def test_a_name_does_not_turn_the_words_around_it(traps: Visit) -> None:
    trap = hostile.TRAPS["bidi"]
    traps.tab.evaluate("location.hash = 'status=&sel=who-bidi'")
    traps.expect("#panel h2").to_have_js_property("textContent", trap)
    words = [text.text or "" for text in ET.fromstring(saved(traps, "svg")[1]).iter(f"{SVG}text")]
    (said,) = [word for word in words if trap in word and "\u00b7" in word]
    assert said.startswith(f"\u2068{trap}\u2069")
    assert traps.tab.evaluate(_TURNED) == []
    traps.tab.go_back()


_TURNED = """() => {
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const { data, parentElement: element } = words.currentNode;
    if (!/[\\u202a-\\u202e]/.test(data)) continue;
    const apart = element.closest("bdi, script, noscript, h1, .text");
    if (!apart && element.childNodes.length > 1) found.push(element.outerHTML.slice(0, 200));
  }
  return found;
}"""
"""Words that stand beside what is not theirs, and turn it around."""


def test_hostile_pictures_and_data_are_whole(traps: Visit) -> None:
    assert size(saved(traps, "png")[1])[0] > 1000
    data = json.loads(saved(traps, "json")[1])
    names = {node["names"]["en"] for node in data["nodes"]}
    assert set(hostile.TRAPS.values()) <= names
