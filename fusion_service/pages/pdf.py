# SPDX-License-Identifier: Apache-2.0
"""A document as a PDF that prints on A4, lying, and is tagged: see tags.py.

Its fonts are in it. What is missing is marked by a colour and by its own words.
"""

from html import escape
from io import BytesIO
from pathlib import Path

import reportlab
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, PageBreak, SimpleDocTemplate, TableStyle

from fusion_service.pages.section import Block, Document, Items, Section, Table, marked
from fusion_service.pages.tags import (
    Element,
    Tagged,
    TaggedCanvas,
    TaggedTable,
    number_of_page,
)

MARGIN = 12 * mm
SIZE = landscape(A4)
WIDTH = SIZE[0] - 2 * MARGIN - 12
"""A frame keeps six points free on each side."""
FONT, BOLD = "Vera", "VeraBd"
"""Bitstream Vera, which reportlab brings along; its licence allows embedding."""
LINE, MISSING = HexColor("#888888"), "#ffffdd"
BODY = ParagraphStyle("body", fontName=FONT, fontSize=8, leading=10.5, spaceAfter=4)
CELL = ParagraphStyle("cell", BODY, fontSize=6.5, leading=8, spaceAfter=0)
HEAD = ParagraphStyle("head", CELL, fontName=BOLD)
ITEM = ParagraphStyle("item", BODY, leftIndent=10, bulletIndent=0)
TITLE = ParagraphStyle("title", BODY, fontName=BOLD, fontSize=15, leading=19)
PART = ParagraphStyle("part", BODY, fontName=BOLD, fontSize=11, leading=14, spaceBefore=8)
WORD_MAX, LONGEST = 20, 45
"""Characters of a word, and of a text, that a column is made wide enough for."""
GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def pdf(document: Document) -> bytes:
    """Return a document as a tagged PDF."""
    _have_fonts()
    root = Element("Document")
    content: list[Flowable] = [Tagged.of(escape(document.title), TITLE, root.child("H1"))]
    content.append(Tagged.of(_text(document.intro, document.marker), BODY, root.child("P")))
    for place, one in enumerate(document.sections):
        if one.on_a_page and place:
            content.append(PageBreak())
        content += _section(one, document.marker, root.child("Sect"))
    written = BytesIO()

    def made(*given: object, **named: object) -> TaggedCanvas:
        canvas = TaggedCanvas(*given, **named)
        canvas.root = root
        return canvas

    template = SimpleDocTemplate(
        written,
        pagesize=SIZE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 4 * mm,
        title=document.title,
        author="",
        lang=document.language,
        initialFontName=FONT,
    )
    template.build(content, onFirstPage=_foot, onLaterPages=_foot, canvasmaker=made)
    return written.getvalue()


def _have_fonts() -> None:
    known = pdfmetrics.getRegisteredFontNames()
    for name in (FONT, BOLD):
        if name not in known:
            file = Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf"
            pdfmetrics.registerFont(TTFont(name, str(file)))


def _foot(canvas: Canvas, _template: object) -> None:
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setFont(FONT, 7)
    number_of_page(canvas, str(canvas.getPageNumber()), x=SIZE[0] - MARGIN, y=MARGIN)


def _section(one: Section, marker: str, element: Element) -> list[Flowable]:
    found: list[Flowable] = [Tagged.of(escape(one.title), PART, element.child("H2"))]
    for block in one.blocks:
        found += _block(block, marker, element)
    return found


def _block(block: Block, marker: str, element: Element) -> list[Flowable]:
    if isinstance(block, str):
        return [Tagged.of(_text(block, marker), BODY, element.child("P"))]
    if isinstance(block, Items):
        listed = element.child("L")
        return [
            Tagged.of(f"- {_text(text, marker)}", ITEM, listed.child("LI").child("LBody"))
            for text in block.texts
        ]
    return [_table(block, marker, element.child("Table"))]


def _table(block: Table, marker: str, element: Element) -> Flowable:
    first = element.child("TR")
    rows = [[Tagged.of(escape(cell), HEAD, first.child("TH")) for cell in block.headings]]
    for row in block.rows:
        told = element.child("TR")
        rows.append([Tagged.of(_text(cell, marker), CELL, told.child("TD")) for cell in row])
    weights = [
        max(_weight(row[at]) for row in (block.headings, *block.rows))
        for at in range(len(block.headings))
    ]
    widths = [WIDTH * one / sum(weights) for one in weights]
    return TaggedTable(
        rows, colWidths=widths, style=GRID, hAlign="LEFT", repeatRows=1, splitInRow=1, spaceAfter=6
    )


def _weight(text: str) -> int:
    """Return how wide a cell wants its column: as its text, and at least as its longest word."""
    word = max(map(len, text.split()), default=0) + 2
    return max(min(word, WORD_MAX), min(len(text), LONGEST))


def _text(text: str, marker: str) -> str:
    """Return a text in reportlab's markup, and marked what is missing in it."""
    known, missing = marked(text, marker)
    return escape(known) + (
        f'<font backColor="{MISSING}">{escape(missing)}</font>' if missing else ""
    )
