# SPDX-License-Identifier: Apache-2.0
"""What a message tells somebody to read or run is there.

In a clone, and where nothing but the wheel was installed.
"""

import ast
import re
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

NAMED = re.compile(
    r"\b(?:docs|scripts|requirements|firmware_configs|tests)/[\w.*/-]+|README\.md|\bsetup\.py\b"
)
IN_A_CLONE = {
    ("fusion_service/web/page/unbuilt.py", "scripts/setup.py"),
    ("privacy_audit/pixels/telemetry.py", "scripts/setup.py"),
}
"""Said in a clone alone, by its own condition, or of a clone, in its own words."""


@cache
def literals(path: Path) -> list[tuple[str, bool]]:
    """Return the texts of a file that a program can print, and whether each is given to shipped().

    No docstring, no comment.
    """
    nodes = list(ast.walk(ast.parse(path.read_text())))
    documents = {
        id(node.body[0].value)
        for node in nodes
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    loose = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    shipped = {
        id(node.args[0])
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "shipped"
    }
    texts = [
        node for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [
        (str(node.value), id(node) in shipped)
        for node in texts
        if id(node) not in documents | loose
    ]


def test_a_message_names_a_file_of_the_repository_only_where_the_wheel_has_it_too(
    modules: list[Path], root: Path
) -> None:
    stray = []
    for path in modules:
        where = str(path.relative_to(root))
        if where.startswith("edge_agent/development/"):
            continue
        for text, is_shipped in literals(path):
            stray += [
                (where, name)
                for name in NAMED.findall(text)
                if not is_shipped and (where, name) not in IN_A_CLONE
            ]
    assert stray == [], "give the path to shipped(), and list the file in pyproject.toml"


def test_what_is_said_to_be_shipped_is_in_the_repository_and_in_the_wheel(
    modules: list[Path], root: Path
) -> None:
    packed = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"][
        "data-files"
    ]
    patterns = [(folder, pattern) for folder, each in packed.items() for pattern in each]
    named = {text for path in modules for text, is_shipped in literals(path) if is_shipped}
    assert named
    for name in sorted(named):
        assert (root / name).exists(), name
        installed = f"share/people-count/{name.removeprefix('firmware_configs/')}"
        inside = (
            [one for one in (root / name).iterdir() if one.is_file()]
            if (root / name).is_dir()
            else [root / name]
        )
        for one in inside:
            fits = [
                folder
                for folder, pattern in patterns
                if fnmatch(str(one.relative_to(root)), pattern)
            ]
            assert fits, f"{name}: no wheel has it"
            assert installed.startswith(fits[0]), f"{name}: the wheel has it in {fits[0]}"


def test_the_build_that_an_audit_asks_for_by_hand_is_the_one_that_the_set_up_fetches(
    root: Path,
) -> None:
    from privacy_audit.pixels.telemetry import BUILD  # noqa: PLC0415 - the one test that needs it

    assert (root / "requirements" / "telemetry.lock").read_text().split()[0] == BUILD
