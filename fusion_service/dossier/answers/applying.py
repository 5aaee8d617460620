# SPDX-License-Identifier: Apache-2.0
"""Judge answers, and put those that hold into the papers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from fusion_service.dossier.answers.answers_file import Answers
from fusion_service.dossier.answers.contradictions import denied
from fusion_service.dossier.answers.forms import NONE, Value, fault_of
from fusion_service.dossier.answers.questions import (
    BY_A_BOX,
    Question,
    place_of_cell,
    questions_of,
    texts_of,
)
from fusion_service.dossier.contents import Contents
from fusion_service.dossier.dossier import Dossier
from fusion_service.dossier.words.gaps import GAP, Tree, filled, gap, is_gap, name_of
from fusion_service.pages.section import Block, Items, Section, Table


@dataclass(frozen=True, slots=True)
class Answered:
    """The papers with what was answered. questions: all, with those that are answered now.

    refused: why, by question and place, the place empty where it was meant everywhere.
    """

    contents: Contents
    questions: tuple[Question, ...]
    given: Answers
    taken: Answers = field(default_factory=Answers)
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)


def answered(dossier: Dossier, contents: Contents, answers: Answers) -> Answered:
    """Return the papers with those answers in them that nothing denies."""
    questions = tuple(questions_of(contents))
    refused = _refused(dossier, contents, questions, answers)
    taken = Answers(
        {what: one for what, one in answers.everywhere.items() if (what, "") not in refused},
        {own: one for own, one in answers.places.items() if own not in refused},
    )
    filled_in = Contents(
        {name: _tree(tree, name, taken) for name, tree in contents.registers.items()},
        tuple(_section(one, taken) for one in contents.annex),
        tuple(_section(one, taken) for one in contents.signs),
    )
    return Answered(filled_in, questions, answers, taken, refused)


def _refused(
    dossier: Dossier, contents: Contents, questions: tuple[Question, ...], answers: Answers
) -> dict[tuple[str, str], str]:
    asked = {one.what: one.places for one in questions}
    # A place that is a whole section has many texts, so that none of them closes it.
    known = {
        said.place: said.text
        for said in texts_of(contents)
        if not is_gap(said.text) and not said.place.isalpha()
    }
    found: dict[tuple[str, str], str] = {}
    for what, place, value in answers.each():
        keys = asked.get(what, {})
        own = {place: keys[place]} if place in keys else {} if place else keys
        why = (
            _closed(what, place, value, known) if what not in BY_A_BOX else "dat zegt de kast zelf"
        )
        why = why or fault_of(what, value, own) or denied(dossier, what, place, value)
        if why:
            found[what, place] = why
    return found


def _closed(what: str, place: str, value: Value, known: Mapping[str, str]) -> str:
    """Return why a place is closed to an answer: it is said there already, and otherwise."""
    text = known.get(place, "")
    told = _text(value)
    if not text or text == told or told in text:
        return ""
    return f"{what}: hier staat al {text!r}, uit een papier, een melding of de instellingen"


def _tree(tree: Tree, path: str, answers: Answers) -> Tree:
    if isinstance(tree, dict):
        return {key: _tree(value, f"{path}.{key}", answers) for key, value in tree.items()}
    if isinstance(tree, list):
        found: list[Tree] = []
        for place, one in enumerate(tree):
            part = _tree(one, f"{path}[{name_of(one, place)}]", answers)
            # A list of themes stands where one theme was missing.
            found += part if isinstance(part, list) and isinstance(one, str) else [part]
        return found
    if not isinstance(tree, str) or not is_gap(tree):
        return tree
    what = tree.removeprefix(GAP)
    value = answers.of(what, path) if tree == gap(what) else None
    if value is None:
        return filled(tree, partial(_told, answers, path))
    return None if value == NONE and ", als die" in what else _plain(value)


def _plain(value: Value) -> Tree:
    return [*value] if isinstance(value, list) else value


def _section(one: Section, answers: Answers) -> Section:
    return replace(one, blocks=tuple(_block(one.id, block, answers) for block in one.blocks))


def _block(section: str, block: Block, answers: Answers) -> Block:
    if isinstance(block, str):
        return filled(block, partial(_told, answers, section))
    if isinstance(block, Items):
        return Items(tuple(filled(one, partial(_told, answers, section)) for one in block.texts))
    return Table(block.headings, tuple(_row(section, block, row, answers) for row in block.rows))


def _row(section: str, block: Table, row: tuple[str, ...], answers: Answers) -> tuple[str, ...]:
    places = (place_of_cell(section, block, row, column) for column in range(len(row)))
    return tuple(
        filled(cell, partial(_told, answers, place))
        for cell, place in zip(row, places, strict=True)
    )


def _told(answers: Answers, place: str, what: str) -> str | None:
    """Return what is to stand in a text in place of a question."""
    value = answers.of(what, place)
    return None if value is None else _text(value)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "ja" if value else "nee"
    return ", ".join(value) if isinstance(value, list) else str(value)
