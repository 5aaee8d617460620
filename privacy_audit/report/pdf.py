# SPDX-License-Identifier: Apache-2.0
"""Write a report as a PDF of A4 pages, with the fonts that every reader has.

Sentences stand in two columns, English and Dutch; in the narrow cells of a table the Dutch stands
under the English. It is set twice: only then is it known how many pages there are.
"""

from collections.abc import Iterable
from html import escape
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Flowing
from reportlab.platypus import Table as Grid

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
    Tone,
)
from privacy_audit.report.phrases import flat, in_dutch

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, GREY, LINE = HexColor("#1b1f24"), HexColor("#57606a"), HexColor("#c4cbd3")
DUTCH = "#1d4580"
GAP, ROOM = 7 * mm, 55 * mm
"""Between the languages; what must be left on a page for a heading to begin there."""
TONES = {
    Tone.PLAIN: INK,
    Tone.GOOD: HexColor("#116329"),
    Tone.WARNING: HexColor("#7d4e00"),
    Tone.BAD: HexColor("#b42318"),
}
GROUNDS = {
    Tone.PLAIN: HexColor("#f4f6f8"), Tone.GOOD: HexColor("#eaf7ee"),
    Tone.WARNING: HexColor("#fff8e5"), Tone.BAD: HexColor("#fdecea"),
}  # fmt: skip
BODY = ParagraphStyle(
    "body", fontName="Helvetica", fontSize=9, leading=12.5, textColor=INK, spaceAfter=4
)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.8, leading=10.5, textColor=GREY)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=7.8, leading=10, spaceAfter=0)
FIGURE = ParagraphStyle("figure", parent=CELL, alignment=TA_RIGHT)
FIXED = ParagraphStyle(
    "fixed", parent=CELL, fontName="Courier", fontSize=7, leading=9, splitLongWords=1
)
STRONG = ParagraphStyle("strong", parent=CELL, fontName="Helvetica-Bold")
TITLE = ParagraphStyle("title", parent=BODY, fontName="Helvetica-Bold", fontSize=18, leading=22)
HEADING = ParagraphStyle(
    "heading", parent=BODY, fontName="Helvetica-Bold", fontSize=11.5, leading=15, spaceBefore=12
)
NOTICE = ParagraphStyle(
    "notice", parent=BODY, fontName="Helvetica-Bold", fontSize=10.5, leading=14, spaceAfter=0
)


def as_pdf(blocks: Iterable[Block], *, footer: str, serial: str) -> bytes:
    """Return the whole file.

    The footer and the serial number stand on every page, with its number and how many there are.
    """
    told = tuple(blocks)
    _, pages = _set(told, footer, serial, pages=0)
    return _set(told, footer, serial, pages=pages)[0]


def _set(blocks: tuple[Block, ...], footer: str, serial: str, *, pages: int) -> tuple[bytes, int]:
    """Set it once, believing in so many pages; return the file and how many there are."""
    file = BytesIO()
    frame = Frame(
        MARGIN,
        MARGIN,
        WIDTH,
        A4[1] - 2 * MARGIN,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )

    def on_page(canvas: Canvas, _document: BaseDocTemplate) -> None:
        number = f"page {canvas.getPageNumber()} of {pages}"
        canvas.setFont("Helvetica", 7.5)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, 10 * mm, _plain(f"{footer}, {serial}"))
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"{number} / {in_dutch(number)}")

    title = _plain(f"{footer}, {serial}")
    document = BaseDocTemplate(file, pagesize=A4, title=title, author="edge-agent audit", lang="en")
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=on_page))
    document.build([flowing for block in blocks for flowing in _block(block)])
    return file.getvalue(), document.page


def _block(block: Block) -> list[Flowable]:
    flowing: list[Flowable]
    match block:
        case Title(text, below):
            flowing = [_under(text, TITLE), _text(below, SMALL), Spacer(0, 4 * mm)]
        case Heading(text):
            # Not kept with what follows: a table that is long would take its heading to a page of
            # its own.
            flowing = [CondPageBreak(ROOM), _under(text, HEADING)]
        case Paragraph(text, small):
            flowing = [_beside(text, SMALL if small else BODY)]
        case Notice(text, tone):
            flowing = [Spacer(0, 1.5 * mm), _notice(text, tone), Spacer(0, 2 * mm)]
        case Bullets(items):
            flowing = [_beside(item, BODY, bullet="-") for item in items]
        case Signature(heading, sentence, lines):
            flowing = [
                KeepTogether(
                    [
                        _under(heading, HEADING),
                        _beside(sentence, BODY),
                        *(_ruled(line) for line in lines),
                    ]
                )
            ]
        case Table():
            flowing = [_table(block), Spacer(0, 2 * mm)]
    return flowing


def _notice(text: str, tone: Tone) -> Grid:
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), GROUNDS[tone]),
        ("LINEBEFORE", (0, 0), (0, -1), 4, TONES[tone]),
        ("LEFTPADDING", (0, 0), (-1, -1), 10),
        ("TOPPADDING", (0, 0), (-1, -1), 7),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
    ]
    english, dutch = _columns(text, NOTICE)
    return Grid([[english, dutch]], colWidths=[WIDTH / 2, WIDTH / 2], style=style)


def _table(table: Table) -> Grid:
    rows = [[_under(cell, STRONG) for cell in table.header]] if table.header else []
    rows += [
        [_cell(table, row, column, cell) for column, cell in enumerate(row.cells)]
        for row in table.rows
    ]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]  # fmt: skip
    return Grid(
        rows,
        colWidths=[share * WIDTH for share in table.shares],
        style=style,
        repeatRows=1 if table.header else 0,
    )


def _cell(table: Table, row: TableRow, column: int, cell: str) -> Flowing:
    if column == table.toned:
        return _under(
            cell, ParagraphStyle(f"toned {row.tone}", parent=STRONG, textColor=TONES[row.tone])
        )
    if column in table.figures:
        return _text(cell, FIGURE)
    if table.is_told_as_it_is(column):
        return _text(cell, FIXED)
    return _under(cell, STRONG if column == 0 else CELL)


def _ruled(line: str) -> Grid:
    style = [
        ("LINEBELOW", (1, 0), (1, 0), 0.6, INK),
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
    return Grid(
        [[_under(line, BODY), ""]],
        colWidths=[40 * mm, 90 * mm],
        rowHeights=[12 * mm],
        style=style,
        hAlign="LEFT",
    )


def _beside(text: str, style: ParagraphStyle, *, bullet: str | None = None) -> Flowable:
    """Return a text and its Dutch in two columns; alone where they are the same."""
    if in_dutch(text) == flat(text):
        return Flowing(escape(_plain(text)), style, bulletText=bullet)
    style_of = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), GAP),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ]
    return Grid(
        [list(_columns(text, style, bullet=bullet))],
        colWidths=[WIDTH / 2, WIDTH / 2],
        style=style_of,
        hAlign="LEFT",
    )


def _columns(
    text: str, style: ParagraphStyle, *, bullet: str | None = None
) -> tuple[Flowing, Flowing]:
    english = Flowing(escape(_plain(text)), style, bulletText=bullet)
    return english, Flowing(
        f'<font color="{DUTCH}">{escape(_plain(in_dutch(text)))}</font>', style, bulletText=bullet
    )


def _under(text: str, style: ParagraphStyle) -> Flowing:
    """Return a text and its Dutch under it; alone where they are the same."""
    dutch = in_dutch(text)
    if dutch == flat(text):
        return _text(text, style)
    return Flowing(
        f'{escape(_plain(text))}<br/><font name="Helvetica" '
        f'color="{DUTCH}">{escape(_plain(dutch))}</font>',
        style,
    )


def _text(text: str, style: ParagraphStyle) -> Flowing:
    return Flowing(escape(_plain(text)), style)


def _plain(text: str) -> str:
    """Return the text as the standard fonts can show it."""
    return text.encode("cp1252", "replace").decode("cp1252")
