# SPDX-License-Identifier: Apache-2.0
"""Who knows whom in the box: the arrows between its rooms, counted; `pytest -s` prints them.

An arrow is a pair of first-level names of `edge_agent` of which one imports the other, however many
modules do, in earnest or for a type alone.
"""

import ast
import sys
import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

BOX = "edge_agent"
ARROWS_MAX = 80
"""Half of what there was before the house had rooms: 185 pairs, 25 of them of the audit and of what
measures the box, which have left it."""
Arrow = tuple[str, str]


def imported(path: Path) -> set[str]:
    """Return the first-level names of the box that a module imports, at its top or inside."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == BOX:
            names = [f"{BOX}.{each.name}" for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module)]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith(f"{BOX}.")}
    return found - {"__version__"}


@pytest.fixture(scope="module")
def arrows(modules: list[Path], root: Path) -> set[Arrow]:
    found = set()
    for path in modules:
        package, first, *_ = path.relative_to(root).with_suffix("").parts
        if package == BOX and first != "__init__":
            found |= {(first, to) for to in imported(path) if to != first}
    assert found
    return found


@pytest.fixture(scope="module")
def floors(root: Path) -> list[set[str]]:
    """The floors of the box as pyproject.toml says them, the highest first."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [floors] = [
        each["layers"] for each in contracts["contracts"] if each.get("containers") == [BOX]
    ]
    return [set(floor.replace("|", " ").split()) for floor in floors]


def test_the_rooms_of_the_box_know_half_as_many_others_as_before(arrows: set[Arrow]) -> None:
    by_room: dict[str, list[str]] = {}
    for room, known in sorted(arrows):
        by_room.setdefault(room, []).append(known)
    lines = [f"{room}: {' '.join(known)}" for room, known in by_room.items()]
    sys.stdout.write("\n".join(["", f"{len(arrows)} arrows", *lines, ""]))
    assert len(arrows) <= ARROWS_MAX


def test_no_two_rooms_know_each_other_by_any_way_round(arrows: set[Arrow]) -> None:
    graph: dict[str, set[str]] = {}
    for room, known in arrows:
        graph.setdefault(room, set()).add(known)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' > '.join(error.args[1])}")


def test_no_room_knows_one_on_a_higher_floor_or_a_neighbour(
    arrows: set[Arrow], floors: list[set[str]]
) -> None:
    height = {room: -depth for depth, floor in enumerate(floors) for room in floor}
    assert {room for arrow in arrows for room in arrow} <= set(height)
    assert [arrow for arrow in arrows if height[arrow[0]] <= height[arrow[1]]] == []
