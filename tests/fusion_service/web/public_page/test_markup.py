# SPDX-License-Identifier: Apache-2.0
"""Text is text: whatever goes in comes out of a parser as the same text, and as nothing else."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fusion_service.web.public_page.markup import SHOWN_MAX, cut, element, filled, foreign, joined


class Read(HTMLParser):
    """What a parser of others finds."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(text=st.text(st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"])))
def test_a_text_and_an_attribute_are_read_as_they_were_written(text: str) -> None:
    read = Read(element("p", {"title": text}, text).html)
    assert (read.tags, read.text) == ([("p", {"title": text})], text)


@pytest.mark.parametrize("name", ["onclick", "style", "srcdoc", "a b", "A", "x>"])
def test_an_attribute_that_is_none_of_ours_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no attribute"):
        element("p", {name: "1"})


def test_what_is_left_out_is_not_there() -> None:
    assert element("p", {"id": None, "hidden": False, "open": True}, None, "a").html == (
        "<p open>a</p>"
    )
    assert element("rect", {"x": 0}).html == '<rect x="0">'


def test_a_text_of_others_is_cut_and_seen_and_of_one_direction() -> None:
    assert cut("a\u202eb\u200b") == "a\ufffdb\ufffd"
    assert cut("x" * (SHOWN_MAX + 1)) == "x" * SHOWN_MAX + "…"
    assert foreign("<b>").html == "<bdi>&lt;b&gt;</bdi>"


def test_what_is_filled_in_is_not_looked_at_for_another_name() -> None:
    assert filled("{a} & {b}", a="{b}", b=joined("<")).html == "{b} &amp; &lt;"
