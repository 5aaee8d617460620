# SPDX-License-Identifier: Apache-2.0
"""Read a large XML as a row of small trees, without ever holding all of it.

Rule 1: a document type is refused, so there is no entity of anybody's making. Rule 2: names are
read without their namespace, which sources change with a version. Rule 3: what is not wanted costs
its parsing and nothing more.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from fusion_service.context.trouble import FeedError

NODES_MAX = 20_000
"""Elements of one tree."""
TEXT_MAX = 4_096
_TO_DO = "see whether the address gives DATEX II; where it does, wait: it is asked again"

Judge = Callable[[str, dict[str, str]], bool]
"""Says of an element inside a tree, or at its top, whether the tree is still wanted."""


@dataclass(slots=True)
class Tree:
    """An element: its name, attributes, text and children. Names are without namespace."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: "list[Tree]" = field(default_factory=list)

    def every(self, name: str) -> "Iterator[Tree]":
        """Yield the children of a name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> "Tree | None":
        """Return the first child of a name; None where there is none."""
        return next(self.every(name), None)

    def below(self, *path: str) -> str:
        """Return the text at the end of a path of first children, empty where there is none."""
        found: Tree | None = self
        for name in path:
            found = None if found is None else found.first(name)
        return "" if found is None else found.text.strip()


def trees(pieces: Iterable[bytes], tops: frozenset[str], judge: Judge) -> Iterator[Tree]:
    """Yield each element whose name is one of tops, unless judge says no to it or one inside.

    Raises FeedError for what is no XML, ends in the middle, or has a document type.
    """
    reader = _Reader(tops, judge)
    try:
        for piece in pieces:
            reader.parser.Parse(piece, False)  # noqa: FBT003 - expat's own: more follows
            yield from reader.finished()
        reader.parser.Parse(b"", True)  # noqa: FBT003 - expat's own: nothing follows
    except expat.ExpatError as error:
        raise FeedError(f"no whole XML: {error}", _TO_DO) from error
    yield from reader.finished()


class _Reader:
    """Builds the trees of one document."""

    def __init__(self, tops: frozenset[str], judge: Judge) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = _refuse_document_type
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = None
        self._tops, self._judge = tops, judge
        self._open: list[Tree] = []
        self._nodes = 0
        self._skipped = ""
        self._done: list[Tree] = []

    def finished(self) -> list[Tree]:
        """Return the trees that are whole, once."""
        done, self._done = self._done, []
        return done

    def _begin(self, full_name: str, attributes: dict[str, str]) -> None:
        name = full_name.rpartition(" ")[2]
        if not self._open:
            if name not in self._tops:
                return
            self._nodes = 0
            self.parser.CharacterDataHandler = self._text
        if not self._judge(name, attributes):
            self._skip(self._open[0].name if self._open else name)
            return
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise FeedError(f"one {self._open[0].name} has more than {NODES_MAX} elements", _TO_DO)
        tree = Tree(name, attributes)
        if self._open:
            self._open[-1].children.append(tree)
        self._open.append(tree)

    def _skip(self, top: str) -> None:
        """Pass over all up to the end of the tree; no top stands inside one of its own name."""
        self._open, self._skipped = [], top
        self.parser.StartElementHandler = None
        self.parser.CharacterDataHandler = None

    def _end(self, full_name: str) -> None:
        if self._skipped:
            if full_name.endswith(self._skipped) and (
                full_name.rpartition(" ")[2] == self._skipped
            ):
                self._skipped = ""
                self.parser.StartElementHandler = self._begin
            return
        if not self._open:
            return
        tree = self._open.pop()
        if not self._open:
            self.parser.CharacterDataHandler = None
            self._done.append(tree)

    def _text(self, text: str) -> None:
        tree = self._open[-1]
        if len(tree.text) < TEXT_MAX:
            tree.text += text[:TEXT_MAX]


def _refuse_document_type(*_: object) -> None:
    raise FeedError("it has a document type, which could hold entities", _TO_DO)
