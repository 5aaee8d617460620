# SPDX-License-Identifier: Apache-2.0
"""Rows on terminals of any width."""

import io

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fusion_service.commands.tables import show

NAME = f"{'s' * 32}/{'d' * 32}"


def shown(width: int, *rows: tuple[str | Text, ...]) -> list[str]:
    table = Table(
        "site/device",
        "link",
        "level",
        "last window (UTC)",
        "detail",
        title="devices",
        caption="the first 2",
    )
    for row in rows:
        table.add_row(*row)
    out = io.StringIO()
    show(Console(file=out, width=width), table)
    return out.getvalue().splitlines()


def test_what_fits_is_a_table() -> None:
    lines = shown(
        120,
        ("beach/pier-1", "online", Text("process", style="red"), "2026-06-01 12:00:00 + 60 s", ""),
    )
    assert any("beach/pier-1" in line and "online" in line and "process" in line for line in lines)


@pytest.mark.parametrize("width", [40, 72, 80])
def test_what_does_not_fit_is_told_row_by_row_within_the_width_and_no_name_is_cut(
    width: int,
) -> None:
    lines = shown(
        width,
        (NAME, "online", Text("process", style="red"), "2026-06-01 12:00:00 + 60 s", "why " * 30),
        ("beach/pier-1", "", "full", "", ""),
    )
    assert NAME in lines
    assert all(len(line) <= width for line in lines if line != NAME)
    assert any("link online, level process" in line for line in lines)
    assert "  level full" in lines
    assert (lines[0], lines[-1]) == ("devices", "the first 2")
