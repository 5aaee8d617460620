# SPDX-License-Identifier: Apache-2.0
"""Refuse an ONNX file that would make the runtime do more than arithmetic on the file's own bytes.

Refused: weights in another file (the runtime would open it), operators outside the standard domain
(they come from a shared library), functions, training information.
"""

from edge_agent.errors import ModelError
from edge_agent.models.onnx_fields import (
    FLOAT32,
    OPSET_DOMAIN,
    OPSET_VERSION,
    Attribute,
    Graph,
    Model,
    Node,
    Tensor,
    Value,
)
from edge_agent.models.protobuf_wire import Field, Kind, WireReader

_STANDARD_DOMAINS = frozenset({"", "ai.onnx"})
_EXTERNAL = 1


_ELEMENTS = {
    2: "uint8",
    3: "int8",
    4: "uint16",
    5: "int16",
    6: "int32",
    7: "int64",
    8: "text",
    9: "bool",
    10: "float16 (half precision)",
    11: "float64 (double precision)",
    12: "uint32",
    13: "uint64",
    16: "bfloat16",
}
"""Names of the element types of TensorProto.DataType."""
_EXPORT = {
    10: "export it in full precision, without half=True or fp16",
    11: "export it in single precision",
    2: "export it without the step that takes bytes, and not quantised; the card's scale and "
    "offset do that here",
}
IR_MAX, OPSET_MAX = 13, 26
"""What onnxruntime 1.28 reads, the newest that a box may have (measured); an older one says so
itself."""
_SPARSE_PARTS = frozenset({1, 2})


def check_onnx(content: bytes, *, where: str) -> None:
    """Return only if the file is ONNX that stands by itself.

    Raises ModelError, beginning with `where`, and naming the operator or tensor that is refused.
    Time and depth are bounded by edge_agent.models.protobuf_wire.
    """
    _Checker(where).model(memoryview(content))


class _Checker:
    def __init__(self, where: str) -> None:
        self._where = where
        self._reader = WireReader(where)

    def model(self, content: memoryview) -> None:
        graphs = nodes = ir_version = operators = 0
        for field in self._reader.fields(content):
            match field.number:
                case Model.IR_VERSION if field.kind is Kind.VARINT:
                    ir_version = field.integer
                case Model.GRAPH if field.kind is Kind.BYTES:
                    graphs += 1
                    nodes += self._graph(field, depth=1)
                case Model.OPSET:
                    parts = list(self._reader.fields(field.content, depth=1))
                    domains = [part for part in parts if part.number == OPSET_DOMAIN]
                    self._standard(
                        self._reader.text(domains[-1]) if domains else "", "the operator sets"
                    )
                    operators = max(
                        [
                            operators,
                            *(part.integer for part in parts if part.number == OPSET_VERSION),
                        ]
                    )
                case Model.TRAINING | Model.FUNCTION:
                    raise self._refused("training information or functions, wanted a plain graph")
        # Protobuf joins repeated single messages: two graphs would be read as one by the runtime
        # and as two here.
        if graphs != 1 or nodes == 0:
            raise self._refused(
                f"{graphs} graphs with {nodes} operators, wanted one graph with at least one"
            )
        self._not_too_new("format version (ir_version)", ir_version, IR_MAX, "ir_version")
        self._not_too_new("operator set", operators, OPSET_MAX, "opset_version")

    def _graph(self, graph: Field, *, depth: int) -> int:
        nodes = 0
        inputs: dict[str, int] = {}
        kept: set[str] = set()
        for field in self._reader.fields(graph.content, depth=depth):
            match field.number:
                case Graph.INPUT:
                    name, element = self._value(field, depth=depth + 1)
                    inputs[name] = element
                case Graph.NODE:
                    nodes += 1
                    self._node(field, depth=depth + 1)
                case Graph.INITIALIZER:
                    kept.add(self._tensor(field, depth=depth + 1))
                case Graph.SPARSE_INITIALIZER:
                    self._sparse(field, depth=depth + 1)
        # A picture goes into the outermost graph; what has a value in the file needs none from
        # outside.
        for name, element in inputs.items() if depth == 1 else ():
            if name not in kept and element != FLOAT32:
                raise self._takes_another(name, element)
        return nodes

    def _value(self, value: Field, *, depth: int) -> tuple[str, int]:
        """Return the name and the element type of a graph's input, 0 where it says none."""
        name, element = "", 0
        for field in self._reader.fields(value.content, depth=depth):
            if field.number == Value.NAME:
                name = self._reader.text(field)
            elif field.number == Value.TYPE:
                for kind in self._reader.fields(field.content, depth=depth + 1):
                    if kind.number == Value.TYPE_TENSOR:
                        parts = self._reader.fields(kind.content, depth=depth + 2)
                        element = next(
                            (part.integer for part in parts if part.number == Value.TENSOR_ELEMENT),
                            element,
                        )
        return name, element

    def _takes_another(self, name: str, element: int) -> ModelError:
        got = _ELEMENTS.get(element, f"elements of type {element}")
        remedy = _EXPORT.get(element, "export it with a float32 input")
        return ModelError(f"{self._where}: input {name!r} takes {got}, wanted float32; {remedy}")

    def _not_too_new(self, what: str, version: int, newest: int, option: str) -> None:
        if version > newest:
            remedy = f"export the model again with {option} {newest} or less"
            raise ModelError(
                f"{self._where}: {what} {version} is too new, wanted {newest} or less; {remedy}"
            )

    def _node(self, node: Field, *, depth: int) -> None:
        op = domain = ""
        attributes: list[Field] = []
        for field in self._reader.fields(node.content, depth=depth):
            match field.number:
                case Node.OP:
                    op = self._reader.text(field)
                case Node.DOMAIN:
                    domain = self._reader.text(field)
                case Node.ATTRIBUTE:
                    attributes.append(field)
        self._standard(domain, f"operator {op!r}")
        for attribute in attributes:
            self._attribute(attribute, depth=depth + 1)

    def _attribute(self, attribute: Field, *, depth: int) -> None:
        for field in self._reader.fields(attribute.content, depth=depth):
            match field.number:
                case Attribute.TENSOR | Attribute.TENSORS:
                    self._tensor(field, depth=depth + 1)
                case Attribute.GRAPH | Attribute.GRAPHS:
                    self._graph(field, depth=depth + 1)
                case Attribute.SPARSE | Attribute.SPARSES:
                    self._sparse(field, depth=depth + 1)

    def _sparse(self, sparse: Field, *, depth: int) -> None:
        for field in self._reader.fields(sparse.content, depth=depth):
            if field.number in _SPARSE_PARTS:
                self._tensor(field, depth=depth + 1)

    def _tensor(self, tensor: Field, *, depth: int) -> str:
        """Check a tensor; return its name."""
        name, external = "", False
        for field in self._reader.fields(tensor.content, depth=depth):
            match field.number:
                case Tensor.NAME:
                    name = self._reader.text(field)
                case Tensor.EXTERNAL:
                    external = True
                case Tensor.LOCATION:
                    external = external or field.integer == _EXTERNAL
        if external:
            raise self._refused(
                f"tensor {name!r} keeps its values in another file, wanted them inside"
            )
        return name

    def _standard(self, domain: str, what: str) -> None:
        if domain not in _STANDARD_DOMAINS:
            raise self._refused(f"{what} of domain {domain!r}, wanted the standard operators only")

    def _refused(self, what: str) -> ModelError:
        return ModelError(
            f"{self._where}: {what}; export the model again as one file of standard ONNX"
        )
