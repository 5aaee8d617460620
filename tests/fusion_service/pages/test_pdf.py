# SPDX-License-Identifier: Apache-2.0
"""A document's PDF, read without the library that wrote it: all text is tagged, in order, once."""

import base64
import re
import zlib
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from fusion_service.pages.pdf import pdf
from fusion_service.pages.section import Document, Items, Section, Table

GAP = "missing: "
ROWS = tuple((f"row {number}", "word " * (number % 40), GAP + "who") for number in range(90))
DOCUMENT = Document(
    "A title & more",
    "What it is.",
    (
        Section("a", "First", ("A paragraph.", Items(("one", "two")), "long " * 1500)),
        Section("b", "Second", (Table(("name", "words", "more"), ROWS),), on_a_page=True),
        Section("c", "Third", (Table(("hash",), (("f" * 400,), ("<b>not bold</b>",))),)),
    ),
    "en",
    GAP,
)
OBJECT = re.compile(rb"^(\d+) 0 obj\n(.*?)\nendobj", re.MULTILINE | re.DOTALL)


@dataclass
class Read:
    """A PDF as its bytes say it."""

    raw: bytes
    objects: dict[int, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.objects = {int(number): body for number, body in OBJECT.findall(self.raw)}

    def one(self, body: bytes, key: bytes) -> bytes:
        """Return the object that a key of another refers to."""
        found = re.search(rb"/" + key + rb" (\d+) 0 R", body)
        assert found is not None, key
        return self.objects[int(found[1])]

    def references(self, body: bytes, key: bytes) -> list[int]:
        found = re.search(rb"/" + key + rb" \[(.*?)\]", body, re.DOTALL)
        return [] if found is None else [int(one) for one in re.findall(rb"(\d+) 0 R", found[1])]

    @property
    def catalog(self) -> bytes:
        return self.one(self.raw[self.raw.rindex(b"trailer") :], b"Root")

    def pages(self) -> list[int]:
        return self.references(self.one(self.catalog, b"Pages"), b"Kids")

    def stream(self, page: int) -> bytes:
        """Return what is drawn on a page."""
        body = self.one(self.objects[page], b"Contents")
        packed = body.partition(b"stream\n")[2].rpartition(b"endstream")[0].strip()
        return zlib.decompress(base64.a85decode(packed.removesuffix(b"~>")))

    def elements(self) -> list[tuple[bytes, list[tuple[int, int]]]]:
        """Return each element in the order of reading: its role, and its marks by page."""
        found: list[tuple[bytes, list[tuple[int, int]]]] = []

        def walk(body: bytes) -> None:
            role = re.search(rb"/S /(\w+)", body)
            assert role is not None
            marks = re.findall(rb"/MCID (\d+)\s*/Pg (\d+) 0 R", body)
            found.append((role[1], [(int(page), int(mark)) for mark, page in marks]))
            kids = body.partition(b"/K [")[2].partition(b"/P ")[0]
            for kid in re.findall(rb"(?<!Pg )\b(\d+) 0 R", kids):
                walk(self.objects[int(kid)])

        walk(self.one(self.one(self.catalog, b"StructTreeRoot"), b"K"))
        return found


@pytest.fixture(name="read", scope="module")
def _read() -> Read:
    return Read(pdf(DOCUMENT))


def test_the_document_says_that_it_is_tagged_and_in_which_language(read: Read) -> None:
    assert b"/Marked true" in read.one(read.catalog, b"MarkInfo")
    for place, page in enumerate(read.pages()):
        assert b"/StructParents %d " % place in read.objects[page]
    assert b"/Lang (en)" in read.catalog
    assert len(read.pages()) > 4
    tree = read.one(read.one(read.catalog, b"StructTreeRoot"), b"ParentTree")
    assert b"/Nums" in tree


def test_all_that_is_drawn_is_an_element_or_an_artifact(read: Read) -> None:
    for page in read.pages():
        marked = re.compile(rb"/\w+ (?:<</MCID \d+>> BDC|BMC).*?EMC", re.DOTALL)
        outside = marked.sub(b"", read.stream(page))
        assert not re.search(rb"\bTj\b|\bTJ\b", outside)
        assert b"EMC" not in outside
        assert not re.search(rb"\bl S\b|re [fSB]", outside)


def test_each_mark_of_a_page_is_in_the_tree_once_and_in_order(read: Read) -> None:
    drawn = {
        (page, int(mark))
        for page in read.pages()
        for mark in re.findall(rb"/MCID (\d+)>> BDC", read.stream(page))
    }
    read_marks = [mark for _, marks in read.elements() for mark in marks]
    assert len(read_marks) == len(set(read_marks))
    assert set(read_marks) == drawn
    order = {page: place for place, page in enumerate(read.pages())}
    places = [(order[page], mark) for page, mark in read_marks]
    assert all(first <= second for first, second in pairwise(places))


def test_a_heading_that_is_repeated_on_each_page_is_read_once(read: Read) -> None:
    roles = [role for role, _ in read.elements()]
    assert (roles.count(b"TH"), roles.count(b"TR")) == (4, 90 + 1 + 2 + 1)
    assert roles.count(b"TD") == 270 + 2
    assert roles.count(b"LBody") == 2
    assert [role for role in roles if role in {b"H1", b"H2"}] == [b"H1", *[b"H2"] * 3]


def test_a_paragraph_over_two_pages_is_one_element(read: Read) -> None:
    spread = [marks for role, marks in read.elements() if role == b"P" and len(marks) > 1]
    assert len(spread) == 1
    assert len({page for page, _ in spread[0]}) == len(spread[0])


def test_fonts_are_in_it(read: Read) -> None:
    fonts = [body for body in read.objects.values() if b"/Type /FontDescriptor" in body]
    assert len(fonts) >= 2
    assert all(b"/FontFile2" in one for one in fonts)


def test_no_word_is_broken_however_much_stands_beside_it() -> None:
    heads = ("box", "kind", "where", "controller", "purpose", "basis", "DPIA", "questions")
    cells = ("camera", "network-camera", "boulevard", *["a long text of many words " * 4] * 5)
    wide = Document("Wide", "", (Section("a", "All", (Table(heads, (cells,) * 3),)),), "en", GAP)
    read = Read(pdf(wide))
    [page] = read.pages()
    lines = {
        mark: len(re.findall(rb"\bTj\b", drawn))
        for mark, drawn in re.findall(rb"/MCID (\d+)>> BDC(.*?)EMC", read.stream(page), re.DOTALL)
    }
    marks = [mark for role, found in read.elements() for _, mark in found if role in {b"TH", b"TD"}]
    by_cell = [lines[str(mark).encode()] for mark in marks]
    assert by_cell[:8] == [1] * 8
    assert by_cell[8:11] == [1] * 3
    assert min(by_cell[11:16]) > 1
