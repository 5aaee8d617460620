# SPDX-License-Identifier: Apache-2.0
"""What has not the form of a drawing is refused, whatever it is."""

import pytest

from fusion_service.errors import SiteError
from fusion_service.registry.site_edit.drawing import drawn_tree, read_drawing, read_json


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b'{"zones": [{"capacity": NaN}]}', "no number"),
        (b"[]", "got no object"),
        (b'{"measures": []}', "got 'measures'"),
        (b'{"zones": {}}', "no list of tables"),
        (b'{"zones": [1]}', "no list of tables"),
        (b'{"zones": [{"capacity": 1e999}]}', "got inf"),
        (b'{"zones": [{"name": null}]}', "got None"),
        (b'{"zones": [{"name": "\\ud800"}]}', "half a character"),
        (b'{"zones": [{"\\udc00": 1}]}', "half a character"),
        (b'{"zones": [{"polygon": [[[[[[[[1]]]]]]]]}]}', "in each other"),
        (b'{"renames": {"zones": {"a": 1}}}', "renames: zones"),
        (b'{"renames": {"sources": {}}}', "renames"),
        (b'{"renames": []}', "renames"),
    ],
)
def test_what_is_no_drawing_is_told(raw: bytes, told: str) -> None:
    with pytest.raises(SiteError, match=told):
        read_drawing(read_json(raw))


def test_more_tables_than_a_site_has_are_refused_before_anything_is_made_of_them() -> None:
    with pytest.raises(SiteError, match="got 1001, wanted at most 1000"):
        read_drawing({"zones": [{}] * 1001})


def test_what_was_there_keeps_its_order_and_an_id_that_is_no_text_is_none() -> None:
    before = {"id": "pier", "zones": [{"id": "a"}, {"id": "b"}], "measures": [1]}
    drawing = read_drawing({"zones": [{"id": "new"}, {"id": []}, {"id": "b"}, {"id": "a"}]})
    tree = drawn_tree(before, "pier", drawing)
    assert [one["id"] for one in tree["zones"]] == ["a", "b", "new", []]
    assert tree["measures"] == [1]
