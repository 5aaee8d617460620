# SPDX-License-Identifier: Apache-2.0
"""How large modules, functions, classes and folders are; `pytest -s` prints the figures.

A size is a smell and not a law, so a class may be larger where it says why beside it.
"""

import ast
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

PRODUCT = ("edge_agent", "fusion_service", "privacy_audit", "wire_contract")
MODULES_OF_A_FOLDER_MAX = 12
LOOSE_MODULES_OF_THE_BOX_MAX = 11
MODULE_LINES_MAX = 400
MODULE_LINES_MEDIAN_MAX = 130
FUNCTION_LINES = 40
SCRIPT_LINES_MAX = 30
LONG_FUNCTIONS_SHARE_MAX = 0.01
ATTRIBUTES_MAX = 10
REASON = re.compile(r"\battributes\b")
"""A class that keeps more says why in its docstring or in the comment above it, by this word."""
TABLES = {
    "edge_agent/disclosure/interval/error_table.py",  # measured numbers, written by a program
}
"""Modules that hold rows and no code."""


@dataclass(frozen=True)
class Module:
    """A module that is not a package's door."""

    where: str
    lines: int
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef]
    classes: list[ast.ClassDef]
    text: list[str]

    @property
    def package(self) -> str:
        return self.where.split("/", maxsplit=1)[0]

    def says_why(self, kind: ast.ClassDef) -> bool:
        """Say whether the docstring or the comment above tells why the class keeps so much."""
        first = min((each.lineno for each in kind.decorator_list), default=kind.lineno) - 1
        above = []
        while first > 0 and self.text[first - 1].lstrip().startswith("#"):
            first -= 1
            above.append(self.text[first])
        return bool(REASON.search(" ".join(above) + (ast.get_docstring(kind) or "")))


@pytest.fixture(scope="module")
def sized(modules: list[Path], root: Path) -> list[Module]:
    found = []
    for path in modules:
        if path.name != "__init__.py":
            text = path.read_text("utf-8")
            lines = text.splitlines()
            where = str(path.relative_to(root))
            functions, classes = kept_of(ast.parse(text))
            found.append(Module(where, len(lines), functions, classes, lines))
    return found


def kept_of(
    tree: ast.Module,
) -> tuple[list[ast.FunctionDef | ast.AsyncFunctionDef], list[ast.ClassDef]]:
    """Return the functions and the classes of a module, wherever in it."""
    functions, classes = [], []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.append(node)
        elif isinstance(node, ast.ClassDef):
            classes.append(node)
    return functions, classes


def scripts(root: Path) -> list[Path]:
    return [path for path in (root / "scripts").iterdir() if path.is_file()]


def attributes(kind: ast.ClassDef) -> set[str]:
    """Return the names that a class gives to `self`. What a dataclass lists is its value."""
    return {
        node.attr
        for node in ast.walk(kind)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def test_no_folder_has_more_modules_than_one_takes_in_at_a_look(sized: list[Module]) -> None:
    counts = Counter(str(Path(each.where).parent) for each in sized)
    sys.stdout.write(f"\nfullest folders: {counts.most_common(3)}\n")
    full = {folder for folder, count in counts.items() if count > MODULES_OF_A_FOLDER_MAX}
    assert full == set()
    assert counts["edge_agent"] <= LOOSE_MODULES_OF_THE_BOX_MAX


def test_no_module_is_too_long_to_be_read(sized: list[Module]) -> None:
    large = {each.where: each.lines for each in sized if each.lines > MODULE_LINES_MAX}
    large = {where: lines for where, lines in large.items() if where not in TABLES}
    assert large == {}


def test_a_script_only_starts_what_is_typed_and_tested(root: Path) -> None:
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in scripts(root)}
    assert {name: count for name, count in lines.items() if count > SCRIPT_LINES_MAX} == {}


def test_half_of_the_modules_are_short(sized: list[Module]) -> None:
    for package in PRODUCT:
        lines = [each.lines for each in sized if each.package == package]
        sys.stdout.write(
            f"\n{package}: {len(lines)} modules, median {median(lines)}, longest {max(lines)}\n"
        )
    assert median(each.lines for each in sized) <= MODULE_LINES_MEDIAN_MAX


def test_few_functions_are_long(sized: list[Module]) -> None:
    for package in PRODUCT:
        lengths = [
            (f"{each.where}:{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1)
            for each in sized
            if each.package == package
            for node in each.functions
        ]
        long = [name for name, lines in lengths if lines > FUNCTION_LINES]
        share = f"{package}: {len(long)} of {len(lengths)} functions over {FUNCTION_LINES} lines"
        sys.stdout.write(f"\n{share}\n")
        bar = int(len(lengths) * LONG_FUNCTIONS_SHARE_MAX)
        assert len(long) <= bar, long


def test_a_class_that_keeps_much_says_why(sized: list[Module]) -> None:
    large = {
        f"{each.where}:{kind.name}": count
        for each in sized
        for kind in each.classes
        if (count := len(attributes(kind))) > ATTRIBUTES_MAX and not each.says_why(kind)
    }
    sys.stdout.write(f"\nclasses over {ATTRIBUTES_MAX} attributes without a reason: {large}\n")
    assert large == {}
