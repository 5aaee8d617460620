# SPDX-License-Identifier: Apache-2.0
"""A drawing in a site's file: what was not drawn anew keeps its bytes."""

import copy
import difflib
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fusion_service.registry.site_edit.drawing import (
    DRAWN,
    HEAD,
    Renames,
    drawn_tree,
    read_drawing,
)
from fusion_service.registry.site_edit.splicing import Spliced, spliced
from fusion_service.registry.site_edit.statements import statements_of
from tests.fusion_service.registry.site_file.whole import WHOLE

SHIPPED = (Path(__file__).parents[4] / "firmware_configs/sites/scheveningen.toml").read_text()
REMARKED = WHOLE.replace("capacity = 3000", "capacity = 3000  # by the fire service, 2024").replace(
    "[[links]]", "# Ways.\n[[links]]", 1
)


def drawn_of(text: str) -> dict[str, Any]:
    """Return what an editor gets of a file, as its JSON."""
    tree = tomllib.loads(text)
    found: dict[str, Any] = json.loads(
        json.dumps({key: tree[key] for key in (*HEAD, *DRAWN) if key in tree})
    )
    return found


def saved(text: str, sent: dict[str, Any]) -> Spliced:
    drawing = read_drawing(sent)
    before = tomllib.loads(text)
    return spliced(text, drawn_tree(before, before["id"], drawing), drawing.renames)


def differing(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went, and those that came."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return (
        [one[2:] for one in lines if one.startswith("- ") and one[2:]],
        [one[2:] for one in lines if one.startswith("+ ") and one[2:]],
    )


@pytest.mark.parametrize("text", [SHIPPED, WHOLE, REMARKED, WHOLE.replace("\n", "\r\n")])
def test_what_is_saved_unchanged_is_the_same_file(text: str) -> None:
    assert saved(text, drawn_of(text)) == Spliced(text, is_kept=True)


def test_statements_joined_are_the_text() -> None:
    odd = (
        'a = """x\n[[zones]]\n# no comment"""  # one\r\n'
        "b = '''\n]'''\n c . d = [\n  1, # in it\n  2,\n]\n\"e\" = { f = \"#\" }\n"
        "[ g . h ]  # head\n[[zones]]\nlast = '#'"
    )
    for text in (SHIPPED, REMARKED, odd):
        assert "".join(one.text for one in statements_of(text)) == text
    comments = [one.comment for one in statements_of(odd)]
    assert comments == ["  # one", "", "", "", "", "", ""]


def test_a_value_is_written_anew_and_the_comment_beside_it_stays() -> None:
    sent = drawn_of(REMARKED)
    sent["zones"][0]["capacity"] = 2500
    sent["links"][1]["width_m"] = 4.5
    del sent["emergency_routes"][0]["name"]
    made = saved(REMARKED, sent)
    assert made.is_kept
    assert differing(REMARKED, made.text) == (
        ["capacity = 3000  # by the fire service, 2024", 'name = "Lane"'],
        ["capacity = 2500  # by the fire service, 2024", "width_m = 4.5"],
    )


def test_what_is_new_goes_after_its_kind_and_what_is_removed_leaves_its_comment() -> None:
    sent = drawn_of(REMARKED)
    sent["zones"].append(
        {"id": "new", "polygon": [[4.277, 52.117], [4.278, 52.117], [4.278, 52.1]]}
    )
    sent["links"] = sent["links"][1:]
    sent["devices"][2]["counters"] = [{"zone": "z", "at_zone": "new"}]
    made = saved(REMARKED, sent)
    assert made.is_kept
    tree = tomllib.loads(made.text)
    assert [one["id"] for one in tree["zones"]] == ["deck", "head", "new"]
    assert '# Ways.\n[[links]]\nid = "way-in"' in made.text.replace("\n\n", "\n")
    assert tree["measures"] == tomllib.loads(REMARKED)["measures"]
    assert "box-3" in made.text.split("Clear the pier.")[1], "where it stood"


def test_thresholds_and_counters_below_a_table_are_changed_where_they_stand() -> None:
    sent = drawn_of(SHIPPED)
    sent["zones"][5]["thresholds"]["red"]["people"] = 7000
    sent["devices"][0]["counters"][0]["at_zone"] = "lighthouse"
    made = saved(SHIPPED, sent)
    assert made.is_kept
    gone, come = differing(SHIPPED, made.text)
    assert gone == ["red = { people = 6750, density = 1.35 }", 'at_zone = "harbour"']
    assert come == ["red = { people = 7000, density = 1.35 }", 'at_zone = "lighthouse"']


def test_a_rename_goes_on_to_what_nobody_draws() -> None:
    sent = drawn_of(WHOLE)
    sent["zones"][0]["id"] = "planks"
    for one in sent["links"]:
        one.update({key: "planks" for key in ("from", "to") if one.get(key) == "deck"})
    sent["links"][0]["id"] = "planks-head"
    for device in sent["devices"]:
        for one in device.get("counters", ()):
            one.update(
                {key: "planks" for key in ("at_zone", "in_toward") if one.get(key) == "deck"}
            )
            one.update({"at_link": "planks-head"} if one.get("at_link") == "deck-head" else {})
    sent["renames"] = {"zones": {"deck": "planks"}, "links": {"deck-head": "planks-head"}}
    made = saved(WHOLE, sent)
    assert made.is_kept
    assert "deck" not in made.text
    measures = tomllib.loads(made.text)["measures"]
    assert measures[0]["zones"] == ["planks"]
    assert (measures[1]["effect"], measures[1]["closes"]) == ({"planks": -0.3}, ["planks-head"])


RING = "polygon = [[4.2, 52.1], [4.3, 52.1], [4.3, 52.2]]"
IN_BRACKETS = f'id = "pier"\nzones = [{{ id = "deck", {RING} }}]\n'
OUT_OF_ORDER = f"""id = "pier"
[[zones]]
id = "deck"
{RING}
[[measures]]
level = "red"
[zones.thresholds]
red = {{ people = 5 }}
"""


@pytest.mark.parametrize("written_otherwise", [IN_BRACKETS, OUT_OF_ORDER])
def test_a_file_that_is_written_otherwise_is_written_anew_and_that_is_said(
    written_otherwise: str,
) -> None:
    sent = drawn_of(written_otherwise)
    sent["zones"][0]["capacity"] = 12
    sent["zones"][0].pop("thresholds", None)
    made = saved(written_otherwise, sent)
    assert not made.is_kept
    assert tomllib.loads(made.text)["zones"] == sent["zones"]


FORMS = {
    "blanks in headers": WHOLE.replace("[[zones]]", "[[ zones ]]  # one"),
    "names in quotes": WHOLE.replace("[[zones]]", '[["zones"]]').replace(
        "capacity =", '"capacity"='
    ),
    "dotted keys": WHOLE.replace("[zones.thresholds]\n", "").replace(
        "red = {", "thresholds.red = {"
    ),
    "indented": WHOLE.replace("\n", "\n   "),
    "no last line end": WHOLE.rstrip("\n"),
    "headers in texts": WHOLE.replace('"Deck"', '"""Deck\\\n   [[zones]]"""'),
    "comments between": WHOLE.replace("\n\n", "\n# c\n\n# d\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_changed_in_parts_however_its_tables_are_written(form: str) -> None:
    text = (
        FORMS[form]
        .replace("yellow = { people = 1000, density = 0.5 }\n", "")
        .replace("orange = { people = 1500, density = 0.8 }\n", "")
    )
    sent = drawn_of(text)
    sent["zones"][0] |= {"capacity": 2900, "thresholds": {"red": {"people": 7}}}
    sent["zones"].append({"id": "new", "polygon": [[4.2, 52.1], [4.3, 52.1], [4.3, 52.2]]})
    sent["devices"].pop(1)
    made = saved(text, sent)
    assert made.is_kept
    assert tomllib.loads(made.text)["zones"] == sent["zones"]
    assert "Clear the pier." in made.text


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(
    WORDS,
    st.integers(-(10**9), 10**9),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)).map(list), max_size=5),
)
KEYS = st.sampled_from(["id", "name", "polygon", "path", "capacity", "thresholds", "a b", '"', "é"])
EDITS = st.lists(
    st.tuples(st.sampled_from(DRAWN), st.integers(0, 3), KEYS, st.one_of(st.none(), VALUES)),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(edits=EDITS, text=st.sampled_from([WHOLE, REMARKED]))
def test_whatever_is_drawn_the_file_says_it_and_the_rest_of_it_stays(
    edits: list[tuple[str, int, str, Any]], text: str
) -> None:
    sent = drawn_of(text)
    for kind, at, key, value in edits:
        items = sent[kind]
        if at >= len(items):
            items.append({"id": f"more-{at}"})
        elif value is None:
            items[at].pop(key, None)
        else:
            items[at][key] = copy.deepcopy(value)
    drawing = read_drawing(sent)
    wanted = drawn_tree(tomllib.loads(text), "pier", drawing)
    made = spliced(text, wanted, Renames())
    assert tomllib.loads(made.text) == wanted
    if made.is_kept:
        assert made.text.endswith(
            text.partition("[[measures]]")[2].rpartition("[[devices]]")[0]
        ) or ("Clear the pier." in made.text)
