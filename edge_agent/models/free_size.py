# SPDX-License-Identifier: Apache-2.0
"""Free a YOLOX file from the one input size that it was exported with.

The network is convolutional and looks at a picture of any size; what binds it are declarations. The
input and output say sizes, so do the notes on what lies between, and the three reshapes that line
the cells of a stride up may say how many cells there are. Only these are written anew, every weight
stays as it is, and at the size of the export the outputs are the same to the bit. The same file
always gives the same bytes. It is done in memory each time that a file is loaded, so the file on
disk stays the one whose hash is the card's.
"""

import struct
from collections.abc import Callable, Iterator

from edge_agent.models.layouts import YoloxLayout
from edge_agent.models.onnx_fields import INT64, Attribute, Graph, Model, Node, Tensor, Value
from edge_agent.models.protobuf_wire import Field, WireReader
from edge_agent.models.protobuf_write import Part, nested, unchanged

_RESHAPE, _CONSTANT = "Reshape", "Constant"
_ANY = -1
_INPUT_NAMES = {2: b"height", 3: b"width"}
_OUTPUT_NAMES = {1: b"cells"}
"""Which sizes of a shape get a name in place of a number."""

Rewrite = Callable[[Field], list[Part]]


def free_size(content: bytes, *, input_name: str, layout: YoloxLayout, where: str) -> bytes:
    """Return the file with height, width and number of cells left open.

    A file that leaves them open already comes back with the same meaning. Raises ModelError,
    beginning with `where`, for bytes that are no protobuf.
    """
    return b"".join(_Freeing(input_name, layout, where).model(memoryview(content)))


class _Freeing:
    def __init__(self, input_name: str, layout: YoloxLayout, where: str) -> None:
        self._reader = WireReader(where)
        self._input, self._output = input_name, layout.output
        self._columns = 5 + layout.classes
        self._shapes: set[str] = set()

    def model(self, content: memoryview) -> Iterator[Part]:
        for field in self._reader.fields(content):
            if field.number == Model.GRAPH:
                self._shapes = set(self._reshaped_by(field))
                yield from nested(Model.GRAPH, self._rewritten(field, self._graph_field, depth=1))
            else:
                yield from unchanged(field)

    def _reshaped_by(self, graph: Field) -> Iterator[str]:
        """Yield the names of what reshapes take as their shape."""
        for field in self._reader.fields(graph.content, depth=1):
            if field.number == Graph.NODE:
                op, inputs, _ = self._node(field)
                if op == _RESHAPE and len(inputs) > 1:
                    yield inputs[1]

    def _node(self, node: Field) -> tuple[str, list[str], list[str]]:
        """Return the operator, the inputs and the outputs of a node."""
        op, inputs, outputs = "", list[str](), list[str]()
        for field in self._reader.fields(node.content, depth=2):
            if field.number == Node.OP:
                op = self._reader.text(field)
            elif field.number in (Node.INPUT, Node.OUTPUT):
                names = inputs if field.number == Node.INPUT else outputs
                names.append(self._reader.text(field))
        return op, inputs, outputs

    def _rewritten(self, message: Field, rewrite: Rewrite, *, depth: int) -> list[Part]:
        """Return the parts of a message whose fields are each rewritten."""
        fields = self._reader.fields(message.content, depth=depth)
        return [part for field in fields for part in rewrite(field)]

    def _graph_field(self, field: Field) -> list[Part]:
        match field.number:
            case Graph.VALUE:
                return []  # Notes on shapes inside, which hold for one size only.
            case Graph.INPUT if self._name(field, Value.NAME) == self._input:
                return self._value(field, _INPUT_NAMES)
            case Graph.OUTPUT if self._name(field, Value.NAME) == self._output:
                return self._value(field, _OUTPUT_NAMES)
            case Graph.INITIALIZER if self._name(field, Tensor.NAME) in self._shapes:
                return self._tensor(field)
            case Graph.NODE:
                return self._constant(field)
        return unchanged(field)

    def _name(self, message: Field, number: int) -> str:
        fields = self._reader.fields(message.content, depth=2)
        return next((self._reader.text(field) for field in fields if field.number == number), "")

    def _value(self, value: Field, names: dict[int, bytes]) -> list[Part]:
        """Return a graph's input or output with names in place of some sizes."""

        def shape(field: Field) -> list[Part]:
            sizes = list(self._reader.fields(field.content, depth=5))
            parts: list[Part] = []
            for index, size in enumerate(sizes):
                name = names.get(index)
                parts += (
                    unchanged(size)
                    if name is None
                    else nested(Value.SHAPE_SIZE, nested(Value.SIZE_NAME, [name]))
                )
            return nested(Value.TENSOR_SHAPE, parts)

        def within(number: int, inner: Rewrite, depth: int) -> Rewrite:
            def rewrite(field: Field) -> list[Part]:
                if field.number != number:
                    return unchanged(field)
                return nested(number, self._rewritten(field, inner, depth=depth))

            return rewrite

        def tensor(field: Field) -> list[Part]:
            return shape(field) if field.number == Value.TENSOR_SHAPE else unchanged(field)

        kind = within(Value.TYPE_TENSOR, tensor, 4)
        parts = self._rewritten(value, within(Value.TYPE, kind, 3), depth=2)
        return nested(value.number, parts)

    def _constant(self, node: Field) -> list[Part]:
        """Return a node; a constant that a reshape takes as its shape is rewritten."""
        op, _, outputs = self._node(node)
        if op != _CONSTANT or not self._shapes.intersection(outputs):
            return unchanged(node)

        def attribute(field: Field) -> list[Part]:
            return self._tensor(field) if field.number == Attribute.TENSOR else unchanged(field)

        def inner(field: Field) -> list[Part]:
            if field.number != Node.ATTRIBUTE:
                return unchanged(field)
            return nested(Node.ATTRIBUTE, self._rewritten(field, attribute, depth=3))

        return nested(node.number, self._rewritten(node, inner, depth=2))

    def _tensor(self, tensor: Field) -> list[Part]:
        """Return a shape (batch, columns, cells) with its cells left open; any other as it is."""
        element, numbers, rest = 0, list[int](), list[Part]()
        for field in self._reader.fields(tensor.content, depth=4):
            match field.number:
                case Tensor.INT64:
                    numbers += self._reader.integers(field)
                case Tensor.RAW:
                    whole = field.content[: len(field.content) // 8 * 8]
                    numbers += [number for (number,) in struct.iter_unpack("<q", whole)]
                case Tensor.ELEMENT:
                    element = field.integer
                    rest += unchanged(field)
                case _:
                    rest += unchanged(field)
        if element != INT64 or len(numbers) != 3 or numbers[1] != self._columns:  # noqa: PLR2004 - batch, columns, cells
            return unchanged(tensor)
        raw = struct.pack("<3q", numbers[0], numbers[1], _ANY)
        return nested(tensor.number, [*rest, *nested(Tensor.RAW, [raw])])
