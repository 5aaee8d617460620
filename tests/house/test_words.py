# SPDX-License-Identifier: Apache-2.0
"""The words that the house has given up, over its names, its prose and its documents.

A word that was coined here is wrong everywhere. A word of everyday English is wrong as a name,
where its reader has to guess, and right in a sentence.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

COINED = {
    "birth": "meta",
    "eye": "image quality",
    "glance": "frame statistics",
    "glancer": "frame statistics",
    "handover": "process settings",
    "salvage": "repair",
    "stature": "height filter",
    "sureness": "intervals",
}
EVERYDAY = {
    "care": "backup",
    "gathered": "buffer",
    "grip": "resources",
    "guessing": "membership inference",
    "most": "peak (or maximum)",
    "space": "compaction",
    "surprise": "Mahalanobis distance",
    "watch": "pipeline",
    "worth": "validity",
}
INSTEAD = COINED | EVERYDAY
ANY = re.compile("|".join(INSTEAD), re.IGNORECASE)
NOT_OURS = {"most_common", "spaceAfter", "spaceBefore"}
"""Names of the standard library and of reportlab."""
KEPT = {
    # The words of version 1 of the wire.
    "wire_contract/messages/version_1.py": {"eye", "most"},
    "docs/REPORT_FORMAT.md": {"eye"},
    # Columns of stores of before.
    "fusion_service/store/sqlite/schema/migrations.py": {"eye"},
    "tests/fusion_service/ingest/test_tampering.py": {"eye"},
}
"""Files whose words are somebody's already: what was sent, or what was stored."""
OF_A_SHIFT = (
    "docs/ACCESS.md",
    "docs/OPERATIONS.md",
    "docs/PAGE.md",
    "docs/SHIFT.md",
    "fusion_service/access/",
    "fusion_service/ledger/shift_log.py",
    "fusion_service/shift/",
    "fusion_service/web/shift/",
    "tests/dashboard/",
    "tests/fusion_service/shift/",
)
"""Where a shift is handed over, which is what control rooms call a handover."""
AT_MOST = re.compile(r"at_?most", re.IGNORECASE)
PAST = ("CHANGELOG.md", "docs/adr/", "tests/golden/")
"""What was said at its time is left as it was said."""


def room_of(where: str) -> str:
    """Return the folder of a package, or the file where it is loose, that a path lies in."""
    return "/".join(where.split("/")[:2])


def names_in(nodes: list[ast.AST]) -> Iterator[str]:
    """Yield every name that a module gives or uses."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


@cache
def words_in(name: str) -> set[str]:
    """Return the words of a name: `spread_at_birth`, `StepWatch` and `MOST` alike.

    `at_most` says a bound, as everybody does.
    """
    parted = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return {word.lower() for word in parted} - ({"most"} if AT_MOST.search(name) else set())


def prose_in(text: str, nodes: list[ast.AST]) -> Iterator[str]:
    """Yield what a module says: docstrings, messages and comments. A text of one word is a key."""
    yield from re.findall(r"#.*", text)
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value


def said_in(path: Path, where: str) -> set[str]:
    """Return the retired words of one file, those left out that are not ours to change."""
    text = path.read_text("utf-8")
    if not ANY.search(text):
        return set()
    found: set[str] = set()
    prose = [text]
    if path.suffix == ".py":
        is_test = path.name.startswith("test_")
        nodes = list(ast.walk(ast.parse(text)))
        names = {name for name in names_in(nodes) if name not in NOT_OURS}
        names |= {path.stem, path.parent.name}
        # The name of a test is a sentence.
        names = {name for name in names if not (is_test and name.startswith("test_"))}
        found |= set().union(*map(words_in, names)) & set(INSTEAD)
        prose = list(prose_in(text, nodes))
    for each in prose:
        found |= set(re.findall(r"[a-z]+", each.lower())) & set(COINED)
    if where.startswith(OF_A_SHIFT):
        found.discard("handover")
    return found - KEPT.get(where, set())


@pytest.fixture(scope="module")
def said(files: list[Path], root: Path) -> dict[str, dict[str, list[str]]]:
    """Room by room, the retired words and the files that they stand in."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in files:
        where = str(path.relative_to(root))
        if path.suffix not in {".py", ".md"} or where.startswith(PAST):
            continue
        if path == Path(__file__):
            continue
        for word in said_in(path, where):
            found[room_of(where)][word].append(where)
    return found


def test_no_room_says_what_was_given_up(said: dict[str, dict[str, list[str]]]) -> None:
    wrong = [
        f"{where}: {word}, say {INSTEAD[word]}"
        for room, words in said.items()
        for word, places in words.items()
        for where in places
    ]
    assert sorted(wrong) == []
