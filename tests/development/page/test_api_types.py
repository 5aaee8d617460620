# SPDX-License-Identifier: Apache-2.0
"""The page's client is checked against what the API says of itself."""

from development.page.api_types import FILE, description, types_of


def test_the_types_of_the_client_are_what_the_description_gives() -> None:
    wanted = types_of(description())
    assert FILE.read_text("utf-8") == wanted, "python -m development.page.api_types"


def test_a_shape_is_written_as_typescript() -> None:
    schema = {
        "paths": {},
        "components": {"schemas": {}},
    }
    shapes = {
        "A": {
            "properties": {
                "one": {"type": "integer"},
                "two": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "three": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
                "four": {"type": "array", "items": {"anyOf": [{"type": "number"}, {}]}},
            }
        },
        "B": {"enum": ["x", "y z"]},
    }
    answer = {"schema": {"$ref": "#/components/schemas/A"}}
    get = {"responses": {"200": {"content": {"application/json": answer}}}}
    schema["components"]["schemas"] = shapes
    schema["paths"] = {"/a": {"get": get}}
    assert types_of(schema, ("/a",)).partition("\n\n")[2] == (
        "export interface A {\n  one: number;\n  two: string | null;\n  three: readonly B[];\n"
        "  four: readonly (number | unknown)[];\n}\n\n"
        'export type B =\n  | "x"\n  | "y z";\n\n'
        "/** What GET answers with, by its path under /v1. */\n"
        'export interface Answers {\n  "/a": A;\n}\n'
    )
