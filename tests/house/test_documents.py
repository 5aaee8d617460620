# SPDX-License-Identifier: Apache-2.0
"""The documents against the code: commands, settings and links."""

import ast
import functools
import importlib
import importlib.util
import os
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pydantic
import pytest
import typer

PROGRAMS = {"edge-agent": "edge_agent.cli", "fusion-service": "fusion_service.cli"}
SETTINGS = {"Box": "edge_agent.config.schema", "Centre": "fusion_service.config"}
FIRST_SCREEN_LINES = 60
PAST = {"CHANGELOG.md"}
BY_PYTHON = {"scripts/setup.py"}
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


# --- commands


@functools.cache
def command_tree(program: str) -> Any:
    """Return the program's commands as its command line builds them, entry points included."""
    line = importlib.import_module(PROGRAMS[program])
    if hasattr(line, "_add_verbs"):
        line._add_verbs([])
    return typer.main.get_command(line.app)


def commands(node: Any, path: str) -> Iterator[str]:
    """Yield every command that can be run."""
    children = getattr(node, "commands", None)
    if not children:
        yield path
        return
    for name, child in children.items():
        yield from commands(child, f"{path} {name}")


def mentioned(text: str, program: str, tree: Any) -> Iterator[str]:
    """Yield each command in the code of a document, read as far as there are sub-commands."""
    for code in CODE.findall(text):
        for words in re.findall(rf"(?<![\w./-]){program}((?: [a-z][a-z-]*)+)", code):
            node, path = tree, program
            for word in words.split():
                if not getattr(node, "commands", None):
                    break
                node, path = node.commands.get(word), f"{path} {word}"
            yield path


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_documented(program: str, root: Path) -> None:
    tree = command_tree(program)
    documented = set(mentioned((root / "docs" / "OPERATIONS.md").read_text(), program, tree))
    assert set(commands(tree, program)) - documented == set()


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_documented_command_exists(program: str, documents: list[Path], root: Path) -> None:
    tree = command_tree(program)
    groups_and_commands = {
        " ".join(path.split()[:end])
        for path in commands(tree, program)
        for end in range(1, len(path.split()) + 1)
    }
    unknown = {
        f"{document.relative_to(root)}: {path}"
        for document in documents
        for path in mentioned(document.read_text(), program, tree)
        if path not in groups_and_commands
    }
    assert unknown == set()


@functools.cache
def said_in_tests(root: Path) -> str:
    """Return the words that tests and trials start programs with, row by row.

    A row is a list, a tuple or the arguments of a call: what stands in it as text, in order.
    """
    rows = []
    for path in (*(root / "tests").rglob("*.py"), *(root / "development").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.List | ast.Tuple):
                parts = node.elts
            elif isinstance(node, ast.Call):
                parts = node.args
            else:
                continue
            rows.append(
                " ".join(
                    part.value
                    for part in parts
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                )
            )
    return "\n".join(rows)


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_command_is_run_by_a_test(program: str, root: Path) -> None:
    said = said_in_tests(root)
    paths = [path.removeprefix(f"{program} ") for path in commands(command_tree(program), program)]
    assert len(paths) > 10
    assert [
        path for path in paths if not re.search(rf"(?<![\w-]){re.escape(path)}(?![\w-])", said)
    ] == []


def test_every_script_and_module_that_a_document_names_can_be_started(
    documents: list[Path], root: Path
) -> None:
    text = "\n".join(document.read_text() for document in documents if document.name not in PAST)
    scripts = set(re.findall(r"(?<![\w/])scripts/[a-z][\w.-]*\w", text))
    modules = set(re.findall(r"-m\s+(development(?:\.\w+)+)", text))
    for script in (root / "scripts").iterdir():
        modules |= set(re.findall(r"development(?:\.\w+)+", script.read_text("utf-8")))
    assert scripts >= {"scripts/test", "scripts/demo"}
    assert {script for script in scripts if not os.access(root / script, os.X_OK)} <= BY_PYTHON
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    assert absent == []


# --- settings


def models_in(annotation: Any) -> Iterator[tuple[type[pydantic.BaseModel], str]]:
    """Yield the pydantic models inside a type.

    With `[]` for those that stand in a list, `.NAME` for those that have names of their own.
    """
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation, ""
    listed = {list: "[]", tuple: "[]", dict: ".NAME"}.get(get_origin(annotation), "")
    for argument in get_args(annotation):
        if isinstance(argument, type | types.GenericAlias) or get_args(argument):
            for model, suffix in models_in(argument):
                yield model, listed + suffix


def keys(model: type[pydantic.BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every key of a settings file, `camera.fps` and `lines[].id` alike."""
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = list(models_in(field.annotation))
        if not inner:
            yield key
        for child, suffix in inner:
            yield from keys(child, f"{key}{suffix}.")


def root_model(module_name: str) -> type[pydantic.BaseModel]:
    """Return the one model of a module that no other one holds or extends."""
    module = importlib.import_module(module_name)
    models = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, pydantic.BaseModel)
        and value.__module__ == module_name
    ]
    held = {
        child
        for model in models
        for field in model.model_fields.values()
        for child, _ in models_in(field.annotation)
    }
    bases = {base for model in models for base in model.__bases__}
    roots = [model for model in models if model not in held | bases]
    assert len(roots) == 1, (
        f"{module_name}: wanted one tree, got {[model.__name__ for model in roots]}"
    )
    return roots[0]


@pytest.mark.parametrize("heading", SETTINGS)
def test_every_setting_is_documented_and_every_documented_setting_exists(
    heading: str, root: Path
) -> None:
    text = (root / "docs" / "CONFIGURATION.md").read_text()
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/CONFIGURATION.md has no heading '## {heading}'"
    documented = re.findall(r"^\| `([^`]+)`", section.group(1), re.MULTILINE)
    assert len(documented) == len(set(documented)), "a setting stands there twice"
    assert set(documented) == set(keys(root_model(SETTINGS[heading])))


# --- links, and the first screen


@pytest.fixture(scope="module")
def documents(files: list[Path], root: Path) -> list[Path]:
    return [
        path
        for path in files
        if path.suffix == ".md" and path.relative_to(root).parts[0] != "tests"
    ]


def anchors(document: Path) -> set[str]:
    """Return the names by which a document's headings can be linked to."""
    headings = re.findall(
        r"^#+ (.+)$",
        re.sub(r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL),
        re.MULTILINE,
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere(documents: list[Path], root: Path) -> None:
    broken = []
    for document in documents:
        for target in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", document.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = document.parent / name if name else document
            if not file.exists() or (
                anchor and file.suffix == ".md" and anchor not in anchors(file)
            ):
                broken.append(f"{document.relative_to(root)}: {target}")
    assert broken == []


def test_the_first_screen_names_the_two_commands_and_no_other(root: Path) -> None:
    first_screen = "\n".join((root / "README.md").read_text().splitlines()[:FIRST_SCREEN_LINES])
    assert set(re.findall(r"\bscripts/[\w-]+", first_screen)) == {"scripts/demo", "scripts/test"}
