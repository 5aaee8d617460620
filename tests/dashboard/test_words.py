# SPDX-License-Identifier: Apache-2.0
"""Both languages say all there is to say, and a view says nothing that is in neither."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from fusion_service.access.roles import Right
from fusion_service.estimate.levels import Reason, Safety
from fusion_service.ledger.shift_log import Deed
from fusion_service.shift.causes import Kind
from fusion_service.shift.outlook import Basis
from tests.dashboard.words import FILES, WORDS, dictionary

VIEWS = (WORDS.parent / "view", WORDS.parent / "draw")
NAMES = re.compile(r"\{(\w+)\}")


def test_both_dictionaries_have_the_same_keys_and_none_is_empty() -> None:
    dutch, english = dictionary("nl"), dictionary("en")
    assert len(english) > 200
    assert list(dutch) == list(english)
    assert [key for one in (dutch, english) for key, said in one.items() if not said.strip()] == []


def test_what_is_filled_in_is_the_same_in_both() -> None:
    english = dictionary("en")
    for key, said in dictionary("nl").items():
        assert set(NAMES.findall(said)) == set(NAMES.findall(english[key])), key


def test_every_key_is_said_somewhere() -> None:
    code = "".join(path.read_text("utf-8") for path in WORDS.parent.rglob("*.ts"))
    for name in (one for names in FILES.values() for one in names):
        code = code.replace((WORDS / name).read_text("utf-8"), "")
    groups = {*re.findall(r'word\(\s*"([a-z.]+)"', code), *re.findall(r"`([a-z.]+)\.\$", code)}
    unsaid = [
        key
        for key in dictionary("en")
        if f'"{key}"' not in code and not any(key.startswith(f"{group}.") for group in groups)
    ]
    assert unsaid == []


def test_a_view_has_no_sentence_of_its_own() -> None:
    # A text between two quotes with a capital or a space is one; words of HTML and the API are not.
    told = [
        f"{path.name}: {text}"
        for path in sorted(one for folder in VIEWS for one in folder.rglob("*.ts"))
        for text in re.findall(r'"([^"\n]*)"', _without_comments(path))
        if re.search(r"[A-Z][a-z]+ [a-z]|[a-z] [a-z]+ [a-z]+\.$", text)
    ]
    assert told == []


def _without_comments(path: Path) -> str:
    lines = re.compile(r"/\*.*?\*/|^\s*//.*$", re.DOTALL | re.MULTILINE)
    return lines.sub("", path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (("right",), Right),
        (("alarm.kind", "alarm.do"), Kind),
        (("deed",), Deed),
        (("reason", "reason.short"), Reason),
        (("safety",), Safety),
        (("outlook",), Basis),
    ],
)
def test_every_word_that_a_shift_has_is_said(groups: tuple[str, ...], words: type[StrEnum]) -> None:
    wanted = {f"{group}.{word}" for group in groups for word in words}
    assert wanted - set(dictionary("en")) == set()
