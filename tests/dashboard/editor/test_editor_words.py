# SPDX-License-Identifier: Apache-2.0
"""The editor's own words: both languages say all there is to say, and no more than is said."""

import re

from tests.dashboard.map.test_map_words import NAMES
from tests.dashboard.map.test_map_words import dictionary as words_of
from tests.dashboard.words import WORDS

EDITOR = WORDS.parent / "editor"


def dictionary(language: str) -> dict[str, str]:
    return words_of(language, EDITOR)


def test_both_dictionaries_say_the_same_keys_and_fill_in_the_same() -> None:
    dutch, english = dictionary("nl"), dictionary("en")
    assert len(english) > 120
    assert list(dutch) == list(english)
    for key, said in dutch.items():
        assert said.strip() == said, key
        assert said, key
        assert set(NAMES.findall(said)) == set(NAMES.findall(english[key])), key


def test_every_key_is_said_somewhere() -> None:
    code = "".join(
        path.read_text("utf-8") for path in EDITOR.rglob("*.ts") if path.parent.name != "words"
    )
    groups = tuple(f"{group}." for group in re.findall(r"`([a-z.]+)\.\$", code))
    unsaid = [
        key for key in dictionary("en") if f'"{key}"' not in code and not key.startswith(groups)
    ]
    assert unsaid == []


def test_a_part_of_the_editor_has_no_sentence_of_its_own() -> None:
    told = [
        f"{path.name}: {text}"
        for path in sorted((EDITOR / "panel").glob("*.ts"))
        for text in re.findall(r'"([^"\n]*)"', path.read_text("utf-8"))
        if re.search(r"[A-Z][a-z]+ [a-z]|[a-z] [a-z]+ [a-z]+\.$", text)
    ]
    assert told == []
