# SPDX-License-Identifier: Apache-2.0
"""What stands behind the port stays behind it."""

import ast
from pathlib import Path

CENTRE = Path(__file__).parents[3] / "fusion_service"
BEHIND = CENTRE / "store" / "sqlite"


def test_only_the_store_of_sqlite_knows_sqlite() -> None:
    others = [path for path in CENTRE.rglob("*.py") if BEHIND not in path.parents]
    names = {
        path.relative_to(CENTRE)
        for path in others
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
        if name.split(".")[0] == "sqlite3"
    }
    # A GeoPackage is a database of SQLite's: a drawing of somebody else, and no store.
    assert names == {Path("site_import/geopackage.py")}


def test_no_function_of_a_query_is_written_in_python() -> None:
    # Whatever store comes next would have to bring the same ones.
    calls = {"create_function", "create_aggregate", "create_window_function", "create_collation"}
    found = [
        (path.name, node.attr)
        for path in CENTRE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in calls
    ]
    assert found == []
