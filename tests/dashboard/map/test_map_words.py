# SPDX-License-Identifier: Apache-2.0
"""The map's own words: both languages say all there is to say, and nothing that is never said."""

import json
import re
from pathlib import Path

from tests.dashboard.words import WORDS

MAP = WORDS.parent / "map"
NAMES = re.compile(r"\{(\w+)\}")
_ENTRY = re.compile(
    r'^ {2}("(?:[^"\\]|\\.)+"):\s+((?:"(?:[^"\\]|\\.)*"\s*\+?\s*)+),$', re.MULTILINE
)
_PART = re.compile(r'"(?:[^"\\]|\\.)*"')


def dictionary(language: str, folder: Path = MAP) -> dict[str, str]:
    text = (folder / "words" / f"{language}.ts").read_text("utf-8")
    return {
        json.loads(key): "".join(map(json.loads, _PART.findall(said)))
        for key, said in _ENTRY.findall(text)
    }


def test_both_dictionaries_say_the_same_keys_and_fill_in_the_same() -> None:
    dutch, english = dictionary("nl"), dictionary("en")
    assert len(english) > 60
    assert list(dutch) == list(english)
    for key, said in dutch.items():
        assert said.strip(), key
        assert set(NAMES.findall(said)) == set(NAMES.findall(english[key])), key


def test_every_key_is_said_somewhere() -> None:
    code = "".join(path.read_text("utf-8") for path in MAP.rglob("*.ts"))
    drawn = (MAP / "draw" / "drawings" / "scheveningen.json").read_text("utf-8")
    groups = tuple(f"{group}." for group in re.findall(r"`([a-z.]+)\.\$", code))
    unsaid = [
        key
        for key in dictionary("en")
        if f'"{key}"' not in code + drawn and not key.startswith(groups)
    ]
    assert unsaid == []


def test_a_place_of_the_drawing_has_a_word() -> None:
    drawing = json.loads((MAP / "draw" / "drawings" / "scheveningen.json").read_text("utf-8"))
    words = {
        one["properties"]["word"]
        for one in drawing["features"]
        if one["properties"]["kind"] == "place"
    }
    assert words <= set(dictionary("en"))
