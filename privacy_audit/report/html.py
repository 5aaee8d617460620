# SPDX-License-Identifier: Apache-2.0
"""Write a report as one HTML file: no script, no font, nothing from elsewhere.

It prints as it reads.

Sentences stand in two columns, English and Dutch; in the narrow cells of a table the Dutch stands
under the English.
"""

from collections.abc import Iterable
from html import escape

from privacy_audit.report.document import (
    Block,
    Bullets,
    Heading,
    Notice,
    Paragraph,
    Signature,
    Table,
    TableRow,
    Title,
)
from privacy_audit.report.phrases import flat, in_dutch

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif; color: #1b1f24;
  background: #fff;
  max-width: 62rem; margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0; }
h1 + p { color: #57606a; margin: .3rem 0 1.5rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; padding-top: .8rem; border-top: 1px solid #d0d7de;
  }
p { margin: .4rem 0 .8rem; }
.both { display: grid; grid-template-columns: 1fr 1fr; column-gap: 2rem; }
[lang=nl] { color: #1d4580; }
h1 [lang=nl], h2 [lang=nl], td [lang=nl], th [lang=nl] { font-weight: 400; }
h1 [lang=nl], td [lang=nl], th [lang=nl] { display: block; }
.serial { font-family: ui-monospace, "Liberation Mono", monospace; }
footer { color: #57606a; font-size: .87rem; margin-top: 3rem; border-top: 1px solid #d0d7de;
  padding-top: .6rem; }
p.small { color: #57606a; font-size: .87rem; }
.notice { border-left: 6px solid; border-radius: 4px; padding: .8rem 1rem; margin: .8rem 0;
  font-size: 1.08rem; font-weight: 600; }
.notice.good { border-color: #1a7f37; background: #eaf7ee; }
  .notice.warning { border-color: #9a6700; background: #fff8e5; }
.notice.bad { border-color: #b42318; background: #fdecea; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: .92rem; }
th { text-align: left; font-weight: 600; border-bottom: 2px solid #8c959f; padding: .35rem .5rem; }
td { vertical-align: top; border-bottom: 1px solid #e4e8ec; padding: .35rem .5rem;
  overflow-wrap: anywhere; }
td:first-child { font-weight: 600; }
.figure { text-align: right; font-variant-numeric: tabular-nums; }
.fixed td:last-child { font-family: ui-monospace, "Liberation Mono", monospace; font-size: .82rem; }
td.good { color: #116329; } td.warning { color: #7d4e00; font-weight: 600; }
  td.bad { color: #b42318; font-weight: 700; }
ul { padding-left: 1.3rem; } li { margin: .4rem 0; }
.line { display: grid; grid-template-columns: 10rem 1fr; align-items: end; margin-top: 2rem; }
.line i { border-bottom: 1px solid #1b1f24; height: 1.2rem; }
@page { size: A4; margin: 16mm 14mm 18mm; @bottom-left { content: "@SERIAL@"; font-size: 8px; }
  @bottom-right { content: counter(page) " / " counter(pages); font-size: 8px; } }
@media print { footer { display: none; } body { margin: 0; max-width: none; font-size: 11px; }
  h2 { break-after: avoid; }
  tr, .notice, .sign { break-inside: avoid; } }
"""
SMALL, FIXED = ' class="small"', ' class="fixed"'


def as_html(blocks: Iterable[Block], *, title: str, serial: str) -> str:
    """Return the whole page.

    The serial number stands at its end, and in the foot of each printed page.
    """
    body = "\n".join(_block(block) for block in blocks)
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title>"
    )
    style = STYLE.replace("@SERIAL@", f"{title}, {serial}".replace('"', ""))
    foot = f'<footer>{escape(title)} <span class="serial">{escape(serial)}</span></footer>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{style}</style></head>\n'
        f"<body>\n{body}\n{foot}\n</body></html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Title(text, below):
            written = f"<h1>{_under(text)}</h1><p>{escape(below)}</p>"
        case Heading(text):
            written = f"<h2>{_beside(text)}</h2>"
        case Paragraph(text, small):
            written = f"<p{SMALL if small else ''}>{_beside(text)}</p>"
        case Notice(text, tone):
            written = f'<div class="notice {tone}">{_beside(text)}</div>'
        case Bullets(items):
            written = f"<ul>{''.join(f'<li>{_beside(item)}</li>' for item in items)}</ul>"
        case Signature(heading, sentence, lines):
            ruled = "".join(
                f'<div class="line"><span>{_under(line)}</span><i></i></div>' for line in lines
            )
            said = f"<h2>{_beside(heading)}</h2><p>{_beside(sentence)}</p>"
            written = f'<div class="sign">{said}{ruled}</div>'
        case Table():
            written = _table(block)
    return written


def _table(table: Table) -> str:
    columns = "".join(f'<col style="width:{share:.1%}">' for share in table.shares)
    cells = (
        f"<th{_kind(table, column, None)}>{_under(cell)}</th>"
        for column, cell in enumerate(table.header)
    )
    head = f"<thead><tr>{''.join(cells)}</tr></thead>" if table.header else ""
    body = "".join(_row(table, row) for row in table.rows)
    kind = FIXED if table.fixed else ""
    inside = f"<colgroup>{columns}</colgroup>{head}<tbody>{body}</tbody>"
    return f"<table{kind}>{inside}</table>"


def _row(table: Table, row: TableRow) -> str:
    cells = (
        f"<td{_kind(table, column, row)}>{_cell(table, column, cell)}</td>"
        for column, cell in enumerate(row.cells)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _cell(table: Table, column: int, cell: str) -> str:
    """Return a cell in both languages.

    What a table of hashes and settings says of itself is told as it is.
    """
    return escape(cell) if table.is_told_as_it_is(column) else _under(cell)


def _kind(table: Table, column: int, row: TableRow | None) -> str:
    if column in table.figures:
        return ' class="figure"'
    return f' class="{row.tone}"' if row is not None and column == table.toned else ""


def _beside(text: str) -> str:
    """Return a text and its Dutch in two columns; alone where they are the same."""
    dutch = in_dutch(text)
    if dutch == flat(text):
        return escape(text)
    return (
        f'<span class="both"><span>{escape(text)}</span> <span '
        f'lang="nl">{escape(dutch)}</span></span>'
    )


def _under(text: str) -> str:
    """Return a text and its Dutch under it; alone where they are the same."""
    dutch = in_dutch(text)
    return (
        escape(text)
        if dutch == flat(text)
        else f'{escape(text)} <span lang="nl">{escape(dutch)}</span>'
    )
