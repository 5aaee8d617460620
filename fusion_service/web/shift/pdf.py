# SPDX-License-Identifier: Apache-2.0
"""The situation report as a PDF of one A4 page, with a font that every reader has.

Where the content is too high for the page it is set smaller, all of it alike.
"""

from html import escape
from io import BytesIO

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepInFrame,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from fusion_service.web.shift.page import Page, Part

MARGIN = 11 * mm
WIDTH, HEIGHT = A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN - 13
"""A frame keeps six points free on each side."""
GREY, LINE, EXERCISE = HexColor("#57606a"), HexColor("#c4cbd3"), HexColor("#7b1fa2")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=8.5, leading=10.5)
SMALL = ParagraphStyle("small", BODY, fontSize=7, leading=8.5, textColor=GREY)
HEAD = ParagraphStyle("head", BODY, fontName="Helvetica-Bold", textColor=GREY)
TITLE = ParagraphStyle("title", BODY, fontName="Helvetica-Bold", fontSize=14, leading=17)
PART = ParagraphStyle("part", BODY, fontName="Helvetica-Bold", spaceBefore=5, spaceAfter=1)
BANNER = ParagraphStyle("banner", TITLE, textColor=EXERCISE)
GRID = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 0.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 1),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def pdf_of(page: Page) -> bytes:
    """Return the page as a PDF."""
    content: list[Flowable] = []
    if page.exercise:
        content.append(Paragraph(escape(page.exercise), BANNER))
    content.append(Paragraph(escape(page.title), TITLE))
    content.append(Paragraph(escape(f"{page.at}. {page.level}."), BODY))
    for part in page.parts:
        content.append(Paragraph(escape(part.heading), PART))
        content.append(_table(part) if part.rows else Paragraph(escape(page.nothing), BODY))
    content.append(Spacer(1, 4))
    content += [Paragraph(escape(one), SMALL) for one in page.notes]
    written = BytesIO()
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=page.title,
        author="",
        lang=page.language,
    )
    document.build([KeepInFrame(WIDTH - 12, HEIGHT, content, mode="shrink")])
    return written.getvalue()


def _table(part: Part) -> Table:
    rows = [[Paragraph(escape(cell), BODY) for cell in row] for row in part.rows]
    if any(part.columns):
        rows.insert(0, [Paragraph(escape(cell), HEAD) for cell in part.columns])
    longest = [
        max(6, *(min(len(row[at]), 60) for row in (part.columns, *part.rows)))
        for at in range(len(part.columns))
    ]
    widths = [(WIDTH - 12) * one / sum(longest) for one in longest]
    return Table(rows, colWidths=widths, style=GRID, hAlign="LEFT")
