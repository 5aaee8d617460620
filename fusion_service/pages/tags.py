# SPDX-License-Identifier: Apache-2.0
"""The structure of a PDF: what each mark on a page is, so that it can be read aloud in order.

reportlab draws and knows no tags. Here each flowable draws between the operators that name its
element (ISO 32000-1, 14.6 and 14.7); rules and repeated headings are artifacts, which are not read.
"""

from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFObjectReference,
)
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

Mark = tuple[int, int]
"""A page, from 0, and which mark on it."""


@dataclass(slots=True)
class Element:
    """An element: its role in the standard's words, what lies in it, and where it is drawn."""

    role: str
    children: list["Element"] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def child(self, role: str) -> "Element":
        """Return a new element within this one."""
        found = Element(role)
        self.children.append(found)
        return found


class Tagged(Paragraph):  # type: ignore[misc]  # reportlab has no types
    """A paragraph that is drawn as an element; its parts on two pages are parts of it."""

    element: Element

    @classmethod
    def of(cls, text: str, style: object, element: Element) -> "Tagged":
        """Return a paragraph of an element."""
        found = cls(text, style)
        found.element = element
        return found

    def split(self, width: float, height: float) -> list[Any]:
        """Return its parts, where not all of it fits."""
        parts = super().split(width, height)
        for one in parts:
            one.element = self.element
        return list(parts)

    def draw(self) -> None:
        """Draw it between its marks; a heading that a table repeats is read once."""
        page = self.canv.getPageNumber() - 1
        is_repeated = self.element.role == "TH" and bool(self.element.marks)
        if is_repeated:
            _begin_artifact(self.canv)
        else:
            mark = self.canv.next_mark()
            self.element.marks.append((page, mark))
            self.canv._code.append(f"/{self.element.role} <</MCID {mark}>> BDC")  # noqa: SLF001 - reportlab has no other way
        super().draw()
        _end(self.canv)


class TaggedTable(Table):  # type: ignore[misc]  # reportlab has no types
    """A table whose rules are artifacts; its cells are paragraphs, which tag themselves."""

    def _drawLines(self) -> None:  # noqa: N802 - reportlab's name
        _begin_artifact(self.canv)
        super()._drawLines()
        _end(self.canv)


class TaggedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Counts the marks of each page, and writes the tree of a document that is whole."""

    marks_of_page: int = 0
    root: Element

    def next_mark(self) -> int:
        """Return the number of the next mark on this page."""
        self.marks_of_page += 1
        return self.marks_of_page - 1

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        """Close a page."""
        super().showPage()
        pages = self._doc.Pages.pages
        page = pages[-1]
        page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents, page.Tabs = len(pages) - 1, PDFName("S")
        self.marks_of_page = 0

    def save(self) -> None:
        """Write the tree, and then the document."""
        _write_structure(self, self.root)
        super().save()


def number_of_page(canvas: Canvas, text: str, *, x: float, y: float) -> None:
    """Write a page's number, which is not read."""
    _begin_artifact(canvas)
    canvas.drawRightString(x, y, text)
    _end(canvas)


def _write_structure(canvas: TaggedCanvas, root: Element) -> None:
    """Write the tree of elements into the document, once all of them are drawn."""
    document = canvas._doc  # noqa: SLF001 - reportlab has no other way
    pages = [PDFObjectReference(one.__InternalName__) for one in document.Pages.pages]
    tree = PDFDictionary({"Type": PDFName("StructTreeRoot")})
    reference = document.Reference(tree)
    owners: list[dict[int, PDFObject]] = [{} for _ in pages]
    tree["K"] = _written(document, root, reference, pages, owners)
    numbers: list[object] = []
    for page, marks in enumerate(owners):
        numbers += [page, document.Reference(PDFArray([marks[one] for one in sorted(marks)]))]
    tree["ParentTree"] = document.Reference(PDFDictionary({"Nums": PDFArray(numbers)}))
    tree["ParentTreeNextKey"] = len(pages)
    document.Catalog.StructTreeRoot = reference
    document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})


def _written(
    document: PDFDocument,
    element: Element,
    parent: PDFObjectReference,
    pages: list[PDFObjectReference],
    owners: list[dict[int, PDFObject]],
) -> PDFObjectReference:
    """Write an element and what lies in it; return where it is."""
    said = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(element.role), "P": parent})
    reference = document.Reference(said)
    kids = [_written(document, one, reference, pages, owners) for one in element.children]
    for page, mark in element.marks:
        owners[page][mark] = reference
        kids.append(
            PDFDictionary({"Type": PDFName("MCR"), "Pg": pages[page], "MCID": mark}),
        )
    said["K"] = PDFArray(kids)
    if element.role == "TH":
        said["A"] = PDFDictionary({"O": PDFName("Table"), "Scope": PDFName("Column")})
    return reference


def _begin_artifact(canvas: Canvas) -> None:
    canvas._code.append("/Artifact BMC")  # noqa: SLF001 - reportlab has no other way


def _end(canvas: Canvas) -> None:
    canvas._code.append("EMC")  # noqa: SLF001 - the same
