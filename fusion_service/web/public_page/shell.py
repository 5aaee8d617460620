# SPDX-License-Identifier: Apache-2.0
"""What is around each public page: the head, the way to the other language, and the script.

Rule: the shell is what the build left, with four names filled in at once, so that no text that goes
in is ever looked at for another name.
"""

import gzip
from dataclasses import dataclass
from string import Template

from fusion_service.web.public_page.markup import Markup, cut, element, joined

UNBUILT = """<!doctype html>
<html lang="$language"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>$title</title></head>
<body class="$kind">$body</body></html>
"""
"""Where the page was not built it stands without a script and without a style."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One page to be sent. title: as text. lost: what is told where no news comes; "" nothing."""

    language: str
    title: str
    kind: str
    main: Markup
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """The way to the same page in the other language, and to its main part."""

    address: str
    language: str
    name: str
    skip: str


@dataclass(frozen=True, slots=True)
class Body:
    """A page as it is sent, and the same packed."""

    content: bytes
    packed: bytes


def body_of(shell: str, shown: Shown, other: Other | None) -> Body:
    """Write a whole page into a shell."""
    parts = [element("main", {"id": "main", "tabindex": -1}, shown.main)]
    if shown.lost:
        lost = {"id": "lost", "role": "status", "data-lost": shown.lost}
        parts.insert(0, element("p", lost))
    if other is not None:
        to = {"href": other.address, "lang": other.language, "hreflang": other.language}
        away = element("a", to, other.name)
        skip = element("a", {"class": "skip", "href": "#main"}, other.skip)
        parts.insert(0, element("header", {}, skip, away))
    text = Template(shell).safe_substitute(
        language=shown.language,
        title=joined(cut(shown.title)).html,
        kind=shown.kind,
        body=joined(*parts).html,
    )
    content = text.encode()
    return Body(content, gzip.compress(content, mtime=0))
