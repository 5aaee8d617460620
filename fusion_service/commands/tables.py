# SPDX-License-Identifier: Apache-2.0
"""Show rows on a terminal of any width: as a table where it fits, else as lines.

No name is cut in two.
"""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_WIDE = 10_000


def show(console: Console, table: Table) -> None:
    """Print a table, or its rows one below the other where the terminal is too narrow for it."""
    needed = Measurement.get(console, console.options.update(width=_WIDE), table).maximum
    if needed <= console.width:
        console.print(table)
        return
    console.print(Text(str(table.title or ""), style="italic"))
    headers = [str(column.header) for column in table.columns]
    cells = [list(column.cells) for column in table.columns]
    for row in zip(*cells, strict=True):
        first, *others = (cell if isinstance(cell, Text) else Text(str(cell)) for cell in row)
        console.print(first, soft_wrap=True)
        parts = [
            Text.assemble(f"{header} ", cell)
            for header, cell in zip(headers[1:], others, strict=True)
            if cell.plain
        ]
        for line in _filled(parts, console.width):
            console.print(line, soft_wrap=True)
    if table.caption:
        console.print(Text(str(table.caption), style="italic"))


def _filled(parts: list[Text], width: int) -> list[Text]:
    """Join parts by commas into indented lines of at most `width`; one that fits is not broken."""
    lines: list[Text] = []
    for part in parts:
        if lines and lines[-1].cell_len + len(", ") + part.cell_len < width:
            lines[-1] = Text.assemble(lines[-1], ", ", part)
        elif part.cell_len + 2 <= width:
            lines.append(Text.assemble("  ", part))
        else:
            lines.extend(
                Text.assemble("  ", piece) for piece in part.wrap(_console_of(width), width - 2)
            )
    return lines


def _console_of(width: int) -> Console:
    return Console(width=width)
