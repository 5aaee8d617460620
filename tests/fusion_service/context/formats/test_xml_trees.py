# SPDX-License-Identifier: Apache-2.0
import pytest

from fusion_service.context.formats.xml_trees import NODES_MAX, trees
from fusion_service.context.trouble import FeedError

BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "haha"><!ENTITY y "&x;&x;&x;&x;">]>
<a><site>&y;</site></a>"""
OUTSIDE = b"""<!DOCTYPE a SYSTEM "file:///etc/passwd"><a><site/></a>"""


def read(text: bytes, *, size: int = 7) -> list[tuple[str, str]]:
    cut = [text[at : at + size] for at in range(0, len(text), size)]
    found = trees(cut, frozenset({"site"}), lambda _, attributes: attributes.get("id") != "no")
    return [(one.attributes.get("id", ""), one.below("a", "b")) for one in found]


def test_trees_are_read_whatever_their_namespace_and_however_they_are_cut() -> None:
    plain = b'<r><site id="1"><a><b>x</b></a></site><other/><site id="2"/></r>'
    for text in (plain, plain.replace(b"<r>", b'<r xmlns="http://datex2.eu/schema/3/common">')):
        for size in (1, 7, 1_000):
            assert read(text, size=size) == [("1", "x"), ("2", "")]


def test_what_is_not_wanted_is_passed_over_with_all_that_is_in_it() -> None:
    text = b'<r><site><q id="no"/><a><b>x</b></a></site><site id="2"><a><b>y</b></a></site></r>'
    assert read(text) == [("2", "y")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        (b"<r><site>", "no whole XML"),
        (b"{}", "no whole XML"),
        (b"", "no whole XML"),
        (b"<r>" + b"<site>" + b"<a/>" * NODES_MAX + b"</site></r>", "more than 20000"),
    ],
)
def test_what_is_no_xml_or_would_be_too_much_is_refused(text: bytes, why: str) -> None:
    with pytest.raises(FeedError, match=why):
        read(text, size=1_000)
