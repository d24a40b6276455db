"""XML of graph programs: text that every reader takes, and typed attributes declared first.

GraphML and GEXF want each attribute declared, with its type, before the first
node, and which there are is known after the last edge.  So the body waits in a
temporary file, and :class:`Attributes` remembers what is met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kg import records
from kg.records import Record, Value

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["CHARACTERS", "Attributes", "attribute", "text"]

CHARACTERS = {
    "characters": "character that XML cannot hold (a control character, a lone surrogate): "
    "written as U+FFFD"
}
"""The one loss that all XML formats share."""

_MOST_TEMPLATES = 5_000
_LINE_ENDS = {each: f"&#{each};" for each in (0xD, 0x85, 0x2028)}
"""Written as references: a bare one is read as ``\\n``, two of them by XML 1.1 (section 2.11)."""


def text(value: str, losses: Losses, place: str) -> str:
    """Return words as the text of an element; what XML cannot hold is counted at `place`."""
    if "&" in value:
        value = value.replace("&", "&amp;")
    if "<" in value:
        value = value.replace("<", "&lt;")
    if ">" in value:
        value = value.replace(">", "&gt;")
    if value.isprintable():
        return value
    safe, lost = records.safe_xml(value)
    losses.count("characters", place, lost)
    return safe.translate(_LINE_ENDS)


def attribute(value: str, losses: Losses, place: str) -> str:
    """Return words as an attribute has them between double quotes; line ends and tabs stay."""
    plain = text(value, losses, place)
    if '"' in plain:
        plain = plain.replace('"', "&quot;")
    return plain if plain.isprintable() else plain.replace("\n", "&#10;").replace("\t", "&#9;")


class Attributes:
    """The attributes of nodes, or of edges: an id and one type for each name.

    A whole number among decimal ones makes the attribute decimal, any other mixture
    makes it text: no reader takes two types under one name.
    """

    def __init__(
        self, form: str, types: Mapping[type, str], losses: Losses, prefix: str = ""
    ) -> None:
        """`form` is what a value is written in, with ``KEY`` and ``VALUE`` once each.

        Where it has ``"VALUE"``, words are escaped as in an attribute.  Ids are
        numbered under `prefix`; without one, names are their own ids.
        """
        self._form = form
        self._quoted = '"VALUE"' in form
        self._escaped = attribute if self._quoted else text
        self._types = types
        self._losses = losses
        self._prefix = prefix
        self._kinds: dict[str, set[type]] = {}
        self._templates: dict[tuple[object, ...], str] = {}

    def written(self, record: Record, place: str) -> str:
        """Return every value of a record in the form; `place` says whose, for the losses."""
        # Few records differ in what they have, so the form of all their values is kept.
        shape = (*record, *map(type, record.values()))
        template = self._templates.get(shape) or self._template(record, shape)
        words = [value if type(value) is str else _plain(value) for value in record.values()]
        together = "".join(words)
        if "&" in together or "<" in together or ">" in together or not together.isprintable():
            words = [
                self._escaped(each, self._losses, f"{place}: {name}")
                for name, each in zip(record, words, strict=True)
            ]
        elif self._quoted and '"' in together:
            words = [each.replace('"', "&quot;") for each in words]
        return template % tuple(words)

    def _template(self, record: Record, shape: tuple[object, ...]) -> str:
        forms = []
        for name, value in record.items():
            self._kinds.setdefault(name, set()).add(type(value))
            id = attribute(self._id(name), self._losses, name).replace("%", "%%")
            forms.append(self._form.replace("KEY", id).replace("VALUE", "%s"))
        if len(self._templates) == _MOST_TEMPLATES:
            self._templates.clear()
        self._templates[shape] = "".join(forms)
        return self._templates[shape]

    def _id(self, name: str) -> str:
        return f"{self._prefix}{list(self._kinds).index(name)}" if self._prefix else name

    def declared(self) -> list[tuple[str, str, str]]:
        """Return id, name and type of each, in the order in which they were met."""
        return [
            (self._id(name), name, self._types[_one(kinds)]) for name, kinds in self._kinds.items()
        ]


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _one(kinds: set[type]) -> type:
    if len(kinds) == 1:
        return next(iter(kinds))
    return float if kinds == {int, float} else str
