"""What the named questions are asked in tests: their example, or values of the toy data."""

from __future__ import annotations

import shlex

from kg.queries import Question

TOY = {
    "organisation": "mirae-group",
    "entity": "mirae-ai-lab",
    "one": "mirae-ai-lab",
    "other": "kim-haneul",
    "class": "Organisation",
    "source": "mirae-review",
    "words": "robots",
    "year": "2024",
}
"""What the questions that need a parameter are asked about the toy data."""
TOY_OWN = {"alumni": "organisation=nuri-institute", "parents": "organisation=mirae-ai-lab"}


def given(question: Question, graph: str) -> list[str]:
    """The parameters that a question is asked with."""
    if graph == "toy" and question.name in TOY_OWN:
        return [TOY_OWN[question.name]]
    if graph == "toy":
        return [f"{each.name}={TOY[each.name]}" for each in question.parameters if each.required]
    words = shlex.split(question.example)
    return [words[at + 1] for at, word in enumerate(words) if word == "--param"]
