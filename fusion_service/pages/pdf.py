# SPDX-License-Identifier: Apache-2.0
"""A document as a PDF that prints on A4, lying, and is tagged: see tags.py.

Its fonts are in it. What is missing is marked by a colour and by its own words.
"""

from dataclasses import dataclass
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
WORD_MAX, LONGEST = 20, 45
"""Characters of a word that is not broken, and of a text that a column is made wider for."""
PADDING = 2.5
GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


@dataclass(frozen=True, slots=True)
class _Setter:
    """Sets blocks, in sizes of its own. marker: see Document."""

    marker: str
    title: ParagraphStyle
    part: ParagraphStyle
    body: ParagraphStyle
    item: ParagraphStyle
    cell: ParagraphStyle
    head: ParagraphStyle

    @classmethod
    def of(cls, document: Document) -> "_Setter":
        """Return who sets a document: twice as large where it hangs on a wall, tables less so."""
        size, small = (16.0, 9.0) if document.is_large else (8.0, 6.5)
        body = ParagraphStyle("body", fontName=FONT, fontSize=size, leading=1.3 * size)
        body.spaceAfter = size / 2
        cell = ParagraphStyle("cell", body, fontSize=small, leading=1.25 * small, spaceAfter=0)
        return cls(
            document.marker,
            ParagraphStyle("title", body, fontName=BOLD, fontSize=15, leading=19),
            ParagraphStyle(
                "part", body, fontName=BOLD, fontSize=1.4 * size, leading=1.75 * size, spaceBefore=8
            ),
            body,
            ParagraphStyle("item", body, leftIndent=10, bulletIndent=0),
            cell,
            ParagraphStyle("head", cell, fontName=BOLD),
        )

    def section(self, one: Section, element: Element) -> list[Flowable]:
        """Return a heading and what stands under it."""
        found: list[Flowable] = [Tagged.of(escape(one.title), self.part, element.child("H2"))]
        for block in one.blocks:
            found += self._block(block, element)
        return found

    def paragraph(self, text: str, element: Element) -> Flowable:
        """Return a paragraph."""
        return Tagged.of(self._text(text), self.body, element.child("P"))

    def _block(self, block: Block, element: Element) -> list[Flowable]:
        if isinstance(block, str):
            return [self.paragraph(block, element)]
        if isinstance(block, Items):
            listed = element.child("L")
            return [
                Tagged.of(f"- {self._text(one)}", self.item, listed.child("LI").child("LBody"))
                for one in block.texts
            ]
        return [self._table(block, element.child("Table"))]

    def _table(self, block: Table, element: Element) -> Flowable:
        first = element.child("TR")
        rows = [[Tagged.of(escape(one), self.head, first.child("TH")) for one in block.headings]]
        for row in block.rows:
            told = element.child("TR")
            rows.append([Tagged.of(self._text(one), self.cell, told.child("TD")) for one in row])
        weights = [
            max(_weight(row[at]) for row in (block.headings, *block.rows))
            for at in range(len(block.headings))
        ]
        least = [self._least(block, at) for at in range(len(block.headings))]
        left = WIDTH - sum(least)
        widths = [
            one * WIDTH / sum(least) if left < 0 else one + left * weight / sum(weights)
            for one, weight in zip(least, weights, strict=True)
        ]
        return TaggedTable(
            rows,
            colWidths=widths,
            style=GRID,
            hAlign="LEFT",
            repeatRows=1,
            splitInRow=1,
            spaceAfter=6,
        )

    def _least(self, block: Table, at: int) -> float:
        """Return the width in which no word of a column is broken, but for very long ones."""
        words = [(self.head, word) for word in block.headings[at].split()]
        words += [(self.cell, word) for row in block.rows for word in row[at].split()]
        widest: float = max(
            pdfmetrics.stringWidth(word[:WORD_MAX], style.fontName, style.fontSize)
            for style, word in (*words, (self.cell, ""))
        )
        return 2 * PADDING + widest

    def _text(self, text: str) -> str:
        """Return a text in reportlab's markup, and marked what is missing in it."""
        known, missing = marked(text, self.marker)
        return escape(known) + (
            f'<font backColor="{MISSING}">{escape(missing)}</font>' if missing else ""
        )


def pdf(document: Document) -> bytes:
    """Return a document as a tagged PDF."""
    _have_fonts()
    root, setter = Element("Document"), _Setter.of(document)
    content = [Tagged.of(escape(document.title), setter.title, root.child("H1"))]
    content.append(setter.paragraph(document.intro, root))
    for place, one in enumerate(document.sections):
        if one.on_a_page and place:
            content.append(PageBreak())
        content += setter.section(one, root.child("Sect"))
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


def _weight(text: str) -> int:
    """Return how much a cell wants of the width that is left: as much as it has text."""
    return min(max(len(text), 1), LONGEST)
