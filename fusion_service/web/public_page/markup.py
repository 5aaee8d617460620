# SPDX-License-Identifier: Apache-2.0
"""Elements as values, written out as HTML.

Rule 1: a str is text and is escaped wherever it goes in; only what this module made is markup. Rule
2: no attribute is a style or a handler: the centre's policy forbids both.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

EMPTY = frozenset({"meta", "link", "rect"})
SHOWN_MAX = 120
_FORBIDDEN = re.compile(r"on|style$|srcdoc$")
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_UNSEEN = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
"""Characters that turn a text around or cannot be seen, as of dashboard/src/words/words.ts."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of a page, as it is sent."""

    html: str


Child = Markup | str | None
Value = str | int | bool | None


def element(tag: str, attributes: Mapping[str, Value], *children: Child) -> Markup:
    """Write an element. An attribute that is None or False is left out, and so is a child None."""
    parts = [tag]
    for name, value in attributes.items():
        if not _NAME.fullmatch(name) or _FORBIDDEN.match(name):
            raise ValueError(f"{name}: is no attribute of ours")
        if value is not None and value is not False:
            parts.append(name if value is True else f'{name}="{escape(str(value))}"')
    inside = joined(*children).html
    end = "" if tag in EMPTY else f"{inside}</{tag}>"
    return Markup(f"<{' '.join(parts)}>{end}")


def joined(*children: Child) -> Markup:
    """Write pieces one after another."""
    return Markup(
        "".join(
            one.html if isinstance(one, Markup) else escape(one, quote=False)
            for one in children
            if one is not None
        )
    )


def foreign(text: str) -> Markup:
    """Write a text of others among ours: of one direction, seen, and of a length."""
    return element("bdi", {}, cut(text))


def cut(text: str) -> str:
    """Return a text of others as it may be shown: every sign to be seen, and not for ever."""
    seen = _UNSEEN.sub("\ufffd", text)
    return seen if len(seen) <= SHOWN_MAX else f"{seen[:SHOWN_MAX]}…"


def filled(text: str, **values: Child) -> Markup:
    """Write a sentence with its {names} filled in, once, by text or by elements."""
    parts = re.split(r"\{(\w+)\}", text)
    return joined(*(values[one] if n % 2 else one for n, one in enumerate(parts)))
