"""Headers of query files: what they say, and all that can be wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import headers
from kg.errors import Problems


def test_fields_continue_on_indented_lines_and_end_at_an_empty_comment(tmp_path: Path) -> None:
    file = tmp_path / "x.rq"
    text = (
        "# title.en: Who is\n#   where?\n# title.ko:  누가 어디에? \n# parameter.org: entity\n"
        "#\n# Why: no field any more.\nSELECT * { ?s ?p ?o }  # comment: none\n"
    )
    file.write_text(text, encoding="utf-8")
    fields, whole = headers.read(file, ["title.en", "title.ko"], ["parameter.*"])
    assert fields == {
        "title.en": "Who is where?",
        "title.ko": "누가 어디에?",
        "parameter.org": "entity",
    }
    assert whole == text


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "x.rq"
    file.write_text("# title: T\n#\tno\n# tilte: U\n# title: V\n# about:\nASK {}\n", "utf-8")
    with pytest.raises(Problems) as raised:
        headers.read(file, ["title", "about", "solution"])
    assert str(raised.value).splitlines() == [
        "x.rq: has no header field 'about'; add it",
        "x.rq: has no header field 'solution'; add it",
        "x.rq:2: is no header field; write '# field: text'",
        "x.rq:3: header field 'tilte' is not known; did you mean 'title'?",
        "x.rq:4: 'title' is there already; keep one",
    ]
